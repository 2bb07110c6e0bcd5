//! Callers by the names that people and policies give them.

use super::ground::Ground;
use super::subject::Subject;
use crate::authorize::{Caller, Identity};
use crate::estate::AccountId;
use crate::iam::{Arn, Context};

impl<'a> Subject<'a> {
    /// Whom a text names: a user or role by its ARN, a session, any role of an account by the account's number, a service of AWS, an
    /// identity provider, or `*` for whoever does not sign. None if the text names nobody, or nobody of an account that was read.
    #[must_use]
    pub fn named(ground: &'a Ground<'a>, text: &str) -> Option<Self> {
        if let Some(account) = AccountId::parse(text) {
            return ground.is_unread(account).then(|| Self::any_role(ground, account));
        }
        if text.contains(":sts:") {
            return Self::session_named(ground, text);
        }
        match Caller::parse(text, &Context::new()).ok()? {
            Caller::Account { account, identity: Identity::Root } => Some(Self::root(ground, account)),
            Caller::Account { account, identity } if ground.is_unread(account) => {
                Some(Self::stranger(ground, account, identity, ground.canonical_id(account)))
            }
            Caller::Account { account, .. } => {
                let mut principals = ground.estate.account(account)?.principals();
                Some(Self::principal(ground, principals.find(|principal| principal.arn() == text)?))
            }
            caller => Some(Self::without_account(ground, caller)),
        }
    }

    /// The session that a policy names, if its role is in the estate.
    pub(super) fn session_named(ground: &'a Ground<'a>, session: &str) -> Option<Self> {
        let arn = Arn::parse(session)?;
        let account_id = AccountId::parse(arn.account)?;
        let account = ground.estate.account(account_id);
        let mut parts = arn.resource.split('/');
        match (parts.next(), parts.next(), account) {
            (Some("assumed-role"), Some(name), Some(account)) => {
                let role = account
                    .principals()
                    .find(|principal| principal.as_role().is_some() && principal.name() == name)?;
                Some(Self::session(ground, role, session))
            }
            (Some("assumed-role"), Some(name), None) => {
                let role = format!("arn:{}:iam::{}:role/{name}", arn.partition, arn.account).into();
                Some(Self::stranger(
                    ground,
                    account_id,
                    Identity::Session { role, session: session.into() },
                    None,
                ))
            }
            (Some("federated-user"), Some(_), _) => {
                Some(Self::stranger(ground, account_id, Identity::FederatedUser(session.into()), None))
            }
            _ => None,
        }
    }
}
