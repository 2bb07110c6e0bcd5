//! Rule 21: "Keys of actions they do not belong to are absent". From the service authorization reference of Amazon S3
//! (list_s3, "Actions defined by Amazon S3", condition keys column), read in 2026.

/// Keys that every S3 action carries. The access point and ABAC keys depend on the resource; the context module decides on them.
const EVERY_ACTION: &[&str] = &[
    "s3:authtype",
    "s3:resourceaccount",
    "s3:signatureage",
    "s3:signatureversion",
    "s3:tlsversion",
    "s3:x-amz-content-sha256",
    "s3:accesspointnetworkorigin",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

const LISTS: &[&str] = &["listbucket", "listbucketversions"];

const ACL_WRITES: &[&str] = &[
    "bypassgovernanceretention",
    "createbucket",
    "putbucketacl",
    "putobject",
    "putobjectacl",
    "putobjectversionacl",
];

const PUTS: &[&str] = &["bypassgovernanceretention", "putobject"];

const PUT_ONLY: &[&str] = &["putobject"];

const ENCRYPTING: &[&str] =
    &["bypassgovernanceretention", "putobject", "replicateobject", "updateobjectencryption"];

const ENCRYPTING_CUSTOMER: &[&str] = &["bypassgovernanceretention", "putobject", "replicateobject"];

const STORAGE_CLASS: &[&str] =
    &["bypassgovernanceretention", "putobject", "putobjectacl", "putobjectversionacl"];

const TAGGED_REQUESTS: &[&str] =
    &["bypassgovernanceretention", "putobject", "putobjecttagging", "putobjectversiontagging"];

/// Object deletion and overwriting is not here: "this condition key is not supported" for them (S3G object-tagging).
const EXISTING_TAGS: &[&str] = &[
    "deleteobjectannotation",
    "deleteobjecttagging",
    "deleteobjectversionannotation",
    "deleteobjectversiontagging",
    "getobject",
    "getobjectacl",
    "getobjectannotation",
    "getobjectattributes",
    "getobjecttagging",
    "getobjectversion",
    "getobjectversionacl",
    "getobjectversionannotation",
    "getobjectversionattributes",
    "getobjectversiontagging",
    "listobjectannotations",
    "listobjectversionannotations",
    "putobjectacl",
    "putobjectannotation",
    "putobjecttagging",
    "putobjectversionacl",
    "putobjectversionannotation",
    "putobjectversiontagging",
    "updateobjectencryption",
];

const VERSIONS: &[&str] = &[
    "deleteobjectversion",
    "deleteobjectversionannotation",
    "deleteobjectversiontagging",
    "getobjectversion",
    "getobjectversionacl",
    "getobjectversionannotation",
    "getobjectversionattributes",
    "getobjectversiontagging",
    "getobjectversiontorrent",
    "listobjectversionannotations",
    "putobjectversionacl",
    "putobjectversionannotation",
    "putobjectversiontagging",
];

const ACCESS_GRANTS: &[&str] = &[
    "abortmultipartupload",
    "deleteobject",
    "deleteobjectversion",
    "getobject",
    "getobjectacl",
    "getobjectversion",
    "getobjectversionacl",
    "listbucket",
    "listbucketmultipartuploads",
    "listbucketversions",
    "listmultipartuploadparts",
    "putobject",
    "putobjectacl",
    "putobjectversionacl",
];

/// Actions that create and tag nothing by `aws:RequestTag` and `aws:TagKeys`, which their rows in the reference do not list; tags of
/// objects have keys of their own.
const TAGLESS: &[&str] = &[
    "kms:decrypt",
    "kms:generatedatakey",
    "kms:listkeys",
    "kms:retiregrant",
    "s3:deleteobject",
    "s3:deleteobjectversion",
    "s3:getbucketpolicy",
    "s3:getobject",
    "s3:getobjectversion",
    "s3:listallmybuckets",
    "s3:listbucket",
    "s3:putbucketpolicy",
    "s3:putobject",
    "s3:putobjectacl",
    "s3:putobjecttagging",
    "sts:getcalleridentity",
];

/// Actions on no resource, which can have no tag.
const WITHOUT_RESOURCE: &[&str] = &["kms:listkeys", "s3:listallmybuckets", "sts:getcalleridentity"];

/// The actions that carry the key; None for a key that the reference does not know.
fn actions_of(key: &str) -> Option<&'static [&'static str]> {
    if key.starts_with("s3:existingobjecttag/") {
        return Some(EXISTING_TAGS);
    }
    if key.starts_with("s3:requestobjecttag/") {
        return Some(TAGGED_REQUESTS);
    }
    let actions: &[&str] = match key {
        "s3:prefix" | "s3:delimiter" | "s3:max-keys" => LISTS,
        "s3:requestobjecttagkeys" => TAGGED_REQUESTS,
        "s3:versionid" => VERSIONS,
        "s3:accessgrantsinstancearn" => ACCESS_GRANTS,
        "s3:x-amz-acl" => {
            return Some(&[
                "bypassgovernanceretention",
                "createaccesspoint",
                "createbucket",
                "putbucketacl",
                "putobject",
                "putobjectacl",
                "putobjectversionacl",
            ]);
        }
        "s3:x-amz-grant-full-control"
        | "s3:x-amz-grant-read"
        | "s3:x-amz-grant-read-acp"
        | "s3:x-amz-grant-write"
        | "s3:x-amz-grant-write-acp" => ACL_WRITES,
        "s3:x-amz-copy-source" | "s3:x-amz-metadata-directive" | "s3:x-amz-website-redirect-location" => PUTS,
        "s3:x-amz-server-side-encryption" | "s3:x-amz-server-side-encryption-aws-kms-key-id" => ENCRYPTING,
        "s3:x-amz-server-side-encryption-customer-algorithm" => ENCRYPTING_CUSTOMER,
        "s3:x-amz-storage-class" => STORAGE_CLASS,
        "s3:x-amz-object-ownership" | "s3:x-amz-bucket-namespace" => &["createbucket"],
        "s3:x-amz-object-annotation-directive" | "s3:objectcreationoperation" | "s3:if-none-match" => {
            PUT_ONLY
        }
        "s3:if-match" => &["deleteobject", "putobject"],
        "s3:object-lock-legal-hold" => &["putobject", "putobjectlegalhold"],
        "s3:object-lock-mode"
        | "s3:object-lock-remaining-retention-days"
        | "s3:object-lock-retain-until-date" => &["putobject", "putobjectretention"],
        "s3:locationconstraint" => &["createaccesspoint", "createbucket"],
        "s3:inventoryaccessibleoptionalfields" => &["putinventoryconfiguration"],
        "s3:isreplicationpauserequest" => &["putreplicationconfiguration"],
        "s3:destinationregion" => &["pausereplication"],
        "s3:requestjoboperation" => &["createjob"],
        "s3:requestjobpriority" => &["createjob", "updatejobpriority"],
        "s3:existingjoboperation" | "s3:existingjobpriority" => {
            &["deletejobtagging", "putjobtagging", "updatejobpriority", "updatejobstatus"]
        }
        "s3:jobsuspendedcause" => &["updatejobstatus"],
        "s3:accessgrantscope" => &["createaccessgrant", "deleteaccessgrant", "getaccessgrant"],
        "s3:accessgrantslocationscope" => &[
            "createaccessgrantslocation",
            "deleteaccessgrantslocation",
            "getaccessgrantslocation",
            "updateaccessgrantslocation",
        ],
        "s3:annotation-prefix" | "s3:max-annotation-results" => {
            &["listobjectannotations", "listobjectversionannotations"]
        }
        _ => return None,
    };
    Some(actions)
}

