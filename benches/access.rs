//! How long it takes to decide effective access over a whole estate, and how the questions were decided.
//!
//! ```text
//! python3 benches/estates/generate.py --accounts 1000 --roles 200 --buckets 20 --sloppy 0.05 --out target/estate-1000
//! cargo bench --bench access -- target/estate-1000
//! ```
#![allow(clippy::print_stdout, reason = "a benchmark reports on the terminal")]
#![allow(clippy::expect_used, reason = "a benchmark ends at the first thing that is wrong")]

use std::path::Path;
use std::time::Instant;

use palisade::check::access::survey;
use palisade::classify::Rules;
use palisade::intent::Intent;
use palisade::source::snapshot;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let Some(directory) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        println!("no estate to judge: name the directory of a plain snapshot");
        return;
    };
    let estate = snapshot::read(Path::new(&directory), &|_, _| ()).expect("a snapshot");
    let (rules, intent) = (Rules::bundled(), Intent::bundled().expect("the bundled rules"));
    let datasets = rules.datasets(&estate);
    let pairs = estate.principals().count() * datasets.sets.len();
    for _ in 0..3 {
        let start = Instant::now();
        let survey = survey(&estate, &rules, &datasets.sets, &intent, false).expect("a survey");
        let seconds = start.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = pairs as f64 / seconds / 1e6;
        println!(
            "{pairs} pairs of principal and data set in {seconds:.2} s: {rate:.1} million a second, {} findings; {:?}",
            survey.findings.len(),
            survey.ladder
        );
    }
}
