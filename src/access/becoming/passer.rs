//! Somebody who may pass roles, with what was found out about the roles.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::target::Target;
use crate::access::single::{Axes, Possible};
use crate::access::subject::Subject;
use crate::estate::Principal;
use crate::iam::{Action, Element, Pattern, Statement};
use crate::space::Bits;

/// Somebody who may pass roles.
#[derive(Debug, Clone)]
pub(super) struct Passer<'a> {
    pub(super) who: Principal<'a>,
    pub(super) subject: Arc<Subject<'a>>,
    /// Every statement of his side that speaks of passing roles.
    speaking: Vec<&'a Statement>,
    /// Whether these statements tell roles apart by their ARN alone.
    by_arn: bool,
    /// What was found out: by the service, and by which of these statements cover the role.
    known: FxHashMap<(&'static str, Bits), Possible>,
}

impl<'a> Passer<'a> {
    pub(super) fn new(who: Principal<'a>, subject: Arc<Subject<'a>>) -> Self {
        let action = Action::parse("iam:PassRole");
        let stack = &subject.stack;
        let policies = stack.identity.iter().chain(stack.boundary.iter().flatten());
        let policies = policies.chain(stack.service_control.iter().flatten());
        let statements = policies.flat_map(|policy| &policy.document.statements);
        let speaks =
            |statement: &&Statement| action.as_ref().is_some_and(|action| statement.covers_action(action));
        let speaking: Vec<&Statement> = statements.filter(speaks).collect();
        let by_arn = speaking.iter().all(|statement| {
            let of_tags = |key: &str| {
                ["aws:ResourceTag/", "iam:ResourceTag/"].iter().any(|prefix| {
                    key.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
                })
            };
            let listed = statement.resource.iter().flat_map(Element::listed);
            !statement.conditions.iter().any(|condition| of_tags(&condition.key))
                && listed.flat_map(Pattern::variables).next().is_none()
        });
        Self { who, subject, speaking, by_arn, known: FxHashMap::default() }
    }

    /// Whether he may pass a role to a service.
    pub(super) fn may_pass(
        &mut self,
        target: &Target<'a>,
        service: &'static str,
        axes: &mut Axes,
    ) -> Possible {
        let values = &self.subject.fixed.values;
        let covers = |statement: &&Statement| statement.covers_resource(target.principal.arn(), values);
        let covering = self.speaking.iter().enumerate().filter(|(_, statement)| covers(statement));
        let at = (service, covering.map(|(place, _)| place).collect::<Bits>());
        if let Some(known) = self.known.get(&at).filter(|_| self.by_arn) {
            return known.clone();
        }
        let possible = target.passed_by(&self.subject, service, axes);
        self.known.insert(at, possible.clone());
        possible
    }
}
