//! Allows that grant what no rule permits.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::guard::{free_sid, with_sid};
use super::{Candidate, Cause, Names, Table, few};
use crate::estate::{AccountId, Content, Edit, Estate, Target};
use crate::finding::{Evidence, Finding, Remedy};
use crate::fix::actions::Actions;
use crate::fix::extent::{account_of, holders, region};
use crate::fix::narrow::{Left, Part, deny, narrowed};
use crate::fix::text::PolicyText;
use crate::iam::{Arn, Document, Statement};

/// The name of the inline policy that denies what a policy of AWS's own grants.
const GUARD_POLICY: &str = "palisade-guard";

impl<'t> Table<'t, '_> {
    /// The statement that grants, and the bucket's policy that does not refuse.
    pub(super) fn access_causes(&self, bucket: Box<str>, finding: &Finding) -> Vec<Cause> {
        let quoted = |layers: &[&str]| {
            finding.evidence.iter().find(|evidence| {
                let allows =
                    evidence.quote.as_ref().and_then(|quote| quote.get("Effect")?.as_str()) == Some("Allow");
                layers.contains(&&*evidence.layer) && allows
            })
        };
        let mut causes: Vec<Cause> = vec![];
        let by_resource = quoted(&["resourcePolicy", "accessPoint"]);
        causes.extend(by_resource.and_then(|evidence| self.located(evidence, finding)));
        if by_resource.is_none() {
            causes.extend(quoted(&["identityPolicies"]).and_then(|evidence| self.located(evidence, finding)));
        }
        if by_resource.is_none()
            && causes.is_empty()
            && finding.evidence.iter().any(|evidence| &*evidence.layer == "acl")
        {
            causes.push(Cause::Setting { bucket: bucket.clone(), rule: "acls-enabled".into() });
        }
        // A service comes on somebody's behalf: whom the rules permit, a list of principals cannot tell.
        if &*finding.rule != "service-without-source" {
            causes.push(Cause::Unguarded { bucket });
        }
        causes
    }

    /// The document that a piece of evidence quotes.
    pub(super) fn located(&self, evidence: &Evidence, finding: &Finding) -> Option<Cause> {
        let index = evidence.index?;
        let name = &*evidence.document;
        match &*evidence.layer {
            "resourcePolicy" => {
                let (account, _) = self.now.bucket(name)?;
                Some(Cause::Grant {
                    account: account.account_id,
                    target: Target::BucketPolicy { bucket: name.into() },
                    index,
                })
            }
            "accessPoint" => {
                let bucket = finding.dataset.as_ref()?.bucket.clone();
                let point = Arn::parse(name)?.resource.rsplit('/').next()?;
                let account = account_of(name)?;
                Some(Cause::Grant {
                    account,
                    target: Target::AccessPointPolicy { name: point.into(), bucket },
                    index,
                })
            }
            "trustPolicy" => Some(Cause::Grant {
                account: account_of(name)?,
                target: Target::TrustPolicy { role: name.into() },
                index,
            }),
            _ => {
                let asks = finding
                    .witness
                    .as_ref()
                    .and_then(|witness| witness.pointer("/request/principal")?.as_str());
                let holder = finding.via.is_empty().then_some(asks).flatten();
                let holder = holder.or_else(|| finding.subjects.first().map(|subject| &**subject))?;
                self.identity_policy(holder, name, index)
            }
        }
    }

    /// An identity policy of a principal by the name that findings give it.
    pub(super) fn identity_policy(&self, holder: &str, name: &str, index: usize) -> Option<Cause> {
        let account = account_of(holder)?;
        if Arn::parse(name).is_some_and(|arn| arn.account == "aws") {
            return Some(Cause::AwsManaged { account, policy: name.into(), index });
        }
        if name.starts_with("arn:") {
            return Some(Cause::Grant {
                account,
                target: Target::ManagedPolicy { policy: name.into() },
                index,
            });
        }
        let owner = inline_owner(self.now, account, holder, name)?;
        Some(Cause::Grant {
            account,
            target: Target::InlinePolicy { principal: owner, name: name.into() },
            index,
        })
    }

    /// What may be done about an Allow: take out what is not permitted, deny it, name the buckets that are meant, or remove it.
    pub(super) fn grant(
        &self,
        account: AccountId,
        target: &Target,
        index: usize,
        claims: &[&Finding],
    ) -> Vec<Candidate> {
        if let Target::BucketPolicy { .. } | Target::AccessPointPolicy { .. } = target {
            let content = self.text(account, target);
            return content.map_or_else(Vec::new, |content| {
                self.resource_grant((account, target, index), &content, claims)
            });
        }
        let groups = self.taken(claims);
        let twins = self.twins(account, target, index, claims);
        let ways = |twin: &(AccountId, Target)| self.narrowings((twin.0, &twin.1), index, &groups);
        together(twins.iter().map(ways).collect())
    }

    /// The same policy of everybody whom findings are about: inline policies of one name are one to a finding.
    pub(super) fn twins(
        &self,
        account: AccountId,
        target: &Target,
        index: usize,
        claims: &[&Finding],
    ) -> Vec<(AccountId, Target)> {
        let mut twins = vec![(account, target.clone())];
        let Target::InlinePolicy { name, .. } = target else { return twins };
        for subject in claims.iter().flat_map(|finding| &finding.subjects) {
            if let Some(Cause::Grant { account, target, .. }) = self.identity_policy(subject, name, index)
                && !twins.contains(&(account, target.clone()))
            {
                twins.push((account, target));
            }
        }
        twins
    }

    fn narrowings(
        &self,
        (account, target): (AccountId, &Target),
        index: usize,
        groups: &[(Actions, Vec<Part>)],
    ) -> [Option<Candidate>; 4] {
        let Some(content) = self.text(account, target).filter(|_| !is_protected(target)) else {
            return [const { None }; 4];
        };
        let text = PolicyText::new(content.text());
        let Some((statement, json)) = statement_at(&content, index).zip(text.statement(index)) else {
            return [const { None }; 4];
        };
        let place = format!("statement {} of the {}", statement.name(), target.describe());
        let what = few(groups.iter().flat_map(|(actions, _)| actions.patterns()));
        let narrow = |after: Option<PolicyText>, title: String| {
            self.narrow(Remedy::Narrow, (account, target), after, title)
        };
        let taken = self.left(&statement, &json, groups).and_then(|left| {
            let title = if left.is_empty() {
                format!("remove {place}")
            } else {
                format!("take {what} out of {place}")
            };
            narrow(put(&text, index, left), title)
        });
        let denies = self.denies(groups, content.text());
        let denied = denies.iter().try_fold(text.clone(), |text, deny| text.append(deny));
        let denied =
            denied.and_then(|after| narrow(Some(after), format!("deny {what} in the {}", target.describe())));
        let spelled = self.written_out(&statement, &json, &Names::new()).and_then(|json| {
            let left = self.left(&reparsed(&json)?, &json, groups)?;
            narrow(put(&text, index, left), format!("name the buckets in {place}, without {what}"))
        });
        let removed = narrow(text.remove(index), format!("remove {place}"));
        [taken, denied, spelled, removed]
    }

    /// A policy of AWS's own is never edited: a Deny in an inline policy of each holder takes back what it grants too much.
    pub(super) fn aws_managed(&self, _policy: &str, claims: &[&Finding]) -> Vec<Candidate> {
        let groups = self.taken(claims);
        let subjects: BTreeSet<&str> =
            claims.iter().flat_map(|finding| finding.subjects.iter().map(|arn| &**arn)).collect();
        let mut edits = vec![];
        for arn in &subjects {
            let target = Target::InlinePolicy { principal: (*arn).into(), name: GUARD_POLICY.into() };
            let Some(account) = account_of(arn).filter(|_| !is_protected(&target)) else { return vec![] };
            let now = self.text(account, &target);
            let denies = self.denies(&groups, now.as_ref().map_or("", Content::text));
            let after = match &now {
                None => Some(PolicyText::of(&denies)),
                Some(now) => {
                    denies.iter().try_fold(PolicyText::new(now.text()), |text, deny| text.append(deny))
                }
            };
            let Some(after) = after else { return vec![] };
            edits.extend(self.edit(account, None, target, Some(Content::new(&after.into_text()))));
        }
        if edits.is_empty() {
            return vec![];
        }
        let what = few(groups.iter().flat_map(|(actions, _)| actions.patterns()));
        let title = format!(
            "deny {what} in an inline policy of {}",
            few(subjects.iter().map(|arn| (*arn).to_owned()))
        );
        vec![Candidate::new(Remedy::Narrow, title, edits)]
    }

    /// What is taken from whom it is not permitted: for each set of actions the data.
    fn taken(&self, claims: &[&Finding]) -> Vec<(Actions, Vec<Part>)> {
        let mut of_part: BTreeMap<Part, Actions> = BTreeMap::new();
        for finding in claims {
            let Some(dataset) = &finding.dataset else { continue };
            let part = Part { bucket: self.arn(&dataset.bucket), prefix: dataset.prefix.clone() };
            of_part
                .entry(part)
                .or_default()
                .extend(&Actions::named(finding.actions.iter().map(|action| &**action)));
        }
        let mut groups: BTreeMap<Actions, Vec<Part>> = BTreeMap::new();
        for (part, actions) in of_part {
            groups.entry(actions).or_default().push(part);
        }
        groups.into_iter().collect()
    }

    fn denies(&self, groups: &[(Actions, Vec<Part>)], taken: &str) -> Vec<Value> {
        let numbered = groups.iter().enumerate();
        numbered.map(|(at, (actions, parts))| deny(&free_sid("Guard", taken, at), actions, parts)).collect()
    }

    /// What is left of a statement when everything is taken out; none if that cannot be written.
    fn left(
        &self,
        statement: &Statement,
        json: &Value,
        groups: &[(Actions, Vec<Part>)],
    ) -> Option<Vec<Value>> {
        let mut left = vec![json.clone()];
        for (actions, parts) in groups {
            let mut next = vec![];
            for json in &left {
                let statement = reparsed(json).unwrap_or_else(|| statement.clone());
                match narrowed(&statement, json, actions, parts)? {
                    Left::Nothing => {}
                    Left::One(one) => next.push(one),
                    Left::Two(one, two) => next.extend([one, two]),
                }
            }
            left = next;
        }
        Some(left)
    }

    /// The edit that puts another text in the place of a policy; without one, the policy goes.
    pub(super) fn narrow(
        &self,
        remedy: Remedy,
        (account, target): (AccountId, &Target),
        after: Option<PolicyText>,
        title: String,
    ) -> Option<Candidate> {
        let edits = self.replaced(account, target, after)?;
        Some(Candidate::new(remedy, title, edits))
    }

    /// The edits that put another text in the place of a policy; without one, the policy goes.
    pub(super) fn replaced(
        &self,
        account: AccountId,
        target: &Target,
        after: Option<PolicyText>,
    ) -> Option<Vec<Edit>> {
        let place = match target {
            Target::KeyPolicy { key } => Arn::parse(key).map(|arn| arn.region.into()),
            _ => target.bucket().and_then(|bucket| region(self.now, bucket)),
        };
        if let (None, Target::ManagedPolicy { policy }) = (&after, target) {
            return self.detached(account, policy);
        }
        if after.is_none() && matches!(target, Target::KeyPolicy { .. } | Target::TrustPolicy { .. }) {
            return None;
        }
        let after = after.map(|text| Content::new(&text.into_text()));
        Some(vec![self.edit(account, place, target.clone(), after)?])
    }

    /// A managed policy of which nothing is left is detached from everybody; as a boundary it cannot go.
    pub(super) fn detached(&self, account: AccountId, policy: &str) -> Option<Vec<Edit>> {
        let found = self.now.account(account)?;
        let mut edits = vec![];
        let groups = found.groups().iter().map(|group| &group.arn);
        let arns: Vec<Box<str>> = holders(found, policy).into_iter().chain(groups.cloned()).collect();
        for principal in arns {
            let target = Target::AttachedPolicy { principal, policy: policy.into() };
            edits.extend(self.edit(account, None, target, None));
        }
        (!edits.is_empty()).then_some(edits)
    }
}

