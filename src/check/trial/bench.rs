//! The estate as it is, prepared for comparing many copies with it. Everything is worked out when it is first needed.

use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::access::{Approach, Decider, Subject, groups};
use crate::check::lint::Buckets;
use crate::check::scene::{Caller, Judged, Scene};
use crate::classify::DataSet;
use crate::estate::{Account, Bucket, Estate, Principal};
use crate::iam::Arn;

/// The estate as it is.
pub(crate) struct Bench<'s> {
    pub(crate) scene: Scene<'s>,
    pub(super) names: Buckets<'s>,
    buckets: FxHashMap<&'s str, Prepared<'s>>,
    /// The buckets of other accounts that may let a principal in, by its ARN.
    abroad: FxHashMap<Box<str>, Vec<&'s str>>,
    deciders: Mutex<Vec<Decider>>,
}

/// One bucket, with its data sets; without any where nobody has said what it holds.
struct Prepared<'s> {
    account: &'s Account,
    bucket: &'s Bucket,
    sets: &'s [DataSet<'s>],
    judged: OnceLock<Vec<Judged<'s>>>,
    approach: OnceLock<Approach<'s>>,
    reachers: OnceLock<Vec<Caller<'s>>>,
}

impl<'s> Bench<'s> {
    /// Prepares an estate with its data sets.
    pub(crate) fn new(scene: Scene<'s>, sets: &'s [DataSet<'s>]) -> Self {
        let of_buckets = sets.chunk_by(|a, b| a.bucket.name == b.bucket.name);
        let by_name: FxHashMap<&str, &'s [DataSet<'s>]> =
            of_buckets.filter_map(|sets| Some((&*sets.first()?.bucket.name, sets))).collect();
        let prepared = |(account, bucket): (&'s Account, &'s Bucket)| {
            let sets = by_name.get(&*bucket.name).copied().unwrap_or_default();
            let prepared = Prepared {
                account,
                bucket,
                sets,
                judged: OnceLock::new(),
                approach: OnceLock::new(),
                reachers: OnceLock::new(),
            };
            (&*bucket.name, prepared)
        };
        let estate: &'s Estate = scene.ground.estate;
        let mut bench = Self {
            names: Buckets::new(scene.ground.estate),
            buckets: estate.buckets().map(prepared).collect(),
            abroad: FxHashMap::default(),
            deciders: Mutex::default(),
            scene,
        };
        // On all cores, and not when it is first needed: whoever waits for it there must not be given work that waits for it too.
        bench.abroad = bench.all_abroad();
        bench
    }

