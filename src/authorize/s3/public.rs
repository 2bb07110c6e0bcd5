//! Which bucket policies S3 calls public.

use ipnet::IpNet;

use crate::estate::AccountId;
use crate::iam::{
    Arn, Condition, Document, Effect, Element, Family, Operand, PrincipalId, Principals, Quantifier,
    Statement,
};

/// Whether S3 treats a bucket policy as public, which is what `RestrictPublicBuckets` and `BlockPublicPolicy` ask.
///
/// "Amazon S3 begins by assuming that the policy is public. It then evaluates the policy to determine whether it qualifies as
/// non-public. To be considered non-public, a bucket policy must grant access only to fixed values."
/// (S3 User Guide, access-control-block-public-access, "The meaning of public")
#[must_use]
pub fn is_public(policy: &Document) -> bool {
    grants_beyond(policy, KEYS)
}

/// Whether S3 treats an access point's policy as public. That a request comes through an access point says nothing there:
/// `s3:DataAccessPointArn` counts "when used in a bucket policy".
#[must_use]
pub fn is_public_access_point(policy: &Document) -> bool {
    let keys: Vec<&str> = KEYS.iter().copied().filter(|key| *key != DATA_ACCESS_POINT).collect();
    grants_beyond(policy, &keys)
}

/// Whether some statement grants access to more than fixed principals and fixed values of these keys.
fn grants_beyond(policy: &Document, keys: &[&str]) -> bool {
    policy
        .statements
        .iter()
        .any(|statement| statement.effect == Effect::Allow && !is_limited(statement, keys))
}

/// Whether a statement grants access only to fixed principals, or only under a fixed value of one of the keys.
fn is_limited(statement: &Statement, keys: &[&str]) -> bool {
    let principals_are_fixed = match &statement.principal {
        // Without Principal it grants to nobody.
        None => true,
        Some(Element::Is(principals)) => are_fixed(principals),
        Some(Element::IsNot(_)) => false,
    };
    principals_are_fixed || statement.conditions.iter().any(|condition| limits(condition, keys))
}

/// "A set of AWS principals, users, roles, or service principals"; web identities are none of them.
fn are_fixed(principals: &Principals) -> bool {
    !principals.include_anyone() && !principals.ids.iter().any(|id| matches!(id, PrincipalId::Federated(_)))
}

/// Whether a condition lets only fixed values of a listed key pass.
fn limits(condition: &Condition, keys: &[&str]) -> bool {
    let operator = condition.operator;
    // A condition that a request without the key meets lets more than fixed values pass.
    let optional = operator.if_exists || operator.quantifier == Some(Quantifier::ForAllValues);
    if operator.comparison.is_negated() || optional || condition.operands.is_empty() {
        return false;
    }
    match operator.comparison.family() {
        Family::Ip => {
            let narrow = |operand: &Operand| operand.ip_range().is_some_and(is_narrow);
            condition.key.eq_ignore_ascii_case("aws:SourceIp") && condition.operands.iter().all(narrow)
        }
        Family::Text | Family::TextIgnoreCase | Family::TextLike | Family::Arn => {
            let fixed = |operand: &Operand| is_fixed(&condition.key, operand);
            keys.iter().any(|key| key.eq_ignore_ascii_case(&condition.key))
                && condition.operands.iter().all(fixed)
        }
        _ => false,
    }
}

const DATA_ACCESS_POINT: &str = "s3:DataAccessPointArn";
const ORGANIZATION_PATHS: &str = "aws:PrincipalOrgPaths";

/// The keys whose fixed values make a policy non-public: those that the guide lists, and those that fix "an AWS principal, user,
/// role, or service principal (e.g. aws:PrincipalOrgID)" in the same way.
const KEYS: &[&str] = &[
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    ORGANIZATION_PATHS,
    "aws:PrincipalServiceName",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "s3:DataAccessPointAccount",
    DATA_ACCESS_POINT,
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// "A fixed value does not contain a wildcard or an IAM policy variable." The name of an access point may be a wildcard as long as
/// the account is fixed, and the path of an organization below its id: of that key the guide is silent, and access stays.
fn is_fixed(key: &str, operand: &Operand) -> bool {
    let value = operand.as_str();
    if operand.variables().next().is_some() {
        return false;
    }
    if key.eq_ignore_ascii_case(DATA_ACCESS_POINT) {
        return !value.contains(['*', '?'])
            || Arn::parse(value).is_some_and(|arn| AccountId::parse(arn.account).is_some());
    }
    if key.eq_ignore_ascii_case(ORGANIZATION_PATHS) {
        return !value.starts_with(['*', '?']);
    }
    !value.contains(['*', '?'])
}

/// "CIDR ranges [...] broader than /8 for IPv4 and /32 for IPv6 (excluding RFC1918 private ranges) are public."
fn is_narrow(range: IpNet) -> bool {
    match range {
        IpNet::V4(range) => {
            range.prefix_len() >= 8 || range.network().is_private() && range.broadcast().is_private()
        }
        IpNet::V6(range) => range.prefix_len() >= 32,
    }
}
