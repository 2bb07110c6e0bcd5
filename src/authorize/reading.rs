//! How a statement is read: for one request, or for a set of requests.

use super::request::Request;
use super::s3::writes_public_acl;
use super::stack::{Layer, Policy};
use crate::iam::{Effect, Statement};

/// What can be put together of yes and no.
pub trait Proposition: Clone {
    /// What is always true, or never.
    fn constant(is: bool) -> Self;
    /// Both.
    #[must_use]
    fn and(&self, other: &Self) -> Self;
    /// Either.
    #[must_use]
    fn or(&self, other: &Self) -> Self;
    /// The opposite.
    #[must_use]
    fn negate(&self) -> Self;
    /// Adds an alternative.
    fn widen(&mut self, by: &Self) {
        *self = self.or(by);
    }
}

impl Proposition for bool {
    fn constant(is: bool) -> Self {
        is
    }
    fn and(&self, other: &Self) -> Self {
        *self && *other
    }
    fn or(&self, other: &Self) -> Self {
        *self || *other
    }
    fn negate(&self) -> Self {
        !*self
    }
}

/// What the parts of a policy mean. A proposition is a yes or no for one request, or what can be said of a set of them.
pub trait Reading {
    /// A proposition.
    type Prop: Proposition;

    /// Whether the action, the resource and the conditions of a statement match. Whom it names is settled by then.
    fn applies(&mut self, layer: Layer, policy: Policy<'_>, statement: &Statement) -> Self::Prop;
    /// Whether the action is one of these, given in lower case as `service:operation`.
    fn is_action(&mut self, actions: &[&str]) -> Self::Prop;
    /// Whether the request comes from this VPC.
    fn comes_from(&mut self, vpc: &str) -> Self::Prop;
    /// Whether the request brings an access control list for everyone, or for everyone with an AWS account.
    fn writes_public_acl(&mut self) -> Self::Prop;
    /// Notes that the law took the reading that grants more, because AWS's guides leave it open.
    fn doubt(&mut self, why: &'static str);

    /// What is always true.
    fn always(&mut self) -> Self::Prop {
        Self::Prop::constant(true)
    }
    /// What is never true.
    fn never(&mut self) -> Self::Prop {
        Self::Prop::constant(false)
    }
    /// Both.
    fn and(&mut self, a: &Self::Prop, b: &Self::Prop) -> Self::Prop {
        a.and(b)
    }
    /// The opposite.
    fn not(&mut self, a: &Self::Prop) -> Self::Prop {
        a.negate()
    }
    /// All of them.
    fn all(&mut self, props: &[&Self::Prop]) -> Self::Prop {
        let always = self.always();
        props.iter().fold(always, |held, prop| held.and(prop))
    }
    /// Any of them.
    fn any(&mut self, props: &[&Self::Prop]) -> Self::Prop {
        let never = self.never();
        props.iter().fold(never, |held, prop| held.or(prop))
    }
    /// A constant.
    fn constant(&mut self, is: bool) -> Self::Prop {
        Self::Prop::constant(is)
    }
}

/// The reading of one concrete request. It keeps the statements that applied: they are the derivation.
#[derive(Debug)]
pub struct Concrete<'a> {
    request: &'a Request,
    /// The statements that applied, in the order of evaluation.
    pub(crate) applied: Vec<Applied>,
    /// Why the answer is not certain.
    pub(crate) doubts: Vec<&'static str>,
}

/// A statement that applied to a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Applied {
    /// Where it stands in AWS's evaluation.
    pub layer: Layer,
    /// The policy's name or ARN.
    pub policy: Box<str>,
    /// The statement's Sid.
    pub sid: Option<Box<str>>,
    /// The statement's place in the document, from 0.
    pub index: usize,
    /// What it does.
    pub effect: Effect,
}

impl<'a> Concrete<'a> {
    /// The reading of one request.
    #[must_use]
    pub fn new(request: &'a Request) -> Self {
        Self { request, applied: vec![], doubts: vec![] }
    }

    /// Through an access point, a statement of the caller's side may speak of the access point or of the bucket behind it;
    /// the guides do not say which of the two it must name.
    fn covers_resource(&mut self, layer: Layer, statement: &Statement) -> bool {
        let request = self.request;
        let covers = |arn: &str| statement.covers_resource(arn, &request.context);
        let Some(behind) = &request.access_point_resource else { return covers(&request.resource) };
        match layer {
            Layer::AccessPoint => covers(behind),
            Layer::ResourcePolicy | Layer::ResourceControlPolicies => covers(&request.resource),
            _ => {
                match (covers(&request.resource), covers(behind)) {
                    (true, true) => true,
                    (false, false) => false,
                    _ => {
                        self.doubt("a policy of the caller's side names either the access point or its bucket, not both");
                        statement.effect == Effect::Allow
                    }
                }
            }
        }
    }
}

impl Reading for Concrete<'_> {
    type Prop = bool;

    fn applies(&mut self, layer: Layer, policy: Policy<'_>, statement: &Statement) -> bool {
        let request = self.request;
        if !statement.covers_action(&request.action) || !self.covers_resource(layer, statement) {
            return false;
        }
        let held = statement.conditions_hold(&request.context);
        if statement.conditions.iter().any(|condition| condition.is_undefined_in(&request.context)) {
            self.doubt("a condition compares a multivalued key without ForAllValues or ForAnyValue");
        }
        if held {
            self.applied.push(Applied {
                layer,
                policy: policy.name.into(),
                sid: statement.sid.clone(),
                index: statement.index,
                effect: statement.effect,
            });
        }
        held
    }

    fn is_action(&mut self, actions: &[&str]) -> bool {
        actions.contains(&self.request.action.lower())
    }

    fn comes_from(&mut self, vpc: &str) -> bool {
        self.request.context.one("aws:SourceVpc") == Some(vpc)
    }

    fn writes_public_acl(&mut self) -> bool {
        writes_public_acl(&self.request.action, &self.request.context)
    }

    fn doubt(&mut self, why: &'static str) {
        if !self.doubts.contains(&why) {
            self.doubts.push(why);
        }
    }
}

/// What can be said of a set of requests: whether all of them have a property, and whether any can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trivalent {
    /// Every request has it.
    pub must: bool,
    /// Some request may have it.
    pub may: bool,
}

impl Trivalent {
    /// What every request has.
    pub const ALWAYS: Self = Self { must: true, may: true };
    /// What no request has.
    pub const NEVER: Self = Self { must: false, may: false };
    /// What is not known.
    pub const OPEN: Self = Self { must: false, may: true };

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { must: self.must && other.must, may: self.may && other.may }
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { must: self.must || other.must, may: self.may || other.may }
    }

    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        Self { must: !self.may, may: !self.must }
    }
}
