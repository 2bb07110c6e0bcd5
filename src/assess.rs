//! The line from the facts to the assessment, as code.

use crate::check::{access, coverage, lint, posture};
use crate::classify::Rules;
use crate::estate::Estate;
use crate::finding::{
    Assessment, EstateSummary, FORMAT_VERSION, Finding, Fix, Plan, Safety, Summary, Tool, Verdict,
};
use crate::fix;
use crate::intent::{Intent, IntentError};

/// How many subjects a finding lists unless all are asked for.
const LISTED_SUBJECTS: usize = 1_000;

/// What fixes are made from.
const IN_FULL: Options = Options { all_subjects: true, simulations: false };

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
    let mut summary = Summary::count(&findings, &estate.gaps);
    summary.rules = intent.rules().len();
    summary.pairs = survey.ladder.pairs;
    for set in &datasets.sets {
        *summary.datasets.entry(set.class.clone()).or_default() += 1;
    }
    let assessment = Assessment {
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
    };
    Ok(shortened(assessment, options))
}

/// Judges an estate, and tells of each certain finding that is `wanted` what cures it best; unless there are more of them than `most`,
/// for then that takes a while.
///
/// # Errors
/// As [`audit`].
pub fn audit_with_fixes(
    estate: &Estate,
    rules: &Rules,
    intent: &Intent,
    options: &Options,
    (wanted, most): (impl Fn(&Finding) -> bool, usize),
) -> Result<Assessment, AssessError> {
    let mut assessment = audit(estate, rules, intent, &Options { all_subjects: true, ..*options })?;
    let certain = |finding: &&Finding| finding.verdict == Verdict::Violated && wanted(finding);
    match assessment.findings.iter().filter(certain).count() {
        // Nothing is prepared where there is nothing to cure.
        0 => assessment.add_fixes(&Plan::new(estate.collected_at.clone(), estate.partition.clone())),
        some if some <= most => {
            let plan = plan_for(estate, rules, intent, &assessment.findings, &wanted)?;
            assessment.add_fixes(&plan);
        }
        _ => {}
    }
    Ok(shortened(assessment, options))
}

/// The assessment with as many subjects as are asked for.
fn shortened(mut assessment: Assessment, options: &Options) -> Assessment {
    if !options.all_subjects {
        assessment.list_subjects(LISTED_SUBJECTS);
    }
    assessment
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
    let before = audit(estate, rules, intent, &IN_FULL)?.findings;
    plan_for(estate, rules, intent, &before, wanted)
}

/// A plan for some findings of an audit that lists all subjects.
fn plan_for(
    estate: &Estate,
    rules: &Rules,
    intent: &Intent,
    before: &[Finding],
    wanted: impl Fn(&Finding) -> bool,
) -> Result<Plan, AssessError> {
    fix::at_workbench(estate, rules, intent, |bench| {
        // The estate with the safe fixes of a plan, and what is found in it.
        let mended = |plan: &Plan| -> Result<Option<(Estate, Vec<Finding>)>, AssessError> {
            let Ok(copy) = estate.patched(&plan.edits(Fix::is_safe)) else { return Ok(None) };
            let after = audit(&copy, rules, intent, &IN_FULL)?.findings;
            Ok(Some((copy, after)))
        };
        // What was set back has its proposal, which says what it breaks.
        let of_copy = |plan: &Plan, copy: &Estate, after: &[Finding], accepted| {
            let set_back = plan.set_back_findings();
            let has_one = |finding: &Finding| {
                finding.verdict == Verdict::Violated && set_back.contains(&finding.fingerprint)
            };
            let left = |finding: &Finding| wanted(finding) && !has_one(finding);
            fix::at_workbench(copy, rules, intent, |bench| bench.fixes(after, left, accepted))
        };
        let mut plan = Plan::new(estate.collected_at.clone(), estate.partition.clone());
        let (mut fixes, _) = bench.fixes(before, &wanted, Safety::Safe)?;
        let (mut copy, mut after) = (estate.clone(), before.to_vec());
        for _ in 0..PASSES {
            // A finding may hide another: who breaks a rule as himself is not told to break it as somebody else.
            for _ in 0..PASSES {
                if fixes.is_empty() {
                    break;
                }
                plan.fixes.append(&mut fixes);
                let Some(next) = mended(&plan)? else { break };
                (copy, after) = next;
                (fixes, _) = of_copy(&plan, &copy, &after, Safety::Safe)?;
            }
            // What each does not break, several may: then those go that have to do with it, and others may do.
            let mut is_settled = true;
            loop {
                plan.together = bench.together((before, &after), &plan)?;
                if plan.together.verdict == Safety::Safe || !plan.set_back() {
                    break;
                }
                is_settled = false;
                let Some(next) = mended(&plan)? else { break };
                (copy, after) = next;
            }
            if is_settled {
                break;
            }
            (fixes, _) = of_copy(&plan, &copy, &after, Safety::Safe)?;
        }
        let (breaking, open) = of_copy(&plan, &copy, &after, Safety::Breaks)?;
        plan.fixes.extend(breaking.into_iter().map(Fix::not_safe));
        plan.open = open;
        Ok(plan)
    })
}

/// How often the estate is audited again and what is found then is mended too.
const PASSES: usize = 4;

/// Worst first, what is certain before what is not, then by rule, data set and subjects.
fn order(finding: &Finding) -> impl Ord + '_ {
    let severity = std::cmp::Reverse(finding.severity);
    (severity, &finding.rule, finding.verdict, &finding.dataset, &finding.subjects, finding.fingerprint)
}
