//! Who calls, and whom a policy names.

use serde_json::Value;

use super::json;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    User,
    /// A session of a role, with or without a stated session name.
    Session,
    FederatedUser,
    Root,
    Anonymous,
    Service,
}

#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) kind: Kind,
    /// Empty for anonymous callers and AWS services.
    pub(super) account: String,
    /// The user, session or federated-user ARN, or the service name; None for a session whose name is not stated.
    pub(super) own_arn: Option<String>,
    /// What `aws:PrincipalArn` holds: the role's ARN for a session.
    pub(super) principal_arn: Option<String>,
}

impl Caller {
    /// `request.principal`; `given_arn` is `contextVariables["aws:PrincipalArn"]`, which may tell the path of a session's role.
    pub(super) fn parse(principal: &str, given_arn: Option<&str>) -> Result<Self, String> {
        if principal == "*" {
            return Ok(Self::without_account(Kind::Anonymous, None));
        }
        if !principal.starts_with("arn:") && principal.contains(".amazonaws.com") {
            return Ok(Self::without_account(Kind::Service, Some(principal.to_owned())));
        }
        let parts =
            json::arn_parts(principal).ok_or_else(|| format!("\"{principal}\" is not a principal."))?;
        let caller = |kind, own: Option<String>, arn: String| Self {
            kind,
            account: parts[4].to_owned(),
            own_arn: own,
            principal_arn: Some(arn),
        };
        let whole = principal.to_owned();
        let name: Vec<&str> = parts[5].split('/').collect();
        match (parts[2], name[0], name.len()) {
            ("iam", "root", 1) => Ok(caller(Kind::Root, Some(whole.clone()), whole)),
            ("iam", "user", 2..) => Ok(caller(Kind::User, Some(whole.clone()), whole)),
            ("iam", "role", 2..) => Ok(caller(Kind::Session, None, whole)),
            ("sts", "federated-user", 2) => Ok(caller(Kind::FederatedUser, Some(whole.clone()), whole)),
            ("sts", "assumed-role", 3) => {
                // "For a session whose role has a path, give the role's ARN in contextVariables["aws:PrincipalArn"]".
                let bare = format!("arn:{}:iam::{}:role/{}", parts[1], parts[4], name[1]);
                let arn = given_arn
                    .filter(|given| is_role_named(given, parts[4], name[1]))
                    .map_or(bare, str::to_owned);
                Ok(caller(Kind::Session, Some(whole), arn))
            }
            _ => Err(format!("\"{principal}\" is not a principal.")),
        }
    }

    fn without_account(kind: Kind, name: Option<String>) -> Self {
        Self { kind, account: String::new(), own_arn: name, principal_arn: None }
    }

    pub(super) fn has_account(&self) -> bool {
        !matches!(self.kind, Kind::Anonymous | Kind::Service)
    }

    /// Rule 5: service-linked roles are known by the path of their ARN.
    pub(super) fn is_service_linked(&self) -> bool {
        self.kind == Kind::Session
            && self.principal_arn.as_ref().is_some_and(|arn| arn.contains(":role/aws-service-role/"))
    }

    /// Is this the ARN of some session of the caller's own role?
    fn is_sibling(&self, arn: &str) -> bool {
        let role = self.principal_arn.as_deref().and_then(|role| role.rsplit('/').next());
        let (Some(parts), Some(role)) = (json::arn_parts(arn), role) else {
            return false;
        };
        parts[2] == "sts"
            && parts[4] == self.account
            && parts[5].starts_with(&format!("assumed-role/{role}/"))
    }

    /// IG policy variables, "Principal key values".
    pub(super) fn principal_type(&self) -> Option<&'static str> {
        match self.kind {
            Kind::User => Some("User"),
            Kind::Session => Some("AssumedRole"),
            Kind::FederatedUser => Some("FederatedUser"),
            Kind::Root => Some("Account"),
            Kind::Anonymous => Some("Anonymous"),
            Kind::Service => None,
        }
    }
}

fn is_role_named(arn: &str, account: &str, name: &str) -> bool {
    json::arn_parts(arn).is_some_and(|parts| {
        parts[2] == "iam"
            && parts[4] == account
            && parts[5].starts_with("role/")
            && parts[5].rsplit('/').next() == Some(name)
    })
}

/// How closely a policy names the caller; the order is the strength of the grant.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Naming {
    /// The caller's account: the identity side must allow as well.
    Account,
    /// The role of the session: boundary and session policy still limit.
    Role,
    /// The user, the session, the service, or everybody.
    Direct,
}

