//! The use of the key that encrypts the objects: the second run of the law, over the request that S3 makes to KMS.

use std::sync::Arc;

use super::memo::Memo;
use super::symbolic::{Symbolic, World};
use crate::access::actions::all_actions;
use crate::access::residual::{Library, Term};
use crate::access::site::Site;
use crate::access::subject::Subject;
use crate::authorize::law::{Question, authorize};
use crate::authorize::s3::Use;
use crate::authorize::{Caller, KeyUse, PolicyStack, Request};
use crate::iam::{Action, Condition, Effect, Glob, Statement};
use crate::space::{Formula, behind};

/// When KMS lets the caller use the key, with terms of its own. Unless something asks for the bucket, it is the same for every bucket
/// with that key in that region.
pub(super) fn key_formula<'a>(
    work: &mut Work<'_, 'a>,
    stack: &PolicyStack<'a>,
    key: &KeyUse<'a>,
    needed: Use,
) -> Arc<KeyClass> {
    let (subject, site) = (work.subject, work.site);
    let region = site.fixed.one("aws:RequestedRegion").unwrap_or_default();
    let policy = key.policy.map(|policy| std::ptr::from_ref(policy.document).addr());
    let at = (work.numbers.0, key.arn.into(), policy, region.into(), needed);
    if let Some(known) = work.memo.keys.get(&at) {
        return known.clone();
    }
    // A request for some object: what KMS sees of it but for the keys that are open.
    let context = site.fixed_with(subject);
    let Some(action) = Action::parse("s3:GetObject") else { return Arc::default() };
    let request = Request {
        caller: subject.caller.clone(),
        action,
        resource: format!("{}/", site.arn).into(),
        resource_account: site.account.account_id,
        access_point_resource: None,
        context,
    };
    let asked = key.request(&request, needed);
    let stack = key.stack(&request, stack, needed);
    let question = Question {
        caller: &subject.caller,
        resource_account: key.account,
        service: "kms",
        resource: key.arn,
    };
    let mut class = KeyClass::default();
    let world = World::Kms { asked: &asked, per_object: !key.bucket_key };
    let mut reading = Symbolic {
        library: work.library,
        memo: work.memo,
        subject,
        numbers: work.numbers,
        site,
        world,
        terms: &mut class.terms,
        widened: false,
        asks_for_bucket: key.grants.iter().any(|grant| grant.constraints.is_some()),
    };
    let allow = authorize(&mut reading, &stack, question).allow;
    let asks_for_bucket = reading.asks_for_bucket;
    class.widened = reading.widened;
    // KMS takes signed requests only.
    class.allow = if subject.caller == Caller::Anonymous { Formula::Constant(false) } else { allow };
    let class = Arc::new(class);
    if !asks_for_bucket {
        work.memo.keys.insert(at, class.clone());
    }
    class
}

/// What a compilation works with.
pub(super) struct Work<'w, 'a> {
    pub(super) library: &'w mut Library,
    pub(super) memo: &'w mut Memo,
    pub(super) subject: &'w Subject<'a>,
    pub(super) site: &'w Site<'a>,
    pub(super) numbers: (u32, u32),
}

/// What the logic says of the use of a key.
#[derive(Debug)]
pub(super) struct KeyClass {
    pub(super) terms: Vec<u32>,
    pub(super) allow: Formula,
    pub(super) widened: bool,
}

impl Default for KeyClass {
    fn default() -> Self {
        Self { terms: vec![], allow: Formula::Constant(false), widened: false }
    }
}

impl Symbolic<'_, '_> {
    /// A statement about the use of the key: its action and its resource are settled, and of its conditions those that S3's call
    /// fixes.
    pub(super) fn of_kms(&mut self, statement: &Statement, asked: &Request, per_object: bool) -> Formula {
        if !statement.covers_action(&asked.action)
            || !statement.covers_resource(&asked.resource, &asked.context)
        {
            return Formula::Constant(false);
        }
        let mut term = Term { actions: self.library.actions(all_actions().clone()), ..Term::default() };
        for condition in &statement.conditions {
            let key = condition.key.to_ascii_lowercase();
            self.asks_for_bucket |= key.starts_with("kms:encryptioncontext:")
                || self.site.fixed.value(&key).is_some()
                    && !matches!(&*key, "aws:requestedregion" | "aws:resourceaccount");
            if per_object && condition.key.eq_ignore_ascii_case("kms:EncryptionContext:aws:s3:arn") {
                match self.encrypted_object(condition) {
                    Some(keys) => term.keys.push(keys),
                    None => {
                        self.widened = true;
                        if statement.effect == Effect::Deny {
                            return Formula::Constant(false);
                        }
                    }
                }
                continue;
            }
            if !self.narrow(condition, statement.effect, &mut term.conditions) {
                return Formula::Constant(false);
            }
        }
        self.one(term)
    }

    /// The keys of objects whose ARN, which S3 sends as the encryption context, meets a condition.
    fn encrypted_object(&mut self, condition: &Condition) -> Option<(u32, bool)> {
        use crate::iam::Family::{Arn, Text, TextLike};
        let comparison = condition.operator.comparison;
        if !matches!(comparison.family(), Text | TextLike | Arn) {
            return None;
        }
        let globs: Option<Vec<&Glob>> =
            condition.operands.iter().map(|operand| operand.pattern()?.as_glob()).collect();
        let prefix = format!("{}/", self.site.arn);
        let left = globs?.into_iter().flat_map(|glob| behind(glob, &prefix)).collect();
        Some((self.library.keys(left), !comparison.is_negated()))
    }
}
