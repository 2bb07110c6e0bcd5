//! Who-can against an SMT solver, from the raw policies: see `tests/smt/check.py`. A small fixed part of what runs at night.

use std::path::Path;
use std::process::Command;

#[test]
fn the_solver_agrees() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/live/venv/bin/python");
    let output = Command::new(python)
        .arg(root.join("tests/smt/check.py"))
        .args(["--palisade", env!("CARGO_BIN_EXE_palisade"), "--estates", "2", "--questions", "8"])
        .output()
        .expect("the Python of tests/live/install");
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{out}");
    assert!(output.status.success(), "{out}{errors}");
    assert!(out.contains("0 disagreements"), "{out}");
}