/// Does AWS send this service-specific key with this action? Both in small letters.
pub(super) fn sends(key: &str, action: &str) -> bool {
    let Some((prefix, _)) = key.split_once(':') else {
        return true;
    };
    let (service, name) = action.split_once(':').unwrap_or(("", action));
    match prefix {
        "s3" if service != "s3" => false,
        "s3" if EVERY_ACTION.contains(&key) => true,
        // Bucket and access point tags belong to the resource; the context module judges them by the ABAC setting.
        "s3" if key.starts_with("s3:buckettag/") || key.starts_with("s3:accesspointtag/") => true,
        "s3" => actions_of(key).is_some_and(|actions| actions.contains(&name)),
        // The reference lists no key for the actions of KMS that act on no key.
        "kms" => service == "kms" && !matches!(name, "listkeys" | "listaliases" | "generaterandom"),
        "sts" => service == "sts",
        "aws" if key.starts_with("aws:requesttag/") || key == "aws:tagkeys" => !TAGLESS.contains(&action),
        "aws" if key.starts_with("aws:resourcetag/") => !WITHOUT_RESOURCE.contains(&action),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::sends;

    #[test]
    fn keys_belong_to_their_actions() {
        assert!(sends("s3:prefix", "s3:listbucket"));
        assert!(!sends("s3:prefix", "s3:getobject"));
        assert!(!sends("s3:prefix", "s3:listbucketmultipartuploads"));
        assert!(sends("s3:x-amz-acl", "s3:putobject"));
        assert!(!sends("s3:x-amz-acl", "s3:getobject"));
        assert!(sends("s3:existingobjecttag/class", "s3:getobject"));
        assert!(!sends("s3:existingobjecttag/class", "s3:deleteobject"));
        assert!(sends("s3:requestobjecttagkeys", "s3:putobjecttagging"));
        assert!(sends("s3:versionid", "s3:deleteobjectversion"));
        assert!(!sends("s3:versionid", "s3:getobject"));
        assert!(!sends("kms:viaservice", "s3:getobject"));
        assert!(sends("sts:externalid", "sts:assumerole"));
        assert!(sends("lambda:sourcefunctionarn", "s3:getobject"));
    }
}
