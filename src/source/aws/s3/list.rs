//! Which buckets there are, and where.

use futures_util::future::join_all;

use aws_sdk_s3::types;

use super::super::answer::{items, moment, text};
use super::super::api;
use super::super::notes::Notes;
use super::super::refusal::Refusal;
use super::super::session::Session;
use crate::estate::{Bucket, Fact, List};
use crate::iam::Glob;

/// The most that one page holds. Asking for pages also makes AWS tell each bucket's region: "BucketRegion indicates the AWS region
/// where the bucket is located. If the request contains at least one valid parameter, it is included in the response." (S3 API
/// Reference, Bucket)
const PAGE: i32 = 1_000;

/// The buckets of an account that are wanted, each with its region.
pub(crate) async fn buckets(
    session: &Session,
    known: Fact<List<Bucket>>,
    wanted: &[Glob],
    notes: &Notes,
) -> Fact<List<Bucket>> {
    let mut buckets = match known {
        Fact::Known(buckets) => buckets,
        Fact::Unread(_) => {
            let answer = all(session).await.map(|mut buckets| {
                let is_wanted = |bucket: &Bucket| {
                    wanted.is_empty() || wanted.iter().any(|glob| glob.matches(&bucket.name))
                };
                buckets.retain(is_wanted);
                List::from(buckets)
            });
            match notes.fact(api::LIST_BUCKETS, &session.account.to_string(), answer) {
                Fact::Known(buckets) => buckets,
                unread => return unread,
            }
        }
    };
    let regions = buckets.iter().map(|bucket| region(session, bucket, notes));
    let regions = join_all(regions).await;
    for (bucket, region) in buckets.iter_mut().zip(regions) {
        bucket.region = region;
    }
    Fact::Known(buckets)
}

async fn all(session: &Session) -> Result<Vec<Bucket>, Refusal> {
    let client = session.s3(session.home_region());
    let stream = client.list_buckets().into_paginator().page_size(PAGE).send();
    let buckets = items(session, stream, "Buckets", |page| page.buckets).await?;
    buckets.iter().map(listed).collect()
}

fn listed(bucket: &types::Bucket) -> Result<Bucket, Refusal> {
    Ok(Bucket {
        region: bucket.bucket_region().map_or_else(Fact::default, |region| Fact::Known(region.into())),
        creation_date: bucket.creation_date().and_then(moment),
        ..Bucket::unread(text(bucket.name(), "Name")?)
    })
}

/// The region, asked for where the list did not tell it.
async fn region(session: &Session, bucket: &Bucket, notes: &Notes) -> Fact<Box<str>> {
    if let Fact::Known(region) = &bucket.region {
        return Fact::Known(region.clone());
    }
    notes.fact(api::GET_BUCKET_LOCATION, &bucket.name, location(session, &bucket.name).await)
}

/// The region of a bucket, by its name alone.
pub(crate) async fn location(session: &Session, bucket: &str) -> Result<Box<str>, Refusal> {
    let client = session.s3(session.home_region());
    let answer = session.call(client.get_bucket_location().bucket(bucket).send()).await?;
    Ok(match answer.location_constraint() {
        // "Buckets in Region us-east-1 have a LocationConstraint of null. Buckets with a LocationConstraint of EU reside in
        // eu-west-1." (S3 API Reference, GetBucketLocation)
        None => "us-east-1".into(),
        Some(types::BucketLocationConstraint::Eu) => "eu-west-1".into(),
        Some(region) if region.as_str().is_empty() => "us-east-1".into(),
        Some(region) => region.as_str().into(),
    })
}
