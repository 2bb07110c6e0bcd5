//! The settings of a bucket, from what the API has to what CloudFormation has.
//! (CloudFormation Template Reference, aws-resource-s3-bucket)

use serde_json::{Map, Value, json};

use crate::estate::Target;

/// The bucket of which the target is a setting.
pub(super) fn name(target: &Target) -> Option<&str> {
    target.bucket().filter(|_| !target.is_policy())
}

/// The property that a setting is. `key` names the key behind an alias.
pub(super) fn property(
    target: &Target,
    content: Option<&Value>,
    key: &impl Fn(&str) -> Value,
) -> Option<(String, Value)> {
    let (property, value) = match target {
        // Versioning that was there once ends suspended. MFA Delete is no property.
        Target::BucketVersioning { .. } => {
            let status = content.and_then(|content| content.get("Status"));
            (
                "VersioningConfiguration",
                json!({ "Status": status.cloned().unwrap_or_else(|| "Suspended".into()) }),
            )
        }
        Target::BucketEncryption { .. } => ("BucketEncryption", encryption(content?, key)),
        Target::BucketPublicAccessBlock { .. } => ("PublicAccessBlockConfiguration", content?.clone()),
        Target::BucketOwnership { .. } => ("OwnershipControls", content?.clone()),
        Target::BucketLogging { .. } => ("LoggingConfiguration", logging(content?)),
        Target::BucketLifecycle { .. } => ("LifecycleConfiguration", lifecycle(content?)),
        Target::BucketTags { .. } => ("Tags", content?.clone()),
        _ => return None,
    };
    Some((property.to_owned(), value))
}

fn encryption(content: &Value, key: &impl Fn(&str) -> Value) -> Value {
    let rule = |rule: &Value| {
        let mut members = rule.as_object().cloned().unwrap_or_default();
        let mut default = members.remove("ApplyServerSideEncryptionByDefault").unwrap_or_default();
        if let Some(name) = default.get_mut("KMSMasterKeyID") {
            *name = name.as_str().map(key).unwrap_or_default();
        }
        members.insert("ServerSideEncryptionByDefault".to_owned(), default);
        Value::Object(members)
    };
    json!({ "ServerSideEncryptionConfiguration": list(content, "Rules").map(rule).collect::<Vec<_>>() })
}

fn logging(content: &Value) -> Value {
    let names = [
        ("TargetBucket", "DestinationBucketName"),
        ("TargetPrefix", "LogFilePrefix"),
        ("TargetObjectKeyFormat", "TargetObjectKeyFormat"),
    ];
    let enabled = content.get("LoggingEnabled");
    let pair = |(name, property): (&str, &str)| Some((property.to_owned(), enabled?.get(name)?.clone()));
    Value::Object(names.into_iter().filter_map(pair).collect())
}

fn lifecycle(content: &Value) -> Value {
    json!({ "Rules": list(content, "Rules").map(rule).collect::<Vec<_>>() })
}

fn rule(rule: &Value) -> Value {
    let mut members = Map::new();
    let mut copy = |from: Option<&Value>, name: &str, property: &str| {
        let value = from.and_then(|from| from.get(name)).cloned();
        members.extend(value.map(|value| (property.to_owned(), value)));
    };
    copy(Some(rule), "ID", "Id");
    for name in ["Status", "Prefix", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"] {
        copy(Some(rule), name, name);
    }
    let expiration = rule.get("Expiration");
    copy(expiration, "Days", "ExpirationInDays");
    copy(expiration, "Date", "ExpirationDate");
    copy(expiration, "ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker");
    let filter = rule.get("Filter");
    let both = filter.and_then(|filter| filter.get("And"));
    for filter in [filter, both] {
        copy(filter, "Prefix", "Prefix");
    }
    copy(both, "Tags", "TagFilters");
    if let Some(tag) = filter.and_then(|filter| filter.get("Tag")) {
        members.insert("TagFilters".to_owned(), json!([tag]));
    }
    sizes(&mut members, [filter, both]);
    for name in ["Transitions", "NoncurrentVersionTransitions"] {
        let moves: Vec<Value> = list(rule, name).map(transition).collect();
        members.extend((!moves.is_empty()).then(|| (name.to_owned(), moves.into())));
    }
    Value::Object(members)
}

/// Sizes are numbers in the API and texts here.
fn sizes(members: &mut Map<String, Value>, filters: [Option<&Value>; 2]) {
    for name in ["ObjectSizeGreaterThan", "ObjectSizeLessThan"] {
        let size = filters.into_iter().flatten().find_map(|filter| filter.get(name));
        members.extend(size.map(|size| (name.to_owned(), size.to_string().into())));
    }
}

fn transition(transition: &Value) -> Value {
    let names = [
        ("StorageClass", "StorageClass"),
        ("Days", "TransitionInDays"),
        ("NoncurrentDays", "TransitionInDays"),
        ("Date", "TransitionDate"),
        ("NewerNoncurrentVersions", "NewerNoncurrentVersions"),
    ];
    let pair = |(name, property): (&str, &str)| Some((property.to_owned(), transition.get(name)?.clone()));
    Value::Object(names.into_iter().filter_map(pair).collect())
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}
