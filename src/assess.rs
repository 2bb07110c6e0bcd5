//! STAND-IN, TO BE DROPPED AT MERGE: the faces of the rooms that the command line calls (`assess`, `source`, `classify`,
//! `intent`), with nothing behind them. `lib.rs` re-exports the inner modules; that line goes with this file.

use crate::estate::Estate;
use crate::finding::{
    Assessment, EstateSummary, Evidence, FORMAT_VERSION, Finding, Fingerprint, Rule, RuleKind, Severity,
    Summary, Tool, Verdict,
};

/// What an audit is asked for beyond the estate and the rules.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether findings list every subject.
    pub all_subjects: bool,
}

/// Why there is no assessment.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the estate could not be judged")]
pub struct AssessError;

/// Judges: as a stand-in, one finding of each rule.
///
/// # Errors
/// Never.
pub fn audit(
    estate: &Estate,
    _rules: &classify::Rules,
    intent: &intent::Intent,
    _options: &Options,
) -> Result<Assessment, AssessError> {
    let findings: Vec<_> = intent.rules().iter().map(finding).collect();
    Ok(Assessment {
        version: FORMAT_VERSION,
        tool: Tool { name: "palisade".into(), version: env!("CARGO_PKG_VERSION").into() },
        estate: EstateSummary {
            accounts: 0,
            buckets: 0,
            principals: 0,
            collected_at: estate.collected_at.clone(),
        },
        summary: Summary { rules: intent.rules().len(), ..Summary::count(&findings, &estate.gaps) },
        findings,
        gaps: estate.gaps.clone(),
    })
}

fn finding(rule: &Rule) -> Finding {
    Finding {
        rule: rule.id.clone(),
        severity: rule.severity,
        title: rule.title.clone(),
        verdict: if rule.kind == RuleKind::Coverage { Verdict::Undecided } else { Verdict::Violated },
        detail: None,
        dataset: crate::estate::AccountId::parse("333333333333").map(|account| crate::finding::DatasetRef {
            bucket: "acme-models-prod".into(),
            prefix: "".into(),
            account,
            class: rule.class.clone(),
            team: None,
            env: None,
        }),
        subjects: vec![],
        subjects_total: 0,
        actions: vec![],
        keys: vec![],
        conditions: vec![],
        via: vec![],
        witness: None,
        evidence: vec![Evidence::setting("versioning", "", serde_json::json!({"Status": "Suspended"}))],
        remedy: rule.remedy.clone(),
        controls: rule.controls.clone(),
        fingerprint: Fingerprint::of([&*rule.id]),
    }
}

#[allow(missing_docs, clippy::missing_errors_doc, reason = "a stand-in")]
pub mod source {
    pub mod snapshot {
        use crate::estate::Estate;
        use std::path::Path;

        pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

        #[derive(Debug, thiserror::Error, miette::Diagnostic)]
        #[error("{0} is no snapshot: it has neither estate.json nor estate.json.zst")]
        #[diagnostic(help("name the directory of a snapshot"))]
        pub struct SnapshotError(String);

        pub fn read(directory: &Path, progress: Progress<'_>) -> Result<Estate, SnapshotError> {
            progress(1, 1);
            if directory.join("estate.json").is_file() {
                Ok(Estate::default())
            } else {
                Err(SnapshotError(directory.display().to_string()))
            }
        }
    }

    pub mod demo {
        use super::snapshot::SnapshotError;
        use crate::estate::Estate;

        #[allow(clippy::field_reassign_with_default, reason = "private fields")]
        pub fn estate() -> Result<Estate, SnapshotError> {
            let mut estate = Estate::default();
            estate.collected_at = "2026-11-22T10:00:00Z".into();
            Ok(estate)
        }
    }
}

#[allow(missing_docs, clippy::missing_errors_doc, reason = "a stand-in")]
pub mod classify {
    #[derive(Debug)]
    pub struct Rules;

    #[derive(Debug, thiserror::Error, miette::Diagnostic)]
    #[error("{0}: no TOML")]
    pub struct ClassifyError(String);

    impl Rules {
        #[must_use]
        pub fn bundled() -> Self {
            Self
        }

        pub fn parse(text: &str, name: &str) -> Result<Self, ClassifyError> {
            if text.contains('=') { Ok(Self) } else { Err(ClassifyError(name.to_owned())) }
        }

        #[must_use]
        pub fn classes(&self) -> &[Box<str>] {
            static CLASSES: std::sync::LazyLock<[Box<str>; 5]> = std::sync::LazyLock::new(|| {
                ["team", "features", "datasets", "pipeline", "models"].map(Box::from)
            });
            &*CLASSES
        }
    }
}

#[allow(missing_docs, clippy::missing_errors_doc, reason = "a stand-in")]
pub mod intent {
    use super::{Rule, RuleKind, Severity};

    #[derive(Debug)]
    pub struct PolicyFile {
        pub name: Box<str>,
        pub text: Box<str>,
    }

    #[derive(Debug)]
    pub struct Intent(Vec<Rule>);

    #[derive(Debug, thiserror::Error, miette::Diagnostic)]
    #[error("there is no schema")]
    #[diagnostic(help("put palisade's schema.cedarschema beside the policies"))]
    pub struct IntentError;

    impl Intent {
        pub fn bundled() -> Result<Self, IntentError> {
            let rule = |id: &str, severity, kind, class: Option<&str>| Rule {
                id: id.into(),
                severity,
                title: "model store keeps no versions".into(),
                why: "A model that is overwritten cannot be traced.".into(),
                remedy: "Enable versioning.".into(),
                kind,
                class: class.map(Into::into),
                controls: crate::finding::Controls::default(),
            };
            Ok(Self(vec![
                rule("bucket-unclassified", Severity::Medium, RuleKind::Coverage, None),
                rule("datasets-not-versioned", Severity::Medium, RuleKind::Posture, Some("datasets")),
                rule("models-not-versioned", Severity::High, RuleKind::Posture, Some("models")),
                rule("public-access", Severity::Critical, RuleKind::Access, None),
            ]))
        }

        pub fn load(files: &[PolicyFile]) -> Result<Self, IntentError> {
            if files.iter().any(|file| file.name.ends_with(".cedarschema")) {
                Self::bundled()
            } else {
                Err(IntentError)
            }
        }

        #[must_use]
        pub fn rules(&self) -> &[Rule] {
            &self.0
        }

        #[must_use]
        pub fn rule(&self, id: &str) -> Option<&Rule> {
            self.0.iter().find(|rule| *rule.id == *id)
        }

        #[must_use]
        pub fn page(&self, rule: &str) -> Option<&str> {
            (rule == "models-not-versioned")
                .then_some("## models-not-versioned\n\nVersions are the memory of a model store.")
        }
    }
}
