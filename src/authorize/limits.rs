//! The layers that grant nothing and only limit: each says what it lets pass, and what it denies.

use super::caller::{Caller, Identity, Naming, naming};
use super::law::{Question, Side, layer};
use super::reading::{Proposition, Reading};
use super::services::supports_resource_control_policies;
use super::stack::{Layer, PolicyStack};
use crate::iam::Effect;

/// The boundary of a user or role; nobody else has one.
pub(super) fn boundary<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    caller: &Caller,
) -> Side<R::Prop> {
    match stack.boundary.as_deref() {
        Some(policies) if is_limited(caller) => layer(reading, Layer::PermissionBoundaryPolicies, policies),
        _ => Side { allow: reading.always(), deny: reading.never() },
    }
}

/// The policies that a session was made with.
///
/// "If you do not pass a session policy, the resulting federated user session has no permissions", unless a resource policy
/// names the session. (STS API Reference, GetFederationToken)
pub(super) fn session<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    caller: &Caller,
) -> Side<R::Prop> {
    match stack.session.as_deref() {
        Some(policies) if is_limited(caller) => layer(reading, Layer::SessionPolicy, policies),
        _ => {
            let federated = matches!(caller, Caller::Account { identity: Identity::FederatedUser(_), .. });
            Side { allow: reading.constant(!federated), deny: reading.never() }
        }
    }
}

/// Whether boundaries and session policies bear on a caller: the root user, AWS services and anonymous callers have none.
fn is_limited(caller: &Caller) -> bool {
    caller.account().is_some() && !caller.is_root()
}

/// "For a permission to be allowed for a specific account, there must be an explicit Allow statement at every level from the
/// root through each OU in the direct path to the account (including the target account itself). [...] SCPs don't affect
/// users or roles in the management account [or] any service-linked role."
/// (Organizations User Guide, orgs_manage_policies_scps_evaluation and orgs_manage_policies_scps)
pub(super) fn service_control<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    caller: &Caller,
) -> Side<R::Prop> {
    let mut side = Side { allow: reading.always(), deny: reading.never() };
    let management = caller.account().is_none_or(|account| stack.management_account == Some(account));
    if management || caller.is_service_linked() {
        return side;
    }
    for policies in &stack.service_control {
        let level = layer(reading, Layer::ServiceControlPolicies, policies);
        side.allow = reading.and(&side.allow, &level.allow);
        side.deny.widen(&level.deny);
    }
    side
}

/// "RCPFullAWSAccess is automatically attached to every entity [...] and can't be detached": only Denies count. "RCPs don't
/// affect resources in the management account [nor] calls made by service-linked roles." "RCPs also do not impact AWS services'
/// ability to assume a service-linked role." (Organizations User Guide, orgs_manage_policies_rcps)
pub(super) fn resource_control<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    question: Question<'_>,
) -> Side<R::Prop> {
    let mut side = Side { allow: reading.always(), deny: reading.never() };
    let assumes_service_linked = matches!(question.caller, Caller::Service(_))
        && question.resource.contains(":role/aws-service-role/");
    if stack.management_account == Some(question.resource_account)
        || question.caller.is_service_linked()
        || assumes_service_linked
        || !supports_resource_control_policies(question.service)
    {
        return side;
    }
    for policy in stack.resource_control.iter().flatten() {
        for statement in
            policy.document.statements.iter().filter(|statement| statement.effect == Effect::Deny)
        {
            let (named, _) = naming(statement, question.caller, stack.canonical_id, stack.boundary.is_some());
            if named != Naming::Not {
                let applies = reading.applies(Layer::ResourceControlPolicies, *policy, statement);
                side.deny.widen(&applies);
            }
        }
    }
    // "You can't use RCPs to restrict [...] kms:RetireGrant."
    let exempt = reading.is_action(&["kms:retiregrant"]);
    let bound = reading.not(&exempt);
    side.deny = reading.and(&side.deny, &bound);
    side
}

/// "An endpoint policy is a resource-based policy that you attach to a VPC endpoint": a request that passes the endpoint needs
/// an Allow there too. (VPC User Guide, vpc-endpoints-access)
pub(super) fn endpoint<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    caller: &Caller,
) -> Side<R::Prop> {
    let Some(policies) = &stack.endpoint else {
        return Side { allow: reading.always(), deny: reading.never() };
    };
    let mut side = Side { allow: reading.never(), deny: reading.never() };
    for policy in policies {
        for statement in &policy.document.statements {
            let (named, _) = naming(statement, caller, stack.canonical_id, stack.boundary.is_some());
            if named == Naming::Not {
                continue;
            }
            let applies = reading.applies(Layer::VpcEndpointPolicies, *policy, statement);
            match statement.effect {
                Effect::Allow => side.allow.widen(&applies),
                Effect::Deny => side.deny.widen(&applies),
            }
        }
    }
    side
}

/// What Block Public Access leaves.
///
/// "RestrictPublicBuckets [...] restricts access to an access point or bucket with a public policy to only AWS service principals
/// and authorized users within the bucket owner's account and access point owner's account." "BlockPublicAcls: PUT Bucket ACL
/// and PUT Object ACL calls fail if the specified ACL is public; PUT Object calls fail if the request includes a public ACL."
/// (S3 User Guide, access-control-block-public-access)
pub(super) fn unrestricted<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    question: Question<'_>,
) -> R::Prop {
    if question.service != "s3" {
        return reading.always();
    }
    let caller = question.caller;
    let at_home = caller.account().is_some_and(|account| {
        account == question.resource_account
            || stack.access_point.is_some_and(|point| account == point.account)
    });
    let open = reading.constant(!stack.restricted || at_home || matches!(caller, Caller::Service(_)));
    if !stack.blocks_public_acls {
        return open;
    }
    let public = reading.writes_public_acl();
    let private = reading.not(&public);
    reading.and(&open, &private)
}
