//! Parsing policy documents from AWS's JSON.

use std::borrow::Cow;

use super::action::ActionPattern;
use super::condition::Condition;
use super::document::{Document, Version};
use super::json::Node;
use super::location::{JsonPath, PolicyError, Position, Step, position_of};
use super::operand::Operand;
use super::operator::{Comparison, Operator};
use super::pattern::{Pattern, Wildcards};
use super::principal::{AwsPrincipal, PrincipalId, Principals};
use super::statement::{Effect, Element, Statement};

/// Reads a document; statements that cannot be understood become its faults.
pub(super) fn document(text: &str) -> Result<Document, PolicyError> {
    let node: Node<'_> = serde_json::from_str(text).map_err(|error| syntax_error(&error))?;
    let (mut document, faults) = read_document(&node).map_err(|fault| fault.locate(text))?;
    document.faults = faults.into_iter().map(|fault| fault.locate(text)).collect();
    Ok(document)
}

/// A problem whose path grows as it rises through the parser: the steps stand in reverse.
struct Fault {
    steps: Vec<Step>,
    problem: String,
    expected: String,
}

type Read<T> = Result<T, Fault>;

impl Fault {
    fn new(problem: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { steps: vec![], problem: problem.into(), expected: expected.into() }
    }

    fn found(node: &Node<'_>, expected: impl Into<String>) -> Self {
        Self::new(format!("found {}", node.describe()), expected)
    }

