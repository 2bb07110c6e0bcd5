//! Lake Formation: the locations that it hands out credentials for.

use serde::Deserialize;
use serde_json::json;

use super::api;
use super::notes::Notes;
use super::plain::{Plain, Protocol, Service, next_page};
use super::region::everywhere;
use super::session::Session;
use crate::estate::{Fact, LakeFormation, RegisteredLocation};

const LAKE_FORMATION: Service =
    Service { name: "lakeformation", host: "lakeformation", protocol: Protocol::RestJson };

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    resource_info_list: Vec<RegisteredLocation>,
    next_token: Option<String>,
}

/// The registered locations.
pub(super) async fn lake_formation(
    session: &Session,
    regions: &[String],
    notes: &Notes,
) -> Fact<LakeFormation> {
    let kind = ("lakeformation", "resource/*");
    let resources = everywhere(session, regions, api::LIST_RESOURCES, kind, notes, async |region| {
        let client = Plain::new(session, LAKE_FORMATION, region);
        let (mut resources, mut next) = (vec![], None::<String>);
        loop {
            let input = next.as_ref().map_or_else(|| json!({}), |token| json!({ "NextToken": token }));
            let page: Page = client.json("ListResources", &input).await?;
            resources.extend(page.resource_info_list);
            next = next_page(page.next_token.as_deref(), next.as_deref())?;
            if next.is_none() {
                return Ok(resources);
            }
        }
    });
    resources.await.map(|resources| LakeFormation { resources: resources.clone() })
}
