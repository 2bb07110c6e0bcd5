//! What a change does, found out on a copy of the estate.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::extent::Ties;
use super::limits;
use super::propose::Candidate;
use crate::check::trial::{Bench, Change, Extent, Mark, Marks};
use crate::estate::{Content, Edit, Estate, Target};
use crate::finding::{Cure, Finding, Loss, Proof, Removal, Safety, Worse};
use crate::iam::{Action, AwsPrincipal, Document, Effect, Element, PrincipalId, Statement};
use crate::intent::{Intent, IntentError};

/// Findings by what they are about, to be asked whether they are gone.
pub(super) struct Docket<'f> {
    findings: &'f [Finding],
    marks: Vec<Vec<Mark>>,
    by_bucket: FxHashMap<&'f str, Vec<usize>>,
    by_subject: FxHashMap<&'f str, Vec<usize>>,
    odd: Vec<usize>,
}

impl<'f> Docket<'f> {
    pub(super) fn new(findings: &'f [Finding], intent: &Intent) -> Self {
        let mut docket = Self {
            findings,
            marks: findings.iter().map(|finding| Mark::of(finding, intent).collect()).collect(),
            by_bucket: FxHashMap::default(),
            by_subject: FxHashMap::default(),
            odd: vec![],
        };
        for (at, finding) in findings.iter().enumerate() {
            if let Some(dataset) = &finding.dataset {
                docket.by_bucket.entry(&dataset.bucket).or_default().push(at);
            } else {
                docket.odd.push(at);
            }
            for subject in &finding.subjects {
                docket.by_subject.entry(subject).or_default().push(at);
            }
        }
        docket
    }

    /// The findings that a change may bear on.
    fn concerned(&self, extent: &Extent) -> BTreeSet<usize> {
        let of = |index: &FxHashMap<&str, Vec<usize>>, names: &BTreeSet<Box<str>>| -> Vec<usize> {
            names.iter().filter_map(|name| index.get(&**name)).flatten().copied().collect()
        };
        let mut found: BTreeSet<usize> = of(&self.by_bucket, &extent.buckets).into_iter().collect();
        found.extend(of(&self.by_subject, &extent.principals));
        found.extend(&self.odd);
        let acts = |at: &usize| {
            let roles = self.findings.get(*at).map_or(&[][..], |finding| &finding.roles);
            roles.iter().any(|role| extent.acted_as.contains(role))
        };
        if !extent.acted_as.is_empty() {
            found.extend((0..self.findings.len()).filter(acts));
        }
        found
    }

    /// The findings that are gone: each thing that they say was looked at, and is not said of the copy.
    fn cured(&self, extent: &Extent, change: &Change) -> BTreeSet<usize> {
        let is_cured = |at: &usize| {
            let (Some(finding), Some(marks)) = (self.findings.get(*at), self.marks.get(*at)) else {
                return false;
            };
            let actions: BTreeSet<Box<str>> = finding.actions.iter().cloned().collect();
            // What was not looked at, and whom a finding does not list, is not known to be gone.
            finding.subjects.len() >= finding.subjects_total
                && finding.roles.iter().all(|role| extent.acted_as.contains(role))
                && !marks.is_empty()
                && marks
                    .iter()
                    .all(|mark| change.before.has(mark, &actions) && !change.after.has(mark, &actions))
        };
        self.concerned(extent).into_iter().filter(is_cured).collect()
    }
}

/// What a change was proved to do.
pub(super) struct Verdict {
    pub(super) proof: Proof,
    /// The findings that are gone, by their places.
    pub(super) cured: BTreeSet<usize>,
    /// What differs in the copy.
    pub(super) change: Change,
}

/// Tries a change on a copy; none if it cannot be made.
pub(super) fn prove(
    bench: &Bench<'_>,
    ties: &Ties<'_>,
    docket: &Docket<'_>,
    candidate: &Candidate,
    acted_as: &BTreeSet<Box<str>>,
) -> Result<Option<Verdict>, IntentError> {
    let Ok(copy) = bench.scene.ground.estate.patched(&candidate.edits) else { return Ok(None) };
    let mut extent = ties.extent(&candidate.edits);
    extent.widens |= candidate.widens;
    extent.acted_as.extend(acted_as.iter().cloned());
    let change = bench.compare(&copy, &extent)?;
    let cured = docket.cured(&extent, &change);
    let proof = proof(&candidate.edits, &copy, &change, |at| cured.contains(&at), docket);
    Ok(Some(Verdict { proof, cured, change }))
}

