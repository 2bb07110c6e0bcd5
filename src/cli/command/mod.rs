//! One file a command.

#[cfg(feature = "aws")]
mod apply;
pub(crate) mod audit;
#[cfg(feature = "aws")]
pub(crate) mod collect;
pub(crate) mod completions;
pub(crate) mod fix;
mod judging;
mod known;
#[cfg(feature = "aws")]
pub(crate) mod permissions;
pub(crate) mod question;
pub(crate) mod rules;
pub(crate) mod simulate;
mod source;
