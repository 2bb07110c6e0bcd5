//! IAM: users, groups, roles and managed policies.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Page;
use aws_sdk_iam::types;
use futures_util::future::join_all;

use super::answer::{document, moment, pages, text};
use super::api;
use super::client::retry_partition;
use super::notes::Notes;
use super::refusal::Refusal;
use super::session::Session;
use crate::estate::{
    AttachedPolicy, AuthorizationDetails, Fact, Group, InlinePolicy, List, ManagedPolicy,
    PermissionsBoundary, PolicyVersion, Role, Tag, Unread, User,
};

/// Reads what is not known yet: all of it, or the policies that are named and missing.
pub(super) async fn authorization_details(
    session: &Session,
    known: Fact<Arc<AuthorizationDetails>>,
    notes: &Notes,
) -> Fact<Arc<AuthorizationDetails>> {
    let client = client(session);
    let mut details = match known {
        Fact::Known(details) => details,
        Fact::Unread(_) => {
            let answer = whole(session, &client).await;
            match notes.fact(api::GET_AUTHORIZATION_DETAILS, &session.account.to_string(), answer) {
                Fact::Known(details) => Arc::new(details),
                Fact::Unread(why) => return Fact::Unread(why),
            }
        }
    };
    let missing = missing(&details);
    let found = join_all(missing.iter().map(|arn| managed_policy(session, &client, arn, notes))).await;
    if let Some(policies) = Arc::make_mut(&mut details).policies.known_mut() {
        found.into_iter().flatten().for_each(|policy| policies.push(policy));
    }
    Fact::Known(details)
}

pub(super) fn client(session: &Session) -> Client {
    let builder = aws_sdk_iam::config::Builder::from(&session.config);
    Client::from_conf(builder.retry_partition(retry_partition()).build())
}

async fn whole(session: &Session, client: &Client) -> Result<AuthorizationDetails, Refusal> {
    let stream = client.get_account_authorization_details().into_paginator().send();
    let pages = pages(session, stream).await?;
    let (mut users, mut groups, mut roles, mut policies) = (vec![], vec![], vec![], vec![]);
    // "IsTruncated [...] you can make a subsequent pagination request using the Marker"; the paginator ends without one.
    if pages.last().is_none_or(|page| page.is_truncated) {
        return Err(Refusal::lacks("the Marker of the next page"));
    }
    for page in pages {
        let Page { user_detail_list, group_detail_list, role_detail_list, policies: managed, .. } = page;
        if [
            user_detail_list.is_none(),
            group_detail_list.is_none(),
            role_detail_list.is_none(),
            managed.is_none(),
        ] == [true; 4]
        {
            return Err(Refusal::lacks("every list"));
        }
        users.extend(each(user_detail_list, user)?);
        groups.extend(each(group_detail_list, group)?);
        roles.extend(each(role_detail_list, role)?);
        policies.extend(each(managed, managed_policy_detail)?);
    }
    Ok(AuthorizationDetails {
        user_detail_list: Fact::Known(List::from(users)),
        group_detail_list: Fact::Known(List::from(groups)),
        role_detail_list: Fact::Known(List::from(roles)),
        policies: Fact::Known(List::from(policies)),
    })
}

/// Each of the items that there are.
fn each<T, U>(items: Option<Vec<T>>, evidence: impl Fn(T) -> Result<U, Refusal>) -> Result<Vec<U>, Refusal> {
    items.unwrap_or_default().into_iter().map(evidence).collect()
}

/// A list that AWS sends even where it is empty.
fn listed<T, U>(
    items: Option<Vec<T>>,
    evidence: impl Fn(T) -> Result<U, Refusal>,
) -> Result<Fact<Vec<U>>, Refusal> {
    match items {
        None => Ok(Fact::Unread(Unread::Missing)),
        items => each(items, evidence).map(Fact::Known),
    }
}

fn user(user: types::UserDetail) -> Result<User, Refusal> {
    Ok(User {
        path: text(user.path(), "Path")?,
        user_name: text(user.user_name(), "UserName")?,
        user_id: text(user.user_id(), "UserId")?,
        arn: text(user.arn(), "Arn")?,
        create_date: user.create_date().and_then(moment),
        permissions_boundary: user.permissions_boundary().map(boundary).transpose()?,
        user_policy_list: each(user.user_policy_list, inline)?,
        group_list: listed(user.group_list, |name| Ok(name.into()))?,
        attached_managed_policies: listed(user.attached_managed_policies, attached)?,
        tags: each(user.tags, tag)?,
    })
}

fn group(group: types::GroupDetail) -> Result<Group, Refusal> {
    Ok(Group {
        path: text(group.path(), "Path")?,
        group_name: text(group.group_name(), "GroupName")?,
        group_id: text(group.group_id(), "GroupId")?,
        arn: text(group.arn(), "Arn")?,
        create_date: group.create_date().and_then(moment),
        group_policy_list: listed(group.group_policy_list, inline)?,
        attached_managed_policies: listed(group.attached_managed_policies, attached)?,
    })
}

