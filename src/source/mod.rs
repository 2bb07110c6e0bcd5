//! Everything that makes an estate.

pub mod demo;
pub mod snapshot;
