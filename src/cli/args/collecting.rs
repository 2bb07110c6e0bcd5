//! How to read a live organization: as whom, what of it, and how fast.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, RangedU64ValueParser};
use clap::{Args, ValueEnum, ValueHint};
use palisade::estate::AccountId;

const COLLECT_EXAMPLES: &str = "\
Examples:
  palisade collect --out snapshot/          the whole organization, by the role that Organizations makes
  palisade collect --out snapshot/ --profile audit --role-name palisade --external-id 7f3a
  palisade collect --out snapshot/ --ou ou-abcd-11111111 --exclude-accounts 111122223333
  palisade collect --out snapshot/ --bucket 'acme-models-*'
  palisade collect --resume snapshot/       ask only for what an earlier run did not get

Credentials, region and endpoints are found as every tool for AWS finds them: AWS_PROFILE, AWS_REGION,
AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>, SSO, web identity, containers, instances. What they and the
role in each account must be allowed: palisade permissions.

Ctrl-C ends the run and writes what there is, marked incomplete. A run that was killed leaves
<DIR>.partial. Both can be resumed.

Exit codes:
  0  everything was read
  2  the command line makes no sense
  3  something could not be read, or the run was interrupted
  4  palisade could not do its work";

const PERMISSIONS_EXAMPLES: &str = "\
Examples:
  palisade permissions                      the policy of the role in each account
  palisade permissions --caller             the policy of the credentials that palisade is started with
  palisade permissions --write              what applying fixes needs in addition to either
  palisade permissions --format cloudformation --trusted-account 111122223333 > palisade.yaml
  palisade permissions --format terraform --role-name palisade > palisade.tf";

#[derive(Debug, Args)]
#[command(after_help = COLLECT_EXAMPLES)]
pub(crate) struct CollectArgs {
    /// Write the snapshot to this directory; a snapshot that is there is replaced when this one is finished
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, required_unless_present = "resume")]
    pub(crate) out: Option<PathBuf>,

    /// Add to the snapshot in this directory what an earlier run did not get, as of its date and in its scope
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with_all = ["out", "accounts", "exclude_accounts", "units", "buckets"])]
    pub(crate) resume: Option<PathBuf>,

    /// Keep only buckets whose name matches, with * and ? as wildcards; nothing is asked about others; may be repeated
    #[arg(long = "bucket", value_name = "GLOB", value_parser = NonEmptyStringValueParser::new(), help_heading = "Scope")]
    pub(crate) buckets: Vec<String>,

    #[command(flatten)]
    pub(crate) collecting: CollectingArgs,

    /// Write nothing to standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// As whom to call AWS, about which accounts, and how fast.
#[derive(Debug, Args)]
pub(crate) struct CollectingArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Scope")]
pub(crate) struct AccountsArgs {
    /// Read only these accounts; may be repeated or separated by commas
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = account)]
    pub(crate) accounts: Vec<AccountId>,

    /// Do not read these accounts
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = account)]
    pub(crate) exclude_accounts: Vec<AccountId>,

    /// Read only the accounts below these organizational units
    #[arg(long = "ou", value_name = "OU", value_delimiter = ',', value_parser = unit)]
    pub(crate) units: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct TargetArgs {
    /// The profile of the shared configuration files; AWS_PROFILE by default
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The region for global services; AWS_REGION or the profile's by default. Buckets are read where they are
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// The role to assume in each account but the one at hand
    #[arg(
        long,
        value_name = "NAME",
        default_value = "OrganizationAccountAccessRole",
        value_parser = role_name,
        conflicts_with = "role_arn_template"
    )]
    pub(crate) role_name: String,

    /// The role's ARN, where a name is not enough: {account} and {partition} stand for the account's
    #[arg(long, value_name = "ARN", value_parser = role_arn_template)]
    pub(crate) role_arn_template: Option<String>,

    /// What the role's trust policy asks for as sts:ExternalId
    #[arg(long, value_name = "ID", value_parser = external_id)]
    pub(crate) external_id: Option<String>,

    /// The name of the sessions, which CloudTrail shows
    #[arg(long, value_name = "NAME", default_value = "palisade", value_parser = session_name)]
    pub(crate) session_name: String,

    /// How many seconds the role's credentials last before they are renewed, 900 to 43200
    #[arg(long, value_name = "SECONDS", value_parser = RangedU64ValueParser::<u64>::new().range(900..=43_200))]
    pub(crate) session_duration: Option<u64>,

    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000))]
    pub(crate) concurrency: usize,

    /// How many calls may be under way at once to one account; fewer when AWS throttles
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000))]
    pub(crate) account_concurrency: usize,

    /// How long one attempt at a call may take; there are at least ten
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) request_timeout: Duration,

    /// Trust the certificates in this file, in PEM, instead of the system's
    #[arg(long, value_name = "FILE", env = "AWS_CA_BUNDLE", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(crate) ca_bundle: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = PERMISSIONS_EXAMPLES)]
