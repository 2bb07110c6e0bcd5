//! What could be done about findings: for each root cause the smallest changes first. Nothing here claims that a change cures anything;
//! that is proved.

mod access;
mod chain;
mod class;
mod expected;
mod guard;
mod key;
mod lint;
mod principal;
mod resource;
mod setting;

use std::collections::{BTreeMap, BTreeSet};

use lint::Odd;

use super::extent::Ties;
use crate::check::trial::{Bench, Change};
use crate::estate::{AccountId, Content, Edit, Estate, Target};
use crate::finding::{Finding, Remedy, Verdict};

/// A change that may cure findings.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) remedy: Remedy,
    pub(super) title: String,
    pub(super) edits: Vec<Edit>,
    pub(super) notes: Vec<Box<str>>,
    /// What is taken for granted.
    pub(super) assumes: Option<Box<str>>,
    /// Whether somebody may do afterwards what he cannot do now.
    pub(super) widens: bool,
}

/// Names of buckets, or ARNs of principals.
pub(super) type Names = BTreeSet<Box<str>>;

/// Why some findings are there: what one change may cure together. In the order in which causes of equal weight are looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// A setting of a bucket.
    Setting { bucket: Box<str>, rule: Box<str> },
    /// Nothing in a bucket's policy refuses plain HTTP.
    Plaintext { bucket: Box<str> },
    /// A principal lacks a boundary, or its trust policy lets outsiders in.
    Principal { arn: Box<str>, rule: Box<str> },
    /// An Allow of some policy.
    Grant { account: AccountId, target: Target, index: usize },
    /// The policy of AWS's own that grants it, by its holders' account.
    AwsManaged { account: AccountId, policy: Box<str>, index: usize },
    /// A statement lets somebody act as a role that is not his own.
    Chain { account: AccountId, target: Target, index: usize },
    /// Nothing in a bucket's policy keeps out whom no rule permits.
    Unguarded { bucket: Box<str> },
    /// A statement is odd.
    Odd { rule: Box<str>, document: Box<str>, index: usize, holder: Box<str> },
    /// What a bucket holds is not said, or is said twice.
    Class { bucket: Box<str> },
    /// Access that is expected is refused.
    Refused { finding: usize },
}

/// What proposals are made from.
pub(super) struct Table<'t, 's> {
    /// The estate as it is, prepared for questions.
    pub(super) bench: &'t Bench<'s>,
    pub(super) ties: &'t Ties<'s>,
    /// The estate after the fixes that are accepted so far.
    pub(super) now: &'t Estate,
    pub(super) findings: &'t [Finding],
}

