//! Specimens: facts without fault and with every attribute known. A schema is held against them; tests change them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::facts::{
    AccessContext, AccountFacts, DatasetFacts, EncryptionFacts, LifecycleFacts, PrincipalFacts, PrincipalType,
};
use crate::estate::{AccountId, Fact, PublicAccessBlock};

fn account() -> Option<Arc<AccountFacts>> {
    Some(Arc::new(AccountFacts {
        id: AccountId::parse("111111111111")?,
        name: "ml-prod".into(),
        units: vec!["r-abcd".into(), "ou-abcd-11111111".into()],
        organization: Some("o-abc123def4".into()),
    }))
}

/// A bucket that obeys every rule of its class.
pub(super) fn dataset(class: &str) -> Option<DatasetFacts> {
    Some(DatasetFacts {
        bucket: "acme-data".into(),
        prefix: "".into(),
        class: class.into(),
        env: "prod".into(),
        account: account()?,
        team: Some("vision".into()),
        versioning: Fact::Known("Enabled".into()),
        mfa_delete: Fact::Known(true),
        object_lock: Fact::Known(true),
        version_guard: Fact::Known(true),
        lifecycle: Fact::Known(LifecycleFacts { expires_current: false, noncurrent_days: Some(365) }),
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
        tags: Fact::Known(BTreeMap::from([("data-class".into(), class.into())])),
    })
}

/// A role that obeys every rule.
pub(super) fn role(access_role: &str) -> Option<PrincipalFacts> {
    Some(PrincipalFacts {
        kind: PrincipalType::Role,
        arn: format!("arn:aws:iam::111111111111:role/ml/{access_role}").into(),
        name: access_role.into(),
        path: "/ml/".into(),
        account: account()?,
        team: Some("vision".into()),
        access_role: access_role.into(),
        human: false,
        workload: true,
        service_linked: false,
        boundary: Fact::Known(true),
        may_reach_data: Fact::Known(true),
        assumable_from_outside: Fact::Known(false),
        assumable_by_unbound_oidc: Fact::Known(false),
        tags: BTreeMap::from([("access-role".into(), access_role.into())]),
    })
}

/// A request that carries every key.
pub(super) fn context() -> AccessContext {
    AccessContext {
        key: "a.bin".into(),
        source_ip: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        source_vpce: Some("vpce-1".into()),
        source_vpc: Some("vpc-1".into()),
        mfa: Some(true),
        sse: Some("aws:kms".into()),
        kms_key_id: Some("key".into()),
        prefix: Some("a".into()),
        source_account: Some("111111111111".into()),
        source_arn: Some("arn:aws:s3:::acme-logs".into()),
        source_org_id: Some("o-abc123def4".into()),
        via_aws_service: Some(false),
        ..AccessContext::at(jiff::Timestamp::UNIX_EPOCH)
    }
}