/// What a comparison shows, as a proof.
pub(super) fn proof(
    edits: &[Edit],
    copy: &Estate,
    change: &Change,
    cured: impl Fn(usize) -> bool,
    docket: &Docket<'_>,
) -> Proof {
    let sizes: Vec<_> = edits.iter().filter_map(|edit| limits::size(edit, copy)).collect();
    let too_long = sizes.iter().filter(|size| !limits::fits(size));
    let mut obstacles: Vec<Box<str>> = too_long
        .map(|size| {
            format!(
                "the {} would have {} {}, and AWS takes {}",
                size.document, size.is, size.unit, size.limit
            )
            .into()
        })
        .collect();
    let locked = change.locked.iter();
    obstacles.extend(locked.map(|bucket| {
        Box::from(format!(
            "nobody of the account but its root user could change the policy of bucket {bucket} any more"
        ))
    }));
    obstacles.extend(edits.iter().filter_map(lock_out_of_key));
    let gone = docket.findings.iter().enumerate().filter(|(at, _)| cured(*at));
    let cures: Vec<Cure> = gone.map(|(_, finding)| Cure::of(finding)).collect();
    let new = worse(&change.after, &change.before);
    let lost = losses(change);
    let mut proof =
        Proof { verdict: Safety::Breaks, cures, new, lost, removed: removals(change), obstacles, sizes };
    if proof.breaks_nothing() && !proof.cures.is_empty() {
        proof.verdict = Safety::Safe;
    }
    proof
}

/// A rule or a place, and what belongs to it.
type Grouped<K> = BTreeMap<(Box<str>, K), Vec<Box<str>>>;

/// What is found afterwards and was not before.
pub(super) fn worse(after: &Marks, before: &Marks) -> Vec<Worse> {
    let mut groups: Grouped<Box<str>> = BTreeMap::new();
    for (mark, _) in after.beyond(before) {
        groups.entry((mark.rule.clone(), mark.about.clone())).or_default().push(mark.subject.clone());
    }
    let named =
        |subjects: Vec<Box<str>>| subjects.into_iter().filter(|subject| !subject.is_empty()).collect();
    let groups = groups.into_iter();
    groups.map(|((rule, dataset), subjects)| Worse { rule, dataset, subjects: named(subjects) }).collect()
}

/// Lost access with those who lose the same together.
fn losses(change: &Change) -> Vec<Loss> {
    let mut found: Vec<Loss> = vec![];
    for lost in &change.lost {
        let actions: Vec<Box<str>> = lost.actions.iter().cloned().collect();
        let same = |known: &&mut Loss| {
            known.permit == lost.permit && known.dataset == lost.dataset && known.actions == actions
        };
        match found.iter_mut().find(same) {
            Some(known) if !known.subjects.contains(&lost.subject) => {
                known.subjects.push(lost.subject.clone());
            }
            Some(_) => {}
            None => found.push(Loss {
                permit: lost.permit.clone(),
                dataset: lost.dataset.clone(),
                subjects: vec![lost.subject.clone()],
                actions,
                witness: lost.witness.clone(),
            }),
        }
    }
    found
}

fn removals(change: &Change) -> Vec<Removal> {
    let mut groups: Grouped<Vec<Box<str>>> = BTreeMap::new();
    for ((dataset, subject), actions) in &change.removed {
        let actions = actions.iter().cloned().collect();
        groups.entry((dataset.clone(), actions)).or_default().push(subject.clone());
    }
    for (role, subjects) in &change.strangers {
        groups
            .entry((role.clone(), vec!["sts:AssumeRole".into()]))
            .or_default()
            .extend(subjects.iter().cloned());
    }
    let removal = |((dataset, actions), subjects)| Removal { dataset, subjects, actions };
    groups.into_iter().map(removal).collect()
}

/// "To mitigate this risk, [...] the key policy must allow the calling principal to make a subsequent PutKeyPolicy request": the account
/// or some principal of it must keep the right to change the policy. (KMS API Reference, PutKeyPolicy)
fn lock_out_of_key(edit: &Edit) -> Option<Box<str>> {
    if !matches!(edit.target, Target::KeyPolicy { .. } | Target::Key { .. }) {
        return None;
    }
    let keeps = |content: &Content| {
        let document = Document::parse(content.text()).ok()?;
        Some(document.statements.iter().any(|statement| administers(statement, &edit.account.to_string())))
    };
    let kept = edit.after.as_ref().and_then(keeps).unwrap_or(false);
    (!kept).then(|| format!("nobody could change the {} any more", edit.target.describe()).into())
}

fn administers(statement: &Statement, account: &str) -> bool {
    let Some(action) = Action::parse("kms:PutKeyPolicy") else { return false };
    let own = |id: &PrincipalId| match id {
        PrincipalId::Aws(
            principal @ (AwsPrincipal::Account { .. } | AwsPrincipal::Role(_) | AwsPrincipal::User(_)),
        ) => principal.account() == Some(account),
        _ => false,
    };
    let named =
        matches!(&statement.principal, Some(Element::Is(principals)) if principals.ids.iter().any(own));
    statement.effect == Effect::Allow && named && statement.covers_action(&action)
}
