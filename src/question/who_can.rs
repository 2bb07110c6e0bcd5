//! Who can do something to a bucket or to objects in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::QuestionError;
use super::grants::{Asker, Gathered, Inquiry, Part, Wanted};
use super::resource::Asset;
use crate::access::{Approach, Decider, Ground, Region, actions_that, groups};
use crate::classify::{Datasets, Rules};
use crate::estate::{Account, Bucket, Estate};
use crate::finding::Grants;
use crate::iam::ActionPattern;
use crate::space::Bits;

/// Everybody who can do one of the actions that `action` stands for: users and roles of every account, those of accounts beyond the
/// organization, services of AWS, and whoever does not sign.
///
/// # Errors
/// The action or the bucket is not known.
pub fn who_can(estate: &Estate, rules: &Rules, action: &str, asset: &Asset) -> Result<Grants, QuestionError> {
    let actions = actions(action, asset)?;
    let ground = Ground::new(estate);
    let buckets = asset.buckets(&ground)?;
    let wanted = Wanted { actions, keys: asset.key.clone() };
    let datasets = rules.datasets(estate);
    let mut inquiry = Inquiry::new(Decider::new(&ground));
    let mut gathered = Gathered::default();
    for (account, bucket) in buckets {
        inquiry.decider.next_account();
        let part = Part {
            bucket: &bucket.name,
            class: class_of(&datasets, bucket),
            region: Arc::new(Region { prefix: "".into(), except: [].into() }),
        };
        let approach = asset.ways(Approach::to(&ground, account, bucket));
        of_bucket(&ground, account, &approach, &part, &wanted, &mut inquiry, &mut gathered);
    }
    let mut answer = Grants::to(format!("who can {action} on {}", asset.shown()));
    (answer.grants, answer.undecided) = gathered.finish();
    answer.pairs = inquiry.decider.ladder.pairs;
    answer.gaps.clone_from(&estate.gaps);
    Ok(answer)
}

/// Everybody who may reach a bucket: whoever is at home there in groups alike, and whom the bucket's side lets in from elsewhere.
fn of_bucket<'s>(
    ground: &'s Ground<'s>,
    account: &'s Account,
    approach: &Approach<'s>,
    part: &Part<'_>,
    wanted: &Wanted,
    inquiry: &mut Inquiry,
    gathered: &mut Gathered,
) {
    // What rules make of them is not asked, so that they may be put together whatever they are.
    let at_home = groups(ground, account, &approach.sites, |_| ());
    let at_home = at_home.into_iter().map(|group| {
        let members = group.members.iter().map(|principal| principal.arn().into()).collect();
        (group.subject, members)
    });
    let roots = approach.roots(ground, account).into_iter();
    let guests = roots.chain(approach.guests(ground, account)).map(|subject| {
        let members = vec![subject.name()];
        (subject, members)
    });
    for ((subject, members), number) in at_home.chain(guests).zip(0..) {
        let asker = Asker { subject: &subject, members, number };
        for (site, place) in approach.sites.iter().zip(0..) {
            if subject.may_reach(site) {
                inquiry.ask(&asker, (place, site), part, wanted, &BTreeMap::new(), gathered);
            }
        }
    }
}

/// The class of a bucket as a whole.
fn class_of(datasets: &Datasets<'_>, bucket: &Bucket) -> Option<Box<str>> {
    let whole = datasets.sets.iter().find(|set| set.bucket.name == bucket.name && set.prefix.is_empty())?;
    Some(whole.class.clone())
}

/// The actions that a pattern stands for, as far as they can act on what is asked about.
fn actions(text: &str, asset: &Asset) -> Result<Bits, QuestionError> {
    let unknown = || QuestionError::UnknownAction(text.into());
    let pattern = ActionPattern::parse(text).ok_or_else(unknown)?;
    let all = actions_that(|data| pattern.matches(&data.action));
    if all.is_empty() {
        return Err(unknown());
    }
    let meant =
        actions_that(|data| pattern.matches(&data.action) && (data.on_objects || asset.key.is_none()));
    if meant.is_empty() { Err(QuestionError::ActsOnBucket(text.into())) } else { Ok(meant) }
}
