//! Small readers of JSON values: every field of a simulation is looked at through these.

use serde_json::Value;

/// Text of a scalar: policies write numbers and truth values with or without quotes.
pub(super) fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        other => Err(format!("{other} is neither a string, a number nor a truth value.")),
    }
}

/// One scalar or a list of them, as a list.
pub(super) fn one_or_many(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(items) => items.iter().map(scalar).collect(),
        single => Ok(vec![scalar(single)?]),
    }
}

/// A text field that must be there.
pub(super) fn text(value: &Value, field: &str) -> Result<String, String> {
    match value.get(field) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(format!("\"{field}\" must be a string, not {other}.")),
        None => Err(format!("\"{field}\" is missing.")),
    }
}

/// A text field that may be absent.
pub(super) fn optional_text(value: &Value, field: &str) -> Result<Option<String>, String> {
    match value.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => text(value, field).map(Some),
    }
}

/// A truth value that is off when absent.
pub(super) fn flag(value: &Value, field: &str) -> Result<bool, String> {
    match value.get(field) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(other) => Err(format!("\"{field}\" must be true or false, not {other}.")),
    }
}

/// A field that is absent or null counts as not given.
pub(super) fn given<'a>(value: &'a Value, field: &str) -> Option<&'a Value> {
    value.get(field).filter(|found| !found.is_null())
}

/// A list field: absent is None, present must be a list.
pub(super) fn list<'a>(value: &'a Value, field: &str) -> Result<Option<&'a Vec<Value>>, String> {
    match given(value, field) {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(other) => Err(format!("\"{field}\" must be a list, not {other}.")),
    }
}

/// The `policy` documents of a list of `{"name": ..., "policy": ...}`.
pub(super) fn documents(items: &[Value]) -> Result<Vec<&Value>, String> {
    items
        .iter()
        .map(|item| given(item, "policy").ok_or_else(|| format!("{item} has no \"policy\".")))
        .collect()
}

/// The six parts of an ARN, or None if the text has fewer.
pub(super) fn arn_parts(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    if parts.len() == 6 && parts[0] == "arn" { Some(parts) } else { None }
}
