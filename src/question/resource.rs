//! What a question is about: a bucket, or objects in it, as people write them.

use super::QuestionError;
use crate::access::{Approach, Ground};
use crate::estate::{Account, Bucket};
use crate::iam::{Arn, Glob};

/// A bucket, or buckets by a pattern, and the keys in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The bucket's name; `*` and `?` are wildcards.
    pub bucket: Box<str>,
    /// The keys of objects, with `*` and `?` as wildcards; none for the bucket itself and all objects in it.
    pub key: Option<Box<str>>,
    /// The ARN of the access point through which it is meant.
    pub access_point: Option<Box<str>>,
}

impl Asset {
    /// Reads `bucket`, `bucket/key`, `s3://bucket/key`, the ARN of either, or that of an access point with `/object/key` behind it.
    ///
    /// # Errors
    /// The text is none of these.
    pub fn parse(text: &str) -> Result<Self, QuestionError> {
        let unreadable = || QuestionError::Resource(text.into());
        if let Some(arn) = Arn::parse(text) {
            if arn.service == "s3"
                && let Some(point) = arn.resource.strip_prefix("accesspoint/")
            {
                let (name, key) = point.split_once("/object/").unwrap_or((point, ""));
                let end = text.len() - point.len() + name.len();
                let access_point = text.get(..end).map(Box::from);
                return Ok(Self { bucket: "*".into(), key: key_of(key), access_point });
            }
            let (bucket, key) = arn.bucket_and_key().ok_or_else(unreadable)?;
            return Ok(Self {
                bucket: bucket.into(),
                key: key_of(key.unwrap_or_default()),
                access_point: None,
            });
        }
        let rest = text.strip_prefix("s3://").unwrap_or(text);
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | '?');
        if bucket.is_empty() || !bucket.chars().all(is_name) {
            return Err(unreadable());
        }
        Ok(Self { bucket: bucket.into(), key: key_of(key), access_point: None })
    }

    /// The buckets that are meant, in the order of the evidence; at least one.
    pub(super) fn buckets<'a>(
        &self,
        ground: &Ground<'a>,
    ) -> Result<Vec<(&'a Account, &'a Bucket)>, QuestionError> {
        let estate = ground.estate;
        if let Some(arn) = &self.access_point {
            let unknown = || QuestionError::UnknownAccessPoint(arn.clone());
            let name = ground.bucket_behind(arn).ok_or_else(unknown)?;
            return Ok(vec![estate.bucket(name).ok_or_else(unknown)?]);
        }
        let pattern = Glob::new(&self.bucket);
        let found: Vec<_> = match pattern.as_literal() {
            Some(name) => estate.bucket(name).into_iter().collect(),
            None => estate.buckets().filter(|(_, bucket)| pattern.matches(&bucket.name)).collect(),
        };
        if found.is_empty() { Err(QuestionError::UnknownBucket(self.bucket.clone())) } else { Ok(found) }
    }

    /// The ways that are meant: all of them, unless one access point is.
    pub(super) fn ways<'a>(&self, mut approach: Approach<'a>) -> Approach<'a> {
        if let Some(arn) = &self.access_point {
            approach.sites.retain(|site| site.access_point_arn() == Some(arn));
        }
        approach
    }

    /// As it is written.
    pub(super) fn shown(&self) -> String {
        let bucket = self.access_point.as_deref().unwrap_or(&self.bucket);
        match (&self.key, &self.access_point) {
            (None, _) => bucket.to_owned(),
            (Some(key), None) => format!("{bucket}/{key}"),
            (Some(key), Some(_)) => format!("{bucket}/object/{key}"),
        }
    }
}

/// No key is none, and not an empty one.
fn key_of(key: &str) -> Option<Box<str>> {
    (!key.is_empty()).then(|| key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<Box<str>>) {
        let asset = Asset::parse(text).expect("a resource");
        (asset.bucket.to_string(), asset.key)
    }

    #[test]
    fn a_resource_may_be_written_in_every_usual_way() {
        let object = || ("models".to_owned(), Some("published/*".into()));
        assert_eq!(parsed("models/published/*"), object());
        assert_eq!(parsed("s3://models/published/*"), object());
        assert_eq!(parsed("arn:aws:s3:::models/published/*"), object());
        assert_eq!(parsed("arn:aws-cn:s3:::models"), ("models".to_owned(), None));
        assert_eq!(parsed("models"), ("models".to_owned(), None));
    }

    #[test]
    fn an_access_point_keeps_its_arn() {
        let arn = "arn:aws:s3:eu-west-1:111111111111:accesspoint/serving";
        let asset = Asset::parse(&format!("{arn}/object/a/b")).expect("a resource");
        assert_eq!(asset.access_point.as_deref(), Some(arn));
        assert_eq!(asset.key, Some("a/b".into()));
    }

    #[test]
    fn what_is_no_resource_is_refused() {
        for text in ["", "/key", "my bucket", "arn:aws:iam::111111111111:role/x"] {
            assert!(Asset::parse(text).is_err(), "{text}");
        }
    }
}
