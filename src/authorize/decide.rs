//! The decision on one concrete request, with its derivation.

use serde::Serialize;

use super::law::{Question, Verdict, authorize, trusts_nobody_by_default};
use super::reading::{Applied, Concrete};
use super::request::Request;
use super::s3;
use super::stack::{Layer, Policy, PolicyStack};
use crate::estate::AccountId;
use crate::iam::{Action, Arn, Effect};

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

/// The key that encrypts an object, as far as it bears on reading and writing it.
#[derive(Debug, Clone)]
pub struct KeyUse<'a> {
    /// The key's ARN.
    pub arn: &'a str,
    /// The key policy.
    pub policy: Option<Policy<'a>>,
    /// The account that owns the key.
    pub account: AccountId,
    /// Whether the bucket uses one data key for many objects: the encryption context is then the bucket's ARN.
    pub bucket_key: bool,
    /// What the caller may do with the key by grants: operations such as `Decrypt`.
    pub granted: Vec<&'a str>,
    /// The resource control policies of the key's account.
    pub resource_control: Vec<Vec<Policy<'a>>>,
}

/// Decides one request.
#[must_use]
pub fn decide(request: &Request, stack: &PolicyStack<'_>, key: Option<&KeyUse<'_>>) -> Decision {
    // "No permissions are required to perform this operation. If an administrator attaches a policy [...] that explicitly
    // denies access to the sts:GetCallerIdentity action, you can still perform this operation."
    // (STS API Reference, GetCallerIdentity)
    if request.action.lower() == "sts:getcalleridentity" {
        return Decision { outcome: Outcome::Allowed, blocked_by: vec![], deciding: vec![], may: vec![] };
    }
    let decision = decide_by_policies(request, stack);
    match (key, s3::key_action(&request.action)) {
        (Some(key), Some(needed)) => both(decision, decide_key(request, stack, key, needed)),
        _ => decision,
    }
}

fn decide_by_policies(request: &Request, stack: &PolicyStack<'_>) -> Decision {
    let mut reading = Concrete::new(request);
    let question = Question {
        caller: &request.caller,
        resource_account: request.resource_account,
        service: request.action.service(),
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
    let mut deciding = reading.applied;
    deciding.retain(|applied| Some(applied.effect) == decisive);
    deciding.sort();
    deciding.dedup();
    Decision { outcome, blocked_by, deciding, may: reading.doubts }
}

fn layers(verdict: &Verdict<bool>, which: impl Fn(&super::law::Side<bool>) -> bool) -> Vec<Layer> {
    verdict.layers.iter().filter(|(_, side)| which(side)).map(|(layer, _)| *layer).collect()
}

/// The layers whose missing Allow decides. Where either the caller's side or the resource's would do, the caller's is named,
/// for callers that have one.
fn missing(verdict: &Verdict<bool>, request: &Request, stack: &PolicyStack<'_>) -> Vec<Layer> {
    let silent = layers(verdict, |side| !side.allow);
    let same_account = request.caller.account() == Some(request.resource_account);
    let identity_counts = request.caller.account().is_some();
    let resource_counts = !same_account || trusts_nobody_by_default(request.action.service());
    let mut missing: Vec<Layer> = silent
        .into_iter()
        .filter(|layer| match layer {
            Layer::IdentityPolicies => identity_counts,
            Layer::ResourcePolicy => resource_counts && stack.acl.is_empty() || !identity_counts,
            Layer::AccessPoint => {
                !same_account || stack.access_point.is_some_and(|point| point.vpc.is_some())
            }
            _ => true,
        })
        .collect();
    if missing.is_empty() {
        missing.push(if identity_counts { Layer::IdentityPolicies } else { Layer::ResourcePolicy });
    }
    missing
}

/// The decision on the use of the key, with the same caller under the key's policy.
fn decide_key(request: &Request, stack: &PolicyStack<'_>, key: &KeyUse<'_>, needed: s3::Use) -> Decision {
    let key_request = key_request(request, key, needed);
    let key_stack = PolicyStack {
        resource: key.policy,
        resource_control: key.resource_control.clone(),
        access_point: None,
        endpoint: None,
        acl: vec![],
        restricted: false,
        ..stack.clone()
    };
    let mut decision = decide_by_policies(&key_request, &key_stack);
    // "Grants [...] allow AWS principals to use KMS keys": one beside the key policy is enough.
    // (KMS Developer Guide, grants)
    let curable = |layer: &Layer| matches!(layer, Layer::IdentityPolicies | Layer::ResourcePolicy);
    if decision.outcome == Outcome::ImplicitlyDenied
        && key.granted.contains(&needed.operation())
        && decision.blocked_by.iter().all(curable)
    {
        decision.outcome = Outcome::Allowed;
        decision.blocked_by = vec![];
    }
    decision
}

/// The request that S3 makes to KMS on behalf of the caller.
///
/// "kms:ViaService", "kms:CallerAccount" and "kms:EncryptionContext:aws:s3:arn", which is the object's ARN, or the bucket's with
/// an S3 bucket key. (KMS Developer Guide, conditions-kms; S3 User Guide, UsingKMSEncryption)
fn key_request(request: &Request, key: &KeyUse<'_>, needed: s3::Use) -> Request {
    let arn = Arn::parse(key.arn);
    let region = arn.map_or("", |arn| arn.region);
    let china = if arn.is_some_and(|arn| arn.partition == "aws-cn") { ".cn" } else { "" };
    let mut context = request.context.clone();
    context.set_one("kms:ViaService", &format!("s3.{region}.amazonaws.com{china}"));
    let object = &*request.resource;
    let encrypted =
        if key.bucket_key { object.split_once('/').map_or(object, |(bucket, _)| bucket) } else { object };
    context.set_one("kms:EncryptionContext:aws:s3:arn", encrypted);
    context.set_one("aws:ResourceAccount", &key.account.to_string());
    if let Some(account) = request.caller.account() {
        context.set_one("kms:CallerAccount", &account.to_string());
    }
    let action = Action::parse(needed.action()).unwrap_or_else(|| request.action.clone());
    Request {
        caller: request.caller.clone(),
        action,
        resource: key.arn.into(),
        resource_account: key.account,
        access_point_resource: None,
        context,
    }
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
