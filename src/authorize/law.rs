//! AWS's policy evaluation logic.
//!
//! Written once, over any [`Reading`]: IAM User Guide, reference_policies_evaluation-logic.

use super::caller::{Caller, Naming, naming};
use super::limits::{boundary, endpoint, resource_control, service_control, session, unrestricted};
use super::reading::{Proposition, Reading};
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
    /// The ARN of the resource; of many resources, what their ARNs begin with.
    pub resource: &'a str,
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
    let boundary = boundary(reading, stack, caller);
    let session = session(reading, stack, caller);
    let service_control = service_control(reading, stack, caller);
    let resource_control = resource_control(reading, stack, question);
    let endpoint = endpoint(reading, stack, caller);
    let mut resource = resource(reading, stack, question, stack.resource, Layer::ResourcePolicy);
    let by_policy = resource.any(reading);
    allow_beside(reading, stack, &mut resource);
    let access_point = access_point(reading, stack, question);
    let unrestricted = unrestricted(reading, stack, question);

    let limits = reading.and(&boundary.allow, &session.allow);
    let own = CallerSide { allow: reading.and(&identity.allow, &limits), limits };
    let by_resource = together(reading, &own, &resource, question, question.resource_account);
    // Through an access point "both the access point and the underlying bucket must permit the request"
    // (S3 User Guide, access-points-policies).
    let by_access_point = match stack.access_point {
        Some(point) => together(reading, &own, &access_point.resource, question, point.account),
        None => reading.always(),
    };
    let granted = reading.and(&by_resource, &by_access_point);
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
    let named = access_point.resource.any(reading);
    let through = reading.and(&named, &access_point.reachable);
    let no_deny = reading.never();
    Verdict {
        allow,
        deny,
        layers: vec![
            (Layer::IdentityPolicies, identity),
            (Layer::ServiceControlPolicies, service_control),
            (Layer::ResourceControlPolicies, resource_control),
            (Layer::ResourcePolicy, Side { allow: by_policy, deny: resource.deny }),
            (Layer::PermissionBoundaryPolicies, boundary),
            (Layer::SessionPolicy, session),
            (Layer::VpcEndpointPolicies, endpoint),
            (Layer::AccessPoint, Side { allow: through, deny: access_point.resource.deny }),
            (Layer::BlockPublicAccess, Side { allow: unrestricted, deny: no_deny }),
        ],
    }
}

/// What the caller's own policies allow.
struct CallerSide<P> {
    /// All of them together.
    allow: P,
    /// Those that only limit: the boundary and the session's policies.
    limits: P,
}

/// Whether the caller's side and a policy of the resource's side, which belongs to `owner`, allow together.
fn together<R: Reading>(
    reading: &mut R,
    own: &CallerSide<R::Prop>,
    resource: &ResourceSide<R::Prop>,
    question: Question<'_>,
    owner: AccountId,
) -> R::Prop {
    let named = resource.any(reading);
    match question.caller.account() {
        // Only the resource's side speaks for anonymous callers and AWS services.
        None => named,
        Some(account) if account != owner => reading.and(&own.allow, &named),
        Some(_) => {
            // "If the resource-based policy grants permission to the ARN of the IAM user, or of the session, then an implicit
            // deny in a permissions boundary [or session policy] does not limit the permission [...]; to the ARN of the role,
            // it does." (IAM User Guide, access_policies_boundaries)
            let role = reading.and(&resource.role, &own.limits);
            let delegated = reading.and(&resource.account, &own.allow);
            let trusted = reading.constant(!trusts_nobody_by_default(question.service, question.resource));
            let alone = reading.and(&trusted, &own.allow);
            reading.any(&[&resource.direct, &role, &delegated, &alone])
        }
    }
}

