//! What an account's file does not tell, or tells so that nobody understands it.

use std::collections::BTreeMap;
use std::fmt::Display;

use rustc_hash::FxHashSet;

use super::calls::{self, Call};
use super::faults::{Faults, Subject};
use super::place::At;
use crate::estate::{
    Account, AttachedPolicy, AuthorizationDetails, Bucket, Fact, Group, InlinePolicy, KmsKey, List,
    ManagedPolicy, PermissionsBoundary, PolicyDocument, Role, Unread, User,
};
use crate::iam::JsonPath;

const DETAILS: &str = "iam:GetAccountAuthorizationDetails";

/// Everything that is wrong with the evidence of one account, whose refused facts are unread already.
pub(super) fn of_account(account: &Account, partition: &str) -> Faults {
    let mut finder = Finder { account, partition, faults: Faults::default() };
    let root = At::Root;
    finder.errors(root.field("Errors"));
    finder.facts(calls::ACCOUNT, account, root, &account.account_id);
    finder.trails();
    finder.identities(root.field("AuthorizationDetails"));
    finder.buckets(root.field("Buckets"));
    finder.network();
    finder.faults
}

struct Finder<'a> {
    account: &'a Account,
    partition: &'a str,
    faults: Faults,
}

impl<'a> Finder<'a> {
    fn errors(&mut self, at: At<'_>) {
        for (index, error) in self.account.errors.iter().enumerate() {
            let subject = Subject { api: &error.api, resource: &error.resource };
            let refused = Unread::Refused(error.code.clone());
            let what = match &error.message {
                Some(message) => format!("{refused}: {message}"),
                None => refused.to_string(),
            };
            self.faults.add(at.item(index), subject, &error.code, what);
        }
    }

    /// The facts of `owner` that are unread. A refused one stands in `Errors` and is a gap from there.
    fn facts<T>(&mut self, calls: &[Call<T>], owner: &T, at: At<'_>, resource: &dyn Display) {
        for call in calls {
            match (call.fact)(owner).why_unread() {
                None | Some(Unread::Refused(_)) => {}
                Some(Unread::Missing) if call.is_optional => {}
                Some(why) => {
                    self.faults.unread(at.field(call.member), Subject { api: call.api, resource }, why);
                }
            }
        }
    }

    fn trails(&mut self) {
        self.list(At::Root.field("Trails"), "cloudtrail:DescribeTrails", &self.account.trails, |trail| {
            &trail.name
        });
    }

    /// The items of a list that could not be read, and those whose name another one has: only the first is looked up.
    fn list<T>(&mut self, at: At<'_>, api: &str, list: &Fact<List<T>>, name: impl Fn(&T) -> &str) {
        self.list_of(at, api, "", list, name);
    }

    /// As [`Self::list`], where a gap names an item by `prefix` and its name.
    fn list_of<T>(
        &mut self,
        at: At<'_>,
        api: &str,
        prefix: &str,
        list: &Fact<List<T>>,
        name: impl Fn(&T) -> &str,
    ) {
        let Some(list) = list.known() else { return };
        for item in list.unread() {
            let named = item.name().map(|name| format!("{prefix}{name}"));
            let resource = named.unwrap_or_else(|| at.item(item.index).path().to_string());
            self.faults.add(
                at.item(item.index),
                Subject { api, resource: &resource },
                "Malformed",
                &*item.why,
            );
        }
        let mut names = FxHashSet::default();
        for (index, item) in list.indexed() {
            if !names.insert(name(item)) {
                let what = "an item before it in the list has the same name";
                let resource = format!("{prefix}{}", name(item));
                self.faults.add(at.item(index), Subject { api, resource: &resource }, "Duplicate", what);
            }
        }
    }

    fn buckets(&mut self, at: At<'_>) {
        let prefix = format!("arn:{}:s3:::", self.partition);
        self.list_of(at, "s3:ListAllMyBuckets", &prefix, &self.account.buckets, |bucket| &bucket.name);
        for (index, bucket) in indexed(&self.account.buckets) {
            self.bucket(at.item(index), bucket);
        }
    }

    fn bucket(&mut self, at: At<'_>, bucket: &Bucket) {
        let (partition, name) = (self.partition, &bucket.name);
        let arn = format_args!("arn:{partition}:s3:::{name}");
        self.facts(calls::BUCKET, bucket, at, &arn);
        let subject = Subject { api: "s3:GetBucketPolicy", resource: &arn };
        self.optional_document(at.field("Policy"), subject, &bucket.policy);
    }

