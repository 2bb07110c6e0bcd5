//! What is wrong with the organization: a tree that is none, and names that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::faults::{Faults, Subject};
use super::place::At;
use crate::estate::{Estate, Organization, OrganizationPolicy, PolicyType};

/// Everything that is wrong inside the organization's own file.
pub(super) fn of_organization(organization: &Organization) -> Faults {
    let mut finder = Finder { organization, faults: Faults::default() };
    finder.units();
    finder.accounts();
    finder.policies();
    finder.attachments();
    finder.faults
}

/// The active accounts that the snapshot has no file of, and the accounts that the organization does not list.
pub(super) fn of_members(organization: &Organization, estate: &Estate) -> Faults {
    let mut faults = Faults::default();
    let entries = At::Root.field("Accounts");
    let mut listed = FxHashSet::default();
    for (index, entry) in organization.accounts.iter().enumerate() {
        let first = listed.insert(entry.id);
        if first && &*entry.status == "ACTIVE" && estate.account(entry.id).is_none() {
            let id = entry.id;
            let (code, what) = if estate.scope.chooses_accounts() {
                ("Excluded", "the account is active, but was not to be collected".to_owned())
            } else {
                let what = format!("the account is active, but the snapshot has no accounts/{id}.json");
                ("Missing", what)
            };
            faults.add(entries.item(index), Subject { api: "*", resource: &id }, code, what);
        }
    }
    for account in estate.accounts().filter(|account| !listed.contains(&account.account_id)) {
        let id = account.account_id;
        let what =
            format!("the snapshot has accounts/{id}.json, but the organization does not list the account");
        faults.add(
            entries,
            Subject { api: "organizations:ListAccounts", resource: &id },
            "Inconsistent",
            what,
        );
    }
    faults
}

struct Finder<'a> {
    organization: &'a Organization,
    faults: Faults,
}

impl Finder<'_> {
    fn units(&mut self) {
        let root = At::Root;
        let at = root.field("OrganizationalUnits");
        let organization = self.organization;
        let units = &organization.organizational_units;
        let parents: FxHashMap<&str, &str> = units.iter().map(|unit| (&*unit.id, &*unit.parent_id)).collect();
        let circular = circular(&parents);
        let mut seen = FxHashSet::default();
        for (index, unit) in units.iter().enumerate() {
            let api = "organizations:ListOrganizationalUnitsForParent";
            let subject = Subject { api, resource: &unit.id };
            let unit_at = at.item(index);
            if !seen.insert(&unit.id) {
                self.faults.add(unit_at, subject, "Duplicate", "a unit before it has the same Id");
            }
            if circular.contains(&*unit.id) {
                let what = "the parents of the unit form a circle";
                self.faults.add(unit_at.field("ParentId"), subject, "Inconsistent", what);
            }
            self.parent(unit_at, subject, &unit.parent_id, &parents);
        }
    }

    fn accounts(&mut self) {
        let root = At::Root;
        let at = root.field("Accounts");
        let organization = self.organization;
        let units = &organization.organizational_units;
        let parents = units.iter().map(|unit| (&*unit.id, &*unit.parent_id)).collect();
        let mut seen = FxHashSet::default();
        for (index, entry) in organization.accounts.iter().enumerate() {
            let subject = Subject { api: "organizations:ListAccounts", resource: &entry.id };
            if !seen.insert(entry.id) {
                self.faults.add(at.item(index), subject, "Duplicate", "an account before it has the same Id");
            }
            self.parent(at.item(index), subject, &entry.parent_id, &parents);
        }
    }

    fn parent(&mut self, at: At<'_>, subject: Subject<'_>, parent: &str, units: &FxHashMap<&str, &str>) {
        if !units.contains_key(parent) && !self.organization.roots.iter().any(|root| *root.id == *parent) {
            let what = format!("{parent} is neither a unit nor the root of the organization");
            self.faults.add(at.field("ParentId"), subject, "Inconsistent", what);
        }
    }

    /// Service and resource control policies are in IAM's language, the others are not.
    fn policies(&mut self) {
        let root = At::Root;
        let at = root.field("Policies");
        let mut seen = FxHashSet::default();
        for (index, policy) in self.organization.policies.iter().enumerate() {
            let subject = Subject { api: "organizations:DescribePolicy", resource: &policy.id };
            if !seen.insert(&policy.id) {
                self.faults.add(at.item(index), subject, "Duplicate", "a policy before it has the same Id");
            }
            if is_iam(policy) {
                self.faults.document(at.item(index).field("Content"), subject, &policy.content);
            }
        }
    }

    fn attachments(&mut self) {
        let root = At::Root;
        let at = root.field("Attachments");
        let organization = self.organization;
        let policies: FxHashSet<&str> = organization.policies.iter().map(|policy| &*policy.id).collect();
        let targets = targets(organization);
        for (index, attachment) in organization.attachments.iter().enumerate() {
            let at = at.item(index);
            let subject =
                Subject { api: "organizations:ListTargetsForPolicy", resource: &attachment.policy_id };
            if !policies.contains(&*attachment.policy_id) {
                let what = format!("{} is attached, but does not stand in $.Policies", attachment.policy_id);
                self.faults.add(at.field("PolicyId"), subject, "Missing", what);
            }
            if !targets.contains(&*attachment.target_id) {
                let target = &attachment.target_id;
                let what =
                    format!("{target} is neither a root nor a unit nor an account of the organization");
                self.faults.add(at.field("TargetId"), subject, "Inconsistent", what);
            }
        }
    }
}

/// Whether the content of a policy is an IAM document.
fn is_iam(policy: &OrganizationPolicy) -> bool {
    matches!(policy.kind, PolicyType::ServiceControlPolicy | PolicyType::ResourceControlPolicy)
}

/// Everything that a policy can be attached to.
fn targets(organization: &Organization) -> BTreeSet<String> {
    let roots = organization.roots.iter().map(|root| root.id.to_string());
    let units = organization.organizational_units.iter().map(|unit| unit.id.to_string());
    let accounts = organization.accounts.iter().map(|account| account.id.to_string());
    roots.chain(units).chain(accounts).collect()
}

/// The units that are their own ancestors. Each is walked up from once: a unit whose way is known ends the walk.
fn circular<'a>(parents: &FxHashMap<&'a str, &'a str>) -> FxHashSet<&'a str> {
    let mut circular = FxHashSet::default();
    let mut walked: FxHashSet<&str> = FxHashSet::default();
    let starts: BTreeMap<&str, &str> = parents.iter().map(|(unit, parent)| (*unit, *parent)).collect();
    for start in starts.keys() {
        let mut way: Vec<&str> = vec![];
        let mut places: FxHashMap<&str, usize> = FxHashMap::default();
        let mut next = Some(*start);
        while let Some(unit) = next.filter(|unit| !walked.contains(unit)) {
            if let Some(place) = places.insert(unit, way.len()) {
                circular.extend(way.get(place..).unwrap_or_default());
                break;
            }
            way.push(unit);
            next = parents.get(unit).copied();
        }
        walked.extend(way);
    }
    circular
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_units_of_a_circle_are_circular() {
        let parents = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "root"), ("e", "e"), ("f", "d")];
        let mut found: Vec<&str> = circular(&parents.into_iter().collect()).into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, ["b", "c", "e"]);
    }
}
