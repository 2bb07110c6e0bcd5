//! Whoever could change a bucket's policy must leave somebody who can.

use std::sync::{Arc, LazyLock};

use super::pairs::{Numbered, Pairs};
use crate::access::{Goal, Goals, Region, Requests, Site, data_actions};
use crate::check::scene::Caller;

/// The change of a bucket's policy, under whatever circumstances.
static CONFIGURES: LazyLock<Goals> = LazyLock::new(|| {
    let actions = data_actions().iter().enumerate();
    let put = actions.filter(|(_, data)| data.action.lower() == "s3:putbucketpolicy").map(|(at, _)| at);
    Goals { goals: vec![Goal { actions: put.collect(), cells: None }], ..Goals::default() }
});

/// Somebody of a bucket's account in both estates.
type Insider<'e, 'n, 't> = (Numbered<&'e Caller<'n>>, Numbered<&'e Caller<'t>>);

impl<'c, 's, 'p: 'c> Pairs<'c, 's, 'p> {
    /// Whether somebody of the account can change the bucket's policy, and nobody in the copy. The root user always can: "the root user
    /// [...] can delete the bucket policy"; that is a way out and no way to work. (S3 User Guide, bucket-policies)
    pub(super) fn locks_out<'n, 't>(
        &mut self,
        insiders: &[Insider<'_, 'n, 't>],
        (sites, sites_then): (Numbered<&[Site<'n>]>, Numbered<&[Site<'t>]>),
    ) -> bool {
        !insiders.iter().any(|(_, then)| self.configures(*then, sites_then))
            && insiders.iter().any(|(now, _)| self.configures(*now, sites))
    }

    fn configures<'x>(&mut self, caller: Numbered<&Caller<'x>>, sites: Numbered<&[Site<'x>]>) -> bool {
        let goals = self.decider.keep(CONFIGURES.clone());
        let region = Arc::new(Region { prefix: "".into(), except: [].into() });
        let ways = self.ways(caller, sites).into_iter();
        let mut open = ways.filter(|(site, class)| caller.it.subject.may_reach(site) && !class.is_empty());
        open.any(|(site, class)| {
            let asked = (&class, Requests::Allowed);
            !self.decider.decide(asked, &caller.it.subject, site, &goals, &region).found.is_empty()
        })
    }
}
