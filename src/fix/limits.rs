//! How long AWS lets policies be.

use serde_json::Value;

use crate::estate::{Content, Edit, Estate, Target};
use crate::finding::Size;

/// How a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Characters,
    /// "IAM doesn't count white space when calculating the size of a policy against these quotas."
    CharactersWithoutWhiteSpace,
}

/// A limit for one kind of policy.
struct Limit {
    most: usize,
    unit: Unit,
}

/// As of 2026-11: S3 User Guide, bucket-policies ("Bucket policies are limited to 20 KB in size") and access-points-restrictions-limitations
/// ("access point policies are limited to 20 KB"); KMS Developer Guide, resource-limits ("Key policy document size: 32 KB"); IAM User Guide,
/// reference_iam-quotas (the rest: managed policies 6,144 characters, role trust policies 2,048 characters unless raised, inline policies
/// of a user 2,048, of a role 10,240 and of a group 5,120 characters all together).
fn limit(target: &Target) -> Option<Limit> {
    let limit = |most, unit| Some(Limit { most, unit });
    match target {
        Target::BucketPolicy { .. } | Target::AccessPointPolicy { .. } => limit(20 * 1_024, Unit::Bytes),
        Target::KeyPolicy { .. } | Target::Key { .. } => limit(32 * 1_024, Unit::Bytes),
        Target::TrustPolicy { .. } => limit(2_048, Unit::Characters),
        Target::ManagedPolicy { .. } => limit(6_144, Unit::CharactersWithoutWhiteSpace),
        Target::InlinePolicy { principal, .. } if principal.contains(":user/") => {
            limit(2_048, Unit::CharactersWithoutWhiteSpace)
        }
        Target::InlinePolicy { principal, .. } if principal.contains(":group/") => {
            limit(5_120, Unit::CharactersWithoutWhiteSpace)
        }
        Target::InlinePolicy { .. } => limit(10_240, Unit::CharactersWithoutWhiteSpace),
        _ => None,
    }
}

/// How long the policy of an edit becomes; of inline policies all of the principal's count, and `estate` is the one after the edits.
pub(super) fn size(edit: &Edit, estate: &Estate) -> Option<Size> {
    let Limit { most, unit } = limit(&edit.target)?;
    let is = match &edit.target {
        Target::InlinePolicy { principal, .. } => {
            let texts =
                estate.account(edit.account).map_or_else(Vec::new, |account| account.inline_texts(principal));
            texts.iter().map(|text| unit.count(text)).sum()
        }
        _ => unit.count(edit.after.as_ref()?.text()),
    };
    Some(Size { document: edit.target.describe().into(), is, limit: most, unit: unit.name() })
}

impl Unit {
    fn count(self, text: &str) -> usize {
        match self {
            // What is sent is the text without the spaces between its members.
            Self::Bytes => dense(text).len(),
            Self::Characters => dense(text).chars().count(),
            Self::CharactersWithoutWhiteSpace => text.chars().filter(|c| !c.is_whitespace()).count(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Characters => "characters",
            Self::CharactersWithoutWhiteSpace => "characters without white space",
        }
    }
}

fn dense(text: &str) -> String {
    serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| value.to_string())
}

/// Whether a document is one that AWS would take by its length.
pub(super) fn fits(size: &Size) -> bool {
    size.is <= size.limit
}

/// How long a text is as a customer managed policy; it may be split if it is too long.
pub(super) fn managed_policy(content: &Content) -> (usize, usize) {
    (Unit::CharactersWithoutWhiteSpace.count(content.text()), 6_144)
}
