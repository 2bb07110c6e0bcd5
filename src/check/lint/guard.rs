//! Guards that rest on what the caller says of himself.

use super::{Oddity, oddity};
use crate::iam::{Effect, Statement};

const RULE: &str = "guard-on-callers-word";

/// "Because the aws:UserAgent value is provided by the caller in an HTTP header, unauthorized parties can use modified or custom browsers
/// to provide any aws:UserAgent value that they choose. As a result, aws:UserAgent should not be used to prevent unauthorized parties
/// from making direct AWS requests." The same is said of aws:Referer. (IAM User Guide, reference_policies_condition-keys)
const OF_CALLER: &[&str] = &["aws:useragent", "aws:referer"];

pub(super) fn odd(statement: &Statement) -> Option<Oddity> {
    let is_callers = |key: &str| OF_CALLER.contains(&&*key.to_ascii_lowercase());
    let rests = !statement.conditions.is_empty() && statement.conditions.iter().all(|c| is_callers(&c.key));
    let keys: Vec<&str> = statement.conditions.iter().map(|condition| &*condition.key).collect();
    (statement.effect == Effect::Deny && rests)
        .then(|| oddity(RULE, statement, format!("the caller chooses {}", keys.join(" and "))))
}
