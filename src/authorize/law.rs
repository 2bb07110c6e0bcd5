//! AWS's policy evaluation logic.
//!
//! Written once, over any [`Reading`]: IAM User Guide, reference_policies_evaluation-logic.

use super::caller::{Caller, Identity, Naming, naming};
use super::reading::Reading;
use super::services::supports_resource_control_policies;
use super::stack::{Layer, Policy, PolicyStack};
use crate::estate::AccountId;
use crate::iam::Effect;

/// Who asks for what, as far as it is the same for every request that a reading speaks of.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who calls.
    pub caller: &'a Caller,
    /// The account that owns the resource.
    pub resource_account: AccountId,
    /// The action's service: `s3`, `kms`, `sts`.
    pub service: &'a str,
}

/// What the law says, and what each layer contributed.
#[derive(Debug, Clone)]
pub struct Verdict<P> {
    /// The request is allowed.
    pub allow: P,
    /// Some Deny applies.
    pub deny: P,
    /// Each layer that bears on the caller, with what it allows and denies.
    pub layers: Vec<(Layer, Side<P>)>,
}

/// What one layer allows and denies.
#[derive(Debug, Clone)]
pub struct Side<P> {
    /// An Allow applies, or the layer sets no limit.
    pub allow: P,
    /// A Deny applies.
    pub deny: P,
}

/// Decides: "By default, all requests are implicitly denied [...]. An explicit allow in an identity-based or resource-based
/// policy overrides this default. If a permissions boundary, SCP, RCP or session policy is present, it might override the
/// allow with an implicit deny. An explicit deny in any policy overrides any allows."
pub fn authorize<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    question: Question<'_>,
) -> Verdict<R::Prop> {
    let caller = question.caller;
    let identity = identity_side(reading, stack, caller);
    let boundary = ceiling(reading, Layer::PermissionBoundaryPolicies, stack.boundary.as_deref());
    let session = ceiling(reading, Layer::SessionPolicy, stack.session.as_deref());
    let service_control = service_control(reading, stack, caller);
    let resource_control = resource_control(reading, stack, question);
    let endpoint = endpoint(reading, stack, caller);
    let resource = resource(reading, stack, caller, question, stack.resource, Layer::ResourcePolicy);
    let access_point = access_point(reading, stack, caller, question);
    let unrestricted =
        reading.constant(!stack.restricted || owner_or_service(caller, question.resource_account));

    let from_identity = reading.all(&[&identity.allow, &boundary.allow, &session.allow]);
    // Through an access point "both the access point and the underlying bucket must permit the request"
    // (S3 User Guide, access-points-policies).
    let direct = reading.and(&resource.direct, &access_point.resource.direct);
    let itself = reading.and(&resource.itself, &access_point.resource.itself);
    // "If the resource-based policy grants permission to the ARN of the IAM user, or of the session, then an implicit deny in
    // a permissions boundary [or session policy] does not limit the permission [...]; to the ARN of the role, it does."
    // (IAM User Guide, access_policies_boundaries)
    let itself_limited = reading.all(&[&itself, &boundary.allow, &session.allow]);
    let same_account = caller.account() == Some(question.resource_account);
    let granted = if same_account && trusts_nobody_by_default(question.service) {
        let delegated = reading.and(&resource.account, &from_identity);
        reading.any(&[&direct, &itself_limited, &delegated])
    } else if same_account {
        reading.any(&[&from_identity, &direct, &itself_limited])
    } else if caller.account().is_some() {
        let acl = acl(reading, stack, caller);
        let by_resource = reading.or(&resource.any, &acl);
        reading.all(&[&from_identity, &by_resource, &access_point.resource.any])
    } else {
        let acl = acl(reading, stack, caller);
        reading.any(&[&direct, &acl])
    };
    let deny = reading.any(&[
        &identity.deny,
        &boundary.deny,
        &session.deny,
        &service_control.deny,
        &resource_control.deny,
        &endpoint.deny,
        &resource.deny,
        &access_point.resource.deny,
    ]);
    let not_denied = reading.not(&deny);
    let allow = reading.all(&[
        &granted,
        &service_control.allow,
        &endpoint.allow,
        &access_point.reachable,
        &unrestricted,
        &not_denied,
    ]);
    let through = reading.and(&access_point.resource.any, &access_point.reachable);
    let no_deny = reading.never();
    Verdict {
        allow,
        deny,
        layers: vec![
            (Layer::IdentityPolicies, identity),
            (Layer::ServiceControlPolicies, service_control),
            (Layer::ResourceControlPolicies, resource_control),
            (Layer::ResourcePolicy, Side { allow: resource.any, deny: resource.deny }),
            (Layer::PermissionBoundaryPolicies, boundary),
            (Layer::SessionPolicy, session),
            (Layer::VpcEndpointPolicies, endpoint),
            (Layer::AccessPoint, Side { allow: through, deny: access_point.resource.deny }),
            (Layer::BlockPublicAccess, Side { allow: unrestricted, deny: no_deny }),
        ],
    }
}

