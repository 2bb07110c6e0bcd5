//! Access points, keys, endpoints and trails: what stands beside buckets and bears on who reaches them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account_id::AccountId;
use super::bucket::PublicAccessBlock;
use super::fact::Fact;
use super::policy::PolicyDocument;
use crate::iam::Arn;

/// An S3 access point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessPoint {
    /// The name, unique in its account and region.
    pub name: Box<str>,
    /// The bucket that it leads to.
    pub bucket: Box<str>,
    /// The ARN, where the evidence has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_point_arn: Option<Box<str>>,
    /// `VPC` or `Internet`.
    pub network_origin: Box<str>,
    /// The only VPC that it can be reached from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<Box<str>>,
    /// Its own policy.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub policy: Fact<Option<PolicyDocument>>,
    /// Its own Block Public Access; all on by default.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub public_access_block: Fact<Option<PublicAccessBlock>>,
}

/// A Multi-Region Access Point: one name for buckets in several regions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MultiRegionAccessPoint {
    /// The name, unique in its account.
    pub name: Box<str>,
    /// The alias, `....mrap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Box<str>>,
    /// `READY`, `CREATING`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Box<str>>,
    /// Its own Block Public Access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_access_block: Option<PublicAccessBlock>,
    /// The buckets that it leads to.
    #[serde(default)]
    pub regions: Vec<MultiRegionBucket>,
    /// Its own policy.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub policy: Fact<Option<PolicyDocument>>,
}

/// A bucket behind a Multi-Region Access Point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MultiRegionBucket {
    /// The bucket.
    pub bucket: Box<str>,
    /// Its region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Box<str>>,
    /// Its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_account_id: Option<Box<str>>,
}

/// A KMS key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KmsKey {
    /// The ARN.
    pub arn: Box<str>,
    /// The key policy.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub policy: Fact<PolicyDocument>,
    /// `AWS` or `CUSTOMER`; a key whose policy was read is the customer's where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_manager: Option<Box<str>>,
    /// Its aliases, `alias/...`; optional evidence.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub aliases: Fact<Vec<Box<str>>>,
    /// Its grants; optional evidence.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub grants: Fact<Vec<KmsGrant>>,
}

/// A grant on a KMS key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KmsGrant {
    /// Who may use the key.
    pub grantee_principal: Box<str>,
    /// For what: `Decrypt`, `GenerateDataKey`, ...
    pub operations: Vec<Box<str>>,
    /// Under which encryption context, as AWS prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Value>,
}

/// A VPC endpoint for S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcEndpoint {
    /// `vpce-...`.
    pub vpc_endpoint_id: Box<str>,
    /// `vpc-...`.
    pub vpc_id: Box<str>,
    /// `com.amazonaws.<region>.s3`.
    #[serde(default)]
    pub service_name: Box<str>,
    /// The endpoint policy.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub policy: Fact<Option<PolicyDocument>>,
}

/// A CloudTrail trail with its event selectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Trail {
    /// The name.
    pub name: Box<str>,
    /// Whether it records now.
    #[serde(default)]
    pub is_logging: bool,
    /// Whether it records every account of the organization.
    #[serde(default)]
    pub is_organization_trail: bool,
    /// Whether it records every region; where it is not mentioned, it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_multi_region_trail: Option<bool>,
    /// The region that it was made in, and the only one that it records unless it records every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_region: Option<Box<str>>,
    /// The basic selectors.
    #[serde(default)]
    pub event_selectors: Vec<EventSelector>,
    /// The advanced selectors.
    #[serde(default)]
    pub advanced_event_selectors: Vec<AdvancedEventSelector>,
}

/// A basic event selector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSelector {
    /// `All`, `ReadOnly` or `WriteOnly`.
    #[serde(default)]
    pub read_write_type: Box<str>,
    /// The resources whose data events are recorded.
    #[serde(default)]
    pub data_resources: Vec<DataResource>,
}

/// The resources of a basic event selector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DataResource {
    /// `AWS::S3::Object`.
    #[serde(rename = "Type")]
    pub kind: Box<str>,
    /// Prefixes of ARNs; `arn:aws:s3` is every object.
    #[serde(default)]
    pub values: Vec<Box<str>>,
}

/// An advanced event selector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdvancedEventSelector {
    /// All must hold.
    pub field_selectors: Vec<FieldSelector>,
}

