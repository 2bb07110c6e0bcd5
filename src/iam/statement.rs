//! One statement of a policy.

use super::action::{Action, ActionPattern};
use super::condition::Condition;
use super::context::Context;
use super::pattern::Pattern;
use super::principal::Principals;

/// What a statement does with the requests that it applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Grants them, unless something denies them.
    Allow,
    /// Denies them, whatever grants them.
    Deny,
}

/// An element with its negated twin: `Action` and `NotAction`, `Resource` and `NotResource`, `Principal` and `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element<T> {
    /// What is listed.
    Is(T),
    /// Everything but what is listed.
    IsNot(T),
}

/// One statement: what it says of which requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its place in the document's `Statement`, from 0.
    pub index: usize,
    /// The statement's own name.
    pub sid: Option<Box<str>>,
    /// Allow or Deny.
    pub effect: Effect,
    /// Who calls; only resource policies and trust policies have it.
    pub principal: Option<Element<Principals>>,
    /// What is called.
    pub action: Element<Vec<ActionPattern>>,
    /// What it is called on; trust policies have none.
    pub resource: Option<Element<Vec<Pattern>>>,
    /// Under which circumstances: all must hold.
    pub conditions: Vec<Condition>,
}

impl Statement {
    /// Whether the statement speaks of `action`.
    #[must_use]
    pub fn covers_action(&self, action: &Action) -> bool {
        match &self.action {
            Element::Is(patterns) => patterns.iter().any(|pattern| pattern.matches(action)),
            Element::IsNot(patterns) => !patterns.iter().any(|pattern| pattern.matches(action)),
        }
    }

    /// Whether the statement speaks of the resource with this ARN; without `Resource` it speaks of the resource that it is
    /// attached to.
    ///
    /// A variable without a value makes its entry match nothing, in `NotResource` too: that entry then excludes nothing.
    #[must_use]
    pub fn covers_resource(&self, arn: &str, context: &Context) -> bool {
        match &self.resource {
            None => true,
            Some(Element::Is(patterns)) => patterns.iter().any(|pattern| pattern.matches(arn, context)),
            Some(Element::IsNot(patterns)) => !patterns.iter().any(|pattern| pattern.matches(arn, context)),
        }
    }

    /// Whether all conditions hold.
    ///
    /// "If your policy has multiple condition operators or multiple keys attached to a single condition operator, the
    /// conditions are evaluated using a logical AND."
    /// (IAM User Guide, reference_policies_condition-logic-multiple-context-keys-or-values)
    #[must_use]
    pub fn conditions_hold(&self, context: &Context) -> bool {
        self.conditions.iter().all(|condition| condition.holds(context))
    }

    /// The statement as AWS's JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        super::print::print_statement(self)
    }

    /// The Sid, or the index where there is none.
    #[must_use]
    pub fn name(&self) -> String {
        self.sid.as_deref().map_or_else(|| self.index.to_string(), str::to_owned)
    }
}

impl<T> Element<T> {
    /// What is listed, whether it is meant or excepted.
    #[must_use]
    pub fn listed(&self) -> &T {
        match self {
            Self::Is(listed) | Self::IsNot(listed) => listed,
        }
    }
}

impl Effect {
    /// The word in a policy.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}
