//! One file a command.

pub(crate) mod audit;
pub(crate) mod completions;
mod judging;
mod known;
pub(crate) mod rules;
pub(crate) mod simulate;
