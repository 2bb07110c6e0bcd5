//! Which sanctioned requests are meant when it is said that a change loses one.

use std::sync::{Arc, LazyLock};

use crate::access::{Decider, Goals};
use crate::authorize::Caller;
use crate::authorize::s3::{CANNED_PUBLIC_ACLS, GRANT_HEADERS, PUBLIC_GROUPS};
use crate::check::scene::Scene;
use crate::estate::AccountId;
use crate::iam::Condition;
use crate::intent::Asked;

/// What a request is that brings no public access control list: whoever may write is not meant to make public what he writes, and Block
/// Public Access is there to refuse just that.
static PRIVATE: LazyLock<Vec<Condition>> = LazyLock::new(|| {
    let groups: Vec<String> = PUBLIC_GROUPS.iter().map(|group| format!("*{group}*")).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let canned = Condition::parse("StringNotEquals", "s3:x-amz-acl", CANNED_PUBLIC_ACLS);
    let headers = GRANT_HEADERS.iter().filter_map(|key| Condition::parse("StringNotLike", key, &groups));
    canned.into_iter().chain(headers).collect()
});

/// The goals of what is sanctioned, with `private` but for requests that bring public access control lists, and but for requests that nobody makes or means. A service of AWS that comes for somebody of the
/// organization says so: "aws:SourceOrgID [...] is included in the request context only if the call to your resource is made directly by
/// an AWS service principal on behalf of a resource owned by an account that is a member of an organization"; without an organization
/// it is the bucket's own account that it comes for. (IAM User Guide, reference_policies_condition-keys)
pub(super) fn goals(
    scene: &Scene<'_>,
    caller: &Caller,
    owner: AccountId,
    sanctioned: &Asked,
    private: bool,
    decider: &mut Decider,
) -> Arc<Goals> {
    let mut asked: Vec<Condition> = if private { PRIVATE.clone() } else { vec![] };
    if matches!(caller, Caller::Service(_)) {
        let owner = owner.to_string();
        let source = match scene.ground.perimeter.organization {
            Some(organization) => Condition::parse("StringEquals", "aws:SourceOrgID", &[organization]),
            None => Condition::parse("StringEquals", "aws:SourceAccount", &[&owner]),
        };
        asked.extend(source);
    }
    if asked.is_empty() {
        return sanctioned.goals.clone();
    }
    let mut goals = (*sanctioned.goals).clone();
    let first = goals.conditions.len();
    let literals: Vec<(usize, bool)> = (first..first + asked.len()).map(|place| (place, true)).collect();
    goals.conditions.extend(asked.into_iter().map(Arc::new));
    for goal in &mut goals.goals {
        let cells = goal.cells.take().unwrap_or_else(|| vec![vec![]]);
        goal.cells = Some(cells.into_iter().map(|cell| [cell, literals.clone()].concat()).collect());
    }
    decider.keep(goals)
}
