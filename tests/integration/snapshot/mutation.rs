//! Whatever is done to the bytes of a snapshot, reading it never panics and never loses anything in silence.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use palisade::assess::{Options, audit};
use palisade::classify::Rules;
use palisade::estate::{Account, Estate, Organization};
use palisade::intent::Intent;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::{Files, estates, files, read};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn flipped_bytes((file, flips) in (any::<Index>(), proptest::collection::vec((any::<Index>(), any::<u8>()), 1..8))) {
        let mut files = files(&estates().join("small"));
        let bytes = chosen(&mut files, file);
        for (place, byte) in flips {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        check(&files);
    }

    #[test]
    fn truncated_files((file, end) in any::<(Index, Index)>()) {
        let mut files = files(&estates().join("small"));
        let bytes = chosen(&mut files, file);
        let end = end.index(bytes.len());
        bytes.truncate(end);
        check(&files);
    }

    #[test]
    fn replaced_values((file, place, value) in (any::<Index>(), any::<Index>(), value())) {
        let mut files = files(&estates().join("small"));
        let bytes = chosen(&mut files, file);
        let mut json: Value = serde_json::from_slice(bytes).expect("JSON");
        let mut places = vec![];
        pointers(&json, String::new(), &mut places);
        *json.pointer_mut(place.get::<String>(&places)).expect("a place") = value;
        *bytes = serde_json::to_vec(&json).expect("bytes");
        check(&files);
    }

    #[test]
    fn removed_members((file, place) in any::<(Index, Index)>()) {
        let mut files = files(&estates().join("small"));
        let bytes = chosen(&mut files, file);
        let mut json: Value = serde_json::from_slice(bytes).expect("JSON");
        let mut places = vec![];
        pointers(&json, String::new(), &mut places);
        remove(&mut json, place.get::<String>(&places));
        *bytes = serde_json::to_vec(&json).expect("bytes");
        check(&files);
    }
}

/// Random JSON: the values that AWS's own clients and careless hands put in each other's place.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        select(vec![json!("111111111111"), json!("Enabled"), json!("arn:aws:s3:::models"), json!("*")]),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = select(vec!["Name", "Arn", "Policy", "Statement", "Rules", "Status", "x"]);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((name, inner), 0..4).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

fn chosen(files: &mut Files, index: Index) -> &mut Vec<u8> {
    let place = index.index(files.len());
    files.values_mut().nth(place).expect("a file")
}

/// A mutated snapshot is refused, or has a gap that it did not have before, or all that stands in it was read.
fn check(files: &Files) {
    let before = read(&super::files(&estates().join("small"))).expect("a good snapshot");
    let Ok(after) = read(files) else { return };
    let told = after.gaps.iter().any(|gap| !before.gaps.contains(gap));
    assert!(told || items(&after) == items_of_json(files), "lost in silence: {:?}", items(&after));
    assert!(after.gaps.is_sorted());
    ask(&after);
}

/// Whatever was read can be judged.
fn ask(estate: &Estate) {
    static INTENT: LazyLock<Intent> = LazyLock::new(|| Intent::bundled().expect("the bundled rules"));
    audit(estate, &Rules::bundled(), &INTENT, &Options::default()).expect("an assessment");
}

/// The lists of an account and of the organization, with the number of their items.
type Items = BTreeMap<&'static str, usize>;

/// What was read.
fn items(estate: &Estate) -> Items {
    let sum = |count: fn(&Account) -> usize| estate.accounts().map(count).sum::<usize>();
    let organization = |count: fn(&Organization) -> usize| estate.organization().map_or(0, count);
    [
        ("/Buckets", sum(|account| account.buckets().len())),
        ("/AuthorizationDetails/UserDetailList", sum(|account| account.users().len())),
        ("/AuthorizationDetails/GroupDetailList", sum(|account| account.groups().len())),
        ("/AuthorizationDetails/RoleDetailList", sum(|account| account.roles().len())),
        ("/AuthorizationDetails/Policies", sum(|account| account.managed_policies().len())),
        ("/AccessPoints", sum(|account| account.access_points.known().map_or(0, |list| list.len()))),
        ("/KmsKeys", sum(|account| account.kms_keys.known().map_or(0, |list| list.len()))),
        ("/VpcEndpoints", sum(|account| account.vpc_endpoints.known().map_or(0, |list| list.len()))),
        ("/Trails", sum(|account| account.trails.known().map_or(0, |list| list.len()))),
        ("/Errors", sum(|account| account.errors.len())),
        ("/Accounts", organization(|organization| organization.accounts.len())),
        ("/Policies", organization(|organization| organization.policies.len())),
        ("/Attachments", organization(|organization| organization.attachments.len())),
    ]
    .into()
}

/// What stands in the files.
fn items_of_json(files: &Files) -> Items {
    let json: Vec<Value> =
        files.values().map(|bytes| serde_json::from_slice(bytes).unwrap_or_default()).collect();
    let count =
        |list: &str| json.iter().filter_map(|json| json.pointer(list)?.as_array()).map(Vec::len).sum();
    items(&Estate::default()).into_keys().map(|list| (list, count(list))).collect()
}

fn pointers(value: &Value, here: String, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| pointers(item, format!("{here}/{index}"), found));
        }
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            pointers(member, format!("{here}/{name}"), found);
        }),
        _ => {}
    }
    found.push(here);
}

fn remove(json: &mut Value, pointer: &str) {
    let Some((above, name)) = pointer.rsplit_once('/') else { return };
    match json.pointer_mut(above) {
        Some(Value::Object(members)) => {
            members.shift_remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            items.remove(name.parse().expect("an index"));
        }
        _ => {}
    }
}
