//! The Condition element.

use serde_json::Value;

use super::context::Context;
use super::glob::{self, Reading};
use super::json;
use super::values;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Qualifier {
    None,
    ForAllValues,
    ForAnyValue,
}

/// An operator taken apart, for example `ForAnyValue:StringNotLikeIfExists`.
#[derive(Debug)]
pub(super) struct Operator {
    pub(super) qualifier: Qualifier,
    /// The operator without qualifier, "Not" and "IfExists", for example `StringLike`.
    pub(super) base: &'static str,
    pub(super) negated: bool,
    pub(super) if_exists: bool,
}

/// Every operator: its name, the positive operator that does the comparing, and whether it negates.
const OPERATORS: &[(&str, &str, bool)] = &[
    ("StringEquals", "StringEquals", false),
    ("StringNotEquals", "StringEquals", true),
    ("StringEqualsIgnoreCase", "StringEqualsIgnoreCase", false),
    ("StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase", true),
    ("StringLike", "StringLike", false),
    ("StringNotLike", "StringLike", true),
    ("NumericEquals", "NumericEquals", false),
    ("NumericNotEquals", "NumericEquals", true),
    ("NumericLessThan", "NumericLessThan", false),
    ("NumericLessThanEquals", "NumericLessThanEquals", false),
    ("NumericGreaterThan", "NumericGreaterThan", false),
    ("NumericGreaterThanEquals", "NumericGreaterThanEquals", false),
    ("DateEquals", "DateEquals", false),
    ("DateNotEquals", "DateEquals", true),
    ("DateLessThan", "DateLessThan", false),
    ("DateLessThanEquals", "DateLessThanEquals", false),
    ("DateGreaterThan", "DateGreaterThan", false),
    ("DateGreaterThanEquals", "DateGreaterThanEquals", false),
    ("Bool", "Bool", false),
    ("BinaryEquals", "BinaryEquals", false),
    ("IpAddress", "IpAddress", false),
    ("NotIpAddress", "IpAddress", true),
    ("ArnEquals", "ArnLike", false),
    ("ArnLike", "ArnLike", false),
    ("ArnNotEquals", "ArnLike", true),
    ("ArnNotLike", "ArnLike", true),
    ("Null", "Null", false),
];

pub(super) fn operator(name: &str) -> Result<Operator, String> {
    let (qualifier, rest) = match name.split_once(':') {
        None => (Qualifier::None, name),
        Some(("ForAllValues", rest)) => (Qualifier::ForAllValues, rest),
        Some(("ForAnyValue", rest)) => (Qualifier::ForAnyValue, rest),
        Some(_) => return Err(format!("\"{name}\" is not a condition operator.")),
    };
    let (plain, if_exists) = match rest.strip_suffix("IfExists") {
        Some(plain) => (plain, true),
        None => (rest, false),
    };
    let (_, base, negated) = OPERATORS
        .iter()
        .find(|(known, _, _)| *known == plain)
        .ok_or_else(|| format!("\"{name}\" is not a condition operator."))?;
    if *base == "Null" && (if_exists || qualifier != Qualifier::None) {
        return Err(format!("\"{name}\" is not a condition operator: Null takes no prefix and no suffix."));
    }
    Ok(Operator { qualifier, base, negated: *negated, if_exists })
}

/// One line of a Condition element: an operator, a key and the values of the policy.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) operator: Operator,
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

pub(super) fn lines(condition: Option<&Value>) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    let Some(condition) = condition else {
        return Ok(lines);
    };
    let blocks = condition.as_object().ok_or("A Condition must be an object.")?;
    for (name, keys) in blocks {
        let keys = keys.as_object().ok_or_else(|| format!("\"{name}\" must hold condition keys."))?;
        for (key, values) in keys {
            lines.push(Line {
                operator: operator(name)?,
                key: key.clone(),
                values: json::one_or_many(values)?,
            });
        }
    }
    Ok(lines)
}

/// Rule 16: "Several operators and keys: AND".
pub(super) fn holds(lines: &[Line], context: &Context, variables: bool) -> bool {
    lines.iter().all(|line| line_holds(line, context, variables))
}