/// Role trust policies and key policies never trust their own account implicitly.
///
/// "Unlike other AWS resource policies, a KMS key policy does not automatically give permission to the account."
/// (KMS Developer Guide, key-policy-default); "the role trust policy must [...] allow it" (IAM User Guide,
/// reference_policies_evaluation-logic-cross-account and id_roles_terms-and-concepts).
pub(crate) fn trusts_nobody_by_default(service: &str) -> bool {
    matches!(service, "sts" | "kms")
}

/// "RestrictPublicBuckets [...] restricts access to a bucket with a public policy to only AWS service principals and
/// authorized users within the bucket owner's account." (S3 User Guide, access-control-block-public-access)
fn owner_or_service(caller: &Caller, owner: AccountId) -> bool {
    matches!(caller, Caller::Service(_)) || caller.account() == Some(owner)
}

/// The identity policies. "The root user's permissions cannot be restricted by identity-based policies"; anonymous callers and
/// AWS services have none.
fn identity_side<R: Reading>(reading: &mut R, stack: &PolicyStack<'_>, caller: &Caller) -> Side<R::Prop> {
    if caller.is_root() {
        return Side { allow: reading.always(), deny: reading.never() };
    }
    if caller.account().is_none() {
        return Side { allow: reading.never(), deny: reading.never() };
    }
    layer(reading, Layer::IdentityPolicies, &stack.identity)
}

/// The Allows and Denies of policies that name no principal.
fn layer<R: Reading>(reading: &mut R, layer: Layer, policies: &[Policy<'_>]) -> Side<R::Prop> {
    let mut side = Side { allow: reading.never(), deny: reading.never() };
    for policy in policies {
        // Identity policies have no Principal; AWS accepts none that has.
        for statement in policy.document.statements.iter().filter(|statement| statement.principal.is_none()) {
            let applies = reading.applies(layer, *policy, statement);
            match statement.effect {
                Effect::Allow => side.allow = reading.or(&side.allow, &applies),
                Effect::Deny => side.deny = reading.or(&side.deny, &applies),
            }
        }
    }
    side
}

/// A layer that limits where it is present, and only then.
fn ceiling<R: Reading>(reading: &mut R, kind: Layer, policies: Option<&[Policy<'_>]>) -> Side<R::Prop> {
    match policies {
        Some(policies) => layer(reading, kind, policies),
        None => Side { allow: reading.always(), deny: reading.never() },
    }
}

/// "For a permission to be allowed for a specific account, there must be an explicit Allow statement at every level from the
/// root through each OU in the direct path to the account (including the target account itself). [...] SCPs don't affect
/// users or roles in the management account [or] any service-linked role."
/// (Organizations User Guide, orgs_manage_policies_scps_evaluation and orgs_manage_policies_scps)
fn service_control<R: Reading>(reading: &mut R, stack: &PolicyStack<'_>, caller: &Caller) -> Side<R::Prop> {
    let mut side = Side { allow: reading.always(), deny: reading.never() };
    let management = caller.account().is_none_or(|account| stack.management_account == Some(account));
    if management || caller.is_service_linked() {
        return side;
    }
    for policies in &stack.service_control {
        let level = layer(reading, Layer::ServiceControlPolicies, policies);
        side.allow = reading.and(&side.allow, &level.allow);
        side.deny = reading.or(&side.deny, &level.deny);
    }
    side
}

/// "RCPFullAWSAccess is automatically attached to every entity [...] and can't be detached": only Denies count. "RCPs don't
/// affect resources in the management account [nor] calls made by service-linked roles."
/// (Organizations User Guide, orgs_manage_policies_rcps)
fn resource_control<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    question: Question<'_>,
) -> Side<R::Prop> {
    let mut side = Side { allow: reading.always(), deny: reading.never() };
    if stack.management_account == Some(question.resource_account)
        || question.caller.is_service_linked()
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
                side.deny = reading.or(&side.deny, &applies);
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
fn endpoint<R: Reading>(reading: &mut R, stack: &PolicyStack<'_>, caller: &Caller) -> Side<R::Prop> {
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
                Effect::Allow => side.allow = reading.or(&side.allow, &applies),
                Effect::Deny => side.deny = reading.or(&side.deny, &applies),
            }
        }
    }
    side
}

