//! Which actions there are, what they act on, and which condition keys a request for them carries.
//!
//! The facts are AWS's Service Authorization Reference, in `actions.json` beside this file; `generate.py` writes it.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::action::Action;
use super::context::lower;
use super::glob::Glob;

/// The actions of the services that palisade knows by heart.
#[derive(Debug)]
pub struct Catalogue {
    /// By `service:operation` in lower case.
    actions: FxHashMap<Box<str>, ActionEntry>,
    /// The services, sorted.
    services: Vec<Box<str>>,
}

/// What AWS says of one action.
#[derive(Debug, Clone)]
pub struct ActionEntry {
    /// The action with AWS's capitals: `s3:GetObject`.
    pub name: Box<str>,
    /// What it does.
    pub access: AccessLevel,
    /// The types of resources that it acts on; empty where a statement must say `"Resource": "*"`.
    pub resources: Vec<Box<str>>,
    /// The condition keys of its service, and of requests and resources, that a request for it may carry.
    keys: Vec<Glob>,
}

/// What an action does, in the terms of the Service Authorization Reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum AccessLevel {
    /// Lists resources.
    List,
    /// Reads their content or configuration.
    Read,
    /// Creates, changes or deletes them.
    Write,
    /// Changes who may do what.
    #[serde(rename = "Permissions management")]
    PermissionsManagement,
    /// Changes tags only.
    Tagging,
}

/// The keys of every service that only some actions carry.
const LISTED_BY_ACTION: &[&str] = &["aws:resourcetag/", "aws:requesttag/", "aws:tagkeys"];

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(include_str!("actions.json")));

impl Catalogue {
    /// The catalogue that is compiled in.
    #[must_use]
    pub fn get() -> &'static Self {
        &CATALOGUE
    }

    /// What AWS says of an action; none if the catalogue does not have it.
    #[must_use]
    pub fn action(&self, action: &Action) -> Option<&ActionEntry> {
        self.actions.get(action.lower())
    }

    /// Every action of a service, by name.
    #[must_use]
    pub fn actions_of(&self, service: &str) -> Vec<&ActionEntry> {
        let prefix = format!("{service}:");
        let mut found: Vec<_> =
            self.actions.values().filter(|entry| entry.name.starts_with(&prefix)).collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// Whether a request for `action` can carry `key`.
    ///
    /// A key of a service belongs to the actions that list it, `aws:ResourceTag`, `aws:RequestTag` and `aws:TagKeys` too;
    /// every other key may be in any request. Of an action that the catalogue does not have nothing is known, and nothing
    /// is ruled out.
    #[must_use]
    pub fn can_carry(&self, action: &Action, key: &str) -> bool {
        let key = lower(key);
        let service = key.split_once(':').map_or("", |(service, _)| service);
        let listed = match service {
            "aws" => LISTED_BY_ACTION.iter().any(|prefix| key.starts_with(prefix)),
            service => self.services.iter().any(|known| **known == *service),
        };
        // Most keys may be in any request: the action is looked up only for the others.
        !listed || self.action(action).is_none_or(|entry| entry.keys.iter().any(|known| known.matches(&key)))
    }

    fn read(text: &str) -> Self {
        #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
        let file: File = serde_json::from_str(text).expect("actions.json is a catalogue");
        let mut catalogue = Self { actions: FxHashMap::default(), services: vec![] };
        for (service, entries) in file.services {
            for (operation, entry) in entries.actions {
                let name = format!("{service}:{operation}");
                let keys = entry.keys.iter().map(|key| Glob::new(&key.to_ascii_lowercase())).collect();
                let lower = name.to_ascii_lowercase().into();
                let entry =
                    ActionEntry { name: name.into(), access: entry.access, resources: entry.resources, keys };
                catalogue.actions.insert(lower, entry);
            }
            catalogue.services.push(service);
        }
        catalogue
    }
}

impl ActionEntry {
    /// Whether the action acts on objects and on nothing else of S3's.
    #[must_use]
    pub fn acts_on_objects(&self) -> bool {
        self.acts_on("object") && !self.acts_on("bucket")
    }

    /// Whether the action acts on a type of resource.
    #[must_use]
    pub fn acts_on(&self, kind: &str) -> bool {
        self.resources.iter().any(|known| **known == *kind)
    }
}

#[derive(Deserialize)]
struct File {
    services: std::collections::BTreeMap<Box<str>, ServiceEntry>,
}

#[derive(Deserialize)]
struct ServiceEntry {
    actions: std::collections::BTreeMap<Box<str>, FileEntry>,
}

#[derive(Deserialize)]
struct FileEntry {
    access: AccessLevel,
    resources: Vec<Box<str>>,
    keys: Vec<Box<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carries(action: &str, key: &str) -> bool {
        Catalogue::get().can_carry(&Action::parse(action).expect("an action"), key)
    }

    #[test]
    fn keys_belong_to_the_actions_that_list_them() {
        assert!(carries("s3:ListBucket", "s3:prefix"));
        assert!(!carries("s3:GetObject", "s3:Prefix"));
        assert!(carries("s3:GetObject", "s3:ExistingObjectTag/team"));
        assert!(!carries("s3:ListBucket", "s3:ExistingObjectTag/team"));
        assert!(!carries("s3:GetObject", "kms:ViaService"));
    }

    #[test]
    fn global_keys_and_unknown_actions_carry_anything() {
        assert!(carries("s3:GetObject", "aws:SourceIp"));
        assert!(carries("s3:GetObject", "saml:sub"));
        assert!(carries("glue:GetTable", "s3:prefix"));
        assert!(!carries("s3:GetObject", "aws:RequestTag/team"));
    }

    #[test]
    fn the_actions_of_s3_are_known() {
        let actions = Catalogue::get().actions_of("s3");
        assert!(actions.len() > 150, "{}", actions.len());
        let get = Catalogue::get().action(&Action::parse("s3:getobject").expect("an action")).expect("known");
        assert_eq!(&*get.name, "s3:GetObject");
        assert_eq!(get.access, AccessLevel::Read);
        assert!(get.acts_on_objects());
    }
}
