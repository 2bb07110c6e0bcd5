//! What is asked for in every region that matters.

use futures_util::future::join_all;

use super::api::Api;
use super::notes::Notes;
use super::refusal::Refusal;
use super::session::Session;
use crate::estate::{Fact, Unread};

/// Asks in each region. What one region does not tell leaves the fact unread: a list without it would not be whole.
///
/// `kind` is what a gap calls the resources: the service and the part of their ARN behind the account.
pub(super) async fn everywhere<'r, T, R>(
    session: &Session,
    regions: &'r [String],
    api: Api,
    (service, resource): (&str, &str),
    notes: &Notes,
    ask: impl Fn(&'r str) -> R,
) -> Fact<Vec<T>>
where
    R: Future<Output = Result<Vec<T>, Refusal>>,
{
    let answers = join_all(regions.iter().map(|region| ask(region))).await;
    let mut found = vec![];
    let mut unread: Option<Unread> = None;
    for (region, answer) in regions.iter().zip(answers) {
        match notes.fact(api, &session.arn(service, region, resource), answer) {
            Fact::Known(some) => found.extend(some),
            Fact::Unread(why) => unread = unread.or(Some(why)),
        }
    }
    unread.map_or(Fact::Known(found), Fact::Unread)
}
