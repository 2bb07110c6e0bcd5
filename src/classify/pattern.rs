//! What the values of a rule are made of: patterns, tests of tags, and where an answer comes from.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::estate::{Fact, Tag};
use crate::iam::Glob;

/// A text with the placeholders `{account}` and `{region}`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template {
    text: Box<str>,
    has_placeholders: bool,
}

/// A pattern of bucket names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamePattern {
    template: Template,
    /// The pattern with `*` for each placeholder: what does not match this cannot match the pattern.
    coarse: Glob,
}

/// The beginning of the keys of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix(Template);

/// A condition on a tag.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TagTest {
    key: Box<str>,
    #[serde(default, deserialize_with = "glob")]
    value: Option<Glob>,
}

/// Where a rule takes its answer from: a text of its own, or a tag that `F` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source<F> {
    Text(Box<str>),
    From(F),
}

/// The tags of a bucket, an account or a principal, or why they are not known.
pub(super) type Tags<'a> = Result<&'a [Tag], Box<str>>;

/// The value of a tag; none where the tag is absent or empty.
///
/// S3 lets a bucket have two tags whose keys differ in case only, which IAM takes for one key. If their values differ,
/// neither is believed.
pub(super) fn tag<'a>(tags: &Tags<'a>, key: &str) -> Result<Option<&'a str>, Box<str>> {
    let tags = tags.as_ref().map_err(Clone::clone)?;
    let mut values = tags.iter().filter(|tag| tag.key.eq_ignore_ascii_case(key)).map(|tag| &*tag.value);
    let value = values.next();
    if values.any(|other| Some(other) != value) {
        return Err(format!("two tags {key:?} with different values").into());
    }
    Ok(value.filter(|value| !value.is_empty()))
}

impl TagTest {
    pub(super) fn holds(&self, tags: &Tags<'_>) -> Result<bool, Box<str>> {
        let value = tag(tags, &self.key)?;
        Ok(value.is_some_and(|value| self.value.as_ref().is_none_or(|pattern| pattern.matches(value))))
    }
}

impl Template {
    fn new(text: Box<str>) -> Result<Self, String> {
        let plain = text.replace("{account}", "").replace("{region}", "");
        if plain.contains(['{', '}']) {
            return Err(format!("{text:?} has a placeholder other than `{{account}}` and `{{region}}`"));
        }
        Ok(Self { has_placeholders: plain.len() < text.len(), text })
    }

    fn fill(&self, account: &str, region: &str) -> Cow<'_, str> {
        if !self.has_placeholders {
            return Cow::Borrowed(&self.text);
        }
        Cow::Owned(self.text.replace("{account}", account).replace("{region}", region))
    }
}

impl NamePattern {
    /// Whether the pattern names one bucket in full.
    pub(super) fn is_full_name(&self) -> bool {
        !self.template.has_placeholders && self.coarse.as_literal().is_some()
    }

    /// Whether a bucket of this account and region has a matching name; any region does if it was not read.
    pub(super) fn matches(&self, name: &str, account: &str, region: &Fact<Box<str>>) -> bool {
        if !self.coarse.matches(name) {
            return false;
        }
        let region = region.known().map_or("*", |region| region);
        !self.template.has_placeholders || Glob::new(&self.template.fill(account, region)).matches(name)
    }
}

impl Prefix {
    /// The prefix in a bucket of this account and region; the error tells that the region is needed and unread.
    pub(super) fn fill(&self, account: &str, region: &Fact<Box<str>>) -> Result<Box<str>, Box<str>> {
        match region {
            Fact::Known(region) => Ok(self.0.fill(account, region).into()),
            Fact::Unread(_) if !self.0.text.contains("{region}") => Ok(self.0.fill(account, "").into()),
            Fact::Unread(why) => {
                Err(format!("the bucket's region, for the prefix {:?}: {why}", self.0.text).into())
            }
        }
    }
}

