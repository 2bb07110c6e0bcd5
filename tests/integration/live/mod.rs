//! Collecting from a live organization: the real binary against a real server, with faults on the way.

mod apply;
mod command;
mod faults;
mod interruption;
mod server;
mod truth;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The files of a snapshot as JSON, by name, without the moment of collection.
fn files(snapshot: &Path) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for folder in ["", "accounts"] {
        for entry in fs::read_dir(snapshot.join(folder)).expect("a snapshot") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let text = fs::read_to_string(&path).expect("a text");
                let mut json: Value = serde_json::from_str(&text).expect("JSON");
                if let Some(header) = json.as_object_mut() {
                    header.remove("collected_at");
                }
                let name = path.strip_prefix(snapshot).expect("a part of the snapshot").display().to_string();
                found.insert(name, json);
            }
        }
    }
    found
}

/// Every place where two JSON values differ, as a path with both sides.
fn differences(left: &Value, right: &Value, at: &str, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let names: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                let of = |side: &serde_json::Map<String, Value>| side.get(name).cloned();
                match (of(left), of(right)) {
                    (Some(left), Some(right)) => differences(&left, &right, &format!("{at}.{name}"), found),
                    (left, right) => found.push(format!(
                        "{at}.{name}: {} / {}",
                        left.as_ref().map_or_else(|| "absent".to_owned(), |value| value.to_string()),
                        right.as_ref().map_or_else(|| "absent".to_owned(), |value| value.to_string()),
                    )),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                differences(left, right, &format!("{at}[{index}]"), found);
            }
        }
        (left, right) if left == right => {}
        (left, right) => found.push(format!("{at}: {left} / {right}")),
    }
}

/// Asserts that two snapshots hold the same, apart from their moments.
fn assert_same(left: &Path, right: &Path) {
    let (left, right) = (files(left), files(right));
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    let mut found = vec![];
    for (name, json) in &left {
        differences(json, &right[name], name, &mut found);
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}
