//! One caller, one bucket: AWS's logic read as a formula over what is left of the statements.

mod key;
mod memo;
mod symbolic;

use super::class::{Compiled, place};
use super::residual::{Library, Term};
use super::site::Site;
use super::subject::Subject;
use crate::authorize::Layer;
use crate::authorize::law::{Question, Verdict, authorize};
use crate::authorize::s3::Use;
use crate::space::Formula;
use key::{Work, key_formula};
pub(super) use memo::Memo;
use symbolic::{Symbolic, World};

/// Compiles the class of a caller and a bucket.
pub(super) fn compile<'a>(
    library: &mut Library,
    memo: &mut Memo,
    subject: &Subject<'a>,
    site: &Site<'a>,
    numbers: (u32, u32),
) -> Compiled {
    let stack = site.stack(subject);
    let mut terms = vec![];
    let question = Question {
        caller: &subject.caller,
        resource_account: site.account.account_id,
        service: "s3",
        resource: &site.arn,
    };
    let mut reading = Symbolic {
        library,
        memo,
        subject,
        numbers,
        site,
        world: World::S3,
        terms: &mut terms,
        widened: false,
        asks_for_bucket: false,
    };
    let verdict = authorize(&mut reading, &stack, question);
    let granted = granted(&verdict, subject.caller.account() == Some(site.account.account_id));
    let mut allow = verdict.allow;
    let mut widened = reading.widened;
    if let (Some(key), true) = (&site.key, allow != Formula::Constant(false)) {
        for needed in [Use::Decrypt, Use::GenerateDataKey] {
            let number = memo.named_actions(library, needed.needing());
            let at = place(&mut terms, library.term(Term { actions: number, ..Term::default() }));
            let mut work = Work { library, memo, subject, site, numbers };
            let used = key_formula(&mut work, &stack, key, needed);
            widened |= used.widened;
            let places: Vec<usize> = used.terms.iter().map(|term| place(&mut terms, *term)).collect();
            allow = allow.and(&Formula::one(at).negate().or(&used.allow.renumbered(&places)));
        }
    }
    Compiled { terms, allow, granted, widened }
}

/// When somebody means to let the caller in: within an account either side, between accounts both, whatever else stands against it.
fn granted(verdict: &Verdict<Formula>, at_home: bool) -> Formula {
    let side = |layer: Layer| {
        let found = verdict.layers.iter().find(|(known, _)| *known == layer);
        found.map_or(Formula::Constant(false), |(_, side)| side.allow.clone())
    };
    let (caller, resource) = (side(Layer::IdentityPolicies), side(Layer::ResourcePolicy));
    if at_home { caller.or(&resource) } else { caller.and(&resource) }
}
