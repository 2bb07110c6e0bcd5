//! The tree of an organization, for looking up what binds an account.

use rustc_hash::FxHashMap;

use super::account_id::AccountId;
use super::organization::{AccountEntry, Organization, OrganizationPolicy, PolicyType};

/// An organization with its tree and its attachments indexed.
#[derive(Debug, Clone)]
pub struct Hierarchy<'a> {
    /// The organization.
    pub organization: &'a Organization,
    accounts: FxHashMap<AccountId, &'a AccountEntry>,
    /// The parent of every unit.
    parents: FxHashMap<&'a str, &'a str>,
    /// The policies attached to a root, unit or account.
    attached: FxHashMap<&'a str, Vec<&'a OrganizationPolicy>>,
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

impl<'a> Hierarchy<'a> {
    /// Indexes an organization.
    #[must_use]
    pub fn new(organization: &'a Organization) -> Self {
        let policies: FxHashMap<&str, &OrganizationPolicy> =
            organization.policies.iter().map(|policy| (&*policy.id, policy)).collect();
        let mut attached: FxHashMap<&str, Vec<&OrganizationPolicy>> = FxHashMap::default();
        for attachment in &organization.attachments {
            let policy = policies.get(&*attachment.policy_id).copied();
            attached.entry(&attachment.target_id).or_default().extend(policy);
        }
        Self {
            organization,
            accounts: organization.accounts.iter().map(|account| (account.id, account)).collect(),
            parents: organization
                .organizational_units
                .iter()
                .map(|unit| (&*unit.id, &*unit.parent_id))
                .collect(),
            attached,
        }
    }

    /// The account's entry.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&'a AccountEntry> {
        self.accounts.get(&id).copied()
    }

    /// The ids of the root, the units and the account itself on the way to `account`, root first.
    ///
    /// # Errors
    /// The account or a parent is unknown, or the parents form a circle.
    pub fn ancestry(&self, account: AccountId) -> Result<Vec<Box<str>>, AncestryError> {
        let entry = self.account(account).ok_or(AncestryError::UnknownAccount(account))?;
        let mut way: Vec<Box<str>> = vec![account.to_string().into()];
        let mut parent = &*entry.parent_id;
        while !self.organization.roots.iter().any(|root| *root.id == *parent) {
            let Some(above) = self.parents.get(parent) else {
                let child = way.last().cloned().unwrap_or_default();
                return Err(AncestryError::UnknownParent { child, parent: parent.into() });
            };
            if way.iter().any(|passed| **passed == *parent) {
                return Err(AncestryError::Circle(parent.into()));
            }
            way.push(parent.into());
            parent = above;
        }
        way.push(parent.into());
        way.reverse();
        Ok(way)
    }

    /// The policies of one kind on the way from the root to `account`, root first.
    ///
    /// # Errors
    /// As [`Hierarchy::ancestry`].
    pub fn levels(&self, account: AccountId, kind: PolicyType) -> Result<Vec<Level<'a>>, AncestryError> {
        let of_kind = |id: &str| {
            let attached = self.attached.get(id).map_or(&[][..], |policies| policies);
            attached.iter().copied().filter(|policy| policy.kind == kind).collect()
        };
        Ok(self.ancestry(account)?.into_iter().map(|id| Level { policies: of_kind(&id), id }).collect())
    }

    /// The value of `aws:PrincipalOrgPaths` and `aws:ResourceOrgPaths` for an account: `o-.../r-.../ou-.../`.
    ///
    /// # Errors
    /// As [`Hierarchy::ancestry`].
    pub fn path(&self, account: AccountId) -> Result<String, AncestryError> {
        let way = self.ancestry(account)?;
        let units = way.split_last().map_or(&[][..], |(_, units)| units);
        let ids = units.iter().map(|unit| &**unit);
        Ok(std::iter::once(&*self.organization.organization.id)
            .chain(ids)
            .fold(String::new(), |path, id| path + id + "/"))
    }

    /// Whether an S3 policy of the organization blocks public access for the whole account.
    ///
    /// "`public_access_block_configuration`: `all` enables all four settings".
    /// (Organizations User Guide, orgs_manage_policies_s3)
    ///
    /// # Errors
    /// As [`Hierarchy::ancestry`].
    pub fn blocks_public_access(&self, account: AccountId) -> Result<bool, AncestryError> {
        let levels = self.levels(account, PolicyType::S3Policy)?;
        Ok(levels.iter().flat_map(|level| &level.policies).any(|policy| policy.assigns_public_access_block()))
    }
}
