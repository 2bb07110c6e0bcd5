//! The plan of the house, and the proof that the code still follows it.
//!
//! Each room may import the rooms named beside it, and nothing else. A room names only rooms above it in the table, so that
//! the table itself cannot describe a circle.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const PLAN: &[(&str, &[&str])] = &[
    ("iam", &[]),
    ("estate", &["iam"]),
    ("source", &["estate", "iam"]),
    ("classify", &["estate", "iam"]),
    ("authorize", &["estate", "iam"]),
    ("space", &["authorize", "iam"]),
    ("access", &["authorize", "estate", "iam", "space"]),
    ("finding", &["authorize", "estate", "iam"]),
    ("intent", &["access", "classify", "estate", "finding", "iam", "space"]),
    ("check", &["access", "authorize", "classify", "estate", "finding", "iam", "intent", "space"]),
    (
        "question",
        &["access", "authorize", "check", "classify", "estate", "finding", "iam", "intent", "space"],
    ),
    // It asks whom the rules permit, and has the same judges look again.
    ("fix", &["access", "authorize", "check", "classify", "estate", "finding", "iam", "intent", "space"]),
    ("waiver", &["finding"]),
    ("history", &["finding"]),
    ("report", &["finding"]),
    ("assess", &["access", "check", "classify", "estate", "finding", "fix", "history", "intent", "waiver"]),
    (
        "cli",
        &[
            "assess",
            "authorize",
            "classify",
            "estate",
            "finding",
            "fix",
            "history",
            "intent",
            "question",
            "report",
            "source",
            "waiver",
        ],
    ),
];

/// What only some rooms may name: a path, and the rooms that may.
const DOORS: &[(&str, &[&str])] = &[
    ("aws_config", &["source"]),
    ("aws_credential_types", &["source"]),
    ("aws_runtime", &["source"]),
    ("aws_sdk_", &["source"]),
    ("aws_smithy_", &["source"]),
    ("aws_types", &["source"]),
    ("cedar_policy", &["intent"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("comfy_table", &["cli", "report"]),
    ("std::env", &["cli"]),
    ("std::fs", &["cli", "history", "source"]),
    ("fs_err", &["cli", "history", "source"]),
    ("tempfile", &["cli", "history", "source"]),
    ("SystemTime", &["cli", "history", "source"]),
    ("Timestamp::now", &["cli", "history", "source"]),
    ("std::process", &["cli"]),
    ("tokio", &["cli", "source"]),
];

#[test]
fn the_plan_has_no_circle() {
    for (floor, (room, imports)) in PLAN.iter().enumerate() {
        for import in *imports {
            let below = PLAN[..floor].iter().any(|(name, _)| name == import);
            assert!(below, "`{room}` imports `{import}`, which the plan lists after it");
        }
    }
}

#[test]
fn every_room_is_in_the_plan() {
    let rooms: Vec<&str> = PLAN.iter().map(|(room, _)| *room).collect();
    for entry in fs::read_dir(src()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let room = name.trim_end_matches(".rs");
        assert!(room == "lib" || rooms.contains(&room), "src/{name} is a room that the plan does not know");
    }
}

#[test]
fn rooms_import_only_what_the_plan_allows() {
    let plan: BTreeMap<_, _> = PLAN.iter().copied().collect();
    let mut broken = vec![];
    for (room, imports) in &plan {
        // The binary names the library's rooms by the crate's name; its own files by `crate::`.
        let prefix = if *room == "cli" { "palisade::" } else { "crate::" };
        for (file, text) in sources(room) {
            for (line, import) in paths(&text, prefix) {
                if !plan.contains_key(import) {
                    broken.push(format!("{file}:{line}: `{prefix}{import}` hides its room; name the room"));
                } else if import != *room && !imports.contains(&import) {
                    broken.push(format!("{file}:{line}: `{room}` may not import `{import}`"));
                }
            }
            if text.contains("super::super::super::") {
                broken.push(format!(
                    "{file}: `super::super::super::` may leave the room; write `crate::{room}::`"
                ));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn doors_are_opened_only_by_the_rooms_that_have_the_key() {
    let mut broken = vec![];
    for (room, _) in PLAN {
        for (file, text) in sources(room) {
            for (line, code) in text.lines().enumerate() {
                let code = code.split("//").next().unwrap_or_default();
                for (door, keys) in DOORS {
                    if code.contains(door) && !keys.contains(room) {
                        broken.push(format!("{file}:{}: `{room}` may not name `{door}`", line + 1));
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// palisade builds without the feature `aws`, and then without the SDK.
#[test]
fn the_sdk_is_named_in_its_own_folder_only() {
    for (file, text) in sources("source") {
        let names = text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains("aws_"));
        assert!(!names || file.starts_with("src/source/aws/"), "{file} names a crate of the SDK");
    }
}

#[test]
fn no_room_is_an_attic() {
    for (room, _) in PLAN {
        for (file, text) in sources(room) {
            let name = Path::new(&file).file_stem().unwrap().to_str().unwrap().to_owned();
            assert!(!["util", "utils", "helper", "helpers", "common", "misc"].contains(&&*name), "{file}");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            // A room's own tests may name everything in it.
            let code = if name == "tests" { String::new() } else { code.replace("rayon::prelude::*;", "") };
            assert!(!code.contains("::*;"), "{file} imports or exports a glob: name what it needs");
        }
    }
}

#[test]
fn the_reader_of_paths_sees_grouped_imports() {
    let text = "use crate::{\n    estate::{Bucket, iam},\n    iam::Arn,\n};\nfn f() { crate::space::g() }";
    let found: Vec<&str> = paths(text, "crate::").into_iter().map(|(_, room)| room).collect();
    assert_eq!(found, ["estate", "iam", "space"]);
}

/// The rooms that a source text names after `prefix`, each with its line, grouped imports included.
fn paths<'t>(text: &'t str, prefix: &str) -> Vec<(usize, &'t str)> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    let mut found = vec![];
    for (at, matched) in code.match_indices(prefix) {
        let before = code[..at].rsplit('\n').next().unwrap_or_default();
        if before.trim_start().starts_with("//") {
            continue;
        }
        let line = code[..at].lines().count().max(1);
        let rest = &code[at + matched.len()..];
        let (mut depth, mut starts) = (0, true);
        for (index, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => starts = true,
                c if c.is_whitespace() => {}
                c if starts && (c.is_alphabetic() || c == '_') => {
                    found.push((line, word(&rest[index..])));
                    starts = false;
                }
                _ => starts = false,
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

/// The files of one room: `room.rs`, and every file under `room/`.
fn sources(room: &str) -> Vec<(String, String)> {
    let mut found = vec![];
    let mut queue: Vec<PathBuf> = vec![src().join(format!("{room}.rs")), src().join(room)];
    while let Some(path) = queue.pop() {
        if path.is_dir() {
            queue.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.try_exists().unwrap() {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(src().parent().unwrap()).unwrap().display().to_string(), text));
        }
    }
    found.sort();
    found
}

fn src() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}
