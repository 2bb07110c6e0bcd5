//! What is written is read again, and gives the same bytes when it is written again.

use std::fs;
use std::path::Path;

use palisade::iam::Document;
use palisade::source::snapshot::{self, Compression, SnapshotError};
use proptest::prelude::*;

use super::{Files, estates, files};

/// Writes what `from` holds, and returns the files.
fn rewritten(from: &Path, to: &Path, compression: Compression) -> Files {
    let estate = snapshot::read(from, &|_, _| ()).expect("a snapshot");
    snapshot::write(&estate, to, compression).expect("a directory to write");
    files(to)
}

#[test]
fn writing_twice_gives_the_same_bytes() {
    let temporary = tempfile::tempdir().expect("a directory");
    let readable = |case: &Path| snapshot::read(case, &|_, _| ()).is_ok();
    let bad =
        fs::read_dir(estates().join("bad")).expect("the cases").map(|case| case.expect("a case").path());
    let cases: Vec<_> = bad.filter(|case| readable(case)).chain([estates().join("small")]).collect();
    for (number, case) in cases.iter().enumerate() {
        for compression in [Compression::None, Compression::Zstd] {
            let once = temporary.path().join(format!("{number}-{compression:?}-1"));
            let twice = temporary.path().join(format!("{number}-{compression:?}-2"));
            let first = rewritten(case, &once, compression);
            assert!(first == rewritten(&once, &twice, compression), "{}", case.display());
        }
    }
}

#[test]
fn plain_and_compressed_hold_the_same() {
    let temporary = tempfile::tempdir().expect("a directory");
    let (plain, packed) = (temporary.path().join("plain"), temporary.path().join("packed"));
    rewritten(&estates().join("small"), &plain, Compression::None);
    let compressed = rewritten(&plain, &packed, Compression::Zstd);
    assert!(compressed.keys().all(|name| name.ends_with(".json.zst")), "{:?}", compressed.keys());
    let again = rewritten(&packed, &temporary.path().join("again"), Compression::None);
    assert!(again == files(&plain));
}

#[test]
fn nothing_is_lost_between_reading_and_writing() {
    let temporary = tempfile::tempdir().expect("a directory");
    for case in ["wrong-types", "errors", "statements-with-faults", "missing-facts", "organization-not-read"]
    {
        let from = estates().join("bad").join(case);
        let before = snapshot::read(&from, &|_, _| ()).expect("a snapshot");
        snapshot::write(&before, &temporary.path().join(case), Compression::None)
            .expect("a directory to write");
        let after = snapshot::read(&temporary.path().join(case), &|_, _| ()).expect("a snapshot");
        let named = |estate: &palisade::estate::Estate| {
            // One spelling of a bucket's name: an entry in `Errors` may have either.
            let mut gaps: Vec<_> = estate
                .gaps
                .iter()
                .map(|gap| (gap.account, gap.resource.replace("arn:aws:s3:::", ""), gap.code.clone()))
                .collect();
            gaps.sort();
            gaps
        };
        assert_eq!(named(&before), named(&after), "{case}");
        assert_eq!(before.buckets().count(), after.buckets().count(), "{case}");
    }
}

