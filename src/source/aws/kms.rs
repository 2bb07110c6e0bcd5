//! KMS: the keys that encrypt buckets.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_kms::types;
use futures_util::future::join_all;
use serde_json::{Map, Value};

use super::answer::{document, items, object, text};
use super::api;
use super::notes::Notes;
use super::refusal::Refusal;
use super::session::Session;
use crate::estate::{Account, AccountId, Bucket, Fact, KmsGrant, KmsKey, List};
use crate::iam::Arn;

/// A key as a bucket names it: by ARN, id or alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NamedKey {
    pub(super) account: AccountId,
    pub(super) region: String,
    pub(super) name: Box<str>,
}

/// The key that a bucket of an account encrypts with by default, if it names one. A name without an account is one of the bucket's
/// own account and region.
pub(super) fn named_by(account: AccountId, bucket: &Bucket) -> Vec<NamedKey> {
    let encryption = bucket.encryption.known().and_then(Option::as_ref);
    let rules = encryption.map_or(&[][..], |encryption| &encryption.rules);
    let names = rules
        .iter()
        .filter_map(|rule| rule.apply_server_side_encryption_by_default.kms_master_key_id.as_deref());
    let named = |name: &str| match Arn::parse(name) {
        Some(arn) => Some(NamedKey {
            account: AccountId::parse(arn.account)?,
            region: arn.region.into(),
            name: name.into(),
        }),
        None => {
            let region = bucket.region.known()?.to_string();
            Some(NamedKey { account, region, name: name.into() })
        }
    };
    names.filter_map(named).collect()
}

/// The keys of an account that buckets anywhere name; what is known of them already is not asked again.
pub(super) async fn keys(
    session: &Session,
    known: &Account,
    named: &BTreeSet<NamedKey>,
    notes: &Notes,
) -> Fact<List<KmsKey>> {
    let found = join_all(named.iter().map(|key| key_of(session, known, key, notes))).await;
    let keys: BTreeMap<Box<str>, KmsKey> = found.into_iter().map(|key| (key.arn.clone(), key)).collect();
    let keys = keys.into_values().map(|key| settle(session, key, notes));
    Fact::Known(List::from(join_all(keys).await))
}

/// The key behind a name. Of one that AWS does not describe, the name is known, and where it is an ARN or id the rest can still be
/// asked for.
async fn key_of(session: &Session, known: &Account, key: &NamedKey, notes: &Notes) -> KmsKey {
    let before = known.key(&key.name).cloned().unwrap_or_else(|| KmsKey::unread(key.arn(session).into()));
    if before.key_manager.is_some() {
        return before;
    }
    let client = session.kms(&key.region);
    let answer = session.call(client.describe_key().key_id(&*key.name).send()).await;
    let described = answer.and_then(|answer| {
        let metadata = answer.key_metadata.ok_or_else(|| Refusal::lacks("KeyMetadata"))?;
        let manager = text(metadata.key_manager().map(types::KeyManagerType::as_str), "KeyManager")?;
        Ok((text(metadata.arn(), "Arn")?, manager))
    });
    match notes.fact(api::DESCRIBE_KEY, &before.arn, described) {
        Fact::Known((arn, manager)) => KmsKey { arn, key_manager: Some(manager), ..before },
        Fact::Unread(_) => before,
    }
}

impl NamedKey {
    /// The ARN that the name is short for.
    fn arn(&self, session: &Session) -> String {
        match &*self.name {
            arn if arn.starts_with("arn:") => arn.to_owned(),
            alias if alias.starts_with("alias/") => session.arn("kms", &self.region, alias),
            id => session.arn("kms", &self.region, &format!("key/{id}")),
        }
    }
}

/// Adds what is not known about a key.
async fn settle(session: &Session, key: KmsKey, notes: &Notes) -> KmsKey {
    // Only DescribeKey takes an alias for a key.
    if key.arn.contains(":alias/") {
        return key;
    }
    let region = Arn::parse(&key.arn).map_or(session.home_region(), |arn| arn.region);
    let client = session.kms(region);
    let policy = async {
        if key.policy.known().is_some() {
            return key.policy.clone();
        }
        let request = client.get_key_policy().key_id(&*key.arn).policy_name("default");
        let answer = session.call(request.send()).await;
        let policy = answer.and_then(|answer| document(&text(answer.policy, "Policy")?));
        notes.fact(api::GET_KEY_POLICY, &key.arn, policy)
    };
    let aliases = async {
        if key.aliases.known().is_some() {
            return key.aliases.clone();
        }
        let stream = client.list_aliases().key_id(&*key.arn).into_paginator().send();
        let aliases = items(session, stream, "Aliases", |page| page.aliases).await;
        let aliases = aliases.and_then(|aliases| {
            let mut names = aliases
                .iter()
                .map(|alias| text(alias.alias_name(), "AliasName"))
                .collect::<Result<Vec<_>, _>>()?;
            names.sort();
            Ok(names)
        });
        notes.fact(api::LIST_ALIASES, &key.arn, aliases)
    };
    let grants = async {
        if key.grants.known().is_some() {
            return key.grants.clone();
        }
        let stream = client.list_grants().key_id(&*key.arn).into_paginator().send();
        let grants = items(session, stream, "Grants", |page| page.grants).await;
        let grants = grants.and_then(|grants| grants.into_iter().map(grant).collect::<Result<Vec<_>, _>>());
        notes.fact(api::LIST_KEY_GRANTS, &key.arn, grants)
    };
    let (policy, aliases, grants) = tokio::join!(policy, aliases, grants);
    KmsKey { policy, aliases, grants, ..key }
}

fn grant(grant: types::GrantListEntry) -> Result<KmsGrant, Refusal> {
    let grantee = grant.grantee_principal.or(grant.grantee_service_principal);
    let operations = grant.operations.ok_or_else(|| Refusal::lacks("Operations"))?;
    let constraints = grant.constraints.map(|constraints| {
        object([
            ("EncryptionContextSubset", constraints.encryption_context_subset.map(pairs)),
            ("EncryptionContextEquals", constraints.encryption_context_equals.map(pairs)),
            ("SourceArn", constraints.source_arn.map(Value::from)),
        ])
    });
    Ok(KmsGrant {
        grantee_principal: text(grantee, "GranteePrincipal")?,
        operations: operations.iter().map(|operation| operation.as_str().into()).collect(),
        constraints: constraints
            .filter(|constraints| constraints.as_object().is_some_and(|some| !some.is_empty())),
    })
}

/// In the order of their names, so that it is the same every time.
fn pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Value {
    let pairs: BTreeMap<String, String> = pairs.into_iter().collect();
    Value::Object(pairs.into_iter().map(|(name, value)| (name, value.into())).collect::<Map<_, _>>())
}
