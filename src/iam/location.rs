//! Where something stands in a JSON text: a path from its root, a line and a column.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::value::RawValue;

/// A path from the root of a JSON text to one of its values; prints as `$.Statement[2].Effect`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JsonPath(Vec<Step>);

/// One step of a [`JsonPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into the named member of an object.
    Field(Box<str>),
    /// Into the item of an array, counted from 0.
    Item(usize),
}

/// A place in a text. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Why a policy document, or one statement of it, could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} (line {line}, column {column}): {problem}; expected {expected}",
    line = position.line, column = position.column)]
pub struct PolicyError {
    /// The element at fault.
    pub path: JsonPath,
    /// Where it begins in the text of the document.
    pub position: Position,
    /// What is wrong, with what was found.
    pub problem: String,
    /// What AWS's policy language asks for here.
    pub expected: String,
}

impl JsonPath {
    /// The path of the whole text: `$`.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// This path and one step into an object.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.join(Step::Field(name.into()))
    }

    /// This path and one step into an array.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.join(Step::Item(index))
    }

    /// This path, then the steps of `tail`.
    #[must_use]
    pub fn concat(&self, tail: &Self) -> Self {
        Self(self.0.iter().chain(&tail.0).cloned().collect())
    }

    /// The steps from the root.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    fn join(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl FromIterator<Step> for JsonPath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.0 {
            match step {
                Step::Field(name) if is_plain(name) => write!(f, ".{name}")?,
                Step::Field(name) => write!(f, "[{name:?}]")?,
                Step::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// The place of the value at `path` in `text`, or of its nearest ancestor that exists.
#[must_use]
pub fn position_of(text: &str, path: &JsonPath) -> Position {
    position_at(text, offset_at(text, path))
}

/// The byte offset of the value at `path` in `text`, or of its nearest ancestor that exists.
#[must_use]
pub fn offset_at(text: &str, path: &JsonPath) -> usize {
    let mut value = text.trim_start();
    for step in path.steps() {
        let inner = match step {
            Step::Field(name) => serde_json::from_str::<BTreeMap<String, &RawValue>>(value)
                .ok()
                .and_then(|members| members.get(name.as_ref()).copied()),
            Step::Item(index) => serde_json::from_str::<Vec<&RawValue>>(value)
                .ok()
                .and_then(|items| items.get(*index).copied()),
        };
        match inner {
            Some(inner) => value = inner.get(),
            None => break,
        }
    }
    (value.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// The line and column of a byte offset in `text`.
#[must_use]
pub fn position_at(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).map_or(0, |line| line.chars().count());
    Position { line: before.matches('\n').count() + 1, column: column + 1 }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_in_its_text() {
        let text = "{\n  \"Statement\": [\n    {\"Effect\": \"Allow\"},\n    {\"Effect\": \"Alow\"}]}";
        let path = JsonPath::root().field("Statement").item(1).field("Effect");
        assert_eq!(path.to_string(), "$.Statement[1].Effect");
        assert_eq!(position_of(text, &path), Position { line: 4, column: 16 });
    }

    #[test]
    fn a_missing_step_leads_to_its_nearest_ancestor() {
        let text = "{\"a\":\n {\"b\": 1}}";
        let path = JsonPath::root().field("a").field("missing").item(3);
        assert_eq!(position_of(text, &path), Position { line: 2, column: 2 });
    }

    #[test]
    fn names_with_signs_are_quoted() {
        let path = JsonPath::root().field("aws:SourceIp");
        assert_eq!(path.to_string(), "$[\"aws:SourceIp\"]");
    }
}
