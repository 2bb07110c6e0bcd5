//! Which findings of an assessment are wanted.

use super::{Assessment, Finding, Fixable, Severity, Summary};
use crate::iam::Glob;

/// What a finding must be for it to stay in a report. An empty list asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// At least this bad.
    pub min_severity: Option<Severity>,
    /// Of one of these rules.
    pub rules: Vec<Box<str>>,
    /// About data of one of these classes.
    pub classes: Vec<Box<str>>,
    /// About data in a bucket that one of these patterns matches.
    pub buckets: Vec<BucketPattern>,
}

/// A pattern for the names of buckets, in which `*` and `?` are wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketPattern {
    text: Box<str>,
    glob: Glob,
}

impl BucketPattern {
    /// Every text is a pattern.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Self { text: pattern.into(), glob: Glob::new(pattern) }
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Filter {
    /// Whether a finding is wanted. One without a data set is of no class and in no bucket.
    #[must_use]
    pub fn keeps(&self, finding: &Finding) -> bool {
        let dataset = finding.dataset.as_ref();
        let class = dataset.and_then(|dataset| dataset.class.as_ref());
        let bucket = dataset.map(|dataset| &*dataset.bucket);
        self.min_severity.is_none_or(|least| finding.severity >= least)
            && (self.rules.is_empty() || self.rules.contains(&finding.rule))
            && (self.classes.is_empty() || class.is_some_and(|class| self.classes.contains(class)))
            && (self.buckets.is_empty()
                || bucket.is_some_and(|name| self.buckets.iter().any(|pattern| pattern.glob.matches(name))))
    }
}

impl Assessment {
    /// Drops the findings that are not wanted and counts again what is left.
    ///
    /// Gaps stay: what could not be read may bear on anything. So do the numbers of data sets and rules, for all of
    /// them were judged.
    pub fn retain(&mut self, filter: &Filter) {
        let before = self.findings.len();
        self.findings.retain(|finding| filter.keeps(finding));
        let counted = Summary::count(&self.findings, &self.gaps);
        self.summary.violations = counted.violations;
        self.summary.undecided = counted.undecided;
        self.summary.fixes = self.summary.fixes.map(|_| Fixable::count(&self.findings));
        self.summary.hidden += before - self.findings.len();
    }
}
