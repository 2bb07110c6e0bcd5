//! Which bucket policies S3 calls public.

use ipnet::IpNet;

use crate::iam::{Condition, Document, Effect, Element, Family, Operand, PrincipalId, Principals, Statement};

/// Whether S3 treats a bucket policy as public, which is what `RestrictPublicBuckets` and `BlockPublicPolicy` ask.
///
/// "Amazon S3 begins by assuming that the policy is public. It then evaluates the policy to determine whether it qualifies as
/// non-public. To be considered non-public, a bucket policy must grant access only to fixed values."
/// (S3 User Guide, access-control-block-public-access, "The meaning of public")
#[must_use]
pub fn is_public(policy: &Document) -> bool {
    policy.statements.iter().any(|statement| statement.effect == Effect::Allow && !is_limited(statement))
}

/// Whether a statement grants access only to fixed principals, or only under a fixed value of one of the listed keys.
fn is_limited(statement: &Statement) -> bool {
    let principals_are_fixed = match &statement.principal {
        // Without Principal it grants to nobody.
        None => true,
        Some(Element::Is(principals)) => are_fixed(principals),
        Some(Element::IsNot(_)) => false,
    };
    principals_are_fixed || statement.conditions.iter().any(limits)
}

/// "A set of AWS principals, users, roles, or service principals"; web identities are none of them.
fn are_fixed(principals: &Principals) -> bool {
    !principals.include_anyone() && !principals.ids.iter().any(|id| matches!(id, PrincipalId::Federated(_)))
}

/// Whether a condition lets only fixed values of a listed key pass.
fn limits(condition: &Condition) -> bool {
    let operator = condition.operator;
    if operator.comparison.is_negated() || operator.if_exists || operator.quantifier.is_some() {
        return false;
    }
    match operator.comparison.family() {
        Family::Ip => {
            let narrow = |operand: &Operand| operand.ip_range().is_some_and(is_narrow);
            condition.key.eq_ignore_ascii_case("aws:SourceIp") && condition.operands.iter().all(narrow)
        }
        Family::Text | Family::TextIgnoreCase | Family::TextLike | Family::Arn => {
            let fixed = |operand: &Operand| is_fixed(&condition.key, operand.as_str());
            KEYS.iter().any(|key| key.eq_ignore_ascii_case(&condition.key))
                && condition.operands.iter().all(fixed)
        }
        _ => false,
    }
}

/// The keys whose fixed values make a policy non-public, as the guide lists them.
const KEYS: &[&str] = &[
    "aws:PrincipalOrgID",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// "A fixed value does not contain a wildcard or an IAM policy variable." `aws:userid` counts only "outside the pattern
/// AROLEID:*", and the name of an access point may be a wildcard as long as the account is fixed.
fn is_fixed(key: &str, value: &str) -> bool {
    if key.eq_ignore_ascii_case("s3:DataAccessPointArn") {
        let before_name = value.splitn(6, ':').take(5);
        return value.matches(':').count() >= 5
            && !before_name.into_iter().any(|part| part.contains(['*', '?', '$']));
    }
    !value.contains(['*', '?']) && !value.contains("${")
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