/// The entries of a Principal or NotPrincipal element as (type, value); `"*"` is (`*`, `*`).
pub(super) fn entries(element: &Value) -> Result<Vec<(String, String)>, String> {
    match element {
        Value::String(star) if star == "*" => Ok(vec![("*".to_owned(), "*".to_owned())]),
        Value::Object(types) => {
            let mut all = Vec::new();
            for (kind, values) in types {
                if !["AWS", "Service", "Federated", "CanonicalUser"].contains(&kind.as_str()) {
                    return Err(format!("\"{kind}\" is not a type of principal."));
                }
                for value in json::one_or_many(values)? {
                    all.push((kind.clone(), value));
                }
            }
            Ok(all)
        }
        other => Err(format!("{other} is not a Principal element.")),
    }
}

/// How one entry names the caller, if it does.
pub(super) fn naming(
    entry: &(String, String),
    caller: &Caller,
    canonical_id: Option<&str>,
) -> Option<Naming> {
    let (kind, value) = (entry.0.as_str(), entry.1.as_str());
    match kind {
        // IG principal: `"Principal": "*"` and `"Principal": {"AWS": "*"}` are equivalent.
        "*" => Some(Naming::Direct),
        "AWS" if value == "*" => Some(Naming::Direct),
        "AWS" => naming_by_arn(value, caller),
        "Service" if caller.kind == Kind::Service && caller.own_arn.as_deref() == Some(value) => {
            Some(Naming::Direct)
        }
        // A canonical user id stands for an account (IG principal, "AWS account principals").
        "CanonicalUser" if caller.has_account() && canonical_id == Some(value) => {
            Some(account_naming(caller))
        }
        // The forms of request.principal hold no web identity and no SAML identity.
        _ => None,
    }
}

/// Rule 10: "A principal id that AWS replaced after deletion (`AROA...`, `AIDA...`) matches nobody that exists". No ARN equals it.
fn naming_by_arn(value: &str, caller: &Caller) -> Option<Naming> {
    if !caller.has_account() {
        return None;
    }
    if names_account(value, &caller.account) {
        return Some(account_naming(caller));
    }
    if caller.own_arn.as_deref() == Some(value) {
        return Some(Naming::Direct);
    }
    if caller.kind == Kind::Session && caller.principal_arn.as_deref() == Some(value) {
        return Some(Naming::Role);
    }
    None
}

/// Rule 4: "`{"AWS": "arn:aws:iam::A:root"}` or `"A"`". The root user of the account is named by it directly.
fn account_naming(caller: &Caller) -> Naming {
    if caller.kind == Kind::Root { Naming::Direct } else { Naming::Account }
}

pub(super) fn names_account(value: &str, account: &str) -> bool {
    value == account
        || json::arn_parts(value)
            .is_some_and(|parts| parts[2] == "iam" && parts[4] == account && parts[5] == "root")
}

/// How a Principal element names the caller: the closest of its entries.
///
/// `*` narrowed by `aws:PrincipalArn` is no exception: "Permissions boundaries and session policies do not limit permissions
/// granted using the aws:PrincipalArn condition key with a wildcard(*) in the Principal element, unless the identity-based
/// policies contain an explicit deny." (IG reference_policies_evaluation-logic_policy-eval-denyallow)
pub(super) fn closest(
    element: &Value,
    caller: &Caller,
    canonical_id: Option<&str>,
) -> Result<Option<Naming>, String> {
    let mut best = None;
    for entry in entries(element)? {
        let found = naming(&entry, caller, canonical_id);
        if found > best {
            best = found;
        }
    }
    Ok(best)
}

/// Rule 9: "NotPrincipal: with Deny it must list account AND role AND session to spare a session; it always hits principals
/// with a permissions boundary." Of a list that is not complete the guide says that it "might" hit the caller: the product takes
/// the reading that grants more, with `may`, and so does the oracle. To list only the account spares nobody but its root user,
/// and to list other sessions of the caller's role says that this one is not spared.
pub(super) fn spared_by_deny(
    element: &Value,
    caller: &Caller,
    canonical_id: Option<&str>,
    boundary: bool,
) -> Result<bool, String> {
    let listed = entries(element)?;
    let lists = |kind: &str, name: Option<&str>| {
        name.is_some_and(|name| listed.iter().any(|(of, value)| of == kind && value == name))
    };
    if boundary && caller.has_account() {
        return Ok(false);
    }
    if listed.iter().any(|(_, value)| value == "*") {
        return Ok(true);
    }
    let itself = lists("AWS", caller.own_arn.as_deref());
    Ok(match caller.kind {
        Kind::User | Kind::FederatedUser => itself,
        Kind::Session if itself => true,
        Kind::Session => {
            let stated = caller.own_arn.is_some();
            let sibling = listed.iter().any(|(_, value)| caller.is_sibling(value));
            lists("AWS", caller.principal_arn.as_deref()) && !(stated && sibling)
        }
        Kind::Root => listed.iter().any(|entry| naming(entry, caller, canonical_id).is_some()),
        Kind::Service => lists("Service", caller.own_arn.as_deref()),
        Kind::Anonymous => false,
    })
}

