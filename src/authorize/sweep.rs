//! What policies deny to everyone: not one request, but all requests of a kind.

use crate::iam::{Action, Condition, Context, Document, Effect, Element, Pattern, Statement};

/// A set of requests: one action, on all objects of a bucket or on the bucket itself, by anyone, with some keys known and every
/// other key free.
#[derive(Debug, Clone, Copy)]
pub struct Sweep<'a> {
    /// The action.
    pub action: &'a Action,
    /// What it is called on.
    pub target: Target<'a>,
    /// The keys whose values all the requests share.
    pub known: &'a Context,
}

/// What the requests of a [`Sweep`] are made to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// The resource with this ARN.
    One(&'a str),
    /// Every resource whose ARN begins like this and goes on: the objects of a bucket.
    AllAfter(&'a str),
}

impl Sweep<'_> {
    /// Whether a statement of the document denies every one of the requests.
    ///
    /// Sound, not complete: two statements that only together deny everything are not seen, and a condition on a key that is
    /// not known may spare someone.
    #[must_use]
    pub fn is_denied_by(&self, document: &Document) -> bool {
        document.statements.iter().any(|statement| self.is_denied_by_statement(statement))
    }

    fn is_denied_by_statement(&self, statement: &Statement) -> bool {
        statement.effect == Effect::Deny
            && names_everyone(statement)
            && statement.covers_action(self.action)
            && self.covers_target(statement)
            && statement.conditions.iter().all(|condition| self.surely_holds(condition))
    }

    fn covers_target(&self, statement: &Statement) -> bool {
        let covers = |pattern: &Pattern| match (pattern.as_glob(), self.target) {
            (Some(glob), Target::One(arn)) => glob.matches(arn),
            (Some(glob), Target::AllAfter(prefix)) => glob.covers_all_after(prefix),
            (None, _) => false,
        };
        match &statement.resource {
            None => true,
            Some(Element::Is(patterns)) => patterns.iter().any(covers),
            Some(Element::IsNot(_)) => false,
        }
    }

    /// Whether a condition holds whatever the free keys are.
    fn surely_holds(&self, condition: &Condition) -> bool {
        let free = condition.operands.iter().any(|operand| operand.variables().next().is_some());
        self.known.value(&condition.key).is_some() && !free && condition.holds(self.known)
    }
}

/// Whether a statement speaks of every caller: by `"Principal": "*"`, or by having none, as service control policies do.
fn names_everyone(statement: &Statement) -> bool {
    match &statement.principal {
        None => true,
        Some(Element::Is(principals)) => principals.include_anyone(),
        Some(Element::IsNot(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(statement: &str) -> bool {
        let document = Document::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#));
        let mut known = Context::new();
        known.set_one("aws:SecureTransport", "false");
        let action = Action::parse("s3:GetObject").expect("an action");
        let sweep = Sweep { action: &action, target: Target::AllAfter("arn:aws:s3:::b/"), known: &known };
        sweep.is_denied_by(&document.expect("a document"))
    }

    #[test]
    fn a_deny_of_plain_http_covers_all_objects() {
        for (statement, expected) in [
            (
                r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#,
                true,
            ),
            (
                r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/x/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#,
                false,
            ),
            (
                r#"{"Effect": "Deny", "Principal": {"AWS": "111111111111"}, "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#,
                false,
            ),
            (
                r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}"#,
                false,
            ),
            (r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:Put*", "Resource": "*"}"#, false),
            (
                r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalArn": "x"}}}"#,
                false,
            ),
            (r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#, false),
        ] {
            assert_eq!(denied(statement), expected, "{statement}");
        }
    }
}
