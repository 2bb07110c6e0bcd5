//! What one caller can do on one way to a bucket, exactly: grant by grant until no request is left that none covers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::{
    Answer, Decider, Found, Goal, Goals, OBJECT_KEY, Region, Requests, Site, Subject, Witness, data_actions,
    replay,
};
use crate::authorize::Outcome;
use crate::authorize::s3::GRANT_HEADERS;
use crate::check::quote::{Quote, UNCONFIRMED};
use crate::finding::{Evidence, Grant};
use crate::iam::Condition;
use crate::space::Bits;

/// What is asked of the requests of a caller.
pub(super) struct Wanted {
    pub(super) actions: Bits,
    /// A pattern for the keys.
    pub(super) keys: Option<Box<str>>,
}

/// Grants that are alike but for who has them, and what could not be decided.
#[derive(Default)]
pub(super) struct Gathered {
    grants: BTreeMap<Alike, Grant>,
    pub(super) undecided: Vec<Box<str>>,
}

/// What grants must share to be told as one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    bucket: Box<str>,
    prefix: Box<str>,
    actions: Vec<Box<str>>,
    keys: Vec<Box<str>>,
    conditions: Vec<Box<str>>,
    unless: Option<Vec<Box<str>>>,
    doubt: Option<Box<str>>,
    breaks: Vec<Box<str>>,
    /// The granting statements, without the policies of single callers.
    by: Vec<(Box<str>, Option<Box<str>>)>,
}

/// What is granted by one statement.
struct Given {
    actions: Bits,
    keys: Vec<Box<str>>,
    conditions: Vec<Box<str>>,
    unless: Option<Vec<Box<str>>>,
    doubt: Option<Box<str>>,
    evidence: Vec<Evidence>,
    witness: serde_json::Value,
}

/// More kinds of keys than any policy tells apart by hand.
const ROUNDS: usize = 64;

/// Asks about one caller after another.
pub(super) struct Inquiry {
    pub(super) decider: Decider,
}

/// Somebody who is asked about, with everybody who is treated alike, and his number in the decider's memory.
pub(super) struct Asker<'c, 's> {
    pub(super) subject: &'c Subject<'s>,
    pub(super) members: Vec<Box<str>>,
    pub(super) number: u32,
}

/// A part of a bucket that is asked about, with its class.
pub(super) struct Part<'p> {
    pub(super) bucket: &'p str,
    pub(super) class: Option<Box<str>>,
    pub(super) region: Arc<Region>,
}

impl Inquiry {
    pub(super) fn new(decider: Decider) -> Self {
        Self { decider }
    }

    /// Everything of what is wanted that the caller can do on a way to a bucket. `breaks` tells the rules that some of some actions
    /// break.
    pub(super) fn ask<'s>(
        &mut self,
        caller: &Asker<'_, 's>,
        (number, site): (u32, &Site<'s>),
        part: &Part<'_>,
        wanted: &Wanted,
        breaks: &BTreeMap<Box<str>, Bits>,
        gathered: &mut Gathered,
    ) {
        let class = self.decider.class(caller.subject, site, (caller.number, number));
        self.decider.ladder.pairs += 1;
        if class.is_empty() {
            return;
        }
        let mut open = vec![(wanted.actions.clone(), vec![])];
        let mut rounds = 0;
        while let Some((actions, known)) = open.pop() {
            rounds += 1;
            if rounds > ROUNDS {
                return gathered.open(caller, part, &actions, "too many kinds of keys");
            }
            let keys = Keys { like: wanted.keys.as_deref(), within: &[], known: &known };
            let goals = self.goals(&actions, keys, Lists::Any);
            let answer =
                self.decider.decide((&class, Requests::Allowed), caller.subject, site, &goals, &part.region);
            for (_, actions) in &answer.undecided {
                gathered.open(caller, part, actions, "the policies ask for too many things at once");
            }
            for found in &answer.found {
                let Some(witness) = confirmed(caller, site, found, true) else {
                    gathered.open(caller, part, &found.actions, UNCONFIRMED);
                    continue;
                };
                let mut given = given(caller, site, found, &witness);
                let (actions, keys) = (given.actions.clone(), given.keys.clone());
                given.unless = self.refused(caller, (number, site), part, &given, wanted.keys.as_deref());
                gathered.add(caller, part, given, breaks);
                if found.cell.key.is_some() && !keys.iter().any(|key| &**key == "*") {
                    let mut known = known.clone();
                    known.extend(keys);
                    open.push((actions, known));
                }
            }
        }
    }

    /// Circumstances under which requests of a grant are refused all the same; none if they never are. That the request brings an
    /// access control list for everyone is told only where nothing else is to tell: Block Public Access refuses that nearly everywhere.
    fn refused<'s>(
        &mut self,
        caller: &Asker<'_, 's>,
        (number, site): (u32, &Site<'s>),
        part: &Part<'_>,
        given: &Given,
        keys: Option<&str>,
    ) -> Option<Vec<Box<str>>> {
        let class = self.decider.class(caller.subject, site, (caller.number, number));
        let mut refused = Arc::default();
        for lists in [Lists::None, Lists::Any] {
            let narrowed = Keys { like: keys, within: &given.keys, known: &[] };
            let goals = self.goals(&given.actions, narrowed, lists);
            let requests = (&class, Requests::Refused);
            refused = self.decider.decide(requests, caller.subject, site, &goals, &part.region);
            if *refused != Answer::default() {
                break;
            }
        }
        if !refused.undecided.is_empty() {
            return Some(vec!["circumstances that could not all be told apart".into()]);
        }
        let found = refused.found.first()?;
        let Some(witness) = confirmed(caller, site, found, false) else {
            return Some(vec!["circumstances that could not be confirmed".into()]);
        };
        let quote = Quote { site, cell: &found.cell, witness: &witness };
        let mut circumstances = quote.conditions();
        if circumstances.is_empty() {
            circumstances.extend(found.cell.key.as_ref().map(|key| format!("the key is {key}").into()));
        }
        Some(circumstances)
    }

