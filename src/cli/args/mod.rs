//! The arguments as they are typed, each with its name, its help and its type; what they mean together is the
//! commands' business.

#[cfg(feature = "aws")]
mod collecting;
mod fix;
mod question;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use palisade::finding::{BucketPattern, Severity};
use palisade::report::Format;

#[cfg(feature = "aws")]
pub(crate) use collecting::{
    AccountsArgs, CollectArgs, CollectingArgs, PermissionsArgs, PermissionsFormat, TargetArgs,
};

pub(crate) use fix::{FixArgs, FixFormat, WantedArgs};
pub(crate) use question::{AboutArgs, CanArgs, ExplainArgs, WhoCanArgs};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  palisade audit demo                       see what an audit of an organization looks like
  palisade who-can s3:PutObject acme-models-prod --in demo
  palisade fix demo                         see what cures the findings, and what each fix takes away
  palisade rules explain models-not-versioned
  palisade audit aws                        audit the organization that your credentials belong to
  palisade collect --out snapshot/          read it now, and audit it as often as you like
  palisade audit snapshot/ --format json --output report.json

Each command tells more: palisade help audit";

const AUDIT_EXAMPLES: &str = "\
Examples:
  palisade audit demo                       the organization that comes with palisade
  palisade audit aws --profile audit --role-name palisade
  palisade audit snapshot/ --class models --min-severity high
  palisade audit snapshot/ --bucket 'acme-*-prod' --verbose
  palisade audit snapshot/ --format json --output report.json --fail-on critical

Exit codes:
  0  no violation at or above --fail-on, and everything could be judged
  1  a violation at or above --fail-on
  2  the command line makes no sense
  3  no such violation, but something could not be read or decided
  4  palisade could not do its work

Filters bear on the exit code as they do on the report. What could not be read is always reported: it
may bear on anything.";

const SIMULATE_EXAMPLES: &str = "\
Examples:
  palisade simulate request.json
  palisade simulate cases.jsonl
  jq --compact-output '.cases[]' cases.json | palisade simulate -

Exit codes:
  0  every request was decided, and as expected where the input says what it expects
  1  a request was decided otherwise than expected
  2  the command line makes no sense
  3  a request could not be evaluated, and none was decided otherwise than expected
  4  palisade could not do its work";

const RULES_EXAMPLES: &str = "\
Examples:
  palisade rules list --class models
  palisade rules explain models-not-versioned
  palisade rules list --format json | jq --raw-output '.[].id'";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  palisade completions bash > ~/.local/share/bash-completion/completions/palisade
  palisade completions zsh > ~/.zfunc/_palisade
  palisade completions fish > ~/.config/fish/completions/palisade.fish";

/// Tells who can reach which data on Amazon S3, and where that breaks the rules that its owners wrote in Cedar.
#[derive(Debug, Parser)]
#[command(name = "palisade", version, propagate_version = true, arg_required_else_help = true)]
#[command(styles = STYLES, max_term_width = 100, after_help = EXAMPLES, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colour; auto heeds NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge an organization's S3 data by the rules
    #[command(after_help = AUDIT_EXAMPLES)]
    Audit(Box<AuditArgs>),
    /// Read a live organization into a snapshot
    #[cfg(feature = "aws")]
    Collect(Box<CollectArgs>),
    /// Print what palisade must be allowed to read a live organization
    #[cfg(feature = "aws")]
    Permissions(PermissionsArgs),
    /// Tell who can do something with a bucket or objects in it
    #[command(after_help = question::WHO_CAN_EXAMPLES)]
    WhoCan(Box<WhoCanArgs>),
    /// Tell what somebody can do, on which data
    #[command(after_help = question::CAN_EXAMPLES)]
    Can(Box<CanArgs>),
    /// Explain a finding, or AWS's answer to one request, layer by layer
    #[command(after_help = question::EXPLAIN_EXAMPLES)]
    Explain(Box<ExplainArgs>),
    /// Propose changes that cure findings, each with a proof
    #[command(after_help = fix::EXAMPLES)]
    Fix(Box<FixArgs>),
    /// Decide single requests as AWS would
    #[command(after_help = SIMULATE_EXAMPLES)]
    Simulate(SimulateArgs),
    /// List the rules, or explain one
    #[command(after_help = RULES_EXAMPLES)]
    Rules(RulesArgs),
    /// Print a script that completes palisade's arguments in a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// What to audit: the directory of a snapshot, `aws` for the live organization, or `demo`
    #[arg(value_hint = ValueHint::DirPath, value_parser = parse_source)]
    pub(crate) source: Source,

    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(crate) collecting: CollectingArgs,
}

