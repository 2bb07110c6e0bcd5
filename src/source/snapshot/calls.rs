//! Which API call tells which fact: one table, read in both directions.
//!
//! A fact that is unread is a gap that names its call; a call that AWS refused, as the collector recorded it in `Errors`,
//! makes its fact unread.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::estate::{
    AccessGrantsInstance, AccessPoint, Account, AccountId, AuthorizationDetails, Bucket, CollectionError,
    Fact, Group, KmsKey, List, MultiRegionAccessPoint, Role, Unread, User, VpcEndpoint,
};

/// A fact of a `T`, and the call that tells it.
pub(super) struct Call<T> {
    /// The member of the snapshot that holds the fact.
    pub(super) member: &'static str,
    /// The call, by the name of the IAM action that one must be allowed.
    pub(super) api: &'static str,
    /// Other names of the call, and other calls that the fact is made of; without the service.
    others: &'static [&'static str],
    /// The call without which this one cannot be made, if there is one; without the service.
    after: Option<&'static str>,
    /// Nobody must bring this evidence: that it is missing is no gap.
    pub(super) is_optional: bool,
    pub(super) fact: fn(&T) -> &dyn Evidence,
    fact_mut: fn(&mut T) -> &mut dyn Evidence,
}

/// A fact of any type.
pub(super) trait Evidence {
    fn why_unread(&self) -> Option<&Unread>;
    fn refuse(&mut self, code: &str);
}

impl<T> Evidence for Fact<T> {
    fn why_unread(&self) -> Option<&Unread> {
        self.unread()
    }

    fn refuse(&mut self, code: &str) {
        *self = Self::Unread(Unread::Refused(code.into()));
    }
}

macro_rules! calls {
    ($($table:ident of $owner:ty, after $before:expr => { $($fact:ident $member:literal $api:literal [$($other:literal),*] $($optional:ident)?;)* })*) => {
        $(pub(super) const $table: &[Call<$owner>] = &[$(Call {
            member: $member,
            api: $api,
            others: &[$($other),*],
            after: $before,
            is_optional: !stringify!($($optional)?).is_empty(),
            fact: |owner| &owner.$fact,
            fact_mut: |owner| &mut owner.$fact,
        }),*];)*
    };
}

