//! How long an estate takes to load, against the time to parse the same files into `serde_json::Value`.
//!
//! ```text
//! cargo bench --bench load -- DIRECTORY
//! ```
#![allow(clippy::print_stdout, reason = "a benchmark reports on the terminal")]
#![allow(clippy::expect_used, reason = "a benchmark ends at the first thing that is wrong")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use palisade::source::snapshot;
use rayon::prelude::*;

/// The best of so many runs counts.
const RUNS: usize = 5;

fn main() {
    let Some(directory) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        println!("no estate to load: name the directory of a plain snapshot");
        return;
    };
    let directory = Path::new(&directory);
    let estate = snapshot::read(directory, &|_, _| ()).expect("a snapshot");
    println!(
        "{} accounts, {} buckets, {} gaps",
        estate.accounts().len(),
        estate.buckets().count(),
        estate.gaps.len()
    );
    drop(estate);
    // In turn, so that what else the machine does bears on both.
    let runs = (0..RUNS).map(|_| {
        let load = time(|| drop(snapshot::read(directory, &|_, _| ()).expect("a snapshot")));
        (load, time(|| parse(directory)))
    });
    let best = runs.reduce(|best, run| (best.0.min(run.0), best.1.min(run.1)));
    let (load, json) = best.unwrap_or_default();
    println!("load {load:.2?}, JSON values {json:.2?}, ratio {:.2}", load.as_secs_f64() / json.as_secs_f64());
}

/// Parses every account file, on as many threads as the loader, and drops the value.
fn parse(directory: &Path) {
    let entries = fs::read_dir(directory.join("accounts")).expect("account files");
    let files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.par_iter().with_max_len(1).for_each(|file| {
        let text = fs::read_to_string(file).expect("a text");
        let _: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    });
}

fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}
