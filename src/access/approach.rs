//! The ways to a bucket, and whom its policies invite from elsewhere.

use super::ground::Ground;
use super::reach::Reach;
use super::site::Site;
use super::subject::Subject;
use crate::authorize::{Caller, Identity};
use crate::estate::{Account, AccountId, Bucket, Principal};
use crate::iam::{Arn, AwsPrincipal};

/// A bucket with the ways to it.
#[derive(Debug, Clone)]
pub struct Approach<'a> {
    /// By its name, through each access point, and through each VPC endpoint that some policy names.
    pub sites: Vec<Site<'a>>,
    reach: Reach,
}

impl<'a> Approach<'a> {
    /// The ways to a bucket.
    #[must_use]
    pub fn to(ground: &'a Ground<'a>, account: &'a Account, bucket: &'a Bucket) -> Self {
        let direct = Site::direct(ground, account, bucket);
        let mut sites: Vec<Site<'a>> =
            ground.doors(&bucket.name).map(|door| direct.through(ground, &door)).collect();
        sites
            .extend(ground.endpoints_named(&direct).into_iter().map(|endpoint| direct.by_endpoint(endpoint)));
        sites.insert(0, direct);
        let reach = Reach::of(ground, &sites);
        Self { sites, reach }
    }

    /// Everybody from elsewhere whom the policies may let in.
    #[must_use]
    pub fn guests(&self, ground: &'a Ground<'a>, home: &'a Account) -> Vec<Subject<'a>> {
        let mut guests = self.principals(ground, home);
        guests.extend(self.strangers(ground, home));
        for session in &self.reach.sessions {
            guests.extend(Subject::session_named(ground, session));
        }
        let callers = self.reach.services.iter().map(|name| Caller::Service(name.clone()));
        let callers = callers.chain(self.reach.providers.iter().map(|name| Caller::Federated(name.clone())));
        let callers = callers.chain(self.reach.everyone.then_some(Caller::Anonymous));
        guests.extend(callers.map(|caller| Subject::without_account(ground, caller)));
        guests
    }

    /// The root users of the accounts that may come in: of the bucket's own, and of those that its policies let in.
    #[must_use]
    pub fn roots(&self, ground: &'a Ground<'a>, home: &'a Account) -> Vec<Subject<'a>> {
        let all = self.reach.everyone || self.reach.every_account;
        let known = ground.estate.accounts().map(|account| account.account_id);
        let may = |id: &AccountId| *id == home.account_id || all || self.reach.accounts.contains(id);
        known.filter(may).map(|account| Subject::root(ground, account)).collect()
    }

    /// Users and roles of other accounts of the estate.
    fn principals(&self, ground: &'a Ground<'a>, home: &'a Account) -> Vec<Subject<'a>> {
        let all = self.reach.everyone || self.reach.every_account;
        let elsewhere = ground.estate.accounts().filter(|account| account.account_id != home.account_id);
        let mut found: Vec<Principal<'a>> = vec![];
        for account in elsewhere {
            if all || self.reach.accounts.contains(&account.account_id) {
                found.extend(account.principals());
            }
        }
        for arn in self.reach.principals.iter().filter(|_| !all) {
            let account = Arn::parse(arn).and_then(|arn| AccountId::parse(arn.account));
            let Some(account) =
                account.filter(|id| *id != home.account_id && !self.reach.accounts.contains(id))
            else {
                continue;
            };
            let account = ground.estate.account(account);
            found.extend(
                account.into_iter().flat_map(|a| a.principals()).find(|principal| principal.arn() == &**arn),
            );
        }
        let may = |principal: &Principal<'a>| self.sites.iter().any(|site| ground.may_allow(principal, site));
        found.into_iter().filter(may).map(|principal| Subject::principal(ground, principal)).collect()
    }

    /// Those of accounts whose principals are not known: of other organizations, and of accounts that were not read.
    fn strangers(&self, ground: &'a Ground<'a>, home: &'a Account) -> Vec<Subject<'a>> {
        let unknown = |account: AccountId| ground.is_unread(account) && account != home.account_id;
        let mut found = vec![];
        if ground.is_unread(home.account_id) {
            found.push(Subject::any_role(ground, home.account_id));
        }
        for account in self.reach.accounts.iter().filter(|account| unknown(**account)) {
            found.push(Subject::any_role(ground, *account));
        }
        for arn in &self.reach.principals {
            let account =
                Arn::parse(arn).and_then(|arn| AccountId::parse(arn.account)).filter(|id| unknown(*id));
            let identity = match AwsPrincipal::parse(arn).ok() {
                Some(AwsPrincipal::User(arn)) => Identity::User(arn),
                Some(AwsPrincipal::Role(arn)) => Identity::Role(arn),
                _ => continue,
            };
            found.extend(
                account.map(|account| {
                    Subject::stranger(ground, account, identity, ground.canonical_id(account))
                }),
            );
        }
        let outside = ground.some_outsider();
        if self.reach.everyone || self.reach.every_account {
            found.extend(outside.map(|account| Subject::any_role(ground, account)));
            found.extend(ground.unread_accounts().map(|account| Subject::any_role(ground, account)));
        }
        found
    }
}
