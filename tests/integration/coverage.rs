//! What could not be classified.

use std::borrow::Cow;

use palisade::assess::{Options, audit};
use palisade::classify::Rules;
use palisade::intent::Intent;
use palisade::source::snapshot;

#[test]
fn evidence_is_named_by_the_partition_that_it_is_in() {
    let files = [
        (
            "estate.json",
            r#"{"format": "estate/1", "collected_at": "2026-11-22T10:00:00Z", "partition": "aws-cn"}"#,
        ),
        (
            "accounts/111111111111.json",
            r#"{"AccountId": "111111111111", "Buckets": [{"Name": "b", "Region": "cn-north-1", "Tags": []}]}"#,
        ),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), Cow::Borrowed(text.as_bytes())));
    let estate = snapshot::from_files(files).expect("a snapshot");
    let intent = Intent::bundled().expect("the bundled rules");
    let assessment = audit(&estate, &Rules::bundled(), &intent, &Options::default()).expect("an assessment");
    let finding = assessment.findings.iter().find(|finding| &*finding.rule == "unclassified-dataset");
    let evidence = serde_json::to_string(&finding.expect("a bucket without a class").evidence).expect("JSON");
    assert!(evidence.contains("arn:aws-cn:s3:::b"), "{evidence}");
    assert!(!evidence.contains("arn:aws:"), "{evidence}");
}
