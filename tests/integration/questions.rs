//! Who can, and what somebody can: complete, exact, and the same answer from both ends.

use std::borrow::Cow;
use std::collections::BTreeSet;

use palisade::access::{Cell, Ground, Site, Subject, data_actions, replay};
use palisade::authorize::Outcome;
use palisade::classify::Rules;
use palisade::estate::{Account, Bucket, Estate, Principal};
use palisade::finding::{Grant, Grants};
use palisade::iam::{ContextValue, Glob};
use palisade::intent::Intent;
use palisade::question::{Asset, can, who_can};
use palisade::source::{demo, snapshot};

use crate::all_requests::Dice;
use crate::estates::generate;
use crate::policies::notation::{Example, expand};

const ACTIONS: [&str; 6] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:PutBucketPolicy",
    "s3:DeleteObjectVersion",
];
const KEYS: [&str; 5] = ["data.csv", "shared/x", "home/y/z", "published/a", "incoming/1"];

fn ask(estate: &Estate, action: &str, bucket: &str) -> Grants {
    who_can(estate, &Rules::bundled(), action, &Asset::parse(bucket).expect("a bucket")).expect("an answer")
}

/// Every request of a principal for an action on a bucket that differs in key and TLS, with whether AWS allows it.
fn requests(
    ground: &Ground<'_>,
    principal: Principal<'_>,
    (account, bucket): (&Account, &Bucket),
    action: &str,
) -> Vec<(Option<&'static str>, bool)> {
    let action = data_actions().iter().position(|data| data.action.as_str() == action).expect("an action");
    let on_objects = data_actions()[action].on_objects;
    let keys: Vec<Option<&str>> =
        if on_objects { KEYS.iter().copied().map(Some).collect() } else { vec![None] };
    let subject = Subject::principal(ground, principal);
    let site = Site::direct(ground, account, bucket);
    let mut made = vec![];
    for key in keys {
        for tls in ["true", "false"] {
            let values = vec![("aws:securetransport".into(), ContextValue::One(tls.into()))];
            let cell = Cell { action, key: key.map(Into::into), values };
            let witness = replay(&subject, &site, &cell).expect("a request");
            made.push((key, witness.decision.outcome == Outcome::Allowed));
        }
    }
    made
}

fn covers(grant: &Grant, principal: &str, key: Option<&str>) -> bool {
    grant.principals.iter().any(|name| **name == *principal)
        && key.is_none_or(|key| grant.keys.iter().any(|pattern| Glob::new(pattern).matches(key)))
}

#[test]
fn whoever_can_is_named_and_always_means_always() {
    let mut dice = Dice::new(5);
    let (mut allowed, mut certain) = (0, 0);
    let directory = tempfile::tempdir().expect("a directory");
    let mut estates = vec![demo::estate().expect("the demo")];
    estates.extend((20..23).map(|seed| generate(seed, &directory.path().join(seed.to_string()))));
    for (number, estate) in estates.iter().enumerate() {
        let ground = Ground::new(estate);
        let buckets: Vec<_> = estate.buckets().collect();
        for _ in 0..if number == 0 { 60 } else { 12 } {
            let place = buckets[dice.below(buckets.len())];
            let action = ACTIONS[dice.below(ACTIONS.len())];
            let answer = ask(estate, action, &place.1.name);
            assert!(answer.undecided.is_empty(), "{:?}", answer.undecided);
            for principal in estate.principals() {
                for (key, is_allowed) in requests(&ground, principal, place, action) {
                    let mut granting =
                        answer.grants.iter().filter(|grant| covers(grant, principal.arn(), key));
                    let always = granting.clone().any(|grant| grant.unless.is_none());
                    let arn = principal.arn();
                    assert!(is_allowed || !always, "{number}: {arn} {action} {key:?} is refused");
                    assert!(
                        !is_allowed || granting.next().is_some(),
                        "{number}: {arn} {action} {key:?} is missing"
                    );
                    allowed += usize::from(is_allowed);
                    certain += usize::from(always);
                }
            }
        }
    }
    println!(
        "{allowed} requests allowed, all of principals that are named; {certain} named as always allowed"
    );
    assert!(allowed > 500 && certain > 20, "{allowed} {certain}");
}

#[test]
fn what_somebody_can_is_what_those_who_can_are_named_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let estate = generate(31, &directory.path().join("estate"));
    let (rules, intent) = (Rules::bundled(), Intent::bundled().expect("the bundled rules"));
    let buckets: Vec<Box<str>> = estate.buckets().map(|(_, bucket)| bucket.name.clone()).collect();
    let mut by_bucket: BTreeSet<(Box<str>, Box<str>, Box<str>)> = BTreeSet::new();
    for bucket in &buckets {
        for grant in ask(&estate, "s3:*", bucket).grants {
            for principal in &grant.principals {
                let named = grant.actions.iter().cloned();
                by_bucket.extend(named.map(|action| (principal.clone(), bucket.clone(), action)));
            }
        }
    }
    for principal in estate.principals() {
        let answer = can(&estate, &rules, &intent, principal.arn(), None).expect("an answer");
        let of_principal: BTreeSet<_> = answer
            .grants
            .iter()
            .flat_map(|grant| grant.actions.iter().map(|action| (grant.bucket.clone(), action.clone())))
            .collect();
        let expected: BTreeSet<_> = by_bucket
            .iter()
            .filter(|(name, ..)| **name == *principal.arn())
            .map(|(_, bucket, action)| (bucket.clone(), action.clone()))
            .collect();
        assert_eq!(of_principal, expected, "{}", principal.arn());
    }
    assert!(by_bucket.len() > 500, "{}", by_bucket.len());
}

/// The address of a request and the endpoint that it passes are cut together; through a known endpoint there is no other.
#[test]
fn through_an_endpoint_a_request_has_no_other() {
    let example = "
bucket acme-pipeline class=pipeline
  {\"Sid\": \"FromVpce\", \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::acme-pipeline/*\",
   \"Condition\": {\"StringNotEqualsIfExists\": {\"aws:SourceVpce\": \"vpce-11111111\"}}}
role build access-role=pipeline trust=service:codebuild.amazonaws.com allow=s3:GetObject on=acme-pipeline/*
  {\"Effect\": \"Deny\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\", \"Condition\": {\"IpAddress\": {\"aws:SourceIp\": \"10.0.0.0/8\"}}}
";
    let files = expand(&Example::parse(example)).into_iter().map(|(path, text)| {
        let mut file: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        if file.get("VpcEndpoints").is_some() && path.contains("111111111111") {
            file["VpcEndpoints"] = serde_json::json!([{
                "VpcEndpointId": "vpce-11111111", "VpcId": "vpc-11111111", "ServiceName": "com.amazonaws.eu-west-1.s3",
                "Policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]},
            }]);
        }
        (path, Cow::Owned(file.to_string().into_bytes()))
    });
    let estate = snapshot::from_files(files).expect("a snapshot");
    let answer = ask(&estate, "s3:GetObject", "acme-pipeline");
    assert!(answer.undecided.is_empty(), "{:?}", answer.undecided);
    let ways: Vec<_> = answer
        .grants
        .iter()
        .filter(|grant| grant.principals.iter().any(|name| name.ends_with(":role/build")))
        .map(|grant| grant.conditions.join(" and "))
        .collect();
    assert_eq!(ways, ["through VPC endpoint vpce-11111111"]);
}
