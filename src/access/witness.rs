//! A cell as a request, decided by the reference evaluator over the policies as they are written.

use serde_json::{Map, Value, json};

use super::actions::data_actions;
use super::goal::Cell;
use super::ground::Ground;
use super::site::{Site, Way};
use super::subject::Subject;
use crate::authorize::{
    Caller, Decision, Identity, Ignored, Parts, Policy, PolicyStack, Request, RequestError, decide,
};
use crate::iam::{Context, ContextValue};

/// A request with everything that bears on it.
#[derive(Debug, Clone)]
pub struct Witness<'a> {
    /// The request as AWS would see it.
    pub request: Request,
    /// The policies that bear on it.
    pub stack: PolicyStack<'a>,
    /// What AWS answers to it, and why.
    pub decision: Decision,
    /// The chosen keys that AWS would not send.
    pub ignored: Vec<Ignored>,
}

/// Makes the request of a cell and decides it.
///
/// # Errors
/// The cell is no request: an error of the search.
pub fn replay<'a>(subject: &Subject<'a>, site: &Site<'a>, cell: &Cell) -> Result<Witness<'a>, RequestError> {
    let missing = || RequestError::Resource("an action without a number".into());
    let data = data_actions().get(cell.action).ok_or_else(missing)?;
    let mut context = site.fixed_with(subject);
    for (key, value) in &cell.values {
        context.set(key, value.clone());
    }
    usual(&mut context, &subject.caller);
    let resource = match &cell.key {
        Some(key) => format!("{}/{key}", site.arn),
        None => site.arn.to_string(),
    };
    let access_point =
        site.access_point.map(|point| (point.arn, if point.vpc.is_some() { "VPC" } else { "Internet" }));
    let chosen: Vec<&str> = cell.values.iter().map(|(key, _)| &**key).collect();
    let parts = Parts {
        caller: subject.caller_of(&context),
        action: data.action.clone(),
        resource: &resource,
        resource_account: site.account.account_id,
        access_point,
        bucket_abac: site.unknown_tags
            || site.fixed.iter().any(|(key, _)| key.starts_with("aws:resourcetag/")),
        context,
    };
    let (request, ignored) = Request::new(parts)?;
    let stack = site.stack(subject);
    let decision = decide(&request, &stack, site.key.as_ref());
    let is_chosen = |ignored: &Ignored| chosen.iter().any(|key| key.eq_ignore_ascii_case(&ignored.key));
    let ignored = ignored.into_iter().filter(is_chosen).collect();
    Ok(Witness { request, stack, decision, ignored })
}

/// The address that a request comes from unless something else is asked for: one of the internet that nobody has. (RFC 5737)
pub const USUAL_IP: &str = "203.0.113.7";

/// The keys that every request has, where nothing has chosen them.
fn usual(context: &mut Context, caller: &Caller) {
    let mut add = |key: &str, value: &str| {
        if context.value(key).is_none() {
            context.set_one(key, value);
        }
    };
    add("aws:SecureTransport", "true");
    let through = context.value("aws:SourceVpce").is_some();
    if !through && !matches!(caller, Caller::Service(_)) && context.value("aws:SourceIp").is_none() {
        context.set_one("aws:SourceIp", USUAL_IP);
    }
}

impl Subject<'_> {
    /// The caller of one request: of anybody of an account, the one whose ARN the request carries.
    fn caller_of(&self, context: &Context) -> Caller {
        let arn = context.one("aws:PrincipalArn");
        match (&self.caller, arn) {
            (Caller::Account { account, identity: Identity::Role(_) }, Some(arn)) => {
                Caller::Account { account: *account, identity: Identity::Role(arn.into()) }
            }
            (caller, _) => caller.clone(),
        }
    }
}

impl Witness<'_> {
    /// Whether every key that was chosen is one that AWS sends.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ignored.is_empty()
    }

    /// The request in the simulation format, with every policy.
    #[must_use]
    pub fn simulation(&self, ground: &Ground<'_>, site: &Site<'_>) -> Value {
        let stack = &self.stack;
        let mut simulation = Map::new();
        let mut add = |name: &str, value: Value| {
            let empty = value.as_array().is_some_and(Vec::is_empty);
            if !empty && !value.is_null() {
                simulation.insert(name.to_owned(), value);
            }
        };
        add("request", self.request());
        add("identityPolicies", named(&stack.identity));
        add("serviceControlPolicies", levels(&stack.service_control));
        add("resourceControlPolicies", levels(&stack.resource_control));
        add("resourcePolicy", stack.resource.map_or(Value::Null, |policy| policy.document.to_json()));
        add("permissionBoundaryPolicies", stack.boundary.as_deref().map_or(Value::Null, named));
        add("vpcEndpointPolicies", stack.endpoint.as_deref().map_or(Value::Null, named));
        add("additionalSettings", settings(ground, site, stack));
        Value::Object(simulation)
    }

    /// The request alone, in the simulation format.
    #[must_use]
    pub fn request(&self) -> Value {
        let request = &self.request;
        let computed = [
            "aws:principalaccount",
            "aws:principaltype",
            "aws:principalisawsservice",
            "aws:principalservicename",
            "aws:resourceaccount",
            "s3:resourceaccount",
            "aws:username",
            "aws:principalarn",
        ];
        let sent = request
            .context
            .iter()
            .filter(|(key, _)| !computed.contains(key) && !OF_ACCESS_POINT.contains(key));
        let context: Map<String, Value> = sent.map(|(key, value)| (spelled(key), print(value))).collect();
        json!({
            "principal": principal(&request.caller),
            "action": request.action.as_str(),
            "resource": { "resource": request.resource, "accountId": request.resource_account },
            "contextVariables": context,
        })
    }
}

