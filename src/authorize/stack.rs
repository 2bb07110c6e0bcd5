//! The policies that bear on a request, layer by layer.

use serde::Serialize;

use super::caller::Naming;
use crate::estate::AccountId;
use crate::iam::Document;

/// A policy with the name that a derivation gives it.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// Its name or ARN.
    pub name: &'a str,
    /// What it says.
    pub document: &'a Document,
}

/// Everything that bears on the requests of one caller to one resource.
#[derive(Debug, Clone, Default)]
pub struct PolicyStack<'a> {
    /// The identity policies of the caller.
    pub identity: Vec<Policy<'a>>,
    /// The service control policies of the caller's account: root, units, account.
    pub service_control: Vec<Vec<Policy<'a>>>,
    /// The resource control policies of the resource's account: root, units, account.
    pub resource_control: Vec<Vec<Policy<'a>>>,
    /// The policy of the resource: a bucket's, a key's, a role's trust.
    pub resource: Option<Policy<'a>>,
    /// The caller's permissions boundary.
    pub boundary: Option<Vec<Policy<'a>>>,
    /// The policies that the session was made with.
    pub session: Option<Vec<Policy<'a>>>,
    /// The policies of the VPC endpoint that the request passes.
    pub endpoint: Option<Vec<Policy<'a>>>,
    /// The access point that the request passes.
    pub access_point: Option<AccessPointStack<'a>>,
    /// Allows beside the resource's policy: by access control lists, or by grants on a key.
    pub beside: Vec<AllowBeside>,
    /// The organization's management account, if there is an organization.
    pub management_account: Option<AccountId>,
    /// The caller's canonical id, if known; policies of buckets can name it.
    pub canonical_id: Option<&'a str>,
    /// Whether Block Public Access leaves the bucket to its owner's account and AWS services
    /// (`RestrictPublicBuckets` with a public policy).
    pub restricted: bool,
    /// Whether Block Public Access refuses requests that bring a public access control list (`BlockPublicAcls`).
    pub blocks_public_acls: bool,
}

impl<'a> PolicyStack<'a> {
    /// The policies of a layer; of the organization's levels all together.
    #[must_use]
    pub fn policies(&self, layer: Layer) -> Vec<Policy<'a>> {
        match layer {
            Layer::IdentityPolicies => self.identity.clone(),
            Layer::ServiceControlPolicies => self.service_control.concat(),
            Layer::ResourceControlPolicies => self.resource_control.concat(),
            Layer::ResourcePolicy => self.resource.into_iter().collect(),
            Layer::PermissionBoundaryPolicies => self.boundary.clone().unwrap_or_default(),
            Layer::SessionPolicy => self.session.clone().unwrap_or_default(),
            Layer::VpcEndpointPolicies => self.endpoint.clone().unwrap_or_default(),
            Layer::AccessPoint => self.access_point.and_then(|point| point.policy).into_iter().collect(),
            Layer::BlockPublicAccess | Layer::Acl | Layer::KmsKey => vec![],
        }
    }
}

/// The access point that a request passes.
#[derive(Debug, Clone, Copy)]
pub struct AccessPointStack<'a> {
    /// Its ARN.
    pub arn: &'a str,
    /// The account that owns it, which need not own the bucket.
    pub account: AccountId,
    /// Its own policy.
    pub policy: Option<Policy<'a>>,
    /// The only VPC that it can be reached from.
    pub vpc: Option<&'a str>,
}

/// An Allow that stands in no policy: how it names the caller, and for which actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AllowBeside {
    /// How it names the caller.
    pub to: Naming,
    /// The actions, in lower case.
    pub actions: &'static [&'static str],
}

/// A layer of AWS's evaluation. The order is that of the simulation format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Layer {
    /// Policies of the user, its groups, or the role.
    IdentityPolicies,
    /// Service control policies.
    ServiceControlPolicies,
    /// Resource control policies.
    ResourceControlPolicies,
    /// The policy of the bucket, key or role.
    ResourcePolicy,
    /// The permissions boundary.
    PermissionBoundaryPolicies,
    /// The policies of the session.
    SessionPolicy,
    /// The policies of the VPC endpoint.
    VpcEndpointPolicies,
    /// The access point: its policy, and the VPC that it belongs to.
    AccessPoint,
    /// Block Public Access.
    BlockPublicAccess,
    /// Access control lists.
    Acl,
    /// The key that encrypts the object.
    KmsKey,
}

impl Layer {
    /// The name in reports: that of the simulation format's field.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IdentityPolicies => "identityPolicies",
            Self::ServiceControlPolicies => "serviceControlPolicies",
            Self::ResourceControlPolicies => "resourceControlPolicies",
            Self::ResourcePolicy => "resourcePolicy",
            Self::PermissionBoundaryPolicies => "permissionBoundaryPolicies",
            Self::SessionPolicy => "sessionPolicy",
            Self::VpcEndpointPolicies => "vpcEndpointPolicies",
            Self::AccessPoint => "accessPoint",
            Self::BlockPublicAccess => "blockPublicAccess",
            Self::Acl => "acl",
            Self::KmsKey => "kmsKey",
        }
    }
}
