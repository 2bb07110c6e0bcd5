//! How buckets, principals and policies are configured in both estates.

use std::collections::BTreeSet;

use super::bench::{Bench, principal};
use super::marks::{Mark, Marks};
use super::{Change, Extent};
use crate::check::scene::Scene;
use crate::check::{coverage, lint, posture};
use crate::estate::{Estate, PolicyDocument};
use crate::intent::IntentError;

pub(super) fn compare(
    bench: &Bench<'_>,
    copy: &Scene<'_>,
    extent: &Extent,
    change: &mut Change,
) -> Result<(), IntentError> {
    for bucket in &extent.buckets {
        of_bucket(&bench.scene, bucket, &mut change.before)?;
        of_bucket(copy, bucket, &mut change.after)?;
    }
    for arn in &extent.principals {
        of_principal(&bench.scene, arn, &mut change.before)?;
        of_principal(copy, arn, &mut change.after)?;
    }
    let (now, then) = (documents(bench.scene.ground.estate, extent), documents(copy.ground.estate, extent));
    let texts = |documents: &[(Box<str>, &PolicyDocument)]| -> BTreeSet<(Box<str>, Box<str>)> {
        documents.iter().map(|(name, document)| (name.clone(), document.text().into())).collect()
    };
    let (known, known_then) = (texts(&now), texts(&then));
    let is_in = |texts: &BTreeSet<(Box<str>, Box<str>)>, (name, document): &(Box<str>, &PolicyDocument)| {
        texts.contains(&(name.clone(), document.text().into()))
    };
    for document in now.iter().filter(|document| !is_in(&known_then, document)) {
        of_document(bench, document, &mut change.before);
    }
    for document in then.iter().filter(|document| !is_in(&known, document)) {
        of_document(bench, document, &mut change.after);
    }
    Ok(())
}

fn of_bucket(scene: &Scene<'_>, bucket: &str, marks: &mut Marks) -> Result<(), IntentError> {
    let datasets = scene.rules.datasets_in(scene.ground.estate, bucket);
    for set in &datasets.sets {
        for finding in posture::judge_set(scene.facts, scene.rules, set, scene.intent)? {
            Mark::of(&finding, scene.intent).for_each(|mark| marks.add(mark, []));
        }
    }
    for (rule, about, property) in coverage::broken_by(&datasets, scene.intent) {
        marks.add(Mark { rule, about: about.into(), subject: "".into(), acting: false }, [property.into()]);
    }
    Ok(())
}

fn of_principal(scene: &Scene<'_>, arn: &str, marks: &mut Marks) -> Result<(), IntentError> {
    let Some(principal) = principal(scene.ground.estate, arn) else { return Ok(()) };
    for rule in posture::broken_by(scene.facts, scene.rules, &principal, scene.intent)? {
        marks.add(Mark { rule, about: "".into(), subject: arn.into(), acting: false }, []);
    }
    Ok(())
}

fn of_document(bench: &Bench<'_>, (name, document): &(Box<str>, &PolicyDocument), marks: &mut Marks) {
    for (rule, statement) in lint::broken_by(document.document(), &bench.names) {
        let about = Mark::statement(name, &statement);
        marks.add(Mark { rule: rule.into(), about, subject: "".into(), acting: false }, []);
    }
}

/// The policies of the buckets and principals of an extent, by the names that findings give them.
fn documents<'e>(estate: &'e Estate, extent: &Extent) -> Vec<(Box<str>, &'e PolicyDocument)> {
    let mut found = vec![];
    for name in &extent.buckets {
        let policy = estate.bucket(name).and_then(|(_, bucket)| bucket.policy.known()?.as_ref());
        found.extend(policy.map(|policy| (name.clone(), policy)));
    }
    for arn in &extent.principals {
        let Some(principal) = principal(estate, arn) else { continue };
        let identity = principal.identity_policies();
        let boundary = principal.boundary().known().copied().flatten();
        let all = identity.known().into_iter().flatten().copied().chain(boundary);
        found.extend(all.map(|(name, policy)| (Box::from(name), policy)));
    }
    found
}
