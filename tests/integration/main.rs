//! The tests of the house, one module a subject, in one binary: one link.

mod agreement;
mod architecture;
mod oracle;
mod policies;
mod report;
mod simulation;
mod snapshot;
