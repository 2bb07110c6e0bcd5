//! Access control lists, as the actions that they allow.

use crate::authorize::{AllowBeside, Caller, Naming};
use crate::estate::{Acl, Grant};
use crate::iam::{Action, Context};

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

/// The groups that make a list public.
pub(crate) const PUBLIC_GROUPS: &[&str] = &[ALL_USERS, AUTHENTICATED_USERS];

/// The canned lists that do.
pub(crate) const CANNED_PUBLIC_ACLS: &[&str] = &["public-read", "public-read-write", "authenticated-read"];

/// The actions that can bring a list, in lower case.
pub(crate) const WRITES_ACL: &[&str] =
    &["s3:putobject", "s3:putobjectacl", "s3:putobjectversionacl", "s3:putbucketacl", "s3:createbucket"];

/// The headers that bring one grant by grant.
pub(crate) const GRANT_HEADERS: &[&str] = &[
    "s3:x-amz-grant-full-control",
    "s3:x-amz-grant-read",
    "s3:x-amz-grant-read-acp",
    "s3:x-amz-grant-write",
    "s3:x-amz-grant-write-acp",
];

/// The Allows that the lists of a bucket and of an object give a caller with this canonical id.
///
/// `ignore_public` is Block Public Access's flag: "IgnorePublicAcls [...] causes Amazon S3 to ignore all public ACLs."
/// Whether lists count at all (`BucketOwnerEnforced`) is the caller's to know.
#[must_use]
pub fn allows_of_acls(
    bucket: Option<&Acl>,
    object: Option<&Acl>,
    caller: &Caller,
    canonical_id: Option<&str>,
    ignore_public: bool,
) -> Vec<AllowBeside> {
    let of = |acl: Option<&Acl>, actions: fn(&str) -> Vec<&'static [&'static str]>| -> Vec<AllowBeside> {
        let grants = acl.map_or(&[][..], |acl| &acl.grants);
        let naming = |grant| (names(grant, caller, canonical_id, ignore_public), grant);
        let reached = grants.iter().map(naming).filter(|(to, _)| *to != Naming::Not);
        reached
            .flat_map(|(to, grant)| {
                actions(&grant.permission).into_iter().map(move |actions| AllowBeside { to, actions })
            })
            .collect()
    };
    let mut allows = of(bucket, bucket_actions);
    allows.extend(of(object, object_actions));
    allows
}

/// How a grant names the caller. A group is named as a policy names everyone; an account, by its canonical id, must delegate.
///
/// "AllUsers: [...] anyone in the world"; "AuthenticatedUsers: [...] all AWS accounts. [...] All requests must be signed."
/// (S3 User Guide, acl-overview)
fn names(grant: &Grant, caller: &Caller, canonical_id: Option<&str>, ignore_public: bool) -> Naming {
    let direct = |is: bool| if is { Naming::Direct } else { Naming::Not };
    let signed = caller.account().is_some();
    match grant.grantee.uri.as_deref() {
        Some(ALL_USERS) => direct(!ignore_public),
        Some(AUTHENTICATED_USERS) => direct(signed && !ignore_public),
        Some(LOG_DELIVERY) => direct(*caller == Caller::Service("logging.s3.amazonaws.com".into())),
        Some(_) => Naming::Not,
        None if signed && canonical_id.is_some() && grant.grantee.id.as_deref() == canonical_id => {
            Naming::Account
        }
        None => Naming::Not,
    }
}

/// Whether a request brings an access control list that is public: "if it grants any permissions to members of the predefined
/// AllUsers or AuthenticatedUsers groups." (S3 User Guide, access-control-block-public-access)
#[must_use]
pub fn writes_public_acl(action: &Action, context: &Context) -> bool {
    let canned = context.one("s3:x-amz-acl").is_some_and(|acl| CANNED_PUBLIC_ACLS.contains(&acl));
    let public = |grantees: &str| PUBLIC_GROUPS.iter().any(|group| grantees.contains(group));
    WRITES_ACL.contains(&action.lower())
        && (canned || GRANT_HEADERS.iter().filter_map(|key| context.one(key)).any(public))
}

/// "Mapping of ACL permissions and access policy permissions", the column of buckets (S3 User Guide, acl-overview).
fn bucket_actions(permission: &str) -> Vec<&'static [&'static str]> {
    const READ: &[&str] = &["s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"];
    const WRITE: &[&str] = &["s3:putobject"];
    const READ_ACP: &[&str] = &["s3:getbucketacl"];
    const WRITE_ACP: &[&str] = &["s3:putbucketacl"];
    select(permission, READ, WRITE, READ_ACP, WRITE_ACP)
}

/// The column of objects; WRITE is not applicable to them.
fn object_actions(permission: &str) -> Vec<&'static [&'static str]> {
    const READ: &[&str] = &["s3:getobject", "s3:getobjectversion"];
    const READ_ACP: &[&str] = &["s3:getobjectacl", "s3:getobjectversionacl"];
    const WRITE_ACP: &[&str] = &["s3:putobjectacl", "s3:putobjectversionacl"];
    select(permission, READ, &[], READ_ACP, WRITE_ACP)
}

fn select(
    permission: &str,
    read: &'static [&'static str],
    write: &'static [&'static str],
    read_acp: &'static [&'static str],
    write_acp: &'static [&'static str],
) -> Vec<&'static [&'static str]> {
    match permission {
        "READ" => vec![read],
        "WRITE" => vec![write],
        "READ_ACP" => vec![read_acp],
        "WRITE_ACP" => vec![write_acp],
        "FULL_CONTROL" => vec![read, write, read_acp, write_acp],
        _ => vec![],
    }
}
