//! Statements that their authors can hardly mean.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::access::{is_protected, put, statement_at, together};
use super::{Candidate, Cause, Names, Table};
use crate::estate::{AccountId, Content, Edit, Target};
use crate::finding::{Finding, Remedy};
use crate::fix::extent::{account_of, holders};
use crate::fix::limits;
use crate::fix::narrow::one_or_many;
use crate::fix::text::PolicyText;
use crate::iam::{Effect, Element, Glob, Statement};
use crate::space::behind;

/// A statement that its author can hardly mean: the rule that says so, its policy and its place there, and somebody who has the policy.
#[derive(Clone, Copy)]
pub(super) struct Odd<'o> {
    pub(super) rule: &'o str,
    pub(super) document: &'o str,
    pub(super) index: usize,
    pub(super) holder: &'o str,
}

/// What is lost with a wildcard.
const LATER: &str = "a bucket that is made later has to be named too: no pattern covers it any more";

/// How many names a statement may have: whoever reads it must be able to see what it grants.
const NAMES: usize = 40;

impl Table<'_, '_> {
    /// What may be done about an odd statement of a policy, which `holder` has, and others whom findings name.
    pub(super) fn odd(&self, odd: &Odd<'_>, claims: &[&Finding], keep: &Names) -> Vec<Candidate> {
        let Odd { rule, document, index, holder } = *odd;
        let target = match self.now.bucket(document) {
            Some((account, _)) => {
                let target = Target::BucketPolicy { bucket: document.into() };
                Some(Cause::Grant { account: account.account_id, target, index })
            }
            None => self.identity_policy(holder, document, index),
        };
        match target {
            Some(Cause::Grant { account, target, .. }) => {
                let twins = self.twins(account, &target, index, claims);
                let odd_in = |twin: &(AccountId, Target)| [self.odd_in(rule, (twin.0, &twin.1), index, keep)];
                together(twins.iter().map(odd_in).collect())
            }
            Some(Cause::AwsManaged { account, policy, .. }) => {
                self.replaced_by_own(account, &policy, keep).into_iter().collect()
            }
            _ => vec![],
        }
    }

    fn odd_in(
        &self,
        rule: &str,
        (account, target): (AccountId, &Target),
        index: usize,
        keep: &Names,
    ) -> Option<Candidate> {
        let content = self.text(account, target).filter(|_| !is_protected(target))?;
        let text = PolicyText::new(content.text());
        let (statement, json) = statement_at(&content, index).zip(text.statement(index))?;
        let place = format!("statement {} of the {}", statement.name(), target.describe());
        let (after, title) = match rule {
            "wildcard-crosses-buckets" => {
                let written = self.written_out(&statement, &json, keep);
                let among = || self.within_reach(&self.ties.bound_by(account, target));
                match written.or_else(|| self.written_out_among(&statement, &json, keep, Some(&among()))) {
                    Some(written) => {
                        let title = format!("write out the names of the buckets in {place}");
                        (put(&text, index, vec![written]), title)
                    }
                    None if !self.names_some_bucket(&statement) => {
                        (text.remove(index), format!("remove {place}, which names no bucket that there is"))
                    }
                    None => return None,
                }
            }
            "guard-on-callers-word" => {
                let strict = without_callers_word(&json, &statement)?;
                (
                    put(&text, index, vec![strict]),
                    format!("let {place} spare nobody for what he says of himself"),
                )
            }
            _ => (text.remove(index), format!("remove {place}, which has no effect")),
        };
        let candidate = self.narrow(Remedy::Narrow, (account, target), after, title)?;
        Some(if rule == "wildcard-crosses-buckets" { candidate.with_note(LATER) } else { candidate })
    }

    /// The statement with each pattern that reaches into other buckets in the place of which the buckets stand whose names it matches.
    /// Into those that are to be kept it goes on reaching, and says so.
    pub(super) fn written_out(&self, statement: &Statement, json: &Value, keep: &Names) -> Option<Value> {
        self.written_out_among(statement, json, keep, None)
    }

    /// The same with the names of some buckets only: those that the holders of the policy reach at all.
    fn written_out_among(
        &self,
        statement: &Statement,
        json: &Value,
        keep: &Names,
        among: Option<&Names>,
    ) -> Option<Value> {
        let Some(Element::Is(patterns)) = &statement.resource else { return None };
        let mut resources: Vec<String> = vec![];
        let mut known: BTreeSet<String> = BTreeSet::new();
        for pattern in patterns {
            let text = pattern.as_str();
            let names = pattern.as_glob().and_then(|glob| self.spelled(text, glob, keep, among));
            let names = names.unwrap_or_else(|| vec![text.to_owned()]);
            resources.extend(names.into_iter().filter(|name| known.insert(name.clone())));
        }
        if resources.is_empty() || resources.len() > NAMES {
            return None;
        }
        let mut members = json.as_object()?.clone();
        members.insert("Resource".to_owned(), one_or_many(resources));
        Some(Value::Object(members))
    }

