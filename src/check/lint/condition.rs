//! Conditions that no request meets: the statement never applies.

use super::{Oddity, oddity};
use crate::iam::{Action, ActionPattern, Catalogue, Condition, Context, Element, Statement};
use crate::space::{Anything, Axis, Limits, families};

const RULE: &str = "condition-never-met";

const LIMITS: Limits = Limits { states: 20_000, minterms: 256 };

pub(super) fn odd(statement: &Statement) -> Option<Oddity> {
    let constant = |condition: &&Condition| condition.operands.iter().all(|o| o.variables().next().is_none());
    let conditions: Vec<&Condition> = statement.conditions.iter().filter(constant).collect();
    if conditions.is_empty() {
        return None;
    }
    if let Some(condition) = conditions.iter().find(|condition| is_never_sent(statement, condition)) {
        let detail = format!("no request for these actions carries {}", condition.key);
        return Some(oddity(RULE, statement, detail));
    }
    families(&conditions).into_iter().find_map(|family| {
        // One condition alone asks for nothing impossible.
        if family.len() < 2 {
            return None;
        }
        let members: Vec<&Condition> = family.iter().filter_map(|at| conditions.get(*at).copied()).collect();
        let axis = Axis::cut(&members, &Anything, LIMITS).ok()?;
        let met = axis.holds.iter().any(|holds| holds.len() == members.len());
        let mut keys: Vec<&str> = members.iter().map(|condition| &*condition.key).collect();
        keys.dedup();
        (!met).then(|| {
            oddity(RULE, statement, format!("no request meets what is asked of {}", keys.join(" and ")))
        })
    })
}

/// Whether the condition asks for a key that comes with none of the statement's actions, all of which are S3's.
fn is_never_sent(statement: &Statement, condition: &Condition) -> bool {
    let Element::Is(patterns) = &statement.action else { return false };
    let of_s3 = |pattern: &ActionPattern| {
        pattern.as_str().get(..3).is_some_and(|service| service.eq_ignore_ascii_case("s3:"))
    };
    if condition.holds(&Context::new()) || !patterns.iter().all(of_s3) {
        return false;
    }
    let catalogue = Catalogue::get();
    let entries = catalogue.actions_of("s3").into_iter();
    let named = entries.filter_map(|entry| Action::parse(&entry.name));
    let mut meant = named.filter(|action| patterns.iter().any(|pattern| pattern.matches(action))).peekable();
    meant.peek().is_some() && !meant.any(|action| catalogue.can_carry(&action, &condition.key))
}
