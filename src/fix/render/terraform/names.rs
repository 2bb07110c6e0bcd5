//! How the resources of a file are called, and what refers to those that are new.

use std::collections::{BTreeMap, BTreeSet};

use super::super::holder::Holder;
use super::super::present;
use super::resource::{KEY, POLICY};
use crate::estate::{Edit, Target};

/// The labels that are taken, and those of what is new: others refer to it, so that it is made before them.
#[derive(Default)]
pub(super) struct Names<'e> {
    taken: BTreeSet<(&'static str, String)>,
    new: BTreeMap<&'e str, String>,
}

impl<'e> Names<'e> {
    pub(super) fn of(edits: &[&'e Edit]) -> Self {
        let mut names = Self::default();
        for edit in edits.iter().filter(|edit| present(edit.before.as_ref()).is_none()) {
            let (name, kind, text): (&str, _, &str) = match &edit.target {
                Target::Key { alias } => (alias, KEY, alias.strip_prefix("alias/").unwrap_or(alias)),
                Target::ManagedPolicy { policy } => (policy, POLICY, Holder::of(policy).name),
                _ => continue,
            };
            let label = names.label(kind, &[text]);
            names.new.insert(name, label);
        }
        names
    }

    /// A label that no other resource of the kind has.
    pub(super) fn label(&mut self, kind: &'static str, parts: &[&str]) -> String {
        let text = parts.join("_");
        let mut label: String =
            text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if !label.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            label.insert(0, '_');
        }
        let free = (2..).map(|number| format!("{label}_{number}"));
        let mut free = std::iter::once(label.clone()).chain(free);
        let label = free.find(|label| !self.taken.contains(&(kind, label.clone()))).unwrap_or(label);
        self.taken.insert((kind, label.clone()));
        label
    }

    /// The label of a key or policy that is new.
    pub(super) fn new_one(&self, name: &str) -> Option<&str> {
        self.new.get(name).map(String::as_str)
    }

    /// The label of the key that a setting names by its alias, or by the alias's ARN.
    pub(super) fn key_of(&self, alias: &str) -> Option<&str> {
        let short = alias.find(":alias/").and_then(|colon| alias.get(colon + 1..));
        self.new_one(short.unwrap_or(alias))
    }
}
