//! Everything that makes an estate.

#[cfg(feature = "aws")]
pub mod aws;
pub mod demo;
pub mod snapshot;
