//! One finding in full: where, on what evidence, who, and a request that shows it.

use std::io;

use anstyle::Style;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::page::Page;
use super::{evidence, quote};
use crate::finding::{Controls, DatasetRef, Finding};

/// How many names of a list are shown, unless all are asked for.
const NAMES: usize = 3;
const ACTIONS: usize = 8;

/// Everything but remedy and controls, which the findings of a rule mostly share.
pub(super) fn write(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    arrow(page, finding)?;
    evidence::write(page, finding)?;
    let verbose = page.layout().verbose;
    let limit = |limit| if verbose { usize::MAX } else { limit };
    if let Some(detail) = &finding.detail {
        page.note("detail", detail)?;
    }
    if !finding.subjects.is_empty() {
        page.note("who", &in_words(&finding.subjects, finding.subjects_total, limit(NAMES)))?;
    }
    let actions = in_words(&finding.actions, finding.actions.len(), limit(ACTIONS));
    let keys = in_words(&finding.keys, finding.keys.len(), limit(ACTIONS));
    for (label, text) in [
        ("actions", actions),
        ("keys", keys),
        ("when", finding.conditions.join(" and ")),
        ("via", finding.via.join(", then ")),
        ("witness", finding.witness.as_ref().map(witness).unwrap_or_default()),
    ] {
        if !text.is_empty() {
            page.note(label, &text)?;
        }
    }
    page.note("fingerprint", &finding.fingerprint.to_string())
}

pub(super) fn remedy(page: &mut Page<'_>, remedy: &str) -> io::Result<()> {
    page.note("remedy", remedy)
}

pub(super) fn controls(page: &mut Page<'_>, controls: &Controls) -> io::Result<()> {
    if controls.is_empty() {
        return Ok(());
    }
    let standards = controls.0.iter().map(|(standard, items)| format!("{standard} {}", items.join(", ")));
    page.note("controls", &standards.collect::<Vec<_>>().join("; "))
}

/// `  --> s3://acme-models-prod/published/ (models, team vision, prod, account 333333333333)`
///
/// The URL holds in every partition of AWS, which the ARN does not.
fn arrow(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let palette = page.layout().palette;
    let (place, facts) = match &finding.dataset {
        Some(dataset) => (format!("s3://{}", dataset.name()), place(dataset, true)),
        None => (in_words(&finding.subjects, finding.subjects_total, 1), String::new()),
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
pub(super) fn place(dataset: &DatasetRef, with_account: bool) -> String {
    let mut facts = vec![dataset.class.as_deref().unwrap_or("no class").to_owned()];
    facts.extend(dataset.team.as_ref().map(|team| format!("team {team}")));
    facts.extend(dataset.env.as_ref().map(ToString::to_string));
    facts.extend(with_account.then(|| format!("account {}", dataset.account)));
    facts.join(", ")
}

/// The first names of a list, and how many more there are of `total`.
pub(super) fn in_words(names: &[Box<str>], total: usize, limit: usize) -> String {
    let shown: Vec<&str> =
        names.iter().take(limit).map(|name| if **name == *"*" { "anyone (*)" } else { name }).collect();
    match total.saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The request of a witness as a sentence: `s3:PutObject on ARN by ARN, with aws:SecureTransport = "true"`.
///
/// What does not have the shape of a request is shown as it is.
fn witness(witness: &Value) -> String {
    let request = witness.get("request").unwrap_or(witness);
    let text = |pointer| request.pointer(pointer).and_then(Value::as_str);
    let (Some(action), Some(resource), Some(principal)) =
        (text("/action"), text("/resource/resource"), text("/principal"))
    else {
        return quote::flat(witness);
    };
    let context = request.get("contextVariables").and_then(Value::as_object);
    let keys: Vec<_> =
        context.into_iter().flatten().map(|(key, value)| format!("{key} = {}", quote::flat(value))).collect();
    let with = if keys.is_empty() { String::new() } else { format!(", with {}", keys.join(", ")) };
    format!("{action} on {resource} by {principal}{with}")
}
