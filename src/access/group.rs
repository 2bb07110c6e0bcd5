//! The principals of an account, put together where no policy that bears on them can tell them apart.

use std::hash::{DefaultHasher, Hash, Hasher};

use rustc_hash::{FxHashMap, FxHashSet};

use super::ground::Ground;
use super::site::Site;
use super::subject::Subject;
use crate::authorize::names;
use crate::estate::{Account, Principal};
use crate::iam::{Condition, Document, Element, Pattern, PrincipalId};

/// Principals whose requests are decided alike: one of them, and all of them.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// One of them.
    pub subject: Subject<'a>,
    /// All of them.
    pub members: Vec<Principal<'a>>,
}

/// What policies can tell principals apart by.
#[derive(Default)]
struct Marks<'d> {
    documents: FxHashSet<usize>,
    conditions: Vec<&'d Condition>,
    seen: FxHashSet<String>,
    ids: Vec<&'d PrincipalId>,
    variables: Vec<&'d str>,
}

/// The groups of an account, in the order of the evidence, as far as the policies of these buckets and of the account itself can tell
/// its principals apart. `looks` adds what else must not be mixed.
#[must_use]
pub fn groups<'a, L: Hash + Eq>(
    ground: &Ground<'a>,
    account: &'a Account,
    sites: &[Site<'a>],
    looks: impl Fn(&Principal<'a>) -> L,
) -> Vec<Group<'a>> {
    let mut shared = Marks::default();
    if let Some(around) = ground.around(account.account_id) {
        around.service_control.iter().flatten().for_each(|policy| shared.read(policy.document));
    }
    for site in sites {
        site.documents().for_each(|document| shared.read(document));
    }
    let grantees: FxHashSet<&str> = sites.iter().flat_map(Site::grantees).collect();
    let mut places: FxHashMap<(u64, L), usize> = FxHashMap::default();
    let mut groups: Vec<Group<'a>> = vec![];
    for principal in account.principals() {
        let subject = Subject::principal(ground, principal);
        // Two that collide would be taken for alike, so the hash is a strong one.
        let mut mark = DefaultHasher::new();
        shared.mark(&subject, &mut mark);
        let mut own = Marks::default();
        let side = subject.stack.identity.iter().chain(subject.stack.boundary.iter().flatten());
        for policy in side {
            std::ptr::from_ref(policy.document).addr().hash(&mut mark);
            own.read(policy.document);
        }
        own.mark(&subject, &mut mark);
        subject.stack.boundary.is_some().hash(&mut mark);
        subject.fixed.chosen_tags.hash(&mut mark);
        subject.caller.is_service_linked().hash(&mut mark);
        subject.unread.is_some().hash(&mut mark);
        principal.as_role().is_some().hash(&mut mark);
        if grantees.contains(principal.arn()) || subject.fixed.chosen_tags {
            principal.arn().hash(&mut mark);
        }
        let at = *places.entry((mark.finish(), looks(&principal))).or_insert_with(|| {
            groups.push(Group { subject, members: vec![] });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.members.push(principal);
        }
    }
    groups
}

impl<'d> Marks<'d> {
    fn read(&mut self, document: &'d Document) {
        if !self.documents.insert(std::ptr::from_ref(document).addr()) {
            return;
        }
        for statement in &document.statements {
            for condition in &statement.conditions {
                let operands = condition.operands.iter().flat_map(|operand| operand.variables());
                self.variables.extend(operands.map(|variable| &*variable.key));
                if is_of_principal(&condition.key) && self.seen.insert(condition.canonical()) {
                    self.conditions.push(condition);
                }
            }
            let resources = statement.resource.iter().flat_map(|element| element.listed());
            self.variables.extend(resources.flat_map(Pattern::variables).map(|variable| &*variable.key));
            if let Some(Element::Is(principals) | Element::IsNot(principals)) = &statement.principal {
                self.ids
                    .extend(principals.ids.iter().filter(|id| !self.ids.contains(id)).collect::<Vec<_>>());
            }
        }
        self.variables.sort_unstable();
        self.variables.dedup();
    }

    /// What these policies see of a subject.
    fn mark(&self, subject: &Subject<'_>, mark: &mut DefaultHasher) {
        let values = &subject.fixed.values;
        for condition in &self.conditions {
            condition.holds(values).hash(mark);
            // With a tag that is chosen freely the condition stays open.
            values.value(&condition.key).is_some().hash(mark);
        }
        for key in self.variables.iter().filter(|key| is_of_principal(key)) {
            values.value(key).hash(mark);
        }
        for id in &self.ids {
            names(id, &subject.caller, subject.stack.canonical_id).hash(mark);
        }
    }
}

fn is_of_principal(key: &str) -> bool {
    let starts =
        |prefix: &str| key.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    starts("aws:principal") || starts("aws:user")
}
