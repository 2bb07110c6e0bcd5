//! CloudTrail: what records the requests for objects.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::api;
use super::notes::Notes;
use super::plain::{Plain, Protocol, Service};
use super::refusal::Refusal;
use super::region::everywhere;
use super::session::Session;
use crate::estate::{Fact, List, Trail, Unread};
use crate::iam::Arn;

const CLOUDTRAIL: Service =
    Service { name: "cloudtrail", host: "cloudtrail", protocol: Protocol::Json("CloudTrail_20131101") };

#[derive(Deserialize)]
struct Described {
    #[serde(rename = "trailList")]
    trails: Vec<Map<String, Value>>,
}

/// The trails that the account owns, each with its selectors. Those of the organization that are only shown here are read where
/// they belong.
pub(super) async fn trails(session: &Session, regions: &[String], notes: &Notes) -> Fact<List<Trail>> {
    let kind = ("cloudtrail", "trail/*");
    // A trail that records every region is shown in each of them.
    let shown = everywhere(session, regions, api::DESCRIBE_TRAILS, kind, notes, async |region| {
        let client = Plain::new(session, CLOUDTRAIL, region);
        let described: Described = client.json("DescribeTrails", &json!({})).await?;
        Ok(described.trails)
    });
    let shown = match shown.await {
        Fact::Known(shown) => shown,
        Fact::Unread(why) => return Fact::Unread(why),
    };
    let account = session.account.to_string();
    let owned: BTreeMap<String, Map<String, Value>> = shown
        .into_iter()
        .filter_map(|trail| Some((trail.get("TrailARN")?.as_str()?.to_owned(), trail)))
        .filter(|(arn, _)| Arn::parse(arn).is_some_and(|arn| arn.account == account))
        .collect();
    let trails = join_all(owned.iter().map(|(arn, trail)| settle(session, arn, trail, notes))).await;
    match trails.into_iter().collect::<Result<Vec<_>, Unread>>() {
        Ok(trails) => Fact::Known(List::from(trails)),
        Err(why) => Fact::Unread(why),
    }
}

/// Adds whether it records, and what.
async fn settle(
    session: &Session,
    arn: &str,
    trail: &Map<String, Value>,
    notes: &Notes,
) -> Result<Trail, Unread> {
    let home = trail.get("HomeRegion").and_then(Value::as_str);
    let region = home.or(Arn::parse(arn).map(|arn| arn.region)).unwrap_or_default();
    let client = Plain::new(session, CLOUDTRAIL, region);
    let (status, selectors) = (json!({ "Name": arn }), json!({ "TrailName": arn }));
    let (status, selectors) = tokio::join!(
        client.json::<Map<String, Value>>("GetTrailStatus", &status),
        client.json::<Map<String, Value>>("GetEventSelectors", &selectors),
    );
    let status = status.and_then(|status| {
        let is_logging = status.get("IsLogging").cloned();
        is_logging.ok_or_else(|| Refusal::lacks("IsLogging"))
    });
    let status = notes.fact(api::GET_TRAIL_STATUS, arn, status);
    let selectors = notes.fact(api::GET_EVENT_SELECTORS, arn, selectors);
    let (is_logging, selectors) = match (status, selectors) {
        (Fact::Known(status), Fact::Known(selectors)) => (status, selectors),
        (Fact::Unread(why), _) | (_, Fact::Unread(why)) => return Err(why),
    };
    let mut whole = trail.clone();
    whole.insert("IsLogging".to_owned(), is_logging);
    whole.extend(selectors);
    let trail =
        serde_json::from_value(Value::Object(whole)).map_err(|error| Refusal::malformed(error.to_string()));
    match notes.fact(api::GET_EVENT_SELECTORS, arn, trail) {
        Fact::Known(trail) => Ok(trail),
        Fact::Unread(why) => Err(why),
    }
}
