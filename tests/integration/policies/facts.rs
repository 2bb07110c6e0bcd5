//! What an example says, as facts for the rules. It stands in for the way through snapshot, classification and
//! authorization, and goes when that way is open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use palisade::estate::{AccountId, Fact, PublicAccessBlock, Unread};
use palisade::intent::{
    AccessContext, AccountFacts, DatasetFacts, EncryptionFacts, LifecycleFacts, PrincipalFacts, PrincipalType,
};

use super::notation::{Example, LINEAGE, Line, ORGANIZATION};

fn account(example: &Example, line: &Line) -> Arc<AccountFacts> {
    let number = example.account(line);
    let name = example.accounts.iter().find(|(id, _)| id == number).map_or("", |(_, name)| name);
    Arc::new(AccountFacts {
        id: AccountId::parse(number).expect("a number of twelve digits"),
        name: name.into(),
        units: vec!["r-abcd".into()],
        organization: Some(ORGANIZATION.into()),
    })
}

pub(crate) fn dataset(example: &Example, line: &Line) -> DatasetFacts {
    let text = |setting| line.get(setting).unwrap_or_default().into();
    let (algorithm, key) = line.encryption();
    let days = |what| {
        let (rule, days) = line.get("lifecycle")?.split_once(':')?;
        (rule == what).then(|| days.parse().expect("days"))
    };
    let versioning = match line.get("unread") {
        Some("Versioning") => Fact::Unread(Unread::Refused("AccessDenied".into())),
        _ => Fact::Known(line.get("versioning").unwrap_or("Enabled").into()),
    };
    let missing = LINEAGE.iter().filter(|_| line.is("lineage", "off")).map(|tag| (*tag).into());
    DatasetFacts {
        bucket: line.name().into(),
        prefix: "".into(),
        class: text("class"),
        env: text("env"),
        account: account(example, line),
        team: line.get("team").map(Into::into),
        versioning,
        mfa_delete: Fact::Known(line.is("mfa-delete", "on")),
        object_lock: Fact::Known(line.is("object-lock", "on")),
        version_guard: Fact::Known(line.is("class", "models") && !line.is("guard", "off")),
        lifecycle: Fact::Known(LifecycleFacts {
            expires_current: days("expire").is_some(),
            noncurrent_days: days("noncurrent"),
        }),
        encryption: Fact::Known(EncryptionFacts {
            algorithm: algorithm.into(),
            customer_key: key != "aws",
            key_in_organization: matches!(key, "own" | "open"),
        }),
        key_policy_open: Fact::Known(key == "open"),
        public_access_block: Fact::Known(PublicAccessBlock {
            block_public_acls: line.blocks("BlockPublicAcls"),
            ignore_public_acls: line.blocks("IgnorePublicAcls"),
            block_public_policy: line.blocks("BlockPublicPolicy"),
            restrict_public_buckets: line.blocks("RestrictPublicBuckets"),
        }),
        acls_disabled: Fact::Known(!line.is("acls", "on")),
        tls_enforced: Fact::Known(!line.is("tls", "off")),
        access_logged: Fact::Known(!line.is("log", "off")),
        missing_lineage: Fact::Known(missing.collect::<BTreeSet<_>>()),
        tags: Fact::Known(BTreeMap::new()),
    }
}

pub(crate) fn principal(example: &Example, line: &Line) -> PrincipalFacts {
    let text = |setting| line.get(setting).unwrap_or_default().into();
    let trusts = |whom: &str| line.get("trust").is_some_and(|trust| trust.starts_with(whom));
    let is_user = line.kind == "user";
    let reaches = |bucket: &Line| line.get("on").is_some_and(|on| on == "*" || on.starts_with(bucket.name()));
    let reads_s3 = line.get("allow").is_some_and(|allow| allow.contains("s3:"));
    PrincipalFacts {
        kind: if is_user { PrincipalType::User } else { PrincipalType::Role },
        arn: line.arn(example.account(line)).into(),
        name: line.name().into(),
        path: line.get("path").unwrap_or("/").into(),
        account: account(example, line),
        team: line.get("team").map(Into::into),
        access_role: text("access-role"),
        human: is_user,
        workload: trusts("service:"),
        service_linked: false,
        boundary: Fact::Known(line.is("boundary", "on")),
        may_reach_data: Fact::Known(reads_s3 && example.buckets.iter().any(reaches)),
        assumable_from_outside: Fact::Known(trusts("account:999999999999")),
        assumable_by_unbound_oidc: Fact::Known(trusts("oidc:*")),
        tags: BTreeMap::new(),
    }
}

pub(crate) fn context(request: &Line, key: &str) -> AccessContext {
    let text = |name| request.get(name).map(Into::into);
    AccessContext {
        key: key.into(),
        secure_transport: !request.is("aws:SecureTransport", "false"),
        source_account: text("aws:SourceAccount"),
        source_arn: text("aws:SourceArn"),
        source_org_id: text("aws:SourceOrgID"),
        ..AccessContext::at(jiff::Timestamp::UNIX_EPOCH)
    }
}
