//! One class being decided: its actions in groups alike, the axes that its statements cut, and the search.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::actions::{DataAction, all_actions, data_actions};
use super::class::{Class, Requests};
use super::decide::{Decider, FAR, USUAL};
use super::frame::{Circumstances, Lens};
use super::goal::{Answer, Cell, Found, Goal, Goals, Region};
use super::residual::Term;
use crate::iam::{Condition, Context, Glob, GlobBuilder};
use crate::space::{Axis, Bits, Cut, Formula, Limits, Minterms, Search, TooMany, families};

/// One class being decided.
pub(super) struct Deciding<'d> {
    decider: &'d mut Decider,
    /// The number of the terms of the class.
    own: usize,
    /// Which requests are meant, as a formula over the terms of the class.
    meant: Formula,
    circumstances: (u32, &'d Circumstances),
    goals: &'d Goals,
    /// The terms of the class, then those of the goals' conditions, then those of the region.
    terms: Vec<Arc<Term>>,
    /// The region for objects and for listings.
    on_objects: Formula,
    on_listings: Formula,
    whole: bool,
}

/// Actions that no statement and no goal tells apart.
struct Group {
    actions: Bits,
    covered: Bits,
    goals: Vec<usize>,
}

impl<'d> Deciding<'d> {
    pub(super) fn new(
        decider: &'d mut Decider,
        (class, requests): (&'d Class, Requests),
        circumstances: (u32, &'d Circumstances),
        goals: &'d Goals,
        region: &Region,
    ) -> Self {
        let all = decider.library.actions(all_actions().clone());
        let mut terms: Vec<Arc<Term>> =
            class.terms().iter().map(|term| decider.library.term_of(*term)).collect();
        for condition in &goals.conditions {
            terms.push(Arc::new(decider.term_of_goal(condition, all)));
        }
        let mut deciding = Self {
            decider,
            own: class.terms().len(),
            meant: class.formula(requests),
            circumstances,
            goals,
            terms,
            on_objects: Formula::Constant(true),
            on_listings: Formula::Constant(true),
            whole: region.prefix.is_empty(),
        };
        deciding.bound(region, all);
        deciding
    }

    /// Adds the terms of a region. Of a listing it is the prefix asked for that must lie in it.
    fn bound(&mut self, region: &Region, all: u32) {
        let mut bound = |prefixes: &[Box<str>], inside: bool| {
            if prefixes.is_empty() || prefixes.iter().any(|prefix| prefix.is_empty()) {
                return;
            }
            let globs = prefixes.iter().map(|prefix| beginning_with(prefix)).collect();
            let keys = vec![(self.decider.library.keys(globs), true)];
            let formula = |formula: Formula| if inside { formula } else { formula.negate() };
            let at = self.terms.len();
            self.terms.push(Arc::new(Term { actions: all, keys, conditions: vec![] }));
            self.on_objects = self.on_objects.and(&formula(Formula::one(at)));
            let like: Vec<String> =
                prefixes.iter().map(|prefix| beginning_with(prefix).to_string()).collect();
            let like: Vec<&str> = like.iter().map(String::as_str).collect();
            if let Some(condition) = Condition::parse("StringLike", "s3:prefix", &like) {
                let conditions = vec![self.decider.library.condition(&condition)];
                self.terms.push(Arc::new(Term { actions: all, keys: vec![], conditions }));
                self.on_listings = self.on_listings.and(&formula(Formula::one(at + 1)));
            }
        };
        bound(std::slice::from_ref(&region.prefix), true);
        bound(&region.except, false);
    }

    pub(super) fn answer(mut self) -> Answer {
        let mut answer = Answer::default();
        for group in self.groups() {
            let Some(first) = group.actions.iter().next() else { continue };
            let Some(data) = data_actions().get(first) else { continue };
            match self.search(&group, first, data, USUAL) {
                Ok(found) => answer.found.extend(found),
                Err(TooMany) => match self.search(&group, first, data, FAR) {
                    Ok(found) => {
                        self.decider.ladder.cut_far += 1;
                        answer.found.extend(found);
                    }
                    Err(TooMany) => {
                        self.decider.ladder.undecided += 1;
                        answer
                            .undecided
                            .extend(group.goals.iter().map(|goal| (*goal, group.actions.clone())));
                    }
                },
            }
        }
        answer
    }

    /// The actions that something is asked about and that AWS may allow, in groups alike.
    fn groups(&mut self) -> Vec<Group> {
        let actions = data_actions();
        let mut covered: Vec<Bits> = vec![Bits::new(); actions.len()];
        let mut bare = Bits::new();
        for (at, term) in self.terms.iter().enumerate() {
            for action in self.decider.library.action_set(term.actions).iter() {
                if let Some(covered) = covered.get_mut(action) {
                    covered.insert(at);
                }
            }
            if term.keys.is_empty() && term.conditions.is_empty() {
                bare.insert(at);
            }
        }
        let mut groups: Vec<Group> = vec![];
        let mut places: FxHashMap<(Bits, Vec<usize>, bool, bool, Bits), usize> = FxHashMap::default();
        let conditions = self.conditions();
        let carriers: Vec<Arc<Bits>> = conditions
            .iter()
            .map(|number| {
                let key =
                    self.decider.library.condition_of(*number).map(|c| c.key.clone()).unwrap_or_default();
                self.decider.carriers(&key)
            })
            .collect();
        for (place, (data, covered)) in actions.iter().zip(covered).enumerate() {
            // What concerns the bucket as a whole is asked of the whole alone.
            if !self.whole && !data.on_objects && !data.lists {
                continue;
            }
            let goals: Vec<usize> = (0..self.goals.goals.len())
                .filter(|goal| self.goals.goals.get(*goal).is_some_and(|goal| goal.actions.contains(place)))
                .collect();
            if goals.is_empty() {
                continue;
            }
            if !self.meant.read(&covered, &covered.and(&bare)).may {
                self.decider.ladder.at_once += 1;
                continue;
            }
            let carried: Bits = (0..carriers.len())
                .filter(|at| carriers.get(*at).is_some_and(|carriers| carriers.contains(place)))
                .collect();
            let alike = (covered.clone(), goals.clone(), data.on_objects, data.lists, carried);
            let at = *places.entry(alike).or_insert_with(|| {
                groups.push(Group { actions: Bits::new(), covered, goals });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(at) {
                group.actions.insert(place);
            }
        }
        groups
    }

    fn conditions(&self) -> Vec<u32> {
        let mut conditions: Vec<u32> =
            self.terms.iter().flat_map(|term| term.conditions.iter().copied()).collect();
        conditions.sort_unstable();
        conditions.dedup();
        conditions
    }

    fn search(
        &mut self,
        group: &Group,
        first: usize,
        data: &DataAction,
        limits: Limits,
    ) -> Result<Vec<Found>, TooMany> {
        let mut alive = group.covered.clone();
        let mut axes: Vec<Drawn> = vec![];
        let keys = if data.on_objects { Some(self.key_cut(&alive, limits)?) } else { None };
        // Conditions on keys that the action cannot carry are settled.
        let (endpoints, now) = (self.decider.endpoints.clone(), self.decider.now.clone());
        let lens = Lens {
            circumstances: self.circumstances.1,
            action: &data.action,
            endpoints: &endpoints,
            now: &now,
        };
        let mut open: Vec<u32> = vec![];
        for at in group.covered.iter() {
            for number in self.terms.get(at).map_or(&[][..], |term| &term.conditions) {
                let Some(condition) = self.decider.library.condition_of(*number).cloned() else { continue };
                if self.decider.carriers(&condition.key).contains(first) {
                    open.push(*number);
                } else if !condition.holds(&Context::new()) {
                    alive = alive.without(&[at].into_iter().collect());
                }
            }
        }
        open.sort_unstable();
        open.dedup();
        let conditions: Vec<Arc<Condition>> =
            open.iter().filter_map(|number| self.decider.library.condition_of(*number).cloned()).collect();
        let borrowed: Vec<&Condition> = conditions.iter().map(|condition| &**condition).collect();
        for family in families(&borrowed) {
            let numbers: Vec<u32> = family.iter().filter_map(|at| open.get(*at).copied()).collect();
            let members: Vec<&Condition> =
                family.iter().filter_map(|at| borrowed.get(*at).copied()).collect();
            let axis = self.axis(&numbers, &members, &lens, limits)?;
            let asks = self.asks(&alive, |term| {
                numbers
                    .iter()
                    .enumerate()
                    .filter(|(_, number)| term.conditions.contains(number))
                    .map(|(at, _)| at)
                    .collect()
            });
            axes.push(Drawn { cut: Cut::new(&axis.holds, &asks, &alive), axis });
        }
        Ok(self.goals_met(group, first, data, &alive, keys.as_ref(), &axes))
    }

    /// For each goal of a group the first request that meets it.
    fn goals_met(
        &mut self,
        group: &Group,
        first: usize,
        data: &DataAction,
        alive: &Bits,
        keys: Option<&(Cut, Arc<Minterms>)>,
        axes: &[Drawn],
    ) -> Vec<Found> {
        let cuts: Vec<Cut> = keys
            .iter()
            .map(|(cut, _)| cut.clone())
            .chain(axes.iter().map(|drawn| drawn.cut.clone()))
            .collect();
        let mut search = Search::new(&cuts, alive);
        let region = match (data.on_objects, data.lists) {
            (true, _) => &self.on_objects,
            (false, true) => &self.on_listings,
            (false, false) => &Formula::Constant(true),
        };
        let allowed = self.meant.and(region);
        let mut found = vec![];
        for goal in &group.goals {
            let Some(asked) = self.goals.goals.get(*goal) else { continue };
            let wanted = allowed.and(&self.cells(asked));
            self.decider.ladder.cut += 1;
            let Some(cells) = search.find(&wanted, alive) else { continue };
            let mut cells = cells.into_iter();
            let key = keys
                .and_then(|(_, minterms)| minterms.witnesses.get(cells.next()?))
                .map(|key| key.as_str().into());
            let on_axes = axes.iter().zip(cells);
            let values = on_axes
                .filter_map(|(drawn, cell)| drawn.axis.values.get(cell))
                .flat_map(|values| values.iter())
                .cloned();
            let cell = Cell { action: first, key, values: values.collect() };
            found.push(Found { goal: *goal, actions: group.actions.clone(), cell });
        }
        found
    }

    /// A goal's cells over the terms of its conditions.
    fn cells(&self, goal: &Goal) -> Formula {
        let Some(cells) = &goal.cells else { return Formula::Constant(true) };
        let from = self.own;
        let literal = |(at, holds): &(usize, bool)| {
            let formula = Formula::one(from + at);
            if *holds { formula } else { formula.negate() }
        };
        let cell = |cell: &Vec<(usize, bool)>| {
            cell.iter().fold(Formula::Constant(true), |all, part| all.and(&literal(part)))
        };
        cells.iter().fold(Formula::Constant(false), |any, part| any.or(&cell(part)))
    }

    fn asks(&self, alive: &Bits, of: impl Fn(&Term) -> Bits) -> Vec<(usize, Bits)> {
        let asked = |at: usize| Some((at, of(self.terms.get(at)?)));
        alive.iter().filter_map(asked).filter(|(_, asked)| !asked.is_empty()).collect()
    }

    fn axis(
        &mut self,
        numbers: &[u32],
        conditions: &[&Condition],
        lens: &Lens<'_>,
        limits: Limits,
    ) -> Result<Arc<Axis>, TooMany> {
        let at = (numbers.to_vec(), self.circumstances.0, limits.minterms);
        if let Some(known) = self.decider.axes.get(&at) {
            return known.clone();
        }
        let axis = Axis::cut(conditions, lens, limits).map(Arc::new);
        self.decider.axes.insert(at, axis.clone());
        axis
    }

    /// The keys of objects, as the statements tell them apart.
    fn key_cut(&mut self, alive: &Bits, limits: Limits) -> Result<(Cut, Arc<Minterms>), TooMany> {
        let named = alive.iter().filter_map(|at| self.terms.get(at)).flat_map(|term| &term.keys);
        let mut sets: Vec<u32> = named.map(|(set, _)| *set).collect();
        sets.sort_unstable();
        sets.dedup();
        let minterms = self.decider.minterms(&sets, limits)?;
        // A key lies in a set or outside: the second half of the answers are the opposites of the first.
        let holds: Vec<Bits> = minterms
            .within
            .iter()
            .map(|within| {
                let outside = (0..sets.len()).filter(|at| !within.contains(*at)).map(|at| at + sets.len());
                within.iter().chain(outside).collect()
            })
            .collect();
        let asks = self.asks(alive, |term| {
            let place = |(set, inside): &(u32, bool)| {
                let at = sets.iter().position(|known| known == set)?;
                Some(if *inside { at } else { at + sets.len() })
            };
            term.keys.iter().filter_map(place).collect()
        });
        Ok((Cut::new(&holds, &asks, alive), minterms))
    }
}

/// An axis and what the statements see of it.
struct Drawn {
    axis: Arc<Axis>,
    cut: Cut,
}

fn beginning_with(prefix: &str) -> Glob {
    let mut glob = GlobBuilder::default();
    glob.text(prefix);
    glob.any_many();
    glob.finish()
}
