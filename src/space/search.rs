//! The search for a request: depth first over the axes, with the statements that are still alive.

use rustc_hash::FxHashSet;

use super::bits::Bits;
use super::formula::Formula;

/// One axis, as far as the statements at hand can see it.
#[derive(Debug, Clone)]
pub struct Cut {
    /// For each cell, the statements that do not rule it out. The most usual first.
    pub alive: Vec<Bits>,
    /// For each of them, its place on the axis.
    pub cells: Vec<usize>,
    /// The statements that ask for something on this axis.
    pub asking: Bits,
}

impl Cut {
    /// What is left of an axis when cells are put together that no statement tells apart.
    ///
    /// `holds` has, for each cell, the conditions that hold; `asks` for each statement those that it asks for.
    #[must_use]
    pub fn new(holds: &[Bits], asks: &[(usize, Bits)], all: &Bits) -> Self {
        let mut cut = Self { alive: vec![], cells: vec![], asking: asks.iter().map(|(at, _)| *at).collect() };
        for (cell, holds) in holds.iter().enumerate() {
            let ruled_out = asks.iter().filter(|(_, asked)| !asked.is_within(holds)).map(|(at, _)| *at);
            let alive = all.without(&ruled_out.collect());
            if !cut.alive.contains(&alive) {
                cut.alive.push(alive);
                cut.cells.push(cell);
            }
        }
        cut
    }
}

/// A search through all cells of some axes.
#[derive(Debug)]
pub struct Search<'a> {
    cuts: &'a [Cut],
    /// The statements that are decided before each axis, and behind the last.
    certain: Vec<Bits>,
    failed: FxHashSet<(usize, Bits)>,
}

impl<'a> Search<'a> {
    /// A search over these axes for requests to which no statement but those of `all` can apply.
    #[must_use]
    pub fn new(cuts: &'a [Cut], all: &Bits) -> Self {
        let mut open = cuts.iter().fold(Bits::new(), |mut open, cut| {
            open.extend_by(&cut.asking);
            open
        });
        let mut certain = vec![all.without(&open)];
        for (depth, cut) in cuts.iter().enumerate() {
            let later = cuts.iter().skip(depth + 1).fold(Bits::new(), |mut later, cut| {
                later.extend_by(&cut.asking);
                later
            });
            open = open.without(&cut.asking.without(&later));
            certain.push(all.without(&open));
        }
        Self { cuts, certain, failed: FxHashSet::default() }
    }

    /// The first request for which the formula holds, as a cell of each axis; none if there is none.
    #[must_use]
    pub fn find(&mut self, goal: &Formula, all: &Bits) -> Option<Vec<usize>> {
        if self.cuts.iter().any(|cut| cut.cells.is_empty()) {
            return None;
        }
        self.failed.clear();
        let mut chosen = vec![];
        self.descend(goal, 0, all, &mut chosen).then_some(chosen)
    }

    fn descend(&mut self, goal: &Formula, depth: usize, alive: &Bits, chosen: &mut Vec<usize>) -> bool {
        let Some(certain) = self.certain.get(depth) else { return false };
        let answer = goal.read(alive, certain);
        if answer.must {
            // Whatever the other axes are; the most usual, then.
            let rest = self.cuts.iter().skip(depth);
            chosen.extend(rest.map(|cut| cut.cells.first().copied().unwrap_or_default()));
            return true;
        }
        let Some(cut) = self.cuts.get(depth).filter(|_| answer.may) else { return false };
        if self.failed.contains(&(depth, alive.clone())) {
            return false;
        }
        for (left, cell) in cut.alive.iter().zip(&cut.cells) {
            chosen.push(*cell);
            if self.descend(goal, depth + 1, &alive.and(left), chosen) {
                return true;
            }
            chosen.pop();
        }
        self.failed.insert((depth, alive.clone()));
        false
    }
}