/// One condition of an advanced event selector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FieldSelector {
    /// `eventCategory`, `resources.type`, `resources.ARN`, ...
    pub field: Box<str>,
    /// Any of these values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<Box<str>>,
    /// Any of these beginnings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts_with: Vec<Box<str>>,
    /// Any other operator, as AWS prints it.
    #[serde(flatten)]
    pub others: serde_json::Map<String, Value>,
}

impl KmsKey {
    /// A key of which only the ARN is known.
    #[must_use]
    pub fn unread(arn: Box<str>) -> Self {
        Self {
            arn,
            policy: Fact::default(),
            key_manager: None,
            aliases: Fact::default(),
            grants: Fact::default(),
        }
    }

    /// The aliases that were read.
    #[must_use]
    pub fn aliases(&self) -> &[Box<str>] {
        self.aliases.known().map_or(&[], |aliases| aliases)
    }

    /// The account that owns the key with this ARN; none if it is no ARN.
    #[must_use]
    pub fn owner(arn: &str) -> Option<AccountId> {
        AccountId::parse(Arn::parse(arn)?.account)
    }
}

impl Trail {
    /// Whether the trail records every read and every write of the objects of this bucket, which lies in `region`.
    ///
    /// "A single-Region trail [...] logs only events that occurred in that Region." (CloudTrail User Guide,
    /// cloudtrail-concepts) Where nobody knows the bucket's region, such a trail does not count.
    #[must_use]
    pub fn records_objects_of(&self, bucket_arn: &str, region: Option<&str>) -> bool {
        let here = self.is_multi_region_trail != Some(false)
            || self.home_region.as_deref().is_some_and(|home| Some(home) == region);
        let recorded = self.event_selectors.iter().any(|selector| selector.covers(bucket_arn))
            || self.advanced_event_selectors.iter().any(|selector| selector.covers(bucket_arn));
        self.is_logging && here && recorded
    }
}

impl EventSelector {
    fn covers(&self, bucket_arn: &str) -> bool {
        let objects = format!("{bucket_arn}/");
        let covered = |resource: &DataResource| {
            &*resource.kind == "AWS::S3::Object"
                && resource.values.iter().any(|prefix| objects.starts_with(&**prefix))
        };
        matches!(&*self.read_write_type, "All" | "") && self.data_resources.iter().any(covered)
    }
}

impl AdvancedEventSelector {
    /// Only what surely covers the bucket counts: a field or operator that is not understood here may exclude it.
    fn covers(&self, bucket_arn: &str) -> bool {
        let objects = format!("{bucket_arn}/");
        let has = |values: &[Box<str>], wanted: &str| values.iter().any(|value| **value == *wanted);
        self.field_selectors.iter().any(|selector| &*selector.field == "resources.type")
            && self.field_selectors.iter().all(|selector| match &*selector.field {
                _ if !selector.others.is_empty() => false,
                "eventCategory" => has(&selector.equals, "Data"),
                "resources.type" => has(&selector.equals, "AWS::S3::Object"),
                "resources.ARN" => selector.starts_with.iter().any(|prefix| objects.starts_with(&**prefix)),
                _ => false,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(text: &str) -> Trail {
        let selectors = r#""IsLogging": true, "EventSelectors": [{"ReadWriteType": "All", "DataResources":
            [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]"#;
        serde_json::from_str(&format!(r#"{{"Name": "t", {text} {selectors}}}"#)).expect("a trail")
    }

    #[test]
    fn a_trail_of_one_region_records_no_bucket_of_another() {
        let records = |trail: &str, region| self::trail(trail).records_objects_of("arn:aws:s3:::b", region);
        let single = r#""IsMultiRegionTrail": false, "HomeRegion": "eu-west-1","#;
        assert!(records(single, Some("eu-west-1")));
        assert!(!records(single, Some("us-east-1")));
        assert!(!records(single, None), "nobody knows where the bucket is");
        assert!(!records(r#""IsMultiRegionTrail": false,"#, Some("eu-west-1")), "nor where the trail is");
        assert!(records(r#""IsMultiRegionTrail": true, "HomeRegion": "eu-west-1","#, Some("us-east-1")));
        assert!(records("", Some("us-east-1")), "evidence from before trails had regions");
    }
}
