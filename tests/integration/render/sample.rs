//! Plans made by hand, which together change everything that an edit can change: there is something, there is nothing, it goes.

use palisade::estate::{AccountId, Content, Edit, Target};
use palisade::finding::{
    Cure, Fingerprint, Fix, Loss, Open, PLAN_VERSION, Plan, Proof, Remedy, Removal, Safety, Size, Worse,
};
use serde_json::{Value, json};

pub(crate) const HOME: &str = "210000000000";
pub(crate) const OTHER: &str = "220000000000";

/// A plan of one fix that makes these changes.
pub(crate) fn plan(edits: Vec<Edit>) -> Plan {
    let fix = Fix {
        id: Fingerprint::of(["sample"]),
        remedy: Remedy::Narrow,
        title: "lets fewer in".into(),
        edits,
        assumes: Some("the team agrees".into()),
        notes: vec!["ask the team first".into()],
        proof: Proof {
            verdict: Safety::Safe,
            cures: vec![Cure { finding: Fingerprint::of(["finding"]), rule: "a-rule".into(), dataset: None }],
            ..Proof::default()
        },
    };
    Plan {
        version: PLAN_VERSION,
        collected_at: "2026-11-22T10:00:00Z".into(),
        partition: "aws".into(),
        fixes: vec![fix],
        open: vec![Open {
            finding: Fingerprint::of(["open"]),
            rule: "model-no-lineage".into(),
            verdict: palisade::finding::Verdict::Undecided,
            why: "needs a person".into(),
        }],
        together: Proof::default(),
    }
}

/// What speaks against a fix, all of it.
pub(crate) fn broken() -> Proof {
    let names = |names: &[&str]| names.iter().map(|name| (*name).into()).collect();
    let (subjects, actions) = (names(&["arn:aws:iam::210000000000:role/a"]), names(&["s3:GetObject"]));
    Proof {
        verdict: Safety::Breaks,
        cures: vec![Cure {
            finding: Fingerprint::of(["finding"]),
            rule: "a-rule".into(),
            dataset: Some("data".into()),
        }],
        new: vec![Worse { rule: "another".into(), dataset: "data".into(), subjects: Vec::clone(&subjects) }],
        lost: vec![Loss {
            permit: "works".into(),
            dataset: "data".into(),
            subjects: Vec::clone(&subjects),
            actions: Vec::clone(&actions),
            witness: json!({ "request": {} }),
        }],
        removed: vec![Removal { dataset: "data".into(), subjects, actions }],
        obstacles: names(&["it is too long"]),
        sizes: vec![Size { document: "the policy".into(), is: 21_000, limit: 20_480, unit: "bytes" }],
    }
}

pub(crate) fn edit(
    account: &str,
    region: Option<&str>,
    target: Target,
    before: Option<Value>,
    after: Option<Value>,
) -> Edit {
    Edit {
        account: AccountId::parse(account).expect("twelve digits"),
        region: region.map(Into::into),
        target,
        before: before.map(|value| Content::of(&value)),
        after: after.map(|value| Content::of(&value)),
    }
}

/// A policy with everything that a shell, HCL or CloudFormation could stumble over.
pub(crate) fn odd_policy(principal: bool, action: &str, resource: &str) -> Value {
    let mut statement = json!({
        "Sid": "Own", "Effect": "Allow", "Action": [action], "Resource": [resource, format!("{resource}/${{aws:username}}/*")],
        "Condition": {"StringLike": {"aws:PrincipalTag/team": ["it's \"red\"", "50%{x}", "Größe\n$(touch x) `y` \\ ${*}"]},
                      "Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:TlsVersion": 1.2}},
    });
    if principal {
        statement["Principal"] = json!({"AWS": "arn:aws:iam::210000000000:root"});
    }
    json!({"Version": "2012-10-17", "Statement": statement})
}

pub(crate) fn policy(sid: &str, action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}]})
}

pub(crate) fn resource_policy(sid: &str, action: &str, resource: &str) -> Value {
    let mut policy = policy(sid, action, resource);
    policy["Statement"][0]["Principal"] = json!({"AWS": "arn:aws:iam::210000000000:role/ml/ds/alice"});
    policy
}

fn trust(principals: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}]})
}

fn role(name: &str) -> Box<str> {
    format!("arn:aws:iam::{HOME}:role/{name}").into()
}

fn arn(resource: &str) -> Box<str> {
    format!("arn:aws:iam::{HOME}:{resource}").into()
}

