//! Statements that nearly apply to a request: what keeps each of them from it.

use super::caller::{Naming, naming};
use super::request::Request;
use super::stack::{Layer, Policy, PolicyStack};
use crate::iam::{Condition, Effect, Statement};

/// An Allow that does not apply, and why.
#[derive(Debug, Clone)]
pub struct NearMiss<'a> {
    /// The policy that it stands in.
    pub policy: Policy<'a>,
    /// The statement.
    pub statement: &'a Statement,
    /// What it lacks, at least one thing.
    pub lacks: Vec<Lack<'a>>,
}

/// What keeps a statement from applying to a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lack<'a> {
    /// It does not name the caller.
    Principal,
    /// It does not speak of the action.
    Action,
    /// It does not cover the resource.
    Resource,
    /// A condition does not hold.
    Condition(&'a Condition),
}

/// The Allows of a layer that speak of the action or of the resource and yet do not apply, nearest first.
#[must_use]
pub fn near_misses<'a>(request: &Request, stack: &PolicyStack<'a>, layer: Layer) -> Vec<NearMiss<'a>> {
    let mut found: Vec<NearMiss<'a>> = vec![];
    for policy in stack.policies(layer) {
        for statement in policy.document.statements.iter().filter(|s| s.effect == Effect::Allow) {
            let lacks = lacks(request, stack, layer, statement);
            let speaks = !(lacks.contains(&Lack::Action) && lacks.contains(&Lack::Resource));
            if speaks && !lacks.is_empty() {
                found.push(NearMiss { policy, statement, lacks });
            }
        }
    }
    // What does not speak of the action is farther off than any condition.
    found.sort_by_key(|miss| (miss.lacks.contains(&Lack::Action), miss.lacks.len()));
    found
}

fn lacks<'a>(
    request: &Request,
    stack: &PolicyStack<'_>,
    layer: Layer,
    statement: &'a Statement,
) -> Vec<Lack<'a>> {
    let (named, _) = naming(statement, &request.caller, stack.canonical_id, stack.boundary.is_some());
    let by_resource = matches!(layer, Layer::ResourcePolicy | Layer::AccessPoint);
    let resource = match (layer, &request.access_point_resource) {
        (Layer::AccessPoint, Some(behind)) => behind,
        _ => &request.resource,
    };
    let mut lacks = vec![];
    if by_resource && named == Naming::Not {
        lacks.push(Lack::Principal);
    }
    if !statement.covers_action(&request.action) {
        lacks.push(Lack::Action);
    }
    if !statement.covers_resource(resource, &request.context) {
        lacks.push(Lack::Resource);
    }
    let failing = statement.conditions.iter().filter(|condition| !condition.holds(&request.context));
    lacks.extend(failing.map(Lack::Condition));
    lacks
}
