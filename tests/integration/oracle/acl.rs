//! Rule 29: access control lists.

use serde_json::Value;

use super::json;
use super::principal::{Caller, Kind, Naming};

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

/// What the ACLs of the bucket and of the object grant the caller.
pub(super) fn naming(
    settings: &Value,
    action: &str,
    caller: &Caller,
    ignore_public: bool,
) -> Result<Option<Naming>, String> {
    // "ACLs count unless ObjectOwnership is BucketOwnerEnforced".
    if json::optional_text(settings, "objectOwnership")?.as_deref() == Some("BucketOwnerEnforced") {
        return Ok(None);
    }
    let canonical = json::optional_text(settings, "principalCanonicalId")?;
    let mut best = None;
    for (field, on_object) in [("acl", false), ("objectAcl", true)] {
        let Some(acl) = json::given(settings, field) else {
            continue;
        };
        let owner = acl.get("Owner").and_then(|owner| owner.get("ID")).and_then(Value::as_str);
        for grant in json::list(acl, "Grants")?.map_or(&[][..], Vec::as_slice) {
            let permission = json::text(grant, "Permission")?;
            let grantee = json::given(grant, "Grantee").ok_or("A grant of an ACL has no Grantee.")?;
            let to_owner = owner.is_some() && grantee.get("ID").and_then(Value::as_str) == owner;
            if !permits(&permission, on_object, to_owner, action)? {
                continue;
            }
            let found = grantee_naming(grantee, caller, canonical.as_deref(), ignore_public);
            if found > best {
                best = found;
            }
        }
    }
    Ok(best)
}

fn grantee_naming(
    grantee: &Value,
    caller: &Caller,
    canonical: Option<&str>,
    ignore_public: bool,
) -> Option<Naming> {
    match grantee.get("URI").and_then(Value::as_str) {
        // Rule 27: "IgnorePublicAcls voids public ACLs".
        Some(ALL_USERS | AUTHENTICATED_USERS) if ignore_public => None,
        // "anyone in the world"; "The requests can be signed (authenticated) or unsigned (anonymous)." (S3G acl-overview)
        Some(ALL_USERS) => Some(Naming::Direct),
        // "any AWS account ... However, all requests must be signed (authenticated)." (S3G acl-overview)
        Some(AUTHENTICATED_USERS) => caller.has_account().then_some(Naming::Direct),
        Some(LOG_DELIVERY) => {
            let logging =
                caller.kind == Kind::Service && caller.own_arn.as_deref() == Some("logging.s3.amazonaws.com");
            logging.then_some(Naming::Direct)
        }
        Some(_) => None,
        // "A grantee can be an AWS account": its administrators delegate, as with an account in a Principal element.
        None => {
            let id = grantee.get("ID").and_then(Value::as_str);
            let named = caller.has_account() && id.is_some() && id == canonical;
            named.then_some(if caller.kind == Kind::Root { Naming::Direct } else { Naming::Account })
        }
    }
}

/// S3G acl-overview, "Mapping of ACL permissions and access policy permissions".
fn permits(permission: &str, on_object: bool, to_owner: bool, action: &str) -> Result<bool, String> {
    let single: &[&str] = match permission {
        "FULL_CONTROL" => &["READ", "WRITE", "READ_ACP", "WRITE_ACP"],
        "READ" => &["READ"],
        "WRITE" => &["WRITE"],
        "READ_ACP" => &["READ_ACP"],
        "WRITE_ACP" => &["WRITE_ACP"],
        other => return Err(format!("\"{other}\" is not a permission of an ACL.")),
    };
    Ok(single
        .iter()
        .flat_map(|one| actions(one, on_object, to_owner))
        .any(|known| known.eq_ignore_ascii_case(action)))
}

fn actions(permission: &str, on_object: bool, to_owner: bool) -> &'static [&'static str] {
    match (permission, on_object) {
        ("READ", false) => &["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
        // "when the grantee is the bucket owner, granting WRITE ... allows the s3:DeleteObjectVersion action"
        ("WRITE", false) if to_owner => &["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
        ("WRITE", false) => &["s3:PutObject"],
        ("READ_ACP", false) => &["s3:GetBucketAcl"],
        ("WRITE_ACP", false) => &["s3:PutBucketAcl"],
        ("READ", true) => &["s3:GetObject", "s3:GetObjectVersion"],
        ("READ_ACP", true) => &["s3:GetObjectAcl", "s3:GetObjectVersionAcl"],
        ("WRITE_ACP", true) => &["s3:PutObjectAcl", "s3:PutObjectVersionAcl"],
        _ => &[],
    }
}

/// Does a request write an ACL that is public? "if it grants any permissions to members of the predefined AllUsers or
/// AuthenticatedUsers groups" (S3G access-control-block-public-access).
pub(super) fn writes_public_acl(action: &str, context: &super::context::Context) -> bool {
    let writes =
        ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutBucketAcl", "s3:CreateBucket"];
    if !writes.iter().any(|known| known.eq_ignore_ascii_case(action)) {
        return false;
    }
    let canned = context.single("s3:x-amz-acl").unwrap_or("private");
    let headers = ["full-control", "read", "read-acp", "write", "write-acp"];
    ["public-read", "public-read-write", "authenticated-read"].contains(&canned)
        || headers
            .iter()
            .filter_map(|name| context.single(&format!("s3:x-amz-grant-{name}")))
            .any(|grantees| grantees.contains(ALL_USERS) || grantees.contains(AUTHENTICATED_USERS))
}
