//! Choices from a tape of numbers. proptest shortens the tape and lowers its numbers, which leads to the first, simplest choices.

/// Numbers that stand for choices; after the last one every choice is the first.
pub(super) struct Tape<'t> {
    numbers: std::slice::Iter<'t, u16>,
}

impl<'t> Tape<'t> {
    pub(super) fn new(numbers: &'t [u16]) -> Self {
        Self { numbers: numbers.iter() }
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let number = self.numbers.next().copied().unwrap_or_default();
        (usize::from(number) * end) >> 16
    }

    /// One of these; the first is the simplest.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Whether something that comes `percent` times of a hundred comes this time.
    pub(super) fn comes(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }
}
