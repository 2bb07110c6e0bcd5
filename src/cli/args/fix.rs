//! The arguments of `palisade fix`.

use clap::{Args, ValueHint};

#[cfg(feature = "aws")]
use super::CollectingArgs;
use super::{JudgingArgs, Source, parse_source};

#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    /// What to fix: the directory of a snapshot, `aws` for the live organization, or `demo`
    #[arg(value_hint = ValueHint::DirPath, value_parser = parse_source)]
    pub(crate) source: Source,

    #[command(flatten)]
    pub(crate) judging: JudgingArgs,

    /// Fix only findings of this rule; may be repeated
    #[arg(long = "rule", value_name = "ID")]
    pub(crate) rules: Vec<String>,

    /// Write nothing to standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(crate) collecting: CollectingArgs,
}
