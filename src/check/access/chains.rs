//! Who acts as a role that is not his own, and breaks a rule by what the role may do.
//!
//! Whoever becomes a role that humans use is that role, as its rules see him. Whoever becomes a workload's role is judged by his own
//! access role: a data scientist who can act as the training pipeline writes models.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use super::observe::Origin;
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
pub(in crate::check) struct Chains<'s> {
    accounts: FxHashMap<AccountId, (&'s Account, OnceLock<OfAccount<'s>>)>,
    known: Mutex<FxHashMap<&'s str, Arc<Known>>>,
    /// What has been worked out about conditions, for whoever finds out about the next account.
    workers: Mutex<Vec<Becomings<'s>>>,
}

/// Who can become each role of an account, by the role's ARN.
type OfAccount<'s> = FxHashMap<&'s str, Vec<Becoming<'s>>>;

/// Somebody with what the rules ask about him.
struct Known {
    facts: PrincipalFacts,
    look: Look,
}

/// Those who can act as some roles and whom the rules do not tell apart.
pub(in crate::check) struct Acting<'s> {
    pub(in crate::check) look: Look,
    pub(in crate::check) team: Option<Box<str>>,
    pub(in crate::check) ways: Vec<Arc<Way<'s>>>,
}

/// Those of them whom one statement lets do so.
pub(in crate::check) struct Way<'s> {
    pub(in crate::check) origin: Origin,
    /// Whether nothing had to be assumed.
    pub(in crate::check) certain: bool,
    pub(in crate::check) subjects: BTreeSet<Box<str>>,
    /// The roles that they can act as.
    pub(in crate::check) roles: BTreeSet<Box<str>>,
    known: Arc<Known>,
    /// The steps of one of them, first to last.
    path: Vec<Becoming<'s>>,
}

/// What the rules tell somebody apart by.
type Alike = (Look, Option<Box<str>>);

/// Ways by the statement that opens them, and by whether they are certain.
type Ways<'s> = BTreeMap<(Origin, bool), Way<'s>>;

impl<'s> Chains<'s> {
    pub(in crate::check) fn new(scene: &Scene<'s>) -> Self {
        let accounts = scene.ground.estate.accounts();
        let accounts = accounts.map(|account| (account.account_id, (account, OnceLock::new())));
        Self { accounts: accounts.collect(), known: Mutex::default(), workers: Mutex::default() }
    }

    /// Everybody who can act as some of these workloads' roles.
    pub(in crate::check) fn acting(&self, scene: &Scene<'s>, roles: &[Box<str>]) -> Vec<Acting<'s>> {
        let mut found: BTreeMap<Alike, Ways<'s>> = BTreeMap::new();
        for role in roles {
            for path in self.paths(scene, role, |_| true) {
                let Some(first) = path.first() else { continue };
                let known = self.known(scene, &first.who);
                let certain = path.iter().all(|step| step.certain);
                let ways = found.entry((known.look, known.facts.team.clone())).or_default();
                let way = ways.entry((origin(first), certain)).or_insert_with_key(|(origin, _)| Way {
                    origin: origin.clone(),
                    certain,
                    subjects: BTreeSet::new(),
                    roles: BTreeSet::new(),
                    known: known.clone(),
                    path: path.clone(),
                });
                way.subjects.insert(first.who.arn().into());
                way.roles.insert(role.clone());
            }
        }
        found
            .into_iter()
            .map(|((look, team), ways)| Acting {
                look,
                team,
                ways: ways.into_values().map(Arc::new).collect(),
            })
            .collect()
    }

    /// Everybody who can act as a role, himself or through such workloads' roles as may be passed through, by their ARNs.
    pub(in crate::check) fn acting_through(
        &self,
        scene: &Scene<'s>,
        role: &str,
        may_pass: impl Fn(&str) -> bool,
    ) -> BTreeSet<Box<str>> {
        let paths = self.paths(scene, role, may_pass);
        paths.iter().filter_map(|path| path.first()).map(|first| first.who.arn().into()).collect()
    }

    /// The shortest way of everybody who can act as a role, himself or through other workloads' roles.
    fn paths(
        &self,
        scene: &Scene<'s>,
        role: &str,
        may_pass: impl Fn(&str) -> bool,
    ) -> Vec<Vec<Becoming<'s>>> {
        let mut found: Vec<Vec<Becoming<'s>>> = vec![];
        let mut seen: BTreeSet<&str> = BTreeSet::from([role]);
        let mut ends: Vec<(&str, Vec<Becoming<'s>>)> = vec![(role, vec![])];
        for _ in 0..STEPS {
            let mut longer = vec![];
            for (role, path) in ends {
                for step in self.of(scene, role).iter().filter(|step| seen.insert(step.who.arn())) {
                    let path: Vec<Becoming<'s>> = std::iter::once(step).chain(&path).cloned().collect();
                    if is_workload(scene, &step.who) && may_pass(step.who.arn()) {
                        longer.push((step.who.arn(), path.clone()));
                    }
                    found.push(path);
                }
            }
            ends = longer;
        }
        found
    }

    fn of(&self, scene: &Scene<'s>, role: &str) -> &[Becoming<'s>] {
        let account = Arn::parse(role).and_then(|arn| AccountId::parse(arn.account));
        let Some((account, known)) = account.and_then(|account| self.accounts.get(&account)) else {
            return &[];
        };
        let known = known.get_or_init(|| {
            let asked = |principal: &Principal<'s>| is_workload(scene, principal);
            let workers = || self.workers.lock().unwrap_or_else(PoisonError::into_inner);
            let mut worker = workers().pop().unwrap_or_default();
            let mut of_account: OfAccount<'s> = FxHashMap::default();
            for becoming in worker.of(scene.ground, account, asked) {
                of_account.entry(becoming.role.arn()).or_default().push(becoming);
            }
            workers().push(worker);
            of_account
        });
        known.get(role).map_or(&[], |found| found)
    }

    fn known(&self, scene: &Scene<'s>, who: &Principal<'s>) -> Arc<Known> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let facts = scene.principal(who);
            let look = scene.intent.look_of_requester(Requester::Principal(&facts));
            Arc::new(Known { facts, look })
        };
        all.entry(who.arn()).or_insert_with(new).clone()
    }
}

