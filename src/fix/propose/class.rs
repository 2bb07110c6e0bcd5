//! What a bucket says of itself: its class, and what its models were made from.

use serde_json::{Value, json};

use super::{Candidate, Table};
use crate::estate::{Account, Bucket, Content, Target, tag_value};
use crate::finding::Remedy;
use crate::fix::extent::region;

/// The tag that tells the class. (rules/classification.toml)
const CLASS_TAG: &str = "data-class";

/// The bundled classes by how much their rules ask.
const STRICTEST: [&str; 5] = ["pipeline", "models", "datasets", "features", "team"];

/// What stands for a value that only the owner knows.
const TO_BE_TOLD: &str = "unknown";

impl Table<'_, '_> {
    /// The classes that a bucket may be tagged with; the proof tells which of them break no rule.
    pub(super) fn class(&self, bucket: &str) -> Vec<Candidate> {
        let Some((account, found)) = self.now.bucket(bucket) else { return vec![] };
        let candidate = |class: &str| {
            let title = format!("tag {bucket} with {CLASS_TAG} = {class}");
            let candidate = self.tagged(account, found, &[(CLASS_TAG, class)], title)?;
            Some(candidate.with_note(
                "what is in the bucket only its owner knows: this is the class under which nothing that is possible today breaks a rule",
            ))
        };
        // The strictest first: what breaks no rule there is held to most.
        let mut classes: Vec<&str> = self.bench.scene.rules.classes().iter().map(|class| &**class).collect();
        classes.sort_by_key(|class| {
            STRICTEST.iter().position(|known| known == class).unwrap_or(STRICTEST.len())
        });
        classes.into_iter().filter_map(candidate).collect()
    }

    /// The lineage tags that are missing; their values only the owner knows.
    pub(super) fn lineage(&self, account: &Account, bucket: &Bucket) -> Option<Candidate> {
        let tags = bucket.tags.known()?;
        let keys = self.bench.scene.rules.lineage_tags().iter().filter(|key| tag_value(tags, key).is_none());
        let missing: Vec<(&str, &str)> = keys.map(|key| (&**key, TO_BE_TOLD)).collect();
        let names: Vec<&str> = missing.iter().map(|(key, _)| *key).collect();
        let title = format!("tag {} with {}", bucket.name, names.join(", "));
        let candidate = self.tagged(account, bucket, &missing, title)?;
        Some(candidate.with_note(
            "the values say that the lineage is unknown, so that whoever looks sees that it is: put the real ones in their place",
        ))
    }

    fn tagged(
        &self,
        account: &Account,
        bucket: &Bucket,
        tags: &[(&str, &str)],
        title: String,
    ) -> Option<Candidate> {
        let target = Target::BucketTags { bucket: bucket.name.clone() };
        let now = self.now.content(account.account_id, &target).ok()?;
        let mut after = match now.map(|content| content.value()) {
            Some(Value::Array(tags)) => tags,
            _ => vec![],
        };
        for (key, value) in tags {
            let is_it = |tag: &Value| {
                tag.get("Key").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(key))
            };
            after.retain(|tag| !is_it(tag));
            after.push(json!({ "Key": key, "Value": value }));
        }
        let after = Some(Content::of(&Value::Array(after)));
        let edit = self.edit(account.account_id, region(self.now, &bucket.name), target, after)?;
        Some(Candidate::new(Remedy::Tag, title, vec![edit]))
    }
}
