//! Guards in bucket policies: a Deny for everybody but those whom the rules permit.
//!
//! The allow-list stands in a condition on `aws:PrincipalArn`, never in `NotPrincipal`: "we recommend [...] the ArnNotEquals condition
//! operator with the aws:PrincipalArn context key instead". (IAM User Guide, reference_policies_elements_notprincipal)

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Candidate, Table, few};
use crate::access::data_actions;
use crate::check::trial::Permit;
use crate::estate::{Account, Bucket, Content, Target};
use crate::finding::{Finding, Remedy};
use crate::fix::actions::Actions;
use crate::fix::extent::region;
use crate::fix::narrow::{Part, one_or_many};
use crate::fix::text::PolicyText;

/// Whom the rules permit an action: principals by ARN, and whether some service of AWS is among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Permitted {
    principals: BTreeSet<Box<str>>,
    services: bool,
}

impl Table<'_, '_> {
    /// Denies the actions of some findings to everybody whom no rule permits them.
    pub(super) fn guard(&self, bucket: &str, claims: &[&Finding]) -> Vec<Candidate> {
        let mut parts: BTreeMap<Box<str>, Actions> = BTreeMap::new();
        for finding in claims {
            let prefix = finding.dataset.as_ref().map(|dataset| dataset.prefix.clone()).unwrap_or_default();
            let actions = Actions::named(finding.actions.iter().map(|action| &**action));
            parts.entry(prefix).or_default().extend(&actions);
        }
        self.guard_of(bucket, &parts).into_iter().collect()
    }

    /// Denies actions on data sets of a bucket, by their prefixes, to everybody whom no rule permits them.
    pub(super) fn guard_of(&self, bucket: &str, parts: &BTreeMap<Box<str>, Actions>) -> Option<Candidate> {
        let place = self.now.bucket(bucket)?;
        let permits = self.bench.permits(self.now, bucket).ok()?;
        let mut statements = vec![];
        for (prefix, actions) in parts {
            let part = Part { bucket: self.arn(bucket), prefix: prefix.clone() };
            for (who, actions) in permitted(&permits, prefix, actions) {
                statements.push((who, actions, part.clone()));
            }
        }
        let title = guard_title(bucket, &statements);
        let denies: Vec<Value> =
            statements.iter().map(|(who, actions, part)| guard(who, actions, part)).collect();
        self.with_denies(place, "Guard", denies, title)
    }

    /// Denies everybody the deletion of versions.
    pub(super) fn guard_versions(&self, account: &Account, bucket: &Bucket) -> Option<Candidate> {
        let part = Part { bucket: self.arn(&bucket.name), prefix: "".into() };
        let deny = guard(&Permitted::default(), &Actions::named(["s3:DeleteObjectVersion"]), &part);
        let title = format!("deny everybody the deletion of versions in {}", bucket.name);
        self.with_denies((account, bucket), "KeepVersions", vec![deny], title)
    }

    /// "Use the aws:SecureTransport condition on Amazon S3 bucket policies to allow only encrypted connections over HTTPS (TLS)."
    /// (S3 User Guide, security-best-practices)
    pub(super) fn refuse_plaintext(&self, bucket: &str) -> Vec<Candidate> {
        let Some((account, found)) = self.now.bucket(bucket) else { return vec![] };
        let arn = self.arn(bucket);
        let deny = json!({
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, format!("{arn}/*")],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        });
        let title = format!("refuse requests for {bucket} without TLS");
        self.with_denies((account, found), "RequireTls", vec![deny], title).into_iter().collect()
    }

    pub(super) fn arn(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.bench.scene.ground.partition())
    }

    /// The bucket's policy with some more Denies.
    pub(super) fn with_denies(
        &self,
        (account, bucket): (&Account, &Bucket),
        sid: &str,
        denies: Vec<Value>,
        title: String,
    ) -> Option<Candidate> {
        let target = Target::BucketPolicy { bucket: bucket.name.clone() };
        let now = self.now.content(account.account_id, &target).ok()?;
        let taken = now.as_ref().map(|content| content.text().to_owned()).unwrap_or_default();
        let mut named = vec![];
        for deny in denies {
            named.push(with_sid(&free_sid(sid, &taken, named.len()), &deny));
        }
        let after = match &now {
            None => PolicyText::of(&named),
            Some(content) => {
                let text = PolicyText::new(content.text());
                named.iter().try_fold(text, |text, deny| text.append(deny))?
            }
        };
        let after = Some(Content::new(&after.into_text()));
        let edit = self.edit(account.account_id, region(self.now, &bucket.name), target, after)?;
        Some(Candidate::new(Remedy::Guard, title, vec![edit]))
    }
}

