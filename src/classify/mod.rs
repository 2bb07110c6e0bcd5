//! What the data are and who the principals are, by rules that their owners can read and change.
//!
//! The rules are a TOML file; `rules/classification.toml` is compiled in and explains itself. [`Rules::datasets`] cuts
//! every bucket of an estate into data sets, each with its class, team and environment; [`Rules::principal`] tells what a
//! user or role is for and whether people use it. What the rules or the evidence leave open becomes a [`Doubt`].

mod dataset_rule;
mod datasets;
mod decision;
mod pattern;
mod principals;
mod rules;
mod trust;

pub use datasets::{DataSet, Datasets, Place, Problem};
pub use decision::{Cause, Claim, Doubt, Property};
pub use principals::{Classified, Kind};
pub use rules::{ClassifyError, Rules};