fn principal(caller: &Caller) -> String {
    match caller {
        Caller::Anonymous => "*".to_owned(),
        Caller::Service(name) | Caller::Federated(name) => name.to_string(),
        Caller::Account { identity: Identity::Session { session, .. }, .. } => session.to_string(),
        caller => caller.principal_arn("aws").unwrap_or_default(),
    }
}

fn print(value: &ContextValue) -> Value {
    match value {
        ContextValue::One(value) => json!(value),
        ContextValue::Many(values) => json!(values),
    }
}

/// What follows from the ARN of the access point, which tells the way.
const OF_ACCESS_POINT: &[&str] = &["s3:dataaccesspointaccount", "s3:accesspointnetworkorigin"];

/// The key with AWS's capitals, where it is a known one.
#[must_use]
pub fn spelled(key: &str) -> String {
    const NAMES: &[&str] = &[
        "aws:SecureTransport",
        "aws:SourceIp",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:VpcSourceIp",
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:ViaAWSService",
        "aws:CalledVia",
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:ResourceOrgID",
        "aws:ResourceOrgPaths",
        "aws:RequestedRegion",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:UserAgent",
        "aws:Referer",
        "aws:TokenIssueTime",
        "aws:SourceIdentity",
        "aws:FederatedProvider",
        "s3:ExistingObjectTag/",
        "s3:RequestObjectTag/",
        "s3:RequestObjectTagKeys",
        "s3:DataAccessPointArn",
        "s3:TlsVersion",
        "s3:authType",
        "s3:signatureAge",
        "aws:PrincipalTag/",
        "aws:RequestTag/",
        "aws:ResourceTag/",
        "aws:TagKeys",
    ];
    let lower = |name: &str| name.to_ascii_lowercase();
    for name in NAMES {
        let (known, is_prefix) = (lower(name), name.ends_with('/'));
        match key.strip_prefix(&known) {
            Some("") => return (*name).to_owned(),
            Some(rest) if is_prefix => return format!("{name}{rest}"),
            _ => {}
        }
    }
    key.to_owned()
}

fn named(policies: &[Policy<'_>]) -> Value {
    policies
        .iter()
        .map(|policy| json!({ "name": policy.name, "policy": policy.document.to_json() }))
        .collect()
}

fn levels(levels: &[Vec<Policy<'_>>]) -> Value {
    let level = |(at, policies): (usize, &Vec<Policy<'_>>)| json!({ "orgIdentifier": at.to_string(), "policies": named(policies) });
    levels.iter().enumerate().map(level).collect()
}

fn settings(ground: &Ground<'_>, site: &Site<'_>, stack: &PolicyStack<'_>) -> Value {
    let mut s3 = Map::new();
    s3.insert("blockPublicAccess".to_owned(), json!(site.block));
    match site.acl() {
        None => _ = s3.insert("objectOwnership".to_owned(), json!("BucketOwnerEnforced")),
        Some(acl) => _ = s3.insert("acl".to_owned(), json!(acl)),
    }
    if let Some(id) = stack.canonical_id {
        s3.insert("principalCanonicalId".to_owned(), json!(id));
    }
    if site.fixed.iter().any(|(key, _)| key.starts_with("aws:resourcetag/")) {
        s3.insert("bucketAbacEnabled".to_owned(), json!(true));
    }
    if let Some(point) = stack.access_point {
        let mut access_point = Map::new();
        access_point.insert("arn".to_owned(), json!(point.arn));
        if let Some(policy) = point.policy {
            access_point.insert("policy".to_owned(), policy.document.to_json());
        }
        access_point
            .insert("networkOrigin".to_owned(), json!(if point.vpc.is_some() { "VPC" } else { "Internet" }));
        if let Some(vpc) = point.vpc {
            access_point.insert("vpcId".to_owned(), json!(vpc));
        }
        s3.insert("accessPoint".to_owned(), Value::Object(access_point));
    }
    if let Some(key) = &site.key {
        let policy = key.policy.map_or(Value::Null, |policy| policy.document.to_json());
        let mut kms = json!({ "arn": key.arn, "policy": policy, "bucketKey": key.bucket_key });
        if let (Some(members), false) = (kms.as_object_mut(), key.grants.is_empty()) {
            members.insert("grants".to_owned(), json!(key.grants));
        }
        s3.insert("kmsKey".to_owned(), kms);
    }
    let mut settings = json!({ "s3": s3 });
    if let (Some(members), Some(management)) = (settings.as_object_mut(), ground.management) {
        members.insert("organization".to_owned(), json!({ "managementAccountId": management }));
    }
    settings
}

impl Way<'_> {
    /// The way in words; none for the direct one.
    #[must_use]
    pub fn describe(&self) -> Option<String> {
        match self {
            Self::Direct => None,
            Self::AccessPoint(point) => Some(format!("through access point {}", point.name)),
            Self::Endpoint(endpoint) => Some(format!("through VPC endpoint {}", endpoint.vpc_endpoint_id)),
        }
    }
}
