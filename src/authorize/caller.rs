//! Who calls.

use crate::estate::AccountId;
use crate::iam::{Arn, AwsPrincipal, Context, Effect, Element, PrincipalId, Principals, Statement};

/// The principal of one request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// A request without credentials.
    Anonymous,
    /// An AWS service acting by itself, such as `logging.s3.amazonaws.com`.
    Service(Box<str>),
    /// Who signed in with an identity provider and asks for a role: the provider's ARN or name.
    Federated(Box<str>),
    /// An identity of an account.
    Account {
        /// The account.
        account: AccountId,
        /// Which identity of it.
        identity: Identity,
    },
}

/// An identity of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// The account's root user.
    Root,
    /// A user, by ARN.
    User(Box<str>),
    /// A session of a role; its name is not stated.
    Role(Box<str>),
    /// A session of a role, by its own ARN.
    Session {
        /// The role's ARN, path included.
        role: Box<str>,
        /// `arn:aws:sts::A:assumed-role/ROLE/SESSION`.
        session: Box<str>,
    },
    /// A federated user's session, by ARN.
    FederatedUser(Box<str>),
}

/// How a statement of a resource policy names the caller. The order is that of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Naming {
    /// Not at all.
    Not,
    /// By the account, which then decides for itself.
    Account,
    /// By the ARN of the role whose session calls.
    Role,
    /// Itself: the user, the session, the service, or everyone.
    Direct,
}

/// A text that names no caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no principal; expected \"*\", a service such as \"glue.amazonaws.com\", or the ARN of a user, role, session or root"
)]
pub struct UnknownCallerError(Box<str>);

impl Caller {
    /// Reads a principal as the simulation format writes it. A session's role is taken from `aws:PrincipalArn` where
    /// the context has it: the session's own ARN does not carry the role's path.
    ///
    /// # Errors
    /// The text is none of the forms of a principal.
    pub fn parse(text: &str, context: &Context) -> Result<Self, UnknownCallerError> {
        if text == "*" {
            return Ok(Self::Anonymous);
        }
        let unknown = || UnknownCallerError(text.into());
        let Some(arn) = Arn::parse(text) else {
            let service = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
            return if service { Ok(Self::Service(text.into())) } else { Err(unknown()) };
        };
        let account = AccountId::parse(arn.account).ok_or_else(unknown)?;
        let (kind, name) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        let identity = match (arn.service, kind) {
            ("iam", "root") => Identity::Root,
            ("iam", "user") => Identity::User(text.into()),
            ("iam", "role") => Identity::Role(text.into()),
            ("iam", "saml-provider" | "oidc-provider") => return Ok(Self::Federated(text.into())),
            ("sts", "federated-user") => Identity::FederatedUser(text.into()),
            ("sts", "assumed-role") => {
                let role = name.split_once('/').map_or(name, |(role, _)| role);
                let plain = || format!("arn:{}:iam::{}:role/{role}", arn.partition, arn.account).into();
                let stated = context.one("aws:PrincipalArn").filter(|arn| arn.ends_with(&format!("/{role}")));
                Identity::Session { role: stated.map_or_else(plain, Box::from), session: text.into() }
            }
            _ => return Err(unknown()),
        };
        Ok(Self::Account { account, identity })
    }

    /// The caller's account.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account { account, .. } => Some(*account),
            _ => None,
        }
    }

    /// The value of `aws:PrincipalArn`: for a session the ARN of its role.
    #[must_use]
    pub fn principal_arn(&self, partition: &str) -> Option<String> {
        let Self::Account { account, identity } = self else { return None };
        Some(match identity {
            Identity::Root => format!("arn:{partition}:iam::{account}:root"),
            Identity::User(arn) | Identity::Role(arn) | Identity::FederatedUser(arn) => arn.to_string(),
            Identity::Session { role, .. } => role.to_string(),
        })
    }

    /// The value of `aws:PrincipalType`.
    #[must_use]
    pub fn principal_type(&self) -> Option<&'static str> {
        match self {
            Self::Anonymous => Some("Anonymous"),
            Self::Service(_) | Self::Federated(_) => None,
            Self::Account { identity, .. } => Some(match identity {
                Identity::Root => "Account",
                Identity::User(_) => "User",
                Identity::Role(_) | Identity::Session { .. } => "AssumedRole",
                Identity::FederatedUser(_) => "FederatedUser",
            }),
        }
    }

    /// Whether the caller is the root user of an account.
    #[must_use]
    pub fn is_root(&self) -> bool {
        matches!(self, Self::Account { identity: Identity::Root, .. })
    }

    /// "Service-linked roles [...] have the path /aws-service-role/" (IAM User Guide, using-service-linked-roles).
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.role().is_some_and(|role| role.contains(":role/aws-service-role/"))
    }

    /// Whether this is the ARN of a session of the caller's role, the caller's own or another.
    fn is_of_role(&self, session: &str) -> bool {
        let role = self.role().and_then(Arn::parse);
        let (Some(session), Some(role)) = (Arn::parse(session), role) else { return false };
        // A session's ARN has the role's name without its path.
        session.account == role.account
            && session.resource.split('/').nth(1) == role.resource.rsplit('/').next()
    }

    fn role(&self) -> Option<&str> {
        match self {
            Self::Account { identity: Identity::Role(role) | Identity::Session { role, .. }, .. } => {
                Some(role)
            }
            _ => None,
        }
    }
}

