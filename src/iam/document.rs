//! Policy documents, and the JSON that they come from and go back to.

use std::str::FromStr;

use serde_json::Value;

use super::location::PolicyError;
use super::statement::Statement;
use super::{parse, print};

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The version of the policy language.
    pub version: Version,
    /// The document's own name.
    pub id: Option<Box<str>>,
    /// The statements that could be read, in order.
    pub statements: Vec<Statement>,
    /// Why the other statements could not be read. AWS accepts no such statement, so each is a gap: it may allow or deny
    /// anything.
    pub faults: Vec<PolicyError>,
    /// Whether `Statement` is one object and not a list.
    pub(super) single: bool,
}

/// The version of the policy language; a document without one has the older.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `2008-10-17`: no policy variables.
    #[default]
    V2008,
    /// `2012-10-17`.
    V2012,
}

impl Document {
    /// Reads a document from its JSON text.
    ///
    /// A statement that cannot be understood becomes one of the [`Document::faults`]; the others are kept.
    ///
    /// # Errors
    /// The text is not JSON, or is no policy at all: not an object, an unknown version, no `Statement`.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        parse::document(text)
    }

    /// The document of a text that is no policy: no statement, and the reason as its one fault.
    #[must_use]
    pub fn unreadable(error: PolicyError) -> Self {
        Self { version: Version::default(), id: None, statements: vec![], faults: vec![error], single: false }
    }

    /// The document as JSON in AWS's usual order of members; a list of one stands as its only item.
    #[must_use]
    pub fn to_json(&self) -> Value {
        print::document(self)
    }
}

impl FromStr for Document {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text)
    }
}

impl Version {
    /// The version as a policy writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"{"Version": "2012-10-17", "Id": "x", "Statement": [
        {"Sid": "A", "Effect": "Allow", "Principal": {"AWS": ["111111111111", "*"], "Service": "glue.amazonaws.com"},
         "Action": ["s3:Get*", "s3:List*"], "Resource": "arn:aws:s3:::b/${aws:username}/*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["a", "b"]}, "Bool": {"aws:SecureTransport": true}}},
        {"Effect": "Deny", "NotPrincipal": "*", "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::b"]}]}"#;

    #[test]
    fn parsing_what_was_printed_gives_the_same_policy() {
        let document = Document::parse(EXAMPLE).expect("a good document");
        assert_eq!(document.faults, []);
        let printed = document.to_json().to_string();
        assert_eq!(Document::parse(&printed).expect("a good document"), document);
    }

    #[test]
    fn one_bad_statement_leaves_the_others() {
        let text = "{\"Version\": \"2012-10-17\",\n \"Statement\": [\n  {\"Effect\": \"Alow\", \"Action\": \"*\"},\n  \
            {\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}]}";
        let document = Document::parse(text).expect("a document");
        assert_eq!(document.statements.len(), 1);
        let faults: Vec<String> = document.faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            ["$.Statement[0].Effect (line 3, column 14): found \"Alow\"; expected \"Allow\" or \"Deny\""]
        );
    }

    #[test]
    fn faults_name_their_place() {
        for (statement, expected) in [
            (r#"{"Effect": "Allow", "Action": "Get"}"#, "$.Statement.Action"),
            (r#"{"Effect": "Allow", "Action": ["s3:*", 1]}"#, "$.Statement.Action[1]"),
            (r#"{"Effect": "Allow", "Action": "*", "NotAction": "*"}"#, "$.Statement.NotAction"),
            (
                r#"{"Effect": "Allow", "Action": "*", "Condition": {"StringEqual": {}}}"#,
                "$.Statement.Condition.StringEqual",
            ),
            (
                r#"{"Effect": "Allow", "Action": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "x"]}}}"#,
                "$.Statement.Condition.IpAddress[\"aws:SourceIp\"][1]",
            ),
            (
                r#"{"Effect": "Allow", "Action": "*", "Principal": {"AWS": "bob"}}"#,
                "$.Statement.Principal.AWS",
            ),
            (r#"{"Effect": "Allow", "Action": "*", "Conditions": {}}"#, "$.Statement.Conditions"),
        ] {
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
            let document = Document::parse(&text).expect("a document");
            assert_eq!(document.faults.len(), 1, "{statement}");
            assert_eq!(
                document.faults.first().map(|fault| fault.path.to_string()).as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn what_is_no_policy_is_an_error() {
        for text in [
            "",
            "[]",
            "{",
            "{\"Version\": \"2020\", \"Statement\": []}",
            "{\"Statement\": [], \"Statement\": []}",
        ] {
            assert!(Document::parse(text).is_err(), "{text}");
        }
    }
}
