//! Values of a condition key, so many that every combination of answers that conditions can give to one is given to some.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};

use super::automaton::{Automaton, Matching};
use super::keys::{Kind, kind, usual};
use super::partition::partition;
use super::{Limits, TooMany};
use crate::iam::{Comparison, Condition, Family, Glob, Operand};

/// What is asked of a key, and what is known of its values beforehand.
pub(super) struct Asked<'a> {
    /// The key, in lower case.
    pub(super) key: &'a str,
    /// The conditions on it, without variables.
    pub(super) conditions: &'a [&'a Condition],
    /// What every value matches.
    pub(super) universe: Option<&'a Glob>,
    /// The moment of the evidence, in RFC 3339.
    pub(super) now: &'a str,
}

impl Asked<'_> {
    /// The values, the most usual ones first.
    pub(super) fn values(&self, limits: Limits) -> Result<Vec<Box<str>>, TooMany> {
        let mut values: Vec<Box<str>> = vec![];
        match kind(self.key) {
            Kind::Flag => values.extend(["true", "false"].map(Into::into)),
            Kind::Address => values.extend(self.addresses()?),
            Kind::Moment => values.extend(self.moments()?.iter().map(|at| at.to_string().into())),
            Kind::Epoch => values.extend(self.moments()?.iter().map(|at| at.as_second().to_string().into())),
            Kind::Text | Kind::Texts => values.extend(self.texts(limits)?),
        }
        // What is usual comes first; of what no condition asks for, a usual value is as good as any other.
        let fits = |value: &&str| self.universe.is_none_or(|universe| universe.matches(value));
        let mut ordered: Vec<Box<str>> =
            usual(self.key).iter().copied().filter(fits).map(Into::into).collect();
        ordered.extend(values.into_iter().filter(|value| !usual(self.key).contains(&&**value)));
        Ok(ordered)
    }

    fn operands(&self) -> impl Iterator<Item = (Comparison, &Operand)> {
        self.conditions.iter().flat_map(|condition| {
            condition.operands.iter().map(|operand| (condition.operator.comparison, operand))
        })
    }

    /// Texts: one for each combination of patterns that some text matches, and around each number, moment and address one.
    fn texts(&self, limits: Limits) -> Result<Vec<Box<str>>, TooMany> {
        let mut automata = vec![];
        for condition in self.conditions {
            let matching = match condition.operator.comparison.family() {
                Family::Text | Family::TextLike => Matching::Text,
                Family::TextIgnoreCase => Matching::IgnoringCase,
                Family::Arn => Matching::Arn,
                _ => continue,
            };
            let globs = condition.operands.iter().filter_map(|operand| operand.pattern()?.as_glob());
            let patterns: Vec<_> = globs.map(|glob| (glob, matching)).collect();
            automata.push(Automaton::matching(&patterns, limits.states)?);
        }
        let universe = self.universe.map(|glob| Automaton::new(std::slice::from_ref(glob), limits.states));
        let universe = universe.transpose()?;
        let bound = automata.len();
        let sets: Vec<&Automaton> = automata.iter().chain(universe.iter()).collect();
        let minterms = partition(&sets, 1, limits)?;
        let inside = |within: &super::Bits| universe.is_none() || within.contains(bound);
        let mut found: Vec<Box<str>> = minterms
            .witnesses
            .into_iter()
            .zip(&minterms.within)
            .filter(|(_, within)| inside(within))
            .map(|(witness, _)| witness.into())
            .collect();
        let others = self.others()?;
        // A text that is a number as well as something that a pattern with wildcards asks for is not looked for.
        let has_wildcards = |(_, operand): (_, &Operand)| {
            operand.pattern().is_some_and(|p| p.as_glob().is_none_or(|glob| glob.as_literal().is_none()))
        };
        if !others.is_empty() && self.operands().any(has_wildcards) {
            return Err(TooMany);
        }
        found.extend(others);
        Ok(found)
    }

    /// Values that operators of numbers, moments, addresses, flags and bytes tell apart.
    fn others(&self) -> Result<Vec<Box<str>>, TooMany> {
        let mut found: Vec<Box<str>> = vec![];
        let has = |family: Family| self.operands().any(|(comparison, _)| comparison.family() == family);
        if has(Family::Number) {
            found.extend(self.numbers());
        }
        if has(Family::Date) {
            found.extend(self.moments()?.iter().map(|at| at.to_string().into()));
        }
        if has(Family::Ip) {
            found.extend(self.addresses()?);
        }
        if has(Family::Bool) {
            found.extend(["true", "false"].map(Into::into));
        }
        if has(Family::Binary) {
            let binary = self.operands().filter(|(comparison, _)| comparison.family() == Family::Binary);
            found.extend(binary.map(|(_, operand)| operand.as_str().into()));
            found.push("AA==".into());
        }
        Ok(found)
    }

    /// Every number that is named, and one between each two.
    fn numbers(&self) -> Vec<Box<str>> {
        let mut points: Vec<f64> = self.operands().filter_map(|(_, operand)| operand.number()).collect();
        points.sort_by(f64::total_cmp);
        points.dedup();
        let first = points.first().map(|first| (first - 1.0).floor());
        let last = points.last().map(|last| (last + 1.0).ceil());
        let between = points.iter().zip(points.iter().skip(1)).map(|(low, high)| {
            let whole = (low + 1.0).floor();
            if whole < *high { whole } else { low + (high - low) / 2.0 }
        });
        let mut all: Vec<f64> = between.chain(first).chain(last).collect();
        all.extend(points);
        all.iter().map(|number| number.to_string().into()).collect()
    }

    /// Now, every moment that is named, and one between each two. Moments are told apart to the second.
    fn moments(&self) -> Result<Vec<Timestamp>, TooMany> {
        let dated = self.operands().filter(|(comparison, _)| comparison.family() != Family::Null);
        let mut points = vec![];
        for (comparison, operand) in dated {
            let moment = match comparison.family() {
                Family::Date => operand.instant(),
                // Seconds since 1970 are compared as a number.
                Family::Number => operand.number().and_then(|n| Timestamp::from_second(n as i64).ok()),
                _ => None,
            };
            points.push(moment.ok_or(TooMany)?);
        }
        points.sort_unstable();
        points.dedup();
        let second = SignedDuration::from_secs(1);
        let beside = points.iter().flat_map(|at| [at.checked_add(second), at.checked_sub(second)]);
        let mut all: Vec<Timestamp> = self.now.parse().into_iter().collect();
        all.extend(beside.filter_map(Result::ok));
        all.extend(points);
        Ok(all)
    }

    /// The first and the last address of every range, and their neighbours outside; of each family one outside all.
    fn addresses(&self) -> Result<Vec<Box<str>>, TooMany> {
        let mut found: Vec<IpAddr> = vec![];
        for (comparison, operand) in self.operands() {
            match comparison.family() {
                Family::Ip => found.extend(operand.ip_range().into_iter().flat_map(around)),
                Family::Null => {}
                // Written as a text, an address has many spellings.
                _ => match operand.pattern().and_then(|p| p.as_glob()?.as_literal()?.parse().ok()) {
                    Some(address) => found.push(address),
                    None => return Err(TooMany),
                },
            }
        }
        let mut usual: Vec<IpAddr> =
            ["203.0.113.7", "198.51.100.7", "2001:db8::7"].iter().flat_map(|a| a.parse()).collect();
        usual.extend(found);
        Ok(usual.iter().map(|address| address.to_string().into()).collect())
    }
}

/// Addresses inside a range and at its edges: one in the middle, the first, the last, and those just outside.
fn around(range: IpNet) -> Vec<IpAddr> {
    let (first, last) = (range.network(), range.broadcast());
    let mut found = vec![];
    // A host of the range reads better than its edges.
    found.extend(next(first));
    found.extend([first, last]);
    found.extend(previous(first));
    found.extend(next(last));
    found
}

fn next(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => u32::from(v4).checked_add(1).map(|next| IpAddr::V4(next.into())),
        IpAddr::V6(v6) => u128::from(v6).checked_add(1).map(|next| IpAddr::V6(next.into())),
    }
}

fn previous(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => u32::from(v4).checked_sub(1).map(|before| IpAddr::V4(before.into())),
        IpAddr::V6(v6) => u128::from(v6).checked_sub(1).map(|before| IpAddr::V6(before.into())),
    }
}
