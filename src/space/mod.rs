//! All requests at once: what statements ask of a request, cut into finitely many cells, each with a request that lies in it.
//!
//! What a set of patterns can tell apart is found by walking their automata together ([`partition`]): every combination of
//! answers that some text gives is a minterm, and the first text that gives it is its witness. What is left of a pattern behind a
//! text that is known, such as the ARN of a bucket, is a set of patterns again ([`behind`]).

mod automaton;
mod bits;
mod partition;
mod quotient;

pub use automaton::Automaton;
pub use bits::Bits;
pub use partition::{Minterms, partition};
pub use quotient::behind;

/// More than the work is worth: too many states, or too many minterms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the patterns can be told apart in too many ways")]
pub struct TooMany;

/// How much work may go into cutting one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The states of all automata together, and of their product.
    pub states: usize,
    /// The cells of one axis.
    pub minterms: usize,
}