/// Role trust policies and key policies never trust their own account implicitly.
///
/// "Unlike other AWS resource policies, a KMS key policy does not automatically give permission to the account."
/// (KMS Developer Guide, key-policy-default); "the role trust policy must [...] allow it" (IAM User Guide,
/// reference_policies_evaluation-logic-cross-account and id_roles_terms-and-concepts). Actions of KMS and STS that act on
/// neither, such as `kms:ListKeys`, have no such policy to ask.
pub(crate) fn trusts_nobody_by_default(service: &str, resource: &str) -> bool {
    match service {
        "sts" => resource.contains(":role/"),
        "kms" => resource.contains(":key/"),
        _ => false,
    }
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
pub(super) fn layer<R: Reading>(reading: &mut R, layer: Layer, policies: &[Policy<'_>]) -> Side<R::Prop> {
    let mut side = Side { allow: reading.never(), deny: reading.never() };
    for policy in policies {
        // Identity policies have no Principal; AWS accepts none that has.
        for statement in policy.document.statements.iter().filter(|statement| statement.principal.is_none()) {
            let applies = reading.applies(layer, *policy, statement);
            match statement.effect {
                Effect::Allow => side.allow.widen(&applies),
                Effect::Deny => side.deny.widen(&applies),
            }
        }
    }
    side
}

/// What a resource policy grants, by the way it names the caller.
struct ResourceSide<P> {
    /// To the user, the session, the service, or everyone.
    direct: P,
    /// To the session's role.
    role: P,
    /// To the account, for it to delegate.
    account: P,
    deny: P,
}

impl<P> ResourceSide<P> {
    /// What it grants in any of these ways.
    fn any<R: Reading<Prop = P>>(&self, reading: &mut R) -> P {
        reading.any(&[&self.direct, &self.role, &self.account])
    }
}

fn resource<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    question: Question<'_>,
    policy: Option<Policy<'_>>,
    layer: Layer,
) -> ResourceSide<R::Prop> {
    let caller = question.caller;
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
        side.widen(&applies);
    }
    // "The root user of the bucket owner's account can [...] always perform GetBucketPolicy, PutBucketPolicy and
    // DeleteBucketPolicy, even if the bucket policy explicitly denies it." (S3 API Reference, PutBucketPolicy)
    let owners_root = caller.is_root()
        && caller.account() == Some(question.resource_account)
        && layer == Layer::ResourcePolicy;
    if owners_root {
        let policy_of_bucket =
            reading.is_action(&["s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"]);
        let bound = reading.not(&policy_of_bucket);
        deny = reading.and(&deny, &bound);
    }
    let [direct, role, account] = allow;
    ResourceSide { direct, role, account, deny }
}

/// What an access point adds: its policy, and whether it can be reached at all.
struct AccessPointSide<P> {
    resource: ResourceSide<P>,
    reachable: P,
}

fn access_point<R: Reading>(
    reading: &mut R,
    stack: &PolicyStack<'_>,
    question: Question<'_>,
) -> AccessPointSide<R::Prop> {
    let policy = stack.access_point.and_then(|point| point.policy);
    let resource = resource(reading, stack, question, policy, Layer::AccessPoint);
    // "An access point with a network origin of VPC [...] rejects every request that does not come from that VPC."
    // (S3 User Guide, access-points-vpc)
    let reachable = match stack.access_point.and_then(|point| point.vpc) {
        Some(vpc) => reading.comes_from(vpc),
        None => reading.always(),
    };
    AccessPointSide { resource, reachable }
}

/// Adds what access control lists, and grants on keys, allow beside the resource's policy.
fn allow_beside<R: Reading>(reading: &mut R, stack: &PolicyStack<'_>, resource: &mut ResourceSide<R::Prop>) {
    for grant in &stack.beside {
        let applies = reading.is_action(grant.actions);
        let side = match grant.to {
            Naming::Not => continue,
            Naming::Direct => &mut resource.direct,
            Naming::Role => &mut resource.role,
            Naming::Account => &mut resource.account,
        };
        side.widen(&applies);
    }
}
