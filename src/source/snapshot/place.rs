//! Where something stands in a file: paths that cost nothing until a fault needs them, and positions found in one walk.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::iam::{JsonPath, Position, Step};

/// A path on the way down through a file, kept on the stack: most values have no fault.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'a> {
    Root,
    Field(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl<'a> At<'a> {
    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self::Field(self, name)
    }

    pub(super) fn item(&'a self, index: usize) -> Self {
        Self::Item(self, index)
    }

    pub(super) fn path(&self) -> JsonPath {
        match self {
            Self::Root => JsonPath::root(),
            Self::Field(above, name) => above.path().field(name),
            Self::Item(above, index) => above.path().item(*index),
        }
    }
}

/// The positions of the values at `paths` in `text`, each in the place of its path; of the nearest ancestor where there is
/// no such value. Each part of the text is read once for every level of depth, however many paths there are.
pub(super) fn positions(text: &str, paths: &[&JsonPath]) -> Vec<Position> {
    let mut walk = Walk { text, offsets: Vec::with_capacity(paths.len()) };
    let numbered = paths.iter().enumerate().map(|(number, path)| (number, path.steps())).collect();
    walk.descend(text.trim_start(), numbered);
    walk.offsets.sort_unstable();
    lines_and_columns(text, &walk.offsets, paths.len())
}

/// The place of a position that counts from `start`.
pub(super) fn inside(start: Position, inner: Position) -> Position {
    let line = start.line + inner.line.saturating_sub(1);
    match inner.line {
        0 | 1 => Position { line, column: start.column + inner.column.saturating_sub(1) },
        _ => Position { line, column: inner.column },
    }
}

/// A path by its number, and the steps that are left of it.
type Rest<'p> = (usize, &'p [Step]);

struct Walk<'t> {
    text: &'t str,
    /// The byte offset and the number of each path.
    offsets: Vec<(usize, usize)>,
}

impl<'t> Walk<'t> {
    fn descend(&mut self, value: &'t str, paths: Vec<Rest<'_>>) {
        let offset = (value.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let mut deeper: BTreeMap<&Step, Vec<Rest<'_>>> = BTreeMap::new();
        for (number, steps) in paths {
            match steps.split_first() {
                None => self.offsets.push((offset, number)),
                Some((step, rest)) => deeper.entry(step).or_default().push((number, rest)),
            }
        }
        if deeper.is_empty() {
            return;
        }
        let inner = Inner::of(value);
        for (step, paths) in deeper {
            match inner.at(step) {
                Some(value) => self.descend(value, paths),
                None => self.offsets.extend(paths.into_iter().map(|(number, _)| (offset, number))),
            }
        }
    }
}

/// What stands directly inside a value.
enum Inner<'t> {
    Members(BTreeMap<String, &'t RawValue>),
    Items(Vec<&'t RawValue>),
    Nothing,
}

impl<'t> Inner<'t> {
    fn of(value: &'t str) -> Self {
        let inner = match value.as_bytes().first() {
            Some(b'{') => serde_json::from_str(value).map(Self::Members),
            Some(b'[') => serde_json::from_str(value).map(Self::Items),
            _ => Ok(Self::Nothing),
        };
        inner.unwrap_or(Self::Nothing)
    }

    fn at(&self, step: &Step) -> Option<&'t str> {
        let value = match (self, step) {
            (Self::Members(members), Step::Field(name)) => members.get(&**name),
            (Self::Items(items), Step::Item(index)) => items.get(*index),
            _ => None,
        };
        value.map(|value| value.get())
    }
}

/// Turns offsets, in order, into lines and columns in one walk over the text.
fn lines_and_columns(text: &str, offsets: &[(usize, usize)], count: usize) -> Vec<Position> {
    let mut positions = vec![Position { line: 1, column: 1 }; count];
    let mut here = Position { line: 1, column: 1 };
    let mut passed = 0;
    for (offset, number) in offsets {
        let between = text.get(passed..*offset).unwrap_or_default();
        if let Some((before, after)) = between.rsplit_once('\n') {
            here = Position { line: here.line + before.matches('\n').count() + 1, column: 1 };
            here.column += after.chars().count();
        } else {
            here.column += between.chars().count();
        }
        passed = *offset;
        if let Some(position) = positions.get_mut(*number) {
            *position = here;
        }
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::position_of;

    #[test]
    fn one_walk_finds_what_single_walks_find() {
        let text = "\n {\"é\": [1, {\"b\":\n true}],\n \"c\": {\"d\": null}}";
        let root = JsonPath::root();
        let paths = [
            root.field("c").field("d"),
            root.field("é").item(1).field("b"),
            root.clone(),
            root.field("é").item(7),
            root.field("missing").field("d"),
            root.field("c"),
        ];
        let found = positions(text, &paths.iter().collect::<Vec<_>>());
        assert_eq!(found, paths.each_ref().map(|path| position_of(text, path)));
    }

    #[test]
    fn a_position_in_a_document_becomes_one_in_its_file() {
        let start = Position { line: 3, column: 10 };
        assert_eq!(inside(start, Position { line: 1, column: 5 }), Position { line: 3, column: 14 });
        assert_eq!(inside(start, Position { line: 2, column: 5 }), Position { line: 4, column: 5 });
    }
}
