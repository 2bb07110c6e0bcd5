//! From files to an estate: each account by itself on all cores, then what only the whole can tell.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Progress;
use super::calls;
use super::error::SnapshotError;
use super::faults::{Faults, Subject, detail};
use super::files::{Files, NoText, account_stem};
use super::gaps;
use super::intern::Interner;
use super::organization::{of_members, of_organization};
use super::place::At;
use crate::estate::{Account, AccountId, Estate, Fact, Gap, Organization, Scope, Unread, trusting};
use crate::iam::{JsonPath, Position, Step, position_at, position_of};

/// The format that this reader and the writer agree on.
pub(super) const FORMAT: &str = "estate/1";

/// What `estate.json` holds.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    format: Fact<String>,
    #[serde(default)]
    collected_at: Fact<Box<str>>,
    #[serde(default)]
    partition: Fact<Box<str>>,
    #[serde(default)]
    incomplete: Fact<bool>,
    #[serde(default)]
    scope: Fact<Scope>,
}

/// What one account file gave.
#[derive(Default)]
struct Part {
    file: String,
    account: Option<Account>,
    /// How little the file is to be trusted: of two for one account the lower counts.
    doubt: Doubt,
    gaps: Vec<Gap>,
}

#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    #[default]
    None,
    OtherName,
    Unreadable,
}

/// Where and why a text is not what it should be.
struct Malformed {
    path: JsonPath,
    position: Position,
    problem: String,
    /// Whether it is not even JSON.
    syntax: bool,
}

pub(super) fn estate(files: &Files<'_>, progress: Progress<'_>) -> Result<Estate, SnapshotError> {
    let mut estate = header(files)?;
    let interner = Interner::default();
    let organization_text = organization(files, &interner, &mut estate)?;
    let mut parts = accounts(files, &interner, &estate.partition, estate.incomplete, progress)?;
    parts.sort_by(|a, b| (&a.doubt, &a.file).cmp(&(&b.doubt, &b.file)));
    for part in parts {
        add(&mut estate, part);
    }
    duplicate_buckets(&mut estate);
    duplicate_files(files, &mut estate);
    if let (Some(organization), Some((file, text))) = (estate.organization(), &organization_text) {
        let mut gaps = of_members(organization, &estate).into_gaps(None, file, text);
        // Each of these is about the account that is its resource.
        gaps.iter_mut().for_each(|gap| gap.account = AccountId::parse(&gap.resource));
        gaps.extend(of_organization(organization).into_gaps(None, file, text));
        estate.gaps.extend(gaps);
    }
    refuse_organization(&mut estate);
    estate.gaps.sort_unstable();
    estate.gaps.dedup();
    Ok(estate)
}

/// An estate without accounts, as `estate.json` describes it.
fn header(files: &Files<'_>) -> Result<Estate, SnapshotError> {
    let (file, text) =
        whole(files, "estate")?.ok_or_else(|| SnapshotError::NoEstate { directory: files.root() })?;
    let header: Header = match parse(&text) {
        Ok(header) => header,
        Err(malformed) if malformed.syntax => return Err(malformed.into_error(files, &file)),
        Err(malformed) => return Err(unknown_format(files, &file, malformed.position, &malformed.problem)),
    };
    let position = position_of(&text, &JsonPath::root().field("format"));
    match &header.format {
        Fact::Known(format) if format == FORMAT => {}
        Fact::Known(format) => return Err(unknown_format(files, &file, position, &format!("{format:?}"))),
        Fact::Unread(Unread::Missing) => return Err(unknown_format(files, &file, position, "nothing")),
        Fact::Unread(_) => return Err(unknown_format(files, &file, position, "a value that is no string")),
    }
    let mut faults = Faults::default();
    let mut take = |fact: &Fact<Box<str>>, name, default: &str| {
        if let Some(why) = fact.unread() {
            faults.unread(At::Root.field(name), Subject { api: "*", resource: &"estate.json" }, why);
        }
        fact.known().cloned().unwrap_or_else(|| default.into())
    };
    let collected_at = take(&header.collected_at, "collected_at", "");
    let partition = take(&header.partition, "partition", "aws");
    let mut estate = Estate::default();
    (estate.collected_at, estate.partition) = (collected_at, partition);
    extent(&header, &mut estate, &mut faults);
    estate.gaps = faults.into_gaps(None, &file, &text);
    Ok(estate)
}

/// How much of the organization the snapshot is meant to hold, and whether it came to hold it.
fn extent(header: &Header, estate: &mut Estate, faults: &mut Faults) {
    let subject = Subject { api: "*", resource: &"estate.json" };
    for (name, why) in [("incomplete", header.incomplete.unread()), ("scope", header.scope.unread())] {
        if let Some(why @ Unread::Malformed(_)) = why {
            faults.unread(At::Root.field(name), subject, why);
        }
    }
    estate.incomplete = header.incomplete.known() == Some(&true);
    if estate.incomplete {
        let what = "the collection was interrupted; palisade collect --resume fetches what is missing";
        faults.add(At::Root.field("incomplete"), subject, "Incomplete", what);
    }
    estate.scope = header.scope.known().cloned().unwrap_or_default();
    if !estate.scope.buckets.is_empty() {
        let what = format!("only buckets that match {} were collected", estate.scope.buckets.join(" or "));
        let subject = Subject { api: "s3:ListAllMyBuckets", resource: &"*" };
        faults.add(At::Root.field("scope"), subject, "Excluded", what);
    }
}

