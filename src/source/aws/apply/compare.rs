//! Whether two contents say the same, however AWS or a person writes them.

use serde_json::{Map, Value};

use crate::estate::{Content, Target};

/// Whether what is found is what is wanted.
pub(super) fn is(target: &Target, found: Option<&Content>, wanted: Option<&Content>) -> bool {
    let (mut found, mut wanted) = (canonical(target, found), canonical(target, wanted));
    match target {
        // "ID [...] If this isn't specified, Amazon S3 generates a unique value": whoever named no rule does not know its name. (S3
        // API Reference, LifecycleRule)
        Target::BucketLifecycle { .. } if !all_named(&wanted) => {
            [&mut found, &mut wanted].into_iter().for_each(without_names);
            found == wanted
        }
        // "Amazon S3 now applies server-side encryption with Amazon S3 managed keys (SSE-S3) as the base level of encryption for
        // every bucket": a bucket whose encryption was removed answers with that. (S3 User Guide, default-encryption-faq)
        Target::BucketEncryption { .. } if wanted.is_null() => found.is_null() || found == base_encryption(),
        _ => found == wanted,
    }
}

/// The content in the one form that all its writings have in common; null where there is nothing.
pub(super) fn canonical(target: &Target, content: Option<&Content>) -> Value {
    let Some(content) = content else { return Value::Null };
    let Ok(mut value) = serde_json::from_str(content.text()) else {
        // No JSON is like itself only.
        return Value::from(content.text());
    };
    if target.is_policy() {
        policy(&mut value);
        return value;
    }
    without_nulls(&mut value);
    match target {
        Target::BucketTags { .. } => tags(&mut value),
        Target::BucketLifecycle { .. } => lifecycle(&mut value),
        Target::BucketEncryption { .. } => encryption(&mut value),
        Target::BucketVersioning { .. } => drop_if(&mut value, "MFADelete", &"Disabled".into()),
        Target::BucketLogging { .. } => {
            if let Some(enabled) = value.get_mut("LoggingEnabled").and_then(Value::as_object_mut) {
                enabled.entry("TargetPrefix").or_insert_with(|| "".into());
            }
        }
        Target::BucketPublicAccessBlock { .. } => {
            let members = value.as_object_mut();
            members.into_iter().for_each(|members| members.retain(|_, flag| *flag != Value::Bool(false)));
            return value;
        }
        _ => {}
    }
    if is_empty(&value) { Value::Null } else { value }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

fn drop_if(value: &mut Value, member: &str, default: &Value) {
    if let Some(members) = value.as_object_mut()
        && members.get(member) == Some(default)
    {
        members.shift_remove(member);
    }
}

/// The order of tags means nothing.
fn tags(value: &mut Value) {
    if let Some(set) = value.get_mut("TagSet") {
        *value = set.take();
    }
    sort(value);
}

fn encryption(value: &mut Value) {
    for rule in rules(value) {
        drop_if(rule, "BucketKeyEnabled", &false.into());
    }
}

fn base_encryption() -> Value {
    serde_json::json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } }] })
}

/// Neither does the order of lifecycle rules; and a filter for every key is none.
fn lifecycle(value: &mut Value) {
    for rule in rules(value) {
        if let Some(filter) = rule.get_mut("Filter") {
            drop_if(filter, "Prefix", &"".into());
        }
        for moves in ["Transitions", "NoncurrentVersionTransitions"] {
            drop_if(rule, moves, &Value::Array(vec![]));
        }
    }
    value.get_mut("Rules").into_iter().for_each(sort);
}

fn rules(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value.get_mut("Rules").and_then(Value::as_array_mut).into_iter().flatten()
}

fn all_named(lifecycle: &Value) -> bool {
    let rules = lifecycle.get("Rules").and_then(Value::as_array);
    rules.is_none_or(|rules| rules.iter().all(|rule| rule.get("ID").is_some()))
}

fn without_names(lifecycle: &mut Value) {
    for rule in rules(lifecycle) {
        rule.as_object_mut().into_iter().for_each(|rule| {
            rule.shift_remove("ID");
        });
    }
    lifecycle.get_mut("Rules").into_iter().for_each(sort);
}

fn sort(list: &mut Value) {
    if let Some(items) = list.as_array_mut() {
        items.sort_by_cached_key(Value::to_string);
    }
}

/// A policy as every service may write it back: a list of one as its item, lists in another order, an account by its root, a
/// flag or a number as a text.
fn policy(value: &mut Value) {
    let Some(members) = value.as_object_mut() else { return };
    let Some(statements) = members.get_mut("Statement") else { return };
    if statements.is_object() {
        *statements = Value::Array(vec![statements.take()]);
    }
    statements.as_array_mut().into_iter().flatten().for_each(statement);
}

