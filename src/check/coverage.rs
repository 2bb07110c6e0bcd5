//! Whether everything could be read and classified. What is open is a finding, never a pass.

use std::collections::BTreeMap;

use super::{finding, place_ref};
use crate::classify::{Cause, Datasets, Doubt, Problem, Property, Rules};
use crate::estate::{AccountId, Estate, Gap};
use crate::finding::{Evidence, Finding, Fingerprint, Rule, Verdict};
use crate::intent::Intent;

/// The ids of the rules that this room raises by itself.
const UNCLASSIFIED: &str = "unclassified-dataset";
const AMBIGUOUS: &str = "ambiguous-class";
const UNREAD: &str = "unread-evidence";

/// What could not be read, and what could not be classified: data sets first, then principals by account.
#[must_use]
pub fn findings(estate: &Estate, rules: &Rules, datasets: &Datasets<'_>, intent: &Intent) -> Vec<Finding> {
    let of_places =
        datasets.problems.iter().filter_map(|problem| of_problem(problem, &estate.partition, intent));
    of_gaps(&estate.gaps, intent)
        .into_iter()
        .chain(of_places)
        .chain(of_principals(estate, rules, intent))
        .collect()
}

/// One finding for each account, API call and reason: a denied call is usually denied for many resources alike. The resources
/// are its subjects; the assessment lists every gap by itself.
fn of_gaps(gaps: &[Gap], intent: &Intent) -> Vec<Finding> {
    let Some(rule) = intent.rule(UNREAD) else { return vec![] };
    let mut groups: BTreeMap<(Option<AccountId>, &str, &str), Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        groups.entry((gap.account, &gap.api, &gap.code)).or_default().push(gap);
    }
    let of_group = |((account, api, code), gaps): ((Option<AccountId>, &str, &str), Vec<&Gap>)| {
        let mut subjects: Vec<Box<str>> = gaps.iter().map(|gap| gap.resource.clone()).collect();
        subjects.sort();
        subjects.dedup();
        let account = account.map(|account| account.to_string()).unwrap_or_default();
        Finding {
            detail: gaps.first().map(|gap| format!("{api}: {code}: {}", gap.detail).into()),
            subjects_total: subjects.len(),
            subjects,
            fingerprint: Fingerprint::of([&*rule.id, &account, api, code]),
            ..finding(rule, Verdict::Undecided, None, vec![])
        }
    };
    groups.into_iter().map(of_group).collect()
}

/// The rules that what is open about a bucket breaks, with the place and the property.
pub(super) fn broken_by(datasets: &Datasets<'_>, intent: &Intent) -> Vec<(Box<str>, String, &'static str)> {
    let of_problem = |problem: &Problem<'_>| {
        let (rule, _) = sort(&problem.doubt, intent)?;
        Some((rule.id.clone(), place_ref(&problem.place).name(), problem.doubt.property.as_str()))
    };
    datasets.problems.iter().filter_map(of_problem).collect()
}

fn of_problem(problem: &Problem<'_>, partition: &str, intent: &Intent) -> Option<Finding> {
    let (rule, verdict) = sort(&problem.doubt, intent)?;
    let place = place_ref(&problem.place);
    let tags = problem.place.bucket.tags.known().and_then(|tags| serde_json::to_value(tags).ok());
    let arn = format!("arn:{partition}:s3:::{}", place.bucket);
    let evidence = tags.map(|tags| Evidence::setting("tags", &arn, tags)).into_iter().collect();
    let property = problem.doubt.property.as_str();
    Some(Finding {
        detail: (problem.doubt.cause != Cause::Unclassified).then(|| problem.doubt.to_string().into()),
        fingerprint: Fingerprint::of([&*rule.id, &*place.name(), property]),
        ..finding(rule, verdict, Some(place), evidence)
    })
}

/// The rule that a doubt is about. A class that is missing or contested breaks a rule; what rests on evidence that was not
/// read is undecided.
fn sort<'i>(doubt: &Doubt, intent: &'i Intent) -> Option<(&'i Rule, Verdict)> {
    let (rule, verdict) = match (&doubt.cause, doubt.property) {
        (Cause::Unclassified, _) => (UNCLASSIFIED, Verdict::Violated),
        (Cause::Ambiguous(_) | Cause::UnknownClass(_), _) => (AMBIGUOUS, Verdict::Violated),
        (Cause::Unread { .. }, Property::Class) => (UNCLASSIFIED, Verdict::Undecided),
        (Cause::Unread { .. }, _) => (UNREAD, Verdict::Undecided),
    };
    Some((intent.rule(rule)?, verdict))
}

/// One finding for each account, property and rule: a contested tag is usually on many principals alike.
fn of_principals(estate: &Estate, rules: &Rules, intent: &Intent) -> Vec<Finding> {
    /// The rule, the verdict, the account and the property.
    type Key<'a> = (&'a str, Verdict, AccountId, &'a str);
    /// The principal, and what is doubtful about it.
    type Doubtful = (Box<str>, Box<str>);
    let mut groups: BTreeMap<Key<'_>, Vec<Doubtful>> = BTreeMap::new();
    for principal in estate.principals() {
        for doubt in rules.principal(&principal).doubts {
            let Some((rule, verdict)) = sort(&doubt, intent) else { continue };
            let key = (&*rule.id, verdict, principal.account_id(), doubt.property.as_str());
            groups.entry(key).or_default().push((principal.arn().into(), doubt.to_string().into()));
        }
    }
    let of_group =
        |((rule, verdict, account, property), mut doubts): ((&str, _, AccountId, &str), Vec<_>)| {
            doubts.sort();
            let rule = intent.rule(rule)?;
            let (subjects, details): (Vec<Box<str>>, Vec<Box<str>>) = doubts.into_iter().unzip();
            Some(Finding {
                detail: details.into_iter().next(),
                subjects_total: subjects.len(),
                subjects,
                fingerprint: Fingerprint::of([&*rule.id, &account.to_string(), property]),
                ..finding(rule, verdict, None, vec![])
            })
        };
    groups.into_iter().filter_map(of_group).collect()
}
