//! Ways to act as a role that is not one's own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::access::{is_protected, put, statement_at, together};
use super::guard::free_sid;
use super::resource::without_principals;
use super::{Candidate, Cause, Table, few};
use crate::estate::{AccountId, Content, Target};
use crate::finding::{Finding, Remedy};
use crate::fix::narrow::one_or_many;
use crate::fix::text::PolicyText;
use crate::iam::{Element, PrincipalId, Statement};

impl Table<'_, '_> {
    /// The statement that opens the way, on the side of whoever takes it, and the trust policy of the role that he takes.
    pub(super) fn chain_causes(&self, finding: &Finding) -> Vec<Cause> {
        let mut causes = vec![];
        let holder = finding.subjects.first().map_or("", |subject| subject);
        for evidence in &finding.evidence {
            let Some(index) = evidence.index else { continue };
            let located = match &*evidence.layer {
                "trustPolicy" => self.located(evidence, finding),
                "identityPolicies" if opens_way(evidence.quote.as_ref()) => {
                    self.identity_policy(holder, &evidence.document, index)
                }
                _ => None,
            };
            // Of AWS's own policies nothing can be taken: the role's side has to say no.
            if let Some(Cause::Grant { account, target, index }) = located {
                causes.push(Cause::Chain { account, target, index });
            }
        }
        causes
    }

    /// What may be done about a statement that opens a way.
    pub(super) fn chain(
        &self,
        account: AccountId,
        target: &Target,
        index: usize,
        claims: &[&Finding],
    ) -> Vec<Candidate> {
        if let Target::TrustPolicy { role } = target {
            let content = self.text(account, target).filter(|_| !is_protected(target));
            let Some((content, statement)) = content.and_then(|content| {
                let statement = statement_at(&content, index)?;
                Some((content, statement))
            }) else {
                return vec![];
            };
            return self.distrust(account, role, (&content, &statement), claims);
        }
        let twins = self.twins(account, target, index, claims);
        together(twins.iter().map(|twin| self.hold_back((twin.0, &twin.1), index, claims)).collect())
    }

    /// The trust policy names them no longer; where it names their account, it denies them.
    fn distrust(
        &self,
        account: AccountId,
        role: &str,
        (content, statement): (&Content, &Statement),
        claims: &[&Finding],
    ) -> Vec<Candidate> {
        let target = Target::TrustPolicy { role: role.into() };
        let text = PolicyText::new(content.text());
        let Some(json) = text.statement(statement.index) else { return vec![] };
        let callers: BTreeSet<&str> = claims
            .iter()
            .filter(|finding| finding.via.first().is_some_and(|step| role_of(step) == role))
            .flat_map(|finding| finding.subjects.iter().map(|subject| &**subject))
            .collect();
        if callers.is_empty() {
            return vec![];
        }
        let mut candidates = vec![];
        let named = match &statement.principal {
            Some(Element::Is(principals)) => &*principals.ids,
            _ => &[],
        };
        let dropped: Vec<&PrincipalId> = named.iter().filter(|id| callers.contains(id.as_str())).collect();
        let who = few(callers.iter().map(|arn| (*arn).to_owned()));
        if dropped.len() == callers.len() {
            let after = match without_principals(&json, &dropped) {
                Some(left) => put(&text, statement.index, vec![left]),
                None => text.remove(statement.index),
            };
            let title = format!("let {who} no longer assume {role}");
            candidates.extend(self.narrow(Remedy::Trust, (account, &target), after, title));
        }
        let deny = json!({
            "Sid": free_sid("NotThese", content.text(), 0),
            "Effect": "Deny",
            "Principal": { "AWS": one_or_many(callers.iter().map(|arn| (*arn).to_owned()).collect()) },
            "Action": "sts:AssumeRole",
        });
        let title = format!("deny {who} to assume {role}");
        candidates.extend(self.narrow(Remedy::Trust, (account, &target), text.append(&deny), title));
        candidates
    }