/// The ways that are open for all of several policies, each as one change.
pub(super) fn together<const WAYS: usize>(of_each: Vec<[Option<Candidate>; WAYS]>) -> Vec<Candidate> {
    let more = of_each.len().saturating_sub(1);
    let mut of_each = of_each.into_iter();
    let Some(mut all) = of_each.next() else { return vec![] };
    for ways in of_each {
        for (known, other) in all.iter_mut().zip(ways) {
            match (known.as_mut(), other) {
                (Some(known), Some(other)) => known.edits.extend(other.edits),
                _ => *known = None,
            }
        }
    }
    let counted = |mut candidate: Candidate| {
        if more > 0 {
            candidate.title.push_str(&format!(", and so of {more} more"));
        }
        candidate
    };
    all.into_iter().flatten().map(counted).collect()
}

/// Who has an inline policy of this name: the principal itself, or one of its groups.
fn inline_owner(estate: &Estate, account: AccountId, holder: &str, name: &str) -> Option<Box<str>> {
    let has = |principal: &str| {
        let target = Target::InlinePolicy { principal: principal.into(), name: name.into() };
        matches!(estate.content(account, &target), Ok(Some(_)))
    };
    if has(holder) {
        return Some(holder.into());
    }
    let found = estate.account(account)?;
    let user = found.users().iter().find(|user| *user.arn == *holder)?;
    let groups = user.group_list.known()?;
    let group = found.groups().iter().find(|group| groups.contains(&group.group_name) && has(&group.arn))?;
    Some(group.arn.clone())
}

