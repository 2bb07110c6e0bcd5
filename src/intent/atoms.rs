//! What policies ask of the circumstances of a request, as conditions on AWS's own keys: the search then cuts one and the same axes
//! for both.

use cedar_policy::Policy;
use serde_json::Value;

use super::access::KEYS;
use crate::iam::Condition;

/// The conditions that a policy puts on the circumstances.
///
/// # Errors
/// It asks in a way that no condition can express; the message says in which.
pub(super) fn of(policy: &Policy) -> Result<Vec<Condition>, String> {
    let json = policy.to_json().map_err(|error| error.to_string())?;
    let mut found = vec![];
    for condition in json.get("conditions").and_then(Value::as_array).into_iter().flatten() {
        walk(condition.get("body").unwrap_or(&Value::Null), &mut found)?;
    }
    Ok(found)
}

/// Whether a policy asks in its conditions for the action; its scope is no condition.
pub(super) fn asks_for_action(policy: &Policy) -> bool {
    policy
        .to_json()
        .is_ok_and(|json| json.get("conditions").is_some_and(|conditions| mentions(conditions, "action")))
}

fn walk(expression: &Value, found: &mut Vec<Condition>) -> Result<(), String> {
    if !mentions(expression, "context") {
        return Ok(());
    }
    if let Some(attribute) = attribute(expression) {
        // By itself an attribute is a question: is it true?
        return add(found, attribute, "Bool", &["true"]);
    }
    let Some((operator, operands)) = expression.as_object().and_then(|members| members.iter().next()) else {
        return Err("the circumstances as a whole".to_owned());
    };
    let side = |name: &str| operands.get(name).unwrap_or(&Value::Null);
    match operator.as_str() {
        "&&" | "||" => {
            walk(side("left"), found)?;
            walk(side("right"), found)
        }
        "!" => walk(side("arg"), found),
        "if-then-else" => ["if", "then", "else"].iter().try_for_each(|part| walk(side(part), found)),
        "has" if is_context(side("left")) => {
            let name = side("attr").as_str().unwrap_or_default();
            add(found, name, "Null", &["false"])
        }
        "like" => match attribute(side("left")) {
            Some(name) => add(found, name, "StringLike", &[&pattern(side("pattern"))]),
            None => Err(unclear(operator)),
        },
        "==" | "!=" | "<" | "<=" | ">" | ">=" => compare(operator, side("left"), side("right"), found),
        "contains" => match (side("left").get("Set").and_then(Value::as_array), attribute(side("right"))) {
            (Some(items), Some(name)) => items.iter().try_for_each(|item| {
                add(found, name, "StringEquals", &[&text(item).ok_or_else(|| unclear(operator))?])
            }),
            _ => Err(unclear(operator)),
        },
        "isInRange" | "isIpv4" | "isIpv6" | "isLoopback" | "isMulticast" => {
            let arguments = operands.as_array().map_or(&[][..], |arguments| arguments);
            let name = arguments.first().and_then(attribute).ok_or_else(|| unclear(operator))?;
            let range = arguments.get(1).and_then(|range| call(range, "ip"));
            let ranges = match operator.as_str() {
                "isIpv4" => vec!["0.0.0.0/0"],
                "isIpv6" => vec!["::/0"],
                "isLoopback" => vec!["127.0.0.0/8", "::1"],
                "isMulticast" => vec!["224.0.0.0/4", "ff00::/8"],
                _ => vec![range.ok_or_else(|| unclear(operator))?],
            };
            add(found, name, "IpAddress", &ranges)
        }
        other => Err(unclear(other)),
    }
}

/// A comparison of an attribute with something that is written out.
fn compare(operator: &str, left: &Value, right: &Value, found: &mut Vec<Condition>) -> Result<(), String> {
    let (name, other, operator) = match (attribute(left), attribute(right)) {
        (Some(name), None) if !mentions(right, "context") => (name, right, operator),
        (None, Some(name)) if !mentions(left, "context") => (name, left, mirrored(operator)),
        _ => return Err(unclear(operator)),
    };
    if let Some(moment) = call(other, "datetime") {
        let comparison = match operator {
            "<" => "DateLessThan",
            "<=" => "DateLessThanEquals",
            ">" => "DateGreaterThan",
            ">=" => "DateGreaterThanEquals",
            _ => "DateEquals",
        };
        return add(found, name, comparison, &[moment]);
    }
    if !matches!(operator, "==" | "!=") {
        return Err(unclear(operator));
    }
    if let Some(range) = call(other, "ip") {
        return add(found, name, "IpAddress", &[range]);
    }
    match other.get("Value") {
        Some(Value::Bool(is)) => add(found, name, "Bool", &[if *is { "true" } else { "false" }]),
        Some(Value::String(text)) => add(found, name, "StringEquals", &[text]),
        _ => Err(unclear(operator)),
    }
}

