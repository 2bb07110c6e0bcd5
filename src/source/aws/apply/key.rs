//! Keys: a new one with its alias, the policies of those that are there, and the end of a new one.

use aws_sdk_kms::config::Builder;
use aws_sdk_kms::types::{KeyMetadata, KeyState};
use aws_smithy_types::retry::RetryConfig;

use super::super::answer::{document, items, text};
use super::super::api;
use super::super::refusal::Refusal;
use super::compare;
use super::error::Problem;
use super::journal::{Line, Traces};
use super::place::{Found, Place};
use super::record::Record;
use crate::estate::Content;

const NONE: [&str; 1] = ["NotFoundException"];

/// "The waiting period [...] between 7 and 30 days". (KMS API Reference, ScheduleKeyDeletion)
const DAYS: i32 = 7;

/// The policy of the key behind an alias.
pub(super) async fn read_alias(place: &Place<'_>, alias: &str) -> Result<Found, Problem> {
    match described(place, alias).await? {
        Some(key) => read_policy(place, key.arn().unwrap_or(alias)).await,
        None => Ok(Found::default()),
    }
}

/// What is known of a key by its ARN or alias, if there is one.
async fn described(place: &Place<'_>, key: &str) -> Result<Option<KeyMetadata>, Problem> {
    let request = place.session.kms(&place.region).describe_key().key_id(key);
    let Some(answer) = place.ask(api::DESCRIBE_KEY, &NONE, request.send()).await? else { return Ok(None) };
    let metadata = answer.key_metadata.ok_or_else(|| Refusal::lacks("KeyMetadata"));
    metadata.map(Some).map_err(|refusal| Problem::refused(api::DESCRIBE_KEY, refusal))
}

pub(super) async fn read_policy(place: &Place<'_>, key: &str) -> Result<Found, Problem> {
    let request = place.session.kms(&place.region).get_key_policy().key_id(key).policy_name("default");
    let answer = place.call(api::GET_KEY_POLICY, request.send()).await?;
    Found::document(
        api::GET_KEY_POLICY,
        Some(text(answer.policy, "Policy").and_then(|policy| document(&policy))),
    )
}

pub(super) async fn write_policy(place: &Place<'_>, key: &str, to: Option<&Content>) -> Result<(), Problem> {
    let policy = to.ok_or_else(|| Problem::impossible("there is no key without a key policy"))?;
    let request = place.session.kms(&place.region).put_key_policy().key_id(key).policy_name("default");
    place.call(api::PUT_KEY_POLICY, request.policy(policy.text()).send()).await.map(drop)
}

/// Makes a key and its alias. `made_at` is the moment of the bundle, by which the key is found if its ARN could not be recorded.
pub(super) async fn create(
    place: &Place<'_>,
    alias: &str,
    (to, made_at): (Option<&Content>, &str),
    record: &mut Record<'_>,
) -> Result<(), Problem> {
    let policy = to.ok_or_else(|| Problem::impossible("no key is made without a policy"))?;
    let kms = place.session.kms(&place.region);
    let request = kms.create_key().policy(policy.text()).description(description(alias, made_at));
    // Not tried again: if an answer is lost, there would be two keys.
    let once = Builder::new().retry_config(RetryConfig::disabled());
    let answer = place.call(api::CREATE_KEY, request.customize().config_override(once).send()).await?;
    let arn = text(answer.key_metadata.as_ref().and_then(KeyMetadata::arn), "KeyMetadata.Arn");
    let arn = arn.map_err(|refusal| Problem::refused(api::CREATE_KEY, refusal))?;
    record.add(|edit| Line::Key { edit, arn: arn.clone() })?;
    let request = kms.create_alias().alias_name(alias).target_key_id(&*arn);
    place.call(api::CREATE_ALIAS, request.send()).await.map(drop)
}

fn description(alias: &str, made_at: &str) -> String {
    format!("made by palisade as {alias} at {made_at}")
}

/// Takes the alias away and schedules the key's end. Whether there was anything to do.
pub(super) async fn undo(
    place: &Place<'_>,
    alias: &str,
    traces: &Traces,
    made_at: &str,
) -> Result<bool, Problem> {
    let mut keys = traces.keys.clone();
    if keys.is_empty() {
        keys = by_description(place, &description(alias, made_at)).await?;
    }
    let mut undone = false;
    for key in keys {
        undone |= end(place, alias, &key).await?;
    }
    Ok(undone)
}

async fn end(place: &Place<'_>, alias: &str, key: &str) -> Result<bool, Problem> {
    let Some(metadata) = described(place, key).await? else { return Ok(false) };
    if metadata.key_state() == Some(&KeyState::PendingDeletion) {
        return Ok(false);
    }
    let found = read_policy(place, key).await?;
    if !compare::is(&place.edit.target, found.content.as_ref(), place.edit.after.as_ref()) {
        return Err(super::changed(place.edit.after.as_ref(), &found, "applied"));
    }
    let kms = place.session.kms(&place.region);
    let named = described(place, alias).await?;
    if named.is_some_and(|named| named.arn() == Some(key)) {
        place.remove(api::DELETE_ALIAS, kms.delete_alias().alias_name(alias).send()).await?;
    }
    let request = kms.schedule_key_deletion().key_id(key).pending_window_in_days(DAYS);
    place.call(api::SCHEDULE_KEY_DELETION, request.send()).await?;
    Ok(true)
}

/// The keys with this description. One that may not be described is not one that palisade made.
async fn by_description(place: &Place<'_>, description: &str) -> Result<Vec<Box<str>>, Problem> {
    let stream = place.session.kms(&place.region).list_keys().into_paginator().send();
    let keys = items(place.session, stream, "Keys", |page| page.keys).await;
    let keys = keys.map_err(|refusal| Problem::refused(api::LIST_KEYS, refusal))?;
    let mut found = vec![];
    for arn in keys.iter().filter_map(|key| key.key_arn()) {
        match described(place, arn).await {
            Ok(Some(key)) if key.description() == Some(description) => found.push(arn.into()),
            Ok(_) => {}
            Err(Problem::Refused { code, .. }) if &*code == "AccessDeniedException" => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(found)
}
