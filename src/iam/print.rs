//! Printing policy documents as AWS's JSON.

use serde_json::{Map, Value, json};

use super::action::ActionPattern;
use super::condition::Condition;
use super::document::Document;
use super::operand::Operand;
use super::pattern::Pattern;
use super::principal::{PrincipalId, Principals};
use super::statement::{Element, Statement};

pub(super) fn document(document: &Document) -> Value {
    let mut members = Map::new();
    members.insert("Version".to_owned(), json!(document.version.as_str()));
    if let Some(id) = &document.id {
        members.insert("Id".to_owned(), json!(id));
    }
    let mut statements: Vec<Value> = document.statements.iter().map(print_statement).collect();
    let statement = match (document.single, statements.len()) {
        (true, 1) => statements.remove(0),
        _ => Value::Array(statements),
    };
    members.insert("Statement".to_owned(), statement);
    Value::Object(members)
}

pub(super) fn print_statement(statement: &Statement) -> Value {
    let mut members = Map::new();
    if let Some(sid) = &statement.sid {
        members.insert("Sid".to_owned(), json!(sid));
    }
    members.insert("Effect".to_owned(), json!(statement.effect.as_str()));
    if let Some(element) = &statement.principal {
        members.insert(element_name("Principal", element), print_principals(element.listed()));
    }
    let actions = statement.action.listed().iter().map(ActionPattern::as_str);
    members.insert(element_name("Action", &statement.action), print_texts(actions));
    if let Some(element) = &statement.resource {
        members.insert(
            element_name("Resource", element),
            print_texts(element.listed().iter().map(Pattern::as_str)),
        );
    }
    if !statement.conditions.is_empty() {
        members.insert("Condition".to_owned(), print_conditions(&statement.conditions));
    }
    Value::Object(members)
}

fn element_name<T>(name: &str, element: &Element<T>) -> String {
    match element {
        Element::Is(_) => name.to_owned(),
        Element::IsNot(_) => format!("Not{name}"),
    }
}

fn print_principals(principals: &Principals) -> Value {
    if principals.bare {
        return json!("*");
    }
    let mut kinds: Vec<&str> = vec![];
    for id in &principals.ids {
        if !kinds.contains(&id.kind()) {
            kinds.push(id.kind());
        }
    }
    let print = |kind: &str| {
        let ids = principals.ids.iter().filter(|id| id.kind() == kind);
        (kind.to_owned(), print_texts(ids.map(PrincipalId::as_str)))
    };
    Value::Object(kinds.into_iter().map(print).collect())
}

fn print_conditions(conditions: &[Condition]) -> Value {
    let mut blocks: Map<String, Value> = Map::new();
    for condition in conditions {
        let values = print_texts(condition.operands.iter().map(Operand::as_str));
        let block = blocks.entry(condition.operator.to_string()).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(keys) = block {
            keys.insert(condition.key.to_string(), values);
        }
    }
    Value::Object(blocks)
}

fn print_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    let mut texts: Vec<Value> = texts.map(Value::from).collect();
    if texts.len() == 1 { texts.remove(0) } else { Value::Array(texts) }
}