    /// What a pattern matches, bucket by bucket; none for one that may stay as it is.
    fn spelled(&self, text: &str, glob: &Glob, keep: &Names, among: Option<&Names>) -> Option<Vec<String>> {
        let (before, resource) = text.split_once(":::")?;
        let (name, key) = resource.split_once('/').map_or((resource, None), |(name, key)| (name, Some(key)));
        // A mere star means every bucket, and reaches into no others.
        if name == "*" || !name.contains(['*', '?']) || !before.ends_with(":s3") {
            return None;
        }
        let meant = Glob::new(name);
        let mut spelled = vec![];
        for (_, bucket) in self.now.buckets() {
            let arn = format!("{before}:::{}", bucket.name);
            if meant.matches(&bucket.name) && among.is_none_or(|among| among.contains(&bucket.name)) {
                spelled.push(key.map_or_else(|| arn.clone(), |key| format!("{arn}/{key}")));
                // A pattern without a slash meant the objects too.
                spelled.extend((key.is_none() && text.ends_with('*')).then(|| format!("{arn}/*")));
            } else if keep.contains(&bucket.name) {
                let left = behind(glob, &format!("{arn}/"));
                spelled.extend(left.iter().map(|key| format!("{arn}/{key}")));
            }
        }
        Some(spelled)
    }

    /// The buckets of some principals' own accounts, and those of others that let them in.
    fn within_reach(&self, principals: &Names) -> Names {
        let mut found = Names::new();
        for arn in principals {
            let home = account_of(arn).and_then(|account| self.now.account(account));
            found.extend(home.into_iter().flat_map(|home| home.buckets()).map(|bucket| bucket.name.clone()));
            found.extend(self.bench.abroad(arn).iter().map(|bucket| Box::from(*bucket)));
        }
        found
    }

    /// Whether a resource of the statement names a bucket of the estate.
    fn names_some_bucket(&self, statement: &Statement) -> bool {
        let Some(Element::Is(patterns)) = &statement.resource else { return true };
        patterns.iter().any(|pattern| {
            let name = pattern.as_str().split_once(":::").map(|(_, resource)| resource);
            let name = name.map(|resource| Glob::new(resource.split('/').next().unwrap_or_default()));
            name.is_none_or(|glob| self.now.buckets().any(|(_, bucket)| glob.matches(&bucket.name)))
        })
    }

    /// A policy of AWS's own in the place of which one of the account's own stands that names its buckets.
    fn replaced_by_own(&self, account: AccountId, policy: &str, keep: &Names) -> Option<Candidate> {
        let found = self.now.account(account)?;
        let holders = holders(found, policy);
        let aws = self.text(account, &Target::ManagedPolicy { policy: policy.into() })?;
        let mut text = PolicyText::new(aws.text());
        let mut left = vec![];
        for place in (0..text.len()).rev() {
            let (Some(statement), Some(json)) = (statement_at(&aws, place), text.statement(place)) else {
                continue;
            };
            if statement.effect != Effect::Allow {
                continue;
            }
            match self.written_out(&statement, &json, keep) {
                Some(written) => text = put(&text, place, vec![written])?,
                None => left.push(place),
            }
        }
        // What names no bucket at all grants nothing here.
        for place in left.into_iter().filter(|place| names_buckets_only(&aws, *place)) {
            text = text.remove(place)?;
        }
        let name = policy.rsplit('/').next()?;
        let partition = self.bench.scene.ground.partition();
        let own: Box<str> = format!("arn:{partition}:iam::{account}:policy/palisade/{name}").into();
        let content = Content::new(&text.into_text());
        let (is, most) = limits::managed_policy(&content);
        if is > most {
            return None;
        }
        let mut edits: Vec<Edit> = vec![];
        edits.extend(self.edit(account, None, Target::ManagedPolicy { policy: own.clone() }, Some(content)));
        for principal in &holders {
            let attach = Target::AttachedPolicy { principal: principal.clone(), policy: own.clone() };
            let detach = Target::AttachedPolicy { principal: principal.clone(), policy: policy.into() };
            if is_protected(&attach) {
                return None;
            }
            edits.extend(self.edit(account, None, attach, Some(Content::of(&json!(&*own)))));
            edits.extend(self.edit(account, None, detach, None));
        }
        let title =
            format!("put a policy of the account's own, which names its buckets, in the place of {policy}");
        Some(Candidate::new(Remedy::Detach, title, edits).with_note(LATER))
    }
}

/// Whether all resources of a statement are buckets or objects.
fn names_buckets_only(content: &Content, index: usize) -> bool {
    let statement = statement_at(content, index);
    let Some(Element::Is(patterns)) = statement.as_ref().and_then(|statement| statement.resource.as_ref())
    else {
        return false;
    };
    patterns.iter().all(|pattern| pattern.as_str().contains(":s3:::"))
}

/// A Deny that spared those who say something of themselves, without that condition: it then denies them too.
fn without_callers_word(json: &Value, statement: &Statement) -> Option<Value> {
    let mut members = json.as_object()?.clone();
    let mut conditions = members.get("Condition")?.as_object()?.clone();
    let word = [
        "aws:useragent",
        "aws:referer",
        "s3:x-amz-meta",
        "aws:requesttag",
        "sts:rolesessionname",
        "aws:sourceidentity",
    ];
    for keys in conditions.values_mut().filter_map(Value::as_object_mut) {
        keys.retain(|key, _| !word.iter().any(|word| key.to_ascii_lowercase().starts_with(word)));
    }
    conditions.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
    if statement.effect != Effect::Deny {
        return None;
    }
    if conditions.is_empty() {
        members.shift_remove("Condition");
    } else {
        members.insert("Condition".to_owned(), Value::Object(conditions));
    }
    Some(Value::Object(members))
}
