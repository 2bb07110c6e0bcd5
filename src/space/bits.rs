//! Sets of small numbers: which statements apply, which minterms lie in a set.

use std::fmt;

use smallvec::SmallVec;

/// A set of small numbers; up to 255 without an allocation. Two sets are equal if they have the same members.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bits {
    /// The last word is never zero.
    words: SmallVec<[u64; 4]>,
}

impl Bits {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The numbers below `end`.
    #[must_use]
    pub fn below(end: usize) -> Self {
        (0..end).collect()
    }

    /// Adds a number.
    pub fn insert(&mut self, number: usize) {
        let word = number / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        if let Some(held) = self.words.get_mut(word) {
            *held |= 1 << (number % 64);
        }
    }

    /// Whether a number is a member.
    #[must_use]
    pub fn contains(&self, number: usize) -> bool {
        self.words.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The members that both have.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a & b);
        Self::trimmed(words.collect())
    }

    /// The members that this one has and the other has not.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        Self::trimmed(self.words.iter().zip(others).map(|(a, b)| a & !b).collect())
    }

    /// Adds the members of the other.
    pub fn extend_by(&mut self, other: &Self) {
        if other.words.len() > self.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
    }

    /// Whether they have a member in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    /// Whether the three have a member in common, and whether this one and the first do.
    #[must_use]
    pub fn meeting(&self, first: &Self, second: &Self) -> (bool, bool) {
        let mut either = (false, false);
        let seconds = second.words.iter().copied().chain(std::iter::repeat(0));
        for ((a, b), c) in self.words.iter().zip(&first.words).zip(seconds) {
            either.0 |= a & b & c != 0;
            either.1 |= a & b != 0;
        }
        either
    }

    /// Whether every member is one of the other's.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter().zip(others).all(|(a, b)| a & !b == 0)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(place, word)| {
            let next = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
            let rests = std::iter::successors(Some(*word).filter(|word| *word != 0), next);
            rests.map(move |rest| place * 64 + rest.trailing_zeros() as usize)
        })
    }

    fn trimmed(mut words: SmallVec<[u64; 4]>) -> Self {
        while words.last() == Some(&0) {
            words.pop();
        }
        Self { words }
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut bits = Self::new();
        numbers.into_iter().for_each(|number| bits.insert(number));
        bits
    }
}

impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn numbers() -> impl Strategy<Value = BTreeSet<usize>> {
        proptest::collection::btree_set(0usize..300, 0..40)
    }

    proptest! {
        #[test]
        fn a_set_is_a_set(a in numbers(), b in numbers()) {
            let bits = |numbers: &BTreeSet<usize>| numbers.iter().copied().collect::<Bits>();
            let (x, y) = (bits(&a), bits(&b));
            prop_assert_eq!(&x.iter().collect::<BTreeSet<_>>(), &a);
            prop_assert_eq!(x.len(), a.len());
            prop_assert_eq!(x.is_empty(), a.is_empty());
            prop_assert_eq!(x.and(&y), bits(&a.intersection(&b).copied().collect()));
            prop_assert_eq!(x.without(&y), bits(&a.difference(&b).copied().collect()));
            prop_assert_eq!(x.meets(&y), !a.is_disjoint(&b));
            prop_assert_eq!(x.is_within(&y), a.is_subset(&b));
            prop_assert_eq!(x.meeting(&y, &y), (!a.is_disjoint(&b), !a.is_disjoint(&b)));
            prop_assert_eq!(x.meeting(&y, &Bits::new()), (false, !a.is_disjoint(&b)));
            let mut both = x.clone();
            both.extend_by(&y);
            prop_assert_eq!(both, bits(&a.union(&b).copied().collect()));
            prop_assert!((0..300).all(|number| x.contains(number) == a.contains(&number)));
        }
    }
}
