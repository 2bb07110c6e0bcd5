//! Everything that makes an estate.

#[cfg(feature = "aws")]
pub mod aws;
pub mod demo;
mod disk;
pub mod snapshot;
