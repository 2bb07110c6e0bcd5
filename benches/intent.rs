//! What one decision of Cedar costs: a request that the bundled rules judge, entities and all.
//!
//! Re-run: `cargo bench --bench intent`. What the optimization level of Cedar's own crates changes, CONTRIBUTING tells.
#![expect(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use palisade::iam::Action;
use palisade::intent::{AccessContext, AccessRequest, Intent, Requester, specimen};

fn decide(criterion: &mut Criterion) {
    let intent = Intent::bundled().ok();
    let dataset = specimen::dataset("models");
    let principal = specimen::role("pipeline");
    let (context, action) = (AccessContext::at(jiff::Timestamp::UNIX_EPOCH), Action::parse("s3:PutObject"));
    let (Some(intent), Some(action)) = (intent, action) else { return };
    let request = AccessRequest {
        requester: Requester::Principal(&principal),
        action: &action,
        dataset: &dataset,
        context: &context,
    };
    criterion.bench_function("judge one request", |bencher| bencher.iter(|| intent.judge_request(&request).is_ok()));
}

criterion_group!(benches, decide);
criterion_main!(benches);
