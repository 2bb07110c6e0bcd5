//! Access that the rules expect and some layer refuses.

use serde_json::{Value, json};

use super::access::{is_protected, put, statement_at};
use super::guard::{free_sid, with_sid};
use super::{Candidate, Cause, Table};
use crate::estate::{Content, Target};
use crate::finding::{Evidence, Finding, Remedy};
use crate::fix::actions::Actions;
use crate::fix::extent::account_of;
use crate::fix::narrow::{Part, listed, one_or_many};
use crate::fix::text::PolicyText;

impl Table<'_, '_> {
    /// The Allow that a layer lacks; a guard that spares the caller too; and at last the grant that comes to nothing goes.
    pub(super) fn refused(&self, finding: &Finding) -> Vec<Candidate> {
        let detail = finding.detail.as_deref().unwrap_or_default();
        let blocked =
            |layer: &str| detail.rsplit("refused by: ").next().is_some_and(|list| list.contains(layer));
        let mut candidates = vec![];
        if blocked("permissionBoundaryPolicies") {
            candidates.extend(self.boundary_allows(finding));
        }
        if blocked("kmsKey") {
            candidates.extend(self.identity_allows_key(finding));
        }
        if blocked("resourcePolicy") {
            candidates.extend(self.guard_spares(finding));
        }
        candidates.extend(self.grant_goes(finding));
        candidates
    }

    fn boundary_allows(&self, finding: &Finding) -> Vec<Candidate> {
        let Some(dataset) = &finding.dataset else { return vec![] };
        let actions = Actions::named(finding.actions.iter().map(|action| &**action));
        let part = Part { bucket: self.arn(&dataset.bucket), prefix: dataset.prefix.clone() };
        let mut candidates = vec![];
        for subject in &finding.subjects {
            let Some(boundary) = self
                .now
                .principals()
                .find(|known| *known.arn() == **subject)
                .and_then(|known| known.boundary_arn().map(str::to_owned))
            else {
                continue;
            };
            let Some(account) = account_of(&boundary) else { continue };
            let target = Target::ManagedPolicy { policy: boundary.as_str().into() };
            let Some(content) = self.text(account, &target).filter(|_| !is_protected(&target)) else {
                continue;
            };
            let allow = json!({
                "Sid": free_sid("Expected", content.text(), 0),
                "Effect": "Allow",
                "Action": one_or_many(actions.patterns()),
                "Resource": one_or_many(part.resources(&actions)),
            });
            let title = format!("let the {} allow {}", target.describe(), actions.patterns().join(", "));
            let after = PolicyText::new(content.text()).append(&allow);
            candidates.extend(
                self.narrow(Remedy::Allow, (account, &target), after, title).map(Candidate::widening),
            );
        }
        candidates.truncate(1);
        candidates
    }

    /// The caller's own policy lets him use the key, where the key's policy leaves it to the account.
    fn identity_allows_key(&self, finding: &Finding) -> Option<Candidate> {
        let dataset = finding.dataset.as_ref()?;
        let (account, bucket) = self.now.bucket(&dataset.bucket)?;
        let key = self.now.key_called(account, bucket.customer_key()?)?.arn.clone();
        let allow =
            json!({ "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": &*key });
        let mut edits = vec![];
        for subject in &finding.subjects {
            let target = Target::InlinePolicy { principal: subject.clone(), name: "palisade-key".into() };
            let home = account_of(subject).filter(|_| !is_protected(&target))?;
            let after = match self.text(home, &target) {
                None => PolicyText::of(&[with_sid("UseKey", &allow)]),
                Some(now) => PolicyText::new(now.text())
                    .append(&with_sid(&free_sid("UseKey", now.text(), 0), &allow))?,
            };
            edits.extend(self.edit(home, None, target, Some(Content::new(&after.into_text()))));
        }
        let title = format!("let those who are expected use the key of {}", dataset.bucket);
        (!edits.is_empty()).then(|| Candidate::new(Remedy::Allow, title, edits).widening())
    }

    /// A Deny of the bucket's policy that spares some principals spares these too.
    fn guard_spares(&self, finding: &Finding) -> Vec<Candidate> {
        let Some(dataset) = &finding.dataset else { return vec![] };
        let Some((account, _)) = self.now.bucket(&dataset.bucket) else { return vec![] };
        let target = Target::BucketPolicy { bucket: dataset.bucket.clone() };
        let Some(content) = self.text(account.account_id, &target) else { return vec![] };
        let text = PolicyText::new(content.text());
        let denies = finding
            .evidence
            .iter()
            .filter(|evidence| &*evidence.layer == "resourcePolicy" && effect(evidence) == "Deny");
        let spared = |evidence: &Evidence| {
            let index = evidence.index?;
            let json = sparing(&text.statement(index)?, &finding.subjects)?;
            let name = statement_at(&content, index)?.name();
            let title =
                format!("let statement {name} of the {} spare those who are expected", target.describe());
            let after = put(&text, index, vec![json]);
            self.narrow(Remedy::Allow, (account.account_id, &target), after, title).map(Candidate::widening)
        };
        denies.filter_map(spared).collect()
    }

    /// What grants to no effect grants no longer.
    fn grant_goes(&self, finding: &Finding) -> Vec<Candidate> {
        let allows = finding.evidence.iter().filter(|evidence| effect(evidence) == "Allow");
        let of_callers: Vec<Cause> = allows
            .filter(|evidence| matches!(&*evidence.layer, "identityPolicies" | "resourcePolicy"))
            .filter_map(|evidence| self.located(evidence, finding))
            .collect();
        let mut candidates = vec![];
        for cause in of_callers {
            let found: Vec<Candidate> = match &cause {
                Cause::Grant { account, target, index } => self.grant(*account, target, *index, &[finding]),
                _ => vec![],
            };
            // To ask for more where nothing is meant to be granted is the last that one thinks of.
            let mut found = found;
            found.sort_by_key(|candidate| candidate.remedy == Remedy::Condition);
            let note = "the access that the rule expects stays refused: this takes away the grant that comes to nothing";
            candidates.extend(found.into_iter().map(|candidate| candidate.with_note(note)));
        }
        candidates
    }
}

fn effect(evidence: &Evidence) -> &str {
    evidence.quote.as_ref().and_then(|quote| quote.get("Effect")?.as_str()).unwrap_or_default()
}

/// A Deny with more principals in its allow-list.
fn sparing(statement: &Value, subjects: &[Box<str>]) -> Option<Value> {
    let mut statement = statement.clone();
    let conditions = statement.get_mut("Condition")?.as_object_mut()?;
    for (operator, keys) in conditions.iter_mut() {
        if !matches!(operator.as_str(), "ArnNotLike" | "ArnNotEquals" | "StringNotLike" | "StringNotEquals") {
            continue;
        }
        for (key, values) in keys.as_object_mut()?.iter_mut() {
            if key.eq_ignore_ascii_case("aws:PrincipalArn") {
                let mut listed = listed(values)?;
                listed.extend(subjects.iter().map(|arn| arn.to_string()));
                *values = one_or_many(listed);
                return Some(statement);
            }
        }
    }
    None
}
