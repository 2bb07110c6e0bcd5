//! Access control lists, as the actions that they allow.

use crate::authorize::AclAllow;
use crate::estate::{Acl, Grant};

/// The Allows that the lists of a bucket and of an object give a caller with this canonical id.
///
/// `ignore_public` is Block Public Access's flag: "IgnorePublicAcls [...] causes Amazon S3 to ignore all public ACLs."
/// Whether lists count at all (`BucketOwnerEnforced`) is the caller's to know.
#[must_use]
pub fn allows_of_acls(
    bucket: Option<&Acl>,
    object: Option<&Acl>,
    canonical_id: Option<&str>,
    ignore_public: bool,
) -> Vec<AclAllow> {
    let of = |acl: Option<&Acl>, actions: fn(&str) -> Vec<&'static [&'static str]>| -> Vec<AclAllow> {
        let grants = acl.map_or(&[][..], |acl| &acl.grants);
        let reached =
            grants.iter().filter_map(|grant| Some((reach(grant, canonical_id, ignore_public)?, grant)));
        reached
            .flat_map(|(to_everyone, grant)| {
                actions(&grant.permission).into_iter().map(move |actions| AclAllow { to_everyone, actions })
            })
            .collect()
    };
    let mut allows = of(bucket, bucket_actions);
    allows.extend(of(object, object_actions));
    allows
}

/// Whether a grant reaches the caller; true if it reaches anonymous callers too.
fn reach(grant: &Grant, canonical_id: Option<&str>, ignore_public: bool) -> Option<bool> {
    match grant.grantee.uri.as_deref() {
        Some("http://acs.amazonaws.com/groups/global/AllUsers") => (!ignore_public).then_some(true),
        Some("http://acs.amazonaws.com/groups/global/AuthenticatedUsers") => {
            (!ignore_public).then_some(false)
        }
        Some(_) => None,
        None => (canonical_id.is_some() && grant.grantee.id.as_deref() == canonical_id).then_some(false),
    }
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