impl<'t> Table<'t, '_> {
    /// The causes of some findings, each with those that it explains. A finding may have several.
    pub(super) fn causes(&self, open: &BTreeSet<usize>) -> BTreeMap<Cause, Vec<usize>> {
        let mut causes: BTreeMap<Cause, Vec<usize>> = BTreeMap::new();
        for at in open {
            let Some(finding) = self.findings.get(*at).filter(|finding| finding.verdict == Verdict::Violated)
            else {
                continue;
            };
            for cause in self.causes_of(*at, finding) {
                causes.entry(cause).or_default().push(*at);
            }
        }
        causes
    }

    /// What may be done about a cause, the smallest change first.
    pub(super) fn candidates(&self, cause: &Cause, claims: &[usize]) -> Vec<Candidate> {
        let claims: Vec<&Finding> = claims.iter().filter_map(|at| self.findings.get(*at)).collect();
        match cause {
            Cause::Setting { bucket, rule } => self.setting(bucket, rule),
            Cause::Plaintext { bucket } => self.refuse_plaintext(bucket),
            Cause::Principal { arn, rule } => self.principal(arn, rule),
            Cause::Grant { account, target, index } => self.grant(*account, target, *index, &claims),
            Cause::AwsManaged { policy, .. } => self.aws_managed(policy, &claims),
            Cause::Chain { account, target, index } => self.chain(*account, target, *index, &claims),
            Cause::Unguarded { bucket } => self.guard(bucket, &claims),
            Cause::Odd { rule, document, index, holder } => {
                let odd = Odd { rule, document, index: *index, holder };
                self.odd(&odd, &claims, &Names::new())
            }
            Cause::Class { bucket } => self.class(bucket),
            Cause::Refused { .. } => claims.first().map_or_else(Vec::new, |finding| self.refused(finding)),
        }
    }

    /// What may be done where everything that was tried would cure, and break something: the same with what it lacks.
    pub(super) fn amended(
        &self,
        cause: &Cause,
        claims: &[usize],
        tried: &[(&Candidate, &Change)],
    ) -> Vec<Candidate> {
        match cause {
            Cause::Class { bucket } => self.closed(bucket, tried),
            Cause::Odd { rule, document, index, holder } => {
                // Keys in buckets of other names that somebody has to reach.
                let lost = tried.iter().flat_map(|(_, change)| &change.lost);
                let keep: Names =
                    lost.filter_map(|lost| lost.dataset.split('/').next()).map(Box::from).collect();
                if keep.is_empty() {
                    return vec![];
                }
                let claims: Vec<&Finding> = claims.iter().filter_map(|at| self.findings.get(*at)).collect();
                self.odd(&Odd { rule, document, index: *index, holder }, &claims, &keep)
            }
            _ => vec![],
        }
    }

    fn causes_of(&self, at: usize, finding: &Finding) -> Vec<Cause> {
        let bucket = finding.dataset.as_ref().map(|dataset| dataset.bucket.clone());
        let rule = finding.rule.clone();
        match (&*finding.rule, bucket) {
            ("expected-access-broken", _) => vec![Cause::Refused { finding: at }],
            ("unclassified-dataset" | "ambiguous-class", Some(bucket)) => vec![Cause::Class { bucket }],
            (rule, Some(bucket)) if is_about_tls(rule) => vec![Cause::Plaintext { bucket }],
            (_, Some(bucket)) if finding.actions.is_empty() => vec![Cause::Setting { bucket, rule }],
            (_, Some(_)) if !finding.via.is_empty() => self.chain_causes(finding),
            (_, Some(bucket)) => self.access_causes(bucket, finding),
            (_, None) => match finding.evidence.first() {
                Some(evidence) if evidence.index.is_some() && &*evidence.layer != "trustPolicy" => {
                    vec![Cause::Odd {
                        rule,
                        document: evidence.document.clone(),
                        index: evidence.index.unwrap_or_default(),
                        holder: finding.subjects.first().cloned().unwrap_or_default(),
                    }]
                }
                _ => finding
                    .subjects
                    .iter()
                    .map(|arn| Cause::Principal { arn: arn.clone(), rule: rule.clone() })
                    .collect(),
            },
        }
    }

    /// An edit of what is there now; none where it was not read or would not change.
    pub(super) fn edit(
        &self,
        account: AccountId,
        region: Option<Box<str>>,
        target: Target,
        after: Option<Content>,
    ) -> Option<Edit> {
        let before = self.now.content(account, &target).ok()?;
        (before != after).then_some(Edit { account, region, target, before, after })
    }

    /// The text of a policy now.
    pub(super) fn text(&self, account: AccountId, target: &Target) -> Option<Content> {
        self.now.content(account, target).ok()?
    }
}

impl Candidate {
    /// A change that takes something away or adds protection.
    pub(super) fn new(remedy: Remedy, title: String, edits: Vec<Edit>) -> Self {
        Self { remedy, title, edits, notes: vec![], assumes: None, widens: false }
    }

    pub(super) fn with_note(mut self, note: &str) -> Self {
        self.notes.push(note.into());
        self
    }

    /// A change that takes something for granted that only the owner knows.
    pub(super) fn assuming(mut self, what: String) -> Self {
        self.assumes = Some(what.into());
        self
    }

    /// A change after which somebody may do what he cannot do now.
    pub(super) fn widening(mut self) -> Self {
        self.widens = true;
        self
    }
}

/// Whether a rule is about requests without TLS.
fn is_about_tls(rule: &str) -> bool {
    matches!(rule, "plaintext-access" | "tls-not-enforced")
}

/// The names of some things, the first few of many.
pub(super) fn few(names: impl IntoIterator<Item = String>) -> String {
    const SHOWN: usize = 3;
    let names: Vec<String> = names.into_iter().collect();
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names.get(..SHOWN).unwrap_or(&names).join(", ")),
    }
}
