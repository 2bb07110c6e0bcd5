//! Allows in policies of buckets and access points: whom they name, and under which conditions.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::access::{put, statement_at};
use super::{Candidate, Table, few};
use crate::estate::{AccountId, Content, Target};
use crate::finding::{Finding, Remedy};
use crate::fix::actions::Actions;
use crate::fix::narrow::{Left, Part, listed, narrowed, one_or_many};
use crate::fix::text::PolicyText;
use crate::iam::{Element, PrincipalId};

/// A statement's place.
type Place<'p> = (AccountId, &'p Target, usize);

impl Table<'_, '_> {
    /// What may be done about an Allow of a bucket's side: name fewer, ask for more, grant less, and at last nothing.
    pub(super) fn resource_grant(
        &self,
        (account, target, index): Place<'_>,
        content: &Content,
        claims: &[&Finding],
    ) -> Vec<Candidate> {
        let text = PolicyText::new(content.text());
        let Some((statement, json)) = statement_at(content, index).zip(text.statement(index)) else {
            return vec![];
        };
        let name = statement.name();
        let place = format!("statement {name} of the {}", target.describe());
        let mut candidates = vec![];
        let subjects: BTreeSet<&str> =
            claims.iter().flat_map(|finding| finding.subjects.iter().map(|subject| &**subject)).collect();
        let named = match &statement.principal {
            Some(Element::Is(principals)) => &*principals.ids,
            _ => &[],
        };
        let dropped: Vec<&PrincipalId> =
            named.iter().filter(|id| subjects.iter().any(|subject| is_meant(id, subject))).collect();
        if !dropped.is_empty() && dropped.len() < named.len() {
            let title = format!("take {} out of {place}", few(dropped.iter().map(ToString::to_string)));
            let after = without_principals(&json, &dropped).and_then(|left| put(&text, index, vec![left]));
            candidates.extend(self.narrow(Remedy::Narrow, (account, target), after, title));
        }
        for (key, value) in self.conditions(account, claims) {
            let after = with_condition(&json, key, &value).and_then(|left| put(&text, index, vec![left]));
            let title = format!("ask for {key} in {place}");
            if after.is_some() {
                candidates.extend(self.narrow(Remedy::Condition, (account, target), after, title));
            }
        }
        let mut taken = Actions::default();
        let mut parts: BTreeSet<Part> = BTreeSet::new();
        for finding in claims {
            let Some(dataset) = &finding.dataset else { continue };
            taken.extend(&Actions::named(finding.actions.iter().map(|action| &**action)));
            parts.insert(Part { bucket: self.arn(&dataset.bucket), prefix: dataset.prefix.clone() });
        }
        let parts: Vec<Part> = parts.into_iter().collect();
        if let Some(left @ (Left::One(_) | Left::Two(..))) = narrowed(&statement, &json, &taken, &parts) {
            let left = match left {
                Left::Two(one, two) => vec![one, two],
                Left::One(one) => vec![one],
                Left::Nothing => vec![],
            };
            let title = format!("take {} out of {place}", few(taken.patterns()));
            candidates.extend(self.narrow(Remedy::Narrow, (account, target), put(&text, index, left), title));
        }
        candidates.extend(self.narrow(
            Remedy::Narrow,
            (account, target),
            text.remove(index),
            format!("remove {place}"),
        ));
        candidates
    }

    /// The conditions that may keep out those whom findings are about, with their values.
    fn conditions(&self, account: AccountId, claims: &[&Finding]) -> Vec<(&'static str, Value)> {
        let is_about = |rule: &str| claims.iter().any(|finding| *finding.rule == *rule);
        let mut conditions = vec![];
        if is_about("service-without-source") {
            // "We recommend [...] aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths".
            // (IAM User Guide, confused-deputy)
            if let Some(organization) = self.bench.scene.ground.perimeter.organization {
                conditions.push(("aws:SourceOrgID", json!(organization)));
            }
            conditions.push(("aws:SourceAccount", json!(account.to_string())));
        }
        if let Some(organization) = self.bench.scene.ground.perimeter.organization {
            conditions.push(("aws:PrincipalOrgID", json!(organization)));
        }
        conditions.push(("aws:PrincipalAccount", json!(account.to_string())));
        conditions
    }
}

/// Whether a principal of a policy names somebody whom findings are about.
fn is_meant(id: &PrincipalId, subject: &str) -> bool {
    let text = id.as_str();
    match id {
        PrincipalId::Aws(principal) => text == subject || principal.account() == Some(subject),
        _ => text == subject,
    }
}

/// A statement without some of its principals.
pub(super) fn without_principals(json: &Value, dropped: &[&PrincipalId]) -> Option<Value> {
    let mut members = json.as_object()?.clone();
    let kinds = members.get("Principal")?.as_object()?;
    let mut left = Map::new();
    for (kind, values) in kinds {
        let gone = |value: &str| dropped.iter().any(|id| id.kind() == kind && id.as_str() == value);
        let values: Vec<String> = listed(values)?.into_iter().filter(|value| !gone(value)).collect();
        if !values.is_empty() {
            left.insert(kind.clone(), one_or_many(values));
        }
    }
    if left.is_empty() {
        return None;
    }
    members.insert("Principal".to_owned(), Value::Object(left));
    Some(Value::Object(members))
}

/// A statement that also asks for a value of a key; none if it asks for the key already.
pub(super) fn with_condition(json: &Value, key: &str, value: &Value) -> Option<Value> {
    let mut members = json.as_object()?.clone();
    let mut conditions = members.get("Condition").and_then(Value::as_object).cloned().unwrap_or_default();
    let asks = |keys: &Value| {
        keys.as_object().is_some_and(|keys| keys.keys().any(|known| known.eq_ignore_ascii_case(key)))
    };
    if conditions.values().any(asks) {
        return None;
    }
    let operator =
        if value.as_str().is_some_and(|value| value.contains('*')) { "StringLike" } else { "StringEquals" };
    let keys = conditions.entry(operator).or_insert_with(|| json!({}));
    keys.as_object_mut()?.insert(key.to_owned(), value.clone());
    members.insert("Condition".to_owned(), Value::Object(conditions));
    Some(Value::Object(members))
}
