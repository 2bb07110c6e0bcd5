//! Boundaries and trust policies.

use std::collections::BTreeMap;

use serde_json::json;

use super::access::{is_protected, put, statement_at};
use super::resource::{with_condition, without_principals};
use super::{Candidate, Table};
use crate::authorize::{Outsider, Way, outsiders};
use crate::estate::{AccountId, Content, Edit, PolicyDocument, Role, Target};
use crate::finding::Remedy;
use crate::fix::extent::account_of;
use crate::fix::text::PolicyText;
use crate::iam::{Document, Element, PrincipalId};

impl Table<'_, '_> {
    /// What may be done so that a rule about a principal holds, by what the rule reads.
    pub(super) fn principal(&self, arn: &str, rule: &str) -> Vec<Candidate> {
        let reads = |attribute: &str| self.bench.scene.intent.reads(rule, attribute);
        let mut candidates = vec![];
        if reads("boundary") {
            candidates.extend(self.boundary(arn));
        }
        if reads("assumableFromOutside") || reads("assumableByUnboundOidc") {
            candidates.extend(self.outsiders_out(arn));
        }
        candidates
    }

    /// The boundary that most others of the account have; else the one that most of the organization have, copied.
    fn boundary(&self, arn: &str) -> Vec<Candidate> {
        let target = Target::PermissionsBoundary { principal: arn.into() };
        let Some(account) = account_of(arn).filter(|_| !is_protected(&target)) else { return vec![] };
        let mut used: BTreeMap<&str, usize> = BTreeMap::new();
        for principal in self.now.principals() {
            if let Some(boundary) = principal.boundary_arn() {
                *used.entry(boundary).or_default() += 1;
            }
        }
        let mut used: Vec<(&str, usize)> = used.into_iter().collect();
        let elsewhere = |boundary: &str| account_of(boundary).is_some_and(|owner| owner != account);
        used.sort_by_key(|(boundary, times)| (elsewhere(boundary), std::cmp::Reverse(*times)));
        used.truncate(3);
        let candidate = |(boundary, _): (&str, usize)| {
            let (own, copy) = if elsewhere(boundary) {
                self.copied(account, boundary)?
            } else {
                (boundary.to_owned(), None)
            };
            let title = format!("set the permissions boundary of {arn} to {own}");
            let edit = self.edit(account, None, target.clone(), Some(Content::of(&json!(own))))?;
            let edits: Vec<Edit> = copy.into_iter().chain([edit]).collect();
            Some(Candidate::new(Remedy::Boundary, title, edits))
        };
        used.into_iter().filter_map(candidate).collect()
    }

    /// A policy of another account with the same name and text in this one, and the edit that makes it if it is not there.
    fn copied(&self, account: AccountId, policy: &str) -> Option<(String, Option<Edit>)> {
        let owner = account_of(policy)?;
        let own = policy.replace(&format!("::{owner}:"), &format!("::{account}:"));
        let target = Target::ManagedPolicy { policy: own.as_str().into() };
        if self.text(account, &target).is_some() {
            return Some((own, None));
        }
        let text = self.text(owner, &Target::ManagedPolicy { policy: policy.into() })?;
        // What it says of its own account it says of this one.
        let text = text.text().replace(&owner.to_string(), &account.to_string());
        let edit = self.edit(account, None, target, Some(Content::new(&text)))?;
        Some((own, Some(edit)))
    }

    /// The trust policy without those from outside, or bound to the organization or to its own workloads.
    fn outsiders_out(&self, arn: &str) -> Vec<Candidate> {
        let target = Target::TrustPolicy { role: arn.into() };
        let Some(account) = account_of(arn).filter(|_| !is_protected(&target)) else { return vec![] };
        let Some(content) = self.text(account, &target) else { return vec![] };
        let Some(role) =
            self.now.account(account).and_then(|found| found.roles().iter().find(|role| *role.arn == *arn))
        else {
            return vec![];
        };
        let found = self.outsiders(role, &content);
        let mut candidates = vec![];
        for way in [
            self.without_outsiders(&content, &found, false),
            self.without_outsiders(&content, &found, true),
            self.removed(&content, &found),
        ] {
            let Some((text, title)) = way else { continue };
            let title = format!("{title} in the {}", target.describe());
            candidates.extend(self.narrow(Remedy::Trust, (account, &target), Some(text), title));
        }
        candidates
    }

