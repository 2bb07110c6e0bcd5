//! What one decision of Cedar costs: a request that the bundled rules judge, entities and all.
//!
//! Re-run: `cargo bench --bench intent`. What the optimization level of Cedar's own crates changes, CONTRIBUTING tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use palisade::estate::{AccountId, Fact, PublicAccessBlock};
use palisade::iam::Action;
use palisade::intent::{
    AccessContext, AccessRequest, AccountFacts, DatasetFacts, EncryptionFacts, Intent, LifecycleFacts,
    Requester,
};

fn dataset(account: AccountId) -> DatasetFacts {
    let account = AccountFacts { id: account, name: "ml-prod".into(), units: vec![], organization: None };
    DatasetFacts {
        bucket: "acme-models".into(),
        prefix: "".into(),
        class: "models".into(),
        env: "prod".into(),
        account: Arc::new(account),
        team: Some("vision".into()),
        versioning: Fact::Known("Enabled".into()),
        mfa_delete: Fact::Known(false),
        object_lock: Fact::Known(true),
        version_guard: Fact::Known(true),
        lifecycle: Fact::Known(LifecycleFacts { expires_current: false, noncurrent_days: None }),
        encryption: Fact::Known(EncryptionFacts {
            algorithm: "aws:kms".into(),
            customer_key: true,
            key_in_organization: true,
        }),
        key_policy_open: Fact::Known(false),
        public_access_block: Fact::Known(PublicAccessBlock::ALL),
        acls_disabled: Fact::Known(true),
        tls_enforced: Fact::Known(true),
        access_logged: Fact::Known(true),
        missing_lineage: Fact::Known(BTreeSet::new()),
        tags: Fact::Known(BTreeMap::new()),
    }
}

fn decide(criterion: &mut Criterion) {
    let (intent, action) = (Intent::bundled(), Action::parse("s3:PutObject"));
    let (Ok(intent), Some(action), Some(account)) = (intent, action, AccountId::parse("111111111111")) else {
        return;
    };
    let (dataset, context) = (dataset(account), AccessContext::at(jiff::Timestamp::UNIX_EPOCH));
    let requester = Requester::External { account: AccountId::parse("999999999999"), arn: None };
    let request = AccessRequest { requester, action: &action, dataset: &dataset, context: &context };
    criterion.bench_function("judge one request", |bencher| {
        bencher.iter(|| intent.judge_request(&request).is_ok_and(|verdict| !verdict.permitted));
    });
}

criterion_group!(benches, decide);
criterion_main!(benches);
