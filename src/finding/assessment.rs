//! The whole of an audit.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Finding, Fingerprint, Fix, FixRef, Plan, Safety, Severity, Verdict};
use crate::estate::Gap;

/// The version of the report's JSON format.
pub const FORMAT_VERSION: u32 = 1;

/// Everything that an audit found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessment {
    /// [`FORMAT_VERSION`].
    pub version: u32,
    /// What made it.
    pub tool: Tool,
    /// What was audited.
    pub estate: EstateSummary,
    /// The figures.
    pub summary: Summary,
    /// The findings: worst first, then by rule, data set and subject.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// The program that made an assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// `palisade`.
    pub name: Box<str>,
    /// Its version.
    pub version: Box<str>,
}

/// What was audited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EstateSummary {
    /// How many accounts were read.
    pub accounts: usize,
    /// How many buckets.
    pub buckets: usize,
    /// How many users and roles.
    pub principals: usize,
    /// When the evidence was collected, in RFC 3339.
    pub collected_at: Box<str>,
}

/// The figures of an assessment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many findings are certain, by severity; every severity is listed.
    pub violations: BTreeMap<Severity, usize>,
    /// How many findings could not be decided.
    pub undecided: usize,
    /// How many findings a filter has left out, whatever their verdict; the counts above are without them.
    pub hidden: usize,
    /// How many pieces of evidence are missing.
    pub gaps: usize,
    /// How many of the certain findings can be cured; none where nobody has looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixes: Option<Fixable>,
    /// How many data sets were judged, by class.
    pub datasets: BTreeMap<Box<str>, usize>,
    /// How many rules were applied.
    pub rules: usize,
    /// For how many pairs of somebody who may ask, or of several alike, and a data set on one way to it all requests were decided.
    pub pairs: usize,
}

/// How many findings can be cured, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Fixable {
    /// By a fix that is proved safe.
    pub safe: usize,
    /// By one that breaks something.
    pub breaks: usize,
    /// By none that is known.
    pub none: usize,
}

impl Fixable {
    /// Counts the certain findings.
    #[must_use]
    pub fn count(findings: &[Finding]) -> Self {
        let mut counted = Self::default();
        for finding in findings.iter().filter(|finding| finding.verdict == Verdict::Violated) {
            match finding.fix.as_ref().map(|fix| fix.verdict) {
                Some(Safety::Safe) => counted.safe += 1,
                Some(Safety::Breaks) => counted.breaks += 1,
                None => counted.none += 1,
            }
        }
        counted
    }
}

impl Summary {
    /// Counts the findings and gaps; data sets and rules are the caller's to fill in.
    #[must_use]
    pub fn count(findings: &[Finding], gaps: &[Gap]) -> Self {
        let mut violations: BTreeMap<Severity, usize> = Severity::ALL.into_iter().map(|s| (s, 0)).collect();
        let (certain, undecided): (Vec<_>, Vec<_>) =
            findings.iter().partition(|finding| finding.verdict == Verdict::Violated);
        for finding in &certain {
            *violations.entry(finding.severity).or_default() += 1;
        }
        Self { violations, undecided: undecided.len(), gaps: gaps.len(), ..Self::default() }
    }
}

/// The figures of one data class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassSummary<'a> {
    /// The class; none for findings that are about no data set, or about one without a class.
    pub class: Option<&'a str>,
    /// How many data sets of it were judged.
    pub datasets: usize,
    /// How many findings are certain, by severity; a severity that none has is not listed.
    pub violations: BTreeMap<Severity, usize>,
    /// How many findings could not be decided.
    pub undecided: usize,
}

impl Assessment {
    /// Tells of each certain finding which fix of a plan cures it: a safe one before one that breaks something.
    pub fn add_fixes(&mut self, plan: &Plan) {
        let mut best: BTreeMap<Fingerprint, &Fix> = BTreeMap::new();
        for fix in &plan.fixes {
            for cure in &fix.proof.cures {
                let known = best.entry(cure.finding).or_insert(fix);
                if fix.is_safe() && !known.is_safe() {
                    *known = fix;
                }
            }
        }
        for finding in self.findings.iter_mut().filter(|finding| finding.verdict == Verdict::Violated) {
            finding.fix = best.get(&finding.fingerprint).map(|fix| FixRef::to(fix));
        }
        self.summary.fixes = Some(Fixable::count(&self.findings));
    }

    /// Lists no more than this many subjects of each finding.
    pub fn list_subjects(&mut self, most: usize) {
        self.findings.iter_mut().for_each(|finding| finding.subjects.truncate(most));
    }

    /// The figures by class: every class that was judged, by name, and last what belongs to none.
    #[must_use]
    pub fn by_class(&self) -> Vec<ClassSummary<'_>> {
        let mut classes: BTreeMap<(bool, Option<&str>), ClassSummary<'_>> = BTreeMap::new();
        for (class, &datasets) in &self.summary.datasets {
            let class = Some(&**class);
            classes.insert((false, class), ClassSummary { class, datasets, ..ClassSummary::default() });
        }
        for finding in &self.findings {
            let class = finding.dataset.as_ref().and_then(|dataset| dataset.class.as_deref());
            let entry = classes.entry((class.is_none(), class)).or_default();
            entry.class = class;
            match finding.verdict {
                Verdict::Violated => *entry.violations.entry(finding.severity).or_default() += 1,
                Verdict::Undecided => entry.undecided += 1,
            }
        }
        classes.into_values().collect()
    }
}