/// Rule 9: "With Allow it grants everyone else, anonymous included." Whoever an entry names in any way is not "else".
pub(super) fn left_out_by_allow(
    element: &Value,
    caller: &Caller,
    canonical_id: Option<&str>,
) -> Result<bool, String> {
    Ok(entries(element)?.iter().any(|entry| naming(entry, caller, canonical_id).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn caller(arn: &str) -> Caller {
        Caller::parse(arn, None).expect("a principal")
    }

    #[test]
    fn callers() {
        assert_eq!(caller("*").kind, Kind::Anonymous);
        assert_eq!(caller("glue.amazonaws.com").kind, Kind::Service);
        assert_eq!(caller("arn:aws:iam::111111111111:root").kind, Kind::Root);
        assert_eq!(caller("arn:aws:iam::111111111111:user/a/b").kind, Kind::User);
        let session = caller("arn:aws:sts::111111111111:assumed-role/R/S");
        assert_eq!(session.principal_arn.as_deref(), Some("arn:aws:iam::111111111111:role/R"));
        let with_path = Caller::parse(
            "arn:aws:sts::111111111111:assumed-role/R/S",
            Some("arn:aws:iam::111111111111:role/p/R"),
        );
        assert_eq!(
            with_path.expect("a principal").principal_arn.as_deref(),
            Some("arn:aws:iam::111111111111:role/p/R")
        );
        let wrong = Caller::parse(
            "arn:aws:sts::111111111111:assumed-role/R/S",
            Some("arn:aws:iam::111111111111:role/Q"),
        );
        assert_eq!(
            wrong.expect("a principal").principal_arn.as_deref(),
            Some("arn:aws:iam::111111111111:role/R")
        );
        assert!(Caller::parse("nobody", None).is_err());
    }

    #[test]
    fn service_linked_roles_are_known_by_their_path() {
        assert!(
            caller("arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX")
                .is_service_linked()
        );
        assert!(!caller("arn:aws:iam::111111111111:role/AWSServiceRoleForX").is_service_linked());
    }

    #[test]
    fn namings() {
        let session = caller("arn:aws:sts::111111111111:assumed-role/R/S");
        let close = |value: Value| closest(&value, &session, None).expect("well formed");
        assert_eq!(close(json!("*")), Some(Naming::Direct));
        assert_eq!(close(json!({"AWS": "111111111111"})), Some(Naming::Account));
        assert_eq!(
            close(json!({"AWS": ["111111111111", "arn:aws:iam::111111111111:role/R"]})),
            Some(Naming::Role)
        );
        assert_eq!(close(json!({"AWS": "arn:aws:sts::111111111111:assumed-role/R/S"})), Some(Naming::Direct));
        assert_eq!(close(json!({"AWS": "arn:aws:sts::111111111111:assumed-role/R/T"})), None);
        assert_eq!(close(json!({"AWS": "AROAEXAMPLE"})), None);
        assert_eq!(close(json!({"Service": "glue.amazonaws.com"})), None);
        assert!(closest(&json!({"Robot": "x"}), &session, None).is_err());
    }

    #[test]
    fn not_principal_spares_who_is_listed() {
        let session = caller("arn:aws:sts::111111111111:assumed-role/R/S");
        let role = "arn:aws:iam::111111111111:role/R";
        let own = "arn:aws:sts::111111111111:assumed-role/R/S";
        let sibling = "arn:aws:sts::111111111111:assumed-role/R/T";
        let spared = |list: Value, boundary| {
            spared_by_deny(&json!({"AWS": list}), &session, None, boundary).expect("well formed")
        };
        assert!(spared(json!(["111111111111", role, own]), false));
        assert!(!spared(json!(["111111111111", role, own]), true));
        assert!(spared(json!([role, own]), false));
        assert!(spared(json!(["111111111111", role]), false));
        assert!(!spared(json!(["111111111111", role, sibling]), false));
        assert!(!spared(json!("111111111111"), false));
    }
}
