//! The request context: what the request fixes, and what of `contextVariables` is believed.

use serde_json::{Map, Value};

use super::catalogue;
use super::json;
use super::principal::{Caller, Kind};

#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// In small letters: "condition key names and tag KEYS case-insensitive" (rule 11).
    key: String,
    values: Vec<String>,
    multivalued: bool,
}

impl Context {
    pub(super) fn set(&mut self, key: &str, value: &str) {
        self.put(key, vec![value.to_owned()], false);
    }

    pub(super) fn set_list(&mut self, key: &str, values: &[&str]) {
        self.put(key, values.iter().map(|value| (*value).to_owned()).collect(), true);
    }

    fn put(&mut self, key: &str, values: Vec<String>, list: bool) {
        let key = key.to_lowercase();
        self.remove(&key);
        // docs/simulation.md: "A value is a string or, for a multivalued key, a list of strings."
        self.entries.push(Entry { key, values, multivalued: list });
    }

    pub(super) fn remove(&mut self, key: &str) {
        let key = key.to_lowercase();
        self.entries.retain(|entry| entry.key != key);
    }

    pub(super) fn keep_only(&mut self, wanted: impl Fn(&str) -> bool) {
        self.entries.retain(|entry| wanted(&entry.key));
    }

    /// The values of a key and whether it is multivalued; a list without values counts as absent.
    pub(super) fn find(&self, key: &str) -> Option<(&[String], bool)> {
        let key = key.to_lowercase();
        self.entries
            .iter()
            .find(|entry| entry.key == key && !entry.values.is_empty())
            .map(|entry| (entry.values.as_slice(), entry.multivalued))
    }

    /// The value of a single-valued key.
    pub(super) fn single(&self, key: &str) -> Option<&str> {
        match self.find(key) {
            Some((values, false)) => values.first().map(String::as_str),
            _ => None,
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }
}

/// What the context depends on besides `contextVariables`.
pub(super) struct Facts<'a> {
    pub(super) caller: &'a Caller,
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) resource_account: &'a str,
    pub(super) bucket_abac: bool,
    /// The ARN of the access point and its network origin.
    pub(super) access_point: Option<(&'a str, &'a str)>,
}

/// `contextVariables["aws:PrincipalArn"]`, found without regard to case.
pub(super) fn given_principal_arn(variables: Option<&Map<String, Value>>) -> Option<&str> {
    variables?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("aws:PrincipalArn"))
        .and_then(|(_, value)| value.as_str())
}

pub(super) fn build(variables: Option<&Map<String, Value>>, facts: &Facts) -> Result<Context, String> {
    let mut context = Context::default();
    if let Some(variables) = variables {
        for (key, value) in variables {
            context.put(key, json::one_or_many(value)?, value.is_array());
        }
    }
    drop_keys_of_other_actions(&mut context, facts);
    drop_mixed_network_keys(&mut context);
    drop_what_the_caller_cannot_have(&mut context, facts.caller);
    fill_in(&mut context, facts);
    Ok(context)
}

fn drop_keys_of_other_actions(context: &mut Context, facts: &Facts) {
    let action = facts.action.to_lowercase();
    // Rule 21: "Keys of actions they do not belong to are absent".
    context.keep_only(|key| catalogue::sends(key, &action));
    // Rule 22: "`aws:ResourceTag/*` / `s3:BucketTag/*` on buckets count only when bucket ABAC is enabled for that bucket".
    let on_a_bucket =
        action.starts_with("s3:") && facts.resource.starts_with("arn:") && facts.resource.contains(":s3:::");
    if on_a_bucket && !facts.bucket_abac {
        context.keep_only(|key| !key.starts_with("aws:resourcetag/") && !key.starts_with("s3:buckettag/"));
    }
}

/// Rule 26: "through a VPC endpoint SourceVpce, SourceVpc, VpcSourceIp (and VpceAccount / VpceOrgID / VpceOrgPaths) are present and
/// SourceIp is not; otherwise the reverse."
fn drop_mixed_network_keys(context: &mut Context) {
    if context.has("aws:SourceVpce") || context.has("aws:SourceVpc") {
        context.remove("aws:SourceIp");
    } else {
        for key in ["aws:VpcSourceIp", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths"] {
            context.remove(key);
        }
    }
}

/// IG condition keys, "Availability": anonymous requests carry none of these; services belong to no organization and have no tags.
fn drop_what_the_caller_cannot_have(context: &mut Context, caller: &Caller) {
    if !caller.has_account() {
        context.keep_only(|key| {
            !key.starts_with("aws:principaltag/")
                && !["aws:principalorgid", "aws:principalorgpaths"].contains(&key)
        });
    }
    if caller.kind != Kind::Service {
        context.remove("aws:PrincipalServiceNamesList");
    }
}

