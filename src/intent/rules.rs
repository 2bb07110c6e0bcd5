//! Rules as the rest of the house sees them: from annotations, from the built-in table, with their items of standards.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::PolicyFile;
use super::error::{IntentError, Place};
use super::policies::Policies;
use crate::finding::{Controls, Rule, RuleKind, Severity};

/// One of the accesses that the rules sanction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// The id, in kebab case.
    pub id: Box<str>,
    /// What is sanctioned, in a few words.
    pub title: Box<str>,
    /// Whether work stops where AWS does not allow it.
    pub expected: bool,
}

/// The rules that no policy can state, as the table writes them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BuiltIn {
    kind: Kind,
    severity: Box<str>,
    title: Box<str>,
    why: Box<str>,
    remedy: Box<str>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Access,
    Coverage,
    Lint,
}

/// The items of standards, by rule and by the standard's short name.
type Tables = BTreeMap<Box<str>, BTreeMap<Box<str>, Vec<Box<str>>>>;

/// Every rule, sorted by id: the forbids and the built-in ones.
pub(super) fn rules(policies: &Policies, built_in: &PolicyFile) -> Result<Vec<Rule>, IntentError> {
    let mut rules = vec![];
    for (id, stated) in policies.stated.iter().filter(|(_, stated)| stated.is_forbid()) {
        let severity = stated.annotation("severity")?;
        rules.push(Rule {
            id: id.clone(),
            severity: self::severity(severity, &stated.place)?,
            title: stated.annotation("title")?.into(),
            why: stated.annotation("why")?.into(),
            remedy: stated.annotation("remedy")?.into(),
            kind: if stated.is_posture { RuleKind::Posture } else { RuleKind::Access },
            class: stated.class(),
            controls: Controls::default(),
        });
    }
    for (id, rule) in table::<BTreeMap<Box<str>, BuiltIn>>(built_in)? {
        let place = heading(built_in, &id);
        if let Some(stated) = policies.stated.get(&id) {
            return Err(IntentError::Duplicate { place: stated.place.clone(), id, taken: place });
        }
        let severity = severity(&rule.severity, &place)?;
        let kind = match rule.kind {
            Kind::Access => RuleKind::Access,
            Kind::Coverage => RuleKind::Coverage,
            Kind::Lint => RuleKind::Lint,
        };
        let BuiltIn { title, why, remedy, .. } = rule;
        rules.push(Rule {
            id,
            severity,
            title,
            why,
            remedy,
            kind,
            class: None,
            controls: Controls::default(),
        });
    }
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(rules)
}

/// Every permit about requests, sorted by id.
pub(super) fn permits(policies: &Policies) -> Result<Vec<Permit>, IntentError> {
    let permits = policies.stated.iter().filter(|(_, stated)| !stated.is_forbid());
    let permits = permits.map(|(id, stated)| {
        let expected = stated.policy.annotation("expected") == Some("true");
        Ok((
            stated.is_posture,
            Permit { id: id.clone(), title: stated.annotation("title")?.into(), expected },
        ))
    });
    let permits: Result<Vec<_>, IntentError> = permits.collect();
    Ok(permits?.into_iter().filter(|(is_posture, _)| !is_posture).map(|(_, permit)| permit).collect())
}

/// Adds to each rule what standards say of it. Where `strict`, every table must name a rule.
pub(super) fn add_controls(
    rules: &mut [Rule],
    controls: &PolicyFile,
    strict: bool,
) -> Result<(), IntentError> {
    for (id, items) in table::<Tables>(controls)? {
        match rules.iter_mut().find(|rule| rule.id == id) {
            Some(rule) => rule.controls = Controls(items),
            None if strict => return Err(IntentError::UnknownRule { place: heading(controls, &id), id }),
            None => {}
        }
    }
    Ok(())
}

fn severity(text: &str, place: &Place) -> Result<Severity, IntentError> {
    text.parse().map_err(|_| IntentError::Severity { place: place.clone(), text: text.into() })
}

fn table<T: DeserializeOwned>(file: &PolicyFile) -> Result<T, IntentError> {
    toml::from_str(&file.text).map_err(|error| IntentError::Syntax {
        place: Place::at(&file.name, &file.text, error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
        help: None,
    })
}

/// Where the table of a rule begins.
fn heading(file: &PolicyFile, id: &str) -> Place {
    Place::at(&file.name, &file.text, file.text.find(&format!("[{id}]")).unwrap_or_default())
}