    fn network(&mut self) {
        let account = self.account;
        let at = At::Root.field("AccessPoints");
        self.list(at, "s3:ListAccessPoints", &account.access_points, |point| {
            point.access_point_arn.as_deref().unwrap_or(&point.name)
        });
        for (index, point) in indexed(&account.access_points) {
            let at = at.item(index);
            let name: &dyn Display = point.access_point_arn.as_ref().map_or(&point.name, |arn| arn);
            self.facts(calls::ACCESS_POINT, point, at, name);
            let subject = Subject { api: "s3:GetAccessPointPolicy", resource: name };
            self.optional_document(at.field("Policy"), subject, &point.policy);
        }
        self.shared();
        let at = At::Root.field("KmsKeys");
        self.list(at, "kms:ListKeys", &account.kms_keys, |key| &key.arn);
        for (index, key) in indexed(&account.kms_keys) {
            self.key(at.item(index), key);
        }
        let at = At::Root.field("VpcEndpoints");
        self.list(at, "ec2:DescribeVpcEndpoints", &account.vpc_endpoints, |endpoint| {
            &endpoint.vpc_endpoint_id
        });
        for (index, endpoint) in indexed(&account.vpc_endpoints) {
            let at = at.item(index);
            self.facts(calls::ENDPOINT, endpoint, at, &endpoint.vpc_endpoint_id);
            let subject = Subject { api: "ec2:DescribeVpcEndpoints", resource: &endpoint.vpc_endpoint_id };
            self.optional_document(at.field("Policy"), subject, &endpoint.policy);
        }
    }

    /// What leads to data of more than one region or account.
    fn shared(&mut self) {
        let account = self.account;
        let at = At::Root.field("MultiRegionAccessPoints");
        self.list(at, "s3:ListMultiRegionAccessPoints", &account.multi_region_access_points, |point| {
            &point.name
        });
        for (index, point) in indexed(&account.multi_region_access_points) {
            self.facts(calls::MULTI_REGION_ACCESS_POINT, point, at.item(index), &point.name);
            let subject = Subject { api: "s3:GetMultiRegionAccessPointPolicy", resource: &point.name };
            self.optional_document(at.item(index).field("Policy"), subject, &point.policy);
        }
        let at = At::Root.field("AccessGrants");
        let at = at.field("Instances");
        let instances = account.access_grants.known().map_or(&[][..], |grants| &grants.instances);
        for (index, instance) in instances.iter().enumerate() {
            let resource = &instance.access_grants_instance_arn;
            self.facts(calls::GRANTS_INSTANCE, instance, at.item(index), resource);
            let subject = Subject { api: "s3:GetAccessGrantsInstanceResourcePolicy", resource };
            self.optional_document(at.item(index).field("Policy"), subject, &instance.policy);
        }
    }

    fn key(&mut self, at: At<'_>, key: &KmsKey) {
        self.facts(calls::KEY, key, at, &key.arn);
        if let Some(policy) = key.policy.known() {
            let subject = Subject { api: "kms:GetKeyPolicy", resource: &key.arn };
            self.faults.document(at.field("Policy"), subject, policy);
        }
    }

    fn identities(&mut self, at: At<'_>) {
        let Some(details) = self.account.authorization_details.known() else { return };
        self.facts(calls::DETAILS, details, at, &self.account.account_id);
        let mut references = References::new(details);
        self.users(at.field("UserDetailList"), details, &mut references);
        self.groups(at.field("GroupDetailList"), details, &mut references);
        self.roles(at.field("RoleDetailList"), details, &mut references);
        self.managed_policies(at.field("Policies"), details);
        references.report(at, &mut self.faults);
    }

    fn users(&mut self, at: At<'_>, details: &'a AuthorizationDetails, references: &mut References<'a>) {
        self.list(at, DETAILS, &details.user_detail_list, |user| &user.arn);
        for (index, user) in indexed(&details.user_detail_list) {
            let at = at.item(index);
            let User {
                arn,
                user_policy_list,
                group_list,
                attached_managed_policies,
                permissions_boundary,
                ..
            } = user;
            self.facts(calls::USER, user, at, arn);
            self.inline_policies(at.field("UserPolicyList"), arn, user_policy_list);
            references.attached(at, attached_managed_policies);
            references.boundary(at, permissions_boundary.as_ref());
            for (index, group) in group_list.known().into_iter().flatten().enumerate() {
                references.group(at.field("GroupList").item(index), group);
            }
        }
    }

    fn groups(&mut self, at: At<'_>, details: &'a AuthorizationDetails, references: &mut References<'a>) {
        self.list(at, DETAILS, &details.group_detail_list, |group| &group.group_name);
        for (index, group) in indexed(&details.group_detail_list) {
            let at = at.item(index);
            let Group { arn, group_policy_list, attached_managed_policies, .. } = group;
            self.facts(calls::GROUP, group, at, arn);
            self.inline_policies(
                at.field("GroupPolicyList"),
                arn,
                group_policy_list.known().map_or(&[], |list| list),
            );
            references.attached(at, attached_managed_policies);
        }
    }

