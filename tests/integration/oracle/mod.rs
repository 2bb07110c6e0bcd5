//! The oracle: a second evaluator of simulations, deliberately plain, that shares no code with the first.
//!
//! It was written from `docs/simulation.md` and AWS's guides, without sight of palisade's evaluator: where the two differ, one of
//! them has misread a page. Speed is no aim here. "Rule 9" is the number that the cases of `tests/simulations` carry.
//! IG is the IAM User Guide, S3G the S3 User Guide, OG the Organizations User Guide, KG the KMS Developer Guide.
#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "a test may stop at its own fault")]

mod acl;
mod catalogue;
mod condition;
mod context;
mod decide;
mod glob;
mod json;
mod kms;
mod policy;
mod principal;
mod public;
mod values;

use serde_json::{Map, Value};

use context::{Context, Facts};
use decide::{Guard, Layers, Verdict};
use policy::{Asked, Place};
use principal::{Caller, Kind};

/// Decides one simulation: "Allowed", "ExplicitlyDenied" or "ImplicitlyDenied"; a malformed one is an error with a sentence.
pub(crate) fn decide(simulation: &Value) -> Result<&'static str, String> {
    Ok(match Request::read(simulation)?.verdict()? {
        Verdict::Allowed => "Allowed",
        Verdict::ExplicitlyDenied => "ExplicitlyDenied",
        Verdict::ImplicitlyDenied => "ImplicitlyDenied",
    })
}

/// The request as the simulation tells it.
struct Request<'a> {
    simulation: &'a Value,
    /// `additionalSettings.s3`, an empty object if absent.
    s3: &'a Value,
    caller: Caller,
    action: String,
    /// The resource as the bucket's policy sees it.
    resource: String,
    owner: String,
    access_point: Option<AccessPoint<'a>>,
    context: Context,
}

struct AccessPoint<'a> {
    /// The resource as the access point's policy sees it.
    resource: String,
    account: String,
    policy: Option<&'a Value>,
    vpc_only: bool,
    vpc: Option<String>,
}

static NOTHING: Value = Value::Null;

impl<'a> Request<'a> {
    fn read(simulation: &'a Value) -> Result<Self, String> {
        let request = json::given(simulation, "request").ok_or("\"request\" is missing.")?;
        let target = json::given(request, "resource").ok_or("\"request.resource\" is missing.")?;
        let settings = simulation.get("additionalSettings").unwrap_or(&NOTHING);
        let s3 = settings.get("s3").unwrap_or(&NOTHING);
        let variables = variables(request)?;
        let caller =
            Caller::parse(&json::text(request, "principal")?, context::given_principal_arn(variables))?;
        let action = json::text(request, "action")?;
        if !action.contains(':') {
            return Err(format!("\"{action}\" is not an action."));
        }
        let mut resource = json::text(target, "resource")?;
        // Rule 33: "`s3:ListAllMyBuckets` works with Resource `*` and `arn:aws:s3:::*`."
        if action.eq_ignore_ascii_case("s3:ListAllMyBuckets") {
            resource = "arn:aws:s3:::*".to_owned();
        }
        let owner = owner(target, &resource, &caller)?;
        let access_point = access_point(s3, &resource)?;
        let arn = access_point_arn(s3)?;
        let facts = Facts {
            caller: &caller,
            action: &action,
            resource: &resource,
            resource_account: &owner,
            bucket_abac: json::flag(s3, "bucketAbacEnabled")?,
            access_point: arn.as_ref().map(|(arn, origin)| (arn.as_str(), origin.as_str())),
        };
        let context = context::build(variables, &facts)?;
        Ok(Request { simulation, s3, caller, action, resource, owner, access_point, context })
    }

    fn verdict(&self) -> Result<Verdict, String> {
        let layers = Layers::read(self.simulation)?;
        layers.check()?;
        // Rule 7: "`sts:GetCallerIdentity` cannot be denied."
        if self.action.eq_ignore_ascii_case("sts:GetCallerIdentity") && self.caller.kind != Kind::Anonymous {
            return Ok(Verdict::Allowed);
        }
        let canonical = json::optional_text(self.s3, "principalCanonicalId")?;
        let asked = Asked {
            caller: &self.caller,
            action: &self.action,
            context: &self.context,
            canonical_id: canonical.as_deref(),
            boundary: layers.has_boundary(),
        };
        let guards = self.guards()?;
        let mut arns = vec![self.resource.clone()];
        arns.extend(self.access_point.iter().map(|point| point.resource.clone()));
        let mut verdict = decide::decide(&layers, &asked, &arns, &self.owner, &guards)?;
        if self.blocks_public_access()? || self.is_outside_the_vpc() {
            verdict = verdict.and(Verdict::ImplicitlyDenied);
        }
        match (kms::needed(&self.action), json::given(self.s3, "kmsKey")) {
            (Some(needed), Some(setting)) => Ok(verdict.and(self.key_verdict(layers, needed, setting)?)),
            _ => Ok(verdict),
        }
    }

    fn is_s3(&self) -> bool {
        self.action.to_lowercase().starts_with("s3:")
    }