/// How the `Principal` or `NotPrincipal` of a statement names the caller, and whether the guide leaves it open.
///
/// A statement of a resource policy without either names nobody.
pub(crate) fn naming(
    statement: &Statement,
    caller: &Caller,
    canonical_id: Option<&str>,
    has_boundary: bool,
) -> (Naming, Option<&'static str>) {
    let named = |principals: &Principals| {
        principals.ids.iter().map(|id| names(id, caller, canonical_id)).max().unwrap_or(Naming::Not)
    };
    match (&statement.principal, statement.effect) {
        (None, _) => (Naming::Not, None),
        (Some(Element::Is(principals)), _) => (named(principals), None),
        // "Allow with NotPrincipal [...] might grant everyone else, anonymous callers included."
        // (IAM User Guide, reference_policies_elements_notprincipal)
        (Some(Element::IsNot(principals)), Effect::Allow) => {
            (if named(principals) == Naming::Not { Naming::Direct } else { Naming::Not }, None)
        }
        // "NotPrincipal with Deny always denies principals that have a permissions boundary attached."
        (Some(Element::IsNot(_)), Effect::Deny) if has_boundary && caller.account().is_some() => {
            (Naming::Direct, None)
        }
        (Some(Element::IsNot(principals)), Effect::Deny) => spared(principals, caller, named(principals)),
    }
}

/// Whether a Deny with `NotPrincipal` spares the caller.
///
/// "You must also specify the account ARN of the not-denied principal. Otherwise, the policy might deny access to the
/// entire AWS account containing the principal." A role's session must be listed too. The guide says "might" of a list that
/// is not complete: then the caller counts as spared, and the answer is `may`.
fn spared(principals: &Principals, caller: &Caller, named: Naming) -> (Naming, Option<&'static str>) {
    const INCOMPLETE: &str =
        "a Deny with NotPrincipal names the caller but not also its account and, for a role, its session";
    let lists = |wanted: Naming| principals.ids.iter().any(|id| names(id, caller, None) == wanted);
    let another_session = || {
        principals.ids.iter().any(|id| match id {
            PrincipalId::Aws(AwsPrincipal::Session(arn)) => caller.is_of_role(arn),
            _ => false,
        })
    };
    match (named, caller) {
        (Naming::Account, Caller::Account { identity: Identity::Root, .. }) => (Naming::Not, None),
        (Naming::Not | Naming::Account, _) => (Naming::Direct, None),
        // The list spares a session of this role, and this is another.
        (Naming::Role, Caller::Account { identity: Identity::Session { .. }, .. }) if another_session() => {
            (Naming::Direct, None)
        }
        (Naming::Role | Naming::Direct, Caller::Account { .. }) if !principals.include_anyone() => {
            let complete = lists(Naming::Account)
                && lists(Naming::Direct)
                && (caller.role().is_none() || lists(Naming::Role));
            (Naming::Not, (!complete).then_some(INCOMPLETE))
        }
        _ => (Naming::Not, None),
    }
}

/// How one entry of `Principal`, or the grantee of a grant, names the caller.
pub(crate) fn names(id: &PrincipalId, caller: &Caller, canonical_id: Option<&str>) -> Naming {
    let direct = |is: bool| if is { Naming::Direct } else { Naming::Not };
    match (id, caller) {
        (PrincipalId::Aws(AwsPrincipal::Anyone), _) => Naming::Direct,
        // An id that AWS put in the place of a deleted principal matches nobody that exists.
        (PrincipalId::Aws(AwsPrincipal::Deleted(_)), _) => Naming::Not,
        (PrincipalId::Aws(principal), Caller::Account { account, identity }) => match (principal, identity) {
            (AwsPrincipal::Account { account: named, .. }, _) => {
                if AccountId::parse(named) == Some(*account) { Naming::Account } else { Naming::Not }
            }
            (AwsPrincipal::User(named), Identity::User(arn))
            | (AwsPrincipal::FederatedUser(named), Identity::FederatedUser(arn))
            | (AwsPrincipal::Session(named), Identity::Session { session: arn, .. }) => direct(named == arn),
            (AwsPrincipal::Role(named), Identity::Role(role) | Identity::Session { role, .. }) => {
                if named == role { Naming::Role } else { Naming::Not }
            }
            _ => Naming::Not,
        },
        (PrincipalId::Service(named), Caller::Service(service)) => direct(named == service),
        (PrincipalId::Federated(named), Caller::Federated(provider)) => direct(named == provider),
        // S3 reads the canonical id of an account as the account.
        (PrincipalId::CanonicalUser(named), Caller::Account { .. }) => {
            if canonical_id == Some(named) {
                Naming::Account
            } else {
                Naming::Not
            }
        }
        _ => Naming::Not,
    }
}
