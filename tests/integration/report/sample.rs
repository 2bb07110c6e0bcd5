//! An assessment made by hand, in which every field is set somewhere and left out somewhere.

use std::collections::BTreeMap;

use palisade::estate::AccountId;
use palisade::finding::{
    Assessment, Controls, DatasetRef, EstateSummary, Evidence, FORMAT_VERSION, Finding, Fingerprint, FixRef,
    Fixable, Gap, Safety, Severity, Summary, Tool, Verdict,
};
use serde_json::json;

pub(crate) fn assessment() -> Assessment {
    let mut findings = vec![stranger_writes(), scientists_write()];
    findings.extend(["acme-models-dev", "acme-models-prod", "acme-models-stage"].map(not_versioned));
    findings.extend((1..=18).map(|number| no_access_log(&format!("acme-team-{number:02}-scratch"))));
    findings.extend([unread_policy(), role_without_team()]);
    assess(findings, gaps())
}

/// Nothing was found and nothing is missing.
pub(crate) fn clean() -> Assessment {
    assess(vec![], vec![])
}

fn assess(findings: Vec<Finding>, gaps: Vec<Gap>) -> Assessment {
    let datasets = [("features", 4), ("models", 9), ("pipeline", 2), ("team", 31)];
    let summary = Summary {
        datasets: datasets.map(|(class, number)| (class.into(), number)).into(),
        rules: 41,
        fixes: (!findings.is_empty()).then(|| Fixable::count(&findings)),
        ..Summary::count(&findings, &gaps)
    };
    Assessment {
        version: FORMAT_VERSION,
        tool: Tool { name: "palisade".into(), version: "0.1.0".into() },
        estate: EstateSummary {
            accounts: 4,
            buckets: 46,
            principals: 812,
            collected_at: "2026-11-22T10:00:00Z".into(),
        },
        summary,
        findings,
        gaps,
    }
}

fn account(text: &str) -> AccountId {
    AccountId::parse(text).expect("twelve digits")
}

fn dataset(bucket: &str, prefix: &str, class: &str) -> DatasetRef {
    DatasetRef {
        bucket: bucket.into(),
        prefix: prefix.into(),
        account: account("333333333333"),
        class: Some(class.into()),
        team: Some("vision".into()),
        env: Some("prod".into()),
    }
}

fn controls(standards: &[(&str, &[&str])]) -> Controls {
    let items = |items: &[&str]| items.iter().map(|item| (*item).into()).collect();
    Controls(
        standards
            .iter()
            .map(|(standard, list)| ((*standard).into(), items(list)))
            .collect::<BTreeMap<_, _>>(),
    )
}

/// A finding with nothing but what every finding has.
fn bare(rule: &str, severity: Severity, title: &str, dataset: Option<DatasetRef>) -> Finding {
    let place = dataset.as_ref().map(DatasetRef::name).unwrap_or_default();
    Finding {
        rule: rule.into(),
        severity,
        title: title.into(),
        verdict: Verdict::Violated,
        detail: None,
        dataset,
        subjects: vec![],
        subjects_total: 0,
        actions: vec![],
        keys: vec![],
        conditions: vec![],
        via: vec![],
        roles: vec![],
        witness: None,
        evidence: vec![],
        remedy: "".into(),
        fix: None,
        controls: Controls::default(),
        fingerprint: Fingerprint::of([rule, &place]),
    }
}

fn fix(title: &str, verdict: Safety) -> Option<FixRef> {
    let assumes = (verdict == Safety::Safe).then(|| "nobody outside publishes models".into());
    Some(FixRef { id: Fingerprint::of([title]), title: title.into(), verdict, assumes, cures: 3 })
}