impl<'de> Deserialize<'de> for NamePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let template = Template::new(text(deserializer)?).map_err(de::Error::custom)?;
        let coarse = Glob::new(&template.fill("*", "*"));
        Ok(Self { template, coarse })
    }
}

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = text(deserializer)?;
        if text.contains(['*', '?']) {
            return Err(de::Error::custom(format_args!(
                "{text:?} is a pattern; expected the plain beginning of keys"
            )));
        }
        Template::new(text).map(Self).map_err(de::Error::custom)
    }
}

/// Reads a pattern without placeholders.
pub(super) fn glob<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Glob>, D::Error> {
    text(deserializer).map(|text| Some(Glob::new(&text)))
}

/// Reads a text that is not empty: an empty pattern matches nothing, and nothing is called so.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<str>, D::Error> {
    let text = Box::<str>::deserialize(deserializer)?;
    if text.is_empty() { Err(de::Error::custom("the text is empty")) } else { Ok(text) }
}

impl<'de, F: Deserialize<'de>> Deserialize<'de> for Source<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// By hand, because an untagged enum would hide what is wrong inside the table.
        struct TextOrTable<F>(PhantomData<F>);

        impl<'de, F: Deserialize<'de>> Visitor<'de> for TextOrTable<F> {
            type Value = Source<F>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, or a tag to take it from, such as { tag = \"team\" }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                if text.is_empty() {
                    Err(E::custom("the text is empty"))
                } else {
                    Ok(Source::Text(text.into()))
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                F::deserialize(MapAccessDeserializer::new(map)).map(Source::From)
            }
        }

        deserializer.deserialize_any(TextOrTable(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::Unread;

    #[derive(Debug, Deserialize)]
    struct Line {
        bucket: NamePattern,
        prefix: Prefix,
    }

    fn line(bucket: &str, prefix: &str) -> Result<Line, String> {
        toml::from_str(&format!("bucket = {bucket:?}\nprefix = {prefix:?}"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn placeholders_stand_for_the_buckets_own_account_and_region() {
        let line = line("sagemaker-{region}-{account}", "{account}/{region}/").expect("a good line");
        let region = Fact::Known("eu-west-1".into());
        let matches = |name| line.bucket.matches(name, "111111111111", &region);
        assert!(matches("sagemaker-eu-west-1-111111111111"));
        assert!(!matches("sagemaker-eu-west-1-222222222222"));
        assert!(!matches("sagemaker-eu-west-2-111111111111"));
        assert_eq!(line.prefix.fill("1", &region).as_deref(), Ok("1/eu-west-1/"));
        assert!(!line.bucket.is_full_name());
    }

    #[test]
    fn an_unread_region_matches_any_name_and_fills_no_prefix() {
        let line = line("sagemaker-{region}-{account}", "{account}/{region}/").expect("a good line");
        let unread = Fact::Unread(Unread::Refused("AccessDenied".into()));
        assert!(line.bucket.matches("sagemaker-eu-west-1-111111111111", "111111111111", &unread));
        assert!(!line.bucket.matches("sagemaker-eu-west-1-222222222222", "111111111111", &unread));
        assert!(line.prefix.fill("1", &unread).is_err_and(|why| why.contains("AccessDenied")));
    }

    #[test]
    fn what_can_match_nothing_is_refused() {
        for (bucket, prefix) in [("b-{acount}", "x/"), ("b", ""), ("", "x/"), ("b", "*/x/"), ("b}", "x/")] {
            assert!(line(bucket, prefix).is_err(), "{bucket} {prefix}");
        }
    }

    #[test]
    fn two_tags_of_one_name_must_agree() {
        let tag_of = |key: &str, value: &str| Tag { key: key.into(), value: value.into() };
        let twice = [tag_of("Data-Class", "none"), tag_of("data-class", "models")];
        assert!(tag(&Ok(&twice), "data-class").is_err());
        let once = [tag_of("Team", "vision"), tag_of("env", "")];
        assert_eq!(tag(&Ok(&once), "team"), Ok(Some("vision")));
        assert_eq!(tag(&Ok(&once), "env"), Ok(None));
    }
}
