//! The policy language as AWS writes it.
//!
//! A [`Document`] is parsed once; what the rest of the house sees is typed: effects, principals,
//! action patterns, resource patterns, conditions. What cannot be understood is kept beside the good
//! statements as a [`PolicyError`] with its JSON path, line and column, and is never guessed.
//!
//! The room also holds what those elements mean for one concrete request: how a pattern matches, how
//! an operator compares, and what a condition says of a [`Context`]. Which policies bear on a request,
//! and how their answers combine, is the business of `authorize`.

mod action;
mod arn;
mod catalogue;

mod condition;
mod context;
mod document;
mod glob;
mod json;
mod location;
mod operand;
mod operator;
mod parse;
mod pattern;
mod principal;
mod print;
mod statement;

pub use action::{Action, ActionPattern};
pub use arn::{Arn, ArnPattern};
pub use catalogue::{AccessLevel, ActionEntry, Catalogue};

pub use condition::Condition;
pub use context::{Context, ContextValue};
pub use document::{Document, Version};
pub use glob::Glob;
pub(crate) use glob::{Builder as GlobBuilder, Piece};
pub use location::{JsonPath, PolicyError, Position, Step, offset_at, position_at, position_of};
pub use operand::Operand;
pub use operator::{Comparison, Family, Operator, Quantifier};
pub use pattern::{Pattern, Variable};
pub use principal::{AwsPrincipal, PrincipalId, Principals};
pub use statement::{Effect, Element, Statement};
