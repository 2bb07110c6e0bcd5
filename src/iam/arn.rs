//! Amazon Resource Names and the patterns that match them part by part.

use std::fmt;

use super::context::Context;
use super::glob::{Builder, Glob, Piece};
use super::pattern::Pattern;

/// The six parts of an ARN, borrowed from its text: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'a str,
    /// The service's prefix: `s3`, `iam`.
    pub service: &'a str,
    /// The region; empty where the service has none in its ARNs.
    pub region: &'a str,
    /// The twelve digits of the account; empty where the service has none in its ARNs, as for S3 buckets.
    pub account: &'a str,
    /// Everything after the fifth colon, colons and slashes included.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of `text`; none if it is not an ARN.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let ("arn", partition, service) = (parts.next()?, parts.next()?, parts.next()?) else { return None };
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let complete = !partition.is_empty() && !service.is_empty() && !resource.is_empty();
        complete.then_some(Self { partition, service, region, account, resource })
    }

    /// The bucket and the key of an S3 ARN; the key is none for the bucket itself.
    #[must_use]
    pub fn bucket_and_key(&self) -> Option<(&'a str, Option<&'a str>)> {
        if self.service != "s3" || !self.account.is_empty() {
            return None;
        }
        match self.resource.split_once('/') {
            Some((bucket, key)) => Some((bucket, Some(key))),
            None => Some((self.resource, None)),
        }
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// The operand of `ArnEquals` and `ArnLike`, which are one operator.
///
/// "Each of the six colon-delimited components of the ARN is checked separately and each can include
/// multi-character match wildcards (*) or single-character match wildcards (?)."
/// (IAM User Guide, reference_policies_elements_condition_operators)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArnPattern {
    pattern: Pattern,
    /// The parts, cut once where no variable can move the colons.
    parts: Option<ArnParts>,
}

type ArnParts = Vec<Glob>;

impl ArnPattern {
    pub(crate) fn new(pattern: Pattern) -> Self {
        let parts = pattern.as_glob().map(cut);
        Self { pattern, parts }
    }

    /// The pattern as the policy writes it.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Whether `arn` matches in `context`; a variable without a value matches nothing.
    #[must_use]
    pub fn matches(&self, arn: &str, context: &Context) -> bool {
        let Some(glob) = self.pattern.resolve(context) else { return false };
        match &self.parts {
            Some(parts) => matches_parts(&glob, parts, arn),
            None => matches_parts(&glob, &cut(&glob), arn),
        }
    }
}

/// Matches part by part. A pattern of fewer than six parts (`*`, say) can only mean the whole.
fn matches_parts(whole: &Glob, parts: &[Glob], arn: &str) -> bool {
    if parts.len() < 6 {
        return whole.matches(arn);
    }
    let mut values = arn.splitn(6, ':');
    parts.iter().all(|part| values.next().is_some_and(|value| part.matches(value)))
}

/// Cuts a glob at its first five literal colons.
fn cut(glob: &Glob) -> ArnParts {
    let mut parts = vec![];
    let mut part = Builder::default();
    for piece in glob.pieces() {
        match piece {
            Piece::AnyMany => part.any_many(),
            Piece::AnyOne => part.any_one(),
            Piece::Literal(text) => {
                for c in text.chars() {
                    if c == ':' && parts.len() < 5 {
                        parts.push(std::mem::take(&mut part).finish());
                    } else {
                        part.literal(c);
                    }
                }
            }
        }
    }
    parts.push(part.finish());
    parts
}

#[cfg(test)]
mod tests {
    use super::super::Version;
    use super::super::pattern::Wildcards;
    use super::*;

    fn like(pattern: &str, arn: &str) -> bool {
        let pattern = Pattern::parse(pattern, Version::V2012, Wildcards::Match).expect("a good pattern");
        ArnPattern::new(pattern).matches(arn, &Context::new())
    }

    #[test]
    fn the_parts_are_matched_one_by_one() {
        assert!(like("arn:aws:iam::*:role/ml/*", "arn:aws:iam::111111111111:role/ml/ds/alice"));
        assert!(!like("arn:aws:iam::*:role/x", "arn:aws:iam::1:2:role/x"));
        assert!(!like("arn:*:role/x", "arn:aws:iam::111111111111:role/y"));
        assert!(like("*", "arn:aws:iam::111111111111:role/y"));
    }

    #[test]
    fn an_arn_has_six_parts() {
        let arn = Arn::parse("arn:aws:s3:::bucket/a:b/c").expect("an ARN");
        assert_eq!(arn.bucket_and_key(), Some(("bucket", Some("a:b/c"))));
        assert_eq!(arn.to_string(), "arn:aws:s3:::bucket/a:b/c");
        assert!(Arn::parse("arn:aws:s3").is_none());
        assert!(Arn::parse("bucket").is_none());
    }
}