/// Whether the rules see a workload in a role.
fn is_workload(scene: &Scene<'_>, principal: &Principal<'_>) -> bool {
    principal.as_role().is_some() && !scene.rules.principal(principal).kind.may_be_human()
}

impl Way<'_> {
    /// What the rules ask about one of them.
    pub(in crate::check) fn facts(&self) -> &PrincipalFacts {
        &self.known.facts
    }

    /// By what the first step is taken.
    pub(in crate::check) fn action(&self) -> &'static str {
        self.path.first().map_or("", |step| step.how.action())
    }

    /// The roles on the way, first to last: `arn:aws:iam::111111111111:role/build, passed to codebuild.amazonaws.com`.
    pub(in crate::check) fn via(&self) -> Vec<Box<str>> {
        let step = |step: &Becoming<'_>| match step.how {
            How::Assume => step.role.arn().into(),
            How::Pass(service) => format!("{}, passed to {service}", step.role.arn()).into(),
        };
        self.path.iter().map(step).collect()
    }

    /// The statements of both sides that speak of each step.
    pub(in crate::check) fn evidence(&self) -> Vec<Evidence> {
        let statements = self.path.iter().flat_map(granting);
        let quote = |(layer, policy, statement)| {
            let piece = quoted(layer, policy, statement);
            let trust = layer == Layer::ResourcePolicy;
            Evidence { layer: if trust { "trustPolicy".into() } else { piece.layer.clone() }, ..piece }
        };
        statements.map(quote).collect()
    }
}

/// A statement with its policy.
type Stated<'b> = (Layer, Policy<'b>, &'b Statement);

/// The statements that speak of a step: of the caller's policies, and of the role's trust policy.
fn granting<'b>(step: &'b Becoming<'_>) -> Vec<Stated<'b>> {
    let (action, role) = (Action::parse(step.how.action()), step.role.arn());
    let allows = |statement: &&Statement| {
        statement.effect == Effect::Allow
            && action.as_ref().is_some_and(|action| statement.covers_action(action))
            && statement.covers_resource(role, &Context::new())
    };
    let mut found: Vec<Stated<'_>> = vec![];
    for (name, policy) in step.who.identity_policies().known().into_iter().flatten() {
        let document = policy.document();
        let statements = document.statements.iter().filter(allows);
        found.extend(statements.map(|found| (Layer::IdentityPolicies, Policy { name, document }, found)));
    }
    if let Some(trust) = step.role.as_role().and_then(|role| role.assume_role_policy_document.known()) {
        let policy = Policy { name: role, document: trust.document() };
        let statements = policy.document.statements.iter().filter(|found| step.is_trusted_by(found));
        found.extend(statements.map(|found| (Layer::ResourcePolicy, policy, found)));
    }
    found
}

/// The statement that lets somebody act as a role: that of the trust policy where it names him, else that of his own policies.
fn origin(step: &Becoming<'_>) -> Origin {
    let granting = granting(step);
    let by_role = granting.iter().find(|(layer, _, statement)| {
        *layer == Layer::ResourcePolicy && step.how == How::Assume && step.is_named_by(statement)
    });
    let found = by_role.or_else(|| granting.first());
    found.map_or((None, "".into(), "".into()), |(layer, policy, statement)| {
        (Some(*layer), policy.name.into(), statement.name().into())
    })
}
