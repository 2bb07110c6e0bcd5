//! The intent: what the owners of the data sanction, forbid and demand, in Cedar.
//!
//! The only room that names `cedar_policy`. [`Intent`] holds the policies of one folder, validated; it judges
//! configurations ([`Intent::judge_dataset`], [`Intent::judge_principal`]) and requests ([`Intent::judge_request`]) by
//! the facts that it is given, with Cedar's own authorizer.

mod access;
mod atoms;
mod entities;
mod error;
mod facts;
mod goals;
mod pages;
mod policies;
mod posture;
mod reads;
mod rules;
mod specimen;

use std::collections::BTreeMap;

pub use access::{AccessRequest, AccessVerdict, Requester};
pub use error::{IntentError, Place};
pub use facts::{
    AccessContext, AccountFacts, DatasetFacts, EncryptionFacts, LifecycleFacts, PrincipalFacts, PrincipalType,
};
pub use goals::{Asked, Look, Meaning};
pub use posture::{Judgement, PostureVerdict};
pub use rules::Permit;

use crate::finding::Rule;
use policies::Policies;

/// The id of the rule that is broken where no permit applies and no forbid says why.
pub const UNSANCTIONED_ACCESS: &str = "unsanctioned-access";

/// A file of a policy folder. What it holds is told by its name: `*.cedarschema`, `*.cedar`, `*.md`, `controls.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// The name, as errors print it.
    pub name: Box<str>,
    /// What is in it.
    pub text: Box<str>,
}

/// The rules of one policy folder.
#[derive(Debug)]
pub struct Intent {
    rules: Vec<Rule>,
    permits: Vec<Permit>,
    pages: BTreeMap<Box<str>, Box<str>>,
    posture: posture::Bench,
    access: access::Bench,
    planner: goals::Planner,
}

macro_rules! bundled {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../", $path)))),*]
    };
}

/// The policies that come with palisade.
const BUNDLED: &[(&str, &str)] = bundled![
    "policies/schema.cedarschema",
    "policies/team.cedar",
    "policies/team.md",
    "policies/features.cedar",
    "policies/features.md",
    "policies/datasets.cedar",
    "policies/datasets.md",
    "policies/pipeline.cedar",
    "policies/pipeline.md",
    "policies/models.cedar",
    "policies/models.md",
    "policies/baseline.cedar",
    "policies/baseline.md",
];

/// The rules that palisade itself raises, and what standards say of the bundled ones.
const BUILT_IN: (&str, &str) = ("policies/builtin.toml", include_str!("../../policies/builtin.toml"));
const CONTROLS: (&str, &str) = ("rules/controls.toml", include_str!("../../rules/controls.toml"));

impl Intent {
    /// The rules that come with palisade.
    ///
    /// # Errors
    /// Never for what is released: a test loads it.
    pub fn bundled() -> Result<Self, IntentError> {
        Self::load(&bundled())
    }

    /// The rules of a policy folder. The rules that palisade itself raises are always among them; standards are told
    /// by the folder's own `controls.toml`, or by the bundled one.
    ///
    /// # Errors
    /// The first thing that is wrong: a file that cannot be parsed, a policy that is invalid, unnamed or unexplained.
    pub fn load(files: &[PolicyFile]) -> Result<Self, IntentError> {
        let policies = Policies::load(files)?;
        let mut rules = rules::rules(&policies, &PolicyFile::bundled(&BUILT_IN))?;
        match files.iter().find(|file| file.name.rsplit('/').next() == Some("controls.toml")) {
            Some(controls) => rules::add_controls(&mut rules, controls, true)?,
            None => rules::add_controls(&mut rules, &PolicyFile::bundled(&CONTROLS), false)?,
        }
        let access = access::Bench::new(&policies)?;
        access.check(&policies.schema)?;
        // What palisade itself raises is explained even where the folder does not.
        let mut pages = pages::sections(&bundled(), |rule| {
            !policies.stated.contains_key(rule) && rules.iter().any(|known| *known.id == *rule)
        });
        pages.extend(pages::sections(files, |rule| rules.iter().any(|known| *known.id == *rule)));
        Ok(Self {
            permits: rules::permits(&policies)?,
            pages,
            posture: posture::Bench::new(&policies)?,
            planner: goals::Planner::new(&policies, &access)?,
            access,
            rules,
        })
    }

    /// Every rule, sorted by id.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        let place = self.rules.binary_search_by(|rule| (*rule.id).cmp(id)).ok()?;
        self.rules.get(place)
    }

    /// Every access that is sanctioned, sorted by id.
    #[must_use]
    pub fn permits(&self) -> &[Permit] {
        &self.permits
    }

    /// The explanation of a rule in Markdown, if the folder has one.
    #[must_use]
    pub fn page(&self, rule: &str) -> Option<&str> {
        self.pages.get(rule).map(|section| &**section)
    }
}

fn bundled() -> Vec<PolicyFile> {
    BUNDLED.iter().map(PolicyFile::bundled).collect()
}

impl PolicyFile {
    fn bundled((name, text): &(&str, &str)) -> Self {
        Self { name: (*name).into(), text: (*text).into() }
    }
}

#[cfg(test)]
mod tests;
