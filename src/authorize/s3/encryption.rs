//! What reading and writing encrypted objects demands of KMS.

use crate::iam::Action;

/// What an action needs the object's key for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// To decrypt what is read.
    Decrypt,
    /// To encrypt what is written.
    GenerateDataKey,
}

impl Use {
    /// The action of KMS.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Decrypt => "kms:Decrypt",
            Self::GenerateDataKey => "kms:GenerateDataKey",
        }
    }

    /// The action in lower case, as a list of one.
    #[must_use]
    pub fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Decrypt => &["kms:decrypt"],
            Self::GenerateDataKey => &["kms:generatedatakey"],
        }
    }

    /// The actions of S3 that need it, in lower case.
    #[must_use]
    pub(crate) fn needing(self) -> &'static [&'static str] {
        match self {
            Self::Decrypt => &[
                "s3:getobject",
                "s3:getobjectversion",
                "s3:getobjectversionforreplication",
                "s3:getobjecttorrent",
                "s3:getobjectversiontorrent",
            ],
            Self::GenerateDataKey => &["s3:putobject"],
        }
    }

    /// The operation as grants on keys name it.
    #[must_use]
    pub fn operation(self) -> &'static str {
        match self {
            Self::Decrypt => "Decrypt",
            Self::GenerateDataKey => "GenerateDataKey",
        }
    }
}

/// What an action of S3 needs the object's key for; none if it needs none.
///
/// "To download [an object encrypted with SSE-KMS] you need kms:Decrypt [...]; to upload, kms:GenerateDataKey."
/// (S3 User Guide, UsingKMSEncryption). The parts of a multipart upload need both; whether an upload is one is not said by the
/// action, so that only the key that every upload needs is demanded: access is over-reported, never under-reported.
#[must_use]
pub fn key_action(action: &Action) -> Option<Use> {
    [Use::Decrypt, Use::GenerateDataKey].into_iter().find(|used| used.needing().contains(&action.lower()))
}