    fn roles(&mut self, at: At<'_>, details: &'a AuthorizationDetails, references: &mut References<'a>) {
        self.list(at, DETAILS, &details.role_detail_list, |role| &role.arn);
        for (index, role) in indexed(&details.role_detail_list) {
            let at = at.item(index);
            let Role { arn, role_policy_list, attached_managed_policies, permissions_boundary, .. } = role;
            self.facts(calls::ROLE, role, at, arn);
            if let Some(trust) = role.assume_role_policy_document.known() {
                let subject = Subject { api: DETAILS, resource: arn };
                self.faults.document(at.field("AssumeRolePolicyDocument"), subject, trust);
            }
            self.inline_policies(
                at.field("RolePolicyList"),
                arn,
                role_policy_list.known().map_or(&[], |list| list),
            );
            references.attached(at, attached_managed_policies);
            references.boundary(at, permissions_boundary.as_ref());
        }
    }

    fn inline_policies(&mut self, at: At<'_>, arn: &str, policies: &[InlinePolicy]) {
        for (index, policy) in policies.iter().enumerate() {
            let subject = Subject { api: DETAILS, resource: &arn };
            self.faults.document(at.item(index).field("PolicyDocument"), subject, &policy.policy_document);
        }
    }

    /// Only the version in force counts.
    fn managed_policies(&mut self, at: At<'_>, details: &AuthorizationDetails) {
        self.list(at, DETAILS, &details.policies, |policy| &policy.arn);
        for (index, policy) in indexed(&details.policies) {
            let (at, subject) = (at.item(index), Subject { api: DETAILS, resource: &policy.arn });
            let versions = at.field("PolicyVersionList");
            match in_force(policy) {
                Some((version, document)) => {
                    self.faults.document(versions.item(version).field("Document"), subject, document);
                }
                None => self.faults.add(
                    versions,
                    subject,
                    "Missing",
                    "the version in force is not among the versions",
                ),
            }
        }
    }

    fn optional_document(&mut self, at: At<'_>, subject: Subject<'_>, policy: &Fact<Option<PolicyDocument>>) {
        if let Fact::Known(Some(document)) = policy {
            self.faults.document(at, subject, document);
        }
    }
}

/// The version in force with its place in the list.
fn in_force(policy: &ManagedPolicy) -> Option<(usize, &PolicyDocument)> {
    let document = policy.document()?;
    let place =
        policy.policy_version_list.iter().position(|version| std::ptr::eq(&version.document, document))?;
    Some((place, document))
}

fn indexed<T>(list: &Fact<List<T>>) -> impl Iterator<Item = (usize, &T)> {
    list.known().into_iter().flat_map(List::indexed)
}

/// The policies and groups that principals name and the details do not hold. A thousand roles with one such policy are
/// one gap.
struct References<'a> {
    policies: Option<FxHashSet<&'a str>>,
    groups: Option<FxHashSet<&'a str>>,
    /// By name: where it is named first, and how often.
    dangling: BTreeMap<(&'static str, &'a str), (JsonPath, usize)>,
}

impl<'a> References<'a> {
    fn new(details: &'a AuthorizationDetails) -> Self {
        let policies = details.policies.known();
        let groups = details.group_detail_list.known();
        Self {
            policies: policies.map(|policies| policies.iter().map(|policy| &*policy.arn).collect()),
            groups: groups.map(|groups| groups.iter().map(|group| &*group.group_name).collect()),
            dangling: BTreeMap::new(),
        }
    }

    fn attached(&mut self, at: At<'_>, policies: &'a Fact<Vec<AttachedPolicy>>) {
        for (index, policy) in policies.known().into_iter().flatten().enumerate() {
            self.policy(at.field("AttachedManagedPolicies").item(index), &policy.policy_arn);
        }
    }

    fn boundary(&mut self, at: At<'_>, boundary: Option<&'a PermissionsBoundary>) {
        if let Some(boundary) = boundary {
            self.policy(at.field("PermissionsBoundary"), &boundary.permissions_boundary_arn);
        }
    }

    fn policy(&mut self, at: At<'_>, arn: &'a str) {
        if self.policies.as_ref().is_some_and(|known| !known.contains(arn)) {
            self.dangling.entry(("Policies", arn)).or_insert_with(|| (at.path(), 0)).1 += 1;
        }
    }

    fn group(&mut self, at: At<'_>, name: &'a str) {
        if self.groups.as_ref().is_some_and(|known| !known.contains(name)) {
            self.dangling.entry(("GroupDetailList", name)).or_insert_with(|| (at.path(), 0)).1 += 1;
        }
    }

    fn report(self, at: At<'_>, faults: &mut Faults) {
        for ((list, name), (path, count)) in self.dangling {
            let list = at.field(list).path();
            let what = match count {
                1 => format!("{name} is named here, but does not stand in {list}"),
                _ => format!("{name} is named in {count} places, here first, but does not stand in {list}"),
            };
            faults.at_path(path, Subject { api: DETAILS, resource: &name }, "Missing", what);
        }
    }
}
