//! Other ways to data: S3 Access Grants, Lake Formation, and SageMaker's feature store.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fact::Fact;
use super::policy::PolicyDocument;

/// S3 Access Grants of an account, in every region that has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AccessGrants {
    /// The instances; one a region.
    pub instances: Vec<AccessGrantsInstance>,
    /// The locations with the roles that S3 assumes for them, as AWS prints them.
    pub locations: Vec<Value>,
    /// Who was granted what, as AWS prints it.
    pub grants: Vec<Value>,
}

/// An instance of S3 Access Grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessGrantsInstance {
    /// The id; `default`.
    #[serde(default)]
    pub access_grants_instance_id: Box<str>,
    /// The ARN.
    pub access_grants_instance_arn: Box<str>,
    /// The instance of IAM Identity Center whose users and groups may be grantees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_center_instance_arn: Option<Box<str>>,
    /// The policy that shares the instance with other accounts.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub policy: Fact<Option<PolicyDocument>>,
}

/// What an account registered with Lake Formation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LakeFormation {
    /// The locations.
    pub resources: Vec<RegisteredLocation>,
}

/// A location that Lake Formation hands out credentials for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RegisteredLocation {
    /// The ARN of a bucket, or of a prefix in one.
    pub resource_arn: Box<str>,
    /// The role that Lake Formation assumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<Box<str>>,
    /// Whether the location is registered for federation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_federation: Option<bool>,
    /// Whether principals with permissions of their own keep them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hybrid_access_enabled: Option<bool>,
    /// Whether the registering principal may do everything there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_privileged_access: Option<bool>,
}

/// What SageMaker keeps on S3 of its own accord.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Sagemaker {
    /// The feature groups with an offline store.
    pub feature_groups: Vec<FeatureGroup>,
}

/// A feature group whose features are written to S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FeatureGroup {
    /// The name.
    pub feature_group_name: Box<str>,
    /// The ARN.
    pub feature_group_arn: Box<str>,
    /// The role that writes the offline store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<Box<str>>,
    /// Where the offline store is, as AWS prints it.
    pub offline_store_config: Value,
}
