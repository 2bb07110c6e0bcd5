//! What is the same for every request of or to an account: its place in the organization and the policies that bind it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::site::{Door, Site};
use crate::authorize::Policy;
use crate::estate::{
    AccessPoint, Account, AccountId, Estate, Fact, Hierarchy, Perimeter, PolicyType, Principal, VpcEndpoint,
};
use crate::iam::Document;

/// An estate, prepared for asking who can do what in it.
#[derive(Debug)]
pub struct Ground<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// Who is inside.
    pub perimeter: Perimeter<'a>,
    /// The account that no policy of the organization binds.
    pub(super) management: Option<AccountId>,
    accounts: FxHashMap<AccountId, Around<'a>>,
    canonical_ids: FxHashMap<AccountId, &'a str>,
    by_canonical_id: FxHashMap<&'a str, AccountId>,
    /// The access points with their ARNs, by the bucket that they lead to.
    access_points: FxHashMap<&'a str, Vec<LeadingPoint<'a>>>,
    /// The VPC endpoints that have a policy of their own.
    restricting: Vec<&'a VpcEndpoint>,
    /// The networks that policies of principals and of the organization name.
    named_by_callers: FxHashSet<&'a str>,
}

/// An access point with its account and its ARN.
type LeadingPoint<'a> = (&'a Account, &'a AccessPoint, Box<str>);

/// What binds the principals and the resources of one account.
#[derive(Debug, Clone, Default)]
pub(super) struct Around<'a> {
    /// The service control policies: root, units, account.
    pub(super) service_control: Vec<Vec<Policy<'a>>>,
    /// The resource control policies: root, units, account.
    pub(super) resource_control: Vec<Vec<Policy<'a>>>,
    /// `o-...`.
    pub(super) organization: Option<&'a str>,
    /// `o-.../r-.../ou-.../`.
    pub(super) path: Option<Box<str>>,
    /// Whether the organization blocks public access for the account.
    pub(super) blocks_public_access: Option<Fact<bool>>,
    /// Why the policies of the organization are not known.
    pub(super) unread: Option<Box<str>>,
}

impl<'a> Ground<'a> {
    /// Prepares an estate.
    #[must_use]
    pub fn new(estate: &'a Estate) -> Self {
        let hierarchy = estate.hierarchy();
        let around = |account: &Account| (account.account_id, Around::of(&hierarchy, account.account_id));
        let organization = estate.organization();
        let canonical_ids: FxHashMap<AccountId, &str> = estate.accounts().filter_map(canonical_id).collect();
        let mut access_points: FxHashMap<&str, Vec<_>> = FxHashMap::default();
        for account in estate.accounts() {
            for point in account.access_points.known().map_or(&[][..], |points| points) {
                let arn = access_point_arn(estate, account, point);
                access_points.entry(&point.bucket).or_default().push((account, point, arn));
            }
        }
        let restricting = estate
            .accounts()
            .flat_map(endpoints_of)
            .filter(|endpoint| !matches!(endpoint.policy, Fact::Known(None)));
        Self {
            restricting: restricting.collect(),
            named_by_callers: named_by_callers(estate),
            access_points,
            estate,
            perimeter: Perimeter::of(estate),
            management: organization.map(|organization| organization.organization.master_account_id),
            accounts: estate.accounts().map(around).collect(),
            by_canonical_id: canonical_ids.iter().map(|(account, id)| (*id, *account)).collect(),
            canonical_ids,
        }
    }

