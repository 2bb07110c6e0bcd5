//! How long it takes to load an estate and to judge its posture, against the time to parse the same files into
//! `serde_json::Value`, in one run on the same threads.
//!
//! ```text
//! python3 benches/estates/generate.py --accounts 1000 --roles 200 --buckets 20 --out target/estate-1000
//! cargo bench --bench audit -- target/estate-1000
//! ```
#![allow(clippy::print_stdout, reason = "a benchmark reports on the terminal")]
#![allow(clippy::expect_used, reason = "a benchmark ends at the first thing that is wrong")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use palisade::assess::{Options, audit};
use palisade::classify::Rules;
use palisade::intent::Intent;
use palisade::source::snapshot;
use rayon::prelude::*;

/// The best of so many runs counts.
const RUNS: usize = 3;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let Some(directory) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        println!("no estate to judge: name the directory of a plain snapshot");
        return;
    };
    let directory = Path::new(&directory);
    let (rules, intent) = (Rules::bundled(), Intent::bundled().expect("the bundled rules"));
    let judge = || {
        let estate = snapshot::read(directory, &|_, _| ()).expect("a snapshot");
        audit(&estate, &rules, &intent, &Options::default()).expect("an assessment")
    };
    let assessment = judge();
    println!(
        "{} accounts, {} buckets, {} principals: {} findings, {} gaps",
        assessment.estate.accounts,
        assessment.estate.buckets,
        assessment.estate.principals,
        assessment.findings.len(),
        assessment.gaps.len(),
    );
    drop(assessment);
    let json = best(|| parse(directory));
    let load = best(|| drop(snapshot::read(directory, &|_, _| ()).expect("a snapshot")));
    let all = best(|| drop(judge()));
    let ratio = |time: Duration| time.as_secs_f64() / json.as_secs_f64();
    println!("JSON values       {json:.2?}");
    println!("load              {load:.2?}  {:.2} times", ratio(load));
    println!("load and judge    {all:.2?}  {:.2} times", ratio(all));
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

fn best(run: impl Fn()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..RUNS).map(time).min().unwrap_or_default()
}
