//! What the rules ask about data sets and principals, drawn from the evidence.

pub(super) mod bucket;
mod ground;
pub(super) mod principal;

pub(super) use ground::Ground;
