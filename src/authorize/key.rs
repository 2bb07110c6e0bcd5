//! The key that encrypts an object: the second request, which S3 makes to KMS on behalf of the caller.

use serde_json::Value;

use super::caller::{Caller, Naming, names};
use super::decide::{Decision, Derivation, Outcome, derive};
use super::request::Request;
use super::s3::Use;
use super::stack::{AllowBeside, Layer, Policy, PolicyStack};
use crate::estate::{AccountId, KmsGrant};
use crate::iam::{Action, Arn, AwsPrincipal, Context, ContextValue, PrincipalId};

/// The key that encrypts an object, as far as it bears on reading and writing it.
#[derive(Debug, Clone)]
pub struct KeyUse<'a> {
    /// The key's ARN.
    pub arn: &'a str,
    /// The key policy.
    pub policy: Option<Policy<'a>>,
    /// The account that owns the key.
    pub account: AccountId,
    /// Whether the bucket uses one data key for many objects: the encryption context is then the bucket's ARN.
    pub bucket_key: bool,
    /// The grants on the key.
    pub grants: &'a [KmsGrant],
    /// The resource control policies of the key's account.
    pub resource_control: Vec<Vec<Policy<'a>>>,
}

/// What S3's own call does not say of the caller's network. "The source VPC of the initial request is not preserved."
/// (IAM User Guide, access_forward_access_sessions and reference_policies_condition-keys)
const NOT_FORWARDED: &[&str] = &[
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
];

impl KeyUse<'_> {
    /// The decision on the use of the key, with the same caller under the key's policy.
    pub(super) fn decide(&self, request: &Request, stack: &PolicyStack<'_>, needed: Use) -> Decision {
        self.derive(request, stack, needed).1.decision
    }

    /// The request that S3 makes to KMS, and how it is decided.
    #[must_use]
    pub fn derive(&self, request: &Request, stack: &PolicyStack<'_>, needed: Use) -> (Request, Derivation) {
        let asked = self.request(request, needed);
        let mut derivation = derive(&asked, &self.stack(request, stack, needed));
        // KMS takes signed requests only: "anonymous requests [...] aren't allowed" for objects under SSE-KMS.
        // (S3 User Guide, UsingKMSEncryption)
        let decision = &mut derivation.decision;
        if request.caller == Caller::Anonymous && decision.outcome == Outcome::Allowed {
            decision.outcome = Outcome::ImplicitlyDenied;
            decision.blocked_by = vec![Layer::KmsKey];
            decision.deciding.clear();
        }
        (asked, derivation)
    }

    /// The policies that bear on the use of the key, of those that bear on S3's part.
    pub(crate) fn stack<'s>(
        &'s self,
        request: &Request,
        stack: &PolicyStack<'s>,
        needed: Use,
    ) -> PolicyStack<'s> {
        PolicyStack {
            resource: self.policy,
            resource_control: self.resource_control.clone(),
            access_point: None,
            // S3's call passes no endpoint of the caller.
            endpoint: None,
            beside: self.granted(&request.caller, &request.resource, needed),
            canonical_id: None,
            ..stack.clone()
        }
    }

    /// "kms:ViaService", "kms:CallerAccount" and "kms:EncryptionContext:aws:s3:arn". (KMS Developer Guide, conditions-kms; S3 User
    /// Guide, UsingKMSEncryption) "aws:ViaAWSService [is] true any time [forward access session] requests are made",
    /// "aws:CalledVia" names S3, and aws:SourceIp is still the caller's. (IAM User Guide, access_forward_access_sessions)
    pub(crate) fn request(&self, request: &Request, needed: Use) -> Request {
        let arn = Arn::parse(self.arn);
        let region = arn.map_or("", |arn| arn.region);
        let china = if arn.is_some_and(|arn| arn.partition == "aws-cn") { ".cn" } else { "" };
        let moved = self.account != request.resource_account;
        let mut context: Context = request
            .context
            .iter()
            .filter(|(key, _)| is_forwarded(key) && !(moved && key.starts_with("aws:resourceorg")))
            .map(|(key, value)| (key, value.clone()))
            .collect();
        let s3 = "s3.amazonaws.com";
        context.set_one("aws:ViaAWSService", "true");
        context.set("aws:CalledVia", ContextValue::Many(vec![s3.into()]));
        context.set_one("aws:CalledViaFirst", s3);
        context.set_one("aws:CalledViaLast", s3);
        context.set_one("aws:ResourceAccount", &self.account.to_string());
        context.set_one("kms:ViaService", &format!("s3.{region}.amazonaws.com{china}"));
        context.set_one("kms:EncryptionContext:aws:s3:arn", self.encrypted(&request.resource));
        context.set("kms:EncryptionContextKeys", ContextValue::Many(vec!["aws:s3:arn".into()]));
        if let Some(account) = request.caller.account() {
            context.set_one("kms:CallerAccount", &account.to_string());
        }
        Request {
            caller: request.caller.clone(),
            action: Action::parse(needed.action()).unwrap_or_else(|| request.action.clone()),
            resource: self.arn.into(),
            resource_account: self.account,
            access_point_resource: None,
            context,
        }
    }

    /// The ARN in the encryption context: the object's, or the bucket's with an S3 bucket key.
    fn encrypted<'r>(&self, object: &'r str) -> &'r str {
        if self.bucket_key { object.split_once('/').map_or(object, |(bucket, _)| bucket) } else { object }
    }

    /// "Grants [...] allow AWS principals to use KMS keys", beside the key policy; the grantee is named as in a policy.
    /// (KMS Developer Guide, grants)
    fn granted(&self, caller: &Caller, object: &str, needed: Use) -> Vec<AllowBeside> {
        let holds = |grant: &&KmsGrant| {
            grant.operations.iter().any(|operation| **operation == *needed.operation())
                && self.constraints_hold(grant, object)
        };
        let allow = |grant: &KmsGrant| AllowBeside { to: grantee(grant, caller), actions: needed.actions() };
        self.grants.iter().filter(holds).map(allow).collect()
    }

    /// "EncryptionContextEquals [...] allow[s] when the encryption context in the request is an exact match [...];
    /// EncryptionContextSubset [...] when it includes the encryption context in the constraint." (KMS Developer Guide, grants)
    /// S3 sends one pair. A constraint of another kind does not bear on a request that S3 makes.
    fn constraints_hold(&self, grant: &KmsGrant, object: &str) -> bool {
        let encrypted = self.encrypted(object);
        let pairs = |kind: &str| grant.constraints.as_ref()?.get(kind)?.as_object();
        let all_sent = |pairs: &serde_json::Map<String, Value>| {
            pairs.iter().all(|(name, value)| name == "aws:s3:arn" && value == encrypted)
        };
        pairs("EncryptionContextEquals").is_none_or(|pairs| !pairs.is_empty() && all_sent(pairs))
            && pairs("EncryptionContextSubset").is_none_or(all_sent)
    }
}

/// Whether a key of the caller's request is one of S3's call to KMS too: not S3's own, nor the tags of the bucket.
pub(crate) fn is_forwarded(key: &str) -> bool {
    !key.starts_with("s3:") && !key.starts_with("aws:resourcetag/") && !NOT_FORWARDED.contains(&key)
}

fn grantee(grant: &KmsGrant, caller: &Caller) -> Naming {
    let principal = &grant.grantee_principal;
    let id = match AwsPrincipal::parse(principal) {
        Ok(named) => PrincipalId::Aws(named),
        Err(_) => PrincipalId::Service(principal.clone()),
    };
    names(&id, caller, None)
}
