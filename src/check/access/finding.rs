//! Observations as findings.

use serde_json::Value;

use super::observe::{Case, Example, Key, Observed, is_confirmed};
use crate::access::data_actions;
use crate::authorize::Layer;
use crate::check::quote::UNCONFIRMED;
use crate::check::scene::Scene;
use crate::check::{dataset_ref, finding};
use crate::finding::{Finding, Fingerprint, Verdict};
use crate::intent::IntentError;

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
    if let (None, others @ 1..) = (&case.detail, case.roles.len().saturating_sub(1)) {
        case.detail =
            Some(format!("so too as {others} other {}", if others == 1 { "role" } else { "roles" }).into());
    }
    let names =
        case.actions.iter().filter_map(|at| data_actions().get(at)).map(|data| data.action.as_str().into());
    let (layer, policy, statement) = &key.origin;
    let layer = layer.map(Layer::as_str).unwrap_or_default();
    let example = case.example.as_ref();
    let quote = example.map(Example::quote);
    let mut evidence = example.map(|example| example.acting.clone()).unwrap_or_default();
    evidence.extend(quote.iter().flat_map(|quote| quote.evidence()));
    Ok(Some(Finding {
        detail: case.detail,
        subjects_total: case.subjects.len(),
        actions: names.collect(),
        keys: quote.map(|quote| quote.keys()).unwrap_or_default(),
        conditions: quote.map(|quote| quote.conditions()).unwrap_or_default(),
        witness: example.map(|example| witness(scene, example)),
        fingerprint: Fingerprint::of(
            [&*rule.id, &*key.dataset, layer, &**policy, &**statement].into_iter().chain(key.acting),
        ),
        via: example.map(|example| example.via.clone()).unwrap_or_default(),
        roles: case.roles,
        subjects: case.subjects,
        ..finding(rule, key.verdict, Some(dataset_ref(case.judged.set)), evidence)
    }))
}

/// The request; with every policy only on demand, for they are the same over and over.
fn witness(scene: &Scene<'_>, example: &Example<'_>) -> Value {
    if scene.simulations {
        return example.witness.simulation(scene.ground, &example.site);
    }
    serde_json::json!({ "request": example.witness.request() })
}
