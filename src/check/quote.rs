//! One request with the statements that decide it, quoted.

use std::borrow::Cow;

use crate::access::{Cell, Site, USUAL_IP, Way, Witness, spelled};
use crate::authorize::{Applied, Layer, Outcome, Policy, PolicyStack, derive};
use crate::finding::Evidence;
use crate::iam::{ContextValue, Effect, Element, Statement};
use crate::space::behind;

/// A contradiction between the search and the evaluator is palisade's own fault, and is not passed off as either answer.
pub(crate) const UNCONFIRMED: &str = "the search found a request that its own check does not confirm; please report this as a fault of palisade";

/// A request on its way to a bucket, and what AWS answers.
#[derive(Clone, Copy)]
pub(crate) struct Quote<'q, 's> {
    pub(crate) site: &'q Site<'s>,
    pub(crate) cell: &'q Cell,
    pub(crate) witness: &'q Witness<'s>,
}

impl<'q> Quote<'q, '_> {
    /// The keys that the granting statements speak of, as patterns; none for a request for the bucket.
    ///
    /// Within one account one of the two sides is enough. Between accounts both must grant, and the narrower one tells.
    pub(crate) fn keys(self) -> Vec<Box<str>> {
        if self.cell.key.is_none() {
            return vec![];
        }
        let of = |layers: &[Layer]| self.keys_of(layers);
        let by_resource = of(&[Layer::ResourcePolicy, Layer::AccessPoint]);
        let by_caller = of(&[Layer::IdentityPolicies]);
        let at_home = self.witness.request.caller.account() == Some(self.site.account.account_id);
        let mut keys = match (by_resource, by_caller) {
            (Some(resource), Some(caller)) if at_home => [resource, caller].concat(),
            (Some(resource), Some(caller)) => {
                if is_all(&resource) {
                    caller
                } else {
                    resource
                }
            }
            (Some(keys), None) | (None, Some(keys)) => keys,
            // An access control list speaks of everything.
            (None, None) => vec!["*".into()],
        };
        keys.sort();
        keys.dedup();
        if is_all(&keys) {
            keys.retain(|key| &**key == "*");
        }
        keys
    }

    /// The keys of the Allows of some layers; none if these layers grant nothing.
    fn keys_of(self, layers: &[Layer]) -> Option<Vec<Box<str>>> {
        let prefix = format!("{}/", self.site.arn);
        let point = self.site.access_point_arn().map(|arn| format!("{arn}/object/"));
        let request = &self.witness.request;
        let mut keys: Option<Vec<Box<str>>> = None;
        let bearing = self.bearing();
        let of_layers = bearing.iter().filter(|applied| layers.contains(&applied.layer));
        let granting = of_layers.filter_map(|applied| {
            let policy = policy(&self.witness.stack, self.site.key_policy(), applied)?;
            let statement = statement(policy, applied)?;
            (statement.effect == Effect::Allow && statement.covers_action(&request.action))
                .then_some(statement)
        });
        for statement in granting {
            let keys = keys.get_or_insert_default();
            let Some(Element::Is(patterns)) = &statement.resource else {
                keys.push("*".into());
                continue;
            };
            for glob in patterns.iter().filter_map(|pattern| pattern.resolve(&request.context)) {
                let prefixes = std::iter::once(&prefix).chain(&point);
                let left = prefixes.flat_map(|prefix| behind(&glob, prefix));
                keys.extend(left.map(|glob| Box::from(glob.to_string())));
            }
        }
        keys
    }

    /// What is unusual about the request, in words.
    pub(crate) fn conditions(self) -> Vec<Box<str>> {
        let usual = |key: &str, value: &str| {
            matches!(
                (key, value),
                ("aws:securetransport", "true")
                    | ("aws:viaawsservice", "false")
                    | ("aws:sourceip", USUAL_IP)
                    | ("aws:currenttime" | "aws:principalarn", _)
            )
        };
        let word = |(key, value): &(Box<str>, ContextValue)| {
            let values = value.elements().join(", ");
            let shown = format!("{} is {values}", spelled(key));
            (!usual(key, &values)).then(|| shown.into())
        };
        let way = self.site.way.describe().map(Into::into);
        // The endpoint is the way, and says it all.
        let through = matches!(self.site.way, Way::Endpoint(_));
        let said = |key: &str| through && matches!(key, "aws:sourcevpce" | "aws:sourcevpc");
        let values = self.cell.values.iter().filter(|(key, _)| !said(key));
        way.into_iter().chain(values.filter_map(word)).collect()
    }

    /// The statements that made the decision; of a refusal also those that grant what is refused. That the organization's policies
    /// allow what nobody forbids says nothing.
    pub(crate) fn evidence(self) -> Vec<Evidence> {
        let telling = |applied: &Applied| {
            applied.layer != Layer::ServiceControlPolicies || applied.effect == Effect::Deny
        };
        let stack = &self.witness.stack;
        let bearing = self.bearing();
        let telling = bearing.iter().filter(|applied| telling(applied));
        telling.filter_map(|applied| evidence(stack, self.site.key_policy(), applied)).collect()
    }

    fn bearing(self) -> Cow<'q, [Applied]> {
        let Witness { request, stack, decision, .. } = self.witness;
        if decision.outcome == Outcome::Allowed {
            return Cow::Borrowed(&decision.deciding);
        }
        let mut bearing = decision.deciding.clone();
        bearing.extend(derive(request, stack).applied);
        bearing.sort();
        bearing.dedup();
        Cow::Owned(bearing)
    }
}

fn is_all(keys: &[Box<str>]) -> bool {
    keys.iter().any(|key| &**key == "*")
}

/// A statement that applied, quoted.
pub(crate) fn evidence(
    stack: &PolicyStack<'_>,
    key: Option<Policy<'_>>,
    applied: &Applied,
) -> Option<Evidence> {
    let policy = policy(stack, key, applied)?;
    let statement = statement(policy, applied)?;
    Some(quoted(applied.layer, policy, statement))
}

/// A statement of a policy, quoted.
pub(crate) fn quoted(layer: Layer, policy: Policy<'_>, statement: &Statement) -> Evidence {
    Evidence {
        layer: layer.as_str().into(),
        document: policy.name.into(),
        sid: statement.sid.clone(),
        index: Some(statement.index),
        quote: Some(statement.to_json()),
    }
}

fn statement<'e>(policy: Policy<'e>, applied: &Applied) -> Option<&'e Statement> {
    policy.document.statements.iter().find(|statement| statement.index == applied.index)
}

/// The policy of a layer by its name.
fn policy<'e>(stack: &PolicyStack<'e>, key: Option<Policy<'e>>, applied: &Applied) -> Option<Policy<'e>> {
    if applied.layer == Layer::KmsKey {
        return key;
    }
    stack.policies(applied.layer).into_iter().find(|policy| *policy.name == *applied.policy)
}
