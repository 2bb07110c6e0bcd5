//! One account: what is known of it, and the calls that tell the rest.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::stream::{self, StreamExt};

use super::access_grants::access_grants;
use super::api;
use super::cloudtrail::trails;
use super::ec2::vpc_endpoints;
use super::iam::authorization_details;
use super::kms::{self, NamedKey};
use super::lakeformation::lake_formation;
use super::notes::Notes;
use super::progress::Progress;
use super::s3;
use super::s3control::{access_points, multi_region_access_points, public_access_block};
use super::sagemaker::sagemaker;
use super::session::Session;
use super::target::Target;
use crate::estate::{Account, AccountId, Fact, List, Unread};
use crate::iam::Glob;

/// About so many calls are made for one bucket.
const CALLS_OF_A_BUCKET: usize = 14;

/// An account that is being read. What is known can be looked at while the rest is asked for.
#[derive(Debug)]
pub(super) struct Part {
    session: Option<Session>,
    notes: Notes,
    known: Mutex<Account>,
    changed: AtomicBool,
}

impl Part {
    /// Enters the account, to read what `known` does not tell.
    pub(super) async fn enter(target: &Target, mut known: Account) -> Self {
        let notes = Notes::default();
        known.errors.clear();
        let session = match target.enter(known.account_id).await {
            Ok(session) => Some(session),
            Err((role, refusal)) => {
                notes.refused(api::ASSUME_ROLE, &role, refusal);
                None
            }
        };
        Self { session, notes, known: Mutex::new(known), changed: AtomicBool::new(true) }
    }

    pub(super) fn id(&self) -> AccountId {
        self.known().account_id
    }

    /// The account as it is known now, with what was refused.
    pub(super) fn account(&self) -> Account {
        let mut account = self.known().clone();
        account.errors = self.notes.errors();
        account
    }

    /// The account, if more is known than when it was last asked for.
    pub(super) fn changed(&self) -> Option<Account> {
        self.changed.swap(false, Ordering::Relaxed).then(|| self.account())
    }

    pub(super) fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Finds out which buckets there are, and where.
    pub(super) async fn list(&self, wanted: &[Glob], progress: &Progress) {
        let Some(session) = &self.session else { return };
        let known = self.known().buckets.clone();
        let buckets = s3::buckets(session, known, wanted, &self.notes).await;
        progress.buckets.expect(buckets.known().map_or(0, |buckets| buckets.len()));
        self.update(|account| account.buckets = buckets);
    }

    /// The regions of the buckets.
    pub(super) fn regions(&self) -> BTreeSet<String> {
        let account = self.known();
        account.buckets().iter().filter_map(|bucket| bucket.region.known()).map(ToString::to_string).collect()
    }

    /// Reads everything but the keys. `at_once`: how many calls to this account may be under way.
    pub(super) async fn read(&self, regions: &[String], at_once: usize, progress: &Progress) {
        if let Some(session) = &self.session {
            tokio::join!(
                self.identities(session),
                self.buckets(session, at_once, progress),
                self.surroundings(session, regions),
            );
        }
        progress.accounts.done();
    }

    async fn identities(&self, session: &Session) {
        let known = self.known().authorization_details.clone();
        let details = authorization_details(session, known, &self.notes).await;
        self.update(|account| account.authorization_details = details);
    }

    async fn buckets(&self, session: &Session, at_once: usize, progress: &Progress) {
        let buckets: Vec<_> = self.known().buckets().to_vec();
        let read = |(place, bucket): (usize, _)| async move {
            let bucket = s3::read(session, &bucket, &self.notes).await;
            self.update(|account| {
                let buckets = account.buckets.known_mut().into_iter().flat_map(List::iter_mut);
                if let Some(place) = buckets.into_iter().nth(place) {
                    *place = bucket;
                }
            });
            progress.buckets.done();
        };
        // Enough buckets that there is always a call to let through, though some of them have only their last call to make; and no
        // more: each call that waits takes memory.
        let at_once = at_once / CALLS_OF_A_BUCKET * 4 + 8;
        stream::iter(buckets.into_iter().enumerate())
            .map(read)
            .buffer_unordered(at_once)
            .collect::<()>()
            .await;
    }

    /// What stands around the buckets and bears on who reaches them.
    async fn surroundings(&self, session: &Session, regions: &[String]) {
        /// The fact as it is known, or as the call tells it.
        macro_rules! read {
            ($fact:ident, $read:expr) => {
                async {
                    if self.known().$fact.is_unread() {
                        let fact = $read.await;
                        self.update(|account| account.$fact = fact);
                    }
                }
            };
        }
        let notes = &self.notes;
        tokio::join!(
            read!(public_access_block, public_access_block(session, notes)),
            read!(access_points, access_points(session, regions, notes)),
            read!(multi_region_access_points, multi_region_access_points(session, notes)),
            read!(access_grants, access_grants(session, regions, notes)),
            read!(vpc_endpoints, vpc_endpoints(session, regions, notes)),
            read!(trails, trails(session, regions, notes)),
            read!(lake_formation, lake_formation(session, regions, notes)),
            read!(sagemaker, sagemaker(session, regions, notes)),
        );
    }

    /// The keys, of any account, that the buckets of this one are encrypted with.
    pub(super) fn named_keys(&self) -> Vec<NamedKey> {
        let account = self.known();
        account.buckets().iter().flat_map(|bucket| kms::named_by(account.account_id, bucket)).collect()
    }

    /// Reads the keys of this account that buckets anywhere are encrypted with.
    pub(super) async fn read_keys(&self, named: &BTreeSet<NamedKey>) {
        let Some(session) = &self.session else { return };
        let known = self.account();
        let keys = kms::keys(session, &known, named, &self.notes).await;
        self.update(|account| account.kms_keys = keys);
    }

    fn known(&self) -> MutexGuard<'_, Account> {
        // Facts are replaced whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, update: impl FnOnce(&mut Account)) {
        update(&mut self.known());
        self.changed.store(true, Ordering::Relaxed);
    }
}

/// What AWS told of an account in an earlier run; what it refused then is asked again. Of a list whose items are asked for one by
/// one after it, that is the whole list.
pub(super) fn asked_again(mut account: Account) -> Account {
    fn unless_whole<T>(list: &mut Fact<List<T>>, is_whole: impl Fn(&T) -> bool) {
        if list.known().is_some_and(|list| !list.unread().is_empty() || !list.iter().all(is_whole)) {
            *list = Fact::Unread(Unread::Missing);
        }
    }
    account.errors.clear();
    unless_whole(&mut account.buckets, |_| true);
    unless_whole(&mut account.access_points, |point| {
        !point.policy.is_unread() && !point.public_access_block.is_unread()
    });
    unless_whole(&mut account.multi_region_access_points, |point| !point.policy.is_unread());
    unless_whole(&mut account.vpc_endpoints, |endpoint| !endpoint.policy.is_unread());
    let instances = account.access_grants.known().map_or(&[][..], |grants| &grants.instances);
    if instances.iter().any(|instance| instance.policy.is_unread()) {
        account.access_grants = Fact::Unread(Unread::Missing);
    }
    account
}
