//! How a run ends, as the shell sees it.

use std::process::ExitCode;

use palisade::finding::{Assessment, Severity};

use crate::args::FailOn;

/// An exit code. The numbers are part of the interface; `--help` prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Clean = 0,
    /// A violation that is bad enough, or a simulation that did not end as expected.
    Violations = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Nothing bad was found, but not everything could be judged.
    Incomplete = 3,
    /// palisade could not do its work.
    Tool = 4,
}

impl Exit {
    /// A violation at or above the threshold comes first; after it, what could not be read or decided is never a pass.
    pub(crate) fn of(assessment: &Assessment, fail_on: FailOn) -> Self {
        let summary = &assessment.summary;
        let counts = |severity: &Severity| summary.violations.get(severity).is_some_and(|&number| number > 0);
        if Severity::ALL.iter().filter(|severity| fail_on.covers(**severity)).any(counts) {
            Self::Violations
        } else if summary.undecided > 0 || summary.gaps > 0 {
            Self::Incomplete
        } else {
            Self::Clean
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use palisade::finding::{EstateSummary, FORMAT_VERSION, Summary, Tool};

    use super::*;

    fn assessment(high: usize, undecided: usize, gaps: usize) -> Assessment {
        let mut summary = Summary::count(&[], &[]);
        summary.violations.insert(Severity::High, high);
        Assessment {
            version: FORMAT_VERSION,
            tool: Tool { name: "palisade".into(), version: "0".into() },
            estate: EstateSummary { accounts: 0, buckets: 0, principals: 0, collected_at: "".into() },
            summary: Summary { undecided, gaps, ..summary },
            findings: vec![],
            gaps: vec![],
        }
    }

    #[test]
    fn a_violation_outweighs_what_is_missing() {
        let fail_on = FailOn(Some(Severity::High));
        assert_eq!(Exit::of(&assessment(1, 1, 1), fail_on), Exit::Violations);
        assert_eq!(Exit::of(&assessment(0, 1, 0), fail_on), Exit::Incomplete);
        assert_eq!(Exit::of(&assessment(0, 0, 1), fail_on), Exit::Incomplete);
        assert_eq!(Exit::of(&assessment(0, 0, 0), fail_on), Exit::Clean);
    }

    #[test]
    fn only_violations_from_the_threshold_up_count() {
        assert_eq!(Exit::of(&assessment(1, 0, 0), FailOn(Some(Severity::Critical))), Exit::Clean);
        assert_eq!(Exit::of(&assessment(1, 0, 0), FailOn(Some(Severity::Low))), Exit::Violations);
        assert_eq!(Exit::of(&assessment(1, 0, 0), FailOn(None)), Exit::Clean);
        assert_eq!(Exit::of(&assessment(1, 0, 1), FailOn(None)), Exit::Incomplete);
    }
}