fn statement(statement: &mut Value) {
    // The console names statements by nothing.
    drop_if(statement, "Sid", &"".into());
    let members = statement.as_object_mut();
    for (name, member) in members.into_iter().flatten() {
        match name.as_str() {
            "Action" | "NotAction" | "Resource" | "NotResource" => as_set(member),
            "Principal" | "NotPrincipal" => principal(member),
            "Condition" => {
                let operators = member.as_object_mut().into_iter().flat_map(|it| it.values_mut());
                operators
                    .flat_map(|keys| keys.as_object_mut())
                    .flat_map(|it| it.values_mut())
                    .for_each(as_set);
            }
            _ => {}
        }
    }
}

fn principal(value: &mut Value) {
    // "Principal": "*" and "Principal": {"AWS": "*"} "are equivalent". (IAM User Guide, reference_policies_elements_principal)
    if *value == "*" {
        *value = serde_json::json!({ "AWS": "*" });
    }
    for (kind, names) in value.as_object_mut().into_iter().flatten() {
        as_set(names);
        if kind == "AWS" {
            names.as_array_mut().into_iter().flatten().for_each(account);
            as_set(names);
        }
    }
}

/// "Principal": {"AWS": "123456789012"} is short for the ARN of the account's root. (IAM User Guide,
/// reference_policies_elements_principal)
fn account(name: &mut Value) {
    let root = name.as_str().and_then(|name| name.strip_suffix(":root")?.rsplit_once(":iam::"));
    if let Some((_, account)) = root {
        *name = account.into();
    }
}

fn as_set(value: &mut Value) {
    let mut items = match value.take() {
        Value::Array(items) => items,
        single => vec![single],
    };
    for item in &mut items {
        if item.is_boolean() || item.is_number() {
            *item = item.to_string().into();
        }
    }
    items.sort_by_cached_key(Value::to_string);
    items.dedup();
    *value = Value::Array(items);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(target: &Target, left: &str, right: &str) -> bool {
        is(target, Some(&Content::new(left)), Some(&Content::new(right)))
    }

    #[test]
    fn a_policy_is_the_same_however_it_is_written() {
        let target = Target::BucketPolicy { bucket: "b".into() };
        let one = r#"{"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", "Principal": {"AWS": "111111111111"},
            "Action": ["s3:PutObject", "s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"],
            "Condition": {"Bool": {"aws:SecureTransport": true}}}}"#;
        let other = r#"{"Statement":[{"Action":["s3:GetObject","s3:PutObject"],"Condition":{"Bool":{"aws:SecureTransport":"true"}},
            "Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:root"]},"Resource":"arn:aws:s3:::b/*"}],"Version":"2012-10-17"}"#;
        assert!(same(&target, one, other));
        for (from, to) in [
            ("Allow", "Deny"),
            ("111111111111", "222222222222"),
            ("\"s3:GetObject\"]", "\"s3:Get*\"]"),
            ("2012", "2008"),
            ("true", "false"),
        ] {
            assert!(!same(&target, &one.replace(from, to), other), "{from} became {to}");
        }
        assert!(!is(&target, None, Some(&Content::new(one))));
        assert!(!same(&target, "{", one), "what is no JSON is not nothing");
    }

    #[test]
    fn settings_are_the_same_with_and_without_their_defaults() {
        let bucket = || "b".into();
        let tags = Target::BucketTags { bucket: bucket() };
        let [a, b] = [r#"{"Key": "a", "Value": "1"}"#, r#"{"Key": "b", "Value": "2"}"#];
        assert!(same(&tags, &format!("[{a}, {b}]"), &format!(r#"{{"TagSet": [{b}, {a}]}}"#)));
        assert!(!same(&tags, &format!("[{a}]"), &format!("[{a}, {b}]")));
        assert!(is(&tags, None, Some(&Content::new("[]"))));
        let versioning = Target::BucketVersioning { bucket: bucket() };
        assert!(is(&versioning, Some(&Content::new("{}")), None));
        assert!(same(
            &versioning,
            r#"{"Status": "Enabled", "MFADelete": "Disabled"}"#,
            r#"{"Status": "Enabled"}"#
        ));
        let block = Target::BucketPublicAccessBlock { bucket: bucket() };
        assert!(same(
            &block,
            r#"{"BlockPublicAcls": true}"#,
            r#"{"BlockPublicAcls": true, "BlockPublicPolicy": false}"#
        ));
        assert!(!is(&block, None, Some(&Content::new("{}"))), "four flags that are off are a setting");
    }

    #[test]
    fn a_bucket_whose_encryption_was_removed_has_that_of_every_bucket() {
        let target = Target::BucketEncryption { bucket: "b".into() };
        let base = r#"{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": false}]}"#;
        assert!(is(&target, Some(&Content::new(base)), None));
        assert!(!is(&target, None, Some(&Content::new(base))));
    }

    #[test]
    fn rules_that_nobody_named_are_compared_without_names() {
        let target = Target::BucketLifecycle { bucket: "b".into() };
        let rule =
            |id: &str| format!(r#"{{"Rules": [{{{id}"Status": "Enabled", "Filter": {{"Prefix": ""}}}}]}}"#);
        assert!(same(&target, &rule(r#""ID": "x7", "#), &rule("").replace(r#""Prefix": """#, "")));
        assert!(!same(&target, &rule(r#""ID": "x7", "#), &rule(r#""ID": "mine", "#)));
    }
}