#[test]
fn policies_keep_their_text() {
    let temporary = tempfile::tempdir().expect("a directory");
    let text = "{ \"Statement\":[ ],\"Version\" :\"2012-10-17\"}";
    let account =
        format!(r#"{{"AccountId": "111111111111", "Buckets": [{{"Name": "b", "Policy": {text}}}]}}"#);
    let estate = super::read(&super::one_account(&account)).expect("a snapshot");
    snapshot::write(&estate, temporary.path(), Compression::None).expect("a directory to write");
    let written = fs::read_to_string(temporary.path().join("accounts/111111111111.json")).expect("a file");
    assert!(written.contains(text), "{written}");
}

#[test]
fn a_snapshot_is_replaced_and_nothing_else_is() {
    let temporary = tempfile::tempdir().expect("a directory");
    let target = temporary.path().join("snapshot");
    fs::create_dir(&target).expect("a directory");
    rewritten(&estates().join("small"), &target, Compression::Zstd);
    rewritten(&estates().join("small"), &target, Compression::None);
    assert!(!target.join("estate.json.zst").try_exists().unwrap(), "the old files are gone");
    assert_eq!(fs::read_dir(temporary.path()).expect("a directory").count(), 1, "nothing temporary is left");

    fs::write(target.join("thesis.txt"), "years of work").expect("a file to write");
    let estate = snapshot::read(&target, &|_, _| ()).expect("a snapshot");
    let error =
        snapshot::write(&estate, &target, Compression::None).expect_err("something foreign stands there");
    assert!(matches!(error, SnapshotError::Occupied { ref found, .. } if found == "thesis.txt"), "{error}");
    assert!(target.join("thesis.txt").try_exists().unwrap());
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let temporary = tempfile::tempdir().expect("a directory");
    let target = temporary.path().join("snapshot");
    rewritten(&estates().join("small"), &target, Compression::None);
    let mode = |name: &str| fs::metadata(target.join(name)).expect("a file").permissions().mode() & 0o777;
    assert_eq!(["estate.json", "organization.json", "accounts/111111111111.json"].map(mode), [0o600; 3]);
    assert_eq!(["", "accounts"].map(mode), [0o700; 2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_printed_policy_is_read_as_it_was(document in policy::document()) {
        let read = Document::parse(&document.to_string()).expect("a policy");
        prop_assert_eq!(&read.faults, &[]);
        let printed = read.to_json().to_string();
        let again = Document::parse(&printed).expect("a policy");
        prop_assert_eq!(&again, &read);
        prop_assert_eq!(again.to_json().to_string(), printed);
    }
}

/// Random policies that AWS would accept.
mod policy {
    use palisade::iam::{Comparison, Family};
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use serde_json::{Map, Value, json};

    pub(super) fn document() -> impl Strategy<Value = Value> {
        let version = select(vec![Some("2012-10-17"), Some("2008-10-17"), None]);
        let statements = one_or_many(statement());
        (version, proptest::option::of("[a-z]{1,8}"), statements).prop_map(|(version, id, statements)| {
            let mut document = Map::new();
            document.extend(version.map(|version| ("Version".to_owned(), json!(version))));
            document.extend(id.map(|id| ("Id".to_owned(), json!(id))));
            document.insert("Statement".to_owned(), statements);
            Value::Object(document)
        })
    }

    fn statement() -> impl Strategy<Value = Value> {
        (
            proptest::option::of("\\PC{0,12}"),
            select(vec!["Allow", "Deny"]),
            proptest::option::of((negatable("Principal"), principal())),
            (negatable("Action"), one_or_many(action())),
            proptest::option::of((negatable("Resource"), one_or_many(resource()))),
            proptest::option::of(conditions()),
        )
            .prop_map(|(sid, effect, principal, action, resource, conditions)| {
                let mut statement = Map::new();
                statement.extend(sid.map(|sid| ("Sid".to_owned(), json!(sid))));
                statement.insert("Effect".to_owned(), json!(effect));
                statement.extend(principal);
                statement.extend([action]);
                statement.extend(resource);
                statement.extend(conditions.map(|conditions| ("Condition".to_owned(), conditions)));
                Value::Object(statement)
            })
    }

    fn negatable(name: &'static str) -> impl Strategy<Value = String> {
        any::<bool>().prop_map(move |not| format!("{}{name}", if not { "Not" } else { "" }))
    }

    fn principal() -> impl Strategy<Value = Value> {
        let aws = select(vec![
            json!("*"),
            json!("111111111111"),
            json!("arn:aws:iam::222222222222:root"),
            json!("arn:aws:iam::222222222222:role/ml/training"),
            json!("arn:aws:sts::222222222222:assumed-role/training/job"),
            json!("AROAEXAMPLEID12345678"),
        ]);
        let service = "[a-z]{2,8}\\.amazonaws\\.com".prop_map(Value::from);
        let both = (one_or_many(aws), proptest::option::of(one_or_many(service)));
        let object = both.prop_map(|(aws, service)| match service {
            Some(service) => json!({"AWS": aws, "Service": service}),
            None => json!({"AWS": aws}),
        });
        prop_oneof![Just(json!("*")), object]
    }

    fn action() -> impl Strategy<Value = Value> {
        prop_oneof![Just("*".to_owned()), "[a-z0-9-]{2,6}:[A-Za-z*?]{1,12}"].prop_map(Value::from)
    }

    fn resource() -> impl Strategy<Value = Value> {
        let key = prop_oneof!["\\PC{0,12}", Just("${aws:username}/*".to_owned())];
        let arn = key.prop_filter("an open variable", |key| !key.contains("${") || key.contains('}'));
        prop_oneof![Just("*".to_owned()), arn.prop_map(|key| format!("arn:aws:s3:::bucket/{key}"))]
            .prop_map(Value::from)
    }

    fn conditions() -> impl Strategy<Value = Value> {
        let block = (any::<Index>(), select(vec!["", "ForAllValues:", "ForAnyValue:"]), any::<bool>());
        let keys = proptest::collection::hash_map("aws:[A-Za-z/]{1,12}", any::<(u16, bool)>(), 1..3);
        proptest::collection::vec((block, keys), 0..4).prop_map(|blocks| {
            let mut conditions = Map::new();
            for ((operator, quantifier, if_exists), keys) in blocks {
                let (name, comparison) = operator.get(Comparison::ALL);
                let name = match comparison.family() {
                    Family::Null => (*name).to_owned(),
                    _ => format!("{quantifier}{name}{}", if if_exists { "IfExists" } else { "" }),
                };
                let keys =
                    keys.into_iter().map(|(key, (seed, many))| (key, operand(*comparison, seed, many)));
                conditions.insert(name, Value::Object(keys.collect()));
            }
            Value::Object(conditions)
        })
    }

    fn operand(comparison: Comparison, seed: u16, many: bool) -> Value {
        let one = match comparison.family() {
            Family::Number => json!(seed),
            Family::Date => json!(format!("20{:02}-11-22T10:00:00Z", seed % 100)),
            Family::Bool | Family::Null => json!(seed.is_multiple_of(2)),
            Family::Binary => json!("cGFsaXNhZGU="),
            Family::Ip => json!(format!("10.{}.0.0/16", seed % 256)),
            _ => json!(format!("v{seed}-*?")),
        };
        if many { json!([one, one]) } else { one }
    }

    fn one_or_many(item: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
        (proptest::collection::vec(item, 1..4), any::<bool>()).prop_map(|(mut items, bare)| match bare {
            true => items.remove(0),
            false => Value::Array(items),
        })
    }
}
