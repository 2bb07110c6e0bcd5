//! IAM as `GetAccountAuthorizationDetails` prints it.

use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::list::List;
use super::policy::PolicyDocument;
use super::tag::Tag;

/// The principals of an account and their policies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuthorizationDetails {
    /// The users.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub user_detail_list: Fact<List<User>>,
    /// The groups.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub group_detail_list: Fact<List<Group>>,
    /// The roles.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub role_detail_list: Fact<List<Role>>,
    /// The managed policies, AWS's own included.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub policies: Fact<List<ManagedPolicy>>,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct User {
    /// The path, `/` included at both ends.
    pub path: Box<str>,
    /// The name.
    pub user_name: Box<str>,
    /// `AIDA...`.
    pub user_id: Box<str>,
    /// The ARN.
    pub arn: Box<str>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Box<str>>,
    /// The inline policies; AWS leaves the list out where there are none.
    #[serde(default)]
    pub user_policy_list: Vec<InlinePolicy>,
    /// The names of the groups that it belongs to.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub group_list: Fact<Vec<Box<str>>>,
    /// The managed policies attached to it.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub attached_managed_policies: Fact<Vec<AttachedPolicy>>,
    /// The permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// The tags; AWS leaves the list out where there are none.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// An IAM group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Group {
    /// The path.
    pub path: Box<str>,
    /// The name.
    pub group_name: Box<str>,
    /// `AGPA...`.
    #[serde(default)]
    pub group_id: Box<str>,
    /// The ARN.
    pub arn: Box<str>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Box<str>>,
    /// The inline policies.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub group_policy_list: Fact<Vec<InlinePolicy>>,
    /// The managed policies attached to it.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub attached_managed_policies: Fact<Vec<AttachedPolicy>>,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Role {
    /// The path, `/` included at both ends.
    pub path: Box<str>,
    /// The name.
    pub role_name: Box<str>,
    /// `AROA...`.
    pub role_id: Box<str>,
    /// The ARN.
    pub arn: Box<str>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Box<str>>,
    /// The trust policy.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub assume_role_policy_document: Fact<PolicyDocument>,
    /// The inline policies.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub role_policy_list: Fact<Vec<InlinePolicy>>,
    /// The managed policies attached to it.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub attached_managed_policies: Fact<Vec<AttachedPolicy>>,
    /// The permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// The tags; AWS leaves the list out where there are none.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A policy that is part of a user, group or role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InlinePolicy {
    /// The name.
    pub policy_name: Box<str>,
    /// The document.
    pub policy_document: PolicyDocument,
}

/// A managed policy attached to a user, group or role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachedPolicy {
    /// The name.
    #[serde(default)]
    pub policy_name: Box<str>,
    /// The ARN.
    pub policy_arn: Box<str>,
}

/// The policy that limits what a user's or role's identity policies can grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PermissionsBoundary {
    /// `Policy` or `PermissionsBoundaryPolicy`.
    #[serde(default)]
    pub permissions_boundary_type: Box<str>,
    /// The managed policy that is the boundary.
    pub permissions_boundary_arn: Box<str>,
}

/// A managed policy with its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedPolicy {
    /// The name.
    #[serde(default)]
    pub policy_name: Box<str>,
    /// The ARN; AWS's own have the account `aws`.
    pub arn: Box<str>,
    /// The path.
    #[serde(default)]
    pub path: Box<str>,
    /// The version in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_version_id: Option<Box<str>>,
    /// The versions that were read; the one in force at least.
    pub policy_version_list: Vec<PolicyVersion>,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyVersion {
    /// The document.
    pub document: PolicyDocument,
    /// `v1`, `v2`, ...
    pub version_id: Box<str>,
    /// Whether it is in force.
    #[serde(default)]
    pub is_default_version: bool,
}

impl ManagedPolicy {
    /// The document in force; none if its version was not read.
    #[must_use]
    pub fn document(&self) -> Option<&PolicyDocument> {
        let in_force = |version: &&PolicyVersion| match &self.default_version_id {
            Some(id) => version.version_id == *id,
            None => version.is_default_version,
        };
        self.policy_version_list.iter().find(in_force).map(|version| &version.document)
    }
}
