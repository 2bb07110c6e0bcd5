//! Whom a role's trust policy lets in from outside the organization.

use super::sweep::{Sweep, Target};
use crate::estate::{Perimeter, Role};
use crate::iam::{
    Action, AwsPrincipal, Condition, Context, Document, Effect, Element, Operand, Pattern, PrincipalId,
    Principals, Statement,
};

/// Someone outside the organization whom a statement of a trust policy lets assume the role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outsider {
    /// The statement's place in the trust policy.
    pub statement: usize,
    /// The principal as the policy writes it: `*`, an ARN, a provider.
    pub principal: Box<str>,
    /// In which way it comes.
    pub way: Way,
}

/// In which way an outsider becomes the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// `sts:AssumeRole` by a principal of an account outside the organization, or by anyone.
    AssumeRole,
    /// `sts:AssumeRoleWithWebIdentity` with a token whose subject the policy does not bind.
    UnboundToken,
}

/// Whom the trust policy lets in from outside. Resource control policies that surely keep an outsider out are heeded:
/// `resource_control` are those of the role's account.
///
/// Conditions count only where they bind the caller to the organization or the token to a subject; an external id is the
/// caller's to know, and keeps nobody inside.
#[must_use]
pub fn outsiders(
    perimeter: &Perimeter<'_>,
    role: &Role,
    trust: &Document,
    resource_control: &[&Document],
) -> Vec<Outsider> {
    let kept_out = |principal: &AwsPrincipal| is_kept_out(&role.arn, principal, resource_control);
    let mut found = vec![];
    for statement in trust.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
        let outsider =
            |principal: &str, way| Outsider { statement: statement.index, principal: principal.into(), way };
        match &statement.principal {
            None => {}
            Some(Element::IsNot(_)) => found.push(outsider("*", Way::AssumeRole)),
            Some(Element::Is(principals)) => {
                found.extend(
                    aws_principals(principals)
                        .filter(|_| covers(statement, "sts:AssumeRole"))
                        .filter(|principal| is_outside(perimeter, principal))
                        .filter(|_| !is_bound_to_organization(perimeter, statement))
                        .filter(|principal| !kept_out(principal))
                        .map(|principal| outsider(principal.as_str(), Way::AssumeRole)),
                );
                found.extend(
                    web_identity_providers(principals)
                        .filter(|_| covers(statement, "sts:AssumeRoleWithWebIdentity"))
                        .filter(|provider| !binds_subject(statement, provider))
                        .map(|provider| outsider(provider, Way::UnboundToken)),
                );
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The statements of a resource policy, by their place, that allow some of the actions to a principal outside the organization
/// or to anyone, and that no condition binds to the organization.
#[must_use]
pub fn opened_to_outside(perimeter: &Perimeter<'_>, policy: &Document, actions: &[&str]) -> Vec<usize> {
    let opens = |statement: &&Statement| {
        let named = match &statement.principal {
            None => false,
            Some(Element::IsNot(_)) => true,
            Some(Element::Is(principals)) => {
                aws_principals(principals).any(|principal| is_outside(perimeter, principal))
            }
        };
        statement.effect == Effect::Allow
            && named
            && actions.iter().any(|action| covers(statement, action))
            && !is_bound_to_organization(perimeter, statement)
    };
    policy.statements.iter().filter(opens).map(|statement| statement.index).collect()
}

/// Whether identity policies may allow something on the content of some bucket: an Allow covers one of the actions, on a
/// resource that can be a bucket or an object. What denies it is not asked.
pub(super) fn may_reach_buckets(policy: &Document, actions: &[Action]) -> bool {
    const BUCKETS: [&str; 3] = ["arn:aws:s3:::", "arn:aws-cn:s3:::", "arn:aws-us-gov:s3:::"];
    let can_be_bucket = |pattern: &Pattern| {
        let start = pattern.as_str().split(['*', '?', '$']).next().unwrap_or_default();
        BUCKETS.iter().any(|bucket| bucket.starts_with(start) || start.starts_with(bucket))
    };
    policy.statements.iter().filter(|statement| statement.effect == Effect::Allow).any(|statement| {
        let resource = match &statement.resource {
            None | Some(Element::IsNot(_)) => true,
            Some(Element::Is(patterns)) => patterns.iter().any(can_be_bucket),
        };
        resource && actions.iter().any(|action| statement.covers_action(action))
    })
}

fn covers(statement: &Statement, action: &str) -> bool {
    Action::parse(action).is_some_and(|action| statement.covers_action(&action))
}

fn aws_principals(principals: &Principals) -> impl Iterator<Item = &AwsPrincipal> {
    principals.ids.iter().filter_map(|id| match id {
        PrincipalId::Aws(principal) => Some(principal),
        _ => None,
    })
}

/// The OIDC providers and web identity providers; SAML providers are the organization's own.
fn web_identity_providers(principals: &Principals) -> impl Iterator<Item = &str> {
    principals.ids.iter().filter_map(|id| match id {
        PrincipalId::Federated(provider) if !provider.contains(":saml-provider/") => Some(&**provider),
        _ => None,
    })
}

fn is_outside(perimeter: &Perimeter<'_>, principal: &AwsPrincipal) -> bool {
    match principal {
        AwsPrincipal::Anyone => true,
        AwsPrincipal::Deleted(_) => false,
        other => !other.account().is_some_and(|account| perimeter.contains_text(account)),
    }
}

/// Whether a condition lets only principals of the organization pass.
fn is_bound_to_organization(perimeter: &Perimeter<'_>, statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| {
        let all = |inside: &dyn Fn(&str) -> bool| {
            is_demanded(condition) && condition.operands.iter().map(Operand::as_str).all(inside)
        };
        let own = |path: &str| perimeter.organization.is_some_and(|id| path.starts_with(&format!("{id}/")));
        match condition.key.to_ascii_lowercase().as_str() {
            "aws:principalorgid" => all(&|id| Some(id) == perimeter.organization),
            "aws:principalorgpaths" => all(&own),
            "aws:principalaccount" | "kms:calleraccount" => all(&|account| perimeter.contains_text(account)),
            "aws:principalarn" => {
                all(&|arn| arn.split(':').nth(4).is_some_and(|account| perimeter.contains_text(account)))
            }
            _ => false,
        }
    })
}

/// Whether a condition is met only by requests that carry one of its values.
fn is_demanded(condition: &Condition) -> bool {
    use crate::iam::Quantifier::ForAllValues;
    let operator = condition.operator;
    !operator.comparison.is_negated() && !operator.if_exists && operator.quantifier != Some(ForAllValues)
}

/// Whether a resource control policy surely denies the role to a caller from outside.
fn is_kept_out(role: &str, principal: &AwsPrincipal, resource_control: &[&Document]) -> bool {
    // What is known of every such caller: it belongs to no organization of ours and is no AWS service.
    let mut known = Context::new();
    known.set_one("aws:PrincipalOrgID", "o-outside");
    known.set_one("aws:PrincipalIsAWSService", "false");
    if let Some(account) = principal.account() {
        known.set_one("aws:PrincipalAccount", account);
    }
    let Some(action) = Action::parse("sts:AssumeRole") else { return false };
    let sweep = Sweep { action: &action, target: Target::One(role), known: &known };
    resource_control.iter().any(|document| sweep.is_denied_by(document))
}

/// Whether a condition binds the token to a subject, a repository, or the like.
///
/// "If you don't limit the condition key token.actions.githubusercontent.com:sub to a specific organization or repository,
/// then GitHub Actions from organizations or repositories outside of your control are able to assume roles associated with
/// the GitHub IAM identity provider." (IAM User Guide, id_roles_create_for-idp_oidc)
fn binds_subject(statement: &Statement, provider: &str) -> bool {
    let issuer =
        provider.split_once(":oidc-provider/").map_or(provider, |(_, issuer)| issuer).to_ascii_lowercase();
    // Tokens of these issuers are made out to one application or identity pool by their audience.
    let by_audience =
        ["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com"].contains(&&*issuer);
    statement.conditions.iter().filter(|condition| is_demanded(condition)).any(|condition| {
        let key = condition.key.to_ascii_lowercase();
        let Some(claim) = key.strip_prefix(&issuer).and_then(|rest| rest.strip_prefix(':')) else {
            return false;
        };
        let binding = match claim {
            "aud" | "app_id" => by_audience,
            "sub"
            | "id"
            | "user_id"
            | "repository"
            | "repository_id"
            | "repository_owner"
            | "repository_owner_id"
            | "job_workflow_ref"
            | "project_path"
            | "namespace_path"
            | "organization_slug" => true,
            _ => false,
        };
        binding && condition.operands.iter().all(|operand| is_bound(operand, condition))
    })
}

/// Whether a value names a subject: `repo:acme/models:*` does, `repo:*` and `*` do not.
fn is_bound(operand: &Operand, condition: &Condition) -> bool {
    use crate::iam::Family::{Text, TextIgnoreCase};
    let value = operand.as_str();
    let literal = matches!(condition.operator.comparison.family(), Text | TextIgnoreCase);
    let Some(wildcard) = value.find(['*', '?']).filter(|_| !literal) else { return true };
    let before = value.get(..wildcard).unwrap_or_default();
    let subject = before.split_once(':').map_or(before, |(_, subject)| subject);
    subject.split_once('/').is_some_and(|(owner, _)| !owner.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::{Account, AccountId, Estate};

    fn ways(statement: &str) -> Vec<(Box<str>, Way)> {
        let trust = Document::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#))
            .expect("a document");
        let role: Role = serde_json::from_str(
            r#"{"Path": "/", "RoleName": "r", "RoleId": "AROA1", "Arn": "arn:aws:iam::111111111111:role/r"}"#,
        )
        .expect("a role");
        let mut estate = Estate::default();
        estate.add_account(Account::unread(AccountId::parse("111111111111").expect("an account")));
        outsiders(&Perimeter::of(&estate), &role, &trust, &[])
            .into_iter()
            .map(|outsider| (outsider.principal, outsider.way))
            .collect()
    }

    #[test]
    fn accounts_outside_and_everyone_are_outsiders() {
        let trust = |principal: &str, condition: &str| {
            ways(&format!(
                r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"{condition}}}"#
            ))
        };
        assert_eq!(trust(r#"{"AWS": "111111111111"}"#, ""), []);
        assert_eq!(trust(r#"{"Service": "glue.amazonaws.com"}"#, ""), []);
        assert_eq!(trust(r#"{"AWS": "999999999999"}"#, ""), [("999999999999".into(), Way::AssumeRole)]);
        assert_eq!(trust(r#""*""#, ""), [("*".into(), Way::AssumeRole)]);
        let inside = r#", "Condition": {"StringEquals": {"aws:PrincipalAccount": "111111111111"}}"#;
        assert_eq!(trust(r#""*""#, inside), []);
        let external_id = r#", "Condition": {"StringEquals": {"sts:ExternalId": "secret"}}"#;
        assert_eq!(trust(r#"{"AWS": "999999999999"}"#, external_id).len(), 1);
    }

    #[test]
    fn tokens_must_be_bound_to_a_subject() {
        let trust = |condition: &str| {
            let provider = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
            ways(&format!(
                r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {condition}}}"#
            ))
            .len()
        };
        let claim = |operator: &str, claim: &str, value: &str| {
            trust(&format!(
                r#"{{"{operator}": {{"token.actions.githubusercontent.com:{claim}": "{value}"}}}}"#
            ))
        };
        assert_eq!(claim("StringEquals", "aud", "sts.amazonaws.com"), 1);
        assert_eq!(claim("StringLike", "sub", "*"), 1);
        assert_eq!(claim("StringLike", "sub", "repo:*"), 1);
        assert_eq!(claim("StringLike", "sub", "repo:acme/*"), 0);
        assert_eq!(claim("StringEquals", "sub", "repo:acme/models:environment:prod"), 0);
        assert_eq!(claim("StringLikeIfExists", "sub", "repo:acme/*"), 1);
    }
}
