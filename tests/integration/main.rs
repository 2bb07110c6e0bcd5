<<<<<<< HEAD
//! The tests of the house, one module a subject, in one binary: one link.

mod architecture;
mod simulation;
=======
fn main() {}
>>>>>>> fb6c1cf (Reports: the assessment for people and for programs; filters that recount)
