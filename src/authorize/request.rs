//! One concrete request, with the condition keys that AWS would send and no others.

use super::caller::Caller;
use crate::estate::AccountId;
use crate::iam::{Action, Arn, Catalogue, Context, ContextValue};

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who calls.
    pub caller: Caller,
    /// What is called.
    pub action: Action,
    /// The ARN of what it is called on; `*` for an action that acts on no resource.
    pub resource: Box<str>,
    /// The account that owns the resource.
    pub resource_account: AccountId,
    /// Through an access point: the resource under the access point's own ARN.
    pub access_point_resource: Option<Box<str>>,
    /// The condition keys.
    pub context: Context,
}

/// What a request is made of, before AWS's own keys are filled in.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    /// Who calls.
    pub caller: Caller,
    /// What is called.
    pub action: Action,
    /// The ARN of what it is called on, or `*`.
    pub resource: &'a str,
    /// The account that owns the resource.
    pub resource_account: AccountId,
    /// The access point that the request passes, with its network origin (`VPC` or `Internet`).
    pub access_point: Option<(&'a str, &'a str)>,
    /// Whether the bucket's tags count in conditions.
    pub bucket_abac: bool,
    /// The keys that the sender states.
    pub context: Context,
}

/// A condition key that was stated and is not part of the request, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Ignored {
    /// The key, in lower case.
    pub key: Box<str>,
    /// Why AWS would not send it.
    pub why: &'static str,
}

/// Why a request cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The resource is neither an ARN nor `*`.
    #[error("{0:?} is no resource; expected an ARN or \"*\"")]
    Resource(Box<str>),
    /// The action acts on buckets, the resource is an object, or the other way round.
    #[error("{action} acts on {expected}, but {resource} is {found}")]
    Kind {
        /// The action.
        action: Box<str>,
        /// What it acts on.
        expected: &'static str,
        /// The resource.
        resource: Box<str>,
        /// What the resource is.
        found: &'static str,
    },
}

impl Request {
    /// Makes the request that AWS would see: the keys that the caller and the resource fix are filled in, and keys that AWS
    /// never sends with it are dropped.
    ///
    /// # Errors
    /// The resource is none, or not of a kind that the action acts on.
    pub fn new(mut parts: Parts<'_>) -> Result<(Self, Vec<Ignored>), RequestError> {
        let resource = resource(&parts)?;
        let access_point_resource = parts.access_point.map(|(arn, _)| behind(arn, &resource));
        let mut context = std::mem::take(&mut parts.context);
        let through_endpoint =
            ["aws:SourceVpce", "aws:SourceVpc"].iter().any(|key| context.value(key).is_some());
        let fixed = fixed_keys(&parts);
        let mut ignored = vec![];
        context.retain(|key, value| {
            let why = reason_to_ignore(&parts, &fixed, through_endpoint, key, value);
            ignored.extend(why.map(|why| Ignored { key: key.into(), why }));
            why.is_none()
        });
        for (key, value) in fixed {
            if let Some(value) = value {
                context.fix(key, value.into());
            }
        }
        let Parts { caller, action, resource_account, .. } = parts;
        Ok((Self { caller, action, resource, resource_account, access_point_resource, context }, ignored))
    }
}

/// The keys whose values the request itself fixes, in lower case; without a value they are absent from it.
///
/// (IAM User Guide, reference_policies_condition-keys)
fn fixed_keys(parts: &Parts<'_>) -> Vec<(&'static str, Option<String>)> {
    let partition = Arn::parse(parts.resource).map_or("aws", |arn| arn.partition);
    let account = match &parts.caller {
        // "aws:PrincipalAccount [...] in anonymous requests: the request context returns anonymous."
        Caller::Anonymous => Some("anonymous".to_owned()),
        caller => caller.account().map(|account| account.to_string()),
    };
    let service = match &parts.caller {
        Caller::Service(name) => Some(name.to_string()),
        _ => None,
    };
    let is_service = match &parts.caller {
        // "This key is not present in anonymous requests."
        Caller::Anonymous => None,
        caller => Some(matches!(caller, Caller::Service(_)).to_string()),
    };
    let mut keys = vec![
        ("aws:principalarn", parts.caller.principal_arn(partition)),
        ("aws:principalaccount", account),
        ("aws:principaltype", parts.caller.principal_type().map(str::to_owned)),
        ("aws:principalisawsservice", is_service),
        ("aws:principalservicename", service),
        ("aws:username", user_name(&parts.caller)),
        ("aws:resourceaccount", Some(parts.resource_account.to_string())),
    ];
    if parts.action.service() == "s3" {
        let (arn, origin) = parts.access_point.unzip();
        let account = arn.and_then(Arn::parse).map(|arn| arn.account.to_owned());
        keys.push(("s3:dataaccesspointarn", arn.map(str::to_owned)));
        keys.push(("s3:dataaccesspointaccount", account));
        // A request that creates an access point states the origin of the new one. (S3 User Guide, access-points-policies)
        if origin.is_some() || parts.action.lower() != "s3:createaccesspoint" {
            keys.push(("s3:accesspointnetworkorigin", origin.map(str::to_owned)));
        }
        keys.push(("s3:resourceaccount", Some(parts.resource_account.to_string())));
    }
    keys
}