fn unknown_format(files: &Files<'_>, file: &str, position: Position, found: &str) -> SnapshotError {
    SnapshotError::UnknownFormat { file: files.path(file), position, found: found.to_owned() }
}

/// Reads the organization into the estate, and returns its file and text.
///
/// It is one fact: a policy or unit that were left out would change what binds every account.
fn organization(
    files: &Files<'_>,
    interner: &Interner,
    estate: &mut Estate,
) -> Result<Option<(String, String)>, SnapshotError> {
    estate.organization = Fact::Known(None);
    let Some((file, text)) = whole(files, "organization")? else { return Ok(None) };
    match parse::<Option<Organization>>(&text) {
        Ok(Some(mut organization)) => {
            let documents = organization.policies.iter_mut().map(|policy| &mut policy.content);
            documents.for_each(|document| interner.intern(document));
            estate.organization = Fact::Known(Some(organization));
        }
        Ok(None) => unread_organization(estate, &file, &Malformed::nothing(), Unread::Missing),
        Err(malformed) if malformed.syntax => return Err(malformed.into_error(files, &file)),
        Err(malformed) => {
            let why = Unread::Malformed(format!("{}: {}", malformed.path, malformed.problem).into());
            unread_organization(estate, &file, &malformed, why);
        }
    }
    Ok(Some((file, text)))
}

fn unread_organization(estate: &mut Estate, file: &str, place: &Malformed, why: Unread) {
    estate.gaps.push(Gap {
        account: None,
        api: "organizations:DescribeOrganization".into(),
        resource: "organization.json".into(),
        code: why.code().into(),
        detail: detail(file, &place.path, place.position, &place.problem),
    });
    estate.organization = Fact::Unread(why);
}

/// A call to Organizations that AWS refused leaves the organization unread, even where the file has a part of it.
fn refuse_organization(estate: &mut Estate) {
    let mut errors = estate.accounts().flat_map(|account| &account.errors);
    let refusal = errors.find(|error| calls::is_of_organization(error)).map(|error| error.code.clone());
    drop(errors);
    if let Some(code) = refusal {
        estate.organization = Fact::Unread(Unread::Refused(code));
    }
}

/// A file that the snapshot cannot be without, and its text; none if there is no such file.
fn whole(files: &Files<'_>, stem: &str) -> Result<Option<(String, String)>, SnapshotError> {
    let Some(file) = files.named(stem).into_iter().next() else { return Ok(None) };
    match files.text(&file) {
        Ok(text) => Ok(Some((file, text))),
        Err(none) => Err(Malformed::from(none).into_error(files, &file)),
    }
}

fn accounts(
    files: &Files<'_>,
    interner: &Interner,
    partition: &str,
    incomplete: bool,
    progress: Progress<'_>,
) -> Result<Vec<Part>, SnapshotError> {
    let names = files.in_accounts();
    // A collection that was killed early has come to no account.
    if !incomplete && !names.iter().any(|name| account_stem(name).is_some()) {
        return Err(SnapshotError::NoAccounts { directory: files.root() });
    }
    let done = AtomicUsize::new(0);
    let read = |name: &&str| {
        let part = part(files, name, partition, interner);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, names.len());
        part
    };
    // One file at a time: accounts differ much in size.
    Ok(names.par_iter().with_max_len(1).map(read).collect())
}

fn part(files: &Files<'_>, file: &str, partition: &str, interner: &Interner) -> Part {
    let Some(stem) = account_stem(file) else {
        let what = "the name does not end in .json or .json.zst; what the file holds is not read";
        let gaps = vec![gap(None, file, "Inconsistent", what)];
        return Part { file: file.to_owned(), gaps, doubt: Doubt::Unreadable, account: None };
    };
    let named = AccountId::parse(stem);
    let text = files.text(file).map_err(Malformed::from);
    let parsed = text.and_then(|text| parse::<Account>(&text).map(|account| (text, account)));
    match parsed {
        Ok((text, account)) => known(file, named, partition, interner, &text, account),
        Err(Malformed { path, position, problem, .. }) => {
            let what = format!("{path} (line {}, column {}): {problem}", position.line, position.column);
            let gaps = vec![gap(named, file, "Malformed", &what)];
            Part {
                file: file.to_owned(),
                gaps,
                doubt: Doubt::Unreadable,
                account: named.map(Account::unread),
            }
        }
    }
}

