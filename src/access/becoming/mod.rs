//! Who can act as a role that is not his own: by `sts:AssumeRole`, or by passing it to a service of AWS that runs his code.

mod passer;
mod runner;
mod target;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ground::Ground;
use super::single::{Axes, Possible};
use super::subject::Subject;
use crate::authorize::{Caller, Identity, Naming, names};
use crate::estate::{Account, Principal};
use crate::iam::{Action, AwsPrincipal, Document, Effect, Element, PrincipalId, Statement};
use passer::Passer;
use runner::{Runner, runners_of};
use target::Target;

/// A principal that can act as a role.
#[derive(Debug, Clone)]
pub struct Becoming<'a> {
    /// Who.
    pub who: Principal<'a>,
    /// The role.
    pub role: Principal<'a>,
    /// How.
    pub how: How,
    /// Whether nothing had to be assumed.
    pub certain: bool,
}

/// How somebody comes to act as a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// By `sts:AssumeRole`.
    Assume,
    /// By `iam:PassRole` to this service, which runs what it is told to under the role.
    Pass(&'static str),
}

impl How {
    /// What whoever does so must be allowed on the role.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Assume => "sts:AssumeRole",
            Self::Pass(_) => "iam:PassRole",
        }
    }
}

impl Becoming<'_> {
    /// Whether a statement of the role's trust policy lets the caller, or the service, in.
    #[must_use]
    pub fn is_trusted_by(&self, statement: &Statement) -> bool {
        self.naming(statement) != Naming::Not
    }

    /// Whether it names him by his own ARN, and not his account or everybody.
    #[must_use]
    pub fn is_named_by(&self, statement: &Statement) -> bool {
        let everyone =
            matches!(&statement.principal, Some(Element::Is(principals)) if principals.include_anyone());
        self.naming(statement) >= Naming::Role && !everyone
    }

    fn naming(&self, statement: &Statement) -> Naming {
        let caller = match self.how {
            How::Pass(service) => Caller::Service(service.into()),
            How::Assume => {
                let account = self.who.account_id();
                let arn = self.who.arn().into();
                let identity = match self.who.as_role() {
                    Some(_) => Identity::Role(arn),
                    None => Identity::User(arn),
                };
                Caller::Account { account, identity }
            }
        };
        match (&statement.principal, statement.effect) {
            (Some(Element::Is(principals)), Effect::Allow) => {
                principals.ids.iter().map(|id| names(id, &caller, None)).max().unwrap_or(Naming::Not)
            }
            _ => Naming::Not,
        }
    }
}

/// Finds out who can become which role of one account, and remembers what it has found out about the policies of callers.
#[derive(Debug, Default)]
pub struct Becomings<'a> {
    /// The callers that were met, by ARN.
    subjects: FxHashMap<&'a str, Arc<Subject<'a>>>,
    /// Who may pass roles of the account that is looked at, if his policies let him.
    passers: Option<Vec<Passer<'a>>>,
    /// Whether callers may have services run something, and whether that is certain, by ARN and service.
    runs: FxHashMap<(&'a str, &'static str), Option<bool>>,
    axes: Axes,
    /// Whether a document may allow one of the actions that are asked about, by its address and the action.
    allows: FxHashMap<(usize, &'static str), bool>,
}

impl<'a> Becomings<'a> {
    /// Everybody who can act as one of the roles of an account that `asked` takes, in the order of the evidence.
    pub fn of(
        &mut self,
        ground: &'a Ground<'a>,
        account: &'a Account,
        asked: impl Fn(&Principal<'a>) -> bool,
    ) -> Vec<Becoming<'a>> {
        let mut found = vec![];
        self.subjects.clear();
        self.runs.clear();
        self.passers = None;
        for principal in account.principals() {
            let Some(role) = principal.as_role() else { continue };
            let Some(trust) = role.assume_role_policy_document.known() else { continue };
            let trusts = trusts_callers(trust.document()) || runners_of(trust.document()).next().is_some();
            if !trusts || !asked(&principal) {
                continue;
            }
            let target = Target::new(ground, principal, role, trust.document());
            self.assuming(ground, &target, &mut found);
            self.passing(ground, &target, &mut found);
        }
        found
    }

    fn assuming(&mut self, ground: &'a Ground<'a>, target: &Target<'a>, found: &mut Vec<Becoming<'a>>) {
        for who in self.named(ground, target) {
            let subject = self.subject(ground, who);
            if let Possible::When { certain, .. } = target.assumed_by(&subject, &mut self.axes) {
                let certain = certain && subject.unread.is_none();
                found.push(Becoming { who, role: target.principal, how: How::Assume, certain });
            }
        }
    }

