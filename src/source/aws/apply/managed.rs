//! Managed policies: a new one, or a new version that is in force, and back.

use aws_sdk_iam::config::Builder;
use aws_sdk_iam::types::PolicyVersion;
use aws_smithy_types::retry::RetryConfig;

use super::super::answer::{document, items, text};
use super::super::api;
use super::super::iam::client;
use super::super::refusal::Refusal;
use super::error::Problem;
use super::journal::{Line, Traces};
use super::place::{Found, Place, Whole};
use super::record::Record;
use crate::estate::Content;
use crate::iam::Arn;

const NONE: [&str; 1] = ["NoSuchEntity"];

/// "A managed policy can have up to five versions." (IAM User Guide, access_policies_managed-versioning)
const MOST_VERSIONS: usize = 5;

pub(super) async fn read(place: &Place<'_>, arn: &str) -> Result<Found, Problem> {
    let iam = client(place.session);
    let answer = place.ask(api::GET_POLICY, &NONE, iam.get_policy().policy_arn(arn).send()).await?;
    let Some(answer) = answer else { return Ok(Found::default()) };
    let lacks = |member| Problem::refused(api::GET_POLICY, Refusal::lacks(member));
    let policy = answer.policy().ok_or_else(|| lacks("Policy"))?;
    let id = policy.default_version_id().ok_or_else(|| lacks("DefaultVersionId"))?;
    let content = Some(Content::new(&version_text(place, arn, id).await?));
    Ok(Found { content, whole: Whole::Version(id.into()) })
}

async fn version_text(place: &Place<'_>, arn: &str, id: &str) -> Result<String, Problem> {
    let request = client(place.session).get_policy_version().policy_arn(arn).version_id(id);
    let answer = place.call(api::GET_POLICY_VERSION, request.send()).await?;
    let version = answer.policy_version().ok_or_else(|| Refusal::lacks("PolicyVersion"));
    let policy = version.and_then(|version| document(&text(version.document(), "Document")?));
    policy
        .map(|policy| policy.text().to_owned())
        .map_err(|refusal| Problem::refused(api::GET_POLICY_VERSION, refusal))
}

/// Whether palisade makes such a change of a managed policy.
pub(super) fn check(arn: &str, found: &Found, to: Option<&Content>) -> Result<(), Problem> {
    match to {
        // What it grants ends where it is detached; its versions, its tags and its id would not come back.
        None => Err(Problem::impossible("palisade detaches managed policies, and removes none")),
        Some(_) if found.content.is_none() => path_and_name(arn).map(drop),
        Some(_) => Ok(()),
    }
}

fn path_and_name(arn: &str) -> Result<(&str, &str), Problem> {
    let resource = Arn::parse(arn).map(|arn| arn.resource);
    let path_and_name = resource.and_then(|resource| resource.strip_prefix("policy")?.rsplit_once('/'));
    path_and_name.ok_or_else(|| Problem::impossible(format!("{arn} is no managed policy")))
}

/// Makes the policy, or a version of it that is in force.
pub(super) async fn write(
    place: &Place<'_>,
    arn: &str,
    (found, to): (&Found, Option<&Content>),
    record: &mut Record<'_>,
) -> Result<(), Problem> {
    check(arn, found, to)?;
    let policy = to.map(Content::text).unwrap_or_default();
    let iam = client(place.session);
    let Whole::Version(id) = &found.whole else {
        let (path, name) = path_and_name(arn)?;
        let request = iam.create_policy().policy_name(name).path(format!("{path}/")).policy_document(policy);
        return place.call(api::CREATE_POLICY, request.send()).await.map(drop);
    };
    record.add(|edit| Line::Default { edit, version: id.clone() })?;
    make_room(place, arn, id, record).await?;
    let request = iam.create_policy_version().policy_arn(arn).policy_document(policy).set_as_default(true);
    // Not tried again: if an answer is lost, there would be two new versions.
    let once = Builder::new().retry_config(RetryConfig::disabled());
    let answer =
        place.call(api::CREATE_POLICY_VERSION, request.customize().config_override(once).send()).await?;
    let made = answer.policy_version().and_then(PolicyVersion::version_id);
    let made =
        text(made, "VersionId").map_err(|refusal| Problem::refused(api::CREATE_POLICY_VERSION, refusal))?;
    record.add(|edit| Line::Version { edit, version: made.clone() })
}

/// "If you want to create a new version of a managed policy that already has five versions, you must first delete": the oldest that
/// is not in force goes, and its text is kept in the record. (IAM User Guide, access_policies_managed-versioning)
async fn make_room(
    place: &Place<'_>,
    arn: &str,
    in_force: &str,
    record: &mut Record<'_>,
) -> Result<(), Problem> {
    let stream = client(place.session).list_policy_versions().policy_arn(arn).into_paginator().send();
    let versions = items(place.session, stream, "Versions", |page| page.versions).await;
    let versions = versions.map_err(|refusal| Problem::refused(api::LIST_POLICY_VERSIONS, refusal))?;
    if versions.len() < MOST_VERSIONS {
        return Ok(());
    }
    // They are numbered as they are made, v1, v2, ...
    let number = |id: &str| id.strip_prefix('v').and_then(|number| number.parse::<u64>().ok());
    let others =
        versions.iter().filter(|version| !version.is_default_version()).filter_map(PolicyVersion::version_id);
    let oldest = others.filter(|id| *id != in_force).min_by_key(|id| number(id).unwrap_or(u64::MAX));
    let Some(oldest) = oldest else { return Ok(()) };
    let document = version_text(place, arn, oldest).await?;
    record.add(|edit| Line::Removed { edit, version: oldest.into(), document: document.as_str().into() })?;
    delete_version(place, arn, oldest).await
}

async fn delete_version(place: &Place<'_>, arn: &str, id: &str) -> Result<(), Problem> {
    let request = client(place.session).delete_policy_version().policy_arn(arn).version_id(id);
    place.remove(api::DELETE_POLICY_VERSION, request.send()).await
}

/// Puts the version in force that was in force before, and removes the new one; or the policy, if it is new.
pub(super) async fn undo(
    place: &Place<'_>,
    arn: &str,
    found: &Found,
    traces: &Traces,
) -> Result<(), Problem> {
    let iam = client(place.session);
    let Whole::Version(in_force) = &found.whole else { return Ok(()) };
    if place.edit.before.is_none() {
        return place.remove(api::DELETE_POLICY, iam.delete_policy().policy_arn(arn).send()).await;
    }
    let unknown = || Problem::impossible("the journal does not say which version was in force before");
    let before = traces.default.as_ref().ok_or_else(unknown)?;
    let request = iam.set_default_policy_version().policy_arn(arn).version_id(&**before);
    place.call(api::SET_DEFAULT_VERSION, request.send()).await?;
    delete_version(place, arn, in_force).await
}

/// Removes what a rollback left that broke off between the two calls of [`undo`].
pub(super) async fn tidy(
    place: &Place<'_>,
    arn: &str,
    found: &Found,
    traces: &Traces,
) -> Result<(), Problem> {
    match (&found.whole, &traces.version) {
        (Whole::Version(in_force), Some(made)) if in_force != made => delete_version(place, arn, made).await,
        _ => Ok(()),
    }
}
