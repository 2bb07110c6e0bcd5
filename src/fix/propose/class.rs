//! What a bucket says of itself: its class, and what its models were made from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Candidate, Table, is_about_tls};
use crate::check::trial::Change;
use crate::estate::{Account, Bucket, Content, Edit, Target, tag_value};
use crate::finding::Remedy;
use crate::fix::actions::Actions;
use crate::fix::extent::region;

/// The tag that tells the class. (rules/classification.toml)
const CLASS_TAG: &str = "data-class";

/// The bundled classes by how much their rules ask.
const STRICTEST: [&str; 5] = ["pipeline", "models", "datasets", "features", "team"];

/// How many classes are tried with what they demand.
const CLOSED: usize = 2;

/// What stands for a value that only the owner knows.
const TO_BE_TOLD: &str = "unknown";

impl Table<'_, '_> {
    /// The classes that a bucket may be tagged with: what its name says, if it says one; else all, those first that ask for most.
    pub(super) fn class(&self, bucket: &str) -> Vec<Candidate> {
        let Some((account, found)) = self.now.bucket(bucket) else { return vec![] };
        let mut classes: Vec<&str> = self.bench.scene.rules.classes().iter().map(|class| &**class).collect();
        classes.sort_by_key(|class| {
            STRICTEST.iter().position(|known| known == class).unwrap_or(STRICTEST.len())
        });
        if classes.iter().any(|class| is_named(bucket, class)) {
            classes.retain(|class| is_named(bucket, class));
        }
        let tag = |class: &str| {
            let title = format!("tag {bucket} with {CLASS_TAG} = {class}");
            let candidate = self.tagged(account, found, &[(CLASS_TAG, class)], title)?;
            Some(candidate.assuming(format!("{bucket} holds data of the class {class}")))
        };
        classes.into_iter().filter_map(tag).collect()
    }

    /// Tags with what the rules of the class demand then: settings, and a guard against whom no rule permits what he does today. Those
    /// first under which least has to change.
    pub(super) fn closed(&self, bucket: &str, tags: &[(&Candidate, &Change)]) -> Vec<Candidate> {
        let broken = |(_, change): &(&Candidate, &Change)| {
            change.after.beyond(&change.before).map(|(_, actions)| actions.len().max(1)).sum::<usize>()
        };
        let mut tags = tags.to_vec();
        tags.sort_by_cached_key(broken);
        let closed = |(tag, change): (&Candidate, &Change)| self.closed_by(bucket, tag, change);
        tags.into_iter().take(CLOSED).filter_map(closed).collect()
    }

    fn closed_by(&self, bucket: &str, tag: &Candidate, change: &Change) -> Option<Candidate> {
        let mut settings: BTreeSet<&str> = BTreeSet::new();
        let mut taken: BTreeMap<Box<str>, Actions> = BTreeMap::new();
        for (mark, actions) in change.after.beyond(&change.before) {
            if mark.subject.is_empty() || is_about_tls(&mark.rule) {
                settings.insert(&mark.rule);
            } else {
                let prefix = mark.about.strip_prefix(bucket)?.trim_start_matches('/');
                let actions = Actions::named(actions.iter().map(|action| &**action));
                taken.entry(prefix.into()).or_default().extend(&actions);
            }
        }
        let mut closed = tag.clone();
        let mut copy = self.now.patched(&tag.edits).ok()?;
        // What nothing can be done about is left to the proof, which says so.
        let mut add = |step: &dyn Fn(&Table<'_, '_>) -> Option<Candidate>| {
            let table = Table { bench: self.bench, ties: self.ties, now: &copy, findings: self.findings };
            let Some(step) = step(&table) else { return };
            let Ok(next) = copy.patched(&step.edits) else { return };
            copy = next;
            closed.edits.extend(step.edits);
            closed.notes.extend(step.notes);
            closed.widens |= step.widens;
        };
        for rule in settings {
            add(&|table| table.demanded(bucket, rule));
        }
        if !taken.is_empty() {
            add(&|table| table.guard_of(bucket, &taken));
        }
        closed.edits = Edit::merged(&closed.edits);
        // The tags come last: from then on the class is claimed.
        closed.edits.sort_by_key(|edit| matches!(edit.target, Target::BucketTags { .. }));
        closed.title.push_str(", and close it to whom no rule of the class permits what he does today");
        Some(closed)
    }

    /// The first that may be set so that a rule holds.
    fn demanded(&self, bucket: &str, rule: &str) -> Option<Candidate> {
        let all = if is_about_tls(rule) { self.refuse_plaintext(bucket) } else { self.setting(bucket, rule) };
        all.into_iter().next()
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

/// Whether the name of a bucket has the name of a class among its words, in the singular or in the plural: `acme-models-eu`.
fn is_named(bucket: &str, class: &str) -> bool {
    let singular = class.strip_suffix('s').unwrap_or(class);
    bucket.split(['-', '.']).any(|word| word.strip_suffix('s').unwrap_or(word) == singular)
}
