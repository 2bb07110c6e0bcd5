//! The layers, and how they combine.

use serde_json::Value;

use super::json;
use super::policy::{self, Asked, Place};
use super::principal::{Kind, Naming};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    Allowed,
    ExplicitlyDenied,
    ImplicitlyDenied,
}

impl Verdict {
    /// Both have to be allowed; a Deny anywhere is an explicit one.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::ExplicitlyDenied, _) | (_, Self::ExplicitlyDenied) => Self::ExplicitlyDenied,
            (Self::Allowed, Self::Allowed) => Self::Allowed,
            _ => Self::ImplicitlyDenied,
        }
    }
}

/// The policies around a request, whatever the resource.
pub(super) struct Layers<'a> {
    identity: Vec<&'a Value>,
    boundary: Option<Vec<&'a Value>>,
    session: Option<&'a Value>,
    scps: Vec<Vec<&'a Value>>,
    rcps: Vec<Vec<&'a Value>>,
    endpoint: Option<Vec<&'a Value>>,
    management_account: Option<String>,
}

impl<'a> Layers<'a> {
    pub(super) fn read(simulation: &'a Value) -> Result<Self, String> {
        let documents =
            |field: &str| json::list(simulation, field)?.map(|items| json::documents(items)).transpose();
        let organization =
            simulation.get("additionalSettings").and_then(|settings| settings.get("organization"));
        Ok(Layers {
            identity: documents("identityPolicies")?.unwrap_or_default(),
            boundary: documents("permissionBoundaryPolicies")?,
            session: json::given(simulation, "sessionPolicy"),
            scps: levels(simulation, "serviceControlPolicies")?,
            rcps: levels(simulation, "resourceControlPolicies")?,
            endpoint: documents("vpcEndpointPolicies")?,
            management_account: organization
                .map(|organization| json::optional_text(organization, "managementAccountId"))
                .transpose()?
                .flatten(),
        })
    }

    pub(super) fn has_boundary(&self) -> bool {
        self.boundary.is_some()
    }

    /// A call that S3 makes of KMS passes no endpoint of the caller, and the RCPs of the bucket's account are no other account's.
    pub(super) fn of_key(mut self, of_the_buckets_account: bool) -> Self {
        self.endpoint = None;
        if !of_the_buckets_account {
            self.rcps.clear();
        }
        self
    }

    /// Every document is read once, so that a malformed one is found wherever it is.
    pub(super) fn check(&self) -> Result<(), String> {
        let identity = self
            .identity
            .iter()
            .chain(self.boundary.iter().flatten())
            .chain(&self.session)
            .chain(self.scps.iter().flatten());
        for document in identity {
            policy::read(document, Place::Identity)?;
        }
        for document in self.rcps.iter().flatten().chain(self.endpoint.iter().flatten()) {
            policy::read(document, Place::Resource)?;
        }
        Ok(())
    }
}

fn levels<'a>(simulation: &'a Value, field: &str) -> Result<Vec<Vec<&'a Value>>, String> {
    let levels = json::list(simulation, field)?.map_or(&[][..], Vec::as_slice);
    levels
        .iter()
        .map(|level| json::documents(json::list(level, "policies")?.ok_or("A level has no \"policies\".")?))
        .collect()
}

/// One policy on the side of the resource: the bucket's, the key's, the role's, or the access point's.
pub(super) struct Guard<'a> {
    pub(super) policy: Option<&'a Value>,
    pub(super) place: Place,
    pub(super) arns: Vec<String>,
    pub(super) account: String,
    /// What ACLs or grants allow beside the policy.
    pub(super) beside: Option<Naming>,
    /// Rule 4: "KMS key policies and role trust policies never trust their own account implicitly".
    pub(super) must_allow: bool,
}

