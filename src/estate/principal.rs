//! Users and roles seen alike.

use super::account_id::AccountId;
use super::fact::Fact;
use super::identity::{AttachedPolicy, Role, User};
use super::policy::PolicyDocument;
use super::tag::Tag;
use super::{Account, Unread};

/// A user or a role of an account.
#[derive(Debug, Clone, Copy)]
pub struct Principal<'a> {
    /// Its account.
    pub account: &'a Account,
    /// What it is.
    pub kind: PrincipalKind<'a>,
}

/// What a principal is.
#[derive(Debug, Clone, Copy)]
pub enum PrincipalKind<'a> {
    /// An IAM user.
    User(&'a User),
    /// An IAM role.
    Role(&'a Role),
}

impl<'a> Principal<'a> {
    /// A user of an account.
    #[must_use]
    pub fn user(account: &'a Account, user: &'a User) -> Self {
        Self { account, kind: PrincipalKind::User(user) }
    }

    /// A role of an account.
    #[must_use]
    pub fn role(account: &'a Account, role: &'a Role) -> Self {
        Self { account, kind: PrincipalKind::Role(role) }
    }

    /// The role, if it is one.
    #[must_use]
    pub fn as_role(&self) -> Option<&'a Role> {
        match self.kind {
            PrincipalKind::Role(role) => Some(role),
            PrincipalKind::User(_) => None,
        }
    }

    /// The number of its account.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.account.account_id
    }

    /// The ARN.
    #[must_use]
    pub fn arn(&self) -> &'a str {
        match self.kind {
            PrincipalKind::User(user) => &user.arn,
            PrincipalKind::Role(role) => &role.arn,
        }
    }

    /// The name, without the path.
    #[must_use]
    pub fn name(&self) -> &'a str {
        match self.kind {
            PrincipalKind::User(user) => &user.user_name,
            PrincipalKind::Role(role) => &role.role_name,
        }
    }

    /// The path, `/` included at both ends.
    #[must_use]
    pub fn path(&self) -> &'a str {
        match self.kind {
            PrincipalKind::User(user) => &user.path,
            PrincipalKind::Role(role) => &role.path,
        }
    }

    /// The tags.
    #[must_use]
    pub fn tags(&self) -> &'a [Tag] {
        match self.kind {
            PrincipalKind::User(user) => &user.tags,
            PrincipalKind::Role(role) => &role.tags,
        }
    }

    /// The ARN of the permissions boundary.
    #[must_use]
    pub fn boundary_arn(&self) -> Option<&'a str> {
        let boundary = match self.kind {
            PrincipalKind::User(user) => &user.permissions_boundary,
            PrincipalKind::Role(role) => &role.permissions_boundary,
        };
        boundary.as_ref().map(|boundary| &*boundary.permissions_boundary_arn)
    }

    /// The document of the permissions boundary; `Known(None)` if there is no boundary.
    #[must_use]
    pub fn boundary(&self) -> Fact<Option<(&'a str, &'a PolicyDocument)>> {
        match self.boundary_arn() {
            None => Fact::Known(None),
            Some(arn) => self.managed(arn).map(|policy| Some(*policy)),
        }
    }

    /// The identity policies, each with the name that a report gives it: inline ones, those of the user's groups, and
    /// managed ones by ARN. A policy that was not read makes the whole list unread.
    #[must_use]
    pub fn identity_policies(&self) -> Fact<Vec<(&'a str, &'a PolicyDocument)>> {
        let mut found = vec![];
        match self.identity_policies_into(&mut found) {
            Ok(()) => Fact::Known(found),
            Err(why) => Fact::Unread(why),
        }
    }

    fn identity_policies_into(&self, found: &mut Vec<(&'a str, &'a PolicyDocument)>) -> Result<(), Unread> {
        match self.kind {
            PrincipalKind::Role(role) => {
                let inline = required(&role.role_policy_list)?;
                found.extend(inline.iter().map(|policy| (&*policy.policy_name, &policy.policy_document)));
                self.attached_into(required(&role.attached_managed_policies)?, found)
            }
            PrincipalKind::User(user) => {
                let inline = &user.user_policy_list;
                found.extend(inline.iter().map(|policy| (&*policy.policy_name, &policy.policy_document)));
                self.attached_into(required(&user.attached_managed_policies)?, found)?;
                for name in required(&user.group_list)? {
                    let group = self.account.groups().iter().find(|group| group.group_name == *name);
                    let group = group.ok_or(Unread::Missing)?;
                    let inline = required(&group.group_policy_list)?;
                    found.extend(inline.iter().map(|policy| (&*policy.policy_name, &policy.policy_document)));
                    self.attached_into(required(&group.attached_managed_policies)?, found)?;
                }
                Ok(())
            }
        }
    }

    fn attached_into(
        &self,
        attached: &'a [AttachedPolicy],
        found: &mut Vec<(&'a str, &'a PolicyDocument)>,
    ) -> Result<(), Unread> {
        for policy in attached {
            match self.managed(&policy.policy_arn) {
                Fact::Known(policy) => found.push(policy),
                Fact::Unread(why) => return Err(why),
            }
        }
        Ok(())
    }

    fn managed(&self, arn: &'a str) -> Fact<(&'a str, &'a PolicyDocument)> {
        match self.account.managed_policy(arn).and_then(super::ManagedPolicy::document) {
            Some(document) => Fact::Known((arn, document)),
            None => Fact::Unread(Unread::Missing),
        }
    }
}

fn required<T>(fact: &Fact<T>) -> Result<&T, Unread> {
    match fact {
        Fact::Known(known) => Ok(known),
        Fact::Unread(why) => Err(why.clone()),
    }
}
