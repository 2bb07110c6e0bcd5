//! Users, groups and roles: their trust, their own policies, what is attached to them, and their boundaries.

use super::super::answer::{document, items, text};
use super::super::api::{self, Api};
use super::super::iam::client;
use super::super::refusal::Refusal;
use super::error::Problem;
use super::place::{Found, Place};
use crate::estate::Content;
use crate::iam::Arn;

const NONE: [&str; 1] = ["NoSuchEntity"];

/// Whom IAM names without an ARN.
enum Principal<'a> {
    User(&'a str),
    Group(&'a str),
    Role(&'a str),
}

/// The name is behind the last slash; before it is the path.
fn principal(arn: &str) -> Result<Principal<'_>, Problem> {
    let resource = Arn::parse(arn).map(|arn| arn.resource);
    match resource.and_then(|resource| Some((resource.split_once('/')?.0, resource.rsplit_once('/')?.1))) {
        Some(("user", name)) => Ok(Principal::User(name)),
        Some(("group", name)) => Ok(Principal::Group(name)),
        Some(("role", name)) => Ok(Principal::Role(name)),
        _ => Err(Problem::impossible(format!("{arn} is no user, group or role"))),
    }
}

fn role(arn: &str) -> Result<&str, Problem> {
    match principal(arn)? {
        Principal::Role(name) => Ok(name),
        _ => Err(Problem::impossible(format!("{arn} is no role"))),
    }
}

pub(super) async fn read_trust(place: &Place<'_>, arn: &str) -> Result<Found, Problem> {
    let answer =
        place.call(api::GET_ROLE, client(place.session).get_role().role_name(role(arn)?).send()).await?;
    let role = answer.role().ok_or_else(|| Refusal::lacks("Role"));
    let policy = role
        .and_then(|role| document(&text(role.assume_role_policy_document(), "AssumeRolePolicyDocument")?));
    Found::document(api::GET_ROLE, Some(policy))
}

pub(super) async fn write_trust(place: &Place<'_>, arn: &str, to: Option<&Content>) -> Result<(), Problem> {
    let policy = to.ok_or_else(|| Problem::impossible("there is no role without a trust policy"))?;
    let request = client(place.session).update_assume_role_policy().role_name(role(arn)?);
    let request = request.policy_document(policy.text());
    place.call(api::UPDATE_TRUST_POLICY, request.send()).await.map(drop)
}

pub(super) async fn read_inline(place: &Place<'_>, arn: &str, name: &str) -> Result<Found, Problem> {
    let iam = client(place.session);
    macro_rules! ask {
        ($api:ident, $request:expr) => {{
            let answer = place.ask(api::$api, &NONE, $request.policy_name(name).send()).await?;
            let policy =
                answer.map(|answer| document(&text(Some(answer.policy_document()), "PolicyDocument")?));
            Found::document(api::$api, policy)
        }};
    }
    match principal(arn)? {
        Principal::User(user) => ask!(GET_USER_POLICY, iam.get_user_policy().user_name(user)),
        Principal::Group(group) => ask!(GET_GROUP_POLICY, iam.get_group_policy().group_name(group)),
        Principal::Role(role) => ask!(GET_ROLE_POLICY, iam.get_role_policy().role_name(role)),
    }
}

pub(super) async fn write_inline(
    place: &Place<'_>,
    arn: &str,
    name: &str,
    to: Option<&Content>,
) -> Result<(), Problem> {
    let iam = client(place.session);
    macro_rules! send {
        ($api:ident, $request:expr) => {
            place.call(api::$api, $request.policy_name(name).send()).await.map(drop)
        };
    }
    macro_rules! remove {
        ($api:ident, $request:expr) => {
            place.remove(api::$api, $request.policy_name(name).send()).await
        };
    }
    match (principal(arn)?, to.map(Content::text)) {
        (Principal::User(user), Some(policy)) => {
            send!(PUT_USER_POLICY, iam.put_user_policy().user_name(user).policy_document(policy))
        }
        (Principal::Group(group), Some(policy)) => {
            send!(PUT_GROUP_POLICY, iam.put_group_policy().group_name(group).policy_document(policy))
        }
        (Principal::Role(role), Some(policy)) => {
            send!(PUT_ROLE_POLICY, iam.put_role_policy().role_name(role).policy_document(policy))
        }
        (Principal::User(user), None) => {
            remove!(DELETE_USER_POLICY, iam.delete_user_policy().user_name(user))
        }
        (Principal::Group(group), None) => {
            remove!(DELETE_GROUP_POLICY, iam.delete_group_policy().group_name(group))
        }
        (Principal::Role(role), None) => {
            remove!(DELETE_ROLE_POLICY, iam.delete_role_policy().role_name(role))
        }
    }
}

pub(super) async fn read_attached(place: &Place<'_>, arn: &str, policy: &str) -> Result<Found, Problem> {
    let iam = client(place.session);
    macro_rules! list {
        ($api:ident, $request:expr) => {{
            let stream = $request.into_paginator().send();
            let pages = items(place.session, stream, "AttachedPolicies", |page| page.attached_policies);
            pages.await.map_err(|refusal| Problem::refused(api::$api, refusal))?
        }};
    }
    let attached = match principal(arn)? {
        Principal::User(user) => list!(LIST_ATTACHED_USER, iam.list_attached_user_policies().user_name(user)),
        Principal::Group(group) => {
            list!(LIST_ATTACHED_GROUP, iam.list_attached_group_policies().group_name(group))
        }
        Principal::Role(role) => list!(LIST_ATTACHED_ROLE, iam.list_attached_role_policies().role_name(role)),
    };
    let is_attached = attached.iter().any(|attached| attached.policy_arn() == Some(policy));
    Ok(Found::policy_arn(is_attached.then_some(policy)))
}

pub(super) async fn write_attached(
    place: &Place<'_>,
    arn: &str,
    policy: &str,
    to: Option<&Content>,
) -> Result<(), Problem> {
    let iam = client(place.session);
    macro_rules! send {
        ($api:ident, $request:expr) => {
            place.call(api::$api, $request.policy_arn(policy).send()).await.map(drop)
        };
    }
    macro_rules! remove {
        ($api:ident, $request:expr) => {
            place.remove(api::$api, $request.policy_arn(policy).send()).await
        };
    }
    match (principal(arn)?, to.is_some()) {
        (Principal::User(user), true) => send!(ATTACH_USER_POLICY, iam.attach_user_policy().user_name(user)),
        (Principal::User(user), false) => {
            remove!(DETACH_USER_POLICY, iam.detach_user_policy().user_name(user))
        }
        (Principal::Group(group), true) => {
            send!(ATTACH_GROUP_POLICY, iam.attach_group_policy().group_name(group))
        }
        (Principal::Group(group), false) => {
            remove!(DETACH_GROUP_POLICY, iam.detach_group_policy().group_name(group))
        }
        (Principal::Role(role), true) => send!(ATTACH_ROLE_POLICY, iam.attach_role_policy().role_name(role)),
        (Principal::Role(role), false) => {
            remove!(DETACH_ROLE_POLICY, iam.detach_role_policy().role_name(role))
        }
    }
}

pub(super) async fn read_boundary(place: &Place<'_>, arn: &str) -> Result<Found, Problem> {
    let iam = client(place.session);
    let lacks = |api: Api, member| Problem::refused(api, Refusal::lacks(member));
    match principal(arn)? {
        Principal::User(name) => {
            let answer = place.call(api::GET_USER, iam.get_user().user_name(name).send()).await?;
            let user = answer.user().ok_or_else(|| lacks(api::GET_USER, "User"))?;
            let boundary = user.permissions_boundary();
            Ok(Found::policy_arn(boundary.and_then(|boundary| boundary.permissions_boundary_arn())))
        }
        Principal::Role(name) => {
            let answer = place.call(api::GET_ROLE, iam.get_role().role_name(name).send()).await?;
            let role = answer.role().ok_or_else(|| lacks(api::GET_ROLE, "Role"))?;
            let boundary = role.permissions_boundary();
            Ok(Found::policy_arn(boundary.and_then(|boundary| boundary.permissions_boundary_arn())))
        }
        Principal::Group(_) => Err(no_boundary(arn)),
    }
}

pub(super) async fn write_boundary(
    place: &Place<'_>,
    arn: &str,
    to: Option<&Content>,
) -> Result<(), Problem> {
    let iam = client(place.session);
    match (principal(arn)?, to.map(policy_arn).transpose()?.as_deref()) {
        (Principal::User(name), Some(policy)) => {
            let request = iam.put_user_permissions_boundary().user_name(name).permissions_boundary(policy);
            place.call(api::PUT_USER_BOUNDARY, request.send()).await.map(drop)
        }
        (Principal::User(name), None) => {
            let request = iam.delete_user_permissions_boundary().user_name(name);
            place.remove(api::DELETE_USER_BOUNDARY, request.send()).await
        }
        (Principal::Role(name), Some(policy)) => {
            let request = iam.put_role_permissions_boundary().role_name(name).permissions_boundary(policy);
            place.call(api::PUT_ROLE_BOUNDARY, request.send()).await.map(drop)
        }
        (Principal::Role(name), None) => {
            let request = iam.delete_role_permissions_boundary().role_name(name);
            place.remove(api::DELETE_ROLE_BOUNDARY, request.send()).await
        }
        (Principal::Group(_), _) => Err(no_boundary(arn)),
    }
}

/// The ARN of a policy that a content is.
pub(super) fn policy_arn(content: &Content) -> Result<String, Problem> {
    let arn = serde_json::from_str::<String>(content.text());
    arn.map_err(|_| Problem::impossible(format!("{} is no policy's ARN", content.text())))
}

/// "You can set a permissions boundary for an IAM entity (user or role)". (IAM User Guide, access_policies_boundaries)
fn no_boundary(arn: &str) -> Problem {
    Problem::impossible(format!("{arn} is a group, and groups have no permissions boundary"))
}