    fn under(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    fn in_field(self, name: &str) -> Self {
        self.under(Step::Field(name.into()))
    }

    fn locate(self, text: &str) -> PolicyError {
        let path: JsonPath = self.steps.into_iter().rev().collect();
        let position = position_of(text, &path);
        PolicyError { path, position, problem: self.problem, expected: self.expected }
    }
}

fn syntax_error(error: &serde_json::Error) -> PolicyError {
    let described = error.to_string();
    let problem = described.split(" at line ").next().unwrap_or(&described).to_owned();
    PolicyError {
        path: JsonPath::root(),
        position: Position { line: error.line(), column: error.column() },
        problem,
        expected: "a policy document in JSON".to_owned(),
    }
}

fn read_document(node: &Node<'_>) -> Read<(Document, Vec<Fault>)> {
    let members = object(node, "a policy document: an object with \"Version\" and \"Statement\"")?;
    let (mut version, mut id, mut statement) = (Version::default(), None, None);
    for (name, value) in members {
        match &**name {
            "Version" => version = read_version(value).map_err(|fault| fault.in_field(name))?,
            "Id" => id = Some(string(value, "a string").map_err(|fault| fault.in_field(name))?.into()),
            "Statement" => statement = Some(value),
            _ => {
                let expected = "only \"Version\", \"Id\" and \"Statement\"";
                return Err(Fault::new("an unknown member", expected).in_field(name));
            }
        }
    }
    let statement = statement.ok_or_else(|| Fault::new("no \"Statement\"", "a list of statements"))?;
    let single = !matches!(statement, Node::Array(_));
    let (mut statements, mut faults) = (vec![], vec![]);
    for (index, node) in one_or_many(statement).iter().enumerate() {
        match read_statement(index, node, version) {
            Ok(statement) => statements.push(statement),
            Err(fault) if single => faults.push(fault.in_field("Statement")),
            Err(fault) => faults.push(fault.under(Step::Item(index)).in_field("Statement")),
        }
    }
    Ok((Document { version, id, statements, faults: vec![], single }, faults))
}

fn read_version(node: &Node<'_>) -> Read<Version> {
    match node {
        Node::String(text) if text == "2012-10-17" => Ok(Version::V2012),
        Node::String(text) if text == "2008-10-17" => Ok(Version::V2008),
        other => Err(Fault::found(other, "\"2012-10-17\" or \"2008-10-17\"")),
    }
}

fn read_statement(index: usize, node: &Node<'_>, version: Version) -> Read<Statement> {
    let members = object(node, "a statement: an object with \"Effect\" and \"Action\"")?;
    let (mut sid, mut effect, mut principal, mut action, mut resource) = (None, None, None, None, None);
    let mut conditions = vec![];
    for (name, value) in members {
        let here = |fault: Fault| fault.in_field(name);
        match &**name {
            "Sid" => sid = Some(string(value, "a string").map_err(here)?.into()),
            "Effect" => effect = Some(read_effect(value).map_err(here)?),
            "Principal" => once(&mut principal, Element::Is(principals(value).map_err(here)?), name)?,
            "NotPrincipal" => once(&mut principal, Element::IsNot(principals(value).map_err(here)?), name)?,
            "Action" => once(&mut action, Element::Is(actions(value).map_err(here)?), name)?,
            "NotAction" => once(&mut action, Element::IsNot(actions(value).map_err(here)?), name)?,
            "Resource" => once(&mut resource, Element::Is(resources(value, version).map_err(here)?), name)?,
            "NotResource" => {
                once(&mut resource, Element::IsNot(resources(value, version).map_err(here)?), name)?;
            }
            "Condition" => conditions = read_conditions(value, version).map_err(here)?,
            _ => {
                let expected = "Sid, Effect, Principal, Action, Resource, Condition or a Not... form of them";
                return Err(here(Fault::new("an unknown element", expected)));
            }
        }
    }
    let effect = effect.ok_or_else(|| Fault::new("no \"Effect\"", "\"Effect\": \"Allow\" or \"Deny\""))?;
    let action = action.ok_or_else(|| Fault::new("no \"Action\"", "\"Action\" or \"NotAction\""))?;
    Ok(Statement { index, sid, effect, principal, action, resource, conditions })
}

/// "Statements must include either a Resource or a NotResource element", never both; so for actions and principals.
fn once<T>(slot: &mut Option<T>, value: T, name: &str) -> Read<()> {
    if slot.replace(value).is_some() {
        let expected = "either an element or its Not... form, not both";
        return Err(Fault::new("a second element of its kind", expected).in_field(name));
    }
    Ok(())
}

fn read_effect(node: &Node<'_>) -> Read<Effect> {
    match node {
        Node::String(text) if text == "Allow" => Ok(Effect::Allow),
        Node::String(text) if text == "Deny" => Ok(Effect::Deny),
        other => Err(Fault::found(other, "\"Allow\" or \"Deny\"")),
    }
}

fn actions(node: &Node<'_>) -> Read<Vec<ActionPattern>> {
    strings(node, |text| {
        ActionPattern::parse(text).ok_or_else(|| "\"*\" or an action such as \"s3:GetObject\"".to_owned())
    })
}

fn resources(node: &Node<'_>, version: Version) -> Read<Vec<Pattern>> {
    strings(node, |text| {
        if text != "*" && !text.starts_with("arn:") && !text.starts_with(['*', '$']) {
            return Err("\"*\" or an ARN".to_owned());
        }
        Pattern::parse(text, version, Wildcards::Match)
    })
}

fn principals(node: &Node<'_>) -> Read<Principals> {
    if let Node::String(text) = node {
        return match &**text {
            "*" => Ok(Principals { ids: vec![PrincipalId::Aws(AwsPrincipal::Anyone)], bare: true }),
            _ => Err(Fault::found(node, "\"*\" or an object such as {\"AWS\": \"111122223333\"}")),
        };
    }
    let mut ids = vec![];
    for (kind, value) in object(node, "\"*\" or an object such as {\"AWS\": \"111122223333\"}")? {
        let read: fn(&str) -> Result<PrincipalId, String> = match &**kind {
            "AWS" => |text| AwsPrincipal::parse(text).map(PrincipalId::Aws).map_err(str::to_owned),
            "Service" => |text| Ok(PrincipalId::Service(text.into())),
            "Federated" => |text| Ok(PrincipalId::Federated(text.into())),
            "CanonicalUser" => |text| Ok(PrincipalId::CanonicalUser(text.into())),
            _ => {
                let expected = "AWS, Service, Federated or CanonicalUser";
                return Err(Fault::new("an unknown kind of principal", expected).in_field(kind));
            }
        };
        ids.extend(strings(value, read).map_err(|fault| fault.in_field(kind))?);
    }
    Ok(Principals { ids, bare: false })
}

fn read_conditions(node: &Node<'_>, version: Version) -> Read<Vec<Condition>> {
    let mut conditions = vec![];
    for (name, block) in object(node, "an object from operators to keys")? {
        let operator = Operator::parse(name).ok_or_else(|| {
            Fault::new("an unknown condition operator", "an operator such as StringEquals").in_field(name)
        })?;
        let keys =
            object(block, "an object from condition keys to values").map_err(|fault| fault.in_field(name))?;
        for (key, values) in keys {
            let operands = read_operands(values, operator.comparison, version)
                .map_err(|fault| fault.in_field(key).in_field(name))?;
            conditions.push(Condition { operator, key: key.as_ref().into(), operands });
        }
    }
    Ok(conditions)
}

/// Values of conditions: strings, and the numbers and booleans that AWS takes as their text.
fn read_operands(node: &Node<'_>, comparison: Comparison, version: Version) -> Read<Vec<Operand>> {
    each(node, |value| {
        let text: Cow<'_, str> = match value {
            Node::String(text) => Cow::Borrowed(text),
            Node::Number(number) => Cow::Borrowed(number),
            Node::Bool(value) => Cow::Owned(value.to_string()),
            other => return Err(Fault::found(other, "a string")),
        };
        Operand::parse(&text, comparison, version).map_err(|expected| Fault::found(value, expected))
    })
}

fn strings<T>(node: &Node<'_>, read: impl Fn(&str) -> Result<T, String>) -> Read<Vec<T>> {
    each(node, |item| {
        let text = string(item, "a string")?;
        read(text).map_err(|expected| Fault::found(item, expected))
    })
}

/// Reads one value or a list of them; only a fault inside a list names the item.
fn each<T>(node: &Node<'_>, read: impl Fn(&Node<'_>) -> Read<T>) -> Read<Vec<T>> {
    match node {
        Node::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| read(item).map_err(|fault| fault.under(Step::Item(index))))
            .collect(),
        one => Ok(vec![read(one)?]),
    }
}

fn one_or_many<'n, 'a>(node: &'n Node<'a>) -> &'n [Node<'a>] {
    match node {
        Node::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

fn object<'n, 'a>(node: &'n Node<'a>, expected: &str) -> Read<&'n [(Cow<'a, str>, Node<'a>)]> {
    match node {
        Node::Object(members) => Ok(members),
        other => Err(Fault::found(other, expected)),
    }
}

fn string<'n>(node: &'n Node<'_>, expected: &str) -> Read<&'n str> {
    match node {
        Node::String(text) => Ok(text),
        other => Err(Fault::found(other, expected)),
    }
}