/// By what to judge.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(crate) struct JudgingArgs {
    #[command(flatten)]
    pub(crate) policies: PoliciesArg,

    /// Classify buckets and principals by this file instead of the bundled rules
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) classification: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PoliciesArg {
    /// Take the rules from the Cedar files in this directory instead of the bundled ones
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) policies: Option<PathBuf>,
}

/// Which findings to report.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Leave out findings that are less bad
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    pub(crate) min_severity: Option<Severity>,

    /// Keep only findings of this rule; may be repeated
    #[arg(long = "rule", value_name = "ID")]
    pub(crate) rules: Vec<String>,

    /// Keep only findings about data of this class; may be repeated
    #[arg(long = "class", value_name = "CLASS")]
    pub(crate) classes: Vec<String>,

    /// Keep only findings about buckets whose name matches, with * and ? as wildcards; may be repeated
    #[arg(long = "bucket", value_name = "GLOB", value_parser = NonEmptyStringValueParser::new().map(|text| BucketPattern::new(&text)))]
    pub(crate) buckets: Vec<BucketPattern>,
}

/// How to report.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ReportArgs {
    /// The format of the report
    #[arg(long, value_name = "FORMAT", value_parser = formats(), default_value_t = Format::Terminal)]
    pub(crate) format: Format,

    /// Write the report to this file, whole or not at all
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,

    /// Exit with 1 if there is a violation at least this bad
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds(), default_value = "high")]
    pub(crate) fail_on: FailOn,

    /// Tell of each finding what cures it best and whether that is proved safe; `auto` does so for up to 500 findings
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Fixes::Auto)]
    pub(crate) fixes: Fixes,

    /// List every user and role that a finding concerns, however many
    #[arg(long)]
    pub(crate) all_subjects: bool,

    /// Give every witness with all policies that bear on it, as `palisade simulate` reads it
    #[arg(long)]
    pub(crate) simulations: bool,

    /// Show every finding in full
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Write nothing to standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// When to look for what cures the findings of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Fixes {
    Auto,
    Always,
    Never,
}

impl Fixes {
    /// For up to how many findings.
    pub(crate) fn most(self) -> Option<usize> {
        match self {
            Self::Auto => Some(500),
            Self::Always => Some(usize::MAX),
            Self::Never => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// One request as JSON, or many as JSON Lines; `-` reads standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List every rule with its severity and what is wrong when it is broken
    List {
        /// The format of the list
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Terminal)]
        format: ListFormat,

        /// Keep only rules of this class; may be repeated
        #[arg(long = "class", value_name = "CLASS")]
        classes: Vec<String>,

        #[command(flatten)]
        policies: PoliciesArg,
    },
    /// Tell what a rule demands, why, and what to do about a finding
    Explain {
        /// The id of the rule, as findings print it
        #[arg(value_name = "ID")]
        id: String,

        #[command(flatten)]
        policies: PoliciesArg,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// What to audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The organization that comes with palisade.
    Demo,
    /// The organization that the credentials at hand belong to.
    #[cfg(feature = "aws")]
    Aws,
    /// A directory.
    Snapshot(PathBuf),
}

fn parse_source(text: &str) -> Result<Source, String> {
    match text {
        "demo" => Ok(Source::Demo),
        #[cfg(feature = "aws")]
        "aws" => Ok(Source::Aws),
        #[cfg(not(feature = "aws"))]
        "aws" => Err("this palisade was built without the feature aws, so that it reads no live organization; a directory of that name is ./aws".to_owned()),
        path => Ok(Source::Snapshot(path.into())),
    }
}

/// How bad a violation must be for the run to fail; none for never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FailOn(pub(crate) Option<Severity>);

impl FailOn {
    pub(crate) fn covers(self, severity: Severity) -> bool {
        self.0.is_some_and(|least| severity >= least)
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// The formats of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Terminal,
    Json,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(|(_, name)| name)).try_map(|name| name.parse::<Format>())
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::as_str)).try_map(|name| name.parse::<Severity>())
}

fn thresholds() -> impl TypedValueParser<Value = FailOn> {
    let names = Severity::ALL.into_iter().map(Severity::as_str).chain(["never"]);
    PossibleValuesParser::new(names).try_map(|name| match &*name {
        "never" => Ok(FailOn(None)),
        name => name.parse::<Severity>().map(|severity| FailOn(Some(severity))),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }
}
