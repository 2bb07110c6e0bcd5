//! From findings to a plan: round by round the changes that cure most, each proved before it is taken.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::extent::Ties;
use super::propose::{Candidate, Cause, Table};
use super::prove::{Docket, Verdict, prove};
use crate::check::trial::Bench;
use crate::estate::{Estate, Target};
use crate::finding::{self, Cure, Finding, Fix, Open, Safety};
use crate::intent::IntentError;

/// A plan in the making.
pub(super) struct Planner<'p, 's> {
    bench: &'p Bench<'s>,
    ties: &'p Ties<'s>,
    docket: &'p Docket<'p>,
    findings: &'p [Finding],
    /// The estate after the fixes that are taken so far.
    now: Estate,
    /// The findings that are still there, by their places.
    open: BTreeSet<usize>,
    /// The causes about which nothing safe can be done.
    refused: BTreeSet<Cause>,
    fixes: Vec<Fix>,
}

/// What came of trying to do something about a cause.
struct Tried {
    cause: Cause,
    best: Option<(Candidate, Verdict)>,
}

/// What has been tried so far about a cause.
struct Attempt {
    /// The findings that it explains.
    claimed: BTreeSet<usize>,
    /// The roles that others act as in them.
    acted_as: BTreeSet<Box<str>>,
    /// What cures most and breaks nothing.
    best: Option<(Candidate, Verdict)>,
    /// What would cure, and breaks something.
    breaking: Vec<(Candidate, Verdict)>,
}

impl Attempt {
    /// How many of the findings are gone.
    fn cures(&self, verdict: &Verdict) -> usize {
        verdict.cured.intersection(&self.claimed).count()
    }
}

/// A cause with the findings that it explains.
type Explained = (Cause, Vec<usize>);

impl<'p, 's> Planner<'p, 's> {
    pub(super) fn new(
        bench: &'p Bench<'s>,
        ties: &'p Ties<'s>,
        docket: &'p Docket<'p>,
        findings: &'p [Finding],
        wanted: BTreeSet<usize>,
    ) -> Self {
        let now = bench.scene.ground.estate.clone();
        let refused = BTreeSet::new();
        Self { bench, ties, docket, findings, now, open: wanted, refused, fixes: vec![] }
    }

    /// Takes every change that there is and that is acceptable.
    pub(super) fn run(mut self, accepted: Safety) -> Result<(Vec<Fix>, Vec<Open>), IntentError> {
        while self.round(accepted)? {}
        let open = self.open.iter().filter_map(|at| self.findings.get(*at)).map(why_open).collect();
        Ok((in_order(self.fixes), open))
    }

    /// Tries the heaviest causes that share no finding; tells whether there may be more to do.
    fn round(&mut self, accepted: Safety) -> Result<bool, IntentError> {
        let picked = self.picked();
        if picked.is_empty() {
            return Ok(false);
        }
        let tried: Vec<Tried> = picked
            .into_par_iter()
            .map(|(cause, claims)| self.tried(cause, &claims, accepted))
            .collect::<Result<_, _>>()?;
        for Tried { cause, best } in tried {
            match best {
                None => _ = self.refused.insert(cause),
                Some((candidate, verdict)) => {
                    // Another change of this round was made to the same document: this one is made again, on what is there then.
                    let fresh = candidate.edits.iter().all(|edit| {
                        self.now.content(edit.account, &edit.target).ok() == Some(edit.before.clone())
                    });
                    if fresh && !self.take(candidate, verdict) {
                        self.refused.insert(cause);
                    }
                }
            }
        }
        Ok(true)
    }

    fn table(&self) -> Table<'_, 's> {
        Table { bench: self.bench, ties: self.ties, now: &self.now, findings: self.findings }
    }

    /// The heaviest causes first, as far as none explains what another one explains.
    fn picked(&self) -> Vec<Explained> {
        let causes = self.table().causes(&self.open).into_iter();
        let mut causes: Vec<Explained> = causes.filter(|(cause, _)| !self.refused.contains(cause)).collect();
        causes.sort_by(|a, b| (Reverse(a.1.len()), &a.0).cmp(&(Reverse(b.1.len()), &b.0)));
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        causes.retain(|(_, claims)| {
            let free = claims.iter().all(|at| !taken.contains(at));
            if free {
                taken.extend(claims);
            }
            free
        });
        causes
    }

