//! The decision on one concrete request, with its derivation.

use serde::Serialize;

use super::caller::Caller;
use super::key::KeyUse;
use super::law::{Question, Side, Verdict, authorize, trusts_nobody_by_default};
use super::reading::{Applied, Concrete};
use super::request::Request;
use super::s3;
use super::stack::{Layer, PolicyStack};
use crate::iam::Effect;

/// What AWS answers to one request, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// The layers that stand in the way, in the order of [`Layer`].
    pub blocked_by: Vec<Layer>,
    /// The statements that made the decision: those whose Deny applies, or those whose Allow carries the grant.
    pub deciding: Vec<Applied>,
    /// Why AWS's guides leave the answer open; it is then the reading that grants more.
    pub may: Vec<&'static str>,
}

/// AWS's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
pub enum Outcome {
    /// The request is served.
    Allowed,
    /// Some statement denies it.
    ExplicitlyDenied,
    /// Nothing allows it.
    ImplicitlyDenied,
}

/// Decides one request.
#[must_use]
pub fn decide(request: &Request, stack: &PolicyStack<'_>, key: Option<&KeyUse<'_>>) -> Decision {
    // "No permissions are required to perform this operation. If an administrator attaches a policy [...] that explicitly
    // denies access to the sts:GetCallerIdentity action, you can still perform this operation."
    // (STS API Reference, GetCallerIdentity)
    if request.action.lower() == "sts:getcalleridentity" && request.caller != Caller::Anonymous {
        return Decision { outcome: Outcome::Allowed, blocked_by: vec![], deciding: vec![], may: vec![] };
    }
    let decision = derive(request, stack).decision;
    match (key, s3::key_action(&request.action)) {
        (Some(key), Some(needed)) => both(decision, key.decide(request, stack, needed)),
        _ => decision,
    }
}

/// A decision with what led to it.
#[derive(Debug, Clone)]
pub struct Derivation {
    /// The answer.
    pub decision: Decision,
    /// What each layer allows and denies, in the order of the law.
    pub layers: Vec<(Layer, Side<bool>)>,
    /// Every statement that applied, whether or not it decided.
    pub applied: Vec<Applied>,
}

/// Decides a request by its policies alone, and tells what each layer said. What needs a key needs [`KeyUse::derive`] besides.
#[must_use]
pub fn derive(request: &Request, stack: &PolicyStack<'_>) -> Derivation {
    let mut reading = Concrete::new(request);
    let question = Question {
        caller: &request.caller,
        resource_account: request.resource_account,
        service: request.action.service(),
        resource: &request.resource,
    };
    let verdict = authorize(&mut reading, stack, question);
    let outcome = match (verdict.deny, verdict.allow) {
        (true, _) => Outcome::ExplicitlyDenied,
        (false, true) => Outcome::Allowed,
        (false, false) => Outcome::ImplicitlyDenied,
    };
    let decisive = match outcome {
        Outcome::ExplicitlyDenied => Some(Effect::Deny),
        Outcome::Allowed => Some(Effect::Allow),
        Outcome::ImplicitlyDenied => None,
    };
    let blocked_by = match outcome {
        Outcome::Allowed => vec![],
        Outcome::ExplicitlyDenied => layers(&verdict, |side| side.deny),
        Outcome::ImplicitlyDenied => missing(&verdict, request, stack),
    };
    let mut applied = reading.applied;
    applied.sort();
    applied.dedup();
    let deciding = applied.iter().filter(|applied| Some(applied.effect) == decisive).cloned().collect();
    let decision = Decision { outcome, blocked_by, deciding, may: reading.doubts };
    Derivation { decision, layers: verdict.layers, applied }
}

fn layers(verdict: &Verdict<bool>, which: impl Fn(&Side<bool>) -> bool) -> Vec<Layer> {
    verdict.layers.iter().filter(|(_, side)| which(side)).map(|(layer, _)| *layer).collect()
}

/// The layers whose missing Allow decides. Where either the caller's side or the resource's would do, the caller's is named,
/// for callers that have one.
fn missing(verdict: &Verdict<bool>, request: &Request, stack: &PolicyStack<'_>) -> Vec<Layer> {
    let silent = layers(verdict, |side| !side.allow);
    let same_account = request.caller.account() == Some(request.resource_account);
    let identity_counts = request.caller.account().is_some();
    let resource_counts =
        !same_account || trusts_nobody_by_default(request.action.service(), &request.resource);
    let mut missing: Vec<Layer> = silent
        .into_iter()
        .filter(|layer| match layer {
            Layer::IdentityPolicies => identity_counts,
            Layer::ResourcePolicy => resource_counts && stack.beside.is_empty() || !identity_counts,
            Layer::AccessPoint => {
                stack.access_point.is_some_and(|point| !same_account || point.vpc.is_some())
            }
            _ => true,
        })
        .collect();
    if missing.is_empty() {
        missing.push(if identity_counts { Layer::IdentityPolicies } else { Layer::ResourcePolicy });
    }
    missing
}

/// A request that needs both: S3's answer and KMS's.
fn both(s3: Decision, kms: Decision) -> Decision {
    let outcome = match (s3.outcome, kms.outcome) {
        (Outcome::ExplicitlyDenied, _) | (_, Outcome::ExplicitlyDenied) => Outcome::ExplicitlyDenied,
        (Outcome::Allowed, Outcome::Allowed) => Outcome::Allowed,
        _ => Outcome::ImplicitlyDenied,
    };
    let mut blocked_by: Vec<Layer> = vec![];
    if s3.outcome == outcome {
        blocked_by.extend(&s3.blocked_by);
    }
    // What stands in the way of the key stands in the way of the object by its key.
    if kms.outcome == outcome && outcome != Outcome::Allowed {
        blocked_by.push(Layer::KmsKey);
    }
    let on_key = |applied: Applied| match applied.layer {
        Layer::ResourcePolicy => Applied { layer: Layer::KmsKey, ..applied },
        _ => applied,
    };
    let mut deciding: Vec<Applied> =
        [(s3.outcome, s3.deciding), (kms.outcome, kms.deciding.into_iter().map(on_key).collect())]
            .into_iter()
            .filter(|(part, _)| *part == outcome)
            .flat_map(|(_, deciding)| deciding)
            .collect();
    deciding.sort();
    deciding.dedup();
    let mut may = s3.may;
    for why in kms.may {
        if !may.contains(&why) {
            may.push(why);
        }
    }
    Decision { outcome, blocked_by, deciding, may }
}
