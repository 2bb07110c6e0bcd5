//! Who may ask: users and roles of the estate, and those whom only a resource's policy can let in.

use std::sync::LazyLock;

use super::ground::{Ground, fault};
use super::known::Fixed;
use super::site::Site;
use crate::authorize::{Caller, Identity, Policy, PolicyStack};
use crate::estate::{AccountId, Fact, Principal, PrincipalKind, Role};
use crate::iam::{Context, ContextValue, Document, Effect, Element, Glob, PrincipalId};

/// Somebody who may ask, with the policies of his side.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Who calls, in AWS's terms.
    pub caller: Caller,
    /// What he is to the organization.
    pub standing: Standing<'a>,
    /// The policies of his side; those of the resource's side are missing.
    pub(super) stack: PolicyStack<'a>,
    /// The keys that he fixes.
    pub(super) fixed: Fixed,
    /// What every value of a key that he does not fix matches.
    pub(super) universes: Vec<(Box<str>, Glob)>,
    /// Why his side is not fully known; it then counts as granting everything.
    pub unread: Option<Box<str>>,
}

/// What somebody is to the organization.
#[derive(Debug, Clone, Copy)]
pub enum Standing<'a> {
    /// A user or role whose policies are in the estate.
    Inside(Principal<'a>),
    /// Somebody of an account of the organization whose policies are not in the estate.
    Unread(AccountId),
    /// Somebody of another account.
    Outside(AccountId),
    /// The root user of an account.
    Root(AccountId),
    /// A service of AWS in its own name.
    Service,
    /// Who signed in with an identity provider only.
    Federated,
    /// Whoever has not signed the request.
    Anonymous,
}

/// The policies of somebody of whom nothing is known: they may allow everything.
static EVERYTHING: LazyLock<Document> = LazyLock::new(|| {
    Document::parse(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
    )
    .unwrap_or_else(Document::unreadable)
});

fn everything<'a>() -> Vec<Policy<'a>> {
    vec![Policy { name: ASSUMED, document: &EVERYTHING }]
}

/// What derivations call the policies that stand for those of which nothing is known.
pub const ASSUMED: &str = "(assumed: may allow everything)";

impl<'a> Subject<'a> {
    /// A user or role of the estate.
    #[must_use]
    pub fn principal(ground: &Ground<'a>, principal: Principal<'a>) -> Self {
        let account = principal.account_id();
        let identity = match principal.kind {
            PrincipalKind::User(user) => Identity::User(user.arn.clone()),
            PrincipalKind::Role(role) => Identity::Role(role.arn.clone()),
        };
        let mut subject = Self::of_account(
            ground,
            account,
            Caller::Account { account, identity },
            Standing::Inside(principal),
        );
        subject.take_policies(&principal);
        match principal.kind {
            PrincipalKind::User(user) => {
                subject.fixed.values.set_one("aws:username", &user.user_name);
                subject.fixed.values.set_one("aws:userid", &user.user_id);
            }
            PrincipalKind::Role(role) => {
                subject.universes.push(("aws:userid".into(), starting_with(&format!("{}:", role.role_id))));
                subject.fixed.chosen_tags = lets_caller_tag(role);
            }
        }
        for tag in principal.tags() {
            subject.fixed.values.set_one(&format!("aws:PrincipalTag/{}", tag.key), &tag.value);
        }
        subject
    }

    /// The root user of an account. "The root user's permissions cannot be restricted by identity-based policies"; those of the
    /// organization bind it, unless the account is the management account. (IAM User Guide, reference_policies_evaluation-logic)
    #[must_use]
    pub fn root(ground: &Ground<'a>, account: AccountId) -> Self {
        let caller = Caller::Account { account, identity: Identity::Root };
        let inside = ground.perimeter.contains(account);
        let mut subject = Self::of_account(ground, account, caller, Standing::Root(account));
        if !inside {
            subject.stack.service_control = vec![];
        }
        subject.fixed.values.set_one("aws:userid", &account.to_string());
        subject
    }

