//! Remedies: proposed, made on a copy of the estate, proved there, and rendered in the form that their owners use.

mod actions;
mod extent;
mod limits;
mod narrow;
mod planner;
mod propose;
mod prove;
pub mod render;
mod text;

use std::collections::BTreeSet;

use crate::access::Ground;
use crate::check::facts;
use crate::check::scene::Scene;
use crate::check::trial::{Bench, Mark, Marks};
use crate::classify::Rules;
use crate::estate::Estate;
use crate::finding::{Finding, Fingerprint, Fix, Open, Plan, Proof, Safety};
use crate::intent::{Intent, IntentError};
use extent::Ties;
use planner::Planner;
use prove::Docket;

/// An estate prepared for trying changes on copies of it.
pub struct Workbench<'w, 's> {
    bench: &'w Bench<'s>,
    ties: &'w Ties<'s>,
}

/// Prepares an estate for trying changes on copies of it.
pub fn at_workbench<T>(
    estate: &Estate,
    rules: &Rules,
    intent: &Intent,
    work: impl for<'s> FnOnce(&Workbench<'_, 's>) -> T,
) -> T {
    let ground = Ground::new(estate);
    let facts = facts::Ground::new(estate);
    let datasets = rules.datasets(estate);
    let scene = Scene { ground: &ground, facts: &facts, rules, intent, simulations: false };
    work(&Workbench { bench: &Bench::new(scene, &datasets.sets), ties: &Ties::new(estate) })
}

impl Workbench<'_, '_> {
    /// The fixes of some findings, each proved by itself, and the findings that none cures: safe ones, or such as break something too. The
    /// findings are those of an audit of the same estate, with all subjects; fixes are made for those that are `wanted`.
    ///
    /// # Errors
    /// A policy fails in evaluation, which is an error of the policy and never a pass.
    pub fn fixes(
        &self,
        findings: &[Finding],
        wanted: impl Fn(&Finding) -> bool,
        accepted: Safety,
    ) -> Result<(Vec<Fix>, Vec<Open>), IntentError> {
        let docket = Docket::new(findings, self.bench.scene.intent);
        let wanted = findings.iter().enumerate().filter(|(_, finding)| wanted(finding));
        let wanted = wanted.map(|(at, _)| at).collect();
        Planner::new(self.bench, self.ties, &docket, findings, wanted).run(accepted)
    }

    /// What the safe fixes of a plan do together: `before` and `after` are the findings of an audit of the estate and of another one of its
    /// copy.
    ///
    /// # Errors
    /// As [`Workbench::fixes`].
    pub fn together(
        &self,
        (before, after): (&[Finding], &[Finding]),
        plan: &Plan,
    ) -> Result<Proof, IntentError> {
        let scene = &self.bench.scene;
        let edits = plan.edits(Fix::is_safe);
        let docket = Docket::new(before, scene.intent);
        let Ok(copy) = scene.ground.estate.patched(&edits) else { return Ok(Proof::default()) };
        let safe = plan.fixes.iter().filter(|fix| fix.is_safe());
        let cured: BTreeSet<Fingerprint> =
            safe.flat_map(|fix| fix.proof.cures.iter().map(|cure| cure.finding)).collect();
        let cured = before.iter().filter(|finding| cured.contains(&finding.fingerprint));
        let mut extent = self.ties.extent(&edits);
        extent.acted_as.extend(cured.flat_map(|finding| finding.roles.iter().cloned()));
        let change = self.bench.compare_all(&copy, &extent)?;
        let (marks_before, marks_after) = (marks(before, scene.intent), marks(after, scene.intent));
        let is_gone = |at: usize| {
            before.get(at).is_some_and(|finding| {
                let actions: BTreeSet<Box<str>> = finding.actions.iter().cloned().collect();
                Mark::of(finding, scene.intent).all(|mark| !marks_after.has(&mark, &actions))
            })
        };
        let mut proof = prove::proof(&edits, &copy, &change, is_gone, &docket);
        proof.new = prove::worse(&marks_after, &marks_before);
        proof.verdict = if proof.breaks_nothing() { Safety::Safe } else { Safety::Breaks };
        Ok(proof)
    }
}

/// What findings say, one by one.
fn marks(findings: &[Finding], intent: &Intent) -> Marks {
    let mut marks = Marks::default();
    for finding in findings {
        for mark in Mark::of(finding, intent) {
            marks.add(mark, finding.actions.iter().cloned());
        }
    }
    marks
}
