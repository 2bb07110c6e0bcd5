//! Keys: which one encrypts a bucket, and whom its policy admits.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::access::put;
use super::guard::free_sid;
use super::resource::with_condition;
use super::{Candidate, Table};
use crate::authorize::{Caller, opened_to_outside};
use crate::estate::{Account, AccountId, Bucket, Content, Edit, KmsKey, Target};
use crate::finding::Remedy;
use crate::fix::extent::{account_of, region};
use crate::fix::narrow::one_or_many;
use crate::fix::text::PolicyText;
use crate::iam::{Arn, Document};

/// What S3 asks of a key on behalf of whoever reads and writes objects. (S3 User Guide, UsingKMSEncryption)
const THROUGH_S3: [&str; 5] =
    ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];

impl Table<'_, '_> {
    /// A customer managed key of the account for a bucket: one that is there, as it is or opened to those who need it; else a new one.
    pub(super) fn encryption(&self, account: &Account, bucket: &Bucket) -> Vec<Candidate> {
        let Some(place) = region(self.now, &bucket.name) else { return vec![] };
        let mut candidates = vec![];
        for arn in self.keys_at_hand(account, &place) {
            let title = format!("encrypt {} with {arn}", bucket.name);
            let Some(set) = self.encrypt(account, bucket, &arn) else { continue };
            candidates.push(self.of_key(&title, vec![set.clone()]));
            if let Some(opened) = self.opened(account.account_id, &arn, bucket, &place) {
                candidates.push(
                    self.of_key(
                        &format!("{title}, and let those who reach it use the key"),
                        vec![opened, set],
                    ),
                );
            }
        }
        candidates.extend(self.new_key(account, bucket, &place));
        candidates
    }

    fn of_key(&self, title: &str, edits: Vec<Edit>) -> Candidate {
        Candidate::new(Remedy::Setting, title.to_owned(), edits).widening().with_note(
            "objects that are there keep the encryption that they have; copying them over themselves encrypts them anew",
        )
    }

    /// The keys of an account in a region, those first that encrypt most of its buckets there.
    fn keys_at_hand(&self, account: &Account, place: &str) -> Vec<Box<str>> {
        let mut used: BTreeMap<Box<str>, usize> = BTreeMap::new();
        let keys = account.kms_keys.known().map_or(&[][..], |keys| keys);
        for known in keys.iter().filter(|known| known.key_manager.as_deref() != Some("AWS")) {
            if Arn::parse(&known.arn).is_some_and(|arn| arn.region == place) {
                used.insert(known.arn.clone(), self.ties.encrypted_by(&known.arn).len());
            }
        }
        let mut used: Vec<(Box<str>, usize)> = used.into_iter().collect();
        used.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        used.truncate(2);
        used.into_iter().map(|(arn, _)| arn).collect()
    }

