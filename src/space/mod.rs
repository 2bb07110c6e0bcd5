//! All requests at once: what statements ask of a request, cut into finitely many cells, each with a request that lies in it.
//!
//! What a set of patterns can tell apart is found by walking their automata together ([`partition`]): every combination of
//! answers that some text gives is a minterm, and the first text that gives it is its witness. What is left of a pattern behind a
//! text that is known, such as the ARN of a bucket, is a set of patterns again ([`behind`]).

mod automaton;
mod axis;
mod bits;
mod formula;
mod keys;
mod partition;
mod quotient;
mod search;
mod values;

pub use automaton::{Automaton, Matching};
pub use axis::{Anything, Axis, Frame, Presence, Values, families};
pub use bits::Bits;
pub use formula::Formula;
pub use keys::is_in_every_request;
pub use partition::{Minterms, partition};
pub use quotient::behind;
pub use search::{Cut, Search};

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
