//! How long it takes to decide effective access over a whole estate, both directions with chains of roles and witnesses, and to answer
//! a question about one bucket of it.
//!
//! ```text
//! cargo bench --bench access                              # 20 accounts, made by the generator
//! python3 benches/estates/generate.py --accounts 1000 --roles 200 --buckets 20 --sloppy 0.05 --out target/estate-1000
//! PALISADE_ESTATE=target/estate-1000 cargo bench --bench access
//! ```
//!
//! Throughput counts the pairs of principal and data set that are of one account; of all other pairs most are ruled out by whom the
//! buckets' policies name. How the questions were decided is printed first.
#![allow(clippy::print_stdout, reason = "a benchmark reports on the terminal")]
#![allow(clippy::expect_used, reason = "a benchmark ends at the first thing that is wrong")]
#![allow(missing_docs, reason = "criterion makes the entry point")]

mod estate;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use palisade::check::access::survey;
use palisade::classify::{DataSet, Rules};
use palisade::intent::Intent;
use palisade::question::{Asset, who_can};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn pairs_of_one_account(sets: &[DataSet<'_>]) -> u64 {
    let of_account = |set: &DataSet<'_>| set.account.principals().count() as u64;
    sets.iter().map(of_account).sum()
}

fn access(criterion: &mut Criterion) {
    let estate = estate::estate();
    let (rules, intent) = (Rules::bundled(), Intent::bundled().expect("the bundled rules"));
    let datasets = rules.datasets(&estate);
    let first = survey(&estate, &rules, &datasets.sets, &intent, false).expect("a survey");
    let all = estate.principals().count() as u64 * datasets.sets.len() as u64;
    let near = pairs_of_one_account(&datasets.sets);
    println!(
        "{} accounts: {all} pairs, {near} of them of one account; {} findings; {:?}",
        estate.accounts().len(),
        first.findings.len(),
        first.ladder
    );
    let mut group = criterion.benchmark_group("access");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.throughput(Throughput::Elements(near));
    group.bench_function("survey", |bencher| {
        bencher.iter(|| survey(&estate, &rules, &datasets.sets, &intent, false).expect("a survey"));
    });
    group.throughput(Throughput::Elements(1));
    let bucket = datasets.sets.first().map(|set| set.bucket.name.to_string()).expect("a data set");
    let asset = Asset::parse(&bucket).expect("a bucket");
    group.bench_function("who-can", |bencher| {
        bencher.iter(|| who_can(&estate, &rules, "s3:GetObject", black_box(&asset)).expect("an answer"));
    });
    group.finish();
}

criterion_group!(benches, access);
criterion_main!(benches);
