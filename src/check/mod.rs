//! From verdicts to findings.
//!
//! [`access`] judges who reaches the data, [`posture`] how buckets and principals are configured, [`coverage`] whether everything
//! could be classified, [`lint`] what policies say that their authors can hardly mean. `trial` judges a copy of the estate beside the
//! estate itself, where they differ.

pub mod access;
pub mod coverage;
pub(crate) mod facts;
pub mod lint;
pub mod posture;
pub(crate) mod quote;
pub(crate) mod scene;
pub(crate) mod trial;

use crate::classify::{DataSet, Place};
use crate::finding::{DatasetRef, Evidence, Finding, Fingerprint, Rule, Verdict};

/// A finding about a rule, with everything that the rule itself tells.
fn finding(rule: &Rule, verdict: Verdict, dataset: Option<DatasetRef>, evidence: Vec<Evidence>) -> Finding {
    let name = dataset.as_ref().map(DatasetRef::name).unwrap_or_default();
    Finding {
        rule: rule.id.clone(),
        severity: rule.severity,
        title: rule.title.clone(),
        verdict,
        detail: None,
        fingerprint: Fingerprint::of([&*rule.id, &*name]),
        dataset,
        subjects: vec![],
        subjects_total: 0,
        actions: vec![],
        keys: vec![],
        conditions: vec![],
        via: vec![],
        roles: vec![],
        witness: None,
        evidence,
        remedy: rule.remedy.clone(),
        fix: None,
        controls: rule.controls.clone(),
    }
}

fn dataset_ref(set: &DataSet<'_>) -> DatasetRef {
    DatasetRef {
        bucket: set.bucket.name.clone(),
        prefix: set.prefix.clone(),
        account: set.account.account_id,
        class: Some(set.class.clone()),
        team: set.team.clone(),
        env: set.env.clone(),
    }
}

fn place_ref(place: &Place<'_>) -> DatasetRef {
    DatasetRef {
        bucket: place.bucket.name.clone(),
        prefix: place.prefix.clone(),
        account: place.account.account_id,
        class: None,
        team: None,
        env: None,
    }
}
