//! Changes to the text of a policy: one statement at a time, and every other byte stays as it was.

use std::io;
use std::ops::Range;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, PrettyFormatter};
use serde_json::value::RawValue;

use crate::iam::{JsonPath, offset_at};

/// A policy as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PolicyText(String);

/// How a text sets its members apart.
#[derive(Clone, Copy)]
enum Layout<'t> {
    /// `{"a":1,"b":2}`
    Dense,
    /// `{"a": 1, "b": 2}`
    Spaced,
    /// One member a line: what a line of the statement begins with, and one step more.
    Lines { margin: &'t str, step: &'t str },
}

impl PolicyText {
    /// The text of a policy.
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// A new policy with these statements.
    pub(super) fn of(statements: &[Value]) -> Self {
        Self(serde_json::json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// A statement, by its place in the list; the only one has the place 0.
    pub(super) fn statement(&self, index: usize) -> Option<Value> {
        serde_json::from_str(self.0.get(self.place_of(index)?)?).ok()
    }

    /// How many statements there are, those that could not be read among them.
    pub(super) fn len(&self) -> usize {
        match self.raw_statements() {
            Some(Statements::Many(count)) => count,
            Some(Statements::One) => 1,
            None => 0,
        }
    }

    /// Puts another statement in the place of one.
    #[must_use]
    pub(super) fn replace(&self, index: usize, statement: &Value) -> Option<Self> {
        let place = self.place_of(index)?;
        let new = self.print(statement, self.layout(place.start));
        Some(Self(self.spliced(place, &new)?))
    }

    /// Adds a statement after the others.
    #[must_use]
    pub(super) fn append(&self, statement: &Value) -> Option<Self> {
        let count = self.len();
        if count == 0 {
            let list = self.value_at(&JsonPath::root().field("Statement"))?;
            let new = format!("[{}]", self.print(statement, self.layout(list.start)));
            return Some(Self(self.spliced(list, &new)?));
        }
        let last = self.place_of(count - 1)?;
        let layout = self.layout(last.start);
        let new = self.print(statement, layout);
        let between = match layout {
            Layout::Dense => ",".to_owned(),
            Layout::Spaced => ", ".to_owned(),
            Layout::Lines { margin, .. } => format!(",\n{margin}"),
        };
        if matches!(self.raw_statements(), Some(Statements::One)) {
            let only = self.0.get(last.clone())?;
            return Some(Self(self.spliced(last, &format!("[{only}{between}{new}]"))?));
        }
        Some(Self(self.spliced(last.end..last.end, &format!("{between}{new}"))?))
    }

    /// Takes a statement out; none if nothing would be left.
    #[must_use]
    pub(super) fn remove(&self, index: usize) -> Option<Self> {
        if self.len() < 2 {
            return None;
        }
        let place = self.place_of(index)?;
        // With the comma that set it apart.
        let gap = if index == 0 {
            place.start..self.place_of(1)?.start
        } else {
            self.place_of(index - 1)?.end..place.end
        };
        Some(Self(self.spliced(gap, "")?))
    }

    fn spliced(&self, place: Range<usize>, new: &str) -> Option<String> {
        Some([self.0.get(..place.start)?, new, self.0.get(place.end..)?].concat())
    }

    fn raw_statements(&self) -> Option<Statements> {
        let text = self.0.get(self.value_at(&JsonPath::root().field("Statement"))?)?;
        if text.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            return Some(Statements::Many(items.len()));
        }
        text.starts_with('{').then_some(Statements::One)
    }

    fn place_of(&self, index: usize) -> Option<Range<usize>> {
        let list = JsonPath::root().field("Statement");
        match self.raw_statements()? {
            Statements::Many(count) => (index < count).then(|| self.value_at(&list.item(index)))?,
            Statements::One => (index == 0).then(|| self.value_at(&list))?,
        }
    }

    /// Where the value at a path stands.
    fn value_at(&self, path: &JsonPath) -> Option<Range<usize>> {
        let start = offset_at(&self.0, path);
        let mut values = serde_json::Deserializer::from_str(self.0.get(start..)?).into_iter::<&RawValue>();
        let value = values.next()?.ok()?;
        Some(start..start + value.get().len())
    }

    /// How the text is laid out where a statement begins.
    fn layout(&self, start: usize) -> Layout<'_> {
        let before = self.0.get(..start).unwrap_or_default();
        let Some(line) = before.rfind('\n').and_then(|newline| before.get(newline + 1..)) else {
            let spaced = self.0.contains("\": ");
            return if spaced { Layout::Spaced } else { Layout::Dense };
        };
        let margin = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
        // The second line of the text is one step in.
        let second = self.0.lines().nth(1).unwrap_or_default();
        let step = second.get(..second.len() - second.trim_start().len()).unwrap_or_default();
        Layout::Lines { margin, step: if step.is_empty() { "  " } else { step } }
    }

    fn print(&self, value: &Value, layout: Layout<'_>) -> String {
        let printed = match layout {
            Layout::Dense => return value.to_string(),
            Layout::Spaced => printed(value, Spaced),
            Layout::Lines { step, .. } => printed(value, PrettyFormatter::with_indent(step.as_bytes())),
        };
        match layout {
            Layout::Lines { margin, .. } => printed.replace('\n', &format!("\n{margin}")),
            _ => printed,
        }
    }
}

/// The list of statements, or the only one.
enum Statements {
    Many(usize),
    One,
}

fn printed(value: &Value, formatter: impl Formatter) -> String {
    let mut bytes = vec![];
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_else(|_| value.to_string()),
        Err(_) => value.to_string(),
    }
}

/// One line, with a space after each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn other_statements_stay_byte_for_byte() {
        let text = PolicyText::new(
            "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\":\"A\"},  {\"Sid\" : \"B\"}]}",
        );
        let replaced = text.replace(0, &json!({"Sid": "X", "Action": ["a", "b"]})).expect("a statement");
        assert_eq!(
            replaced.into_text(),
            "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"X\", \"Action\": [\"a\", \"b\"]},  {\"Sid\" : \"B\"}]}"
        );
        let added = text.append(&json!({"Sid": "C"})).expect("a list").into_text();
        assert!(added.ends_with("{\"Sid\" : \"B\"}, {\"Sid\": \"C\"}]}"), "{added}");
        assert_eq!(
            text.remove(0).expect("one is left").into_text(),
            "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\" : \"B\"}]}"
        );
        assert_eq!(
            text.remove(1).expect("one is left").into_text(),
            "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\":\"A\"}]}"
        );
    }

    #[test]
    fn lines_keep_their_margin() {
        let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": \"A\"\n    }\n  ]\n}";
        let added = PolicyText::new(text).append(&json!({"Sid": "B"})).expect("a list").into_text();
        assert!(added.contains("\n    },\n    {\n      \"Sid\": \"B\"\n    }\n  ]"), "{added}");
        let dense = PolicyText::new(r#"{"Statement":{"Sid":"A"}}"#);
        assert_eq!(
            dense.append(&json!({"Sid": "B"})).expect("a list").into_text(),
            r#"{"Statement":[{"Sid":"A"},{"Sid":"B"}]}"#
        );
        assert!(dense.remove(0).is_none());
        let empty = PolicyText::new(r#"{"Statement":[]}"#);
        assert_eq!(
            empty.append(&json!({"Sid": "B"})).expect("a list").into_text(),
            r#"{"Statement":[{"Sid":"B"}]}"#
        );
    }
}