/// Rule 25: "Fixed by the principal ... Fixed by the resource". "A given value that contradicts the request is ignored."
fn fill_in(context: &mut Context, facts: &Facts) {
    let caller = facts.caller;
    let fixed = |context: &mut Context, key: &str, value: Option<&str>| match value {
        Some(value) => context.set(key, value),
        None => context.remove(key),
    };
    let anonymous = caller.kind == Kind::Anonymous;
    let service = caller.kind == Kind::Service;
    fixed(context, "aws:PrincipalArn", caller.principal_arn.as_deref());
    // "For anonymous requests, the request context returns `anonymous`" (IG condition keys, aws:PrincipalAccount).
    let account =
        if anonymous { Some("anonymous") } else { caller.has_account().then_some(caller.account.as_str()) };
    fixed(context, "aws:PrincipalAccount", account);
    fixed(context, "aws:PrincipalType", caller.principal_type());
    // "This key is present ... for all signed API requests ... Anonymous requests do not include this key."
    fixed(
        context,
        "aws:PrincipalIsAWSService",
        if anonymous {
            None
        } else if service {
            Some("true")
        } else {
            Some("false")
        },
    );
    fixed(context, "aws:PrincipalServiceName", caller.own_arn.as_deref().filter(|_| service));
    let user_name = caller
        .own_arn
        .as_deref()
        .filter(|_| caller.kind == Kind::User)
        .and_then(|arn| arn.rsplit('/').next());
    fixed(context, "aws:username", user_name);
    fixed(context, "aws:ResourceAccount", Some(facts.resource_account).filter(|account| !account.is_empty()));
    if facts.action.to_lowercase().starts_with("s3:") {
        context.set("s3:ResourceAccount", facts.resource_account);
    }
    let arn = facts.access_point.map(|(arn, _)| arn);
    fixed(context, "s3:DataAccessPointArn", arn);
    let owner = arn.and_then(json::arn_parts).map(|parts| parts[4].to_owned());
    fixed(context, "s3:DataAccessPointAccount", owner.as_deref());
    // Creating an access point names the network origin of the new one, without going through any (S3G access-points-policies).
    let creates = facts.action.eq_ignore_ascii_case("s3:CreateAccessPoint");
    if !(creates && facts.access_point.is_none()) {
        fixed(context, "s3:AccessPointNetworkOrigin", facts.access_point.map(|(_, origin)| origin));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn built(principal: &str, action: &str, variables: &Value) -> Context {
        let caller =
            Caller::parse(principal, given_principal_arn(variables.as_object())).expect("a principal");
        let facts = Facts {
            caller: &caller,
            action,
            resource: "arn:aws:s3:::b/k",
            resource_account: "222222222222",
            bucket_abac: false,
            access_point: None,
        };
        build(variables.as_object(), &facts).expect("a context")
    }

    #[test]
    fn fixed_keys_win_over_given_ones() {
        let given = json!({"AWS:principalaccount": "999999999999", "aws:username": "mallory"});
        let context = built("arn:aws:sts::111111111111:assumed-role/R/S", "s3:GetObject", &given);
        assert_eq!(context.single("aws:PrincipalAccount"), Some("111111111111"));
        assert_eq!(context.single("aws:PrincipalArn"), Some("arn:aws:iam::111111111111:role/R"));
        assert_eq!(context.single("aws:ResourceAccount"), Some("222222222222"));
        assert_eq!(context.single("aws:PrincipalType"), Some("AssumedRole"));
        assert!(!context.has("aws:username"));
    }

    #[test]
    fn anonymous_callers_have_few_keys() {
        let context =
            built("*", "s3:GetObject", &json!({"aws:PrincipalOrgID": "o-1", "aws:PrincipalTag/a": "b"}));
        assert_eq!(context.single("aws:PrincipalAccount"), Some("anonymous"));
        for key in
            ["aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalTag/a", "aws:PrincipalIsAWSService"]
        {
            assert!(!context.has(key), "{key}");
        }
    }

    #[test]
    fn network_keys_belong_together() {
        let user = "arn:aws:iam::111111111111:user/u";
        let inside = built(
            user,
            "s3:GetObject",
            &json!({"aws:SourceVpce": "vpce-1", "aws:SourceIp": "1.2.3.4", "aws:VpcSourceIp": "10.0.0.1"}),
        );
        assert!(!inside.has("aws:SourceIp") && inside.has("aws:VpcSourceIp"));
        let outside =
            built(user, "s3:GetObject", &json!({"aws:SourceIp": "1.2.3.4", "aws:VpcSourceIp": "10.0.0.1"}));
        assert!(outside.has("aws:SourceIp") && !outside.has("aws:VpcSourceIp"));
    }

    #[test]
    fn keys_of_other_actions_and_bucket_tags_are_dropped() {
        let user = "arn:aws:iam::111111111111:user/u";
        let context = built(
            user,
            "s3:GetObject",
            &json!({"s3:prefix": "a/", "aws:ResourceTag/t": "v", "s3:BucketTag/t": "v"}),
        );
        assert!(
            !context.has("s3:prefix") && !context.has("aws:ResourceTag/t") && !context.has("s3:BucketTag/t")
        );
    }
}
