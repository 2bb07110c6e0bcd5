//! Terraform's language, printed as `terraform fmt` has it. No crate does that: calls with an object in them must span lines to be
//! read, and comments stand between the blocks.

use serde_json::{Map, Value};

/// A block, such as a resource.
pub(super) struct Block {
    /// The kind, and the labels after it as they are printed: `resource "aws_s3_bucket" "models"`.
    pub(super) head: String,
    pub(super) items: Vec<Item>,
}

/// What is in a block.
pub(super) enum Item {
    Attribute(String, Expression),
    Block(Block),
}

/// What an attribute is.
pub(super) enum Expression {
    /// A value of JSON, which HCL can all say.
    Value(Value),
    /// A text of JSON that AWS takes: `jsonencode({...})`.
    Json(Value),
    /// A reference, or a list of references.
    Code(String),
}

impl Block {
    pub(super) fn new(head: impl Into<String>, items: Vec<Item>) -> Self {
        Self { head: head.into(), items }
    }

    pub(super) fn print(&self) -> String {
        let mut lines = Lines::default();
        self.write(&mut lines, 0);
        lines.finish()
    }

    fn write(&self, lines: &mut Lines, depth: usize) {
        if self.items.is_empty() {
            lines.push(depth, &format!("{} {{}}", self.head));
            return;
        }
        lines.push(depth, &format!("{} {{", self.head));
        for (place, item) in self.items.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|place| self.items.get(place));
            let beside_block = matches!(item, Item::Block(_)) || matches!(before, Some(Item::Block(_)));
            if before.is_some() && beside_block {
                lines.push(0, "");
            }
            match item {
                Item::Attribute(name, Expression::Value(value)) => {
                    entry(lines, depth + 1, name, value, ["", ""]);
                }
                Item::Attribute(name, Expression::Json(value)) => {
                    entry(lines, depth + 1, name, value, ["jsonencode(", ")"]);
                }
                Item::Attribute(name, Expression::Code(code)) => lines.pair(depth + 1, name, code.clone()),
                Item::Block(block) => block.write(lines, depth + 1),
            }
        }
        lines.push(depth, "}");
    }
}

impl Item {
    pub(super) fn text(name: &str, text: &str) -> Self {
        Self::Attribute(name.to_owned(), Expression::Value(text.into()))
    }

    pub(super) fn json(name: &str, value: Value) -> Self {
        Self::Attribute(name.to_owned(), Expression::Json(value))
    }

    pub(super) fn code(name: &str, code: impl Into<String>) -> Self {
        Self::Attribute(name.to_owned(), Expression::Code(code.into()))
    }
}

/// Lines, of which those that follow each other have their equals signs in one column if each says all of its value.
#[derive(Default)]
struct Lines(Vec<Line>);

enum Line {
    Pair { depth: usize, name: String, value: String },
    Other(String),
}

impl Lines {
    fn push(&mut self, depth: usize, text: &str) {
        self.0.push(Line::Other("  ".repeat(depth) + text));
    }

    fn pair(&mut self, depth: usize, name: &str, value: String) {
        self.0.push(Line::Pair { depth, name: name.to_owned(), value });
    }

    fn finish(self) -> String {
        let pair = |line: &Line| matches!(line, Line::Pair { .. });
        let mut text = String::new();
        for chain in self.0.chunk_by(|one, next| pair(one) && pair(next)) {
            let width = chain.iter().map(|line| match line {
                Line::Pair { name, .. } => name.chars().count(),
                Line::Other(_) => 0,
            });
            let width = width.max().unwrap_or_default();
            for line in chain {
                match line {
                    Line::Pair { depth, name, value } => {
                        text.push_str(&format!("{}{name:width$} = {value}\n", "  ".repeat(*depth)));
                    }
                    Line::Other(line) => text.push_str(&format!("{line}\n")),
                }
            }
        }
        text
    }
}

/// `name = value`, on one line if it is short.
fn entry(lines: &mut Lines, depth: usize, name: &str, value: &Value, around: [&str; 2]) {
    let [open, close] = around;
    match inline(value) {
        Some(value) => lines.pair(depth, name, format!("{open}{value}{close}")),
        None => long(lines, depth, &format!("{name} = {open}"), value, close),
    }
}

