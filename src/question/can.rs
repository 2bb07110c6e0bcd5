//! What somebody can do, on which data.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::QuestionError;
use super::grants::{Asker, Gathered, Inquiry, Part, Wanted};
use super::resource::Asset;
use crate::access::{Answer, Approach, Decider, Ground, Region, Requests, Standing, Subject, actions_that};
use crate::check::facts;
use crate::check::scene::{Caller, Judged, Scene};
use crate::classify::{DataSet, Datasets, Rules};
use crate::estate::{Bucket, Estate};
use crate::finding::{Grant, Grants};
use crate::intent::{Asked, Intent, IntentError, Meaning};
use crate::space::Bits;

/// Everything that somebody can do on the buckets of the estate, or on those that `asset` stands for, and the rules that it breaks.
///
/// # Errors
/// Nobody is known by the name, or no such bucket.
pub fn can(
    estate: &Estate,
    rules: &Rules,
    intent: &Intent,
    principal: &str,
    asset: Option<&Asset>,
) -> Result<Grants, QuestionError> {
    let ground = Ground::new(estate);
    let facts = facts::Ground::new(estate);
    let scene = Scene { ground: &ground, facts: &facts, rules, intent, simulations: false };
    let subject = Subject::named(&ground, principal);
    let subject = subject.ok_or_else(|| QuestionError::UnknownPrincipal(principal.into()))?;
    let caller = scene.caller(subject, 0);
    let everywhere = Asset { bucket: "*".into(), key: None, access_point: None };
    let meant = asset.unwrap_or(&everywhere);
    let wanted = Wanted {
        actions: actions_that(|data| data.on_objects || meant.key.is_none()),
        keys: meant.key.clone(),
    };
    let datasets = rules.datasets(estate);
    let parts = parts(&datasets);
    let mut inquiry = Inquiry::new(Decider::new(&ground));
    let mut gathered = Gathered::default();
    for (account, bucket) in meant.buckets(&ground)? {
        inquiry.decider.next_account();
        let approach = meant.ways(Approach::to(&ground, account, bucket));
        for part in parts.get(&*bucket.name).map_or(&[][..], |parts| parts) {
            of_part(&scene, &caller, &approach, part, &wanted, &mut inquiry, &mut gathered)?;
        }
    }
    let what = asset.map(|asset| format!(" on {}", asset.shown())).unwrap_or_default();
    let mut answer = Grants::to(format!("what {principal} can do{what}"));
    (answer.grants, answer.undecided) = gathered.finish();
    answer.grants.iter_mut().for_each(|grant| summarize(grant, intent));
    answer.pairs = inquiry.decider.ladder.pairs;
    answer.gaps.clone_from(&estate.gaps);
    Ok(answer)
}

/// A part of a bucket: a data set, or what the classification leaves to nobody.
struct Place<'d> {
    bucket: &'d Bucket,
    set: Option<&'d DataSet<'d>>,
    region: Arc<Region>,
}

/// The parts of each bucket, in the order of their prefixes.
fn parts<'d>(datasets: &'d Datasets<'d>) -> BTreeMap<&'d str, Vec<Place<'d>>> {
    let mut parts: BTreeMap<&str, Vec<Place<'_>>> = BTreeMap::new();
    for set in &datasets.sets {
        let region = Region { prefix: set.prefix.clone(), except: set.except.clone() };
        let place = Place { bucket: set.bucket, set: Some(set), region: Arc::new(region) };
        parts.entry(&set.bucket.name).or_default().push(place);
    }
    let unclaimed = datasets.unmanaged.iter().chain(datasets.problems.iter().map(|problem| &problem.place));
    for place in unclaimed {
        let known = parts.entry(&place.bucket.name).or_default();
        if known.iter().any(|part| part.region.prefix == place.prefix) {
            continue;
        }
        let below = known.iter().map(|part| &part.region.prefix);
        let except = below.filter(|prefix| prefix.starts_with(&*place.prefix)).cloned().collect();
        let region = Arc::new(Region { prefix: place.prefix.clone(), except });
        known.push(Place { bucket: place.bucket, set: None, region });
    }
    parts.values_mut().for_each(|parts| parts.sort_by(|a, b| a.region.prefix.cmp(&b.region.prefix)));
    parts
}

fn of_part<'s>(
    scene: &Scene<'s>,
    caller: &Caller<'s>,
    approach: &Approach<'s>,
    place: &Place<'s>,
    wanted: &Wanted,
    inquiry: &mut Inquiry,
    gathered: &mut Gathered,
) -> Result<(), IntentError> {
    let asker = Asker { subject: &caller.subject, members: caller.members.to_vec(), number: caller.number };
    // The rules speak of users and roles; no rule binds the root user.
    let is_root = matches!(caller.subject.standing, Standing::Root(_));
    let judged = place.set.filter(|_| !is_root).map(|set| scene.judged(set));
    let part = Part {
        bucket: &place.bucket.name,
        class: place.set.map(|set| set.class.clone()),
        region: place.region.clone(),
    };
    for (site, number) in approach.sites.iter().zip(0..) {
        if !caller.subject.may_reach(site) {
            continue;
        }
        let class = inquiry.decider.class(&caller.subject, site, (caller.number, number));
        let breaks = match &judged {
            Some(judged) => breaks(scene, caller, judged, |asked| {
                let requests = (&class, Requests::Allowed);
                inquiry.decider.decide(requests, &caller.subject, site, &asked.goals, &judged.region)
            })?,
            None => BTreeMap::new(),
        };
        inquiry.ask(&asker, (number, site), &part, wanted, &breaks, gathered);
    }
    Ok(())
}

/// The rules that requests of a caller for a data set break, each with the actions that do.
fn breaks(
    scene: &Scene<'_>,
    caller: &Caller<'_>,
    judged: &Judged<'_>,
    decide: impl FnOnce(&Asked) -> Arc<Answer>,
) -> Result<BTreeMap<Box<str>, Bits>, IntentError> {
    let asked = scene.intent.asked(caller.look, judged.look, judged.is_of(caller.team()))?;
    let answer = decide(&asked);
    let mut broken: BTreeMap<Box<str>, Bits> = BTreeMap::new();
    for found in &answer.found {
        if let Some(Meaning::Breaks(rule)) = asked.meanings.get(found.goal) {
            broken.entry(rule.clone()).or_default().extend_by(&found.actions);
        }
    }
    Ok(broken)
}

/// The actions of a grant by the groups of the rules, where a whole group is granted.
fn summarize(grant: &mut Grant, intent: &Intent) {
    let has = |name: &str| {
        let operation = name.split_once(':').map_or(name, |(_, operation)| operation);
        grant.actions.iter().any(|action| {
            action.split_once(':').is_some_and(|(_, granted)| granted.eq_ignore_ascii_case(operation))
        })
    };
    let mut rest: Vec<Box<str>> = grant.actions.clone();
    let mut summary: Vec<Box<str>> = vec![];
    for (group, actions) in intent.action_groups() {
        // A group of one is better called by its action.
        if actions.len() > 1 && actions.iter().all(|action| has(action)) {
            rest.retain(|known| {
                !actions.iter().any(|action| known.split_once(':').is_some_and(|(_, name)| name == &**action))
            });
            summary.push(group);
        }
    }
    summary.extend(rest);
    grant.summary = summary;
}
