//! Why AWS answers one request as it does, and what would have to change.

use super::QuestionError;
use super::resource::Asset;
use crate::access::{Approach, Cell, Ground, Site, Subject, Way, Witness, data_actions, replay};
use crate::authorize::{
    Derivation, KeyUse, Lack, Layer, NearMiss, Outcome, Policy, PolicyStack, Request, derive, near_misses,
};
use crate::check::facts;
use crate::check::quote::{evidence, quoted};
use crate::check::scene::{Scene, circumstances};
use crate::classify::Rules;
use crate::estate::Estate;
use crate::finding::{Call, Evidence, Explanation, FORMAT_VERSION, LayerAnswer, Near, RulesAnswer, Says};
use crate::iam::{Action, Condition, ContextValue, Effect};
use crate::intent::{AccessRequest, Intent};

/// The request to explain.
#[derive(Debug, Clone)]
pub struct Asked<'q> {
    /// Who asks.
    pub principal: &'q str,
    /// For which action.
    pub action: &'q str,
    /// On which bucket or object.
    pub asset: &'q Asset,
    /// Condition keys, with one or more values each.
    pub context: &'q [(Box<str>, Vec<Box<str>>)],
}

/// How many nearly fitting statements of a layer are told.
const NEAR: usize = 3;

/// Explains AWS's answer to a request.
///
/// # Errors
/// Principal, action or bucket are not known, or do not fit together.
pub fn explain(
    estate: &Estate,
    rules: &Rules,
    intent: &Intent,
    asked: &Asked<'_>,
) -> Result<Explanation, QuestionError> {
    let ground = Ground::new(estate);
    let subject = Subject::named(&ground, asked.principal);
    let subject = subject.ok_or_else(|| QuestionError::UnknownPrincipal(asked.principal.into()))?;
    let (account, bucket) = match asked.asset.buckets(&ground)?.as_slice() {
        [one] => *one,
        _ => return Err(QuestionError::UnknownBucket(asked.asset.bucket.clone())),
    };
    let approach = Approach::to(&ground, account, bucket);
    let direct = Site::direct(&ground, account, bucket);
    let site = way(&approach, asked).unwrap_or(&direct);
    let cell = cell(asked)?;
    let witness = replay(&subject, site, &cell)?;
    let facts = facts::Ground::new(estate);
    let scene = Scene { ground: &ground, facts: &facts, rules, intent, simulations: false };
    let mut explanation = Explanation {
        version: FORMAT_VERSION,
        request: witness.request(),
        way: site.way.describe().map(Into::into),
        decision: witness.decision.outcome,
        may: witness.decision.may.iter().copied().map(Box::from).collect(),
        ignored: witness.ignored.iter().map(|key| format!("{}: {}", key.key, key.why).into()).collect(),
        calls: vec![],
        rules: rules_answer(&scene, subject.clone(), site, &witness)?,
        changes: vec![],
    };
    let doubt = subject.unread.as_deref().or(site.doubt(&subject.caller, true));
    explanation.may.extend(doubt.map(Box::from));
    let derivation = derive(&witness.request, &witness.stack);
    let s3 = Part { request: &witness.request, stack: &witness.stack, derivation: &derivation, key: None };
    explanation.add(&s3);
    let needed = data_actions().get(cell.action).and_then(|data| data.key);
    if let (Some(key), Some(needed)) = (site.key_use_of(), needed) {
        let (request, derivation) = key.derive(&witness.request, &witness.stack, needed);
        let stack = key.stack(&witness.request, &witness.stack, needed);
        explanation.add(&Part { request: &request, stack: &stack, derivation: &derivation, key: Some(key) });
    }
    Ok(explanation)
}

/// The way that the request takes: through the access point or the VPC endpoint that it names.
fn way<'w, 'a>(approach: &'w Approach<'a>, asked: &Asked<'_>) -> Option<&'w Site<'a>> {
    let one = |name: &str| {
        let stated = asked.context.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        stated.and_then(|(_, values)| values.first().cloned())
    };
    let point = asked.asset.access_point.clone().or_else(|| one("s3:DataAccessPointArn"));
    if let Some(point) = point {
        return approach.sites.iter().find(|site| site.access_point_arn() == Some(&point));
    }
    let endpoint = one("aws:SourceVpce")?;
    approach.sites.iter().find(|site| match site.way {
        Way::Endpoint(known) => known.vpc_endpoint_id == endpoint,
        _ => false,
    })
}