pub(crate) struct PermissionsArgs {
    /// What to print
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = PermissionsFormat::Policy)]
    pub(crate) format: PermissionsFormat,

    /// Print the policy of the credentials that palisade is started with, not that of the role in each account
    #[arg(long)]
    pub(crate) caller: bool,

    /// What applying fixes and rolling them back needs: the policy and the calls that it needs in addition, the role with both
    #[arg(long)]
    pub(crate) write: bool,

    /// The name of the role in each account
    #[arg(long, value_name = "NAME", default_value = "palisade", value_parser = role_name)]
    pub(crate) role_name: String,

    /// The account whose principals may assume the role
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) trusted_account: Option<AccountId>,

    /// What the role's trust policy is to ask for as sts:ExternalId
    #[arg(long, value_name = "ID", value_parser = external_id)]
    pub(crate) external_id: Option<String>,
}

/// What `palisade permissions` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PermissionsFormat {
    /// An IAM policy, in JSON
    Policy,
    /// A CloudFormation template of the role, for a StackSet
    Cloudformation,
    /// The role in Terraform
    Terraform,
    /// Every call with the action that allows it, in JSON
    Calls,
}

fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).ok_or_else(|| "an account number has twelve digits".to_owned())
}

fn unit(text: &str) -> Result<String, String> {
    let known = text.starts_with("ou-") || text.starts_with("r-");
    known.then(|| text.to_owned()).ok_or_else(|| "a unit is named by its id, ou-... or r-...".to_owned())
}

fn role_arn_template(text: &str) -> Result<String, String> {
    if !text.starts_with("arn:") || !text.contains(":role/") {
        return Err("the ARN of a role begins with arn: and has :role/ in it".to_owned());
    }
    if !text.contains("{account}") {
        return Err("without {account} it is the role of one account only".to_owned());
    }
    Ok(text.to_owned())
}

/// "A string of characters consisting of upper- and lower-case alphanumeric characters with no spaces [and] any of the following
/// characters: _+=,.@-" (IAM API Reference, CreateRole); in front of the name there may be a path.
fn role_name(text: &str) -> Result<String, String> {
    word(text, "_+=,.@-/", 1..=576)
}

/// As STS wants it: `[\w+=,.@-]*`, 2 to 64 characters. (STS API Reference, AssumeRole)
fn session_name(text: &str) -> Result<String, String> {
    word(text, "_+=,.@-", 2..=64)
}

/// As STS wants it: `[\w+=,.@:\/-]*`, 2 to 1224 characters. (STS API Reference, AssumeRole)
fn external_id(text: &str) -> Result<String, String> {
    word(text, "_+=,.@:/-", 2..=1_224)
}

fn word(text: &str, besides: &str, length: RangeInclusive<usize>) -> Result<String, String> {
    if let Some(c) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !besides.contains(*c)) {
        return Err(format!("{c:?} is neither a letter nor a digit nor one of {besides}"));
    }
    if !length.contains(&text.len()) {
        return Err(format!("{} to {} characters are allowed", length.start(), length.end()));
    }
    Ok(text.to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    if duration < Duration::from_millis(100) { Err("at least 0.1".to_owned()) } else { Ok(duration) }
}
