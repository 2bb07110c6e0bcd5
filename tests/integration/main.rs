//! The tests of the house, one module a subject, in one binary: one link.

mod architecture;
mod cli;
mod report;
mod simulation;