    /// The first candidate that cures all that it should; else the one that cures most; else, if that is accepted, the one that breaks least.
    fn tried(&self, cause: Cause, claims: &[usize], accepted: Safety) -> Result<Tried, IntentError> {
        let mut attempt = Attempt {
            claimed: claims.iter().copied().collect(),
            acted_as: claims
                .iter()
                .filter_map(|at| self.findings.get(*at))
                .flat_map(|finding| finding.roles.iter().cloned())
                .collect(),
            best: None,
            breaking: vec![],
        };
        let table = self.table();
        if !self.attempt(table.candidates(&cause, claims), &mut attempt)? {
            let tried = attempt.breaking.iter().map(|(candidate, verdict)| (candidate, &verdict.change));
            let amended = table.amended(&cause, claims, &tried.collect::<Vec<_>>());
            self.attempt(amended, &mut attempt)?;
        }
        let least = |attempt: Attempt| {
            let rank =
                |(_, verdict): &(Candidate, Verdict)| (attempt.cures(verdict), Reverse(verdict.proof.harm()));
            let ranks: Vec<_> = attempt.breaking.iter().map(rank).collect();
            // Of equal ones the first.
            let best = ranks.iter().enumerate().rev().max_by_key(|(_, rank)| **rank).map(|(at, _)| at);
            best.and_then(|at| attempt.breaking.into_iter().nth(at))
        };
        let best = match (attempt.best.take(), accepted) {
            (None, Safety::Breaks) => least(attempt),
            (best, _) => best,
        };
        Ok(Tried { cause, best })
    }

    /// Tries one candidate after the other; tells whether one cures everything and breaks nothing.
    fn attempt(&self, candidates: Vec<Candidate>, attempt: &mut Attempt) -> Result<bool, IntentError> {
        for candidate in candidates {
            let proved = prove(self.bench, self.ties, self.docket, &candidate, &attempt.acted_as)?;
            let Some(verdict) = proved else { continue };
            let cures = attempt.cures(&verdict);
            if cures == 0 {
                continue;
            }
            if !verdict.proof.breaks_nothing() {
                attempt.breaking.push((candidate, verdict));
            } else if attempt.best.as_ref().map_or(0, |(_, known)| attempt.cures(known)) < cures {
                attempt.best = Some((candidate, verdict));
                if cures == attempt.claimed.len() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Makes a change part of the plan; false if what it cures is cured already.
    fn take(&mut self, candidate: Candidate, mut verdict: Verdict) -> bool {
        let cured: BTreeSet<usize> = verdict.cured.intersection(&self.open).copied().collect();
        if cured.is_empty() {
            return false;
        }
        let Ok(now) = self.now.patched(&candidate.edits) else { return false };
        self.now = now;
        verdict.proof.cures = cured.iter().filter_map(|at| self.findings.get(*at)).map(Cure::of).collect();
        self.open.retain(|at| !cured.contains(at));
        let Candidate { remedy, title, edits, notes, assumes, .. } = candidate;
        let (id, proof) = (finding::Fix::id_of(&edits), verdict.proof);
        self.fixes.push(Fix { id, remedy, title: title.into(), edits, assumes, notes, proof });
        true
    }
}

/// Safe fixes first, and of these what protects before what takes away; changes of one document keep their order.
fn in_order(fixes: Vec<Fix>) -> Vec<Fix> {
    let mut ranks: BTreeMap<Target, (Safety, finding::Remedy)> = BTreeMap::new();
    let mut ranked: Vec<((Safety, finding::Remedy), Fix)> = vec![];
    for fix in fixes {
        let own = (fix.proof.verdict, fix.remedy);
        let shared = fix.edits.iter().filter_map(|edit| ranks.get(&edit.target).copied());
        let rank = shared.fold(own, Ord::max);
        for edit in &fix.edits {
            ranks.insert(edit.target.clone(), rank);
        }
        ranked.push((rank, fix));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, fix)| fix).collect()
}

fn why_open(finding: &Finding) -> Open {
    let why = match finding.verdict {
        crate::finding::Verdict::Undecided => "it is not certain: read what is missing first",
        crate::finding::Verdict::Violated => {
            "no change that palisade knows of cures it; the remedy of the rule tells what to do"
        }
    };
    Open {
        finding: finding.fingerprint,
        rule: finding.rule.clone(),
        verdict: finding.verdict,
        why: why.into(),
    }
}
