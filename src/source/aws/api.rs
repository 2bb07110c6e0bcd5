//! Every call that palisade makes, once: its name for AWS, and the IAM action that allows it. Collecting makes those that only
//! read; applying edits and rolling them back makes others beside them.

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
    /// Whose credentials it is made with.
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
    ($(#[$about:meta])* $list:ident: $($name:ident $caller:ident $service:literal $operation:literal $action:expr;)*) => {
        $(pub(super) const $name: Api =
            Api { service: $service, operation: $operation, action: $action, caller: Caller::$caller };)*

        $(#[$about])*
        pub const $list: &[Api] = &[$($name),*];
    };
}

apis! {
    /// Every call of a collection, by service.
    APIS:
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

apis! {
    /// Every call that applying edits and rolling them back makes beside those of [`APIS`], by service.
    WRITES:
    PUT_BUCKET_VERSIONING     Member "s3" "PutBucketVersioning" Some("s3:PutBucketVersioning");
    PUT_BUCKET_ENCRYPTION     Member "s3" "PutBucketEncryption" Some("s3:PutEncryptionConfiguration");
    DELETE_BUCKET_ENCRYPTION  Member "s3" "DeleteBucketEncryption" Some("s3:PutEncryptionConfiguration");
    PUT_PUBLIC_ACCESS_BLOCK   Member "s3" "PutPublicAccessBlock" Some("s3:PutBucketPublicAccessBlock");
    DELETE_PUBLIC_ACCESS_BLOCK Member "s3" "DeletePublicAccessBlock" Some("s3:PutBucketPublicAccessBlock");
    PUT_OWNERSHIP_CONTROLS    Member "s3" "PutBucketOwnershipControls" Some("s3:PutBucketOwnershipControls");
    DELETE_OWNERSHIP_CONTROLS Member "s3" "DeleteBucketOwnershipControls" Some("s3:PutBucketOwnershipControls");
    PUT_BUCKET_LOGGING        Member "s3" "PutBucketLogging" Some("s3:PutBucketLogging");
    PUT_BUCKET_LIFECYCLE      Member "s3" "PutBucketLifecycleConfiguration" Some("s3:PutLifecycleConfiguration");
    DELETE_BUCKET_LIFECYCLE   Member "s3" "DeleteBucketLifecycle" Some("s3:PutLifecycleConfiguration");
    PUT_BUCKET_TAGGING        Member "s3" "PutBucketTagging" Some("s3:PutBucketTagging");
    DELETE_BUCKET_TAGGING     Member "s3" "DeleteBucketTagging" Some("s3:PutBucketTagging");
    TAG_RESOURCE              Member "s3control" "TagResource" Some("s3:TagResource");
    UNTAG_RESOURCE            Member "s3control" "UntagResource" Some("s3:UntagResource");
    PUT_BUCKET_POLICY         Member "s3" "PutBucketPolicy" Some("s3:PutBucketPolicy");
    DELETE_BUCKET_POLICY      Member "s3" "DeleteBucketPolicy" Some("s3:DeleteBucketPolicy");
    PUT_ACCESS_POINT_POLICY   Member "s3control" "PutAccessPointPolicy" Some("s3:PutAccessPointPolicy");
    DELETE_ACCESS_POINT_POLICY Member "s3control" "DeleteAccessPointPolicy" Some("s3:DeleteAccessPointPolicy");

    LIST_KEYS                 Member "kms" "ListKeys" Some("kms:ListKeys");
    CREATE_KEY                Member "kms" "CreateKey" Some("kms:CreateKey");
    CREATE_ALIAS              Member "kms" "CreateAlias" Some("kms:CreateAlias");
    DELETE_ALIAS              Member "kms" "DeleteAlias" Some("kms:DeleteAlias");
    SCHEDULE_KEY_DELETION     Member "kms" "ScheduleKeyDeletion" Some("kms:ScheduleKeyDeletion");
    PUT_KEY_POLICY            Member "kms" "PutKeyPolicy" Some("kms:PutKeyPolicy");

    GET_ROLE                  Member "iam" "GetRole" Some("iam:GetRole");
    GET_USER                  Member "iam" "GetUser" Some("iam:GetUser");
    UPDATE_TRUST_POLICY       Member "iam" "UpdateAssumeRolePolicy" Some("iam:UpdateAssumeRolePolicy");
    GET_USER_POLICY           Member "iam" "GetUserPolicy" Some("iam:GetUserPolicy");
    GET_GROUP_POLICY          Member "iam" "GetGroupPolicy" Some("iam:GetGroupPolicy");
    GET_ROLE_POLICY           Member "iam" "GetRolePolicy" Some("iam:GetRolePolicy");
    PUT_USER_POLICY           Member "iam" "PutUserPolicy" Some("iam:PutUserPolicy");
    PUT_GROUP_POLICY          Member "iam" "PutGroupPolicy" Some("iam:PutGroupPolicy");
    PUT_ROLE_POLICY           Member "iam" "PutRolePolicy" Some("iam:PutRolePolicy");
    DELETE_USER_POLICY        Member "iam" "DeleteUserPolicy" Some("iam:DeleteUserPolicy");
    DELETE_GROUP_POLICY       Member "iam" "DeleteGroupPolicy" Some("iam:DeleteGroupPolicy");
    DELETE_ROLE_POLICY        Member "iam" "DeleteRolePolicy" Some("iam:DeleteRolePolicy");
    CREATE_POLICY             Member "iam" "CreatePolicy" Some("iam:CreatePolicy");
    DELETE_POLICY             Member "iam" "DeletePolicy" Some("iam:DeletePolicy");
    LIST_POLICY_VERSIONS      Member "iam" "ListPolicyVersions" Some("iam:ListPolicyVersions");
    CREATE_POLICY_VERSION     Member "iam" "CreatePolicyVersion" Some("iam:CreatePolicyVersion");
    DELETE_POLICY_VERSION     Member "iam" "DeletePolicyVersion" Some("iam:DeletePolicyVersion");
    SET_DEFAULT_VERSION       Member "iam" "SetDefaultPolicyVersion" Some("iam:SetDefaultPolicyVersion");
    LIST_ATTACHED_USER        Member "iam" "ListAttachedUserPolicies" Some("iam:ListAttachedUserPolicies");
    LIST_ATTACHED_GROUP       Member "iam" "ListAttachedGroupPolicies" Some("iam:ListAttachedGroupPolicies");
    LIST_ATTACHED_ROLE        Member "iam" "ListAttachedRolePolicies" Some("iam:ListAttachedRolePolicies");
    ATTACH_USER_POLICY        Member "iam" "AttachUserPolicy" Some("iam:AttachUserPolicy");
    ATTACH_GROUP_POLICY       Member "iam" "AttachGroupPolicy" Some("iam:AttachGroupPolicy");
    ATTACH_ROLE_POLICY        Member "iam" "AttachRolePolicy" Some("iam:AttachRolePolicy");
    DETACH_USER_POLICY        Member "iam" "DetachUserPolicy" Some("iam:DetachUserPolicy");
    DETACH_GROUP_POLICY       Member "iam" "DetachGroupPolicy" Some("iam:DetachGroupPolicy");
    DETACH_ROLE_POLICY        Member "iam" "DetachRolePolicy" Some("iam:DetachRolePolicy");
    PUT_USER_BOUNDARY         Member "iam" "PutUserPermissionsBoundary" Some("iam:PutUserPermissionsBoundary");
    PUT_ROLE_BOUNDARY         Member "iam" "PutRolePermissionsBoundary" Some("iam:PutRolePermissionsBoundary");
    DELETE_USER_BOUNDARY      Member "iam" "DeleteUserPermissionsBoundary" Some("iam:DeleteUserPermissionsBoundary");
    DELETE_ROLE_BOUNDARY      Member "iam" "DeleteRolePermissionsBoundary" Some("iam:DeleteRolePermissionsBoundary");
}

impl Api {
    /// The name by which a gap calls it: the action that would have had to be allowed.
    pub(super) fn name(self) -> String {
        self.action.map_or_else(|| format!("{}:{}", self.service, self.operation), str::to_owned)
    }
}
