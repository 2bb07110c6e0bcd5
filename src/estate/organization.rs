//! The organization: units, accounts, and the policies that bind them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account_id::AccountId;
use super::policy::PolicyDocument;
use super::tag::Tag;

/// An AWS organization, in the field names of the Organizations API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Organization {
    /// The organization itself.
    pub organization: OrganizationDetails,
    /// Its roots; AWS has one.
    pub roots: Vec<Root>,
    /// Its units, in no particular order.
    #[serde(default)]
    pub organizational_units: Vec<OrganizationalUnit>,
    /// Its accounts, the management account included.
    pub accounts: Vec<AccountEntry>,
    /// Service control policies, resource control policies and others.
    #[serde(default)]
    pub policies: Vec<OrganizationPolicy>,
    /// Which policy is attached to which root, unit or account.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// The accounts that administer services for the organization.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegated_administrators: Vec<DelegatedAdministrator>,
}

/// An account that administers a service for the whole organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DelegatedAdministrator {
    /// Its number.
    pub id: AccountId,
    /// Its name.
    #[serde(default)]
    pub name: Box<str>,
}

/// What `DescribeOrganization` tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OrganizationDetails {
    /// `o-...`.
    pub id: Box<str>,
    /// The management account.
    pub master_account_id: AccountId,
    /// `ALL` or `CONSOLIDATED_BILLING`; only `ALL` has policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature_set: Option<Box<str>>,
}

/// The root of the tree of units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Root {
    /// `r-...`.
    pub id: Box<str>,
    /// Its name.
    #[serde(default)]
    pub name: Box<str>,
}

/// An organizational unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OrganizationalUnit {
    /// `ou-...`.
    pub id: Box<str>,
    /// Its name.
    #[serde(default)]
    pub name: Box<str>,
    /// The unit or root above it.
    pub parent_id: Box<str>,
}

/// An account as the organization lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountEntry {
    /// Its number.
    pub id: AccountId,
    /// Its name.
    #[serde(default)]
    pub name: Box<str>,
    /// `ACTIVE`, `SUSPENDED` or `PENDING_CLOSURE`.
    #[serde(default = "active")]
    pub status: Box<str>,
    /// The unit or root above it.
    pub parent_id: Box<str>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A policy of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OrganizationPolicy {
    /// `p-...`.
    pub id: Box<str>,
    /// Its name.
    #[serde(default)]
    pub name: Box<str>,
    /// What it is for.
    #[serde(rename = "Type")]
    pub kind: PolicyType,
    /// The document.
    pub content: PolicyDocument,
}

/// What a policy of the organization is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PolicyType {
    /// Binds the principals of the accounts below.
    ServiceControlPolicy,
    /// Binds the resources of the accounts below.
    ResourceControlPolicy,
    /// S3's own: Block Public Access for the accounts below.
    S3Policy,
    /// Another kind; palisade does not evaluate it.
    #[serde(other)]
    Other,
}

/// A policy attached to a root, unit or account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attachment {
    /// The policy.
    pub policy_id: Box<str>,
    /// The root, unit or account.
    pub target_id: Box<str>,
}

impl Organization {
    /// The account's entry.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&AccountEntry> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// Whether `account` is the management account.
    #[must_use]
    pub fn is_management(&self, account: AccountId) -> bool {
        self.organization.master_account_id == account
    }
}

impl OrganizationPolicy {
    pub(super) fn assigns_public_access_block(&self) -> bool {
        let content: Value = serde_json::from_str(self.content.text()).unwrap_or_default();
        let setting = content.pointer("/s3_attributes/public_access_block_configuration/@@assign");
        setting.and_then(Value::as_str) == Some("all")
    }
}

fn active() -> Box<str> {
    "ACTIVE".into()
}
