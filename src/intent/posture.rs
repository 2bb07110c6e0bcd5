//! Configurations, judged.

use std::sync::{Arc, PoisonError, RwLock};

use cedar_policy::{AuthorizationError, Authorizer, Context, Entities, EntityUid, PolicySet, Request};
use rustc_hash::FxHashMap;

use super::Intent;
use super::entities::{Subject, View, distinct, facts, uid};
use super::error::IntentError;
use super::facts::{DatasetFacts, PrincipalFacts};
use super::policies::{POSTURE, Policies};
use super::reads::Reads;
use crate::finding::Rule;

/// What a rule says of a configuration that it does not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostureVerdict<'i> {
    /// The rule.
    pub rule: &'i Rule,
    /// Whether it is broken.
    pub judgement: Judgement,
}

/// Whether a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judgement {
    /// It is.
    Violated,
    /// It may be: what it reads is not known.
    Undecided {
        /// The attributes that are not known, as the schema names them, sorted.
        unread: Vec<&'static str>,
    },
}

/// Judges configurations. Each view that differs is judged once.
#[derive(Debug)]
pub(super) struct Bench {
    forbids: PolicySet,
    action: EntityUid,
    /// What each forbid reads, by the policy's id.
    reads: Vec<(Box<str>, Reads)>,
    /// What any policy reads.
    all: Reads,
    judged: RwLock<FxHashMap<View, Arc<[Sentence]>>>,
}

/// A rule's id and what it says.
type Sentence = (Box<str>, Judgement);

impl Bench {
    pub(super) fn new(policies: &Policies) -> Result<Self, IntentError> {
        let mut reads = vec![];
        let mut all = Reads::default();
        for (id, stated) in
            policies.stated.iter().filter(|(_, stated)| stated.is_posture && stated.is_forbid())
        {
            let read = Reads::of(&stated.policy)?;
            all = all.union(&read);
            reads.push((id.clone(), read));
        }
        let action = uid("Action", POSTURE)?;
        Ok(Self {
            forbids: policies.set(|stated| stated.is_posture && stated.is_forbid())?,
            action,
            reads,
            all,
            judged: RwLock::default(),
        })
    }

    fn judge(&self, subject: &impl Subject) -> Result<Arc<[Sentence]>, IntentError> {
        let view = View::of(subject, &self.all);
        if let Some(known) = self.judged.read().unwrap_or_else(PoisonError::into_inner).get(&view) {
            return Ok(known.clone());
        }
        let sentences: Arc<[Sentence]> = self.decide(&view)?.into();
        self.judged.write().unwrap_or_else(PoisonError::into_inner).insert(view, sentences.clone());
        Ok(sentences)
    }

    /// How many views have been judged.
    #[cfg(test)]
    pub(super) fn judged(&self) -> usize {
        self.judged.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The forbids that apply are broken. Those that fail are undecided if they read what is not known: `View::entities`
    /// leaves that out, so they fail if and only if they come to read it. Asking whether it is there does not fail, so
    /// a forbid that asks is undecided from the start.
    fn decide(&self, view: &View) -> Result<Vec<Sentence>, IntentError> {
        let entities = Entities::from_entities(distinct(view.entities()?), None).map_err(facts)?;
        let (asker, context) = (view.organization()?, Context::empty());
        let request = Request::new(asker, self.action.clone(), view.uid()?, context, None).map_err(facts)?;
        let response = Authorizer::new().is_authorized(&request, &self.forbids, &entities);
        let failed: Vec<_> = response.diagnostics().errors().map(failure).collect();
        let applied: Vec<&str> = response.diagnostics().reason().map(AsRef::as_ref).collect();
        let missing = view.unread();
        let mut sentences = vec![];
        for (id, reads) in &self.reads {
            let unread: Vec<_> = missing.iter().copied().filter(|name| reads.reads(name)).collect();
            let failure = failed.iter().find(|(failed, _)| **failed == **id);
            if let (Some((_, message)), true) = (failure, unread.is_empty()) {
                return Err(IntentError::Evaluation { id: id.clone(), message: message.clone() });
            }
            if failure.is_some() || unread.iter().any(|name| reads.asks(name)) {
                sentences.push((id.clone(), Judgement::Undecided { unread }));
            } else if applied.contains(&&**id) {
                sentences.push((id.clone(), Judgement::Violated));
            }
        }
        Ok(sentences)
    }
}

/// The policy that failed, and why.
pub(super) fn failure(error: &AuthorizationError) -> (&str, String) {
    match error {
        AuthorizationError::PolicyEvaluationError(error) => {
            (error.policy_id().as_ref(), error.inner().to_string())
        }
    }
}

impl Intent {
    /// Whether a posture rule reads an attribute, given by the schema's name.
    #[must_use]
    pub fn reads(&self, rule: &str, attribute: &str) -> bool {
        self.posture.reads.iter().any(|(id, reads)| **id == *rule && reads.reads(attribute))
    }

    /// What the posture rules say of a bucket's configuration: those that are broken or undecided, sorted by id.
    ///
    /// # Errors
    /// A policy fails though everything that it reads is known.
    pub fn judge_dataset(&self, dataset: &DatasetFacts) -> Result<Vec<PostureVerdict<'_>>, IntentError> {
        Ok(self.verdicts(&self.posture.judge(dataset)?))
    }

    /// What the posture rules say of a user's or role's configuration, as [`Intent::judge_dataset`].
    ///
    /// # Errors
    /// As [`Intent::judge_dataset`].
    pub fn judge_principal(
        &self,
        principal: &PrincipalFacts,
    ) -> Result<Vec<PostureVerdict<'_>>, IntentError> {
        Ok(self.verdicts(&self.posture.judge(principal)?))
    }

    fn verdicts(&self, sentences: &[Sentence]) -> Vec<PostureVerdict<'_>> {
        let verdict = |(id, judgement): &Sentence| {
            Some(PostureVerdict { rule: self.rule(id)?, judgement: judgement.clone() })
        };
        sentences.iter().filter_map(verdict).collect()
    }
}
