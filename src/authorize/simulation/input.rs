//! The JSON of a simulation, borrowed from its text.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::authorize::Outcome;
use crate::estate::{Acl, KmsGrant, PublicAccessBlock};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Simulation<'a> {
    #[serde(borrow, default)]
    pub(super) name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) request: RequestIn<'a>,
    #[serde(borrow, default)]
    pub(super) identity_policies: Vec<Named<'a>>,
    #[serde(borrow, default)]
    pub(super) service_control_policies: Vec<Level<'a>>,
    #[serde(borrow, default)]
    pub(super) resource_control_policies: Vec<Level<'a>>,
    #[serde(borrow, default)]
    pub(super) resource_policy: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) permission_boundary_policies: Option<Vec<Named<'a>>>,
    #[serde(borrow, default)]
    pub(super) session_policy: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) vpc_endpoint_policies: Option<Vec<Named<'a>>>,
    #[serde(borrow, default)]
    pub(super) additional_settings: Settings<'a>,
    #[serde(default)]
    pub(super) expected: Option<Outcome>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestIn<'a> {
    #[serde(borrow)]
    pub(super) principal: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) action: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) resource: ResourceIn<'a>,
    #[serde(borrow, default, deserialize_with = "entries")]
    pub(super) context_variables: Vec<(Cow<'a, str>, ContextIn<'a>)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceIn<'a> {
    #[serde(borrow)]
    pub(super) resource: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) account_id: Cow<'a, str>,
}

#[derive(Deserialize)]
pub(super) struct Named<'a> {
    #[serde(borrow, default)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) policy: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct Level<'a> {
    #[serde(borrow)]
    pub(super) policies: Vec<Named<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Settings<'a> {
    #[serde(borrow)]
    pub(super) organization: OrganizationIn<'a>,
    #[serde(borrow)]
    pub(super) s3: S3Settings<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OrganizationIn<'a> {
    #[serde(borrow)]
    pub(super) management_account_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct S3Settings<'a> {
    pub(super) bucket_abac_enabled: bool,
    pub(super) block_public_access: Option<BlockIn>,
    #[serde(borrow)]
    pub(super) object_ownership: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) principal_canonical_id: Option<Cow<'a, str>>,
    pub(super) acl: Option<Acl>,
    pub(super) object_acl: Option<Acl>,
    #[serde(borrow)]
    pub(super) access_point: Option<AccessPointIn<'a>>,
    #[serde(borrow)]
    pub(super) kms_key: Option<KeyIn<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccessPointIn<'a> {
    #[serde(borrow)]
    pub(super) arn: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) policy: Option<&'a RawValue>,
    #[serde(borrow, default = "internet")]
    pub(super) network_origin: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) vpc_id: Option<Cow<'a, str>>,
}

impl AccessPointIn<'_> {
    /// The only VPC that the access point can be reached from.
    pub(super) fn vpc(&self) -> Result<Option<&str>, &'static str> {
        match (&*self.network_origin, self.vpc_id.as_deref()) {
            ("VPC", None) => {
                Err("additionalSettings.s3.accessPoint: a \"networkOrigin\" of \"VPC\" needs its \"vpcId\"")
            }
            ("VPC", vpc) => Ok(vpc),
            _ => Ok(None),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyIn<'a> {
    #[serde(borrow)]
    pub(super) arn: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) policy: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) bucket_key: bool,
    #[serde(default)]
    pub(super) grants: Vec<KmsGrant>,
}

/// All four flags at once, or one by one.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
pub(super) enum BlockIn {
    All(bool),
    Flags(PublicAccessBlock),
}

impl Default for BlockIn {
    fn default() -> Self {
        Self::All(false)
    }
}

impl BlockIn {
    pub(super) fn flags(self) -> PublicAccessBlock {
        match self {
            Self::All(true) => PublicAccessBlock::ALL,
            Self::All(false) => PublicAccessBlock::default(),
            Self::Flags(flags) => flags,
        }
    }
}

/// The value of a context key: one text, or several.
pub(super) enum ContextIn<'a> {
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

impl<'de: 'a, 'a> Deserialize<'de> for ContextIn<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContextVisitor)
    }
}

struct ContextVisitor;

impl<'de> Visitor<'de> for ContextVisitor {
    type Value = ContextIn<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or a list of strings")
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(ContextIn::One(Cow::Borrowed(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(ContextIn::One(Cow::Owned(value.to_owned())))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(ContextIn::One(Cow::Borrowed(if value { "true" } else { "false" })))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(ContextIn::One(Cow::Owned(value.to_string())))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(ContextIn::One(Cow::Owned(value.to_string())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![];
        while let Some(item) = items.next_element::<ContextIn<'de>>()? {
            match item {
                ContextIn::One(value) => values.push(value),
                ContextIn::Many(_) => return Err(A::Error::custom("a list inside a list of values")),
            }
        }
        Ok(ContextIn::Many(values))
    }
}

/// The members of an object, in order.
fn entries<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(Cow<'a, str>, ContextIn<'a>)>, D::Error> {
    struct Entries;

    impl<'de> Visitor<'de> for Entries {
        type Value = Vec<(Cow<'de, str>, ContextIn<'de>)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object from condition keys to values")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut entries = vec![];
            while let Some(ContextIn::One(key)) = members.next_key::<ContextIn<'de>>()? {
                entries.push((key, members.next_value()?));
            }
            Ok(entries)
        }
    }
    deserializer.deserialize_map(Entries)
}

fn internet<'a>() -> Cow<'a, str> {
    Cow::Borrowed("Internet")
}
