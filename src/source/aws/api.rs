//! Every call that the collector makes, once: its name for AWS, the IAM action that allows it, and what it tells.

use serde::Serialize;

/// A call to AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    /// The service, by its endpoint prefix in the SDKs: `s3`, `s3control`, `iam`, ...
    pub service: &'static str,
    /// The operation, `GetBucketPolicy`.
    pub operation: &'static str,
    /// The IAM action that one must be allowed, `s3:GetBucketPolicy`; none where AWS lets everybody call.
    pub action: Option<&'static str>,
    /// Where it is called from.
    pub caller: Caller,
}

/// Whose credentials a call is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Caller {
    /// Those that palisade is started with: of the management account, or of a delegated administrator.
    Home,
    /// Those of the role in each account.
    Member,
}

macro_rules! apis {
    ($($name:ident $caller:ident $service:literal $operation:literal $action:expr;)*) => {
        $(pub(super) const $name: Api =
            Api { service: $service, operation: $operation, action: $action, caller: Caller::$caller };)*

        /// Every call, by service.
        pub const APIS: &[Api] = &[$($name),*];
    };
}

apis! {
    // "No permissions are required to perform this operation." (STS API Reference, GetCallerIdentity)
    GET_CALLER_IDENTITY       Home   "sts" "GetCallerIdentity" None;
    ASSUME_ROLE               Home   "sts" "AssumeRole" Some("sts:AssumeRole");

    DESCRIBE_ORGANIZATION     Home   "organizations" "DescribeOrganization" Some("organizations:DescribeOrganization");
    LIST_ROOTS                Home   "organizations" "ListRoots" Some("organizations:ListRoots");
    LIST_UNITS                Home   "organizations" "ListOrganizationalUnitsForParent" Some("organizations:ListOrganizationalUnitsForParent");
    LIST_ACCOUNTS             Home   "organizations" "ListAccountsForParent" Some("organizations:ListAccountsForParent");
    LIST_TAGS                 Home   "organizations" "ListTagsForResource" Some("organizations:ListTagsForResource");
    LIST_POLICIES             Home   "organizations" "ListPolicies" Some("organizations:ListPolicies");
    DESCRIBE_POLICY           Home   "organizations" "DescribePolicy" Some("organizations:DescribePolicy");
    LIST_TARGETS              Home   "organizations" "ListTargetsForPolicy" Some("organizations:ListTargetsForPolicy");
    LIST_ADMINISTRATORS       Home   "organizations" "ListDelegatedAdministrators" Some("organizations:ListDelegatedAdministrators");

    GET_AUTHORIZATION_DETAILS Member "iam" "GetAccountAuthorizationDetails" Some("iam:GetAccountAuthorizationDetails");
    GET_POLICY                Member "iam" "GetPolicy" Some("iam:GetPolicy");
    GET_POLICY_VERSION        Member "iam" "GetPolicyVersion" Some("iam:GetPolicyVersion");

    LIST_BUCKETS              Member "s3" "ListBuckets" Some("s3:ListAllMyBuckets");
    GET_BUCKET_LOCATION       Member "s3" "GetBucketLocation" Some("s3:GetBucketLocation");
    GET_BUCKET_POLICY         Member "s3" "GetBucketPolicy" Some("s3:GetBucketPolicy");
    GET_BUCKET_POLICY_STATUS  Member "s3" "GetBucketPolicyStatus" Some("s3:GetBucketPolicyStatus");
    GET_BUCKET_VERSIONING     Member "s3" "GetBucketVersioning" Some("s3:GetBucketVersioning");
    GET_BUCKET_ENCRYPTION     Member "s3" "GetBucketEncryption" Some("s3:GetEncryptionConfiguration");
    GET_PUBLIC_ACCESS_BLOCK   Member "s3" "GetPublicAccessBlock" Some("s3:GetBucketPublicAccessBlock");
    GET_OWNERSHIP_CONTROLS    Member "s3" "GetBucketOwnershipControls" Some("s3:GetBucketOwnershipControls");
    GET_BUCKET_ACL            Member "s3" "GetBucketAcl" Some("s3:GetBucketAcl");
    GET_BUCKET_LOGGING        Member "s3" "GetBucketLogging" Some("s3:GetBucketLogging");
    GET_OBJECT_LOCK           Member "s3" "GetObjectLockConfiguration" Some("s3:GetBucketObjectLockConfiguration");
    GET_BUCKET_LIFECYCLE      Member "s3" "GetBucketLifecycleConfiguration" Some("s3:GetLifecycleConfiguration");
    GET_BUCKET_REPLICATION    Member "s3" "GetBucketReplication" Some("s3:GetReplicationConfiguration");
    GET_BUCKET_NOTIFICATION   Member "s3" "GetBucketNotificationConfiguration" Some("s3:GetBucketNotification");
    GET_BUCKET_TAGGING        Member "s3" "GetBucketTagging" Some("s3:GetBucketTagging");
    GET_BUCKET_ABAC           Member "s3" "GetBucketAbac" Some("s3:GetBucketAbac");

    GET_ACCOUNT_BLOCK         Member "s3control" "GetPublicAccessBlock" Some("s3:GetAccountPublicAccessBlock");
    LIST_ACCESS_POINTS        Member "s3control" "ListAccessPoints" Some("s3:ListAccessPoints");
    GET_ACCESS_POINT          Member "s3control" "GetAccessPoint" Some("s3:GetAccessPoint");
    GET_ACCESS_POINT_POLICY   Member "s3control" "GetAccessPointPolicy" Some("s3:GetAccessPointPolicy");
    LIST_MRAPS                Member "s3control" "ListMultiRegionAccessPoints" Some("s3:ListMultiRegionAccessPoints");
    GET_MRAP_POLICY           Member "s3control" "GetMultiRegionAccessPointPolicy" Some("s3:GetMultiRegionAccessPointPolicy");
    LIST_GRANTS_INSTANCES     Member "s3control" "ListAccessGrantsInstances" Some("s3:ListAccessGrantsInstances");
    LIST_GRANTS_LOCATIONS     Member "s3control" "ListAccessGrantsLocations" Some("s3:ListAccessGrantsLocations");
    LIST_ACCESS_GRANTS        Member "s3control" "ListAccessGrants" Some("s3:ListAccessGrants");
    GET_GRANTS_POLICY         Member "s3control" "GetAccessGrantsInstanceResourcePolicy" Some("s3:GetAccessGrantsInstanceResourcePolicy");

    DESCRIBE_KEY              Member "kms" "DescribeKey" Some("kms:DescribeKey");
    GET_KEY_POLICY            Member "kms" "GetKeyPolicy" Some("kms:GetKeyPolicy");
    LIST_KEY_GRANTS           Member "kms" "ListGrants" Some("kms:ListGrants");
    LIST_ALIASES              Member "kms" "ListAliases" Some("kms:ListAliases");

    DESCRIBE_ENDPOINTS        Member "ec2" "DescribeVpcEndpoints" Some("ec2:DescribeVpcEndpoints");
    DESCRIBE_TRAILS           Member "cloudtrail" "DescribeTrails" Some("cloudtrail:DescribeTrails");
    GET_TRAIL_STATUS          Member "cloudtrail" "GetTrailStatus" Some("cloudtrail:GetTrailStatus");
    GET_EVENT_SELECTORS       Member "cloudtrail" "GetEventSelectors" Some("cloudtrail:GetEventSelectors");
    LIST_RESOURCES            Member "lakeformation" "ListResources" Some("lakeformation:ListResources");
    LIST_FEATURE_GROUPS       Member "sagemaker" "ListFeatureGroups" Some("sagemaker:ListFeatureGroups");
    DESCRIBE_FEATURE_GROUP    Member "sagemaker" "DescribeFeatureGroup" Some("sagemaker:DescribeFeatureGroup");
}

impl Api {
    /// The name by which a gap calls it: the action that would have had to be allowed.
    pub(super) fn name(self) -> String {
        self.action.map_or_else(|| format!("{}:{}", self.service, self.operation), str::to_owned)
    }
}
