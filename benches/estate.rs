//! The estate that a benchmark judges.

use std::path::PathBuf;
use std::process::Command;

use palisade::estate::Estate;
use palisade::source::snapshot;

/// The estate that the environment names, or one of 20 accounts, which the generator makes.
pub(crate) fn estate() -> Estate {
    let directory = std::env::var_os("PALISADE_ESTATE").map_or_else(small, PathBuf::from);
    snapshot::read(&directory, &|_, _| ()).expect("a snapshot")
}

fn small() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let directory = root.join("target/estate-20");
    if !directory.try_exists().expect("a directory that can be looked at") {
        let made = Command::new("python3")
            .arg(root.join("benches/estates/generate.py"))
            .args(["--accounts", "20", "--roles", "200", "--buckets", "20", "--sloppy", "0.05", "--out"])
            .arg(&directory)
            .status();
        assert!(made.expect("python3").success(), "the generator failed");
    }
    directory
}