    /// Goals for a request for one of the actions.
    fn goals(&mut self, actions: &Bits, keys: Keys<'_>, lists: Lists) -> Arc<Goals> {
        let is_all = |keys: &[Box<str>]| keys.is_empty() || keys.iter().any(|key| &**key == "*");
        let mut goals = Goals::default();
        let mut cell = vec![];
        let mut add = |operator: &str, key: &str, values: &[&str], holds: bool| {
            cell.push((goals.conditions.len(), holds));
            goals.conditions.extend(Condition::parse(operator, key, values).map(Arc::new));
        };
        if let Some(like) = keys.like {
            add("StringLike", OBJECT_KEY, &[like], true);
        }
        for (keys, holds) in [(keys.within, true), (keys.known, false)] {
            if !is_all(keys) {
                let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
                add("StringLike", OBJECT_KEY, &keys, holds);
            }
        }
        if lists == Lists::None {
            for header in GRANT_HEADERS.iter().chain(&["s3:x-amz-acl"]) {
                add("Null", header, &["true"], true);
            }
        }
        goals.goals.push(Goal { actions: actions.clone(), cells: Some(vec![cell]) });
        self.decider.keep(goals)
    }
}

/// Which keys a request may be for.
#[derive(Clone, Copy)]
struct Keys<'k> {
    /// Those that match this pattern.
    like: Option<&'k str>,
    /// Of them those of a grant.
    within: &'k [Box<str>],
    /// But for those of other grants.
    known: &'k [Box<str>],
}

/// Whether a request may bring an access control list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    None,
    Any,
}

/// The request of a search, if the evaluator says of it what the search does.
fn confirmed<'s>(
    caller: &Asker<'_, 's>,
    site: &Site<'s>,
    found: &Found,
    allowed: bool,
) -> Option<Witness<'s>> {
    let witness = replay(caller.subject, site, &found.cell).ok()?;
    let is_allowed = witness.decision.outcome == Outcome::Allowed;
    (is_allowed == allowed && witness.is_complete()).then_some(witness)
}

fn given<'s>(caller: &Asker<'_, 's>, site: &Site<'s>, found: &Found, witness: &Witness<'s>) -> Given {
    let quote = Quote { site, cell: &found.cell, witness };
    let content = data_actions().get(found.cell.action).is_some_and(|data| data.key.is_some());
    let doubt = caller.subject.unread.as_deref().or(site.doubt(&caller.subject.caller, content));
    Given {
        actions: found.actions.clone(),
        keys: quote.keys(),
        conditions: quote.conditions(),
        unless: None,
        doubt: doubt.or(witness.decision.may.first().copied()).map(Box::from),
        evidence: quote.evidence(),
        witness: witness.request(),
    }
}

impl Gathered {
    fn add(
        &mut self,
        caller: &Asker<'_, '_>,
        part: &Part<'_>,
        given: Given,
        breaks: &BTreeMap<Box<str>, Bits>,
    ) {
        let breaks: Vec<Box<str>> = breaks
            .iter()
            .filter(|(_, actions)| actions.meets(&given.actions))
            .map(|(rule, _)| rule.clone())
            .collect();
        let evidence = given.evidence;
        let alike = Alike {
            bucket: part.bucket.into(),
            prefix: part.region.prefix.clone(),
            actions: names(&given.actions),
            keys: given.keys,
            conditions: given.conditions,
            unless: given.unless,
            doubt: given.doubt,
            breaks,
            by: evidence.iter().map(|piece| (piece.document.clone(), piece.sid.clone())).collect(),
        };
        let grant = self.grants.entry(alike).or_insert_with_key(|alike| Grant {
            bucket: alike.bucket.clone(),
            prefix: alike.prefix.clone(),
            class: part.class.clone(),
            principals: vec![],
            actions: alike.actions.clone(),
            summary: vec![],
            keys: alike.keys.clone(),
            conditions: alike.conditions.clone(),
            unless: alike.unless.clone(),
            doubt: alike.doubt.clone(),
            breaks: alike.breaks.clone(),
            evidence,
            witness: given.witness,
        });
        grant.principals.extend(caller.members.iter().cloned());
    }

    fn open(&mut self, caller: &Asker<'_, '_>, part: &Part<'_>, actions: &Bits, why: &str) {
        let who = caller.members.first().map(|name| &**name).unwrap_or_default();
        let more = caller.members.len().saturating_sub(1);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let actions = names(actions).join(", ");
        self.undecided.push(format!("{who}{more}: {actions} on {}: {why}", part.bucket).into());
    }

    pub(super) fn finish(self) -> (Vec<Grant>, Vec<Box<str>>) {
        let mut grants: Vec<Grant> = self.grants.into_values().collect();
        for grant in &mut grants {
            grant.principals.sort();
            grant.principals.dedup();
        }
        (grants, self.undecided)
    }
}

/// The names of actions, sorted.
pub(super) fn names(actions: &Bits) -> Vec<Box<str>> {
    let named =
        actions.iter().filter_map(|at| data_actions().get(at)).map(|data| data.action.as_str().into());
    let mut names: Vec<Box<str>> = named.collect();
    names.sort();
    names
}
