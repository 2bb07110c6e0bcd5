//! S3 Access Grants: instances, the locations behind them, and who was granted what.

use aws_sdk_s3control::types;
use serde_json::Value;

use super::answer::{document, items, moment, object, text, text_value};
use super::api::{self, Api};
use super::notes::Notes;
use super::refusal::Refusal;
use super::region::everywhere;
use super::session::Session;
use crate::estate::{AccessGrants, AccessGrantsInstance, Fact, Unread};

/// The access grants of every region that has an instance. Where one of the lists is not told, none of it counts.
pub(super) async fn access_grants(
    session: &Session,
    regions: &[String],
    notes: &Notes,
) -> Fact<AccessGrants> {
    let kind = ("s3", "access-grants/*");
    let found = everywhere(session, regions, api::LIST_GRANTS_INSTANCES, kind, notes, async |region| {
        let instances = instances(session, region).await?;
        // "You can create one S3 Access Grants instance per AWS Region per account." Without it there are no grants to list.
        let mut found = vec![];
        for instance in instances {
            found.push(self::instance(session, region, instance, notes).await);
        }
        Ok(found)
    });
    let regions = match found.await {
        Fact::Known(regions) => regions,
        Fact::Unread(why) => return Fact::Unread(why),
    };
    let mut all = AccessGrants::default();
    for region in regions {
        let (instance, locations, grants) = match region {
            Ok(found) => found,
            Err(why) => return Fact::Unread(why),
        };
        all.instances.push(instance);
        all.locations.extend(locations);
        all.grants.extend(grants);
    }
    Fact::Known(all)
}

type Found = Result<(AccessGrantsInstance, Vec<Value>, Vec<Value>), Unread>;

async fn instances(session: &Session, region: &str) -> Result<Vec<AccessGrantsInstance>, Refusal> {
    let request = session.s3control(region).list_access_grants_instances();
    let stream = request.account_id(session.account.to_string()).into_paginator().send();
    let instances =
        items(session, stream, "AccessGrantsInstancesList", |page| page.access_grants_instances_list).await?;
    let instance = |instance: types::ListAccessGrantsInstanceEntry| {
        Ok(AccessGrantsInstance {
            access_grants_instance_id: instance.access_grants_instance_id.unwrap_or_default().into(),
            access_grants_instance_arn: text(instance.access_grants_instance_arn, "AccessGrantsInstanceArn")?,
            identity_center_instance_arn: instance.identity_center_instance_arn.map(Into::into),
            policy: Fact::default(),
        })
    };
    instances.into_iter().map(instance).collect()
}

async fn instance(session: &Session, region: &str, instance: AccessGrantsInstance, notes: &Notes) -> Found {
    let arn = &instance.access_grants_instance_arn;
    let (policy, locations, grants) = tokio::join!(
        policy(session, region, arn, notes),
        list(api::LIST_GRANTS_LOCATIONS, arn, notes, locations(session, region)),
        list(api::LIST_ACCESS_GRANTS, arn, notes, grants(session, region)),
    );
    Ok((AccessGrantsInstance { policy, ..instance }, locations?, grants?))
}

async fn list(
    api: Api,
    arn: &str,
    notes: &Notes,
    read: impl Future<Output = Result<Vec<Value>, Refusal>>,
) -> Result<Vec<Value>, Unread> {
    match notes.fact(api, arn, read.await) {
        Fact::Known(list) => Ok(list),
        Fact::Unread(why) => Err(why),
    }
}

async fn policy(
    session: &Session,
    region: &str,
    arn: &str,
    notes: &Notes,
) -> Fact<Option<crate::estate::PolicyDocument>> {
    let request = session.s3control(region).get_access_grants_instance_resource_policy();
    let policy = match session.call(request.account_id(session.account.to_string()).send()).await {
        Ok(answer) => text(answer.policy, "Policy").and_then(|policy| document(&policy)).map(Some),
        // The instance was listed a moment ago: what is not found is its policy.
        Err(refusal) if refusal.is_not_found() => Ok(None),
        Err(refusal) => Err(refusal),
    };
    notes.fact(api::GET_GRANTS_POLICY, arn, policy)
}

async fn locations(session: &Session, region: &str) -> Result<Vec<Value>, Refusal> {
    let request = session.s3control(region).list_access_grants_locations();
    let stream = request.account_id(session.account.to_string()).into_paginator().send();
    let locations =
        items(session, stream, "AccessGrantsLocationsList", |page| page.access_grants_locations_list).await?;
    let location = |location: types::ListAccessGrantsLocationsEntry| {
        Ok(object([
            ("CreatedAt", created(location.created_at.as_ref())),
            ("AccessGrantsLocationId", location.access_grants_location_id.map(Value::from)),
            ("AccessGrantsLocationArn", location.access_grants_location_arn.map(Value::from)),
            ("LocationScope", Some(text_value(location.location_scope, "LocationScope")?)),
            ("IAMRoleArn", location.iam_role_arn.map(Value::from)),
        ]))
    };
    locations.into_iter().map(location).collect()
}

async fn grants(session: &Session, region: &str) -> Result<Vec<Value>, Refusal> {
    let request = session.s3control(region).list_access_grants();
    let stream = request.account_id(session.account.to_string()).into_paginator().send();
    let grants = items(session, stream, "AccessGrantsList", |page| page.access_grants_list).await?;
    grants.into_iter().map(grant).collect()
}

fn grant(grant: types::ListAccessGrantEntry) -> Result<Value, Refusal> {
    let grantee = grant.grantee.ok_or_else(|| Refusal::lacks("Grantee"))?;
    let kind = grantee.grantee_type.as_ref().map(types::GranteeType::as_str);
    let grantee = object([
        ("GranteeType", kind.map(Value::from)),
        ("GranteeIdentifier", Some(text_value(grantee.grantee_identifier, "GranteeIdentifier")?)),
    ]);
    let configuration = grant.access_grants_location_configuration;
    let permission = grant.permission.as_ref().map(types::Permission::as_str);
    Ok(object([
        ("CreatedAt", created(grant.created_at.as_ref())),
        ("AccessGrantId", grant.access_grant_id.map(Value::from)),
        ("AccessGrantArn", grant.access_grant_arn.map(Value::from)),
        ("Grantee", Some(grantee)),
        ("Permission", Some(text_value(permission, "Permission")?)),
        ("AccessGrantsLocationId", grant.access_grants_location_id.map(Value::from)),
        (
            "AccessGrantsLocationConfiguration",
            configuration.map(|to| object([("S3SubPrefix", to.s3_sub_prefix.map(Value::from))])),
        ),
        ("GrantScope", Some(text_value(grant.grant_scope, "GrantScope")?)),
        ("ApplicationArn", grant.application_arn.map(Value::from)),
    ]))
}

fn created(at: Option<&aws_smithy_types::DateTime>) -> Option<Value> {
    at.and_then(moment).map(|at| Value::from(&*at))
}
