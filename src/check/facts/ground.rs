//! What is the same for everything in an account: its place in the organization and the policies that bind it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::estate::{
    Account, AccountId, Bucket, Estate, Fact, Hierarchy, Perimeter, PolicyDocument, PolicyType,
    PublicAccessBlock, Trail, Unread,
};
use crate::intent::AccountFacts;

/// The estate, prepared for judging what is in it.
pub(crate) struct Ground<'a> {
    pub(crate) estate: &'a Estate,
    pub(crate) perimeter: Perimeter<'a>,
    accounts: FxHashMap<AccountId, Surroundings<'a>>,
    /// The trails that record every account of the organization.
    organization_trails: Vec<&'a Trail>,
}

/// What surrounds the resources and principals of one account.
#[derive(Clone)]
pub(crate) struct Surroundings<'a> {
    pub(crate) facts: Arc<AccountFacts>,
    /// The service control policies that bind its principals.
    pub(crate) service_control: Fact<Vec<&'a PolicyDocument>>,
    /// The resource control policies that bind its resources.
    pub(crate) resource_control: Fact<Vec<&'a PolicyDocument>>,
    /// Whether the organization blocks public access for it.
    blocks_public_access: Fact<bool>,
}

impl<'a> Ground<'a> {
    pub(crate) fn new(estate: &'a Estate) -> Self {
        let hierarchy = estate.hierarchy();
        let surroundings =
            |account: &Account| (account.account_id, Surroundings::of(&hierarchy, account.account_id));
        let trails =
            estate.accounts().flat_map(|account| account.trails.known().map_or(&[][..], |trails| trails));
        Self {
            estate,
            perimeter: Perimeter::of(estate),
            accounts: estate.accounts().map(surroundings).collect(),
            organization_trails: trails.filter(|trail| trail.is_organization_trail).collect(),
        }
    }

    /// A copy of the estate that differs in documents and settings of some accounts: what surrounds them is the same.
    pub(crate) fn beside<'b>(&self, copy: &'b Estate) -> Ground<'b>
    where
        'a: 'b,
    {
        Ground {
            estate: copy,
            perimeter: self.perimeter.clone(),
            accounts: self.accounts.clone(),
            organization_trails: self.organization_trails.clone(),
        }
    }

    /// What surrounds an account; that of an account without evidence is not known.
    pub(crate) fn around(&self, account: AccountId) -> Option<&Surroundings<'a>> {
        self.accounts.get(&account)
    }

    /// Block Public Access as it is in force for a bucket.
    pub(crate) fn public_access_block(&self, account: &Account, bucket: &Bucket) -> Fact<PublicAccessBlock> {
        let by_organization = self.around(account.account_id).map(|around| &around.blocks_public_access);
        bucket.public_access_block_in_force(account, by_organization)
    }

    /// Whether a trail records every request for the objects of a bucket.
    pub(crate) fn is_trailed(&self, account: &Account, bucket: &Bucket, bucket_arn: &str) -> Fact<bool> {
        let region = bucket.region.known().map(|region| &**region);
        let records = |trail: &Trail| trail.records_objects_of(bucket_arn, region);
        if self.organization_trails.iter().any(|trail| records(trail)) {
            return Fact::Known(true);
        }
        account.trails.map(|trails| trails.iter().any(records))
    }
}

impl<'a> Surroundings<'a> {
    fn of(hierarchy: &Fact<Option<Hierarchy<'a>>>, account: AccountId) -> Self {
        let alone = AccountFacts { id: account, name: "".into(), units: vec![], organization: None };
        match hierarchy {
            Fact::Known(Some(hierarchy)) => Self::inside(hierarchy, account),
            Fact::Known(None) => Self {
                facts: Arc::new(alone),
                service_control: Fact::Known(vec![]),
                resource_control: Fact::Known(vec![]),
                blocks_public_access: Fact::Known(false),
            },
            Fact::Unread(why) => Self {
                facts: Arc::new(alone),
                service_control: Fact::Unread(why.clone()),
                resource_control: Fact::Unread(why.clone()),
                blocks_public_access: Fact::Unread(why.clone()),
            },
        }
    }

    fn inside(hierarchy: &Hierarchy<'a>, account: AccountId) -> Self {
        // Neither kind of policy binds the management account. (Organizations User Guide, orgs_manage_policies_scps, _rcps)
        let bound = !hierarchy.organization.is_management(account);
        let policies = |kind| -> Fact<Vec<&'a PolicyDocument>> {
            match hierarchy.levels(account, kind) {
                Ok(levels) if bound => Fact::Known(
                    levels
                        .iter()
                        .flat_map(|level| level.policies.iter().map(|policy| &policy.content))
                        .collect(),
                ),
                Ok(_) => Fact::Known(vec![]),
                Err(error) => Fact::Unread(Unread::Malformed(error.to_string().into())),
            }
        };
        let mut units = hierarchy.ancestry(account).unwrap_or_default();
        units.pop();
        Self {
            facts: Arc::new(AccountFacts {
                id: account,
                name: hierarchy.account(account).map(|entry| entry.name.clone()).unwrap_or_default(),
                units,
                organization: Some(hierarchy.organization.organization.id.clone()),
            }),
            service_control: policies(PolicyType::ServiceControlPolicy),
            resource_control: policies(PolicyType::ResourceControlPolicy),
            blocks_public_access: match hierarchy.blocks_public_access(account) {
                Ok(blocks) => Fact::Known(blocks),
                Err(error) => Fact::Unread(Unread::Malformed(error.to_string().into())),
            },
        }
    }
}
