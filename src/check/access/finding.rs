//! Observations as findings.

use serde_json::Value;

use super::Scene;
use super::observe::{Case, Example, Key, Observed, UNCONFIRMED, is_confirmed};
use crate::access::data_actions;
use crate::authorize::{Applied, Layer, Policy, PolicyStack};
use crate::check::{dataset_ref, finding};
use crate::finding::{Evidence, Finding, Fingerprint, Verdict};
use crate::iam::{ContextValue, Element, Statement};
use crate::intent::IntentError;
use crate::space::behind;

pub(super) fn of(scene: &Scene<'_>, observed: Observed<'_, '_>) -> Result<Vec<Finding>, IntentError> {
    let mut found = vec![];
    for (key, case) in observed.cases {
        found.extend(of_case(scene, key, case)?);
    }
    Ok(found)
}

fn of_case(scene: &Scene<'_>, mut key: Key, mut case: Case<'_, '_>) -> Result<Option<Finding>, IntentError> {
    let Some(rule) = scene.intent.rule(&key.rule) else { return Ok(None) };
    if let Some(example) = &case.example
        && !is_confirmed(scene, case.judged, example)?
    {
        key.verdict = Verdict::Undecided;
        case.detail = Some(UNCONFIRMED.into());
        case.example = None;
    }
    case.subjects.sort();
    case.subjects.dedup();
    let names =
        case.actions.iter().filter_map(|at| data_actions().get(at)).map(|data| data.action.as_str().into());
    let (layer, policy, statement) = &key.origin;
    let layer = layer.map(Layer::as_str).unwrap_or_default();
    let example = case.example.as_ref();
    Ok(Some(Finding {
        detail: case.detail,
        subjects_total: case.subjects.len(),
        actions: names.collect(),
        keys: example.map(keys).unwrap_or_default(),
        conditions: example.map(conditions).unwrap_or_default(),
        witness: example.map(|example| witness(scene, example)),
        fingerprint: Fingerprint::of([&*rule.id, &*key.dataset, layer, &**policy, &**statement]),
        subjects: case.subjects,
        ..finding(
            rule,
            key.verdict,
            Some(dataset_ref(case.judged.set)),
            example.map(evidence).unwrap_or_default(),
        )
    }))
}

/// The request; with every policy only on demand, for they are the same over and over.
fn witness(scene: &Scene<'_>, example: &Example<'_>) -> Value {
    if scene.simulations {
        return example.witness.simulation(scene.ground, &example.site);
    }
    serde_json::json!({ "request": example.witness.request() })
}

/// The keys that the granting statements speak of, as patterns.
fn keys(example: &Example<'_>) -> Vec<Box<str>> {
    if example.cell.key.is_none() {
        return vec![];
    }
    let prefix = format!("{}/", example.site.arn);
    let mut keys: Vec<Box<str>> = vec![];
    for (_, statement) in deciding(example) {
        let Some(Element::Is(patterns)) = &statement.resource else { continue };
        let globs = patterns.iter().filter_map(|pattern| pattern.resolve(&example.witness.request.context));
        keys.extend(globs.flat_map(|glob| behind(&glob, &prefix)).map(|glob| glob.to_string().into()));
    }
    keys.sort();
    keys.dedup();
    if keys.iter().any(|key| &**key == "*") {
        keys.retain(|key| &**key == "*");
    }
    keys
}

/// What is unusual about the request, in words.
fn conditions(example: &Example<'_>) -> Vec<Box<str>> {
    let usual = |key: &str, value: &str| {
        matches!(
            (key, value),
            ("aws:securetransport", "true")
                | ("aws:viaawsservice", "false")
                | ("aws:sourceip" | "aws:currenttime" | "aws:principalarn", _)
        )
    };
    let word = |(key, value): &(Box<str>, ContextValue)| {
        let values = value.elements().join(", ");
        let shown = format!("{key} is {values}");
        (!usual(key, &values)).then(|| shown.into())
    };
    let way = example.site.way.describe().map(Into::into);
    way.into_iter().chain(example.cell.values.iter().filter_map(word)).collect()
}

/// The statements that made the decision, quoted.
fn evidence(example: &Example<'_>) -> Vec<Evidence> {
    let quote = |(applied, statement): (&Applied, &Statement)| Evidence {
        layer: applied.layer.as_str().into(),
        document: applied.policy.clone(),
        sid: applied.sid.clone(),
        index: Some(statement.index),
        quote: Some(quoted(example, applied)),
    };
    // That the organization's policies allow what nobody forbids says nothing.
    let telling = |applied: &Applied| applied.layer != Layer::ServiceControlPolicies;
    deciding(example).filter(|(applied, _)| telling(applied)).map(quote).collect()
}

fn deciding<'e>(example: &'e Example<'_>) -> impl Iterator<Item = (&'e Applied, &'e Statement)> {
    example.witness.decision.deciding.iter().filter_map(|applied| {
        let policy = policy(&example.witness.stack, example, applied)?;
        let statement =
            policy.document.statements.iter().find(|statement| statement.index == applied.index)?;
        Some((applied, statement))
    })
}

fn quoted(example: &Example<'_>, applied: &Applied) -> Value {
    let Some(policy) = policy(&example.witness.stack, example, applied) else { return Value::Null };
    let text = policy.document.to_json();
    let statements = text.get("Statement").cloned().unwrap_or_default();
    statements.get(applied.index).cloned().unwrap_or(statements)
}

/// The policy of a layer by its name.
fn policy<'e>(stack: &'e PolicyStack<'_>, example: &'e Example<'_>, applied: &Applied) -> Option<Policy<'e>> {
    let named =
        |policies: &'e [Policy<'e>]| policies.iter().find(|policy| *policy.name == *applied.policy).copied();
    let levels = |levels: &'e [Vec<Policy<'e>>]| levels.iter().find_map(|level| named(level));
    match applied.layer {
        Layer::IdentityPolicies => named(&stack.identity),
        Layer::ServiceControlPolicies => levels(&stack.service_control),
        Layer::ResourceControlPolicies => levels(&stack.resource_control),
        Layer::ResourcePolicy => stack.resource,
        Layer::PermissionBoundaryPolicies => named(stack.boundary.as_deref()?),
        Layer::SessionPolicy => named(stack.session.as_deref()?),
        Layer::VpcEndpointPolicies => named(stack.endpoint.as_deref()?),
        Layer::AccessPoint => stack.access_point?.policy,
        Layer::KmsKey => example.site.key_policy(),
        Layer::BlockPublicAccess | Layer::Acl => None,
    }
}
