//! Reading and writing snapshots.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends at the first thing that is wrong"
)]

mod bad;
mod large;
mod mutation;
mod round_trip;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use palisade::estate::{Estate, Unread};
use palisade::source::snapshot::{self, SnapshotError};

/// The files of a snapshot by their path inside it.
type Files = BTreeMap<String, Vec<u8>>;

/// The directory of the estates that the tests read.
fn estates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates")
}

/// Every file of a snapshot on disk.
fn files(directory: &Path) -> Files {
    let mut files = Files::new();
    for part in ["", "accounts/"] {
        for entry in fs::read_dir(directory.join(part)).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                files.insert(format!("{part}{name}"), fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

fn read(files: &Files) -> Result<Estate, SnapshotError> {
    snapshot::from_files(files.iter().map(|(name, bytes)| (name.clone(), Cow::Borrowed(&**bytes))))
}

/// A snapshot of one account with this text.
fn one_account(text: &str) -> Files {
    let header = r#"{"format": "estate/1", "collected_at": "2026-11-22T10:00:00Z", "partition": "aws"}"#;
    let files = [("estate.json", header), ("accounts/111111111111.json", text)];
    files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into()
}

#[test]
fn a_good_snapshot_has_no_gap_that_it_does_not_name_itself() {
    let estate =
        snapshot::read(&estates().join("small"), &|done, of| assert!(done <= of)).expect("a snapshot");
    let gaps: Vec<_> = estate.gaps.iter().map(|gap| (&*gap.api, &*gap.resource, &*gap.code)).collect();
    assert_eq!(gaps, [("s3:GetBucketAcl", "arn:aws:s3:::data-222", "AccessDenied")]);
    assert_eq!(estate.accounts().len(), 2);
    assert_eq!(
        estate.buckets().map(|(_, bucket)| &*bucket.name).collect::<Vec<_>>(),
        ["models", "logs", "data-222"]
    );
    assert_eq!(estate.principals().count(), 3);
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let missing = estates().join("there-is-none");
    let error = snapshot::read(&missing, &|_, _| ()).expect_err("no directory");
    assert!(error.to_string().starts_with(&format!("cannot read {}: ", missing.display())), "{error}");
}

#[test]
fn of_a_plain_and_a_compressed_file_one_is_read_and_the_other_a_gap() {
    let mut files = files(&estates().join("small"));
    for name in ["organization.json", "accounts/222222222222.json"] {
        files.insert(format!("{name}.zst"), zstd::encode_all(&*files[name], 0).expect("a compressed file"));
    }
    files.insert("accounts/111111111111.json.zst".to_owned(), b"no frame".to_vec());
    let estate = read(&files).expect("a snapshot");
    let gaps: Vec<_> = estate.gaps.iter().map(|gap| (gap.detail.split(':').next(), &*gap.code)).collect();
    assert_eq!(
        gaps,
        [
            (Some("organization.json.zst"), "Duplicate"),
            (Some("accounts/111111111111.json.zst"), "Duplicate"),
            (Some("accounts/111111111111.json.zst"), "Malformed"),
            (Some("accounts/222222222222.json.zst"), "Duplicate"),
            (Some("accounts/222222222222.json.zst"), "AccessDenied"),
            (Some("accounts/222222222222.json"), "AccessDenied"),
        ]
    );
    assert_eq!(estate.buckets().count(), 3);
}

#[test]
fn an_error_makes_the_fact_unread_that_it_speaks_of_and_no_other() {
    let estate = snapshot::read(&estates().join("bad/errors"), &|_, _| ()).expect("a snapshot");
    let bucket = |name: &str| estate.bucket(name).expect("a bucket").1;
    let refused = Unread::Refused("AccessDenied".into());
    assert_eq!(bucket("a").policy.unread(), Some(&refused));
    assert_eq!(bucket("b").policy.unread(), None);
    assert_eq!(bucket("b").versioning.unread(), Some(&refused), "though the file has a value");
    assert_eq!(bucket("a").versioning.unread(), None);
    assert_eq!(bucket("a").encryption.unread(), Some(&refused), "by the name of the API operation");
    assert_eq!(bucket("c").public_access_block.unread(), Some(&refused));
    assert_eq!(bucket("a").public_access_block.unread(), None);
    assert!(
        ["a", "b", "c"].iter().all(|name| bucket(name).tags.unread() == Some(&refused)),
        "`*` is all of them"
    );

    let account = estate.accounts().next().expect("an account");
    assert_eq!(account.public_access_block.unread(), Some(&refused));
    assert_eq!(account.trails.unread(), Some(&refused));
    let points = account.access_points.known().expect("access points");
    assert_eq!(points.iter().map(|point| point.policy.is_unread()).collect::<Vec<_>>(), [true, false]);
    let keys = account.kms_keys.known().expect("keys");
    assert_eq!(keys.iter().map(|key| key.policy.is_unread()).collect::<Vec<_>>(), [true, false]);
    let endpoints = account.vpc_endpoints.known().expect("endpoints");
    assert_eq!(
        endpoints.iter().map(|endpoint| endpoint.policy.is_unread()).collect::<Vec<_>>(),
        [false, true]
    );
}

#[test]
fn policies_with_one_text_are_one_document() {
    let estate = snapshot::read(&estates().join("small"), &|_, _| ()).expect("a snapshot");
    let roles: Vec<_> = estate.principals().filter_map(|principal| principal.as_role()).collect();
    let trust: Vec<_> = roles.iter().filter_map(|role| role.assume_role_policy_document.known()).collect();
    assert_eq!(trust.len(), 2);
    assert!(trust[0].is_same(trust[1]));
}

#[test]
fn memory_and_disk_give_the_same_estate() {
    for case in fs::read_dir(estates().join("bad")).expect("the cases") {
        let directory = case.expect("a case").path();
        let (disk, memory) = (snapshot::read(&directory, &|_, _| ()), read(&files(&directory)));
        match (disk, memory) {
            (Ok(disk), Ok(memory)) => assert_eq!(disk.gaps, memory.gaps, "{}", directory.display()),
            (Err(disk), Err(memory)) => {
                assert_eq!(
                    std::mem::discriminant(&disk),
                    std::mem::discriminant(&memory),
                    "{}",
                    directory.display()
                );
            }
            (disk, memory) => panic!("{}: {disk:?} and {memory:?}", directory.display()),
        }
    }
}