/// Everything about buckets, access points and keys, in two regions.
pub(crate) fn resources() -> Vec<Edit> {
    let (west, east) = (Some("eu-west-1"), Some("us-east-1"));
    let bucket: Box<str> = "acme-models-prod".into();
    let logs: Box<str> = "acme-logs".into();
    let old: Box<str> = "acme-old.data".into();
    let key: Box<str> =
        format!("arn:aws:kms:eu-west-1:{HOME}:key/11111111-2222-3333-4444-555555555555").into();
    let encryption = |rule: Value| json!({"Rules": [{"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": true}]});
    let block = |on: bool| json!({"BlockPublicAcls": on, "IgnorePublicAcls": on, "BlockPublicPolicy": true, "RestrictPublicBuckets": on});
    let ownership = |who: &str| json!({"Rules": [{"ObjectOwnership": who}]});
    let rule = |id: &str, days: u32| {
        json!({"ID": id, "Status": "Enabled", "Filter": {"And": {"Prefix": "tmp/", "Tags": [{"Key": "a", "Value": "b"}]}},
               "Expiration": {"Days": days}, "NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 3},
               "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
               "Transitions": [{"Days": 7, "StorageClass": "GLACIER_IR"}],
               "NoncurrentVersionTransitions": [{"NoncurrentDays": 30, "StorageClass": "STANDARD_IA"}]})
    };
    let whole = json!({"Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"ExpiredObjectDeleteMarker": true}});
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let objects = format!("arn:aws:s3:::{bucket}/*");
    let point = format!("arn:aws:s3:eu-west-1:{HOME}:accesspoint/serving/object/*");
    let kms = |sid: &str| resource_policy(sid, "kms:*", "*");
    vec![
        edit(
            HOME,
            west,
            Target::BucketVersioning { bucket: bucket.clone() },
            Some(json!({})),
            Some(json!({"Status": "Enabled"})),
        ),
        edit(
            HOME,
            east,
            Target::BucketVersioning { bucket: old.clone() },
            Some(json!({"Status": "Suspended"})),
            Some(json!({"Status": "Enabled"})),
        ),
        edit(HOME, west, Target::Key { alias: "alias/acme/models".into() }, None, Some(kms("Admin"))),
        edit(
            HOME,
            west,
            Target::BucketEncryption { bucket: bucket.clone() },
            Some(encryption(json!({"SSEAlgorithm": "AES256"}))),
            Some(encryption(json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/acme/models"}))),
        ),
        edit(
            HOME,
            east,
            Target::BucketEncryption { bucket: old.clone() },
            None,
            Some(encryption(json!({"SSEAlgorithm": "AES256"}))),
        ),
        edit(
            HOME,
            west,
            Target::BucketPublicAccessBlock { bucket: bucket.clone() },
            Some(block(false)),
            Some(block(true)),
        ),
        edit(HOME, east, Target::BucketPublicAccessBlock { bucket: old.clone() }, None, Some(block(true))),
        edit(
            HOME,
            west,
            Target::BucketOwnership { bucket: bucket.clone() },
            Some(ownership("ObjectWriter")),
            Some(ownership("BucketOwnerEnforced")),
        ),
        edit(
            HOME,
            east,
            Target::BucketOwnership { bucket: old.clone() },
            None,
            Some(ownership("BucketOwnerEnforced")),
        ),
        edit(
            HOME,
            west,
            Target::BucketLogging { bucket: bucket.clone() },
            None,
            Some(json!({"LoggingEnabled": {"TargetBucket": "acme-logs", "TargetPrefix": "models/"}})),
        ),
        edit(
            HOME,
            east,
            Target::BucketLogging { bucket: old.clone() },
            Some(json!({"LoggingEnabled": {"TargetBucket": "acme-logs", "TargetPrefix": ""}})),
            None,
        ),
        edit(
            HOME,
            west,
            Target::BucketLifecycle { bucket: bucket.clone() },
            Some(json!({"Rules": [rule("scratch", 1), whole]})),
            Some(json!({"Rules": [rule("scratch", 30), whole]})),
        ),
        edit(
            HOME,
            east,
            Target::BucketLifecycle { bucket: old.clone() },
            Some(json!({"Rules": [rule("all", 1)]})),
            None,
        ),
        edit(
            HOME,
            east,
            Target::BucketLifecycle { bucket: logs.clone() },
            None,
            Some(
                json!({"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 400}}]}),
            ),
        ),
        edit(
            HOME,
            west,
            Target::BucketTags { bucket: bucket.clone() },
            Some(json!([tag("owner", "ml's")])),
            Some(json!([tag("owner", "ml's"), tag("data-class", "models")])),
        ),
        edit(
            HOME,
            east,
            Target::BucketTags { bucket: old.clone() },
            Some(json!([])),
            Some(json!([tag("data-class", "team")])),
        ),
        edit(
            HOME,
            east,
            Target::BucketTags { bucket: logs.clone() },
            Some(json!([tag("data-class", "team")])),
            None,
        ),
        edit(
            HOME,
            west,
            Target::BucketPolicy { bucket: bucket.clone() },
            Some(resource_policy("Read", "s3:*", &objects)),
            Some(resource_policy("Read", "s3:GetObject", &objects)),
        ),
        edit(
            HOME,
            east,
            Target::BucketPolicy { bucket: old },
            Some(resource_policy("Read", "s3:*", "arn:aws:s3:::acme-old.data/*")),
            None,
        ),
        edit(
            HOME,
            east,
            Target::BucketPolicy { bucket: logs },
            None,
            Some(odd_policy(true, "s3:GetObject", "arn:aws:s3:::acme-logs")),
        ),
        edit(
            HOME,
            west,
            Target::AccessPointPolicy { name: "serving".into(), bucket: bucket.clone() },
            Some(resource_policy("Read", "s3:*", &point)),
            Some(resource_policy("Read", "s3:GetObject", &point)),
        ),
        edit(
            HOME,
            west,
            Target::AccessPointPolicy { name: "old".into(), bucket: bucket.clone() },
            Some(resource_policy("Read", "s3:*", &point.replace("serving", "old"))),
            None,
        ),
        edit(
            HOME,
            west,
            Target::AccessPointPolicy { name: "new".into(), bucket },
            None,
            Some(resource_policy("Read", "s3:GetObject", &point.replace("serving", "new"))),
        ),
        edit(HOME, west, Target::KeyPolicy { key }, Some(kms("Everyone")), Some(kms("Few"))),
        edit(
            OTHER,
            west,
            Target::BucketPolicy { bucket: "acme-features".into() },
            None,
            Some(resource_policy("Read", "s3:GetObject", "arn:aws:s3:::acme-features/*")),
        ),
    ]
}

/// Everything about identities.
pub(crate) fn identities() -> Vec<Edit> {
    let read = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let made: Box<str> = arn("policy/ml/read-models");
    let inline = |principal: Box<str>, name: &str| Target::InlinePolicy { principal, name: name.into() };
    let attached =
        |principal: Box<str>, policy: &str| Target::AttachedPolicy { principal, policy: policy.into() };
    let boundary = |principal: Box<str>| Target::PermissionsBoundary { principal };
    let alice = || role("ml/ds/alice");
    let everything = policy("All", "s3:*", "*");
    let own = odd_policy(false, "s3:PutObject", "arn:aws:s3:::acme-team-scratch");
    vec![
        edit(
            HOME,
            None,
            Target::TrustPolicy { role: alice() },
            Some(trust(&["210000000000", "220000000000"])),
            Some(trust(&["210000000000"])),
        ),
        edit(HOME, None, inline(alice(), "own+things=,.@-_"), Some(everything.clone()), Some(own.clone())),
        edit(HOME, None, inline(alice(), "all"), Some(everything.clone()), None),
        edit(HOME, None, inline(arn("user/bob"), "-new"), None, Some(own)),
        edit(
            HOME,
            None,
            inline(arn("group/x/scientists"), "read"),
            Some(everything.clone()),
            Some(policy("Read", "s3:GetObject", "*")),
        ),
        edit(
            HOME,
            None,
            Target::ManagedPolicy { policy: arn("policy/wide") },
            Some(everything.clone()),
            Some(policy("Read", "s3:Get*", "*")),
        ),
        edit(
            HOME,
            None,
            Target::ManagedPolicy { policy: made.clone() },
            None,
            Some(policy("Read", "s3:GetObject", "*")),
        ),
        edit(HOME, None, Target::ManagedPolicy { policy: arn("policy/unused") }, Some(everything), None),
        edit(HOME, None, attached(alice(), &made), None, Some(json!(made))),
        edit(HOME, None, attached(alice(), read), Some(json!(read)), None),
        edit(HOME, None, attached(role("deploy"), read), None, Some(json!(read))),
        edit(HOME, None, attached(arn("user/bob"), read), None, Some(json!(read))),
        edit(HOME, None, attached(arn("group/x/scientists"), read), Some(json!(read)), None),
        edit(HOME, None, boundary(alice()), None, Some(json!(made))),
        edit(HOME, None, boundary(role("deploy")), Some(json!(read)), Some(json!(made))),
        edit(HOME, None, boundary(arn("user/bob")), Some(json!(read)), None),
    ]
}

/// Names that AWS would never take, and that must harm nobody.
pub(crate) fn oddly_named() -> Vec<Edit> {
    let name = "it's \"odd\" $(touch x) `y` \\ ${z} %{q}\nend\nEND_OF_ROLLBACK\n../Größe";
    let document = |text: &str| Some(json!({"Version": "2012-10-17", "Id": text, "Statement": []}));
    vec![
        edit(HOME, Some(name), Target::BucketPolicy { bucket: name.into() }, document(name), document("new")),
        edit(
            HOME,
            None,
            Target::InlinePolicy { principal: role(name), name: "..".into() },
            document("old"),
            document(name),
        ),
        edit(
            HOME,
            None,
            Target::ManagedPolicy { policy: arn(&format!("policy/.git/{name}")) },
            None,
            document(name),
        ),
        edit(HOME, None, Target::Key { alias: name.into() }, None, document(name)),
        edit(
            HOME,
            Some("eu-west-1"),
            Target::BucketTags { bucket: "acme".into() },
            None,
            Some(json!([{"Key": name, "Value": name}])),
        ),
    ]
}

/// All of them.
pub(crate) fn all() -> Vec<Edit> {
    [resources(), identities(), oddly_named()].concat()
}
