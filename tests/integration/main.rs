//! The tests of the house, one module a subject, in one binary: one link.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod agreement;
mod all_requests;
mod architecture;
mod chains;
mod cli;
mod coverage;
mod demo;
mod estates;
mod fixes;
mod generated;
mod live;
mod metamorphic;
mod oracle;
mod policies;
mod questions;
mod render;
mod report;
mod simulation;
mod snapshot;
mod solver;