    /// Users and roles that the trust policy names, by ARN, by account or by wildcard. Whom the account decides about must be allowed
    /// by his own policies.
    fn named(&mut self, ground: &'a Ground<'a>, target: &Target<'a>) -> Vec<Principal<'a>> {
        let mut named: Vec<Principal<'a>> = vec![];
        let statements = target.trust.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        for statement in statements {
            let ids: &[PrincipalId] = match &statement.principal {
                Some(Element::Is(principals)) => &principals.ids,
                _ => continue,
            };
            for id in ids {
                let PrincipalId::Aws(id) = id else { continue };
                let everyone = *id == AwsPrincipal::Anyone;
                let accounts = ground.estate.accounts();
                let accounts = accounts.filter(|account| {
                    everyone || id.account().is_some_and(|named| named == account.account_id.to_string())
                });
                for account in accounts {
                    named.extend(account.principals().filter(|principal| match id {
                        AwsPrincipal::User(arn) | AwsPrincipal::Role(arn) => **arn == *principal.arn(),
                        AwsPrincipal::Anyone | AwsPrincipal::Account { .. } => {
                            self.may(principal, "sts:AssumeRole")
                        }
                        _ => false,
                    }));
                }
            }
        }
        named.retain(|who| target.is_other(who));
        named.sort_by_key(|who| who.arn());
        named.dedup_by_key(|who| who.arn());
        named
    }

    /// "You can pass a role to a service only within the same account." (IAM User Guide, id_roles_use_passrole)
    fn passing(&mut self, ground: &'a Ground<'a>, target: &Target<'a>, found: &mut Vec<Becoming<'a>>) {
        let runners: Vec<&Runner> = runners_of(target.trust)
            .filter(|runner| {
                let service = Subject::without_account(ground, Caller::Service(runner.service.into()));
                target.assumed_by(&service, &mut self.axes) != Possible::Never
            })
            .collect();
        if runners.is_empty() {
            return;
        }
        let mut passers = self.passers.take().unwrap_or_else(|| self.passers_of(ground, target.account));
        for passer in passers.iter_mut().filter(|passer| target.is_other(&passer.who)) {
            let mut passed: Vec<Becoming<'a>> = vec![];
            for runner in &runners {
                let possible = passer.may_pass(target, runner.service, &mut self.axes);
                let Possible::When { certain, .. } = possible else { continue };
                let axes = &mut self.axes;
                let runs = self.runs.entry((passer.who.arn(), runner.service));
                let runs = *runs.or_insert_with(|| target.run_by(&passer.subject, runner, axes));
                let Some(runs) = runs else { continue };
                let certain = certain && runs && passer.subject.unread.is_none();
                let how = How::Pass(runner.service);
                passed.push(Becoming { who: passer.who, role: target.principal, how, certain });
            }
            found.extend(passed.into_iter().max_by_key(|becoming| becoming.certain));
        }
        self.passers = Some(passers);
    }

    fn passers_of(&mut self, ground: &'a Ground<'a>, account: &'a Account) -> Vec<Passer<'a>> {
        let may = account.principals().filter(|who| self.may(who, "iam:PassRole"));
        let may: Vec<Principal<'a>> = may.collect();
        may.into_iter().map(|who| Passer::new(who, self.subject(ground, who))).collect()
    }

    fn subject(&mut self, ground: &Ground<'a>, who: Principal<'a>) -> Arc<Subject<'a>> {
        let new = || Arc::new(Subject::principal(ground, who));
        self.subjects.entry(who.arn()).or_insert_with(new).clone()
    }

    /// Whether an identity policy of the principal has an Allow for the action, on whatever.
    fn may(&mut self, principal: &Principal<'_>, action: &'static str) -> bool {
        let identity = principal.identity_policies();
        let Some(policies) = identity.known() else { return true };
        policies.iter().any(|(_, policy)| {
            let document = policy.document();
            let at = (std::ptr::from_ref(document).addr(), action);
            *self.allows.entry(at).or_insert_with(|| {
                let Some(action) = Action::parse(action) else { return false };
                let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
                !document.faults.is_empty()
                    || allows.into_iter().any(|statement| statement.covers_action(&action))
            })
        })
    }
}

/// Whether a trust policy names any principal of AWS.
fn trusts_callers(trust: &Document) -> bool {
    trust.statements.iter().any(|statement| match &statement.principal {
        Some(Element::Is(principals)) => principals.ids.iter().any(|id| matches!(id, PrincipalId::Aws(_))),
        _ => false,
    })
}
