//! SageMaker: the feature groups that are written to S3.

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api;
use super::notes::Notes;
use super::plain::{Plain, Protocol, Service, next_page};
use super::refusal::Refusal;
use super::region::everywhere;
use super::session::Session;
use crate::estate::{Fact, FeatureGroup, Sagemaker, Unread};

const SAGEMAKER: Service =
    Service { name: "sagemaker", host: "api.sagemaker", protocol: Protocol::Json("SageMaker") };

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    feature_group_summaries: Vec<Summary>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    feature_group_name: String,
    feature_group_arn: String,
}

/// The feature groups with an offline store.
pub(super) async fn sagemaker(session: &Session, regions: &[String], notes: &Notes) -> Fact<Sagemaker> {
    let kind = ("sagemaker", "feature-group/*");
    let groups = everywhere(session, regions, api::LIST_FEATURE_GROUPS, kind, notes, async |region| {
        let client = Plain::new(session, SAGEMAKER, region);
        let summaries = summaries(&client).await?;
        Ok(join_all(summaries.iter().map(|summary| described(&client, summary, notes))).await)
    });
    let groups = match groups.await {
        Fact::Known(groups) => groups.into_iter().collect::<Result<Vec<_>, Unread>>(),
        Fact::Unread(why) => Err(why),
    };
    match groups {
        Ok(groups) => Fact::Known(Sagemaker { feature_groups: groups.into_iter().flatten().collect() }),
        Err(why) => Fact::Unread(why),
    }
}

async fn summaries(client: &Plain<'_>) -> Result<Vec<Summary>, Refusal> {
    let (mut summaries, mut next) = (vec![], None::<String>);
    loop {
        let mut input = json!({ "MaxResults": 100 });
        if let (Some(token), Some(input)) = (&next, input.as_object_mut()) {
            input.insert("NextToken".to_owned(), token.as_str().into());
        }
        let page: Page = client.json("ListFeatureGroups", &input).await?;
        summaries.extend(page.feature_group_summaries);
        next = next_page(page.next_token.as_deref(), next.as_deref())?;
        if next.is_none() {
            return Ok(summaries);
        }
    }
}

/// The feature group, if it has an offline store.
async fn described(
    client: &Plain<'_>,
    summary: &Summary,
    notes: &Notes,
) -> Result<Option<FeatureGroup>, Unread> {
    let input = json!({ "FeatureGroupName": summary.feature_group_name });
    let answer = client.json::<Value>("DescribeFeatureGroup", &input).await;
    let group = answer.and_then(|answer| {
        if answer.get("FeatureGroupName").is_none() {
            return Err(Refusal::lacks("FeatureGroupName"));
        }
        if answer.get("OfflineStoreConfig").is_none_or(Value::is_null) {
            return Ok(None);
        }
        serde_json::from_value(answer).map(Some).map_err(|error| Refusal::malformed(error.to_string()))
    });
    match notes.fact(api::DESCRIBE_FEATURE_GROUP, &summary.feature_group_arn, group) {
        Fact::Known(group) => Ok(group),
        Fact::Unread(why) => Err(why),
    }
}
