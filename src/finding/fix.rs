//! Fixes as plain data: what to change, and what was proved of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Finding, Fingerprint, Verdict};
use crate::estate::{AccountId, Content, Edit, Target};

/// The version of the plan's JSON format.
pub const PLAN_VERSION: u32 = 1;

/// A change that cures findings, with its proof.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fix {
    /// Names the fix in every run, as long as it changes the same documents in the same way.
    pub id: Fingerprint,
    /// Of what kind it is.
    pub remedy: Remedy,
    /// What it does, in one sentence without a full stop.
    pub title: Box<str>,
    /// The changes, in the order in which they are made.
    pub edits: Vec<Edit>,
    /// What is taken for granted and only the owner knows: then the fix is applied only if he says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumes: Option<Box<str>>,
    /// What to think of before it is applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Box<str>>,
    /// What was proved of it.
    pub proof: Proof,
}

/// Of what kind a fix is, in the order in which fixes are applied: what protects comes before what takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// A setting of a bucket: versioning, encryption, Block Public Access, ownership, logging, lifecycle.
    Setting,
    /// A tag.
    Tag,
    /// An Allow that some layer lacks for access that is expected.
    Allow,
    /// A Deny with an allow-list of those whom the rules permit.
    Guard,
    /// A permissions boundary is attached.
    Boundary,
    /// A condition is added to an Allow.
    Condition,
    /// A trust policy lets fewer in.
    Trust,
    /// An Allow grants less, or goes.
    Narrow,
    /// A managed policy is detached, or replaced by one that grants less.
    Detach,
}

/// What was proved of a fix on a copy of the estate.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Proof {
    /// Whether it may be applied without a second thought.
    pub verdict: Safety,
    /// The findings that are gone, in the order of the audit.
    pub cures: Vec<Cure>,
    /// Findings that were not there before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new: Vec<Worse>,
    /// Access that the rules sanction, that worked and does not work any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Loss>,
    /// Other access that is gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removal>,
    /// What no request shows: a document that is too long, an account whose administrators are locked out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Box<str>>,
    /// How long the changed policies are, of how much they may be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<Size>,
}

/// A finding that is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cure {
    /// The finding.
    pub finding: Fingerprint,
    /// Its rule.
    pub rule: Box<str>,
    /// The data that it is about, as `bucket` or `bucket/prefix`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<Box<str>>,
}

/// Whether a fix may be applied without a second thought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// It cures what it says, nothing new is found, and no sanctioned access is lost.
    Safe,
    /// It cures what it says, and breaks something: see the proof.
    #[default]
    Breaks,
}

/// A finding that a fix would bring about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Worse {
    /// The rule.
    pub rule: Box<str>,
    /// The data, as `bucket` or `bucket/prefix`; empty for a finding about no data.
    pub dataset: Box<str>,
    /// Whom it concerns.
    pub subjects: Vec<Box<str>>,
}

/// Sanctioned access that a fix would take away.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Loss {
    /// The permit that sanctions it.
    pub permit: Box<str>,
    /// The data.
    pub dataset: Box<str>,
    /// Who loses it.
    pub subjects: Vec<Box<str>>,
    /// The actions.
    pub actions: Vec<Box<str>>,
    /// A request that AWS allows now and would refuse, in the simulation format.
    pub witness: serde_json::Value,
}

/// Access that no rule sanctions and that a fix takes away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Removal {
    /// The data; a role's ARN where it is about acting as the role.
    pub dataset: Box<str>,
    /// Who loses it.
    pub subjects: Vec<Box<str>>,
    /// The actions.
    pub actions: Vec<Box<str>>,
}

/// How long a policy is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Size {
    /// The document.
    pub document: Box<str>,
    /// How long it becomes.
    pub is: usize,
    /// How long AWS lets it be.
    pub limit: usize,
    /// `bytes`, `characters` or `characters without white space`.
    pub unit: &'static str,
}

/// Fixes that were put together and proved together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// When the evidence was collected, in RFC 3339.
    pub collected_at: Box<str>,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: Box<str>,
    /// The fixes in the order in which they are applied: safe ones first. What a fix finds is what those before it leave.
    pub fixes: Vec<Fix>,
    /// The findings that no fix cures, with the reason.
    pub open: Vec<Open>,
    /// What was proved of all safe fixes together, by another audit of the whole estate.
    pub together: Proof,
}

/// A finding that no fix cures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Open {
    /// The finding.
    pub finding: Fingerprint,
    /// Its rule.
    pub rule: Box<str>,
    /// Whether it is certain.
    pub verdict: Verdict,
    /// Why there is no fix, or what only a person can decide.
    pub why: Box<str>,
}

/// What a finding says of its fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixRef {
    /// The fix, as `palisade fix` names it.
    pub id: Fingerprint,
    /// What it does.
    pub title: Box<str>,
    /// Whether it is proved safe.
    pub verdict: Safety,
    /// What it takes for granted and only the owner knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumes: Option<Box<str>>,
    /// How many findings it cures.
    pub cures: usize,
}

impl FixRef {
    /// What a finding says of a fix.
    #[must_use]
    pub fn to(fix: &Fix) -> Self {
        let (title, cures) = (fix.title.clone(), fix.proof.cures.len());
        Self { id: fix.id, title, verdict: fix.proof.verdict, assumes: fix.assumes.clone(), cures }
    }
}