    fn outsiders(&self, role: &Role, content: &Content) -> Vec<Outsider> {
        let Ok(document) = Document::parse(content.text()) else { return vec![] };
        outsiders(&self.bench.scene.ground.perimeter, role, &document, &[])
    }

    /// Outsiders whom a statement names beside others go; whose name is everybody is bound to the organization; a provider's tokens are
    /// bound to the subjects that other roles take. With `bind`, outsiders are bound rather than taken out.
    fn without_outsiders(
        &self,
        content: &Content,
        found: &[Outsider],
        bind: bool,
    ) -> Option<(PolicyText, String)> {
        let mut text = PolicyText::new(content.text());
        let mut titles = vec![];
        for outsider in found {
            let json = text.statement(outsider.statement)?;
            let statement = statement_at(content, outsider.statement)?;
            let named = match &statement.principal {
                Some(Element::Is(principals)) => &*principals.ids,
                _ => &[],
            };
            let gone: Vec<&PrincipalId> =
                named.iter().filter(|id| id.as_str() == &*outsider.principal).collect();
            let left = match outsider.way {
                Way::UnboundToken => {
                    let (claim, subject) = self.usual_subject(&outsider.principal)?;
                    titles.push(format!("take only tokens of {subject}"));
                    with_condition(&json, &claim, &json!(subject))
                }
                Way::AssumeRole if bind => {
                    titles.push("ask for aws:PrincipalOrgID".to_owned());
                    let organization = self.bench.scene.ground.perimeter.organization?;
                    with_condition(&json, "aws:PrincipalOrgID", &json!(organization))
                }
                Way::AssumeRole => {
                    titles.push(format!("let {} no longer in", outsider.principal));
                    without_principals(&json, &gone)
                }
            };
            text = put(&text, outsider.statement, vec![left?])?;
        }
        titles.dedup();
        (!found.is_empty()).then(|| (text, titles.join(", ")))
    }

    /// Without the statements that let outsiders in.
    fn removed(&self, content: &Content, found: &[Outsider]) -> Option<(PolicyText, String)> {
        let mut places: Vec<usize> = found.iter().map(|outsider| outsider.statement).collect();
        places.dedup();
        let text = PolicyText::new(content.text());
        let text = places.iter().rev().try_fold(text, |text, place| text.remove(*place))?;
        (!places.is_empty()).then(|| (text, "let no outsider in".to_owned()))
    }

    /// The subjects that most roles of the estate take from a provider, as a pattern over all of its owner: `repo:acme/*`.
    fn usual_subject(&self, provider: &str) -> Option<(String, String)> {
        let issuer = provider.split_once(":oidc-provider/").map_or(provider, |(_, issuer)| issuer);
        let claim = format!("{issuer}:sub");
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for role in self.now.accounts().flat_map(|account| account.roles()) {
            let Some(trust) = role.assume_role_policy_document.known() else { continue };
            for subject in subjects(trust, &claim) {
                if let Some((owner, _)) = subject.split_once('/').filter(|(owner, _)| !owner.contains('*')) {
                    *owners.entry(format!("{owner}/*")).or_default() += 1;
                }
            }
        }
        let (owner, _) = owners.into_iter().max_by_key(|(_, times)| *times)?;
        Some((claim, owner))
    }
}

/// The values that a trust policy asks for in a claim.
fn subjects(trust: &PolicyDocument, claim: &str) -> Vec<String> {
    let conditions = trust.document().statements.iter().flat_map(|statement| &statement.conditions);
    let of_claim = conditions.filter(|condition| condition.key.eq_ignore_ascii_case(claim));
    of_claim
        .flat_map(|condition| condition.operands.iter().map(|operand| operand.as_str().to_owned()))
        .collect()
}
