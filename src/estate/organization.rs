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

/// One level of the organization above an account: the root, a unit, or the account itself.
#[derive(Debug, Clone)]
pub struct Level<'a> {
    /// The root's, unit's or account's id.
    pub id: Box<str>,
    /// The policies of the asked kind that are attached here.
    pub policies: Vec<&'a OrganizationPolicy>,
}

/// Why the way from an account to the root is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AncestryError {
    /// The account is not in the organization's list.
    #[error("the organization does not list account {0}")]
    UnknownAccount(AccountId),
    /// A parent is neither a unit nor the root.
    #[error("{child} has the parent {parent}, which is neither a unit nor the root of the organization")]
    UnknownParent {
        /// The unit or account below.
        child: Box<str>,
        /// The id that nothing has.
        parent: Box<str>,
    },
    /// The parents of a unit lead back to it.
    #[error("the parents of {0} form a circle")]
    Circle(Box<str>),
}

impl Organization {
    /// The account's entry.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&AccountEntry> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// The root, the units and the account itself on the way to `account`, root first.
    ///
    /// # Errors
    /// The account or a parent is unknown, or the parents form a circle.
    pub fn ancestry(&self, account: AccountId) -> Result<Vec<Box<str>>, AncestryError> {
        let entry = self.account(account).ok_or(AncestryError::UnknownAccount(account))?;
        let mut way = vec![account.to_string().into_boxed_str()];
        let mut parent = &entry.parent_id;
        while !self.roots.iter().any(|root| root.id == *parent) {
            let unit = self.organizational_units.iter().find(|unit| unit.id == *parent).ok_or_else(|| {
                let child = way.last().cloned().unwrap_or_default();
                AncestryError::UnknownParent { child, parent: parent.clone() }
            })?;
            if way.contains(&unit.id) {
                return Err(AncestryError::Circle(unit.id.clone()));
            }
            way.push(unit.id.clone());
            parent = &unit.parent_id;
        }
        way.push(parent.clone());
        way.reverse();
        Ok(way)
    }

    /// The policies of one kind on the way from the root to `account`, root first.
    ///
    /// # Errors
    /// As [`Organization::ancestry`].
    pub fn levels(&self, account: AccountId, kind: PolicyType) -> Result<Vec<Level<'_>>, AncestryError> {
        let way = self.ancestry(account)?;
        Ok(way.into_iter().map(|id| Level { policies: self.attached(&id, kind), id }).collect())
    }

    /// The value of `aws:PrincipalOrgPaths` and `aws:ResourceOrgPaths` for an account:
    /// `o-.../r-.../ou-.../`, without the account.
    ///
    /// # Errors
    /// As [`Organization::ancestry`].
    pub fn path(&self, account: AccountId) -> Result<String, AncestryError> {
        let way = self.ancestry(account)?;
        let units = way.split_last().map_or(&[][..], |(_, units)| units);
        let mut path = format!("{}/", self.organization.id);
        for unit in units {
            path.push_str(unit);
            path.push('/');
        }
        Ok(path)
    }

    /// Whether `account` is the management account.
    #[must_use]
    pub fn is_management(&self, account: AccountId) -> bool {
        self.organization.master_account_id == account
    }

    /// Whether an S3 policy of the organization blocks public access for the whole account.
    ///
    /// "The S3 policy [...] `public_access_block_configuration`: `all` enables all four settings".
    /// (Organizations User Guide, orgs_manage_policies_s3)
    ///
    /// # Errors
    /// As [`Organization::ancestry`].
    pub fn blocks_public_access(&self, account: AccountId) -> Result<bool, AncestryError> {
        let levels = self.levels(account, PolicyType::S3Policy)?;
        Ok(levels.iter().flat_map(|level| &level.policies).any(|policy| policy.assigns_public_access_block()))
    }

    fn attached(&self, target: &str, kind: PolicyType) -> Vec<&OrganizationPolicy> {
        let ids = self.attachments.iter().filter(|attachment| *attachment.target_id == *target);
        ids.filter_map(|attachment| self.policies.iter().find(|policy| policy.id == attachment.policy_id))
            .filter(|policy| policy.kind == kind)
            .collect()
    }
}

impl OrganizationPolicy {
    fn assigns_public_access_block(&self) -> bool {
        let content: Value = serde_json::from_str(self.content.text()).unwrap_or_default();
        let setting = content.pointer("/s3_attributes/public_access_block_configuration/@@assign");
        setting.and_then(Value::as_str) == Some("all")
    }
}

fn active() -> Box<str> {
    "ACTIVE".into()
}