/// The request, but for what caller and bucket fix.
fn cell(asked: &Asked<'_>) -> Result<Cell, QuestionError> {
    let unknown = || QuestionError::UnknownAction(asked.action.into());
    let action = Action::parse(asked.action).ok_or_else(unknown)?;
    let place = data_actions().iter().position(|data| data.action.lower() == action.lower());
    let place = place.ok_or_else(unknown)?;
    let on_objects = data_actions().get(place).is_some_and(|data| data.on_objects);
    let key = match (&asked.asset.key, on_objects) {
        (None, false) => None,
        (None, true) => return Err(QuestionError::NoKey(asked.action.into())),
        (Some(_), false) => return Err(QuestionError::ActsOnBucket(asked.action.into())),
        (Some(key), true) if key.contains(['*', '?']) => {
            return Err(QuestionError::ManyKeys(key.clone()));
        }
        (Some(key), true) => Some(key.clone()),
    };
    let is_of_way = |key: &str| key.eq_ignore_ascii_case("s3:DataAccessPointArn");
    let value = |values: &[Box<str>]| match values {
        [value] => ContextValue::One(value.clone()),
        values => ContextValue::Many(values.to_vec()),
    };
    let stated = asked.context.iter().filter(|(key, _)| !is_of_way(key));
    let values = stated.map(|(key, values)| (key.clone(), value(values))).collect();
    Ok(Cell { action: place, key, values })
}

/// What the rules say of it; nothing where the data is of no class, or where no rule binds the caller.
fn rules_answer<'s>(
    scene: &Scene<'s>,
    subject: Subject<'s>,
    site: &Site<'s>,
    witness: &Witness<'s>,
) -> Result<Option<RulesAnswer>, QuestionError> {
    if subject.caller.is_root() {
        return Ok(None);
    }
    let datasets = scene.rules.datasets(scene.ground.estate);
    let key = witness.request.resource.split_once('/').map_or("", |(_, key)| key);
    let set = datasets.sets.iter().find(|set| set.bucket.name == site.bucket.name && set.covers_key(key));
    let Some(set) = set else { return Ok(None) };
    let dataset = facts::bucket::facts(scene.facts, scene.rules, set);
    let caller = scene.caller(subject, 0);
    let context = circumstances(witness);
    let request = AccessRequest {
        requester: caller.requester(),
        action: &witness.request.action,
        dataset: &dataset,
        context: &context,
    };
    let verdict = scene.intent.judge_request(&request)?;
    Ok(Some(RulesAnswer {
        dataset: format!("{} ({})", set.arn(), set.class).into(),
        permitted: verdict.permitted,
        permits: verdict.permits.iter().map(|permit| permit.id.clone()).collect(),
        violated: verdict.violated.iter().map(|rule| rule.id.clone()).collect(),
        unread: verdict.unread.iter().map(|name| Box::from(*name)).collect(),
    }))
}

/// One of the calls, with how it is decided.
struct Part<'p> {
    request: &'p Request,
    stack: &'p PolicyStack<'p>,
    derivation: &'p Derivation,
    /// The key, if the call uses it.
    key: Option<&'p KeyUse<'p>>,
}

impl Explanation {
    fn add(&mut self, part: &Part<'_>) {
        self.calls.push(Call {
            action: part.request.action.as_str().into(),
            resource: part.request.resource.clone(),
            decision: part.derivation.decision.outcome,
            layers: part.layers(),
        });
        self.changes.extend(part.changes());
    }
}

