//! Input that is too big or too deep to keep as a file.

use std::time::{Duration, Instant};

use super::{one_account, read};

/// A policy of ten megabytes is a policy.
#[test]
fn a_policy_of_ten_megabytes() {
    let statement =
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}"#;
    let count = 10_000_000 / statement.len();
    let statements = vec![statement; count].join(",\n");
    let estate =
        read(&one_account(&bucket_with(&format!(r#"{{"Statement": [{statements}]}}"#)))).expect("a snapshot");
    let (_, bucket) = estate.bucket("b").expect("the bucket");
    let policy = bucket.policy.known().and_then(Option::as_ref).expect("a policy");
    assert_eq!(policy.document().statements.len(), count);
    assert!(estate.gaps.iter().all(|gap| &*gap.code == "Missing"));
}

/// Each of very many faults is located, and the time grows with their number, not with its square.
#[test]
fn ten_thousand_buckets_with_a_fault_each() {
    let bucket = |number: usize| {
        format!(r#"{{"Name": "b{number}", "Policy": {{"Statement": {{"Effect": "Alow"}}}}}}"#)
    };
    let buckets = (0..10_000).map(bucket).collect::<Vec<_>>().join(",\n");
    let start = Instant::now();
    let text = format!("{{\"AccountId\": \"111111111111\", \"Buckets\": [\n{buckets}]}}");
    let estate = read(&one_account(&text)).expect("a snapshot");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    let malformed: Vec<_> = estate.gaps.iter().filter(|gap| &*gap.code == "Malformed").collect();
    assert_eq!(malformed.len(), 10_000);
    let last = malformed.iter().find(|gap| &*gap.resource == "arn:aws:s3:::b9999").expect("the last bucket");
    assert!(last.detail.contains("$.Buckets[9999].Policy.Statement.Effect (line 10001, "), "{}", last.detail);
}

/// No depth of nesting ends the stack, wherever it stands.
#[test]
fn deep_nesting() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for account in [
            deep.clone(),
            bucket_with(&deep),
            bucket_with(&format!(r#"{{"Statement": {deep}}}"#)),
            bucket_with(&format!(r#"null, "Replication": {deep}"#)),
            bucket_with(&format!(r#"null, "Tags": {deep}"#)),
            bucket_with(&format!(r#"null, "Unknown": {deep}"#)),
            format!(r#"{{"AccountId": "111111111111", "Buckets": {deep}}}"#),
            format!(r#"{{"AccountId": "111111111111", "Buckets": [{deep}]}}"#),
        ] {
            let estate = read(&one_account(&account)).expect("a snapshot");
            assert!(!estate.gaps.is_empty());
        }
    }
}

/// A text that ends in the midst of deep nesting.
#[test]
fn deep_nesting_without_an_end() {
    let estate = read(&one_account(&"[".repeat(1_000_000))).expect("a snapshot");
    assert_eq!(estate.gaps.iter().map(|gap| &*gap.code).collect::<Vec<_>>(), ["Malformed"]);
}

fn bucket_with(policy: &str) -> String {
    format!(r#"{{"AccountId": "111111111111", "Buckets": [{{"Name": "b", "Policy": {policy}}}]}}"#)
}
