//! Whom the policies of a bucket's side can let in at all.

use std::collections::BTreeSet;

use super::ground::Ground;
use super::site::Site;
use crate::estate::AccountId;
use crate::iam::{AwsPrincipal, Document, Effect, Element, PrincipalId};

/// Whom the policies of a bucket and of its access points name. Whoever is not among them, and not of the bucket's own account, has no
/// access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Everybody, those who do not sign included.
    pub everyone: bool,
    /// Everybody who signs, by an access control list.
    pub every_account: bool,
    /// Accounts, which may delegate.
    pub accounts: BTreeSet<AccountId>,
    /// Users and roles, by ARN.
    pub principals: BTreeSet<Box<str>>,
    /// Sessions of roles, and of federated users, by ARN; those that only a Deny spares too.
    pub sessions: BTreeSet<Box<str>>,
    /// Services of AWS.
    pub services: BTreeSet<Box<str>>,
    /// Identity providers.
    pub providers: BTreeSet<Box<str>>,
    /// Accounts by their canonical ids, where nobody knows which they are.
    pub canonical_ids: BTreeSet<Box<str>>,
}

impl Reach {
    /// Whom the policies of some ways to one bucket name.
    #[must_use]
    pub fn of<'s, 'a: 's>(ground: &Ground<'a>, sites: impl IntoIterator<Item = &'s Site<'a>>) -> Self {
        let mut reach = Self::default();
        for site in sites {
            let point = site.access_point.and_then(|point| point.policy);
            for policy in site.policy.into_iter().chain(point) {
                reach.add(ground, policy.document);
            }
            if let Some(point) = site.access_point {
                reach.accounts.insert(point.account);
            }
            for grant in site.acl().map_or(&[][..], |acl| &acl.grants) {
                match (grant.grantee.uri.as_deref(), &grant.grantee.id) {
                    (Some(group), _) if group.ends_with("/AllUsers") => reach.everyone = true,
                    (Some(group), _) if group.ends_with("/AuthenticatedUsers") => reach.every_account = true,
                    (Some(group), _) if group.ends_with("/LogDelivery") => {
                        reach.services.insert("logging.s3.amazonaws.com".into());
                    }
                    (None, Some(id)) => reach.add_canonical(ground, id),
                    _ => {}
                }
            }
        }
        reach
    }

    fn add(&mut self, ground: &Ground<'_>, document: &Document) {
        for statement in &document.statements {
            let (ids, allowed) = match (&statement.principal, statement.effect) {
                (Some(Element::Is(principals)), effect) => (&principals.ids, effect == Effect::Allow),
                (Some(Element::IsNot(principals)), effect) => {
                    self.everyone |= effect == Effect::Allow;
                    (&principals.ids, false)
                }
                (None, _) => continue,
            };
            for id in ids {
                self.add_principal(ground, id, allowed);
            }
        }
    }

    fn add_principal(&mut self, ground: &Ground<'_>, id: &PrincipalId, allowed: bool) {
        match id {
            PrincipalId::Aws(AwsPrincipal::Session(arn) | AwsPrincipal::FederatedUser(arn)) => {
                self.sessions.insert(arn.clone());
            }
            _ if !allowed => {}
            PrincipalId::Aws(AwsPrincipal::Anyone) => self.everyone = true,
            PrincipalId::Aws(AwsPrincipal::Account { account, .. }) => {
                self.accounts.extend(AccountId::parse(account));
            }
            PrincipalId::Aws(AwsPrincipal::User(arn) | AwsPrincipal::Role(arn)) => {
                self.principals.insert(arn.clone());
            }
            PrincipalId::Aws(AwsPrincipal::Deleted(_)) => {}
            PrincipalId::Service(name) => _ = self.services.insert(name.clone()),
            PrincipalId::Federated(provider) => _ = self.providers.insert(provider.clone()),
            PrincipalId::CanonicalUser(id) => self.add_canonical(ground, id),
        }
    }

    fn add_canonical(&mut self, ground: &Ground<'_>, id: &str) {
        match ground.account_of(id) {
            Some(account) => _ = self.accounts.insert(account),
            None => _ = self.canonical_ids.insert(id.into()),
        }
    }
}
