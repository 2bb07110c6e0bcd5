//! The arguments of `palisade fix`.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};
use palisade::finding::BucketPattern;
use palisade::fix::render;

#[cfg(feature = "aws")]
use super::CollectingArgs;
use super::{JudgingArgs, Source, parse_source};

pub(super) const EXAMPLES: &str = "\
Examples:
  palisade fix demo                                  what cures what, and what it takes away
  palisade fix demo --rule tls-not-enforced --format diff
  palisade fix snapshot/ --format terraform --out fixes/
  palisade fix snapshot/ --patched fixed/            then: palisade audit fixed/
  palisade fix aws --finding 03c1a90dd3df3df7 --apply
  palisade fix --rollback palisade-rollback-20261126T101500Z

A fix is safe if an audit of a copy of the estate shows that it cures what it says, that nothing new is
found, and that no access that the rules sanction is lost. Other fixes say what they break, and are
neither rendered nor applied without --include-breaking.

Exit codes:
  0  every finding has a safe fix, or the fixes were applied or undone
  1  some certain finding has no safe fix
  2  the command line makes no sense
  3  every certain finding has a safe fix, and some findings could not be decided
  4  palisade could not do its work: among others, something changed since the audit";

#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    /// What to fix: the directory of a snapshot, `aws` for the live organization, or `demo`
    #[cfg_attr(feature = "aws", arg(required_unless_present = "rollback"))]
    #[cfg_attr(not(feature = "aws"), arg(required = true))]
    #[arg(value_hint = ValueHint::DirPath, value_parser = parse_source)]
    pub(crate) source: Option<Source>,

    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
    #[command(flatten)]
    pub(crate) wanted: WantedArgs,
    #[command(flatten)]
    pub(crate) output: FixOutputArgs,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(crate) apply: ApplyArgs,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(crate) collecting: CollectingArgs,
}

/// Which findings to fix.
#[derive(Debug, Args)]
#[command(next_help_heading = "Findings")]
pub(crate) struct WantedArgs {
    /// Fix only the finding with this fingerprint; may be repeated
    #[arg(long = "finding", value_name = "FINGERPRINT")]
    pub(crate) findings: Vec<String>,

    /// Fix only findings of this rule; may be repeated
    #[arg(long = "rule", value_name = "ID")]
    pub(crate) rules: Vec<String>,

    /// Fix only findings about buckets whose name matches, with * and ? as wildcards; may be repeated
    #[arg(long = "bucket", value_name = "GLOB", value_parser = NonEmptyStringValueParser::new().map(|text| BucketPattern::new(&text)))]
    pub(crate) buckets: Vec<BucketPattern>,

    /// Take fixes too that break something
    #[arg(long)]
    pub(crate) include_breaking: bool,

    /// Take only fixes that are proved safe; the default
    #[arg(long, conflicts_with = "include_breaking")]
    pub(crate) safe_only: bool,
}

/// How to write the fixes down.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct FixOutputArgs {
    /// The form of the fixes: for reading, or as their owners use it
    #[arg(long, value_name = "FORMAT", value_parser = formats(), default_value_t = FixFormat::Terminal)]
    pub(crate) format: FixFormat,

    /// Write the files to this directory instead of standard output
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,

    /// Write the snapshot as it would be after the fixes to this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) patched: Option<PathBuf>,

    /// Show every fix in full
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Write nothing to standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Making the changes.
#[cfg(feature = "aws")]
#[derive(Debug, Args)]
#[command(next_help_heading = "Applying")]
pub(crate) struct ApplyArgs {
    /// Make the changes in the live accounts, after asking; whatever changed since it was read is refused
    #[arg(long)]
    pub(crate) apply: bool,

    /// Do not ask
    #[arg(long, requires = "apply")]
    pub(crate) yes: bool,

    /// Make those changes too that take for granted what only the owner of the data knows: what a bucket holds
    #[arg(long, requires = "apply")]
    pub(crate) accept_assumptions: bool,

    /// Where to write what undoes the changes [default: palisade-rollback-TIME in this directory]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "apply")]
    pub(crate) bundle: Option<PathBuf>,

    /// Undo what a bundle records
    #[arg(long, value_name = "BUNDLE", value_hint = ValueHint::DirPath, conflicts_with_all = ["source", "apply", "findings", "rules", "buckets", "out", "patched"])]
    pub(crate) rollback: Option<PathBuf>,
}

/// A form of fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FixFormat {
    /// For people.
    Terminal,
    /// As files.
    Files(render::Format),
}

impl std::fmt::Display for FixFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Terminal => f.pad("terminal"),
            Self::Files(format) => format.fmt(f),
        }
    }
}

fn formats() -> impl TypedValueParser<Value = FixFormat> {
    let names = ["terminal"].into_iter().chain(render::Format::ALL.map(|(_, name)| name));
    PossibleValuesParser::new(names).try_map(|name| match &*name {
        "terminal" => Ok(FixFormat::Terminal),
        name => name.parse::<render::Format>().map(FixFormat::Files),
    })
}
