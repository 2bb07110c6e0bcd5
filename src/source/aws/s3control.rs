//! S3 Control: the account's own Block Public Access, and access points of every kind.

use aws_sdk_s3control::types;
use futures_util::future::join_all;

use super::answer::{self, document, items, text};
use super::api;
use super::notes::Notes;
use super::refusal::Refusal;
use super::region::everywhere;
use super::session::Session;
use crate::estate::{
    AccessPoint, Fact, List, MultiRegionAccessPoint, MultiRegionBucket, PolicyDocument, PublicAccessBlock,
};

/// "You must use the US West (Oregon) Region for all Multi-Region Access Point [...] operations". (S3 User Guide,
/// ManagingMultiRegionAccessPoints)
const MRAP_REGION: &str = "us-west-2";

/// Block Public Access for the whole account.
pub(super) async fn public_access_block(session: &Session, notes: &Notes) -> Fact<Option<PublicAccessBlock>> {
    let account = session.account.to_string();
    let client = session.s3control(session.home_region());
    let answer = session.call(client.get_public_access_block().account_id(&account).send()).await;
    let block = match answer {
        Ok(answer) => block(answer.public_access_block_configuration.as_ref()).map(Some),
        Err(refusal) if refusal.is(&["NoSuchPublicAccessBlockConfiguration"]) => Ok(None),
        Err(refusal) => Err(refusal),
    };
    notes.fact(api::GET_ACCOUNT_BLOCK, &account, block)
}

fn block(block: Option<&types::PublicAccessBlockConfiguration>) -> Result<PublicAccessBlock, Refusal> {
    answer::public_access_block(block.map(|block| {
        [
            block.block_public_acls,
            block.ignore_public_acls,
            block.block_public_policy,
            block.restrict_public_buckets,
        ]
    }))
}

/// The access points, each with its settings and its policy.
pub(super) async fn access_points(
    session: &Session,
    regions: &[String],
    notes: &Notes,
) -> Fact<List<AccessPoint>> {
    let kind = ("s3", "accesspoint/*");
    let points = everywhere(session, regions, api::LIST_ACCESS_POINTS, kind, notes, async |region| {
        access_points_in(session, region, notes).await
    });
    points.await.map(|points| List::from(points.clone()))
}

async fn access_points_in(
    session: &Session,
    region: &str,
    notes: &Notes,
) -> Result<Vec<AccessPoint>, Refusal> {
    let client = session.s3control(region);
    let stream = client.list_access_points().account_id(session.account.to_string()).into_paginator().send();
    let points = items(session, stream, "AccessPointList", |page| page.access_point_list).await?;
    let points = points.into_iter().map(access_point).collect::<Result<Vec<_>, _>>()?;
    let settled = points.into_iter().map(|point| settle(session, region, point, notes));
    Ok(join_all(settled).await)
}

fn access_point(point: types::AccessPoint) -> Result<AccessPoint, Refusal> {
    Ok(AccessPoint {
        name: text(Some(point.name), "Name")?,
        bucket: text(Some(point.bucket), "Bucket")?,
        access_point_arn: point.access_point_arn.map(Into::into),
        network_origin: text(Some(point.network_origin.as_str()), "NetworkOrigin")?,
        vpc_id: point.vpc_configuration.map(|vpc| vpc.vpc_id.into()),
        policy: Fact::default(),
        public_access_block: Fact::default(),
    })
}

/// Adds what the list does not tell.
async fn settle(session: &Session, region: &str, point: AccessPoint, notes: &Notes) -> AccessPoint {
    let (client, account) = (session.s3control(region), session.account.to_string());
    let arn = point.access_point_arn.as_deref().unwrap_or(&point.name);
    let settings = async {
        let request = client.get_access_point().account_id(&account).name(&*point.name);
        let answer = session.call(request.send()).await;
        let block =
            answer.and_then(|answer| block(answer.public_access_block_configuration.as_ref()).map(Some));
        notes.fact(api::GET_ACCESS_POINT, arn, block)
    };
    let policy = async {
        let request = client.get_access_point_policy().account_id(&account).name(&*point.name);
        let policy = match session.call(request.send()).await {
            Ok(answer) => optional_document(answer.policy.as_deref()),
            Err(refusal) if refusal.is(&["NoSuchAccessPointPolicy"]) => Ok(None),
            Err(refusal) => Err(refusal),
        };
        notes.fact(api::GET_ACCESS_POINT_POLICY, arn, policy)
    };
    let (public_access_block, policy) = tokio::join!(settings, policy);
    AccessPoint { policy, public_access_block, ..point }
}

fn optional_document(answer: Option<&str>) -> Result<Option<PolicyDocument>, Refusal> {
    document(&text(answer, "Policy")?).map(Some)
}

/// The Multi-Region Access Points, each with its policy. "Multi-Region Access Points aren't supported in [...] the China Regions
/// and AWS GovCloud". (S3 User Guide, MultiRegionAccessPointRestrictions)
pub(super) async fn multi_region_access_points(
    session: &Session,
    notes: &Notes,
) -> Fact<List<MultiRegionAccessPoint>> {
    if &*session.partition != "aws" {
        return Fact::Known(List::default());
    }
    let (client, account) = (session.s3control(MRAP_REGION), session.account.to_string());
    let stream = client.list_multi_region_access_points().account_id(&account).into_paginator().send();
    let points = items(session, stream, "AccessPoints", |page| page.access_points).await;
    let points =
        points.and_then(|points| points.into_iter().map(multi_region).collect::<Result<Vec<_>, _>>());
    match notes.fact(api::LIST_MRAPS, &account, points) {
        Fact::Known(points) => {
            let points = points.into_iter().map(|point| with_policy(session, point, notes));
            Fact::Known(List::from(join_all(points).await))
        }
        Fact::Unread(why) => Fact::Unread(why),
    }
}

fn multi_region(point: types::MultiRegionAccessPointReport) -> Result<MultiRegionAccessPoint, Refusal> {
    let bucket = |report: types::RegionReport| {
        Ok(MultiRegionBucket {
            bucket: text(report.bucket, "Region.Bucket")?,
            region: report.region.map(Into::into),
            bucket_account_id: report.bucket_account_id.map(Into::into),
        })
    };
    Ok(MultiRegionAccessPoint {
        name: text(point.name, "Name")?,
        alias: point.alias.map(Into::into),
        status: point.status.map(|status| status.as_str().into()),
        public_access_block: Some(block(point.public_access_block.as_ref())?),
        regions: point.regions.unwrap_or_default().into_iter().map(bucket).collect::<Result<_, Refusal>>()?,
        policy: Fact::default(),
    })
}

async fn with_policy(
    session: &Session,
    point: MultiRegionAccessPoint,
    notes: &Notes,
) -> MultiRegionAccessPoint {
    let client = session.s3control(MRAP_REGION);
    let request = client.get_multi_region_access_point_policy();
    let request = request.account_id(session.account.to_string()).name(&*point.name);
    let policy = match session.call(request.send()).await {
        // "Established: The last established policy": the one that is in force.
        Ok(answer) => {
            match answer.policy.and_then(|policy| policy.established).and_then(|policy| policy.policy) {
                Some(policy) if !policy.is_empty() => document(&policy).map(Some),
                _ => Ok(None),
            }
        }
        // The access point was listed a moment ago: what is not found is its policy.
        Err(refusal) if refusal.is_not_found() => Ok(None),
        Err(refusal) => Err(refusal),
    };
    let policy = notes.fact(api::GET_MRAP_POLICY, &point.name, policy);
    MultiRegionAccessPoint { policy, ..point }
}
