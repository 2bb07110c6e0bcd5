//! Whom the rules permit what of those who reach a bucket.

use super::bench::Bench;
use super::pairs::sanctioned;
use crate::check::scene::{Caller, Scene};
use crate::estate::Estate;
use crate::intent::IntentError;
use crate::space::Bits;

/// What somebody who reaches a bucket may do with a data set in it.
pub(crate) struct Permit<'b, 's> {
    /// Of which prefix the data set is.
    pub(crate) prefix: Box<str>,
    /// Who.
    pub(crate) caller: &'b Caller<'s>,
    /// The actions, as places in [`data_actions`](crate::access::data_actions), under whatever circumstances.
    pub(crate) actions: Bits,
}

impl<'s> Bench<'s> {
    /// What the rules sanction for those who reach a bucket now, if it holds what a copy says of it.
    ///
    /// # Errors
    /// As [`Bench::compare`].
    pub(crate) fn permits(&self, copy: &Estate, bucket: &str) -> Result<Vec<Permit<'_, 's>>, IntentError> {
        let ground = self.scene.ground.beside(copy);
        let facts = self.scene.facts.beside(copy);
        let scene = Scene { ground: &ground, facts: &facts, ..self.scene };
        let datasets = scene.rules.datasets_in(copy, bucket);
        let mut permits = vec![];
        for judged in datasets.sets.iter().map(|set| scene.judged(set)) {
            for caller in self.reachers(bucket) {
                let sanctioned = sanctioned(&self.scene, caller, &judged)?;
                let mut actions = Bits::new();
                sanctioned.goals.goals.iter().for_each(|goal| actions.extend_by(&goal.actions));
                permits.push(Permit { prefix: judged.set.prefix.clone(), caller, actions });
            }
        }
        Ok(permits)
    }
}
