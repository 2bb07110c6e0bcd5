//! The tests of the house, one module a subject, in one binary: one link.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod architecture;
mod cli;
mod policies;
mod report;
mod simulation;
mod snapshot;