fn stranger_writes() -> Finding {
    let models = dataset("acme-models-prod", "published/", "models");
    Finding {
        subjects: vec!["*".into()],
        subjects_total: 1,
        actions: vec!["s3:PutObject".into()],
        keys: vec!["published/*".into()],
        witness: Some(json!({"request": {
            "principal": "*",
            "action": "s3:PutObject",
            "resource": {"resource": "arn:aws:s3:::acme-models-prod/published/a", "accountId": "333333333333"},
        }})),
        evidence: vec![Evidence {
            layer: "resourcePolicy".into(),
            document: "arn:aws:s3:::acme-models-prod".into(),
            sid: None,
            index: Some(2),
            quote: Some(json!({
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::acme-models-prod/published/*",
            })),
        }],
        remedy: "Name in the statement's Principal the pipelines that publish, and nobody else.".into(),
        fix: fix("take * out of statement 2 of the policy of bucket acme-models-prod", Safety::Safe),
        controls: controls(&[("fsbp", &["S3.2", "S3.3"]), ("nist-800-53", &["AC-3", "AC-6"])]),
        ..bare("public-write", Severity::Critical, "anyone on the internet can write", Some(models))
    }
}

fn scientists_write() -> Finding {
    let role = |name: &str| format!("arn:aws:iam::111111111111:role/ml/ds/{name}").into();
    Finding {
        detail: Some("The managed policy is attached to the permission set of every scientist.".into()),
        subjects: ["alice", "bob", "chandra", "dmitri"].map(role).into(),
        subjects_total: 42,
        actions: ["s3:DeleteObjectVersion", "s3:PutObject", "s3:PutObjectRetention"].map(Into::into).into(),
        keys: vec!["*".into()],
        fix: fix("take s3:PutObject out of the managed policy ml-everything", Safety::Breaks),
        conditions: vec![
            "aws:SecureTransport is true".into(),
            "aws:SourceVpce is vpce-0a1b2c3d4e5f60718".into(),
        ],
        via: vec!["arn:aws:iam::111111111111:role/ml/notebook".into()],
        roles: vec!["arn:aws:iam::111111111111:role/ml/notebook".into()],
        witness: Some(json!({"request": {
            "principal": "arn:aws:iam::111111111111:role/ml/ds/alice",
            "action": "s3:PutObject",
            "resource": {"resource": "arn:aws:s3:::acme-models-prod/a", "accountId": "333333333333"},
            "contextVariables": {"aws:SecureTransport": "true", "aws:SourceVpce": "vpce-0a1b2c3d4e5f60718"},
        }})),
        evidence: vec![
            Evidence {
                layer: "identityPolicies".into(),
                document: "arn:aws:iam::111111111111:policy/ml-everything".into(),
                sid: Some("AllModels".into()),
                index: Some(0),
                quote: Some(json!({
                    "Sid": "AllModels",
                    "Effect": "Allow",
                    "Action": ["s3:PutObject", "s3:PutObjectRetention", "s3:DeleteObjectVersion", "s3:GetObject"],
                    "Resource": ["arn:aws:s3:::acme-models-*", "arn:aws:s3:::acme-models-*/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "true"}},
                })),
            },
            Evidence {
                layer: "resourcePolicy".into(),
                document: "arn:aws:s3:::acme-models-prod".into(),
                sid: Some("Platform".into()),
                index: Some(1),
                quote: None,
            },
        ],
        remedy: "Take s3:PutObject out of the policy of people; pipelines write models.".into(),
        ..bare(
            "models-written-by-people",
            Severity::High,
            "people can write model artifacts",
            Some(dataset("acme-models-prod", "", "models")),
        )
    }
}

fn not_versioned(bucket: &str) -> Finding {
    Finding {
        evidence: vec![Evidence::setting(
            "versioning",
            &format!("arn:aws:s3:::{bucket}"),
            json!({"Status": "Suspended"}),
        )],
        remedy: "Enable versioning.".into(),
        controls: controls(&[
            ("security-hub", &["S3.14"]),
            ("nist-800-53", &["AU-9(2)", "CP-6", "CP-9", "CP-10"]),
        ]),
        ..bare(
            "models-not-versioned",
            Severity::High,
            "model store keeps no versions",
            Some(DatasetRef { env: None, ..dataset(bucket, "", "models") }),
        )
    }
}

fn no_access_log(bucket: &str) -> Finding {
    Finding {
        evidence: vec![Evidence::setting("logging", &format!("arn:aws:s3:::{bucket}"), json!(null))],
        subjects: vec!["arn:aws:iam::111111111111:role/ml/ds/alice".into()],
        subjects_total: bucket.len(),
        remedy: "Log data events with CloudTrail, or turn on server access logs.".into(),
        ..bare(
            "no-access-log",
            Severity::Low,
            "nobody would see who read the data",
            Some(dataset(bucket, "", "team")),
        )
    }
}

fn unread_policy() -> Finding {
    Finding {
        verdict: Verdict::Undecided,
        detail: Some("The bucket policy could not be read: AccessDenied.".into()),
        subjects: vec!["arn:aws:iam::111111111111:role/ml/ds/alice".into()],
        subjects_total: 1,
        actions: vec!["s3:GetObject".into()],
        remedy: "Let the collector call s3:GetBucketPolicy, and collect again.".into(),
        ..bare(
            "pipeline-read-by-people",
            Severity::High,
            "people can read automation artifacts",
            Some(DatasetRef {
                class: None,
                team: None,
                env: None,
                ..dataset("codepipeline-eu-central-1-1029384756-artifact-store", "", "pipeline")
            }),
        )
    }
}

fn role_without_team() -> Finding {
    Finding {
        subjects: vec!["arn:aws:iam::222222222222:role/ml/\u{1b}[31mevil".into()],
        subjects_total: 1,
        remedy: "Tag the role with its team.".into(),
        ..bare("role-without-team", Severity::Medium, "a scientist's role belongs to no team", None)
    }
}

fn gaps() -> Vec<Gap> {
    let refused = |bucket: &str| Gap {
        account: Some(account("333333333333")),
        api: "s3:GetBucketPolicy".into(),
        resource: format!("arn:aws:s3:::{bucket}").into(),
        code: "AccessDenied".into(),
        detail: "".into(),
    };
    let mut gaps: Vec<_> = (1..=6).map(|number| refused(&format!("codepipeline-{number}"))).collect();
    gaps.push(Gap {
        account: None,
        api: "organizations:ListPolicies".into(),
        resource: "o-abc123def4".into(),
        code: "Malformed".into(),
        detail: "organization.json:41:9: $.Policies[3].Content: a policy document is an object, not a list"
            .into(),
    });
    gaps
}
