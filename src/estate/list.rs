//! A list of which every item is read by itself.

use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::ser::{self, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::fact::{Fact, Unread, trusts};

/// The items of a list that could be read, and those that could not: one bad role does not hide the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T> {
    items: Vec<T>,
    unread: Vec<UnreadItem>,
}

/// An item that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadItem {
    /// Its place in the list, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub why: Box<str>,
    /// Its JSON text, so that writing the list loses nothing.
    pub text: Box<str>,
}

impl<T> List<T> {
    /// The items that could not be read.
    pub fn unread(&self) -> &[UnreadItem] {
        &self.unread
    }

    /// Each item with its place in the list as it was written.
    pub fn indexed(&self) -> impl Iterator<Item = (usize, &T)> {
        let mut unread = self.unread.iter().peekable();
        let mut index = 0;
        self.items.iter().map(move |item| {
            while unread.next_if(|gap| gap.index == index).is_some() {
                index += 1;
            }
            index += 1;
            (index - 1, item)
        })
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: T) {
        self.items.push(item);
    }

    /// The items, to be changed in place.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: vec![], unread: vec![] }
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, unread: vec![] }
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl UnreadItem {
    /// The members that name an item, the most telling first.
    const NAMES: [&str; 7] =
        ["Arn", "Name", "RoleName", "UserName", "GroupName", "PolicyName", "VpcEndpointId"];

    /// What the item calls itself.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let item: Value = serde_json::from_str(&self.text).ok()?;
        Self::NAMES.iter().find_map(|name| item.get(name)?.as_str().map(str::to_owned))
    }

    fn raw<E: ser::Error>(&self) -> Result<&RawValue, E> {
        serde_json::from_str(&self.text).map_err(E::custom)
    }
}

/// Every item in its place, those that could not be read as they were written.
impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.items.len() + self.unread.len()))?;
        let mut unread = self.unread.iter().peekable();
        let mut index = 0;
        for item in &self.items {
            while let Some(gap) = unread.next_if(|gap| gap.index == index) {
                list.serialize_element(gap.raw()?)?;
                index += 1;
            }
            list.serialize_element(item)?;
            index += 1;
        }
        for gap in unread {
            list.serialize_element(gap.raw()?)?;
        }
        list.end()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if trusts() {
            return Vec::deserialize(deserializer).map(Self::from);
        }
        let mut list = Self::default();
        for (index, raw) in Vec::<&RawValue>::deserialize(deserializer)?.into_iter().enumerate() {
            let why = match Fact::read(raw) {
                Fact::Known(item) => {
                    list.items.push(item);
                    continue;
                }
                Fact::Unread(Unread::Malformed(why)) => why,
                Fact::Unread(other) => other.to_string().into(),
            };
            list.unread.push(UnreadItem { index, why, text: raw.get().into() });
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_item_leaves_the_others_and_their_places() {
        let list: List<u32> = serde_json::from_str(r#"["x", 1, 2, {}, 3]"#).expect("a list");
        assert_eq!(list.indexed().collect::<Vec<_>>(), [(1, &1), (2, &2), (4, &3)]);
        assert_eq!(list.unread().iter().map(|item| item.index).collect::<Vec<_>>(), [0, 3]);
        assert_eq!(serde_json::to_string(&list).expect("JSON"), r#"["x",1,2,{},3]"#);
    }
}
