//! Changes to the facts: which document or setting becomes what, in AWS's own JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::AccountId;

/// One document or setting that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The account in which it is.
    pub account: AccountId,
    /// The region of the bucket or key; none for what is of no region, and where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Box<str>>,
    /// What changes.
    pub target: Target,
    /// What is there now; none if there is nothing.
    #[serde(default)]
    pub before: Option<Content>,
    /// What is there afterwards; none if it is removed.
    #[serde(default)]
    pub after: Option<Content>,
}

/// Where an edit is: names of some kinds are those of one account and region.
type Place<'e> = (AccountId, Option<&'e str>, &'e Target);

impl Edit {
    /// Changes that are made one after the other, each document once: what is there before the first, and what the last leaves.
    #[must_use]
    pub fn merged<'e>(edits: impl IntoIterator<Item = &'e Self>) -> Vec<Self> {
        let mut places: BTreeMap<Place<'e>, usize> = BTreeMap::new();
        let mut merged: Vec<Self> = vec![];
        for edit in edits {
            let at = (edit.account, edit.region.as_deref(), &edit.target);
            match places.get(&at).and_then(|place| merged.get_mut(*place)) {
                Some(known) => known.after = edit.after.clone(),
                None => {
                    places.insert(at, merged.len());
                    merged.push(edit.clone());
                }
            }
        }
        merged.retain(|edit| edit.before != edit.after);
        merged
    }
}

/// What an edit changes. The content is JSON in AWS's own field names, as the snapshot has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Target {
    /// A bucket's versioning, as `PutBucketVersioning` takes it.
    BucketVersioning {
        /// The bucket.
        bucket: Box<str>,
    },
    /// A bucket's default encryption, as `PutBucketEncryption` takes it.
    BucketEncryption {
        /// The bucket.
        bucket: Box<str>,
    },
    /// A bucket's Block Public Access, as `PutPublicAccessBlock` takes it.
    BucketPublicAccessBlock {
        /// The bucket.
        bucket: Box<str>,
    },
    /// Who owns the objects in a bucket, as `PutBucketOwnershipControls` takes it.
    BucketOwnership {
        /// The bucket.
        bucket: Box<str>,
    },
    /// A bucket's server access logging, as `PutBucketLogging` takes it.
    BucketLogging {
        /// The bucket.
        bucket: Box<str>,
    },
    /// A bucket's lifecycle, as `PutBucketLifecycleConfiguration` takes it.
    BucketLifecycle {
        /// The bucket.
        bucket: Box<str>,
    },
    /// A bucket's tags: the list `TagSet`.
    BucketTags {
        /// The bucket.
        bucket: Box<str>,
    },
    /// A bucket's policy.
    BucketPolicy {
        /// The bucket.
        bucket: Box<str>,
    },
    /// The policy of an access point.
    AccessPointPolicy {
        /// The access point's name.
        name: Box<str>,
        /// The bucket behind it.
        bucket: Box<str>,
    },
    /// A new customer managed key with its policy; `before` is none. Settings name it by its alias.
    Key {
        /// `alias/...`.
        alias: Box<str>,
    },
    /// The policy of a key.
    KeyPolicy {
        /// The key's ARN.
        key: Box<str>,
    },
    /// The trust policy of a role.
    TrustPolicy {
        /// The role's ARN.
        role: Box<str>,
    },
    /// A policy that is part of a user, group or role.
    InlinePolicy {
        /// The user's, group's or role's ARN.
        principal: Box<str>,
        /// The policy's name.
        name: Box<str>,
    },
    /// The version in force of a customer managed policy; a new policy where `before` is none.
    ManagedPolicy {
        /// The policy's ARN; never one of AWS's own.
        policy: Box<str>,
    },
    /// Whether a managed policy is attached: the content is the policy's ARN as a JSON string.
    AttachedPolicy {
        /// The user's, group's or role's ARN.
        principal: Box<str>,
        /// The policy's ARN.
        policy: Box<str>,
    },
    /// The permissions boundary of a user or role: the content is the policy's ARN as a JSON string.
    PermissionsBoundary {
        /// The user's or role's ARN.
        principal: Box<str>,
    },
}

/// JSON text as it is, or will be, in AWS. Cloning shares it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Content(Arc<str>);

impl Content {
    /// Content of this JSON text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Content of this value, in one line.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What the text says; null where it is no JSON.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<&RawValue>(&self.0) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(Box::<RawValue>::deserialize(deserializer)?.get()))
    }
}

impl Target {
    /// What changes, in words: `policy of bucket acme-models-prod`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::BucketVersioning { bucket } => format!("versioning of bucket {bucket}"),
            Self::BucketEncryption { bucket } => format!("default encryption of bucket {bucket}"),
            Self::BucketPublicAccessBlock { bucket } => format!("Block Public Access of bucket {bucket}"),
            Self::BucketOwnership { bucket } => format!("object ownership of bucket {bucket}"),
            Self::BucketLogging { bucket } => format!("access logging of bucket {bucket}"),
            Self::BucketLifecycle { bucket } => format!("lifecycle of bucket {bucket}"),
            Self::BucketTags { bucket } => format!("tags of bucket {bucket}"),
            Self::BucketPolicy { bucket } => format!("policy of bucket {bucket}"),
            Self::AccessPointPolicy { name, .. } => format!("policy of access point {name}"),
            Self::Key { alias } => format!("new key {alias}"),
            Self::KeyPolicy { key } => format!("policy of key {key}"),
            Self::TrustPolicy { role } => format!("trust policy of {role}"),
            Self::InlinePolicy { principal, name } => format!("inline policy {name} of {principal}"),
            Self::ManagedPolicy { policy } => format!("managed policy {policy}"),
            Self::AttachedPolicy { principal, policy } => format!("attachment of {policy} to {principal}"),
            Self::PermissionsBoundary { principal } => format!("permissions boundary of {principal}"),
        }
    }

    /// The bucket that it belongs to: of settings, of a bucket's policy, and of an access point's.
    #[must_use]
    pub fn bucket(&self) -> Option<&str> {
        match self {
            Self::BucketVersioning { bucket }
            | Self::BucketEncryption { bucket }
            | Self::BucketPublicAccessBlock { bucket }
            | Self::BucketOwnership { bucket }
            | Self::BucketLogging { bucket }
            | Self::BucketLifecycle { bucket }
            | Self::BucketTags { bucket }
            | Self::BucketPolicy { bucket }
            | Self::AccessPointPolicy { bucket, .. } => Some(bucket),
            _ => None,
        }
    }

    /// Whether the content is a policy document.
    #[must_use]
    pub fn is_policy(&self) -> bool {
        matches!(
            self,
            Self::BucketPolicy { .. }
                | Self::AccessPointPolicy { .. }
                | Self::KeyPolicy { .. }
                | Self::Key { .. }
                | Self::TrustPolicy { .. }
                | Self::InlinePolicy { .. }
                | Self::ManagedPolicy { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_keeps_the_text_of_its_documents() {
        let text = r#"{ "Version":"2012-10-17",  "Statement": [] }"#;
        let edit = Edit {
            account: AccountId::parse("111111111111").expect("an account"),
            region: None,
            target: Target::InlinePolicy {
                principal: "arn:aws:iam::111111111111:role/a".into(),
                name: "b".into(),
            },
            before: Some(Content::new(text)),
            after: None,
        };
        let written = serde_json::to_string(&edit).expect("JSON");
        assert!(written.contains(text), "{written}");
        assert_eq!(serde_json::from_str::<Edit>(&written).expect("an edit"), edit);
    }
}
