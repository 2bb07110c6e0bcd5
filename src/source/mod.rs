//! Everything that makes an estate.

pub mod snapshot;