    /// A session of a role of the estate, which a policy names by its own ARN.
    #[must_use]
    pub fn session(ground: &Ground<'a>, principal: Principal<'a>, session: &str) -> Self {
        let mut subject = Self::principal(ground, principal);
        let account = principal.account_id();
        let role = principal.arn().into();
        subject.caller =
            Caller::Account { account, identity: Identity::Session { role, session: session.into() } };
        if let (Some(role), Some((_, name))) = (principal.as_role(), session.rsplit_once('/')) {
            subject.fixed.values.set_one("aws:userid", &format!("{}:{name}", role.role_id));
        }
        subject
    }

    /// Anybody of an account that is not of the organization, or that was not read: of what his own side says nothing is known.
    #[must_use]
    pub fn stranger(
        ground: &Ground<'a>,
        account: AccountId,
        identity: Identity,
        canonical_id: Option<&'a str>,
    ) -> Self {
        let caller = Caller::Account { account, identity };
        let inside = ground.perimeter.contains(account);
        let standing = if inside { Standing::Unread(account) } else { Standing::Outside(account) };
        let mut subject = Self::of_account(ground, account, caller, standing);
        subject.stack.identity = everything();
        subject.stack.canonical_id = canonical_id;
        subject.fixed.unknown_tags = true;
        if inside {
            subject.unread = Some(format!("what {} may do was not read", subject.name()).into());
        } else {
            subject.stack.service_control = vec![];
            subject.fixed.values.remove("aws:PrincipalOrgID");
            subject.fixed.values.remove("aws:PrincipalOrgPaths");
            // Another organization's.
            subject.universes.push(("aws:principalorgid".into(), Glob::literal("o-outside000")));
            subject.universes.push(("aws:principalorgpaths".into(), starting_with("o-outside000/r-")));
        }
        subject
    }

    /// Any role of such an account, whatever its name.
    #[must_use]
    pub fn any_role(ground: &Ground<'a>, account: AccountId) -> Self {
        let arn = format!("arn:{}:iam::{account}:role/any", ground.partition());
        let identity = Identity::Role(arn.as_str().into());
        let mut subject = Self::stranger(ground, account, identity, ground.canonical_id(account));
        // Which role it is, the request tells.
        subject.fixed.values.remove("aws:PrincipalArn");
        let any = starting_with(&format!("arn:{}:iam::{account}:role/", ground.partition()));
        subject.universes.push(("aws:principalarn".into(), any));
        subject
    }

    /// A service of AWS, or whoever signed in with a provider.
    #[must_use]
    pub fn without_account(ground: &Ground<'a>, caller: Caller) -> Self {
        let standing = match &caller {
            Caller::Service(_) => Standing::Service,
            Caller::Federated(_) => Standing::Federated,
            _ => Standing::Anonymous,
        };
        let mut fixed = Fixed::default();
        match &caller {
            Caller::Service(name) => {
                fixed.values.set_one("aws:PrincipalIsAWSService", "true");
                fixed.values.set_one("aws:PrincipalServiceName", name);
            }
            Caller::Anonymous => {
                fixed.values.set_one("aws:PrincipalAccount", "anonymous");
                fixed.values.set_one("aws:PrincipalType", "Anonymous");
            }
            _ => fixed.values.set_one("aws:PrincipalIsAWSService", "false"),
        }
        let stack = PolicyStack { management_account: ground.management, ..PolicyStack::default() };
        Self { caller, standing, stack, fixed, universes: vec![], unread: None }
    }

    fn of_account(ground: &Ground<'a>, account: AccountId, caller: Caller, standing: Standing<'a>) -> Self {
        let around = ground.around(account);
        let mut values = Context::new();
        values.set_one("aws:PrincipalIsAWSService", "false");
        values.set_one("aws:PrincipalAccount", &account.to_string());
        if let Some(arn) = caller.principal_arn(ground.partition()) {
            values.set_one("aws:PrincipalArn", &arn);
        }
        if let Some(kind) = caller.principal_type() {
            values.set_one("aws:PrincipalType", kind);
        }
        let inside = ground.perimeter.organization.filter(|_| ground.perimeter.contains(account));
        if let Some(organization) = inside {
            values.set_one("aws:PrincipalOrgID", organization);
        }
        if let Some(path) = around.and_then(|around| around.path.as_deref()) {
            values.set("aws:PrincipalOrgPaths", ContextValue::Many(vec![path.into()]));
        }
        let stack = PolicyStack {
            service_control: around.map(|around| around.service_control.clone()).unwrap_or_default(),
            management_account: ground.management,
            canonical_id: ground.canonical_id(account),
            ..PolicyStack::default()
        };
        let fixed = Fixed { values, ..Fixed::default() };
        let unread = around.and_then(|around| around.unread.clone());
        Self { caller, standing, stack, fixed, universes: vec![], unread }
    }