/// Roles that AWS keeps: "you cannot edit the roles that IAM Identity Center creates" but through their permission sets, nor "the
/// permissions of a service-linked role". (IAM User Guide, id_roles_create-service-linked-role; Identity Center User Guide,
/// permissionsetsconcept)
pub(super) fn is_protected(target: &Target) -> bool {
    let of = |arn: &str| arn.contains(":role/aws-reserved/") || arn.contains(":role/aws-service-role/");
    match target {
        Target::InlinePolicy { principal, .. }
        | Target::AttachedPolicy { principal, .. }
        | Target::PermissionsBoundary { principal } => of(principal),
        Target::TrustPolicy { role } => of(role),
        Target::ManagedPolicy { policy } => Arn::parse(policy).is_some_and(|arn| arn.account == "aws"),
        _ => false,
    }
}

/// A statement of a policy, by its place.
pub(super) fn statement_at(content: &Content, index: usize) -> Option<Statement> {
    let document = Document::parse(content.text()).ok()?;
    document.statements.into_iter().find(|statement| statement.index == index)
}

fn reparsed(json: &Value) -> Option<Statement> {
    statement_at(&Content::new(PolicyText::of(std::slice::from_ref(json)).into_text().as_str()), 0)
}

/// A text with these statements in the place of one: the first where it stood, the others at the end.
pub(super) fn put(text: &PolicyText, index: usize, statements: Vec<Value>) -> Option<PolicyText> {
    let mut statements = statements.into_iter();
    let Some(first) = statements.next() else { return text.remove(index) };
    let mut text = text.replace(index, &first)?;
    for statement in statements {
        let taken = text.clone().into_text();
        let sid = statement.get("Sid").and_then(Value::as_str).map(|sid| free_sid(sid, &taken, 1));
        let statement = sid.map_or(statement.clone(), |sid| with_sid(&sid, &statement));
        text = text.append(&statement)?;
    }
    Some(text)
}
