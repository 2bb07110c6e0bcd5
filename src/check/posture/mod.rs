//! How buckets and principals are configured, against the posture rules.

mod evidence;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::check::facts::{Ground, bucket, principal};
use crate::check::{dataset_ref, finding};
use crate::classify::{DataSet, Rules};
use crate::estate::{AccountId, Estate, Principal};
use crate::finding::{Evidence, Finding, Fingerprint, Rule, Verdict};
use crate::intent::{Intent, IntentError, Judgement, PostureVerdict};

/// What the posture rules find in data sets and principals.
///
/// # Errors
/// A policy fails in evaluation, which is an error of the policy and never a pass.
pub fn findings(
    estate: &Estate,
    rules: &Rules,
    sets: &[DataSet<'_>],
    intent: &Intent,
) -> Result<Vec<Finding>, IntentError> {
    let ground = Ground::new(estate);
    let of_sets: Vec<Vec<Finding>> =
        sets.par_iter().map(|set| judge_set(&ground, rules, set, intent)).collect::<Result<_, _>>()?;
    let mut findings: Vec<Finding> = of_sets.into_iter().flatten().collect();
    findings.extend(judge_principals(&ground, rules, intent)?);
    Ok(findings)
}

/// What the posture rules find in one data set.
pub(super) fn judge_set(
    ground: &Ground<'_>,
    rules: &Rules,
    set: &DataSet<'_>,
    intent: &Intent,
) -> Result<Vec<Finding>, IntentError> {
    let facts = bucket::facts(ground, rules, set);
    let verdicts = intent.judge_dataset(&facts)?;
    Ok(verdicts
        .into_iter()
        .map(|PostureVerdict { rule, judgement }| {
            let evidence = evidence::of_bucket(ground, set, |attribute| intent.reads(&rule.id, attribute));
            let (verdict, detail) = match judgement {
                Judgement::Violated => (Verdict::Violated, None),
                Judgement::Undecided { unread } => {
                    (Verdict::Undecided, Some(bucket::why_unread(&facts, &unread)))
                }
            };
            Finding { detail, ..finding(rule, verdict, Some(dataset_ref(set)), evidence) }
        })
        .collect())
}

/// The principals against which one rule decides in one account, and what shows it.
#[derive(Default)]
struct Group {
    subjects: Vec<Box<str>>,
    evidence: Vec<Evidence>,
    detail: Option<Box<str>>,
}

/// How many principals' evidence a finding quotes; the others are like them.
const QUOTED: usize = 3;

/// One finding for each rule and account: principals of an account that break one rule are usually of one making.
fn judge_principals(
    ground: &Ground<'_>,
    rules: &Rules,
    intent: &Intent,
) -> Result<Vec<Finding>, IntentError> {
    let accounts: Vec<_> = ground.estate.accounts().collect();
    let found: Vec<Vec<Finding>> = accounts
        .par_iter()
        .map(|account| {
            let mut groups: BTreeMap<(Box<str>, Verdict), Group> = BTreeMap::new();
            for principal in account.principals() {
                judge_principal(ground, rules, &principal, intent, &mut groups)?;
            }
            let found = groups.into_iter().filter_map(|((rule, verdict), group)| {
                Some(of_group(intent.rule(&rule)?, account.account_id, verdict, group))
            });
            Ok(found.collect())
        })
        .collect::<Result<_, IntentError>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The rules that a principal breaks, or may break.
pub(super) fn broken_by(
    ground: &Ground<'_>,
    rules: &Rules,
    principal: &Principal<'_>,
    intent: &Intent,
) -> Result<Vec<Box<str>>, IntentError> {
    let (facts, _) = principal::facts(ground, &rules.principal(principal), principal);
    Ok(intent.judge_principal(&facts)?.into_iter().map(|verdict| verdict.rule.id.clone()).collect())
}

fn judge_principal(
    ground: &Ground<'_>,
    rules: &Rules,
    principal: &Principal<'_>,
    intent: &Intent,
    groups: &mut BTreeMap<(Box<str>, Verdict), Group>,
) -> Result<(), IntentError> {
    let (facts, outsiders) = principal::facts(ground, &rules.principal(principal), principal);
    for PostureVerdict { rule, judgement } in intent.judge_principal(&facts)? {
        let verdict = match &judgement {
            Judgement::Violated => Verdict::Violated,
            Judgement::Undecided { .. } => Verdict::Undecided,
        };
        let group = groups.entry((rule.id.clone(), verdict)).or_default();
        group.subjects.push(principal.arn().into());
        if let Judgement::Undecided { unread } = judgement {
            group.detail.get_or_insert_with(|| principal::why_unread(&facts, &unread));
        }
        if group.subjects.len() <= QUOTED {
            let reads = |attribute: &str| intent.reads(&rule.id, attribute);
            group.evidence.extend(evidence::of_principal(principal, &outsiders, reads));
        }
    }
    Ok(())
}

fn of_group(rule: &Rule, account: AccountId, verdict: Verdict, mut group: Group) -> Finding {
    group.subjects.sort();
    Finding {
        detail: group.detail,
        subjects_total: group.subjects.len(),
        subjects: group.subjects,
        fingerprint: Fingerprint::of([&*rule.id, &account.to_string()]),
        ..finding(rule, verdict, None, group.evidence)
    }
}
