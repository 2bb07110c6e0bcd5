//! The line from the facts to the assessment, as code.

use crate::check::{access, coverage, lint, posture};
use crate::classify::Rules;
use crate::estate::Estate;
use crate::finding::{
    Assessment, EstateSummary, FORMAT_VERSION, Finding, Fix, PLAN_VERSION, Plan, Proof, Safety, Summary, Tool,
};
use crate::fix;
use crate::intent::{Intent, IntentError};

/// How many subjects a finding lists unless all are asked for.
const LISTED_SUBJECTS: usize = 1_000;

/// What an audit is asked to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// List every subject of every finding.
    pub all_subjects: bool,
    /// Give every witness with all policies that bear on it.
    pub simulations: bool,
}

/// Why an audit failed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error(transparent)]
#[diagnostic(transparent)]
pub struct AssessError(#[from] IntentError);

/// Judges an estate by its owners' intent.
///
/// The same evidence gives the same assessment: findings are in order of severity, rule, data set and subjects.
///
/// # Errors
/// A policy fails in evaluation.
pub fn audit(
    estate: &Estate,
    rules: &Rules,
    intent: &Intent,
    options: &Options,
) -> Result<Assessment, AssessError> {
    let datasets = rules.datasets(estate);
    let mut findings = posture::findings(estate, rules, &datasets.sets, intent)?;
    let survey = access::survey(estate, rules, &datasets.sets, intent, options.simulations)?;
    findings.extend(survey.findings);
    findings.extend(lint::findings(estate, intent));
    findings.extend(coverage::findings(estate, rules, &datasets, intent));
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    if !options.all_subjects {
        findings.iter_mut().for_each(|finding| finding.subjects.truncate(LISTED_SUBJECTS));
    }
    let mut summary = Summary::count(&findings, &estate.gaps);
    summary.rules = intent.rules().len();
    summary.pairs = survey.ladder.pairs;
    for set in &datasets.sets {
        *summary.datasets.entry(set.class.clone()).or_default() += 1;
    }
    Ok(Assessment {
        version: FORMAT_VERSION,
        tool: Tool { name: "palisade".into(), version: env!("CARGO_PKG_VERSION").into() },
        estate: EstateSummary {
            accounts: estate.accounts().len(),
            buckets: estate.buckets().count(),
            principals: estate.principals().count(),
            collected_at: estate.collected_at.clone(),
        },
        summary,
        findings,
        gaps: estate.gaps.clone(),
    })
}

/// What every finding that is `wanted` can be cured by, proved fix by fix on copies of the estate, and then all together by another
/// audit of the whole.
///
/// # Errors
/// As [`audit`].
pub fn plan(
    estate: &Estate,
    rules: &Rules,
    intent: &Intent,
    wanted: impl Fn(&Finding) -> bool,
) -> Result<Plan, AssessError> {
    let options = Options { all_subjects: true, simulations: false };
    let before = audit(estate, rules, intent, &options)?.findings;
    let (fixes, open) = fix::fixes(estate, rules, intent, &before, wanted)?;
    let mut plan = Plan {
        version: PLAN_VERSION,
        collected_at: estate.collected_at.clone(),
        partition: estate.partition.clone(),
        fixes,
        open,
        together: Proof::default(),
    };
    // What each does not break, several may: then those go that have to do with it.
    loop {
        let edits = plan.edits(is_safe);
        let Ok(copy) = estate.patched(&edits) else { break };
        let after = audit(&copy, rules, intent, &options)?.findings;
        plan.together = fix::together(estate, rules, intent, (&before, &after), &edits)?;
        if plan.together.verdict == Safety::Safe || !set_back(&mut plan) {
            break;
        }
    }
    Ok(plan)
}

fn is_safe(fix: &Fix) -> bool {
    fix.proof.verdict == Safety::Safe
}

/// Calls the last safe fix that has to do with what all together break no longer safe; false if there is none.
fn set_back(plan: &mut Plan) -> bool {
    let Plan { fixes, together, .. } = plan;
    let concerns = |fix: &Fix| {
        let subjects = together.lost.iter().flat_map(|loss| &loss.subjects);
        let subjects = subjects.chain(together.new.iter().flat_map(|worse| &worse.subjects));
        let data = together.lost.iter().map(|loss| &loss.dataset);
        let data = data.chain(together.new.iter().map(|worse| &worse.dataset));
        let places: Vec<String> = fix.edits.iter().map(|edit| edit.target.describe()).collect();
        let mut names = subjects.chain(data).filter(|name| !name.is_empty());
        names.any(|name| {
            places.iter().any(|place| place.contains(name.split(['/', '#']).next().unwrap_or(name)))
        })
    };
    let Some(last) = fixes.iter_mut().rev().find(|fix| is_safe(fix) && concerns(fix)) else { return false };
    last.proof.verdict = Safety::Breaks;
    last.proof.lost.extend(together.lost.iter().cloned());
    last.proof.new.extend(together.new.iter().cloned());
    true
}

/// Worst first, what is certain before what is not, then by rule, data set and subjects.
fn order(finding: &Finding) -> impl Ord + '_ {
    let severity = std::cmp::Reverse(finding.severity);
    (severity, &finding.rule, finding.verdict, &finding.dataset, &finding.subjects, finding.fingerprint)
}