/// What a resource policy grants, by the way it names the caller.
struct ResourceSide<P> {
    /// To the user, the session, the service, or everyone.
    direct: P,
    /// To those, or to the session's role.
    itself: P,
    /// To the account, for it to delegate.
    account: P,
    /// In any of these ways.
    any: P,
    deny: P,
}

fn resource<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    caller: &Caller,
    question: Question<'_>,
    policy: Option<Policy<'_>>,
    layer: Layer,
) -> ResourceSide<R::Prop> {
    let mut allow = [reading.never(), reading.never(), reading.never()];
    let mut deny = reading.never();
    for (policy, statement) in
        policy.iter().flat_map(|policy| policy.document.statements.iter().map(move |s| (policy, s)))
    {
        let (named, doubt) = naming(statement, caller, stack.canonical_id, stack.boundary.is_some());
        if let Some(why) = doubt {
            reading.doubt(why);
        }
        let [direct, role, account] = &mut allow;
        let side = match (statement.effect, named) {
            (_, Naming::Not) => continue,
            (Effect::Deny, _) => &mut deny,
            (Effect::Allow, Naming::Direct) => direct,
            (Effect::Allow, Naming::Role) => role,
            (Effect::Allow, Naming::Account) => account,
        };
        let applies = reading.applies(layer, *policy, statement);
        *side = reading.or(side, &applies);
    }
    // "The root user of the bucket owner's account can [...] always perform GetBucketPolicy, PutBucketPolicy and
    // DeleteBucketPolicy, even if the bucket policy explicitly denies it." (S3 API Reference, PutBucketPolicy)
    if matches!(caller, Caller::Account { account, identity: Identity::Root } if *account == question.resource_account)
    {
        let policy_of_bucket =
            reading.is_action(&["s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"]);
        let bound = reading.not(&policy_of_bucket);
        deny = reading.and(&deny, &bound);
    }
    let [direct, role, account] = allow;
    let itself = reading.or(&direct, &role);
    let any = reading.or(&itself, &account);
    ResourceSide { direct, itself, account, any, deny }
}

/// What an access point adds: its policy, and whether it can be reached at all.
struct AccessPointSide<P> {
    resource: ResourceSide<P>,
    reachable: P,
}

fn access_point<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    caller: &Caller,
    question: Question<'_>,
) -> AccessPointSide<R::Prop> {
    let policy = stack.access_point.and_then(|point| point.policy);
    let resource = match stack.access_point {
        Some(_) => resource(reading, stack, caller, question, policy, Layer::AccessPoint),
        None => unlimited(reading),
    };
    // "An access point with a network origin of VPC [...] rejects every request that does not come from that VPC."
    // (S3 User Guide, access-points-vpc)
    let reachable = match stack.access_point.and_then(|point| point.vpc) {
        Some(vpc) => reading.comes_from(vpc),
        None => reading.always(),
    };
    AccessPointSide { resource, reachable }
}

/// The side of a resource policy that is not asked.
fn unlimited<R: Reading>(reading: &mut R) -> ResourceSide<R::Prop> {
    let always = reading.always();
    let [direct, itself, account, any] = [always.clone(), always.clone(), always.clone(), always];
    ResourceSide { direct, itself, account, any, deny: reading.never() }
}

/// What access control lists grant to the caller; those to groups of authenticated callers are none for anonymous ones.
fn acl<R: Reading>(reading: &mut R, stack: &PolicyStack<'_>, caller: &Caller) -> R::Prop {
    let mut allow = reading.never();
    for grant in stack.acl.iter().filter(|grant| grant.to_everyone || caller.account().is_some()) {
        let applies = reading.is_action(grant.actions);
        allow = reading.or(&allow, &applies);
    }
    allow
}