    /// Prepares a copy of the estate that differs in documents and settings of some accounts, and shares the rest.
    #[must_use]
    pub fn beside<'b>(&self, copy: &'b Estate) -> Ground<'b>
    where
        'a: 'b,
    {
        let estate: &'a Estate = self.estate;
        let changed: Vec<&'b Account> = estate.unshared(copy).collect();
        let is_changed =
            |account: &Account| changed.iter().any(|other| other.account_id == account.account_id);
        let mut access_points: FxHashMap<&'b str, Vec<LeadingPoint<'b>>> = self.access_points.clone();
        access_points.values_mut().for_each(|points| points.retain(|(account, ..)| !is_changed(account)));
        for account in &changed {
            for point in account.access_points.known().map_or(&[][..], |points| points) {
                let arn = access_point_arn(copy, account, point);
                access_points.entry(&point.bucket).or_default().push((account, point, arn));
            }
        }
        let mut named: FxHashSet<&'b str> = self.named_by_callers.clone();
        let other_principals = changed.iter().filter(|account| !account.shares_principals(estate));
        add_named(other_principals.flat_map(|account| account.principals()), &mut named);
        Ground {
            estate: copy,
            perimeter: self.perimeter.clone(),
            management: self.management,
            accounts: self.accounts.clone(),
            canonical_ids: self.canonical_ids.clone(),
            by_canonical_id: self.by_canonical_id.clone(),
            access_points,
            restricting: self.restricting.clone(),
            named_by_callers: named,
        }
    }

    /// What surrounds an account; nothing for one without evidence.
    pub(super) fn around(&self, account: AccountId) -> Option<&Around<'a>> {
        self.accounts.get(&account)
    }

    /// The id by which access control lists name an account, where some bucket of it tells.
    pub(super) fn canonical_id(&self, account: AccountId) -> Option<&'a str> {
        self.canonical_ids.get(&account).copied()
    }

    /// The account that has a canonical id, where some bucket of it tells.
    pub(super) fn account_of(&self, canonical_id: &str) -> Option<AccountId> {
        self.by_canonical_id.get(canonical_id).copied()
    }

    /// Whether nothing is known of the principals of an account.
    #[must_use]
    pub fn is_unread(&self, account: AccountId) -> bool {
        let details = self.estate.account(account).and_then(|account| account.authorization_details.known());
        details.is_none_or(|details| {
            details.role_detail_list.is_unread() || details.user_detail_list.is_unread()
        })
    }

    /// The accounts of the organization of whose principals nothing is known.
    pub fn unread_accounts(&self) -> impl Iterator<Item = AccountId> {
        let listed = self.estate.organization().map_or(&[][..], |organization| &organization.accounts);
        listed.iter().map(|account| account.id).filter(|account| self.is_unread(*account))
    }

    /// An account that is not of the organization and that nobody names.
    #[must_use]
    pub fn some_outsider(&self) -> Option<AccountId> {
        let candidates =
            ["777777777777", "555555555555", "888888888888"].into_iter().filter_map(AccountId::parse);
        candidates.into_iter().find(|account| !self.perimeter.contains(*account))
    }

    /// The VPC endpoints through which requests have to be looked at by themselves: those that some policy on the way names, by their
    /// id or by their VPC, and that have a policy of their own. Every other endpoint lets pass what one does that nobody knows.
    #[must_use]
    pub fn endpoints_named(&self, site: &Site<'a>) -> Vec<&'a VpcEndpoint> {
        if self.restricting.is_empty() {
            return vec![];
        }
        let mut named = self.named_by_callers.clone();
        site.documents().for_each(|document| networks_of(document, &mut named));
        let is_named = |endpoint: &&VpcEndpoint| {
            named.contains(&*endpoint.vpc_endpoint_id) || named.contains(&*endpoint.vpc_id)
        };
        self.restricting.iter().copied().filter(is_named).collect()
    }

    /// The ids of the endpoints that have a policy of their own, and of the VPCs that have no others.
    pub(super) fn restricting(&self) -> FxHashSet<Box<str>> {
        let open: FxHashSet<&str> = self
            .endpoints()
            .filter(|endpoint| {
                !self.restricting.iter().any(|known| known.vpc_endpoint_id == endpoint.vpc_endpoint_id)
            })
            .map(|endpoint| &*endpoint.vpc_id)
            .collect();
        let vpcs =
            self.restricting.iter().map(|endpoint| &endpoint.vpc_id).filter(|vpc| !open.contains(&***vpc));
        vpcs.chain(self.restricting.iter().map(|endpoint| &endpoint.vpc_endpoint_id)).cloned().collect()
    }

    /// Whether the identity policies of a principal may allow anything on a bucket; what denies it is not asked.
    #[must_use]
    pub fn may_allow(&self, principal: &Principal<'a>, site: &Site<'a>) -> bool {
        let Fact::Known(policies) = principal.identity_policies() else { return true };
        policies.iter().any(|(_, policy)| {
            !policy.document().faults.is_empty() || site.may_be_allowed_by(policy.document())
        })
    }

    /// The access points that lead to a bucket.
    pub fn doors<'g>(&'g self, bucket: &str) -> impl Iterator<Item = Door<'g>> {
        let doors = self.access_points.get(bucket).map_or(&[][..], |doors| doors);
        doors.iter().map(|(account, point, arn)| Door { account, point, arn })
    }

    /// The name of the bucket that an access point leads to, by the access point's ARN.
    #[must_use]
    pub fn bucket_behind(&self, access_point: &str) -> Option<&'a str> {
        let leads = |points: &[LeadingPoint<'_>]| points.iter().any(|(_, _, arn)| **arn == *access_point);
        let found: Vec<&str> = self
            .access_points
            .iter()
            .filter(|(_, points)| leads(points))
            .map(|(bucket, _)| *bucket)
            .collect();
        found.first().copied()
    }

    /// The VPC endpoints of the estate.
    pub fn endpoints(&self) -> impl Iterator<Item = &'a VpcEndpoint> {
        self.estate.accounts().flat_map(endpoints_of)
    }

    /// The partition: `aws`, `aws-cn` or `aws-us-gov`.
    #[must_use]
    pub fn partition(&self) -> &'a str {
        if self.estate.partition.is_empty() { "aws" } else { &self.estate.partition }
    }
}

fn endpoints_of(account: &Account) -> &[VpcEndpoint] {
    account.vpc_endpoints.known().map_or(&[], |endpoints| endpoints)
}