fn known(
    file: &str,
    named: Option<AccountId>,
    partition: &str,
    interner: &Interner,
    text: &str,
    mut account: Account,
) -> Part {
    interner.account(&mut account);
    calls::refuse(&mut account);
    let id = account.account_id;
    let mut faults = gaps::of_account(&account, partition);
    let doubt = if named == Some(id) { Doubt::None } else { Doubt::OtherName };
    if doubt == Doubt::OtherName {
        let what = format!("the file holds account {id} and should be accounts/{id}.json");
        let at = At::Root.field("AccountId");
        faults.add(at, Subject { api: "*", resource: &file }, "Inconsistent", what);
    }
    let gaps = faults.into_gaps(Some(id), file, text);
    Part { file: file.to_owned(), account: Some(account), doubt, gaps }
}

fn gap(account: Option<AccountId>, file: &str, code: &str, what: &str) -> Gap {
    let resource = account.map_or_else(|| file.into(), |account| account.to_string().into());
    Gap { account, api: "*".into(), resource, code: code.into(), detail: format!("{file}: {what}").into() }
}

fn add(estate: &mut Estate, part: Part) {
    estate.gaps.extend(part.gaps);
    let Some(account) = part.account else { return };
    let id = account.account_id;
    if !estate.add_account(account) {
        let what = format!("another file holds account {id} too, and is read in its place");
        estate.gaps.push(gap(Some(id), &part.file, "Duplicate", &what));
    }
}

/// Of a plain and a compressed file the plain one is read.
fn duplicate_files(files: &Files<'_>, estate: &mut Estate) {
    for stem in ["estate", "organization"] {
        if let [read, others @ ..] = &*files.named(stem) {
            let what = format!("{read} stands beside it and is read in its place");
            estate.gaps.extend(others.iter().map(|file| gap(None, file, "Duplicate", &what)));
        }
    }
}

/// Names of buckets are unique in a partition: of two with one name, one was misread, and nobody knows which.
fn duplicate_buckets(estate: &mut Estate) {
    let mut owners: FxHashMap<&str, AccountId> = FxHashMap::default();
    let mut gaps = vec![];
    for (account, bucket) in estate.buckets() {
        let id = account.account_id;
        let first = *owners.entry(&bucket.name).or_insert(id);
        if first != id {
            gaps.push(Gap {
                account: Some(id),
                api: "s3:ListAllMyBuckets".into(),
                resource: format!("arn:{}:s3:::{}", estate.partition, bucket.name).into(),
                code: "Duplicate".into(),
                detail: format!("account {first} has a bucket of the same name; AWS gives each name once")
                    .into(),
            });
        }
    }
    estate.gaps.extend(gaps);
}

/// Reads a JSON text, and says what is wrong with it.
fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    // The quick ways first: only a fault asks which fact has it, and only an error asks for its path.
    if let Ok(value) = trusting(|| serde_json::from_str(text)).or_else(|_| serde_json::from_str(text)) {
        return Ok(value);
    }
    let mut json = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize(&mut json) {
        Ok(value) => json.end().map(|()| value).map_err(|error| Malformed::syntax(text, &error)),
        Err(error) if error.inner().is_data() => Err(Malformed::of(text, &error)),
        Err(error) => Err(Malformed::syntax(text, error.inner())),
    }
}

impl Malformed {
    fn of(text: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let steps = error.path().iter().filter_map(|segment| match segment {
            serde_path_to_error::Segment::Seq { index } => Some(Step::Item(*index)),
            serde_path_to_error::Segment::Map { key } => Some(Step::Field(key.as_str().into())),
            _ => None,
        });
        let path: JsonPath = steps.collect();
        let position = position_of(text, &path);
        Self { path, position, problem: message(error.inner()), syntax: false }
    }

    fn syntax(text: &str, error: &serde_json::Error) -> Self {
        // The error counts bytes in its line.
        let start =
            text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let mut offset = (start + error.column().saturating_sub(1)).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let position = position_at(text, offset);
        Self { path: JsonPath::root(), position, problem: message(error), syntax: true }
    }

    fn nothing() -> Self {
        let problem = "the organization was not read".to_owned();
        Self { path: JsonPath::root(), position: Position { line: 1, column: 1 }, problem, syntax: false }
    }

    fn into_error(self, files: &Files<'_>, file: &str) -> SnapshotError {
        SnapshotError::NotJson { file: files.path(file), position: self.position, problem: self.problem }
    }
}

impl From<NoText> for Malformed {
    fn from(none: NoText) -> Self {
        Self { path: JsonPath::root(), position: none.position, problem: none.problem, syntax: true }
    }
}

/// The message without the position, which stands before it.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_reading_agree() {
        let text = include_str!("../../../tests/estates/small/accounts/111111111111.json");
        let quick: Account = trusting(|| serde_json::from_str(text)).expect("an account");
        let careful: Account = serde_json::from_str(text).expect("an account");
        assert_eq!(quick, careful);

        let text = text.replace("\"Enabled\"", "7");
        assert!(trusting(|| serde_json::from_str::<Account>(&text)).is_err(), "the quick way hides no fault");
        assert!(serde_json::from_str::<Account>(&text).is_ok());
    }
}