fn line_holds(line: &Line, context: &Context, variables: bool) -> bool {
    let operator = &line.operator;
    let found = context.find(&line.key);
    // Rule 17: "Null decides": "true" asks for absence, "false" for presence.
    if operator.base == "Null" {
        return line
            .values
            .iter()
            .any(|value| value.eq_ignore_ascii_case(if found.is_some() { "false" } else { "true" }));
    }
    let Some((values, multivalued)) = found else {
        return holds_when_absent(operator);
    };
    let matches = |value: &String| matches_any(line, value, context, variables) != operator.negated;
    match operator.qualifier {
        // "It also returns true if ... the context key value resolves to a null dataset, such as an empty string" (IG).
        Qualifier::ForAllValues if values.iter().all(String::is_empty) => true,
        Qualifier::ForAllValues => values.iter().all(matches),
        Qualifier::ForAnyValue => values.iter().any(matches),
        // Rule 18: "Multivalued keys need ForAllValues/ForAnyValue; without one they match nothing".
        Qualifier::None if multivalued => false,
        Qualifier::None => matches(&values[0]),
    }
}

/// Rule 17: "Key absent: positive operators false, negated true, ...IfExists true, ... ForAllValues true, ForAnyValue false."
fn holds_when_absent(operator: &Operator) -> bool {
    if operator.if_exists {
        return true;
    }
    match operator.qualifier {
        Qualifier::ForAllValues => true,
        Qualifier::ForAnyValue => false,
        Qualifier::None => operator.negated,
    }
}

/// Rule 16: "several values: OR; a negated operator with several values is NOR": the caller negates this answer.
fn matches_any(line: &Line, value: &str, context: &Context, variables: bool) -> bool {
    line.values.iter().any(|expected| compare(line.operator.base, expected, value, context, variables))
}

fn compare(base: &str, expected: &str, value: &str, context: &Context, variables: bool) -> bool {
    match base {
        "StringEquals" => same_text(expected, value, context, variables, false),
        "StringEqualsIgnoreCase" => same_text(expected, value, context, variables, true),
        "StringLike" => glob::expand(expected, Reading { variables, wildcards: true }, context)
            .is_some_and(|pattern| glob::matches(&pattern, value)),
        "ArnLike" => same_arn(expected, value, context, variables),
        // Rule 20: "Bool compares true/false without case".
        "Bool" => {
            let truth = value.to_lowercase();
            (truth == "true" || truth == "false") && truth == expected.to_lowercase()
        }
        // Rule 20: "Binary is base64."
        "BinaryEquals" => values::base64(expected).is_some_and(|bytes| values::base64(value) == Some(bytes)),
        "IpAddress" => match (values::range(expected), values::range(value)) {
            (Some(range), Some(address)) => values::in_range(&range, &address),
            _ => false,
        },
        other => same_order(other, expected, value),
    }
}

/// Rule 15: "A variable without a value: equal/like never match, negated operators do match".
fn same_text(expected: &str, value: &str, context: &Context, variables: bool, ignore_case: bool) -> bool {
    let fold = |text: &str| {
        if ignore_case { text.to_lowercase() } else { text.to_owned() }
    };
    glob::expand(expected, Reading { variables, wildcards: false }, context).is_some_and(|tokens| {
        let text: String = tokens
            .iter()
            .map(|token| match token {
                glob::Token::Literal(character) => *character,
                glob::Token::One => '?',
                glob::Token::Many => '*',
            })
            .collect();
        fold(&text) == fold(value)
    })
}

/// Rule 13: "ArnEquals = ArnLike: the six colon-separated parts are matched one by one."
fn same_arn(expected: &str, value: &str, context: &Context, variables: bool) -> bool {
    let reading = Reading { variables, wildcards: true };
    let Some(tokens) = glob::expand(expected, reading, context) else {
        return false;
    };
    let patterns: Vec<&[glob::Token]> =
        tokens.splitn(6, |token| *token == glob::Token::Literal(':')).collect();
    // The guide is silent on patterns of fewer parts, which AWS accepts: `*` can only mean every ARN.
    if patterns.len() < 6 {
        return glob::matches(&tokens, value);
    }
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    parts.len() == 6 && patterns.iter().zip(parts).all(|(pattern, part)| glob::matches(pattern, part))
}

/// Numeric and date comparisons; a text that is neither never compares as anything.
fn same_order(base: &str, expected: &str, value: &str) -> bool {
    let read: fn(&str) -> Option<f64> = if base.starts_with("Date") { values::date } else { values::number };
    let (Some(limit), Some(actual)) = (read(expected), read(value)) else {
        return false;
    };
    match base.trim_start_matches("Date").trim_start_matches("Numeric") {
        "Equals" => actual == limit,
        "LessThan" => actual < limit,
        "LessThanEquals" => actual <= limit,
        "GreaterThan" => actual > limit,
        "GreaterThanEquals" => actual >= limit,
        other => unreachable!("{other} is in no row of the table of operators"),
    }
}