calls! {
    // A role that may not be assumed leaves everything in its account unread.
    ACCOUNT of Account, after Some("AssumeRole") => {
        authorization_details "AuthorizationDetails" "iam:GetAccountAuthorizationDetails" [];
        public_access_block   "PublicAccessBlock"    "s3:GetAccountPublicAccessBlock"     [];
        buckets               "Buckets"              "s3:ListAllMyBuckets"                ["ListBuckets"];
        access_points         "AccessPoints"         "s3:ListAccessPoints"                [];
        kms_keys              "KmsKeys"              "kms:ListKeys"                       [];
        vpc_endpoints         "VpcEndpoints"         "ec2:DescribeVpcEndpoints"           [];
        trails                "Trails"               "cloudtrail:DescribeTrails"
            ["ListTrails", "GetTrail", "GetTrailStatus", "GetEventSelectors"] optional;
        multi_region_access_points "MultiRegionAccessPoints" "s3:ListMultiRegionAccessPoints" [] optional;
        access_grants         "AccessGrants"         "s3:ListAccessGrants"
            ["ListAccessGrantsInstances", "ListAccessGrantsLocations"] optional;
        lake_formation        "LakeFormation"        "lakeformation:ListResources"        [] optional;
        sagemaker             "Sagemaker"            "sagemaker:ListFeatureGroups"        ["DescribeFeatureGroup"] optional;
    }
    DETAILS of AuthorizationDetails, after None => {
        user_detail_list  "UserDetailList"  "iam:ListUsers" [];
        group_detail_list "GroupDetailList" "iam:ListGroups" [];
        role_detail_list  "RoleDetailList"  "iam:ListRoles" [];
        policies          "Policies"        "iam:ListPolicies" [];
    }
    USER of User, after None => {
        group_list                "GroupList"               "iam:ListGroupsForUser"        [];
        attached_managed_policies "AttachedManagedPolicies" "iam:ListAttachedUserPolicies" [];
    }
    GROUP of Group, after None => {
        group_policy_list         "GroupPolicyList"         "iam:GetGroupPolicy"            ["ListGroupPolicies"];
        attached_managed_policies "AttachedManagedPolicies" "iam:ListAttachedGroupPolicies" [];
    }
    ROLE of Role, after None => {
        assume_role_policy_document "AssumeRolePolicyDocument" "iam:GetRole"                  [];
        role_policy_list            "RolePolicyList"           "iam:GetRolePolicy"            ["ListRolePolicies"];
        attached_managed_policies   "AttachedManagedPolicies"  "iam:ListAttachedRolePolicies" [];
    }
    BUCKET of Bucket, after Some("GetBucketLocation") => {
        region              "Region"            "s3:GetBucketLocation"                ["HeadBucket"];
        policy              "Policy"            "s3:GetBucketPolicy"                  [];
        policy_status       "PolicyStatus"      "s3:GetBucketPolicyStatus"            [] optional;
        versioning          "Versioning"        "s3:GetBucketVersioning"              [];
        encryption          "Encryption"        "s3:GetEncryptionConfiguration"       ["GetBucketEncryption"];
        public_access_block "PublicAccessBlock" "s3:GetBucketPublicAccessBlock"       ["GetPublicAccessBlock"];
        ownership_controls  "OwnershipControls" "s3:GetBucketOwnershipControls"       [];
        acl                 "Acl"               "s3:GetBucketAcl"                     [];
        logging             "Logging"           "s3:GetBucketLogging"                 [];
        object_lock         "ObjectLock"        "s3:GetBucketObjectLockConfiguration" ["GetObjectLockConfiguration"];
        lifecycle           "Lifecycle"         "s3:GetLifecycleConfiguration"        ["GetBucketLifecycleConfiguration", "GetBucketLifecycle"];
        replication         "Replication"       "s3:GetReplicationConfiguration"      ["GetBucketReplication"];
        notification        "Notification"      "s3:GetBucketNotification"            ["GetBucketNotificationConfiguration"] optional;
        tags                "Tags"              "s3:GetBucketTagging"                 ["ListTagsForResource"];
        abac                "Abac"              "s3:GetBucketAbac"                    [] optional;
    }
    ACCESS_POINT of AccessPoint, after None => {
        policy              "Policy"            "s3:GetAccessPointPolicy" [];
        public_access_block "PublicAccessBlock" "s3:GetAccessPoint"       [];
    }
    MULTI_REGION_ACCESS_POINT of MultiRegionAccessPoint, after None => {
        policy "Policy" "s3:GetMultiRegionAccessPointPolicy" [];
    }
    GRANTS_INSTANCE of AccessGrantsInstance, after None => {
        policy "Policy" "s3:GetAccessGrantsInstanceResourcePolicy" [];
    }
    KEY of KmsKey, after Some("DescribeKey") => {
        policy  "Policy"  "kms:GetKeyPolicy" [];
        aliases "Aliases" "kms:ListAliases"  [] optional;
        grants  "Grants"  "kms:ListGrants"   [] optional;
    }
    ENDPOINT of VpcEndpoint, after None => {
        policy "Policy" "ec2:DescribeVpcEndpoints" ["DescribeVpcEndpointPolicy"];
    }
}

/// The calls that the organization is made of: without the answer of one of them, nobody knows what binds an account.
const ORGANIZATION: &[&str] = &[
    "DescribeOrganization",
    "ListRoots",
    "ListOrganizationalUnitsForParent",
    "ListChildren",
    "ListParents",
    "ListAccounts",
    "ListAccountsForParent",
    "ListPolicies",
    "DescribePolicy",
    "ListTargetsForPolicy",
    "ListPoliciesForTarget",
];

/// Whether an error speaks of the organization as a whole.
pub(super) fn is_of_organization(error: &CollectionError) -> bool {
    error.api.strip_prefix("organizations:").is_some_and(|operation| ORGANIZATION.contains(&operation))
}

