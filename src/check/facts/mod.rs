//! What the rules ask about data sets and principals, drawn from the evidence.

pub(crate) mod bucket;
mod ground;
pub(crate) mod principal;

pub(crate) use ground::Ground;
