//! The diff, applied by git.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use palisade::estate::{Content, Edit};
use palisade::fix::render::Format;

use super::{files, sample, succeed};

#[test]
fn git_applies_it_to_what_is_there_and_makes_what_shall_be() {
    let edits = sample::all();
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    for edit in &edits {
        old.extend(pretty(edit.before.as_ref()).map(|text| (path(edit), text)));
        new.extend(pretty(edit.after.as_ref()).map(|text| (path(edit), text)));
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in &old {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    let diff = tempfile::NamedTempFile::new().expect("a file");
    fs::write(diff.path(), &files(Format::Diff, &edits)[0].text).expect("written");
    succeed(Command::new("git").arg("apply").arg(diff.path()).current_dir(folder.path()));

    assert_eq!(read(folder.path(), folder.path()), new);
}

#[test]
fn every_document_has_a_path_of_its_own() {
    let edits = sample::all();
    let paths: BTreeMap<String, &Edit> = edits.iter().map(|edit| (path(edit), edit)).collect();
    assert_eq!(paths.len(), edits.len());
    insta::assert_snapshot!("paths", paths.into_keys().collect::<Vec<_>>().join("\n"));
}

/// The path that the diff of one edit names.
fn path(edit: &Edit) -> String {
    let text = &files(Format::Diff, std::slice::from_ref(edit))[0].text;
    let path =
        text.lines().take(2).find_map(|line| line.get(4..)?.strip_prefix(['a', 'b'])?.strip_prefix('/'));
    path.unwrap_or_else(|| panic!("no path in {text}")).to_owned()
}

fn pretty(content: Option<&Content>) -> Option<String> {
    let content = content.filter(|content| !["{}", "[]"].contains(&content.text()))?;
    Some(serde_json::to_string_pretty(&content.value()).expect("JSON") + "\n")
}

fn read(root: &Path, folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(read(root, &path));
        } else {
            let name = path.strip_prefix(root).expect("below").display().to_string();
            found.insert(name, fs::read_to_string(path).expect("text"));
        }
    }
    found
}