    fn encrypt(&self, account: &Account, bucket: &Bucket, arn: &str) -> Option<Edit> {
        let target = Target::BucketEncryption { bucket: bucket.name.clone() };
        let now = self.text(account.account_id, &target).map(|content| content.value());
        let kept = now.as_ref().and_then(|now| now.pointer("/Rules/0/BlockedEncryptionTypes"));
        let rule = [
            (
                "ApplyServerSideEncryptionByDefault",
                json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn }),
            ),
            ("BucketKeyEnabled", true.into()),
        ];
        let rule = rule.into_iter().chain(kept.map(|blocked| ("BlockedEncryptionTypes", blocked.clone())));
        let rule: Map<String, Value> = rule.map(|(name, value)| (name.to_owned(), value)).collect();
        let after = json!({ "Rules": [rule] });
        self.edit(account.account_id, region(self.now, &bucket.name), target, Some(Content::of(&after)))
    }

    /// The key's policy with a statement for those whom the rules permit something on the bucket.
    fn opened(&self, account: AccountId, arn: &str, bucket: &Bucket, place: &str) -> Option<Edit> {
        let target = Target::KeyPolicy { key: arn.into() };
        let content = self.text(account, &target)?;
        let uses = self.uses(account, &bucket.name, place, content.text());
        let after = uses
            .iter()
            .try_fold(PolicyText::new(content.text()), |text, statement| text.append(statement))?;
        self.edit(account, Some(place.into()), target, Some(Content::new(&after.into_text())))
    }

    fn new_key(&self, account: &Account, bucket: &Bucket, place: &str) -> Option<Candidate> {
        let partition = self.bench.scene.ground.partition();
        let number = account.account_id;
        let alias = format!("alias/palisade/{}", bucket.name);
        let administered = json!({
            "Sid": "AdministeredByAccount",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:{partition}:iam::{number}:root") },
            "Action": "kms:*",
            "Resource": "*",
        });
        let statements: Vec<Value> =
            [administered].into_iter().chain(self.uses(number, &bucket.name, place, "")).collect();
        let policy = Content::new(&PolicyText::of(&statements).into_text());
        let target = Target::Key { alias: alias.as_str().into() };
        let make =
            Edit { account: number, region: Some(place.into()), target, before: None, after: Some(policy) };
        let set = self.encrypt(account, bucket, &format!("arn:{partition}:kms:{place}:{number}:{alias}"))?;
        Some(self.of_key(&format!("encrypt {} with a new key, {alias}", bucket.name), vec![make, set]))
    }

    /// The statements by which those whom the rules permit something on a bucket use its key: their accounts, the bucket's own among
    /// them, and services of AWS, which must say on whose behalf they come.
    fn uses(&self, own: AccountId, bucket: &str, place: &str, taken: &str) -> Vec<Value> {
        let permits = self.bench.permits(self.now, bucket).unwrap_or_default();
        let callers = || permits.iter().filter(|permit| !permit.actions.is_empty());
        let callers = || callers().map(|permit| &permit.caller.subject.caller);
        let accounts: BTreeSet<AccountId> = callers().filter_map(Caller::account).chain([own]).collect();
        let services = callers().filter_map(|caller| match caller {
            Caller::Service(service) => Some(&**service),
            _ => None,
        });
        let services: BTreeSet<&str> = services.collect();
        let mut uses = vec![through_s3(&free_sid("UseThroughS3", taken, 0), &accounts, place)];
        if !services.is_empty() {
            let (key, source) = match self.bench.scene.ground.perimeter.organization {
                Some(organization) => ("aws:SourceOrgID", organization.to_owned()),
                None => ("aws:SourceAccount", own.to_string()),
            };
            let names = services.into_iter().map(str::to_owned).collect();
            uses.push(by_services(&free_sid("UseByServices", taken, 0), names, key, &source));
        }
        uses
    }

    /// A key's policy bound to the organization, or without the statements that open it.
    pub(super) fn key_policy(&self, account: &Account, bucket: &Bucket) -> Vec<Candidate> {
        let Some(found) = self.key_of(account, bucket) else { return vec![] };
        let Some(owner) = account_of(&found.arn) else { return vec![] };
        let target = Target::KeyPolicy { key: found.arn.clone() };
        let Some(content) = self.text(owner, &target) else { return vec![] };
        let Ok(document) = Document::parse(content.text()) else { return vec![] };
        let perimeter = &self.bench.scene.ground.perimeter;
        let places = opened_to_outside(perimeter, &document, &crate::check::facts::bucket::KEY_ACTIONS);
        let text = PolicyText::new(content.text());
        let bound = |key: &str, value: &Value| {
            places.iter().try_fold(text.clone(), |text, place| {
                put(&text, *place, vec![with_condition(&text.statement(*place)?, key, value)?])
            })
        };
        let mut candidates = vec![];
        if let Some(organization) = perimeter.organization {
            let title = format!("bind the {} to the organization", target.describe());
            let after = bound("aws:PrincipalOrgID", &json!(organization));
            candidates.extend(
                after.and_then(|after| self.narrow(Remedy::Condition, (owner, &target), Some(after), title)),
            );
        }
        let title = format!("bind the {} to its account", target.describe());
        let after = bound("kms:CallerAccount", &json!(owner.to_string()));
        candidates.extend(
            after.and_then(|after| self.narrow(Remedy::Condition, (owner, &target), Some(after), title)),
        );
        let after = places.iter().rev().try_fold(text.clone(), |text, place| text.remove(*place));
        let title = format!("remove what opens the {}", target.describe());
        candidates.extend(
            after.and_then(|after| self.narrow(Remedy::Narrow, (owner, &target), Some(after), title)),
        );
        candidates
    }

    fn key_of(&self, account: &Account, bucket: &Bucket) -> Option<&KmsKey> {
        self.now.key_called(self.now.account(account.account_id)?, bucket.customer_key()?)
    }
}

/// The statement of AWS's own key for S3, for some accounts: whoever may use the bucket may use the key through S3.
/// (KMS Developer Guide, conditions-kms: kms:ViaService)
fn through_s3(sid: &str, accounts: &BTreeSet<AccountId>, place: &str) -> Value {
    let accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": { "AWS": "*" },
        "Action": THROUGH_S3,
        "Resource": "*",
        "Condition": { "StringEquals": {
            "kms:CallerAccount": one_or_many(accounts),
            "kms:ViaService": format!("s3.{place}.amazonaws.com"),
        } },
    })
}

/// A service that writes to an encrypted bucket uses the key itself, so that the key's policy has to name it, and for whom it may come.
/// (CloudWatch Logs User Guide, AWS-logs-infrastructure-V2-S3)
fn by_services(sid: &str, services: Vec<String>, key: &str, source: &str) -> Value {
    json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": { "Service": one_or_many(services) },
        "Action": THROUGH_S3,
        "Resource": "*",
        "Condition": { "StringEquals": { key: source } },
    })
}
