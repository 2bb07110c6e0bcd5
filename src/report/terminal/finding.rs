//! One finding in full: where, on what evidence, who, and a request that shows it.

use std::io;

use anstyle::Style;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::page::Page;
use super::{evidence, quote};
use crate::finding::{Controls, DatasetRef, Finding, FixRef, Safety};

/// How many names of a list are shown, unless all are asked for.
const NAMES: usize = 3;
const OTHERS: usize = 8;
/// How many items of a standard are.
pub(super) const ITEMS: usize = 4;

/// Everything but remedy and controls, which the findings of a rule mostly share, and the fingerprint.
pub(super) fn write(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    arrow(page, finding)?;
    // The arrow above points to it.
    let said = |document: &str| match &finding.dataset {
        Some(dataset) => document.rsplit_once(":::").is_some_and(|(_, name)| *name == *dataset.bucket),
        None => finding.subjects.first().is_some_and(|first| **first == *document),
    };
    evidence::write(page, &finding.evidence, &said)?;
    let verbose = page.layout().verbose;
    let limit = |limit| if verbose { usize::MAX } else { limit };
    if let Some(detail) = &finding.detail {
        page.note("detail", detail)?;
    }
    // The arrow has named a single subject already if there is no data set to point to.
    if finding.dataset.is_some() || finding.subjects_total > 1 {
        page.note_if_any("who", &who(finding, limit(NAMES)))?;
    }
    for (label, text) in [
        ("actions", first_of(&finding.actions, limit(OTHERS))),
        ("keys", first_of(&finding.keys, limit(OTHERS))),
        ("when", finding.conditions.join(" and ")),
        ("via", finding.via.join(", then ")),
        ("witness", finding.witness.as_ref().map(witness).unwrap_or_default()),
    ] {
        page.note_if_any(label, &text)?;
    }
    Ok(())
}

/// `= fix: 9b1c0ad2e5f60718, proved safe: refuse requests for acme-models-prod without TLS (cures 6 findings)`
pub(super) fn fix(page: &mut Page<'_>, fix: &FixRef) -> io::Result<()> {
    let verdict = match (fix.verdict, fix.assumes.is_some()) {
        (Safety::Safe, false) => "proved safe",
        (Safety::Safe, true) => "proved safe if what it assumes is true",
        (Safety::Breaks, _) => "breaks something",
    };
    let others = if fix.cures > 1 { format!(" (cures {} findings)", fix.cures) } else { String::new() };
    page.note("fix", &format!("{}, {verdict}: {}{others}", fix.id, fix.title))
}

pub(super) fn controls(page: &mut Page<'_>, controls: &Controls, limit: usize) -> io::Result<()> {
    let standards =
        controls.0.iter().map(|(standard, items)| format!("{standard} {}", first_of(items, limit)));
    page.note_if_any("controls", &standards.collect::<Vec<_>>().join("; "))
}

/// `  --> s3://acme-models-prod/published/ (models, team vision, prod, account 333333333333)`
///
/// The URL holds in every partition of AWS, which the ARN does not.
fn arrow(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let palette = page.layout().palette;
    let (place, facts) = match &finding.dataset {
        Some(dataset) => (format!("s3://{}", dataset.name()), facts(dataset)),
        None => (who(finding, 1), String::new()),
    };
    if place.is_empty() {
        return Ok(());
    }
    let arrow = (palette.margin, "  --> ");
    let facts = format!("({facts})");
    if facts == "()" {
        page.line(&[arrow, (Style::new(), &place)])
    } else if 6 + place.width() + 1 + facts.width() <= page.layout().width {
        page.line(&[arrow, (Style::new(), &place), (palette.faint, &format!(" {facts}"))])
    } else {
        page.line(&[arrow, (Style::new(), &place)])?;
        page.line(&[(palette.faint, &format!("      {facts}"))])
    }
}

/// `models, team vision, prod, account 333333333333`
fn facts(dataset: &DatasetRef) -> String {
    let mut facts = vec![dataset.class.as_deref().unwrap_or("no class").to_owned()];
    facts.extend(dataset.team.as_ref().map(|team| format!("team {team}")));
    facts.extend(dataset.env.as_ref().map(ToString::to_string));
    facts.push(format!("account {}", dataset.account));
    facts.join(", ")
}

/// The subjects, of which `*` is everyone.
pub(super) fn who(finding: &Finding, limit: usize) -> String {
    let subjects =
        finding.subjects.iter().map(|subject| if **subject == *"*" { "anyone (*)" } else { subject });
    in_words(subjects, finding.subjects_total, limit)
}

/// The first names of a list, and how many more there are of `total`.
fn in_words<'a>(names: impl Iterator<Item = &'a str>, total: usize, limit: usize) -> String {
    let shown: Vec<_> = names.take(limit).collect();
    match total.saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

pub(super) fn first_of(names: &[Box<str>], limit: usize) -> String {
    in_words(names.iter().map(|name| &**name), names.len(), limit)
}

/// Whether a key goes without saying: it follows from who asks and what is asked for, or is what requests usually carry.
fn goes_without_saying(key: &str, value: &Value) -> bool {
    let follows = ["aws:Principal", "aws:Resource", "aws:RequestedRegion", "aws:userid"];
    follows.iter().any(|prefix| key.starts_with(prefix))
        || matches!(
            (key, value.as_str()),
            ("aws:SecureTransport", Some("true")) | ("aws:SourceIp", Some("203.0.113.7"))
        )
}

/// The request of a witness as a sentence: `s3:PutObject on ARN by ARN, with aws:SecureTransport = "false"`.
///
/// What does not have the shape of a request is shown as it is.
pub(super) fn witness(witness: &Value) -> String {
    let request = witness.get("request").unwrap_or(witness);
    let text = |pointer| request.pointer(pointer).and_then(Value::as_str);
    let (Some(action), Some(resource), Some(principal)) =
        (text("/action"), text("/resource/resource"), text("/principal"))
    else {
        return quote::flat(witness);
    };
    let context = request.get("contextVariables").and_then(Value::as_object);
    let telling = context.into_iter().flatten().filter(|(key, value)| !goes_without_saying(key, value));
    let keys: Vec<_> = telling.map(|(key, value)| format!("{key} = {}", quote::flat(value))).collect();
    let with = if keys.is_empty() { String::new() } else { format!(", with {}", keys.join(", ")) };
    format!("{action} on {resource} by {principal}{with}")
}
