//! What policies say that their authors can hardly mean: wildcards that reach into other buckets, conditions that no request meets,
//! Allows that add nothing, guards that rest on the caller's word.
//!
//! A document is judged once, however many hold it.

mod condition;
mod guard;
mod shadow;
mod wildcard;

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::finding;
use super::quote::quoted;
use crate::authorize::{Layer, Policy};
use crate::estate::{Estate, PolicyDocument, PolicyType};
use crate::finding::{Finding, Fingerprint, Verdict};
use crate::iam::{Document, Statement};
use crate::intent::Intent;
pub(super) use wildcard::Buckets;

/// A document with who holds it.
struct Held<'e> {
    layer: Layer,
    /// The name or ARN of the policy.
    name: &'e str,
    document: &'e Document,
    /// The principals, the bucket, or the organization's policy itself.
    holders: BTreeSet<&'e str>,
}

/// What is odd about a statement.
struct Oddity {
    rule: &'static str,
    /// The statement, by its place in the document.
    index: usize,
    detail: String,
}

/// Whatever is odd in the policies of an estate.
#[must_use]
pub fn findings(estate: &Estate, intent: &Intent) -> Vec<Finding> {
    let buckets = Buckets::new(estate);
    let held = held(estate);
    let found: Vec<Vec<Finding>> = held.par_iter().map(|held| of_document(held, &buckets, intent)).collect();
    found.into_iter().flatten().collect()
}

fn of_document(held: &Held<'_>, buckets: &Buckets<'_>, intent: &Intent) -> Vec<Finding> {
    let oddities = oddities(held.document, buckets);
    oddities.into_iter().filter_map(|oddity| of_oddity(held, oddity, intent)).collect()
}

fn oddities(document: &Document, buckets: &Buckets<'_>) -> Vec<Oddity> {
    let mut oddities = vec![];
    for statement in &document.statements {
        oddities.extend(wildcard::odd(statement, buckets));
        oddities.extend(condition::odd(statement));
        oddities.extend(shadow::odd(statement, document));
        oddities.extend(guard::odd(statement));
    }
    oddities
}

/// The rules that statements of a document break, with the statements' names.
pub(super) fn broken_by(document: &Document, buckets: &Buckets<'_>) -> Vec<(&'static str, String)> {
    let name = |index: usize| {
        let found = document.statements.iter().find(|statement| statement.index == index);
        found.map_or_else(|| index.to_string(), Statement::name)
    };
    oddities(document, buckets).into_iter().map(|oddity| (oddity.rule, name(oddity.index))).collect()
}

fn of_oddity(held: &Held<'_>, oddity: Oddity, intent: &Intent) -> Option<Finding> {
    let rule = intent.rule(oddity.rule)?;
    let statement = held.document.statements.iter().find(|statement| statement.index == oddity.index)?;
    let policy = Policy { name: held.name, document: held.document };
    let subjects: Vec<Box<str>> = held.holders.iter().copied().map(Into::into).collect();
    let first = held.holders.first().copied().unwrap_or_default();
    Some(Finding {
        detail: Some(oddity.detail.into()),
        subjects_total: subjects.len(),
        subjects,
        fingerprint: Fingerprint::of([&*rule.id, held.name, first, &statement.name()]),
        ..finding(rule, Verdict::Violated, None, vec![quoted(held.layer, policy, statement)])
    })
}

/// Every document of the estate, with who holds it, in the order of the evidence.
fn held(estate: &Estate) -> Vec<Held<'_>> {
    let mut all = Collected::default();
    for principal in estate.principals() {
        for (name, policy) in principal.identity_policies().known().into_iter().flatten() {
            all.add(Layer::IdentityPolicies, name, policy, principal.arn());
        }
        if let Some(Some((name, policy))) = principal.boundary().known() {
            all.add(Layer::PermissionBoundaryPolicies, name, policy, principal.arn());
        }
    }
    for (_, bucket) in estate.buckets() {
        if let Some(Some(policy)) = bucket.policy.known() {
            all.add(Layer::ResourcePolicy, &bucket.name, policy, &bucket.name);
        }
    }
    for policy in estate.organization().map_or(&[][..], |organization| &organization.policies) {
        let layer = match policy.kind {
            PolicyType::ServiceControlPolicy => Layer::ServiceControlPolicies,
            PolicyType::ResourceControlPolicy => Layer::ResourceControlPolicies,
            _ => continue,
        };
        all.add(layer, &policy.name, &policy.content, &policy.name);
    }
    all.held
}

/// Documents as they come together.
#[derive(Default)]
struct Collected<'e> {
    held: Vec<Held<'e>>,
    /// By address and layer.
    places: FxHashMap<(usize, Layer), usize>,
}

impl<'e> Collected<'e> {
    fn add(&mut self, layer: Layer, name: &'e str, policy: &'e PolicyDocument, holder: &'e str) {
        let document = policy.document();
        let at = (std::ptr::from_ref(document).addr(), layer);
        let place = *self.places.entry(at).or_insert_with(|| {
            self.held.push(Held { layer, name, document, holders: BTreeSet::new() });
            self.held.len() - 1
        });
        self.held.get_mut(place).into_iter().for_each(|held| _ = held.holders.insert(holder));
    }
}

/// The statement as an oddity of it is told.
fn oddity(rule: &'static str, statement: &Statement, detail: String) -> Oddity {
    Oddity { rule, index: statement.index, detail }
}