/// The actions by whom the rules permit them.
fn permitted(permits: &[Permit<'_, '_>], prefix: &str, actions: &Actions) -> BTreeMap<Permitted, Actions> {
    let mut permitted: BTreeMap<Permitted, Actions> = BTreeMap::new();
    for (at, data) in data_actions().iter().enumerate().filter(|(_, data)| actions.contains(&data.action)) {
        let mut who = Permitted::default();
        // What is about the bucket is about all data in it.
        let here = |permit: &&Permit<'_, '_>| !data.on_objects || *permit.prefix == *prefix;
        for permit in permits.iter().filter(here).filter(|permit| permit.actions.contains(at)) {
            let subject = &permit.caller.subject;
            match subject.arn() {
                Some(arn) => _ = who.principals.insert(arn.into()),
                None => who.services |= subject.caller.account().is_none(),
            }
        }
        permitted.entry(who).or_default().extend(&Actions::named([data.action.as_str()]));
    }
    permitted
}

/// A Deny of some actions for all but some.
fn guard(who: &Permitted, actions: &Actions, part: &Part) -> Value {
    let mut conditions = Map::new();
    if !who.principals.is_empty() {
        let arns: Vec<String> = who.principals.iter().map(|arn| arn.to_string()).collect();
        conditions.insert("ArnNotLike".into(), json!({ "aws:PrincipalArn": one_or_many(arns) }));
    }
    if who.services || !who.principals.is_empty() {
        // Whoever has not signed the request has not this key: he is denied too.
        conditions.insert("BoolIfExists".into(), json!({ "aws:PrincipalIsAWSService": "false" }));
    }
    let mut statement = json!({
        "Effect": "Deny",
        "Principal": "*",
        "Action": one_or_many(actions.patterns()),
        "Resource": one_or_many(part.resources(actions)),
    });
    if let (Some(members), false) = (statement.as_object_mut(), conditions.is_empty()) {
        members.insert("Condition".into(), Value::Object(conditions));
    }
    statement
}

fn guard_title(bucket: &str, statements: &[(Permitted, Actions, Part)]) -> String {
    let who: BTreeSet<&Box<str>> = statements.iter().flat_map(|(who, ..)| &who.principals).collect();
    let actions = few(statements.iter().flat_map(|(_, actions, _)| actions.patterns()));
    match who.len() {
        0 => format!("deny everybody {actions} on {bucket}"),
        1 => format!("deny {actions} on {bucket} to all but the one principal that the rules permit"),
        count => {
            format!("deny {actions} on {bucket} to all but the {count} principals that the rules permit")
        }
    }
}

/// A statement with a Sid, which comes first.
pub(super) fn with_sid(sid: &str, statement: &Value) -> Value {
    let mut members = Map::new();
    members.insert("Sid".into(), sid.into());
    members.extend(
        statement.as_object().cloned().unwrap_or_default().into_iter().filter(|(name, _)| name != "Sid"),
    );
    Value::Object(members)
}

/// A Sid that no statement has: "In IAM, the Sid value must be unique within a JSON policy" and has letters and digits only.
/// (IAM User Guide, reference_policies_elements_sid)
pub(super) fn free_sid(wanted: &str, taken: &str, after: usize) -> String {
    let free = |sid: &String| !taken.contains(&format!("\"{sid}\""));
    let numbered =
        (after + 1..).map(|number| if number == 1 { wanted.to_owned() } else { format!("{wanted}{number}") });
    numbered.into_iter().find(free).unwrap_or_default()
}
