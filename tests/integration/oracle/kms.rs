//! Rule 31: "SSE-KMS: reading needs kms:Decrypt, writing kms:GenerateDataKey on the object's key, under the key policy, grants and
//! kms:ViaService / EncryptionContext conditions."

use serde_json::Value;

use super::context::Context;
use super::json;
use super::principal::{self, Caller, Naming};

/// What S3 asks of KMS for this action, if anything.
pub(super) fn needed(action: &str) -> Option<&'static str> {
    let any = |known: &[&str]| known.iter().any(|name| name.eq_ignore_ascii_case(action));
    if any(&["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectVersionForReplication"]) {
        Some("kms:Decrypt")
    } else if any(&["s3:PutObject"]) {
        Some("kms:GenerateDataKey")
    } else {
        None
    }
}

pub(super) struct Key<'a> {
    pub(super) arn: String,
    pub(super) account: String,
    pub(super) policy: Option<&'a Value>,
    /// The ARN in the encryption context: of the object, or of the bucket with a bucket key (S3G bucket-key).
    pub(super) encrypted_arn: String,
    grants: &'a [Value],
}

pub(super) fn key<'a>(setting: &'a Value, object: &str) -> Result<Key<'a>, String> {
    let arn = json::text(setting, "arn")?;
    let parts = json::arn_parts(&arn).ok_or_else(|| format!("\"{arn}\" is not the ARN of a key."))?;
    let account = parts[4].to_owned();
    let bucket = object.split('/').next().unwrap_or(object);
    let encrypted_arn = if json::flag(setting, "bucketKey")? { bucket } else { object }.to_owned();
    let grants = json::list(setting, "grants")?.map_or(&[][..], Vec::as_slice);
    Ok(Key { policy: json::given(setting, "policy"), encrypted_arn, grants, account, arn: arn.clone() })
}

/// The context of the call that S3 makes: a forward access session with the caller's identity.
pub(super) fn context(of_s3: &Context, key: &Key, caller: &Caller, resource_account: &str) -> Context {
    let mut context = of_s3.clone();
    // S3's own keys, and the tags of the bucket, say nothing of the key.
    context.keep_only(|name| !name.starts_with("s3:") && !name.starts_with("aws:resourcetag/"));
    // "Unlike with aws:SourceIp ... the source VPC of the initial request is not preserved" (IG condition keys, aws:SourceVpc).
    let network = [
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:vpcsourceip",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
    ];
    context.keep_only(|name| !network.contains(&name));
    if key.account != resource_account {
        context.keep_only(|name| !["aws:resourceorgid", "aws:resourceorgpaths"].contains(&name));
    }
    context.set("aws:ResourceAccount", &key.account);
    // "CalledVia ... populated with the service principal of the service that initiated the FAS call"; "ViaAWSService is set
    // to true any time FAS requests are made" (IG access_forward_access_sessions).
    context.set("aws:ViaAWSService", "true");
    context.set_list("aws:CalledVia", &["s3.amazonaws.com"]);
    context.set("aws:CalledViaFirst", "s3.amazonaws.com");
    context.set("aws:CalledViaLast", "s3.amazonaws.com");
    let region = key.arn.split(':').nth(3).unwrap_or("");
    context.set("kms:ViaService", &format!("s3.{region}.amazonaws.com"));
    context.set("kms:EncryptionContext:aws:s3:arn", &key.encrypted_arn);
    context.set_list("kms:EncryptionContextKeys", &["aws:s3:arn"]);
    if caller.has_account() {
        context.set("kms:CallerAccount", &caller.account);
    }
    context
}

/// What the grants on the key allow the caller; a grant names its grantee as a key policy names a principal.
pub(super) fn granted(key: &Key, operation: &str, caller: &Caller) -> Result<Option<Naming>, String> {
    let operation = operation.trim_start_matches("kms:");
    let mut best = None;
    for grant in key.grants {
        let listed = json::list(grant, "Operations")?
            .is_some_and(|operations| operations.iter().any(|one| one == operation));
        let grantee = json::text(grant, "GranteePrincipal")?;
        if !listed || !constraints_hold(grant, key)? {
            continue;
        }
        let kind = if grantee.ends_with(".amazonaws.com") { "Service" } else { "AWS" };
        let found = principal::naming(&(kind.to_owned(), grantee), caller, None);
        if found > best {
            best = found;
        }
    }
    Ok(best)
}

/// "EncryptionContextEquals" and "EncryptionContextSubset" (KG grants): S3 sends the one pair aws:s3:arn.
fn constraints_hold(grant: &Value, key: &Key) -> Result<bool, String> {
    let Some(constraints) = json::given(grant, "Constraints") else {
        return Ok(true);
    };
    for name in ["EncryptionContextEquals", "EncryptionContextSubset"] {
        let Some(pairs) = json::given(constraints, name) else {
            continue;
        };
        let pairs = pairs.as_object().ok_or_else(|| format!("\"{name}\" must be an object."))?;
        let equal =
            pairs.iter().all(|(name, value)| name == "aws:s3:arn" && value == key.encrypted_arn.as_str());
        if !equal || (name == "EncryptionContextEquals" && pairs.is_empty()) {
            return Ok(false);
        }
    }
    Ok(true)
}