/// Rules 1 to 7. `arns` are the names of the resource, for the policies that are not the resource's own.
pub(super) fn decide(
    layers: &Layers,
    asked: &Asked,
    arns: &[String],
    owner: &str,
    guards: &[Guard],
) -> Result<Verdict, String> {
    let caller = asked.caller;
    let mut denied = false;
    let mut allowed = true;

    // Rule 7: "The account's root user is bound by SCPs and resource policies, not by identity policies."
    // Rule 6: "Anonymous callers: resource policy or ACL only." AWS services likewise.
    let has_identity = caller.has_account() && caller.kind != Kind::Root;
    let mut identity_allows = caller.kind == Kind::Root;
    let mut limits_allow = true;
    if has_identity {
        let identity = policy::look(&layers.identity, Place::Identity, asked, arns)?;
        denied |= identity.deny;
        identity_allows = identity.allows();
        if let Some(boundary) = &layers.boundary {
            let seen = policy::look(boundary, Place::Identity, asked, arns)?;
            denied |= seen.deny;
            limits_allow &= seen.allows();
        }
        if let Some(session) = layers.session {
            let seen = policy::look(&[session], Place::Identity, asked, arns)?;
            denied |= seen.deny;
            limits_allow &= seen.allows();
        } else if caller.kind == Kind::FederatedUser {
            // "If the principal is a role session, then the request is Allowed. Otherwise, the request is implicitly denied"
            // (IG evaluation logic, session policies): a federated user without session policy has no permissions of its own.
            identity_allows = false;
        }
    }

    // Rule 5: SCPs "need an Allow at root, every OU and the account; do not bind the management account, service-linked roles".
    let in_management = layers.management_account.as_deref() == Some(caller.account.as_str());
    if caller.has_account() && !in_management && !caller.is_service_linked() {
        for level in &layers.scps {
            let seen = policy::look(level, Place::Identity, asked, arns)?;
            denied |= seen.deny;
            allowed &= seen.allows();
        }
    }

    // Rule 5: "RCPs: implied full Allow at every level; bind anonymous and external callers too; not resources of the management
    // account, not service-linked roles; only for the services that support them". "RCPs also do not impact AWS services' ability
    // to assume a service-linked role" (OG orgs_manage_policies_rcps).
    let of_management = layers.management_account.as_deref() == Some(owner);
    let service_linked = caller.is_service_linked()
        || (caller.kind == Kind::Service && arns.iter().any(|arn| arn.contains(":role/aws-service-role/")));
    if supports_rcps(asked.action) && !of_management && !service_linked {
        for level in &layers.rcps {
            // The resource is the bucket's, whatever access point the request came through.
            denied |= policy::look(level, Place::Resource, asked, &arns[..1])?.deny;
        }
    }

    // Rule 2: "and VPC endpoint policy".
    if let Some(endpoint) = &layers.endpoint {
        let seen = policy::look(endpoint, Place::Resource, asked, arns)?;
        denied |= seen.deny;
        allowed &= seen.allows();
    }

    for guard in guards {
        let policies: Vec<&Value> = guard.policy.into_iter().collect();
        let seen = policy::look(&policies, guard.place, asked, &guard.arns)?;
        denied |= seen.deny && !may_always_repair(guard, asked);
        let naming = if guard.beside > seen.allow { guard.beside } else { seen.allow };
        allowed &= guard_allows(naming, guard, asked, identity_allows, limits_allow);
    }

    Ok(match (denied, allowed) {
        (true, _) => Verdict::ExplicitlyDenied,
        (false, true) => Verdict::Allowed,
        (false, false) => Verdict::ImplicitlyDenied,
    })
}

/// Do the side of the caller and this policy of the resource's side together allow?
fn guard_allows(naming: Option<Naming>, guard: &Guard, asked: &Asked, identity: bool, limits: bool) -> bool {
    let caller = asked.caller;
    // Rule 6: only the resource's side speaks for anonymous callers and AWS services.
    if !caller.has_account() {
        return naming.is_some();
    }
    // Rule 3: "Cross account: identity side AND resource policy must both allow; boundary never bypassed."
    if caller.account != guard.account {
        return naming.is_some() && identity && limits;
    }
    match naming {
        // Rule 2: "names the IAM user ARN, the session ARN, or `*` grants directly".
        Some(Naming::Direct) => true,
        // Rule 2: "names the ROLE ARN is limited by implicit denies in boundary and session policy".
        Some(Naming::Role) => limits,
        // Rule 4: naming the account "delegates to account A: its principals still need an identity Allow".
        Some(Naming::Account) => identity && limits,
        // Rule 2: same account, "identity OR resource policy".
        None => !guard.must_allow && identity && limits,
    }
}

/// "the root principal in a bucket owner's AWS account can perform the GetBucketPolicy, PutBucketPolicy, and DeleteBucketPolicy API
/// actions, even if their bucket policy explicitly denies the root principal's access. Bucket owner root principals can only be
/// blocked from performing these API actions by VPC endpoint policies and AWS Organizations policies." (S3 API PutBucketPolicy)
fn may_always_repair(guard: &Guard, asked: &Asked) -> bool {
    let policy_actions = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];
    // It is the bucket's policy that is set aside, not an access point's.
    let of_bucket = guard.arns.iter().all(|arn| !arn.contains(":accesspoint/"));
    of_bucket
        && asked.caller.kind == Kind::Root
        && asked.caller.account == guard.account
        && policy_actions.iter().any(|known| known.eq_ignore_ascii_case(asked.action))
}

/// OG orgs_manage_policies_rcps, "List of AWS services that support RCPs", as of 2026; kms:RetireGrant is exempt there.
fn supports_rcps(action: &str) -> bool {
    const SERVICES: &[&str] = &[
        "s3",
        "sts",
        "kms",
        "sqs",
        "secretsmanager",
        "aoss",
        "appconfig",
        "appstream",
        "autoscaling",
        "autoscaling-plans",
        "budgets",
        "clouddirectory",
        "cloudfront",
        "cloudsearch",
        "cloudtrail-data",
        "codeartifact",
        "codebuild",
        "codecommit",
        "codepipeline",
        "cognito-identity",
        "cognito-idp",
        "comprehend",
        "comprehendmedical",
        "compute-optimizer",
        "cost-optimization-hub",
        "dax",
        "dsql",
        "dynamodb",
        "ecr",
        "ecr-public",
        "events",
        "firehose",
        "fis",
        "fms",
        "gamelift",
        "health",
        "inspector-scan",
        "kendra",
        "kinesisvideo",
        "logs",
        "memorydb",
        "networkmonitor",
        "notifications",
        "opensearch",
        "pca-connector-ad",
        "personalize",
        "polly",
        "pricing",
        "resource-groups",
        "rolesanywhere",
        "servicediscovery",
        "signin",
        "support",
        "swf",
        "textract",
        "timestream-influxdb",
        "transcribe",
        "transfer",
        "translate",
        "wafv2",
        "workspaces",
        "xray",
    ];
    let action = action.to_lowercase();
    let service = action.split(':').next().unwrap_or("");
    SERVICES.contains(&service) && action != "kms:retiregrant"
}
