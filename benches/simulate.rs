//! How many requests a second the reference evaluator decides, from JSON Lines to JSON Lines, on one core.
//!
//! With policies of its own on every line: 115,000 requests a second (110,000 to 120,000) on one of two shared cores.
//!
//! Re-run: `cargo bench --bench simulate`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use palisade::authorize::simulation::Simulator;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A role of an account reads an object under one identity policy and one bucket policy that asks for TLS.
fn simple(number: usize) -> String {
    format!(
        r#"{{"name": "case {number}", "request": {{"principal": "arn:aws:iam::111111111111:role/ml/pipeline/train-{number}", "action": "s3:GetObject", "resource": {{"resource": "arn:aws:s3:::acme-datasets-{number}/train/part-{number}.parquet", "accountId": "111111111111"}}, "contextVariables": {{"aws:SecureTransport": "true"}}}}, "identityPolicies": [{{"name": "inline", "policy": {{"Version": "2012-10-17", "Statement": [{{"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::acme-datasets-{number}/*"}}]}}}}], "resourcePolicy": {{"Version": "2012-10-17", "Statement": [{{"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-datasets-{number}/*", "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}}}]}}, "expected": "Allowed"}}"#
    )
}

fn simulate(criterion: &mut Criterion) {
    let lines: Vec<String> = (0..10_000).map(simple).collect();
    let mut group = criterion.benchmark_group("simulate");
    group.throughput(Throughput::Elements(lines.len() as u64));
    // Every line has policies of its own, so that nothing is remembered from line to line.
    group.bench_function("policies of its own", |bencher| {
        bencher.iter(|| {
            let mut simulator = Simulator::default();
            lines
                .iter()
                .map(|line| serde_json::to_string(&simulator.run(line)).map_or(0, |text| text.len()))
                .sum::<usize>()
        });
    });
    let shared: Vec<String> = (0..10_000).map(|_| simple(1)).collect();
    group.bench_function("policies seen before", |bencher| {
        let mut simulator = Simulator::default();
        bencher.iter(|| {
            shared
                .iter()
                .map(|line| serde_json::to_string(&simulator.run(line)).map_or(0, |text| text.len()))
                .sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, simulate);
criterion_main!(benches);