/// Makes every fact unread that one of the account's `Errors` speaks of, whatever stands there.
pub(super) fn refuse(account: &mut Account) {
    if account.errors.is_empty() {
        return;
    }
    let errors = std::mem::take(&mut account.errors);
    let refusals = Refusals::new(&errors);
    refusals.apply(ACCOUNT, account, None);
    refuse_identities(&refusals, account);
    for_each(&mut account.buckets, |bucket| {
        let name = bucket.name.clone();
        refusals.apply(BUCKET, bucket, Some(&name));
    });
    for_each(&mut account.access_points, |access_point| {
        let name = access_point.name.clone();
        refusals.apply(ACCESS_POINT, access_point, Some(&name));
    });
    for_each(&mut account.multi_region_access_points, |access_point| {
        let name = access_point.name.clone();
        refusals.apply(MULTI_REGION_ACCESS_POINT, access_point, Some(&name));
    });
    for instance in account.access_grants.known_mut().into_iter().flat_map(|grants| &mut grants.instances) {
        let arn = instance.access_grants_instance_arn.clone();
        refusals.apply(GRANTS_INSTANCE, instance, Some(&arn));
    }
    for_each(&mut account.kms_keys, |key| {
        let arn = key.arn.clone();
        refusals.apply(KEY, key, Some(short(&arn)));
    });
    for_each(&mut account.vpc_endpoints, |endpoint| {
        let id = endpoint.vpc_endpoint_id.clone();
        refusals.apply(ENDPOINT, endpoint, Some(&id));
    });
    account.errors = errors;
}

fn refuse_identities(refusals: &Refusals<'_>, account: &mut Account) {
    let Some(details) = account.authorization_details.known_mut().map(Arc::make_mut) else { return };
    refusals.apply(DETAILS, details, None);
    for_each(&mut details.user_detail_list, |user| {
        let name = user.user_name.clone();
        refusals.apply(USER, user, Some(&name));
    });
    for_each(&mut details.group_detail_list, |group| {
        let name = group.group_name.clone();
        refusals.apply(GROUP, group, Some(&name));
    });
    for_each(&mut details.role_detail_list, |role| {
        let name = role.role_name.clone();
        refusals.apply(ROLE, role, Some(&name));
    });
}

fn for_each<T>(list: &mut Fact<List<T>>, act: impl FnMut(&mut T)) {
    list.known_mut().into_iter().flat_map(List::iter_mut).for_each(act);
}

/// The facts of an account that are malformed, or refused without an entry in `Errors`, as the entries that say so: what a
/// file cannot hold is not lost when it is written.
pub(super) fn unrecorded(account: &Account) -> Vec<CollectionError> {
    let mut record = Record { refusals: Refusals::new(&account.errors), errors: vec![] };
    let id = account.account_id.to_string();
    record.facts(ACCOUNT, account, None, &id);
    if let Some(details) = account.authorization_details.known() {
        record.facts(DETAILS, details, None, &id);
        items(&details.user_detail_list)
            .for_each(|user| record.facts(USER, user, Some(&user.user_name), &user.arn));
        items(&details.group_detail_list)
            .for_each(|group| record.facts(GROUP, group, Some(&group.group_name), &group.arn));
        items(&details.role_detail_list)
            .for_each(|role| record.facts(ROLE, role, Some(&role.role_name), &role.arn));
    }
    items(&account.buckets).for_each(|bucket| record.facts(BUCKET, bucket, Some(&bucket.name), &bucket.name));
    items(&account.access_points)
        .for_each(|point| record.facts(ACCESS_POINT, point, Some(&point.name), &point.name));
    items(&account.multi_region_access_points).for_each(|point| {
        record.facts(MULTI_REGION_ACCESS_POINT, point, Some(&point.name), &point.name);
    });
    for instance in account.access_grants.known().into_iter().flat_map(|grants| &grants.instances) {
        let arn = &instance.access_grants_instance_arn;
        record.facts(GRANTS_INSTANCE, instance, Some(arn), arn);
    }
    items(&account.kms_keys).for_each(|key| record.facts(KEY, key, Some(short(&key.arn)), &key.arn));
    items(&account.vpc_endpoints).for_each(|endpoint| {
        record.facts(ENDPOINT, endpoint, Some(&endpoint.vpc_endpoint_id), &endpoint.vpc_endpoint_id);
    });
    record.errors
}

