//! A whole organization, from the first call to the last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};

use super::account::{Part, asked_again};
use super::error::CollectError;
use super::kms::NamedKey;
use super::notes::Notes;
use super::organizations::organization;
use super::progress::Progress;
use super::target::Target;
use crate::estate::{Account, AccountId, Estate, Organization, Scope};
use crate::iam::Glob;
use crate::source::snapshot::{Draft, SnapshotError};

/// How much of a run is lost if it is killed.
const BETWEEN_WRITES: Duration = Duration::from_secs(5);

/// A collection under way. What is known can be looked at at any time.
pub(super) struct Run<'a> {
    target: &'a Target,
    draft: Option<&'a Draft>,
    progress: &'a Progress,
    concurrency: usize,
    account_concurrency: usize,
    state: Mutex<State>,
}

/// What is known.
struct State {
    /// When, of what, and the organization; its accounts are the parts.
    estate: Estate,
    parts: Vec<Arc<Part>>,
}

impl<'a> Run<'a> {
    /// A run that adds to what `known` tells.
    pub(super) fn new(
        target: &'a Target,
        (concurrency, account_concurrency): (usize, usize),
        known: Estate,
        draft: Option<&'a Draft>,
        progress: &'a Progress,
    ) -> Self {
        let state = Mutex::new(State { estate: known, parts: vec![] });
        Self { target, draft, progress, concurrency, account_concurrency, state }
    }

    /// Reads everything. What is read is written to the draft as it comes.
    pub(super) async fn everything(&self) -> Result<(), CollectError> {
        tokio::select! {
            done = self.phases() => done,
            failed = self.write_now_and_then() => failed,
        }
    }

    async fn phases(&self) -> Result<(), CollectError> {
        let notes = self.organization().await;
        self.write_header()?;
        let accounts = self.accounts()?;
        self.progress.accounts.expect(accounts.len());
        self.each(accounts, |account| async {
            let part = Arc::new(Part::enter(self.target, account).await);
            self.lock().parts.push(part.clone());
            part.list(&self.wanted(), self.progress).await;
        })
        .await;
        let parts = self.parts();
        if let Some(first) = parts.first() {
            // What the organization refused has no file of its own.
            first.notes().add(notes.errors());
        }
        let regions = self.regions(&parts);
        self.each(parts.clone(), |part| {
            let regions = &regions;
            async move { part.read(regions, self.account_concurrency, self.progress).await }
        })
        .await;
        self.keys(&parts).await;
        self.write_changed()
    }

    /// Reads the organization unless all of it is known.
    async fn organization(&self) -> Notes {
        let notes = Notes::default();
        let is_known = {
            let known = &self.lock().estate;
            let mut errors = known.accounts().flat_map(|account| &account.errors);
            !known.organization.is_unread() && !errors.any(|error| error.api.starts_with("organizations:"))
        };
        if !is_known {
            let read = organization(&self.target.home(), &notes).await;
            self.lock().estate.organization = read;
        }
        notes
    }

    /// The accounts to read, with what is known of them.
    fn accounts(&self) -> Result<Vec<Account>, CollectError> {
        let state = self.lock();
        let chosen = chosen(&state.estate, self.target.account);
        if chosen.is_empty() {
            return Err(CollectError::NoAccount);
        }
        let known = |id: AccountId| {
            state.estate.account(id).cloned().map_or_else(|| Account::unread(id), asked_again)
        };
        Ok(chosen.into_iter().map(known).collect())
    }

    fn wanted(&self) -> Vec<Glob> {
        self.lock().estate.scope.buckets.iter().map(|pattern| Glob::new(pattern)).collect()
    }

    /// The regions of the buckets of all accounts: whatever leads to a bucket is in its region, but in any account.
    fn regions(&self, parts: &[Arc<Part>]) -> Vec<String> {
        let mut regions: BTreeSet<String> = parts.iter().flat_map(|part| part.regions()).collect();
        if regions.is_empty() {
            regions.insert(self.target.home().home_region().to_owned());
        }
        regions.into_iter().collect()
    }

