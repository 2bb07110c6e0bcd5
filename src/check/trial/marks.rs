//! Findings taken apart: each rule, data and subject by itself, so that two audits can be compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, RuleKind};
use crate::intent::Intent;

/// One thing that a finding says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mark {
    /// The rule.
    pub(crate) rule: Box<str>,
    /// The data, as `bucket` or `bucket/prefix`; of an odd statement its policy and its name; empty for a finding about no data.
    pub(crate) about: Box<str>,
    /// Whom it concerns; empty for a finding about nobody.
    pub(crate) subject: Box<str>,
    /// Whether he does it as a role that is not his own.
    pub(crate) acting: bool,
}

/// What findings say, with the actions of each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks(BTreeMap<Mark, BTreeSet<Box<str>>>);

impl Marks {
    /// Adds what a finding says.
    pub(crate) fn add(&mut self, mark: Mark, actions: impl IntoIterator<Item = Box<str>>) {
        self.0.entry(mark).or_default().extend(actions);
    }

    /// Adds all of another list.
    pub(crate) fn extend(&mut self, other: Self) {
        other.0.into_iter().for_each(|(mark, actions)| self.add(mark, actions));
    }

    /// Whether what a mark says of these actions is there; of no actions, whether it is there at all.
    pub(crate) fn has(&self, mark: &Mark, actions: &BTreeSet<Box<str>>) -> bool {
        let known = self.0.get(mark);
        known.is_some_and(|known| actions.is_empty() || known.intersection(actions).next().is_some())
    }

    /// What is here and not there. What somebody does as another role is not told while he does it as himself, so that it is not new
    /// when it is told.
    pub(crate) fn beyond<'m>(
        &'m self,
        other: &'m Self,
    ) -> impl Iterator<Item = (&'m Mark, &'m BTreeSet<Box<str>>)> {
        let is_new = |(mark, actions): &(&Mark, &BTreeSet<Box<str>>)| {
            let himself = Mark { acting: false, ..(*mark).clone() };
            let known = other.0.get(*mark).is_some_and(|known| actions.difference(known).next().is_none());
            !(known || mark.acting && other.0.contains_key(&himself))
        };
        self.0.iter().filter(is_new)
    }
}

impl Mark {
    /// What a finding says, subject by subject.
    pub(crate) fn of<'f>(finding: &'f Finding, intent: &Intent) -> impl Iterator<Item = Self> + 'f {
        let kind = intent.rule(&finding.rule).map(|rule| rule.kind);
        let about: Box<str> = match (kind, finding.evidence.first(), &finding.dataset) {
            (Some(RuleKind::Lint), Some(evidence), _) => {
                let index = evidence.index.unwrap_or_default().to_string();
                Self::statement(&evidence.document, evidence.sid.as_deref().unwrap_or(&index))
            }
            (_, _, Some(dataset)) => dataset.name().into(),
            _ => "".into(),
        };
        // An odd statement is one fault, however many hold it.
        let subjects = if kind == Some(RuleKind::Lint) { &[] } else { &*finding.subjects };
        let nobody = subjects.is_empty().then(Box::<str>::default);
        subjects.iter().cloned().chain(nobody).map(move |subject| Self {
            rule: finding.rule.clone(),
            about: about.clone(),
            subject,
            acting: !finding.via.is_empty(),
        })
    }

    /// How a statement is called in marks.
    pub(crate) fn statement(document: &str, name: &str) -> Box<str> {
        format!("{document}#{name}").into()
    }
}
