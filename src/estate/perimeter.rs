//! Which accounts are inside.

use rustc_hash::FxHashSet;

use super::Estate;
use super::account_id::AccountId;

/// The line between the accounts of the organization and everyone else's. An estate without an organization is an account or
/// several by themselves: inside is whose evidence is here.
#[derive(Debug, Clone)]
pub struct Perimeter<'a> {
    /// `o-...`, if there is an organization and it could be read.
    pub organization: Option<&'a str>,
    inside: FxHashSet<AccountId>,
}

impl<'a> Perimeter<'a> {
    /// The perimeter of an estate.
    #[must_use]
    pub fn of(estate: &'a Estate) -> Self {
        match estate.organization() {
            Some(organization) => Self {
                organization: Some(&organization.organization.id),
                inside: organization.accounts.iter().map(|account| account.id).collect(),
            },
            None => Self {
                organization: None,
                inside: estate.accounts().map(|account| account.account_id).collect(),
            },
        }
    }

    /// Whether an account is inside.
    #[must_use]
    pub fn contains(&self, account: AccountId) -> bool {
        self.inside.contains(&account)
    }

    /// Whether an account, given as text, is inside.
    #[must_use]
    pub fn contains_text(&self, account: &str) -> bool {
        AccountId::parse(account).is_some_and(|account| self.contains(account))
    }
}
