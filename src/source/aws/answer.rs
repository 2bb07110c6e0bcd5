//! From AWS's answers to evidence: pages, policy documents, and members that must be there.

use std::borrow::Cow;
use std::error::Error;

use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::session::Session;
use crate::estate::{PolicyDocument, PublicAccessBlock};

/// Every page of a list, each a call of its own. Of a list that breaks off in the middle nothing is kept.
pub(super) async fn pages<P, E>(
    session: &Session,
    mut stream: PaginationStream<Result<P, SdkError<E, HttpResponse>>>,
) -> Result<Vec<P>, Refusal>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let mut pages = vec![];
    while let Some(page) = session.call(async { stream.next().await.transpose() }).await? {
        pages.push(page);
    }
    Ok(pages)
}

/// Every item of a list whose pages hold them in `items`.
pub(super) async fn items<P, E, T>(
    session: &Session,
    stream: PaginationStream<Result<P, SdkError<E, HttpResponse>>>,
    member: &str,
    items: impl Fn(P) -> Option<Vec<T>>,
) -> Result<Vec<T>, Refusal>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let mut found = vec![];
    for page in pages(session, stream).await? {
        found.extend(items(page).ok_or_else(|| Refusal::lacks(member))?);
    }
    Ok(found)
}

/// A text that AWS always sends, and never empty. Where one is left out the SDK may put an empty one in its place.
pub(super) fn text(text: Option<impl AsRef<str>>, member: &str) -> Result<Box<str>, Refusal> {
    match text {
        Some(text) if !text.as_ref().is_empty() => Ok(text.as_ref().into()),
        _ => Err(Refusal::lacks(member)),
    }
}

/// As [`text`], for evidence that is kept as AWS prints it.
pub(super) fn text_value(given: Option<impl AsRef<str>>, member: &str) -> Result<Value, Refusal> {
    text(given, member).map(|text| Value::from(&*text))
}

/// Block Public Access by its four flags, in the order of the guide: AWS always sends all of them. (S3 API Reference,
/// PublicAccessBlockConfiguration)
pub(super) fn public_access_block(flags: Option<[Option<bool>; 4]>) -> Result<PublicAccessBlock, Refusal> {
    let [acls, ignored, policy, restricted] =
        flags.ok_or_else(|| Refusal::lacks("PublicAccessBlockConfiguration"))?;
    let flag = |flag: Option<bool>, member| flag.ok_or_else(|| Refusal::lacks(member));
    Ok(PublicAccessBlock {
        block_public_acls: flag(acls, "BlockPublicAcls")?,
        ignore_public_acls: flag(ignored, "IgnorePublicAcls")?,
        block_public_policy: flag(policy, "BlockPublicPolicy")?,
        restrict_public_buckets: flag(restricted, "RestrictPublicBuckets")?,
    })
}

/// A policy document. "The [...] document is URL-encoded compliant with RFC 3986" in what IAM answers, and plain JSON elsewhere.
/// (IAM API Reference, GetAccountAuthorizationDetails) JSON never begins with a percent sign.
pub(super) fn document(text: &str) -> Result<PolicyDocument, Refusal> {
    let text = match text.starts_with('%') {
        true => {
            percent_decode_str(text).decode_utf8().map_err(|error| Refusal::malformed(error.to_string()))?
        }
        false => Cow::Borrowed(text),
    };
    let raw = RawValue::from_string(text.into_owned());
    raw.map(PolicyDocument::new).map_err(|error| Refusal::malformed(format!("a policy is no JSON: {error}")))
}

/// A moment as a snapshot writes it.
pub(super) fn moment(moment: &DateTime) -> Option<Box<str>> {
    DateTime::from_secs(moment.secs()).fmt(Format::DateTime).ok().map(Into::into)
}

/// An object of those members that are there.
pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let there = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_begins_with_a_percent_sign_is_decoded() {
        let text = |given| document(given).map(|document| document.text().to_owned());
        assert_eq!(text("%7B%22a%22%3A%20%22b%2Bc%22%7D"), Ok(r#"{"a": "b+c"}"#.to_owned()));
        assert_eq!(text(r#"{"a": "100%25"}"#), Ok(r#"{"a": "100%25"}"#.to_owned()));
        assert!(text(r#"{"a": "#).is_err());
        assert!(text("").is_err());
    }

    #[test]
    fn a_text_that_was_left_out_is_not_an_empty_one() {
        assert_eq!(text(Some(""), "Id"), Err(Refusal::lacks("Id")));
        assert_eq!(text(None::<&str>, "Id"), Err(Refusal::lacks("Id")));
        assert_eq!(text(Some("x"), "Id"), Ok("x".into()));
    }
}
