//! What a policy reads of the thing that it judges, by its JSON form.

use std::collections::BTreeSet;

use cedar_policy::Policy;
use serde_json::Value;

use super::error::IntentError;

/// The names and entities that occur in policies. Too many rather than too few: a name counts wherever it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Reads {
    /// Attributes whose value is read.
    attributes: BTreeSet<Box<str>>,
    /// Attributes whose presence is asked for.
    asked: BTreeSet<Box<str>>,
    /// The entities that are named, as type and id.
    named: BTreeSet<(Box<str>, Box<str>)>,
}

impl Reads {
    /// What one policy reads.
    pub(super) fn of(policy: &Policy) -> Result<Self, IntentError> {
        let mut reads = Self::default();
        match policy.to_json() {
            Ok(json) => reads.walk(&json),
            Err(error) => {
                let id: &str = policy.id().as_ref();
                return Err(IntentError::Evaluation { id: id.into(), message: error.to_string() });
            }
        }
        Ok(reads)
    }

    /// What either reads.
    pub(super) fn union(mut self, other: &Self) -> Self {
        self.attributes.extend(other.attributes.iter().cloned());
        self.asked.extend(other.asked.iter().cloned());
        self.named.extend(other.named.iter().cloned());
        self
    }

    /// Whether this attribute is read, or its presence asked for. Tags together are the attribute `tags`.
    pub(super) fn reads(&self, name: &str) -> bool {
        self.attributes.contains(name) || self.asks(name)
    }

    /// Whether this attribute's presence is asked for.
    pub(super) fn asks(&self, name: &str) -> bool {
        self.asked.contains(name)
    }

    /// Whether this entity is named.
    pub(super) fn names(&self, kind: &str, id: &str) -> bool {
        self.named.iter().any(|(named, entity)| **named == *kind && **entity == *id)
    }

    /// Whether any entity of this type is named.
    pub(super) fn names_any(&self, kind: &str) -> bool {
        self.named.iter().any(|(named, _)| **named == *kind)
    }

    fn walk(&mut self, json: &Value) {
        match json {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            Value::Object(members) => {
                if let (Some(Value::String(kind)), Some(Value::String(id))) =
                    (members.get("type"), members.get("id"))
                {
                    self.named.insert((kind.as_str().into(), id.as_str().into()));
                }
                for (name, member) in members {
                    match (name.as_str(), member.get("attr").and_then(Value::as_str)) {
                        (".", Some(attribute)) => _ = self.attributes.insert(attribute.into()),
                        ("has", Some(attribute)) => _ = self.asked.insert(attribute.into()),
                        ("getTag", _) => _ = self.attributes.insert("tags".into()),
                        ("hasTag", _) => _ = self.asked.insert("tags".into()),
                        _ => {}
                    }
                    self.walk(member);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(policy: &str) -> Reads {
        Reads::of(&policy.parse().expect("a policy")).expect("a policy that has a JSON form")
    }

    #[test]
    fn attributes_tags_and_entities_are_found_wherever_they_stand() {
        let reads = reads(
            r#"forbid (principal, action, resource in Class::"models")
               when { resource.lifecycle has days && [Team::"vision"].contains(principal.team) }
               unless { resource.hasTag("approved") };"#,
        );
        for read in ["lifecycle", "days", "team", "tags"] {
            assert!(reads.reads(read), "{read}");
        }
        assert!(reads.asks("days") && reads.asks("tags") && !reads.asks("lifecycle"));
        assert!(reads.names("Class", "models") && reads.names("Team", "vision"));
        assert!(!reads.names("Class", "vision") && !reads.names_any("Role") && !reads.reads("approved"));
    }
}
