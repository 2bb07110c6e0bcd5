//! What shows that a rule is broken: the settings and statements that it reads.

use serde::Serialize;
use serde_json::{Value, json};

use crate::authorize::{Outsider, Way};
use crate::check::facts::{Ground, bucket};
use crate::classify::DataSet;
use crate::estate::{Fact, PolicyDocument, Principal};
use crate::finding::Evidence;

/// The settings of a bucket that a rule reads, each as AWS prints it.
pub(super) fn of_bucket(
    ground: &Ground<'_>,
    set: &DataSet<'_>,
    reads: impl Fn(&str) -> bool,
) -> Vec<Evidence> {
    let arn = bucket::bucket_arn(set);
    let found = set.bucket;
    let mut evidence = vec![];
    let mut add = |attributes: &[&str], setting: &str, value: Option<Value>| {
        if attributes.iter().any(|attribute| reads(attribute)) {
            evidence.extend(value.map(|value| Evidence::setting(setting, &arn, value)));
        }
    };
    add(&["versioning", "mfaDelete"], "versioning", value(&found.versioning));
    add(&["objectLock"], "objectLock", value(&found.object_lock));
    add(&["lifecycle"], "lifecycle", value(&found.lifecycle));
    add(&["encryption"], "encryption", value(&found.encryption));
    let block = ground.public_access_block(set.account, found);
    add(&["publicAccessBlock"], "publicAccessBlock", value(&block));
    add(&["aclsDisabled"], "ownershipControls", value(&found.ownership_controls));
    add(&["accessLogged"], "logging", value(&found.logging));
    add(&["missingLineage", "tags"], "tags", value(&found.tags));
    let sids = found.policy.known().map(|policy| policy.as_ref().map(sids));
    add(&["tlsEnforced", "versionGuard"], "resourcePolicy", sids.map(|sids| json!({ "statements": sids })));
    if reads("keyPolicyOpen")
        && let Some((key, statements)) = bucket::opening_statements(ground, set)
        && let Some(policy) = key.policy.known()
    {
        evidence
            .extend(statements.into_iter().filter_map(|index| statement("kmsKey", &key.arn, policy, index)));
    }
    evidence
}

/// What a rule reads of a principal: its boundary, or the statements that let outsiders in.
pub(super) fn of_principal(
    principal: &Principal<'_>,
    outsiders: &[Outsider],
    reads: impl Fn(&str) -> bool,
) -> Vec<Evidence> {
    let mut evidence = vec![];
    if reads("boundary") {
        evidence.push(Evidence::setting(
            "permissionsBoundary",
            principal.arn(),
            json!(principal.boundary_arn()),
        ));
    }
    let trust = principal.as_role().and_then(|role| role.assume_role_policy_document.known());
    for (way, attribute) in
        [(Way::AssumeRole, "assumableFromOutside"), (Way::UnboundToken, "assumableByUnboundOidc")]
    {
        if !reads(attribute) {
            continue;
        }
        let mut places: Vec<usize> = outsiders
            .iter()
            .filter(|outsider| outsider.way == way)
            .map(|outsider| outsider.statement)
            .collect();
        places.dedup();
        let quoted =
            places.into_iter().filter_map(|index| statement("trustPolicy", principal.arn(), trust?, index));
        evidence.extend(quoted);
    }
    evidence
}

fn value<T: Serialize>(fact: &Fact<T>) -> Option<Value> {
    serde_json::to_value(fact.known()?).ok()
}

/// The names of a policy's statements.
fn sids(policy: &PolicyDocument) -> Vec<String> {
    policy.document().statements.iter().map(|statement| statement.name()).collect()
}

fn statement(layer: &str, document: &str, policy: &PolicyDocument, index: usize) -> Option<Evidence> {
    let found = policy.document().statements.iter().find(|statement| statement.index == index)?;
    let text: Value = serde_json::from_str(policy.text()).ok()?;
    let statements = text.get("Statement")?;
    let quote = statements.get(index).or_else(|| statements.is_object().then_some(statements)).cloned();
    Some(Evidence {
        layer: layer.into(),
        document: document.into(),
        sid: found.sid.clone(),
        index: Some(index),
        quote,
    })
}
