//! The condition keys: of what kind their values are, which of them are in every request, and which depend on one another.
//!
//! (IAM User Guide, reference_policies_condition-keys; Service Authorization Reference, list_amazons3)

/// Of what kind the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// An IP address.
    Address,
    /// A moment in RFC 3339.
    Moment,
    /// A moment in seconds since 1970.
    Epoch,
    /// Several texts.
    Texts,
}

/// Keys that are not independent of one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Family {
    /// Where a request comes from: the internet, or a VPC endpoint.
    Network,
    /// Whether an AWS service forwards it.
    Forwarding,
    /// TLS and its version.
    Transport,
    /// The moment, in two notations.
    Time,
    /// The second factor and its age.
    Factor,
    /// The tags of a new object, and their keys.
    ObjectTags,
    /// The tags in a request, and their keys.
    RequestTags,
}

pub(super) const SOURCE_IP: &str = "aws:sourceip";
pub(super) const SOURCE_VPCE: &str = "aws:sourcevpce";
pub(super) const SOURCE_VPC: &str = "aws:sourcevpc";
pub(super) const VPC_SOURCE_IP: &str = "aws:vpcsourceip";
pub(super) const VIA_SERVICE: &str = "aws:viaawsservice";
pub(super) const CALLED_VIA: &str = "aws:calledvia";
pub(super) const SECURE_TRANSPORT: &str = "aws:securetransport";
pub(super) const TLS_VERSION: &str = "s3:tlsversion";
pub(super) const CURRENT_TIME: &str = "aws:currenttime";
pub(super) const EPOCH_TIME: &str = "aws:epochtime";
pub(super) const FACTOR: &str = "aws:multifactorauthpresent";
const FACTOR_AGE: &str = "aws:multifactorauthage";
pub(super) const OBJECT_TAG: &str = "s3:requestobjecttag/";
pub(super) const OBJECT_TAG_KEYS: &str = "s3:requestobjecttagkeys";
pub(super) const REQUEST_TAG: &str = "aws:requesttag/";
pub(super) const TAG_KEYS: &str = "aws:tagkeys";

const FLAGS: &[&str] = &[
    SECURE_TRANSPORT,
    FACTOR,
    VIA_SERVICE,
    "aws:principalisawsservice",
    "s3:isreplicationpauserequest",
    "kms:bypasspolicylockoutsafetycheck",
    "kms:grantisforawsresource",
];

const MANY: &[&str] = &[
    CALLED_VIA,
    TAG_KEYS,
    OBJECT_TAG_KEYS,
    "aws:principalorgpaths",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:vpceorgpaths",
    "aws:principalservicenameslist",
    "kms:encryptioncontextkeys",
    "s3:inventoryaccessibleoptionalfields",
];

/// Of what kind the values of a key, given in lower case, are.
pub(super) fn kind(key: &str) -> Kind {
    match key {
        SOURCE_IP | VPC_SOURCE_IP => Kind::Address,
        CURRENT_TIME | "aws:tokenissuetime" | "s3:object-lock-retain-until-date" => Kind::Moment,
        EPOCH_TIME => Kind::Epoch,
        _ if FLAGS.contains(&key) => Kind::Flag,
        _ if MANY.contains(&key) => Kind::Texts,
        _ => Kind::Text,
    }
}

/// The family of a key, given in lower case; most keys have none.
pub(super) fn family(key: &str) -> Option<Family> {
    match key {
        SOURCE_IP | SOURCE_VPCE | SOURCE_VPC | VPC_SOURCE_IP => Some(Family::Network),
        "aws:sourcevpcarn" | "aws:vpceaccount" | "aws:vpceorgid" | "aws:vpceorgpaths" => {
            Some(Family::Network)
        }
        VIA_SERVICE | CALLED_VIA | "aws:calledviafirst" | "aws:calledvialast" => Some(Family::Forwarding),
        SECURE_TRANSPORT | TLS_VERSION => Some(Family::Transport),
        CURRENT_TIME | EPOCH_TIME => Some(Family::Time),
        FACTOR | FACTOR_AGE => Some(Family::Factor),
        OBJECT_TAG_KEYS => Some(Family::ObjectTags),
        TAG_KEYS => Some(Family::RequestTags),
        _ if key.starts_with(OBJECT_TAG) => Some(Family::ObjectTags),
        _ if key.starts_with(REQUEST_TAG) => Some(Family::RequestTags),
        _ => None,
    }
}

/// The keys that have to be looked at wherever one of a family is: what the others are follows from them.
pub(super) fn implied(family: Family) -> &'static [&'static str] {
    match family {
        Family::Network => &[SOURCE_IP, SOURCE_VPCE, SOURCE_VPC],
        Family::Forwarding => &[VIA_SERVICE],
        Family::Transport => &[SECURE_TRANSPORT],
        Family::Time => &[CURRENT_TIME],
        Family::Factor => &[FACTOR],
        Family::ObjectTags | Family::RequestTags => &[],
    }
}

/// Whether every request carries a key, given in lower case, as far as others allow: "this key is always included in the request
/// context".
#[must_use]
pub fn is_in_every_request(key: &str) -> bool {
    matches!(key, SECURE_TRANSPORT | CURRENT_TIME | EPOCH_TIME | VIA_SERVICE)
}

/// Values that a request usually has, the most usual first.
pub(super) fn usual(key: &str) -> &'static [&'static str] {
    match key {
        SOURCE_IP => &["203.0.113.7"],
        VPC_SOURCE_IP => &["10.0.0.7"],
        SOURCE_VPCE => &["vpce-0f1e2d3c4b5a69788"],
        SOURCE_VPC => &["vpc-0f1e2d3c4b5a69788"],
        SECURE_TRANSPORT => &["true", "false"],
        VIA_SERVICE | FACTOR => &["false", "true"],
        TLS_VERSION => &["1.3"],
        "s3:signatureversion" => &["AWS4-HMAC-SHA256"],
        "s3:authtype" => &["REST-HEADER"],
        "s3:signatureage" => &["1000"],
        // The object's key, which goals ask for like one of AWS's: of a bucket it is empty.
        "object-key" => &[""],
        CALLED_VIA | "aws:calledviafirst" | "aws:calledvialast" => &["athena.amazonaws.com"],
        _ => &[],
    }
}
