//! Rule 28: is a policy public? S3G access-control-block-public-access, "The meaning of public".

use serde_json::Value;

use super::condition::{Line, Qualifier};
use super::json;
use super::policy::{self, Place, Statement};
use super::principal;
use super::values;

/// "A policy is public unless every Allow is limited to fixed principals or to fixed values".
pub(super) fn is_public(document: &Value, of_access_point: bool) -> Result<bool, String> {
    for statement in policy::read(document, Place::Resource)? {
        if statement.allow
            && !principals_are_fixed(&statement)?
            && !statement.lines.iter().any(|line| line_fixes(line, statement.variables, of_access_point))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn principals_are_fixed(statement: &Statement) -> Result<bool, String> {
    match (&statement.principal, &statement.not_principal) {
        (Some(element), _) => {
            Ok(principal::entries(element)?.iter().all(|(kind, value)| match kind.as_str() {
                "*" => false,
                // "web-identity principals are public"
                "Federated" => value.contains(":saml-provider/"),
                _ => !value.contains('*'),
            }))
        }
        // Everybody else is anybody.
        (None, Some(_)) => Ok(false),
        // Rule 8: without Principal the statement matches nobody.
        (None, None) => Ok(true),
    }
}

/// Does this line of the condition hold the request to fixed values?
fn line_fixes(line: &Line, variables: bool, of_access_point: bool) -> bool {
    let operator = &line.operator;
    // A condition that a request without the key satisfies holds nobody to anything.
    if operator.negated
        || operator.if_exists
        || operator.qualifier == Qualifier::ForAllValues
        || line.values.is_empty()
    {
        return false;
    }
    let all = |fixed: &dyn Fn(&str) -> bool| line.values.iter().all(|value| fixed(value));
    let key = line.key.to_lowercase();
    if key == "aws:sourceip" {
        return operator.base == "IpAddress" && all(&narrow);
    }
    let wild = matches!(operator.base, "StringLike" | "ArnLike");
    if !wild && !matches!(operator.base, "StringEquals" | "StringEqualsIgnoreCase") {
        return false;
    }
    // "Fixed values (values that don't contain a wildcard) ...": the guide speaks of the text, whatever the operator.
    let plain = |value: &str| !(variables && value.contains("${") || value.contains(['*', '?']));
    match key.as_str() {
        "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:sourceaccount"
        | "aws:sourcearn"
        | "aws:sourceowner"
        | "aws:principalorgid"
        | "s3:dataaccesspointaccount"
        | "s3:x-amz-server-side-encryption-aws-kms-key-id" => all(&plain),
        // "aws:userid, outside the pattern AROLEID:*"
        "aws:userid" => all(&plain),
        // "this value can contain a wildcard for the access point name without rendering the policy public, as long as the
        // account id is fixed"; "An access point policy that grants access to a set of access points ... is considered public."
        "s3:dataaccesspointarn" if of_access_point => false,
        "s3:dataaccesspointarn" => {
            all(&|value| plain(value) || (!(variables && value.contains("${")) && account_is_fixed(value)))
        }
        // "PrincipalOrgPaths is not in the guide's list: for RestrictPublicBuckets read it as not public (access stays)".
        "aws:principalorgpaths" => all(&|value| !value.starts_with(['*', '?'])),
        // The guide's list starts with "An AWS principal, user, role, or service principal": read these keys the same way.
        "aws:principalarn" | "aws:principalaccount" | "aws:principalservicename" => all(&plain),
        _ => false,
    }
}

fn account_is_fixed(arn: &str) -> bool {
    json::arn_parts(arn)
        .is_some_and(|parts| parts[4].len() == 12 && parts[4].chars().all(|digit| digit.is_ascii_digit()))
}

/// "broader than /8 for IPv4 and /32 for IPv6 (excluding RFC1918 private ranges)": no private range is broader than /8.
fn narrow(range: &str) -> bool {
    values::range(range).is_some_and(|(bytes, prefix)| prefix >= if bytes.len() == 4 { 8 } else { 32 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn public(principal: &Value, condition: &Value) -> bool {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*", "Condition": condition});
        is_public(&json!({"Version": "2012-10-17", "Statement": statement}), false).expect("well formed")
    }

    #[test]
    fn principals() {
        assert!(public(&json!("*"), &json!({})));
        assert!(public(&json!({"AWS": "*"}), &json!({})));
        assert!(public(&json!({"Federated": "graph.facebook.com"}), &json!({})));
        assert!(!public(&json!({"AWS": "111111111111"}), &json!({})));
        assert!(!public(&json!({"Service": "cloudtrail.amazonaws.com"}), &json!({})));
    }

    #[test]
    fn conditions() {
        let star = json!("*");
        assert!(public(&star, &json!({"StringLike": {"aws:SourceVpc": "vpc-*"}})));
        assert!(!public(&star, &json!({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}})));
        assert!(!public(&star, &json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})));
        assert!(public(&star, &json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}})));
        assert!(public(&star, &json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})));
        assert!(public(&star, &json!({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}})));
        assert!(public(&star, &json!({"StringEquals": {"aws:SourceVpc": "${aws:PrincipalTag/vpc}"}})));
        assert!(public(&star, &json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}})));
        assert!(!public(&star, &json!({"IpAddress": {"aws:SourceIp": ["12.0.0.0/8", "2001:db8::/32"]}})));
        assert!(public(&star, &json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}})));
        assert!(public(&star, &json!({"StringEquals": {"aws:Referer": "https://example.org"}})));
        assert!(!public(
            &star,
            &json!({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:123456789012:accesspoint/*"}})
        ));
    }
}