impl Part<'_> {
    fn layers(&self) -> Vec<LayerAnswer> {
        let decision = &self.derivation.decision;
        let mut layers = vec![];
        for (layer, side) in &self.derivation.layers {
            let applied = self.derivation.applied.iter().filter(|applied| applied.layer == *layer);
            let quoted = applied.filter_map(|applied| evidence(self.stack, None, applied));
            let statements = quoted.map(|piece| Evidence { layer: self.name(*layer), ..piece }).collect();
            let has_allow = self.applies(*layer, Effect::Allow);
            let answer = match (side.deny, side.allow) {
                (true, _) => Says::Denies,
                (false, true) if has_allow => Says::Allows,
                (false, true) => Says::NoLimit,
                (false, false) => Says::Silent,
            };
            let blocks = decision.blocked_by.contains(layer);
            let has_policies = !self.stack.policies(*layer).is_empty();
            // What is not there and asks for nothing says nothing.
            if !has_policies && !blocks {
                continue;
            }
            let near = if answer == Says::Silent { self.near(*layer) } else { vec![] };
            layers.push(LayerAnswer { layer: self.name(*layer), answer, blocks, statements, near });
        }
        layers
    }

    fn applies(&self, layer: Layer, effect: Effect) -> bool {
        self.derivation.applied.iter().any(|applied| applied.layer == layer && applied.effect == effect)
    }

    /// The name of a layer; the resource's policy of a call to KMS is the key's.
    fn name(&self, layer: Layer) -> Box<str> {
        match (layer, self.key) {
            (Layer::ResourcePolicy, Some(_)) => Layer::KmsKey.as_str().into(),
            _ => layer.as_str().into(),
        }
    }

    fn near(&self, layer: Layer) -> Vec<Near> {
        let near = near_misses(self.request, self.stack, layer).into_iter().take(NEAR);
        near.map(|miss| Near {
            statement: Evidence { layer: self.name(layer), ..quoted(layer, miss.policy, miss.statement) },
            lacks: miss.lacks.iter().map(|lack| self.lack(lack).into()).collect(),
        })
        .collect()
    }

    fn lack(&self, lack: &Lack<'_>) -> String {
        let request = self.request;
        match lack {
            Lack::Principal => "it does not name the caller".to_owned(),
            Lack::Action => format!("it does not speak of {}", request.action.as_str()),
            Lack::Resource => format!("it does not cover {}", request.resource),
            Lack::Condition(condition) => format!("{}, but {}", wants(condition), self.has(&condition.key)),
        }
    }

    /// What the request has of a key.
    fn has(&self, key: &str) -> String {
        match self.request.context.value(key) {
            None => format!("the request has no {key}"),
            Some(value) => format!("the request has {}", value.elements().join(", ")),
        }
    }

    /// What would have to change for the call to be allowed.
    fn changes(&self) -> Vec<Box<str>> {
        let decision = &self.derivation.decision;
        if decision.outcome == Outcome::Allowed {
            return vec![];
        }
        let mut changes: Vec<Box<str>> = vec![];
        for layer in &decision.blocked_by {
            if decision.outcome == Outcome::ExplicitlyDenied {
                let denying = decision.deciding.iter().filter(|applied| applied.layer == *layer);
                changes.extend(denying.filter_map(|applied| {
                    let policies = self.stack.policies(*layer);
                    let policy = policies.iter().find(|policy| *policy.name == *applied.policy)?;
                    let found =
                        policy.document.statements.iter().find(|found| found.index == applied.index)?;
                    Some(self.without(*policy, &found.name(), &found.conditions))
                }));
            } else {
                changes.push(self.granting(*layer));
            }
        }
        changes
    }

    /// How a Deny would not apply.
    fn without(&self, policy: Policy<'_>, statement: &str, conditions: &[Condition]) -> Box<str> {
        let place = format!("statement {statement} of {} must not deny it", policy.name);
        if conditions.is_empty() {
            return place.into();
        }
        let held: Vec<String> = conditions
            .iter()
            .map(|condition| format!("{}, and {}", wants(condition), self.has(&condition.key)))
            .collect();
        format!("{place}: it applies because {}", held.join("; ")).into()
    }

    /// What a layer would have to say.
    fn granting(&self, layer: Layer) -> Box<str> {
        let name = self.name(layer);
        let what = match layer {
            Layer::BlockPublicAccess => return "Block Public Access must let it pass".into(),
            Layer::AccessPoint => "the access point must allow it, from a network that it lets in".to_owned(),
            _ => format!("{name} must allow {} on {}", self.request.action.as_str(), self.request.resource),
        };
        let nearest = near_misses(self.request, self.stack, layer).into_iter().next();
        let Some(NearMiss { policy, statement, lacks }) = nearest else { return what.into() };
        let lacks: Vec<String> = lacks.iter().map(|lack| self.lack(lack)).collect();
        let name = statement.name();
        format!("{what}; nearest is statement {name} of {}: {}", policy.name, lacks.join("; ")).into()
    }
}

/// `aws:SecureTransport must be false (Bool)`.
fn wants(condition: &Condition) -> String {
    let values: Vec<&str> = condition.operands.iter().map(|operand| operand.as_str()).collect();
    format!("{} asks {} of {}", condition.operator, values.join(" or "), condition.key)
}