fn role(role: types::RoleDetail) -> Result<Role, Refusal> {
    let trust = text(role.assume_role_policy_document(), "AssumeRolePolicyDocument")?;
    Ok(Role {
        path: text(role.path(), "Path")?,
        role_name: text(role.role_name(), "RoleName")?,
        role_id: text(role.role_id(), "RoleId")?,
        arn: text(role.arn(), "Arn")?,
        create_date: role.create_date().and_then(moment),
        assume_role_policy_document: Fact::Known(document(&trust)?),
        permissions_boundary: role.permissions_boundary().map(boundary).transpose()?,
        role_policy_list: listed(role.role_policy_list, inline)?,
        attached_managed_policies: listed(role.attached_managed_policies, attached)?,
        tags: each(role.tags, tag)?,
    })
}

fn managed_policy_detail(policy: types::ManagedPolicyDetail) -> Result<ManagedPolicy, Refusal> {
    Ok(ManagedPolicy {
        policy_name: policy.policy_name().unwrap_or_default().into(),
        arn: text(policy.arn(), "Arn")?,
        path: policy.path().unwrap_or_default().into(),
        default_version_id: Some(text(policy.default_version_id(), "DefaultVersionId")?),
        policy_version_list: each(policy.policy_version_list, |version| self::version(&version))?,
    })
}

fn version(version: &types::PolicyVersion) -> Result<PolicyVersion, Refusal> {
    Ok(PolicyVersion {
        document: document(&text(version.document(), "Document")?)?,
        version_id: text(version.version_id(), "VersionId")?,
        is_default_version: version.is_default_version(),
    })
}

fn inline(policy: types::PolicyDetail) -> Result<InlinePolicy, Refusal> {
    Ok(InlinePolicy {
        policy_name: text(policy.policy_name, "PolicyName")?,
        policy_document: document(&text(policy.policy_document, "PolicyDocument")?)?,
    })
}

fn attached(policy: types::AttachedPolicy) -> Result<AttachedPolicy, Refusal> {
    Ok(AttachedPolicy {
        policy_name: policy.policy_name.unwrap_or_default().into(),
        policy_arn: text(policy.policy_arn, "PolicyArn")?,
    })
}

fn boundary(boundary: &types::AttachedPermissionsBoundary) -> Result<PermissionsBoundary, Refusal> {
    let kind = boundary.permissions_boundary_type().map_or("", |kind| kind.as_str());
    Ok(PermissionsBoundary {
        permissions_boundary_type: kind.into(),
        permissions_boundary_arn: text(boundary.permissions_boundary_arn(), "PermissionsBoundaryArn")?,
    })
}

fn tag(tag: types::Tag) -> Result<Tag, Refusal> {
    Ok(Tag { key: text(Some(tag.key), "Key")?, value: tag.value.into() })
}

/// The managed policies that are attached or a boundary, and are not among the details.
fn missing(details: &AuthorizationDetails) -> BTreeSet<Box<str>> {
    let users = details.user_detail_list.known().into_iter().flat_map(|list| list.iter());
    let groups = details.group_detail_list.known().into_iter().flat_map(|list| list.iter());
    let roles = details.role_detail_list.known().into_iter().flat_map(|list| list.iter());
    let boundaries = users
        .clone()
        .map(|user| &user.permissions_boundary)
        .chain(roles.clone().map(|role| &role.permissions_boundary))
        .flatten()
        .map(|boundary| &boundary.permissions_boundary_arn);
    let attached = users
        .map(|user| &user.attached_managed_policies)
        .chain(groups.map(|group| &group.attached_managed_policies))
        .chain(roles.map(|role| &role.attached_managed_policies))
        .filter_map(Fact::known)
        .flatten()
        .map(|policy| &policy.policy_arn);
    let mut named: BTreeSet<Box<str>> = attached.chain(boundaries).cloned().collect();
    for policy in details.policies.known().into_iter().flat_map(|list| list.iter()) {
        named.remove(&policy.arn);
    }
    named
}

/// A managed policy in the version that is in force.
async fn managed_policy(
    session: &Session,
    client: &Client,
    arn: &str,
    notes: &Notes,
) -> Option<ManagedPolicy> {
    let policy = session.call(client.get_policy().policy_arn(arn).send()).await;
    let policy = policy.and_then(|answer| answer.policy.ok_or_else(|| Refusal::lacks("Policy")));
    let policy = notes.fact(api::GET_POLICY, arn, policy);
    let policy = policy.known()?;
    let id = text(policy.default_version_id(), "DefaultVersionId");
    let id = notes.fact(api::GET_POLICY, arn, id);
    let id = id.known()?;
    let answer = session.call(client.get_policy_version().policy_arn(arn).version_id(&**id).send()).await;
    let in_force = answer
        .and_then(|answer| version(answer.policy_version().ok_or_else(|| Refusal::lacks("PolicyVersion"))?));
    let in_force = notes.fact(api::GET_POLICY_VERSION, arn, in_force);
    Some(ManagedPolicy {
        policy_name: policy.policy_name().unwrap_or_default().into(),
        arn: arn.into(),
        path: policy.path().unwrap_or_default().into(),
        default_version_id: Some(id.clone()),
        policy_version_list: vec![in_force.known()?.clone()],
    })
}