    /// The keys come last: one that encrypts a bucket may belong to another account.
    async fn keys(&self, parts: &[Arc<Part>]) {
        let mut named: BTreeMap<AccountId, BTreeSet<NamedKey>> = BTreeMap::new();
        for key in parts.iter().flat_map(|part| part.named_keys()) {
            named.entry(key.account).or_default().insert(key);
        }
        let none = BTreeSet::new();
        join_all(parts.iter().map(|part| part.read_keys(named.get(&part.id()).unwrap_or(&none)))).await;
    }

    /// Does something for each, for so many at once that there is always a call to let through.
    async fn each<T, R: Future<Output = ()>>(&self, all: Vec<T>, act: impl Fn(T) -> R) {
        stream::iter(all).map(act).buffer_unordered(self.concurrency / 4 + 2).collect::<()>().await;
    }

    async fn write_now_and_then(&self) -> Result<(), CollectError> {
        loop {
            tokio::time::sleep(BETWEEN_WRITES).await;
            self.write_changed()?;
        }
    }

    fn write_header(&self) -> Result<(), SnapshotError> {
        self.draft.map_or(Ok(()), |draft| draft.estate(&self.lock().estate))
    }

    fn write_changed(&self) -> Result<(), CollectError> {
        let Some(draft) = self.draft else { return Ok(()) };
        for account in self.parts().iter().filter_map(|part| part.changed()) {
            draft.account(&account)?;
        }
        Ok(())
    }

    fn parts(&self) -> Vec<Arc<Part>> {
        let mut parts = self.lock().parts.clone();
        parts.sort_by_key(|part| part.id());
        parts
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Each change is one assignment or one push.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known now, as an estate. An account that was not come to yet is as it was known before.
    pub(super) fn estate(self, incomplete: bool) -> Estate {
        let parts = self.parts();
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let known = state.estate;
        let mut estate = known.without_accounts();
        estate.incomplete = incomplete;
        parts.iter().for_each(|part| {
            estate.add_account(part.account());
        });
        known.accounts().for_each(|account| {
            estate.add_account(account.clone());
        });
        estate
    }
}

/// The active accounts that the scope covers. Without an organization, or without a view of it, those that the scope names, or the
/// one at hand.
fn chosen(estate: &Estate, home: AccountId) -> Vec<AccountId> {
    let scope = &estate.scope;
    let chosen: BTreeSet<AccountId> = match estate.organization() {
        Some(organization) => members(organization, scope).collect(),
        None if scope.accounts.is_empty() => BTreeSet::from([home]),
        None => scope.accounts.iter().copied().collect(),
    };
    chosen.into_iter().filter(|account| !scope.excluded_accounts.contains(account)).collect()
}

fn members<'a>(organization: &'a Organization, scope: &'a Scope) -> impl Iterator<Item = AccountId> + 'a {
    let parents: BTreeMap<&str, &str> =
        organization.organizational_units.iter().map(|unit| (&*unit.id, &*unit.parent_id)).collect();
    let ancestry = move |parent: &'a str| {
        let mut units = vec![parent];
        // A tree that AWS told has no circle, and is no deeper than it has units.
        while let Some(above) = units.last().and_then(|unit| parents.get(unit)) {
            if units.len() > parents.len() {
                break;
            }
            units.push(above);
        }
        units
    };
    let active = organization.accounts.iter().filter(|account| &*account.status == "ACTIVE");
    active
        .filter(move |account| scope.covers_account(account.id, &ancestry(&account.parent_id)))
        .map(|account| account.id)
}

/// An estate of which nothing is known yet.
pub(super) fn nothing_known(target: &Target, scope: Scope) -> Estate {
    let now = jiff::Timestamp::now();
    let now = jiff::Timestamp::from_second(now.as_second()).unwrap_or(now);
    Estate::unread(now.to_string().into(), (*target.partition).into(), scope)
}
