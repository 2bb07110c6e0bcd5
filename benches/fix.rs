//! How long it takes to propose and prove fixes for findings of every rule that an estate breaks, audits of the estate and of its copies
//! included.
//!
//! ```text
//! cargo bench --bench fix                                 # 20 accounts, made by the generator
//! python3 benches/estates/generate.py --accounts 100 --roles 200 --buckets 20 --sloppy 0.05 --out target/estate-100
//! PALISADE_ESTATE=target/estate-100 cargo bench --bench fix
//! ```
//!
//! Throughput counts the findings. Of those that are certain a thousand are chosen by their fingerprints, which are as good as drawn.
//! What came of them is printed first.
#![allow(clippy::print_stdout, reason = "a benchmark reports on the terminal")]
#![allow(clippy::expect_used, reason = "a benchmark ends at the first thing that is wrong")]
#![allow(missing_docs, reason = "criterion makes the entry point")]

mod estate;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use palisade::assess::{Options, audit, plan};
use palisade::classify::Rules;
use palisade::finding::{Finding, Fingerprint, Fix, Verdict};
use palisade::intent::Intent;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many findings are cured.
const CHOSEN: usize = 1_000;

/// Some of the findings that are certain.
fn chosen(findings: &[Finding]) -> BTreeSet<Fingerprint> {
    let certain = findings.iter().filter(|finding| finding.verdict == Verdict::Violated);
    let all: BTreeSet<Fingerprint> = certain.map(|finding| finding.fingerprint).collect();
    all.into_iter().take(CHOSEN).collect()
}

fn fix(criterion: &mut Criterion) {
    let estate = estate::estate();
    let (rules, intent) = (Rules::bundled(), Intent::bundled().expect("the bundled rules"));
    let options = Options { all_subjects: true, simulations: false };
    let findings = audit(&estate, &rules, &intent, &options).expect("an assessment").findings;
    let chosen = chosen(&findings);
    let wanted = |finding: &Finding| chosen.contains(&finding.fingerprint);
    let first = plan(&estate, &rules, &intent, wanted).expect("a plan");
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    findings
        .iter()
        .filter(|finding| wanted(finding))
        .for_each(|it| *by_rule.entry(&it.rule).or_default() += 1);
    println!(
        "{} accounts: {} of {} findings, {by_rule:?}; {} fixes, {} of them safe; {} findings without",
        estate.accounts().len(),
        chosen.len(),
        findings.len(),
        first.fixes.len(),
        first.fixes.iter().filter(|fix| Fix::is_safe(fix)).count(),
        first.open.len(),
    );
    let mut group = criterion.benchmark_group("fix");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(20));
    group.throughput(Throughput::Elements(chosen.len() as u64));
    group.bench_function("plan", |bencher| {
        bencher.iter(|| plan(&estate, &rules, &intent, wanted).expect("a plan"));
    });
    group.bench_function("audit alone", |bencher| {
        bencher.iter(|| audit(&estate, &rules, &intent, &options).expect("an assessment"));
    });
    group.finish();
}

criterion_group!(benches, fix);
criterion_main!(benches);