    fn all_abroad(&self) -> FxHashMap<Box<str>, Vec<&'s str>> {
        let mut names: Vec<&'s str> = self.buckets.keys().copied().collect();
        names.sort_unstable();
        let guests = |name: &&'s str| -> Vec<(Box<str>, &'s str)> {
            let Some((approach, home)) = self.approach(name).zip(self.home(name)) else { return vec![] };
            let guests = approach.guests(self.scene.ground, home);
            let inside = guests.iter().filter_map(Subject::principal_inside);
            inside.map(|principal| (Box::from(principal.arn()), *name)).collect()
        };
        let found: Vec<Vec<(Box<str>, &str)>> = names.par_iter().map(guests).collect();
        let mut abroad: FxHashMap<Box<str>, Vec<&'s str>> = FxHashMap::default();
        for (arn, name) in found.into_iter().flatten() {
            abroad.entry(arn).or_default().push(name);
        }
        abroad
    }

    /// Lends a decider, which remembers what it has decided for other copies.
    pub(super) fn with_decider<T>(&self, work: impl FnOnce(&mut Decider) -> T) -> T {
        let deciders = || self.deciders.lock().unwrap_or_else(PoisonError::into_inner);
        let lent = deciders().pop();
        let mut decider = lent.unwrap_or_else(|| Decider::new(self.scene.ground));
        let done = work(&mut decider);
        deciders().push(decider);
        done
    }

    /// The data sets of a bucket.
    pub(crate) fn sets(&self, bucket: &str) -> &'s [DataSet<'s>] {
        self.buckets.get(bucket).map_or(&[], |prepared| prepared.sets)
    }

    /// The data sets of a bucket with what the rules ask about them.
    pub(crate) fn judged(&self, bucket: &str) -> &[Judged<'s>] {
        let Some(prepared) = self.buckets.get(bucket) else { return &[] };
        prepared.judged.get_or_init(|| prepared.sets.iter().map(|set| self.scene.judged(set)).collect())
    }

    /// The ways to a bucket.
    pub(crate) fn approach(&self, bucket: &str) -> Option<&Approach<'s>> {
        let prepared = self.buckets.get(bucket)?;
        let ground = self.scene.ground;
        Some(prepared.approach.get_or_init(|| Approach::to(ground, prepared.account, prepared.bucket)))
    }

    /// The account of a bucket.
    fn home(&self, bucket: &str) -> Option<&'s Account> {
        self.buckets.get(bucket).map(|prepared| prepared.account)
    }

    /// The buckets of an account that hold data of some class.
    pub(super) fn at_home(&self, principal: &Principal<'_>) -> impl Iterator<Item = &'s str> {
        let account = self.scene.ground.estate.account(principal.account_id());
        let buckets = account.map_or(&[][..], |account| account.buckets());
        buckets.iter().map(|bucket| &*bucket.name).filter(|name| !self.sets(name).is_empty())
    }

    /// The buckets of other accounts whose policies may let a principal in, by its ARN.
    pub(crate) fn abroad(&self, arn: &str) -> &[&'s str] {
        self.abroad.get(arn).map_or(&[], |buckets| buckets)
    }

    /// The user or role with this ARN.
    pub(crate) fn principal(&self, arn: &str) -> Option<Principal<'s>> {
        principal(self.scene.ground.estate, arn)
    }

    /// Everybody for whom AWS allows some request for a bucket, one by one.
    pub(crate) fn reachers(&self, bucket: &str) -> &[Caller<'s>] {
        let Some(prepared) = self.buckets.get(bucket) else { return &[] };
        prepared.reachers.get_or_init(|| self.with_decider(|decider| self.who_reaches(bucket, decider)))
    }

    fn who_reaches(&self, bucket: &str, decider: &mut Decider) -> Vec<Caller<'s>> {
        let Some((approach, home)) = self.approach(bucket).zip(self.home(bucket)) else { return vec![] };
        let ground = self.scene.ground;
        decider.next_account();
        let mut number = 0;
        let mut reaches = |subject: &Subject<'s>| {
            number += 1;
            subject_reaches(subject, number, approach, decider)
        };
        let mut found: Vec<Subject<'s>> = vec![];
        // Looks are told apart later, one by one.
        for group in groups(ground, home, &approach.sites, |_| ()) {
            if reaches(&group.subject) {
                found.extend(group.members.into_iter().map(|member| Subject::principal(ground, member)));
            }
        }
        found.extend(approach.guests(ground, home).into_iter().filter(|guest| reaches(guest)));
        found.into_iter().map(|subject| self.scene.caller(subject, 0)).collect()
    }

    /// Everybody who may ask for a bucket, whether AWS allows it or not.
    pub(super) fn everybody(&self, bucket: &str) -> Vec<Caller<'s>> {
        let Some((approach, home)) = self.approach(bucket).zip(self.home(bucket)) else { return vec![] };
        let ground = self.scene.ground;
        let at_home = home.principals().map(|principal| Subject::principal(ground, principal));
        let all = at_home.chain(approach.guests(ground, home));
        all.map(|subject| self.scene.caller(subject, 0)).collect()
    }
}

fn subject_reaches(
    subject: &Subject<'_>,
    number: u32,
    approach: &Approach<'_>,
    decider: &mut Decider,
) -> bool {
    approach.sites.iter().zip(0..).any(|(site, place)| {
        subject.may_reach(site) && !decider.class(subject, site, (number, place)).is_empty()
    })
}

/// The user or role of an estate with this ARN.
pub(super) fn principal<'e>(estate: &'e Estate, arn: &str) -> Option<Principal<'e>> {
    let account = Arn::parse(arn).and_then(|arn| crate::estate::AccountId::parse(arn.account))?;
    estate.account(account)?.principals().find(|principal| principal.arn() == arn)
}