/// A value that needs lines of its own between the first and the last.
fn long(lines: &mut Lines, depth: usize, open: &str, value: &Value, close: &str) {
    match value {
        Value::Array(items) => {
            lines.push(depth, &format!("{open}["));
            for item in items {
                match inline(item) {
                    Some(item) => lines.push(depth + 1, &format!("{item},")),
                    None => long(lines, depth + 1, "", item, ","),
                }
            }
            lines.push(depth, &format!("]{close}"));
        }
        Value::Object(members) => {
            lines.push(depth, &format!("{open}{{"));
            for (name, member) in members {
                entry(lines, depth + 1, &key(name), member, ["", ""]);
            }
            lines.push(depth, &format!("}}{close}"));
        }
        scalar => lines.push(depth, &format!("{open}{}{close}", inline(scalar).unwrap_or_default())),
    }
}

/// A value on one line: what is no list and no object, and short lists of that.
fn inline(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(quote(text)),
        Value::Array(items) => {
            let scalar = |item: &Value| if item.is_array() { None } else { inline(item) };
            let items: Vec<String> = items.iter().map(scalar).collect::<Option<_>>()?;
            let text = format!("[{}]", items.join(", "));
            (items.len() < 2 || text.chars().count() < 80).then_some(text)
        }
        Value::Object(members) => members.is_empty().then(|| "{}".to_owned()),
        other => Some(other.to_string()),
    }
}

/// A key of an object: quoted unless it is a name and no word of the language.
fn key(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let is_name = first && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_word = matches!(name, "for" | "if" | "in" | "null" | "true" | "false");
    if is_name && !is_word { name.to_owned() } else { quote(name) }
}

/// "`$${` Literal `${`, without beginning an interpolation sequence. `%%{` Literal `%{`, without beginning a template directive
/// sequence." (Terraform language, expressions/strings)
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => quoted.extend([c, c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What AWS's API has in one object, as the provider has it in a block: `KMSMasterKeyID` is `kms_master_key_id`, an object is a block, and a list of
/// objects a block for each. Tags are a map.
pub(super) fn items(members: &Map<String, Value>) -> Vec<Item> {
    members.iter().flat_map(|(name, value)| item(name, value)).collect()
}

fn item(name: &str, value: &Value) -> Vec<Item> {
    let snake = snake(name);
    match value {
        Value::Array(list) if name == "Tags" => vec![Item::Attribute(snake, Expression::Value(tags(list)))],
        Value::Array(list) if list.iter().all(Value::is_object) => {
            let head = snake.strip_suffix('s').unwrap_or(&snake);
            let blocks = list.iter().filter_map(Value::as_object);
            blocks.map(|members| Item::Block(Block::new(head, items(members)))).collect()
        }
        // The provider has a list of what the API has as a list in an object.
        Value::Object(members) if name == "BlockedEncryptionTypes" => {
            let types = members.get("EncryptionType").cloned().unwrap_or_default();
            vec![Item::Attribute(snake, Expression::Value(types))]
        }
        Value::Object(members) => vec![Item::Block(Block::new(snake, items(members)))],
        // What only AWS sets.
        _ if name == "DisplayName" => vec![],
        scalar => vec![Item::Attribute(snake, Expression::Value(scalar.clone()))],
    }
}

/// AWS's list of tags as a map.
pub(super) fn tags(list: &[Value]) -> Value {
    let pair = |tag: &Value| {
        Some((tag.get("Key")?.as_str()?.to_owned(), tag.get("Value").cloned().unwrap_or_default()))
    };
    Value::Object(list.iter().filter_map(pair).collect())
}

/// `KMSMasterKeyID` as `kms_master_key_id`: a word begins with a capital after a small letter, and with the last of several
/// capitals if a small letter follows.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (place, c) in chars.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| chars.get(place));
        let after_small = before.is_some_and(|c| c.is_ascii_lowercase());
        let before_small = before.is_some() && chars.get(place + 1).is_some_and(|c| c.is_ascii_lowercase());
        if c.is_ascii_uppercase() && (after_small || before_small) {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_api_are_names_of_the_provider() {
        let names =
            ["SSEAlgorithm", "KMSMasterKeyID", "MFADelete", "ID", "NoncurrentVersionExpiration", "And"];
        let snakes = [
            "sse_algorithm",
            "kms_master_key_id",
            "mfa_delete",
            "id",
            "noncurrent_version_expiration",
            "and",
        ];
        assert_eq!(names.map(snake), snakes);
    }

    #[test]
    fn templates_are_escaped() {
        assert_eq!(quote("${a} %{b} $${c} $ %"), r#""$${a} %%{b} $$${c} $ %""#);
    }
}
