//! Which function of the library reads and writes what an edit changes, and for what.

use super::super::holder::Holder;
use super::quote;
use crate::estate::{Edit, Target};
use crate::iam::Arn;

/// `get_NAME` and `set_NAME` with their arguments, ready for the shell.
pub(super) struct Call {
    name: &'static str,
    arguments: Vec<String>,
}

impl Call {
    pub(super) fn of(edit: &Edit, home: &str) -> Self {
        let region = edit.region.as_deref().unwrap_or(home);
        let of_bucket = |name, bucket| Self::new(name, &[bucket, region]);
        match &edit.target {
            Target::BucketVersioning { bucket } => of_bucket("versioning", bucket),
            Target::BucketEncryption { bucket } => of_bucket("encryption", bucket),
            Target::BucketPublicAccessBlock { bucket } => of_bucket("public_access_block", bucket),
            Target::BucketOwnership { bucket } => of_bucket("ownership", bucket),
            Target::BucketLogging { bucket } => of_bucket("logging", bucket),
            Target::BucketLifecycle { bucket } => of_bucket("lifecycle", bucket),
            Target::BucketTags { bucket } => of_bucket("tags", bucket),
            Target::BucketPolicy { bucket } => of_bucket("bucket_policy", bucket),
            Target::AccessPointPolicy { name, .. } => Self::new("access_point_policy", &[name, region]),
            Target::Key { alias } => Self::new("key", &[alias, region]),
            Target::KeyPolicy { key } => {
                let region = Arn::parse(key).map_or(region, |arn| arn.region);
                Self::new("key_policy", &[key, region])
            }
            Target::TrustPolicy { role } => Self::new("trust_policy", &[Holder::of(role).name]),
            Target::InlinePolicy { principal, name: policy } => {
                let Holder { kind, name, .. } = Holder::of(principal);
                Self::new("inline_policy", &[kind, name, policy])
            }
            Target::ManagedPolicy { policy } => {
                let Holder { name, path, .. } = Holder::of(policy);
                Self::new("managed_policy", &[policy, name, path])
            }
            Target::AttachedPolicy { principal, policy } => {
                let Holder { kind, name, .. } = Holder::of(principal);
                Self::new("attachment", &[kind, name, policy])
            }
            Target::PermissionsBoundary { principal } => {
                let Holder { kind, name, .. } = Holder::of(principal);
                Self::new("boundary", &[kind, name])
            }
        }
    }

    fn new(name: &'static str, arguments: &[&str]) -> Self {
        Self { name, arguments: arguments.iter().map(|argument| quote(argument)).collect() }
    }

    pub(super) fn getter(&self) -> String {
        format!("get_{}", self.name)
    }

    pub(super) fn setter(&self) -> String {
        format!("set_{}", self.name)
    }

    pub(super) fn get(&self) -> String {
        format!("{} {}", self.getter(), self.arguments.join(" "))
    }

    /// The content is still to follow.
    pub(super) fn set(&self) -> String {
        format!("{} {}", self.setter(), self.arguments.join(" "))
    }
}