fn items<T>(list: &Fact<List<T>>) -> std::slice::Iter<'_, T> {
    list.known().map_or(&[][..], |list| list).iter()
}

struct Record<'a> {
    refusals: Refusals<'a>,
    errors: Vec<CollectionError>,
}

impl Record<'_> {
    fn facts<T>(&mut self, calls: &[Call<T>], owner: &T, name: Option<&str>, resource: &str) {
        for call in calls {
            let why = (call.fact)(owner).why_unread().filter(|why| **why != Unread::Missing);
            let Some(why) = why.filter(|_| self.refusals.refused(call, name).is_none()) else { continue };
            if matches!(why, Unread::Refused(_)) && self.refusals.prevented(call, name).is_some() {
                continue;
            }
            self.errors.push(CollectionError {
                api: call.api.into(),
                resource: resource.into(),
                code: why.code().into(),
                message: None,
            });
        }
    }
}

/// The refused calls by operation and by the short name of what they were about.
struct Refusals<'a> {
    /// For facts of one thing.
    of: FxHashMap<(&'a str, &'a str), &'a str>,
    /// For facts of the account.
    any: FxHashMap<&'a str, &'a str>,
}

impl<'a> Refusals<'a> {
    fn new(errors: &'a [CollectionError]) -> Self {
        let mut refusals = Self { of: FxHashMap::default(), any: FxHashMap::default() };
        for error in errors {
            let operation = operation(error);
            refusals.of.entry((operation, short(&error.resource))).or_insert(&error.code);
            // What has one name everywhere is known by its ARN.
            refusals.of.entry((operation, &error.resource)).or_insert(&error.code);
            refusals.any.entry(operation).or_insert(&error.code);
        }
        refusals
    }

    /// Refuses the facts of `owner`; of the account where it has no name of its own.
    fn apply<T>(&self, calls: &[Call<T>], owner: &mut T, name: Option<&str>) {
        for call in calls {
            let is_missing = (call.fact)(owner).why_unread() == Some(&Unread::Missing);
            let prevented = self.prevented(call, name).filter(|_| is_missing);
            if let Some(code) = self.refused(call, name).or(prevented) {
                (call.fact_mut)(owner).refuse(code);
            }
        }
    }

    /// Why the call was never made, if what must be known before it was refused.
    fn prevented<T>(&self, call: &Call<T>, name: Option<&str>) -> Option<&'a str> {
        self.code(call.after?, name)
    }

    fn refused<T>(&self, call: &Call<T>, name: Option<&str>) -> Option<&'a str> {
        let names = call.others.iter().copied().chain(call.api.rsplit(':').next());
        names.filter_map(|operation| self.code(operation, name)).min()
    }

    /// An error without a resource, or about `*`, speaks of all that its call can be about.
    fn code(&self, operation: &str, name: Option<&str>) -> Option<&'a str> {
        match name {
            None => self.any.get(operation).copied(),
            Some(name) => [name, "", "*"].iter().find_map(|name| self.of.get(&(operation, *name)).copied()),
        }
    }
}

/// The operation without its service. What the error is about tells apart what AWS calls by one name: S3's two operations
/// `GetPublicAccessBlock`, and the list of endpoints from one of them.
fn operation(error: &CollectionError) -> &str {
    let (service, operation) = error.api.rsplit_once(':').unwrap_or(("", &error.api));
    let about = short(&error.resource);
    let of_account = matches!(about, "" | "*" | "root") || AccountId::parse(about).is_some();
    match operation {
        "GetPublicAccessBlock" if of_account || service == "s3control" => "GetAccountPublicAccessBlock",
        "DescribeVpcEndpoints" if about.starts_with("vpce-") => "DescribeVpcEndpointPolicy",
        operation => operation,
    }
}

/// The last part of an ARN: a bucket's or role's name, a key's id; another name as it is.
fn short(resource: &str) -> &str {
    let resource = resource.strip_suffix("/*").unwrap_or(resource);
    resource.rsplit([':', '/']).next().unwrap_or(resource)
}