fn user_name(caller: &Caller) -> Option<String> {
    match caller {
        Caller::Account { identity: super::caller::Identity::User(arn), .. } => {
            arn.rsplit_once('/').map(|(_, name)| name.to_owned())
        }
        _ => None,
    }
}

fn reason_to_ignore(
    parts: &Parts<'_>,
    fixed: &[(&str, Option<String>)],
    through_endpoint: bool,
    key: &str,
    value: &ContextValue,
) -> Option<&'static str> {
    if let Some((_, fixed)) = fixed.iter().find(|(name, _)| *name == key) {
        // The same value is no contradiction.
        let agrees = matches!(value, ContextValue::One(value) if fixed.as_deref() == Some(value));
        return (!agrees).then_some("the request itself fixes this key");
    }
    if !Catalogue::get().can_carry(&parts.action, key) {
        return Some("AWS does not send this key with the action");
    }
    // "ABAC is disabled by default for all general purpose buckets." (S3 User Guide, buckets-tagging-enable-abac)
    let of_bucket_tags = key.starts_with("aws:resourcetag/") || key.starts_with("s3:buckettag/");
    if of_bucket_tags && parts.action.service() == "s3" && !parts.bucket_abac {
        return Some("attribute-based access control is not enabled for the bucket");
    }
    // "This key is included [...] only if the principal is a member of an organization"; tags are those "attached to the
    // principal": the context of anonymous requests and of AWS services has neither.
    let of_principal = key.starts_with("aws:principaltag/") || key.starts_with("aws:principalorg");
    if of_principal && parts.caller.account().is_none() {
        return Some("only a principal of an account has this key");
    }
    if key == "aws:principalservicenameslist" && !matches!(parts.caller, Caller::Service(_)) {
        return Some("only an AWS service has this key");
    }
    // "aws:SourceIp [...] is not available in requests through a VPC endpoint; use aws:VpcSourceIp."
    match (key, through_endpoint) {
        ("aws:sourceip", true) => Some("a request through a VPC endpoint carries aws:VpcSourceIp instead"),
        ("aws:vpcsourceip" | "aws:vpceaccount" | "aws:vpceorgid" | "aws:vpceorgpaths", false) => {
            Some("only a request through a VPC endpoint carries this key")
        }
        _ => None,
    }
}

/// The resource as AWS evaluates it.
fn resource(parts: &Parts<'_>) -> Result<Box<str>, RequestError> {
    // "s3:ListAllMyBuckets" acts on no resource, and S3 takes `arn:aws:s3:::*` for it as well as `*`.
    if parts.action.lower() == "s3:listallmybuckets" {
        return Ok("arn:aws:s3:::*".into());
    }
    if parts.resource == "*" {
        return Ok("*".into());
    }
    let arn = Arn::parse(parts.resource).ok_or_else(|| RequestError::Resource(parts.resource.into()))?;
    if let (Some((_, key)), Some(entry)) = (arn.bucket_and_key(), Catalogue::get().action(&parts.action)) {
        let (bucket, object) = (entry.acts_on("bucket"), entry.acts_on("object"));
        let kinds = match (bucket, object, key) {
            (true, false, Some(_)) => Some(("buckets", "an object")),
            (false, true, None) => Some(("objects", "a bucket")),
            _ => None,
        };
        if let Some((expected, found)) = kinds {
            let action = entry.name.clone();
            return Err(RequestError::Kind { action, expected, resource: parts.resource.into(), found });
        }
    }
    Ok(parts.resource.into())
}

/// The resource under the access point's own ARN: `<access point>` for the bucket, `<access point>/object/<key>` for an object.
fn behind(access_point: &str, resource: &str) -> Box<str> {
    let key = Arn::parse(resource).and_then(|arn| arn.bucket_and_key()).and_then(|(_, key)| key);
    key.map_or_else(|| access_point.into(), |key| format!("{access_point}/object/{key}").into())
}