fn mirrored(operator: &str) -> &str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}

fn add(found: &mut Vec<Condition>, attribute: &str, operator: &str, values: &[&str]) -> Result<(), String> {
    let key = KEYS.iter().find(|(name, _)| *name == attribute).map(|(_, key)| *key);
    let condition = key.and_then(|key| Condition::parse(operator, key, values));
    let condition = condition.ok_or_else(|| format!("{attribute} against {}", values.join(", ")))?;
    if !found.contains(&condition) {
        found.push(condition);
    }
    Ok(())
}

/// The attribute of the circumstances that an expression is.
fn attribute(expression: &Value) -> Option<&str> {
    let access = expression.get(".")?;
    is_context(access.get("left")?).then(|| access.get("attr")?.as_str())?
}

fn is_context(expression: &Value) -> bool {
    expression.get("Var").and_then(Value::as_str) == Some("context")
}

fn mentions(expression: &Value, variable: &str) -> bool {
    match expression {
        Value::Object(members) => members.iter().any(|(name, member)| {
            name == "Var" && member.as_str() == Some(variable) || mentions(member, variable)
        }),
        Value::Array(items) => items.iter().any(|item| mentions(item, variable)),
        _ => false,
    }
}

fn text(item: &Value) -> Option<String> {
    item.get("Value")?.as_str().map(str::to_owned)
}

/// The text that a constructor such as `ip("...")` is given.
fn call<'v>(expression: &'v Value, constructor: &str) -> Option<&'v str> {
    expression.get(constructor)?.as_array()?.first()?.get("Value")?.as_str()
}

/// The pattern of `like` as AWS writes it; Cedar has no question mark.
fn pattern(parts: &Value) -> String {
    let mut text = String::new();
    for part in parts.as_array().into_iter().flatten() {
        match part.get("Literal").and_then(Value::as_str) {
            Some(literal) => {
                for c in literal.chars() {
                    match c {
                        '*' | '?' | '$' => text.extend(["${", c.encode_utf8(&mut [0; 4]), "}"]),
                        c => text.push(c),
                    }
                }
            }
            None => text.push('*'),
        }
    }
    text
}

fn unclear(operator: &str) -> String {
    format!("an attribute of the circumstances in `{operator}` with something that is not written out")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atoms(condition: &str) -> Result<Vec<String>, String> {
        let policy: Policy = format!("permit (principal, action, resource) when {{ {condition} }};")
            .parse()
            .expect("a policy");
        Ok(of(&policy)?.iter().map(|atom| atom.canonical().replace('\n', " ")).collect())
    }

    #[test]
    fn what_is_asked_of_the_circumstances_is_a_condition_on_a_key() {
        for (condition, expected) in [
            ("context.secureTransport", "Bool aws:securetransport true"),
            ("!(context has sourceVpce)", "Null aws:sourcevpce false"),
            (r#"context.sourceVpce like "vpce-*a?""#, "StringLike aws:sourcevpce vpce-*a${?}"),
            (r#"context.sourceIp.isInRange(ip("10.0.0.0/8"))"#, "IpAddress aws:sourceip 10.0.0.0/8"),
            (r#"datetime("2026-01-01") > context.time"#, "DateLessThan aws:currenttime 2026-01-01"),
            (r#"["a"].contains(context.prefix)"#, "StringEquals s3:prefix a"),
            (r#"context.mfa == true"#, "Bool aws:multifactorauthpresent true"),
        ] {
            assert_eq!(atoms(condition), Ok(vec![expected.to_owned()]), "{condition}");
        }
        assert_eq!(atoms("principal.human"), Ok(vec![]));
    }

    #[test]
    fn what_no_condition_can_express_is_refused() {
        assert!(atoms("context.sourceAccount == resource.account.id").is_err());
        assert!(atoms("context.prefix == context.key").is_err());
        assert!(atoms("context == principal").is_err());
    }
}