    /// The caller's own policy lets him pass or assume the role no longer.
    fn hold_back(
        &self,
        (account, target): (AccountId, &Target),
        index: usize,
        claims: &[&Finding],
    ) -> [Option<Candidate>; 2] {
        let content = self.text(account, target).filter(|_| !is_protected(target));
        let Some((content, statement)) = content.and_then(|content| {
            let statement = statement_at(&content, index)?;
            Some((content, statement))
        }) else {
            return [None, None];
        };
        let text = PolicyText::new(content.text());
        let first = claims.iter().filter_map(|finding| finding.via.first()).map(|step| role_of(step));
        // Of a way of several steps the first is his; where there is one, he may take it to other roles too.
        let others =
            claims.iter().filter(|finding| finding.via.len() == 1).flat_map(|finding| &finding.roles);
        let roles: BTreeSet<&str> = first.chain(others.map(|role| &**role)).collect();
        let which = few(roles.iter().map(|arn| (*arn).to_owned()));
        let narrow = |after: Option<PolicyText>, title: String| {
            self.narrow(Remedy::Narrow, (account, target), after, title)
        };
        let taken = without_roles(&text, &statement, &roles).and_then(|after| {
            narrow(
                after,
                format!("take {which} out of statement {} of the {}", statement.name(), target.describe()),
            )
        });
        let actions: BTreeSet<String> =
            claims.iter().filter_map(|finding| finding.via.first()).map(|step| way_of(step)).collect();
        let deny = json!({
            "Sid": free_sid("NotTheseRoles", content.text(), 0),
            "Effect": "Deny",
            "Action": one_or_many(actions.into_iter().collect()),
            "Resource": one_or_many(roles.iter().map(|arn| (*arn).to_owned()).collect()),
        });
        let denied = text.append(&deny);
        let denied = denied.and_then(|after| {
            narrow(Some(after), format!("deny to act as {which} in the {}", target.describe()))
        });
        [taken, denied]
    }
}

/// A policy whose statement names some roles no longer; `Some(None)` if nothing is left of it, none unless the statement names each of
/// them by itself.
fn without_roles(
    text: &PolicyText,
    statement: &Statement,
    roles: &BTreeSet<&str>,
) -> Option<Option<PolicyText>> {
    let Some(Element::Is(patterns)) = &statement.resource else { return None };
    let texts = patterns.iter().map(|pattern| pattern.as_str().to_owned());
    let kept: Vec<String> = texts.filter(|text| !roles.contains(&**text)).collect();
    if kept.len() + roles.len() != patterns.len() {
        return None;
    }
    if kept.is_empty() {
        return Some(text.remove(statement.index));
    }
    let left = with_resource(&text.statement(statement.index)?, kept)?;
    Some(put(text, statement.index, vec![left]))
}

fn with_resource(json: &Value, resources: Vec<String>) -> Option<Value> {
    let mut members = json.as_object()?.clone();
    members.insert("Resource".to_owned(), one_or_many(resources));
    Some(Value::Object(members))
}

/// The role in a step of a chain: `ROLE, passed to SERVICE`.
fn role_of(step: &str) -> &str {
    step.split_once(", passed to ").map_or(step, |(role, _)| role)
}

/// By which action a step is taken.
fn way_of(step: &str) -> String {
    if step.contains(", passed to ") { "iam:PassRole".to_owned() } else { "sts:AssumeRole".to_owned() }
}

/// Whether a quoted Allow speaks of passing or assuming roles.
fn opens_way(quote: Option<&Value>) -> bool {
    let text = quote.map(Value::to_string).unwrap_or_default().to_ascii_lowercase();
    let names = |action: &str| text.contains(action);
    let other = quote.and_then(|quote| quote.get("Action")).map(Value::to_string).unwrap_or_default();
    names("iam:passrole")
        || names("sts:assumerole")
        || names("\"iam:*")
        || names("\"sts:*")
        || names("\"iam:pass")
        || other.contains("\"*\"")
}
