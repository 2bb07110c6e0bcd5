//! What of an organization was to be collected.

use serde::{Deserialize, Serialize};

use super::account_id::AccountId;

/// The part of an organization that its collector was asked for; all of it by default. What lies outside was left out on
/// purpose, and is as unknown as what could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Scope {
    /// Only these accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountId>,
    /// None of these accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_accounts: Vec<AccountId>,
    /// Only accounts below these units, `ou-...` or `r-...`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Box<str>>,
    /// Only buckets whose name one of these patterns matches, with `*` and `?` as wildcards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<Box<str>>,
}

impl Scope {
    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the accounts are a choice.
    #[must_use]
    pub fn chooses_accounts(&self) -> bool {
        !(self.accounts.is_empty() && self.excluded_accounts.is_empty() && self.units.is_empty())
    }

    /// Whether an account is meant, whose ancestry in the organization is `units`, the root included.
    #[must_use]
    pub fn covers_account(&self, account: AccountId, units: &[impl AsRef<str>]) -> bool {
        let named = self.accounts.contains(&account);
        let below = units.iter().any(|unit| self.units.iter().any(|wanted| **wanted == *unit.as_ref()));
        let wanted = self.accounts.is_empty() && self.units.is_empty() || named || below;
        wanted && !self.excluded_accounts.contains(&account)
    }
}