    /// What was not read may allow everything, and what of a policy could not be read too.
    fn take_policies(&mut self, principal: &Principal<'a>) {
        let identity = principal.identity_policies();
        match &identity {
            Fact::Known(policies) => {
                let policies =
                    policies.iter().map(|(name, policy)| Policy { name, document: policy.document() });
                self.stack.identity = policies.collect();
                let faulty =
                    self.stack.identity.iter().find_map(|policy| fault(policy.name, policy.document));
                if let Some(why) = faulty {
                    self.unread = Some(why);
                    self.stack.identity.extend(everything());
                }
            }
            Fact::Unread(why) => {
                self.unread =
                    Some(format!("the policies of {} were not read: {why}", principal.arn()).into());
                self.stack.identity = everything();
            }
        }
        match principal.boundary() {
            Fact::Known(None) => {}
            Fact::Known(Some((name, policy))) => {
                let document = policy.document();
                let mut boundary = vec![Policy { name, document }];
                if let Some(why) = fault(name, document) {
                    self.unread = Some(why);
                    boundary.extend(everything());
                }
                self.stack.boundary = Some(boundary);
            }
            Fact::Unread(why) => {
                self.unread = Some(format!("the boundary of {} was not read: {why}", principal.arn()).into());
                self.stack.boundary = Some(everything());
            }
        }
    }

    /// Whether anything may grant the subject something at a site: a policy of his own, or one of the bucket's side by itself. What
    /// denies it is not asked.
    #[must_use]
    pub fn may_reach(&self, site: &Site<'_>) -> bool {
        let allows = |policy: &Policy<'_>| site.may_be_allowed_by(policy.document);
        self.caller.account().is_none()
            || self.caller.is_root()
            || self.stack.identity.iter().any(allows)
            || site.may_grant(&self.caller, self.stack.canonical_id)
    }

    /// The user or role, if its policies are in the estate.
    #[must_use]
    pub fn principal_inside(&self) -> Option<Principal<'a>> {
        match self.standing {
            Standing::Inside(principal) => Some(principal),
            _ => None,
        }
    }

    /// The ARN, of those who have one that is known.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        self.fixed.values.one("aws:PrincipalArn")
    }

    /// The name in reports: an ARN, a service, `*` for everybody.
    #[must_use]
    pub fn name(&self) -> Box<str> {
        match (&self.caller, self.standing) {
            (Caller::Anonymous, _) => "*".into(),
            (Caller::Service(name) | Caller::Federated(name), _) => name.clone(),
            (
                Caller::Account { account, identity: Identity::Role(_) },
                Standing::Outside(_) | Standing::Unread(_),
            ) if self.fixed.values.value("aws:principalarn").is_none() => account.to_string().into(),
            (Caller::Account { identity: Identity::Session { session, .. }, .. }, _) => session.clone(),
            (caller, _) => caller.principal_arn("aws").unwrap_or_default().into(),
        }
    }
}

/// A pattern for every text that starts like this and goes on.
fn starting_with(text: &str) -> Glob {
    let mut glob = crate::iam::GlobBuilder::default();
    glob.text(text);
    glob.any_one();
    glob.any_many();
    glob.finish()
}

/// Whether whoever assumes the role may choose the tags of the session: "sts:TagSession [...] you must have the sts:TagSession
/// permission [...] in the role trust policy". What an identity provider asserts is the provider's choice, not the caller's.
/// (IAM User Guide, id_session-tags)
fn lets_caller_tag(role: &Role) -> bool {
    let Some(trust) = role.assume_role_policy_document.known() else { return false };
    let Some(tag) = crate::iam::Action::parse("sts:TagSession") else { return false };
    trust.document().statements.iter().any(|statement| {
        let by_principal = match &statement.principal {
            Some(Element::Is(principals)) => {
                principals.ids.iter().any(|id| matches!(id, PrincipalId::Aws(_)))
            }
            Some(Element::IsNot(_)) => true,
            None => false,
        };
        statement.effect == Effect::Allow && by_principal && statement.covers_action(&tag)
    })
}