/// The VPCs and VPC endpoints that conditions of a document name.
fn networks_of<'d>(document: &'d Document, named: &mut FxHashSet<&'d str>) {
    for condition in document.statements.iter().flat_map(|statement| &statement.conditions) {
        if ["aws:SourceVpce", "aws:SourceVpc"].iter().any(|key| condition.key.eq_ignore_ascii_case(key)) {
            named.extend(condition.operands.iter().map(crate::iam::Operand::as_str));
        }
    }
}

/// The networks that policies of principals and of the organization name.
fn named_by_callers(estate: &Estate) -> FxHashSet<&str> {
    let mut named = FxHashSet::default();
    add_named(estate.principals(), &mut named);
    for policy in estate.organization().map_or(&[][..], |organization| &organization.policies) {
        networks_of(policy.content.document(), &mut named);
    }
    named
}

/// Adds the networks that policies of some principals name.
fn add_named<'a>(principals: impl Iterator<Item = Principal<'a>>, named: &mut FxHashSet<&'a str>) {
    let mut read = FxHashSet::default();
    let mut add = |document: &'_ crate::estate::PolicyDocument| {
        read.insert(std::ptr::from_ref(document.document()).addr())
    };
    for principal in principals {
        let identity = principal.identity_policies();
        let boundary = principal.boundary();
        let boundary = boundary.known().copied().flatten();
        for (_, policy) in identity.known().into_iter().flatten().copied().chain(boundary) {
            if add(policy) {
                networks_of(policy.document(), named);
            }
        }
    }
}

/// "arn:aws:s3:region:account-id:accesspoint/resource". (S3 User Guide, access-points-naming)
fn access_point_arn(estate: &Estate, account: &Account, point: &AccessPoint) -> Box<str> {
    let named = || {
        let region = estate.bucket(&point.bucket).and_then(|(_, bucket)| bucket.region.known().cloned());
        let partition = if estate.partition.is_empty() { "aws" } else { &estate.partition };
        let (region, account) = (region.unwrap_or_default(), account.account_id);
        format!("arn:{partition}:s3:{region}:{account}:accesspoint/{}", point.name).into()
    };
    point.access_point_arn.clone().unwrap_or_else(named)
}

/// The owner of a bucket is its account.
fn canonical_id(account: &Account) -> Option<(AccountId, &str)> {
    let owner = |bucket: &'_ crate::estate::Bucket| {
        bucket.acl.known()?.as_ref()?.owner.as_ref().map(|owner| owner.id.clone())
    };
    let first = account.buckets().iter().position(|bucket| owner(bucket).is_some())?;
    let acl = account.buckets().get(first)?.acl.known()?.as_ref()?;
    Some((account.account_id, &acl.owner.as_ref()?.id))
}

impl<'a> Around<'a> {
    fn of(hierarchy: &Fact<Option<Hierarchy<'a>>>, account: AccountId) -> Self {
        match hierarchy {
            Fact::Known(Some(hierarchy)) => Self::inside(hierarchy, account),
            Fact::Known(None) => Self::default(),
            Fact::Unread(why) => Self {
                unread: Some(format!("the organization's policies were not read: {why}").into()),
                blocks_public_access: Some(Fact::Unread(why.clone())),
                ..Self::default()
            },
        }
    }

    fn inside(hierarchy: &Hierarchy<'a>, account: AccountId) -> Self {
        let mut unread: Option<Box<str>> = None;
        let mut faulty: Option<Box<str>> = None;
        let mut levels = |kind| -> Vec<Vec<Policy<'a>>> {
            let levels = hierarchy.levels(account, kind).unwrap_or_else(|error| {
                unread = Some(format!("the organization's policies are not known: {error}").into());
                vec![]
            });
            let mut policies = vec![];
            for level in levels {
                let documents =
                    level.policies.iter().map(|policy| (&*policy.name, policy.content.document()));
                let level: Vec<Policy<'a>> =
                    documents.map(|(name, document)| Policy { name, document }).collect();
                faulty = faulty
                    .take()
                    .or_else(|| level.iter().find_map(|policy| fault(policy.name, policy.document)));
                policies.push(level);
            }
            // Where the organization has not enabled the type of policy, none is attached anywhere; else at least one is everywhere.
            if policies.iter().all(Vec::is_empty) { vec![] } else { policies }
        };
        let service_control = levels(PolicyType::ServiceControlPolicy);
        let resource_control = levels(PolicyType::ResourceControlPolicy);
        let blocks_public_access = match hierarchy.blocks_public_access(account) {
            Ok(blocks) => Fact::Known(blocks),
            Err(error) => Fact::Unread(crate::estate::Unread::Malformed(error.to_string().into())),
        };
        Self {
            service_control,
            resource_control,
            organization: Some(&hierarchy.organization.organization.id),
            path: hierarchy.path(account).ok().map(Into::into),
            blocks_public_access: Some(blocks_public_access),
            unread: unread.or(faulty),
        }
    }
}

/// What of a document could not be read.
pub(super) fn fault(name: &str, document: &Document) -> Option<Box<str>> {
    document.faults.first().map(|fault| format!("{name} could not be read as a whole: {fault}").into())
}