impl Cure {
    /// What is gone with a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let dataset = finding.dataset.as_ref().map(|dataset| dataset.name().into());
        Self { finding: finding.fingerprint, rule: finding.rule.clone(), dataset }
    }
}

impl Proof {
    /// Whether nothing speaks against what was tried: nothing new is found, nothing sanctioned lost, and nothing stands in the way.
    #[must_use]
    pub fn breaks_nothing(&self) -> bool {
        self.harm() == 0
    }

    /// How much speaks against it: everybody who is found to break a rule then, or loses something sanctioned, and what stands in the way.
    #[must_use]
    pub fn harm(&self) -> usize {
        let new: usize = self.new.iter().map(|worse| worse.subjects.len().max(1)).sum();
        let lost: usize = self.lost.iter().map(|loss| loss.subjects.len().max(1)).sum();
        new + lost + self.obstacles.len()
    }
}

impl Fix {
    /// Whether it may be applied without a second thought.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.proof.verdict == Safety::Safe
    }

    /// The fix as one that breaks something. Where nothing by itself speaks against it, it builds on changes that do: only what was held
    /// against all others is called safe.
    #[must_use]
    pub fn not_safe(mut self) -> Self {
        if self.proof.breaks_nothing() {
            self.proof.obstacles.push("it was tried only together with changes that break something".into());
        }
        self.proof.verdict = Safety::Breaks;
        self
    }

    /// The name of a fix that makes these edits.
    #[must_use]
    pub fn id_of(edits: &[Edit]) -> Fingerprint {
        let parts = edits.iter().flat_map(|edit| {
            let after = edit.after.as_ref().map(|content| content.text().to_owned());
            [edit.target.describe(), after.unwrap_or_default()]
        });
        let parts: Vec<String> = parts.collect();
        Fingerprint::of(parts.iter().map(String::as_str))
    }
}

impl Plan {
    /// A plan without fixes, for an estate of that moment.
    #[must_use]
    pub fn new(collected_at: Box<str>, partition: Box<str>) -> Self {
        Self {
            version: PLAN_VERSION,
            collected_at,
            partition,
            fixes: vec![],
            open: vec![],
            together: Proof::default(),
        }
    }

    /// Calls the last safe fix that has to do with what all together break no longer safe, and with it those that build on it; false if
    /// there is none.
    pub fn set_back(&mut self) -> bool {
        let Self { fixes, together, .. } = self;
        let subjects = together.lost.iter().flat_map(|loss| &loss.subjects);
        let subjects = subjects.chain(together.new.iter().flat_map(|worse| &worse.subjects));
        let data = together
            .lost
            .iter()
            .map(|loss| &loss.dataset)
            .chain(together.new.iter().map(|worse| &worse.dataset));
        let names: Vec<&str> = data
            .filter_map(|name| name.split(['/', '#']).next())
            .chain(subjects.map(|name| &**name))
            .collect();
        let concerns = |fix: &Fix| {
            fix.edits.iter().any(|edit| {
                names.iter().any(|name| !name.is_empty() && edit.target.describe().contains(name))
            })
        };
        let Some(last) = fixes.iter().rposition(|fix| fix.is_safe() && concerns(fix)) else { return false };
        let mut touched: BTreeSet<Target> = BTreeSet::new();
        let (lost, new) = (together.lost.clone(), together.new.clone());
        for (at, fix) in fixes.iter_mut().enumerate().skip(last).filter(|(_, fix)| fix.is_safe()) {
            if at == last || fix.edits.iter().any(|edit| touched.contains(&edit.target)) {
                touched.extend(fix.edits.iter().map(|edit| edit.target.clone()));
                fix.proof.verdict = Safety::Breaks;
                fix.proof.lost.extend(lost.iter().cloned());
                fix.proof.new.extend(new.iter().cloned());
            }
        }
        true
    }

    /// The findings that only fixes cure which are not safe.
    #[must_use]
    pub fn set_back_findings(&self) -> BTreeSet<Fingerprint> {
        let breaking = self.fixes.iter().filter(|fix| !fix.is_safe());
        breaking.flat_map(|fix| &fix.proof.cures).map(|cure| cure.finding).collect()
    }

    /// The changes of some fixes of the plan in the order in which they are made, each document once: what is there before the first
    /// of them, and what the last of them leaves. A fix that builds on one that is left out is left out too.
    #[must_use]
    pub fn edits(&self, wanted: impl Fn(&Fix) -> bool) -> Vec<Edit> {
        // What is there, by what those that are taken leave; else by what the first that touches it has found.
        let mut now: BTreeMap<(AccountId, &Target), Option<&Content>> = BTreeMap::new();
        let mut taken: Vec<&Edit> = vec![];
        for fix in &self.fixes {
            // Every edit is looked at, so that what is there is known of each.
            let otherwise = fix.edits.iter().filter(|edit| {
                let known = now.entry((edit.account, &edit.target)).or_insert(edit.before.as_ref());
                *known != edit.before.as_ref()
            });
            let fits = otherwise.count() == 0;
            if wanted(fix) && fits {
                now.extend(fix.edits.iter().map(|edit| ((edit.account, &edit.target), edit.after.as_ref())));
                taken.extend(&fix.edits);
            }
        }
        Edit::merged(taken)
    }
}
