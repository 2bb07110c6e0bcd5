//! Every case of bad input in `tests/estates/bad`, with the exact words that a user reads.
//!
//! `UPDATE_EXPECTED=1 cargo test --test integration` writes what is said now to each `expected.txt`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use palisade::estate::Estate;
use palisade::source::snapshot::{self, SnapshotError};

use super::estates;

#[test]
fn bad_input_is_named_exactly() {
    let mut cases: Vec<PathBuf> = fs::read_dir(estates().join("bad"))
        .expect("the cases")
        .map(|case| case.expect("a case").path())
        .collect();
    cases.sort();
    let wrong: Vec<String> = cases.iter().filter_map(|case| difference(case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is said of a case, where it is not what its `expected.txt` holds.
fn difference(case: &Path) -> Option<String> {
    let said = match snapshot::read(case, &|_, _| ()) {
        Ok(estate) => print_estate(&estate),
        Err(error) => print_error(&error).replace(&format!("{}", case.display()), "SNAPSHOT"),
    };
    let file = case.join("expected.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&file, &said).expect("a file to write");
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    (said != expected).then(|| format!("{}: said\n{said}\nexpected\n{expected}", case.display()))
}

fn print_error(error: &SnapshotError) -> String {
    let help = error.help().map_or_else(String::new, |help| format!("help: {help}\n"));
    format!("error: {error}\n{help}")
}

fn print_estate(estate: &Estate) -> String {
    let mut said = format!("{} accounts, {} buckets\n", estate.accounts().len(), estate.buckets().count());
    if let Some(why) = estate.organization.unread() {
        writeln!(said, "no organization: {why}").expect("a string takes all");
    }
    for gap in &estate.gaps {
        let account = gap.account.map_or_else(|| "-".to_owned(), |account| account.to_string());
        writeln!(said, "{account} {} {} {}\n    {}", gap.api, gap.resource, gap.code, gap.detail)
            .expect("a string takes all");
    }
    said
}
