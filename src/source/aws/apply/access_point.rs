//! The policies of access points.

use super::super::answer::{document, text};
use super::super::api;
use super::error::Problem;
use super::place::{Found, Place};
use crate::estate::Content;

pub(super) async fn read(place: &Place<'_>, name: &str) -> Result<Found, Problem> {
    let client = place.session.s3control(&place.region);
    let request = client.get_access_point_policy().account_id(place.edit.account.to_string()).name(name);
    let none = ["NoSuchAccessPointPolicy"];
    let answer = place.ask(api::GET_ACCESS_POINT_POLICY, &none, request.send()).await?;
    let policy = answer.map(|answer| document(&text(answer.policy, "Policy")?));
    Found::document(api::GET_ACCESS_POINT_POLICY, policy)
}

pub(super) async fn write(place: &Place<'_>, name: &str, to: Option<&Content>) -> Result<(), Problem> {
    let (client, account) = (place.session.s3control(&place.region), place.edit.account.to_string());
    match to {
        Some(policy) => {
            let request =
                client.put_access_point_policy().account_id(account).name(name).policy(policy.text());
            place.call(api::PUT_ACCESS_POINT_POLICY, request.send()).await.map(drop)
        }
        None => {
            let request = client.delete_access_point_policy().account_id(account).name(name);
            place.remove(api::DELETE_ACCESS_POINT_POLICY, request.send()).await
        }
    }
}
