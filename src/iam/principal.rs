//! The `Principal` element in all its forms.

use std::fmt;

use super::arn::Arn;

/// Whom a `Principal` or `NotPrincipal` element names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principals {
    /// The principals, in the order of the policy.
    pub ids: Vec<PrincipalId>,
    /// Whether the element is the bare `"*"` and not an object; both say the same.
    pub bare: bool,
}

/// One principal of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalId {
    /// `"AWS"`: accounts, users, roles, sessions.
    Aws(AwsPrincipal),
    /// `"Service"`: an AWS service, such as `glue.amazonaws.com`.
    Service(Box<str>),
    /// `"Federated"`: a SAML or OIDC provider's ARN, or a web identity provider's name.
    Federated(Box<str>),
    /// `"CanonicalUser"`: the canonical id of an account, as S3 uses it.
    CanonicalUser(Box<str>),
}

/// A principal under `"AWS"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AwsPrincipal {
    /// `*`: everyone, anonymous callers included.
    Anyone,
    /// An account, as its number or as `arn:aws:iam::A:root`.
    Account {
        /// The account's number.
        account: Box<str>,
        /// How the policy writes it.
        text: Box<str>,
    },
    /// A user, by ARN.
    User(Box<str>),
    /// A role, by ARN.
    Role(Box<str>),
    /// A session of a role, `arn:aws:sts::A:assumed-role/ROLE/SESSION`.
    Session(Box<str>),
    /// A federated user's session, `arn:aws:sts::A:federated-user/NAME`.
    FederatedUser(Box<str>),
    /// The unique id (`AROA...`, `AIDA...`) that AWS put in the place of a principal that was deleted. It matches nobody.
    Deleted(Box<str>),
}

impl Principals {
    /// Whether everyone is named, anonymous callers included.
    #[must_use]
    pub fn include_anyone(&self) -> bool {
        self.ids.contains(&PrincipalId::Aws(AwsPrincipal::Anyone))
    }
}

impl AwsPrincipal {
    /// Reads an entry of `"AWS"`.
    ///
    /// # Errors
    /// What is expected instead.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const FORMS: &str =
            "\"*\", an account number, or the ARN of an account's root, a user, a role or a session";
        if text == "*" {
            return Ok(Self::Anyone);
        }
        if is_account_number(text) {
            return Ok(Self::Account { account: text.into(), text: text.into() });
        }
        if is_unique_id(text) {
            return Ok(Self::Deleted(text.into()));
        }
        let arn = Arn::parse(text).ok_or(FORMS)?;
        if text.contains(['*', '?']) {
            return Err("an ARN without wildcards: in Principal only a whole \"*\" is a wildcard");
        }
        let kind = arn.resource.split_once('/').map_or(arn.resource, |(kind, _)| kind);
        match (arn.service, kind) {
            _ if !is_account_number(arn.account) => Err("an ARN with an account number of twelve digits"),
            ("iam", "root") => Ok(Self::Account { account: arn.account.into(), text: text.into() }),
            ("iam", "user") => Ok(Self::User(text.into())),
            ("iam", "role") => Ok(Self::Role(text.into())),
            ("sts", "assumed-role") => Ok(Self::Session(text.into())),
            ("sts", "federated-user") => Ok(Self::FederatedUser(text.into())),
            _ => Err(FORMS),
        }
    }

    /// The principal as the policy writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Anyone => "*",
            Self::Account { text, .. } => text,
            Self::User(text)
            | Self::Role(text)
            | Self::Session(text)
            | Self::FederatedUser(text)
            | Self::Deleted(text) => text,
        }
    }

    /// The account that the principal belongs to; none for everyone and for deleted ids.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Anyone | Self::Deleted(_) => None,
            Self::Account { account, .. } => Some(account),
            Self::User(arn) | Self::Role(arn) | Self::Session(arn) | Self::FederatedUser(arn) => {
                Arn::parse(arn).map(|arn| arn.account)
            }
        }
    }
}

impl PrincipalId {
    /// The name of the member that it stands under: `AWS`, `Service`, `Federated`, `CanonicalUser`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Aws(_) => "AWS",
            Self::Service(_) => "Service",
            Self::Federated(_) => "Federated",
            Self::CanonicalUser(_) => "CanonicalUser",
        }
    }

    /// The principal as the policy writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Aws(principal) => principal.as_str(),
            Self::Service(text) | Self::Federated(text) | Self::CanonicalUser(text) => text,
        }
    }
}

impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Twelve digits.
fn is_account_number(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// "If you delete the user or role, the policy shows the unique identifier instead of the ARN."
/// (IAM User Guide, reference_identifiers: prefixes of unique ids)
fn is_unique_id(text: &str) -> bool {
    let prefixed =
        ["AROA", "AIDA", "AGPA", "AIPA", "ANPA", "ASCA"].iter().any(|prefix| text.starts_with(prefix));
    prefixed
        && text.len() >= 16
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_in_two_ways() {
        for text in ["111111111111", "arn:aws:iam::111111111111:root"] {
            let principal = AwsPrincipal::parse(text).expect("an account");
            assert_eq!(principal.account(), Some("111111111111"));
            assert_eq!(principal.as_str(), text);
        }
    }

    #[test]
    fn what_names_nobody_is_refused() {
        for text in ["alice", "arn:aws:iam::111111111111:role/*", "arn:aws:iam::1:root", "arn:aws:s3:::b", ""]
        {
            assert!(AwsPrincipal::parse(text).is_err(), "{text}");
        }
        let deleted = AwsPrincipal::parse("AROAEXAMPLEID1234567").expect("an id");
        assert_eq!(deleted, AwsPrincipal::Deleted("AROAEXAMPLEID1234567".into()));
    }
}
