//! Who acts as a role that is not his own, and breaks a rule by what the role may do.
//!
//! Whoever becomes a role that humans use is that role, as its rules see him. Whoever becomes a workload's role is judged by his own
//! access role: a data scientist who can act as the training pipeline writes models.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::access::{Becoming, Becomings, How};
use crate::authorize::{Layer, Policy};
use crate::check::quote::quoted;
use crate::check::scene::Scene;
use crate::estate::{Account, AccountId, Principal};
use crate::finding::Evidence;
use crate::iam::{Action, Arn, Context, Effect, Statement};
use crate::intent::{Look, PrincipalFacts, Requester};

/// How many roles one may act as, one after the other.
const STEPS: usize = 4;

/// Who can act as which role, found out account by account when it is asked for.
pub(super) struct Chains<'s> {
    accounts: FxHashMap<AccountId, (&'s Account, OnceLock<OfAccount<'s>>)>,
}

/// Who can become each role of an account, by the role's ARN.
type OfAccount<'s> = FxHashMap<&'s str, Vec<Becoming<'s>>>;

/// Somebody who can act as a role, with what the rules ask about him.
pub(super) struct Actor<'s> {
    pub(super) arn: Box<str>,
    pub(super) facts: PrincipalFacts,
    pub(super) look: Look,
    /// The steps on the way, first to last.
    path: Vec<Becoming<'s>>,
    /// Whether nothing had to be assumed.
    pub(super) certain: bool,
}

impl<'s> Chains<'s> {
    pub(super) fn new(scene: &Scene<'s>) -> Self {
        let accounts = scene.ground.estate.accounts();
        Self { accounts: accounts.map(|account| (account.account_id, (account, OnceLock::new()))).collect() }
    }

    /// Everybody who can act as a workload's role, himself or through other workloads' roles, each by the shortest way.
    pub(super) fn actors(&self, scene: &Scene<'s>, role: &str) -> Vec<Actor<'s>> {
        let mut actors = vec![];
        let mut seen: BTreeSet<&str> = BTreeSet::from([role]);
        let mut ways: Vec<(&str, Vec<Becoming<'s>>)> = vec![(role, vec![])];
        for _ in 0..STEPS {
            let mut longer = vec![];
            for (role, path) in ways {
                for becoming in self.of(scene, role) {
                    let who = becoming.who;
                    if !seen.insert(who.arn()) {
                        continue;
                    }
                    let path: Vec<Becoming<'s>> = std::iter::once(becoming).chain(&path).cloned().collect();
                    let certain = path.iter().all(|step| step.certain);
                    let facts = scene.principal(&who);
                    let look = scene.intent.look_of_requester(Requester::Principal(&facts));
                    if is_workload(&who, &facts) {
                        longer.push((who.arn(), path.clone()));
                    }
                    actors.push(Actor { arn: who.arn().into(), facts, look, path, certain });
                }
            }
            ways = longer;
        }
        actors
    }

    fn of(&self, scene: &Scene<'s>, role: &str) -> &[Becoming<'s>] {
        let account = Arn::parse(role).and_then(|arn| AccountId::parse(arn.account));
        let Some((account, known)) = account.and_then(|account| self.accounts.get(&account)) else {
            return &[];
        };
        let known = known.get_or_init(|| {
            let asked = |principal: &Principal<'s>| is_workload(principal, &scene.principal(principal));
            let mut of_account: OfAccount<'s> = FxHashMap::default();
            for becoming in Becomings::default().of(scene.ground, account, asked) {
                of_account.entry(becoming.role.arn()).or_default().push(becoming);
            }
            of_account
        });
        known.get(role).map_or(&[], |found| found)
    }
}

/// Whether the rules see a workload in a role.
fn is_workload(principal: &Principal<'_>, facts: &PrincipalFacts) -> bool {
    principal.as_role().is_some() && !facts.human
}

impl Actor<'_> {
    /// The roles on the way, first to last: `arn:aws:iam::111111111111:role/build, passed to codebuild.amazonaws.com`.
    pub(super) fn via(&self) -> Vec<Box<str>> {
        let step = |step: &Becoming<'_>| match step.how {
            How::Assume => step.role.arn().into(),
            How::Pass(service) => format!("{}, passed to {service}", step.role.arn()).into(),
        };
        self.path.iter().map(step).collect()
    }

    /// The statements of both sides that speak of each step.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        self.path.iter().flat_map(evidence).collect()
    }
}

fn evidence(step: &Becoming<'_>) -> Vec<Evidence> {
    let (action, role) = (step.how.action(), step.role.arn());
    let mut found = vec![];
    let allows = |statement: &&Statement| {
        statement.effect == Effect::Allow
            && Action::parse(action).is_some_and(|action| statement.covers_action(&action))
            && statement.covers_resource(role, &Context::new())
    };
    let identity = step.who.identity_policies();
    for (name, policy) in identity.known().into_iter().flatten() {
        let statements = policy.document().statements.iter().filter(allows);
        let policy = Policy { name, document: policy.document() };
        found.extend(statements.map(|statement| quoted(Layer::IdentityPolicies, policy, statement)));
    }
    let trust = step.role.as_role().and_then(|role| role.assume_role_policy_document.known());
    if let Some(trust) = trust {
        let policy = Policy { name: role, document: trust.document() };
        let statements = policy.document.statements.iter().filter(|statement| step.is_trusted_by(statement));
        let statements = statements.map(|statement| quoted(Layer::ResourcePolicy, policy, statement));
        found.extend(statements.map(|piece| Evidence { layer: "trustPolicy".into(), ..piece }));
    }
    found
}
