//! What can be wrong with a set of rules.

use std::fmt;

use crate::iam::{Position, position_at};

/// Why rules could not be loaded, or could not judge.
///
/// A forbid that Cedar cannot evaluate is skipped, so it would let everything pass: every such error ends the run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum IntentError {
    /// A schema, a policy or a table could not be parsed.
    #[error("{place}: {message}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the parser says.
        message: String,
        /// What it suggests.
        #[help]
        help: Option<String>,
    },
    /// There are policies, but no schema to hold them against.
    #[error("there is no schema")]
    #[diagnostic(help(
        "put palisade's schema.cedarschema beside the policies, and extend it there if you need to"
    ))]
    NoSchema,
    /// The schema demands attributes that palisade does not supply, or in another type.
    #[error("the schema does not describe what palisade knows: {message}")]
    #[diagnostic(help(
        "actions and tags may be added to schema.cedarschema; attributes that palisade fills in must stay as they are"
    ))]
    Schema {
        /// What differs.
        message: String,
    },
    /// A policy does not pass Cedar's strict validation.
    #[error("{place}: policy {id:?}: {message}")]
    Invalid {
        /// Where.
        place: Place,
        /// The policy's id.
        id: Box<str>,
        /// What the validator says.
        message: String,
        /// What it suggests.
        #[help]
        help: Option<String>,
    },
    /// A policy is a template.
    #[error("{place}: this policy has a slot, so it is a template")]
    #[diagnostic(help("name the principal or resource; nothing links templates here"))]
    Template {
        /// Where.
        place: Place,
    },
    /// A policy lacks an annotation, or has an empty one.
    #[error("{place}: this {effect} has no @{annotation}")]
    #[diagnostic(help(
        "every permit has @id and @title; every forbid also @severity, @why and @remedy: they are its report"
    ))]
    Annotation {
        /// Where.
        place: Place,
        /// `permit` or `forbid`.
        effect: &'static str,
        /// The annotation without the `@`.
        annotation: &'static str,
    },
    /// An id that is not written as ids are.
    #[error("{place}: {id:?} is no id")]
    #[diagnostic(help("write it in kebab case, with letters, digits and single hyphens"))]
    Id {
        /// Where.
        place: Place,
        /// What stands there.
        id: Box<str>,
    },
    /// Two policies have one id.
    #[error("{place}: the id {id:?} is taken: {taken}")]
    #[diagnostic(help("findings, waivers and baselines name rules by id: give each policy its own"))]
    Duplicate {
        /// Where the second one is.
        place: Place,
        /// The id.
        id: Box<str>,
        /// Where the first one is.
        taken: Place,
    },
    /// A severity that does not exist.
    #[error("{place}: {text:?} is no severity")]
    #[diagnostic(help("expected critical, high, medium or low"))]
    Severity {
        /// Where.
        place: Place,
        /// What stands there.
        text: Box<str>,
    },
    /// A policy that speaks of configuration and of requests at once.
    #[error("{place}: policy {id:?} speaks of configuration and of requests at once")]
    #[diagnostic(help(
        "write `action == Action::\"posture\"` in the one and the actions of S3 in the other"
    ))]
    Mixed {
        /// Where.
        place: Place,
        /// The policy's id.
        id: Box<str>,
    },
    /// A policy asks of the circumstances what no condition of AWS's can express, so that not all requests can be told apart by it.
    #[error("{place}: policy {id:?} asks for {what}")]
    #[diagnostic(help(
        "hold each attribute of the context by itself against literals: with has, ==, like, isInRange, contains, < and >"
    ))]
    Circumstances {
        /// Where.
        place: Place,
        /// The policy's id.
        id: Box<str>,
        /// What it asks for.
        what: String,
    },
    /// A table of standards names a rule that does not exist.
    #[error("{place}: there is no rule {id:?}")]
    #[diagnostic(help("tables are named after the @id of a forbid"))]
    UnknownRule {
        /// Where.
        place: Place,
        /// The id.
        id: Box<str>,
    },
    /// An action that the schema does not have.
    #[error("the schema has no action {0:?}")]
    #[diagnostic(help("declare it in schema.cedarschema, in the group that it belongs to"))]
    UnknownAction(Box<str>),
    /// A policy could not be evaluated though everything it reads is known.
    #[error("policy {id:?} could not be evaluated: {message}")]
    #[diagnostic(help("a forbid that cannot be evaluated would let everything pass, so the run ends here"))]
    Evaluation {
        /// The policy's id.
        id: Box<str>,
        /// What Cedar says.
        message: String,
    },
    /// A request or an entity could not be built from the facts.
    #[error("the facts do not fit the schema: {message}")]
    Facts {
        /// What Cedar says.
        message: String,
    },
}

/// A place in a file of rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: Box<str>,
    /// The line and column.
    pub position: Position,
}

impl Place {
    /// The place of a byte offset in a file's text.
    pub(super) fn at(file: &str, text: &str, offset: usize) -> Self {
        Self { file: file.into(), position: position_at(text, offset) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.position.line, self.position.column)
    }
}

/// The byte offset of a diagnostic's first label.
pub(super) fn offset_of(diagnostic: &dyn miette::Diagnostic) -> usize {
    diagnostic.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset())
}

/// What a diagnostic suggests.
pub(super) fn help_of(diagnostic: &dyn miette::Diagnostic) -> Option<String> {
    diagnostic.help().map(|help| help.to_string())
}