    /// The policies of the resource's side. Rule 30: "Through an access point both its policy and the bucket's must allow".
    fn guards(&self) -> Result<Vec<Guard<'a>>, String> {
        let action = self.action.to_lowercase();
        let trust = action.starts_with("sts:") && self.resource.contains(":role/");
        let key = action.starts_with("kms:") && self.resource.contains(":key/");
        let beside = if self.is_s3() {
            acl::naming(self.s3, &self.action, &self.caller, self.public_access_flag("IgnorePublicAcls")?)?
        } else {
            None
        };
        let mut guards = vec![Guard {
            policy: json::given(self.simulation, "resourcePolicy"),
            place: if trust { Place::Trust } else { Place::Resource },
            arns: vec![self.resource.clone()],
            account: self.owner.clone(),
            beside,
            must_allow: trust || key,
        }];
        if let Some(point) = &self.access_point {
            guards.push(Guard {
                policy: point.policy,
                place: Place::Resource,
                arns: vec![point.resource.clone()],
                account: point.account.clone(),
                beside: None,
                must_allow: false,
            });
        }
        Ok(guards)
    }

    /// `blockPublicAccess`: absent is off, `true` stands for all four, missing flags are off.
    fn public_access_flag(&self, name: &str) -> Result<bool, String> {
        match json::given(self.s3, "blockPublicAccess") {
            None => Ok(false),
            Some(Value::Bool(all)) => Ok(*all),
            Some(flags) => json::flag(flags, name),
        }
    }

    /// Rule 27: Block Public Access.
    fn blocks_public_access(&self) -> Result<bool, String> {
        if !self.is_s3() {
            return Ok(false);
        }
        // "BlockPublicPolicy/BlockPublicAcls stop new ones".
        if self.public_access_flag("BlockPublicAcls")? && acl::writes_public_acl(&self.action, &self.context)
        {
            return Ok(true);
        }
        if !self.public_access_flag("RestrictPublicBuckets")? || self.caller.kind == Kind::Service {
            return Ok(false);
        }
        // "RestrictPublicBuckets with a PUBLIC policy leaves only service principals and the owner's account, even for a
        // non-public statement beside it."
        let point = self.access_point.as_ref();
        let home = self.caller.account == self.owner
            || point.is_some_and(|point| self.caller.account == point.account);
        if home && self.caller.has_account() {
            return Ok(false);
        }
        let bucket = json::given(self.simulation, "resourcePolicy")
            .map_or(Ok(false), |policy| public::is_public(policy, false))?;
        // "An access point that has a VPC network origin is always considered non-public" (S3G).
        let through = match point {
            Some(AccessPoint { policy: Some(policy), vpc_only: false, .. }) => {
                public::is_public(policy, true)?
            }
            _ => false,
        };
        Ok(bucket || through)
    }

    /// Rule 30: "VPC-only access points fix the network origin."
    fn is_outside_the_vpc(&self) -> bool {
        match &self.access_point {
            Some(point) if point.vpc_only => self.context.single("aws:SourceVpc") != point.vpc.as_deref(),
            _ => false,
        }
    }

    /// The same rules for the call of KMS, with the key policy as resource policy.
    fn key_verdict(&self, layers: Layers, needed: &str, setting: &Value) -> Result<Verdict, String> {
        let key = kms::key(setting, &self.resource)?;
        let context = kms::context(&self.context, &key, &self.caller, &self.owner);
        let asked = Asked {
            caller: &self.caller,
            action: needed,
            context: &context,
            canonical_id: None,
            boundary: layers.has_boundary(),
        };
        let guard = Guard {
            policy: key.policy,
            place: Place::Resource,
            arns: vec![key.arn.clone()],
            account: key.account.clone(),
            beside: kms::granted(&key, needed, &self.caller)?,
            must_allow: true,
        };
        let verdict = decide::decide(
            &layers.of_key(key.account == self.owner),
            &asked,
            std::slice::from_ref(&key.arn),
            &key.account,
            &[guard],
        )?;
        // KMS takes signed requests only: an unsigned request for an SSE-KMS object fails (S3G UsingKMSEncryption).
        Ok(if self.caller.kind == Kind::Anonymous { verdict.and(Verdict::ImplicitlyDenied) } else { verdict })
    }
}

fn variables(request: &Value) -> Result<Option<&Map<String, Value>>, String> {
    match json::given(request, "contextVariables") {
        None => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(other) => Err(format!("\"contextVariables\" must be an object, not {other}.")),
    }
}

/// `accountId`, else the account in the ARN, else the caller's own.
fn owner(target: &Value, resource: &str, caller: &Caller) -> Result<String, String> {
    if let Some(account) = json::optional_text(target, "accountId")? {
        return Ok(account);
    }
    let from_arn = json::arn_parts(resource).map(|parts| parts[4]).filter(|account| !account.is_empty());
    Ok(from_arn.unwrap_or(&caller.account).to_owned())
}

fn access_point_arn(s3: &Value) -> Result<Option<(String, String)>, String> {
    let Some(setting) = json::given(s3, "accessPoint") else {
        return Ok(None);
    };
    let origin = json::optional_text(setting, "networkOrigin")?.unwrap_or_else(|| "Internet".to_owned());
    Ok(Some((json::text(setting, "arn")?, origin)))
}

fn access_point<'a>(s3: &'a Value, resource: &str) -> Result<Option<AccessPoint<'a>>, String> {
    let (Some(setting), Some((arn, origin))) = (json::given(s3, "accessPoint"), access_point_arn(s3)?) else {
        return Ok(None);
    };
    let parts =
        json::arn_parts(&arn).ok_or_else(|| format!("\"{arn}\" is not the ARN of an access point."))?;
    let vpc = json::optional_text(setting, "vpcId")?;
    if origin == "VPC" && vpc.is_none() {
        return Err("An access point with a network origin of VPC has no \"vpcId\".".to_owned());
    }
    // An object of the bucket is `.../accesspoint/NAME/object/KEY` to the access point (S3G access-points-policies).
    let seen = match resource.split_once('/') {
        _ if resource.starts_with(&arn) => resource.to_owned(),
        Some((_, key)) => format!("{arn}/object/{key}"),
        None => arn.clone(),
    };
    Ok(Some(AccessPoint {
        resource: seen,
        account: parts[4].to_owned(),
        policy: json::given(setting, "policy"),
        vpc_only: origin == "VPC",
        vpc,
    }))
}
