//! What access is judged by, and who and what is judged, in the terms of the rules.

use std::sync::Arc;

use super::facts;
use crate::access::{Ground, Group, Region, Standing, Subject, Witness};
use crate::authorize;
use crate::classify::{DataSet, Rules};
use crate::estate::Principal;
use crate::iam::{Arn, ContextValue};
use crate::intent::{AccessContext, DatasetFacts, Intent, Look, PrincipalFacts, Requester};

/// What every account is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'s> {
    pub(crate) ground: &'s Ground<'s>,
    pub(crate) facts: &'s facts::Ground<'s>,
    pub(crate) rules: &'s Rules,
    pub(crate) intent: &'s Intent,
    pub(crate) simulations: bool,
}

/// A data set with what the rules ask about it.
pub(crate) struct Judged<'s> {
    pub(crate) set: &'s DataSet<'s>,
    pub(crate) facts: DatasetFacts,
    pub(crate) look: Look,
    pub(crate) region: Arc<Region>,
}

/// Somebody who asks, with what the rules ask about him, and everybody who is treated alike.
pub(crate) struct Caller<'s> {
    pub(crate) subject: Subject<'s>,
    pub(crate) members: Arc<[Box<str>]>,
    pub(crate) facts: Option<PrincipalFacts>,
    pub(crate) look: Look,
    pub(crate) number: u32,
}

impl<'s> Scene<'s> {
    pub(crate) fn judged(&self, set: &'s DataSet<'s>) -> Judged<'s> {
        let facts = facts::bucket::facts(self.facts, self.rules, set);
        let look = self.intent.look_of_dataset(&facts);
        let region = Arc::new(Region { prefix: set.prefix.clone(), except: set.except.clone() });
        Judged { set, facts, look, region }
    }

    pub(crate) fn principal(&self, principal: &Principal<'s>) -> PrincipalFacts {
        facts::principal::facts(self.facts, &self.rules.principal(principal), principal).0
    }

    pub(crate) fn caller_of_group(&self, group: Group<'s>, number: u32) -> Caller<'s> {
        let members = group.members.iter().map(|principal| principal.arn().into()).collect();
        Caller { members, ..self.caller(group.subject, number) }
    }

    pub(crate) fn caller(&self, subject: Subject<'s>, number: u32) -> Caller<'s> {
        let facts = subject.principal_inside().map(|principal| self.principal(&principal));
        let asker = facts.as_ref().map_or_else(|| requester(&subject), Requester::Principal);
        let look = self.intent.look_of_requester(asker);
        Caller { members: [subject.name()].into(), facts, look, number, subject }
    }
}

impl Judged<'_> {
    /// Whether the data belongs to a team.
    pub(crate) fn is_of(&self, team: Option<&str>) -> bool {
        team.is_some() && team == self.facts.team.as_deref()
    }
}

impl Caller<'_> {
    /// The team, of principals that belong to one.
    pub(crate) fn team(&self) -> Option<&str> {
        self.facts.as_ref()?.team.as_deref()
    }

    /// Who asks, in the terms of the rules.
    pub(crate) fn requester(&self) -> Requester<'_> {
        self.facts.as_ref().map_or_else(|| requester(&self.subject), Requester::Principal)
    }
}

/// Somebody beyond the estate, in the terms of the rules.
pub(crate) fn requester<'r>(subject: &'r Subject<'_>) -> Requester<'r> {
    use authorize::Caller;
    match (&subject.caller, subject.standing) {
        (Caller::Service(name), _) => Requester::Service(name),
        (_, Standing::Outside(account) | Standing::Unread(account) | Standing::Root(account)) => {
            Requester::External { account: Some(account), arn: subject.arn() }
        }
        (Caller::Federated(provider), _) => Requester::External { account: None, arn: Some(provider) },
        _ => Requester::Anonymous,
    }
}

/// The circumstances of a request in the terms of the rules.
pub(crate) fn circumstances(witness: &Witness<'_>) -> AccessContext {
    let keys = witness.request.context.iter();
    let single = keys.filter_map(|(key, value)| match value {
        ContextValue::One(value) => Some((key, &**value)),
        ContextValue::Many(_) => None,
    });
    let object = Arn::parse(&witness.request.resource).and_then(|arn| arn.bucket_and_key());
    AccessContext::of(object.and_then(|(_, key)| key).unwrap_or_default(), single)
}
