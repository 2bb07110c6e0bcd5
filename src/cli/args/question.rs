//! What reviewers ask: who can, what somebody can, and why.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use palisade::question::Asset;

#[cfg(feature = "aws")]
use super::CollectingArgs;
use super::{PoliciesArg, Source, parse_source};

pub(super) const WHO_CAN_EXAMPLES: &str = "\
Examples:
  palisade who-can s3:PutObject acme-models-prod --in demo
  palisade who-can 's3:Delete*' 's3://acme-models-prod/published/*' --in snapshot/
  palisade who-can s3:GetObject 'acme-*-prod' --in aws --profile audit --json

It answers for all users, roles, root users, foreign accounts, AWS services and anonymous callers, over
all requests that they could make: every key, every circumstance.

Exit codes:
  0  the answer is complete
  2  the command line makes no sense
  3  something could not be read or decided, and may add to the answer
  4  palisade could not do its work";

pub(super) const CAN_EXAMPLES: &str = "\
Examples:
  palisade can arn:aws:iam::210000000102:role/app/codebuild --in demo
  palisade can arn:aws:iam::210000000102:role/app/codebuild acme-models-prod --in demo
  palisade can '*' --in snapshot/           what anybody can who does not sign
  palisade can 999988887777 --in snapshot/  what roles of a foreign account can, if that account lets them

Exit codes:
  0  the answer is complete
  2  the command line makes no sense
  3  something could not be read or decided, and may add to the answer
  4  palisade could not do its work";

pub(super) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  palisade explain 7c1d2a --in demo         a finding, by its fingerprint or the beginning of it
  palisade explain --principal arn:aws:iam::210000000102:role/app/codebuild --action s3:PutObject \\
      --resource acme-models-prod/model.bin --in demo
  palisade explain --principal '*' --action s3:GetObject --resource acme-models-prod/model.bin \\
      --context aws:SecureTransport=false --in demo

Keys that are not stated have the values that the caller and the bucket fix; the rest is what a plain
request has: TLS, an address on the internet, no VPC endpoint.

Exit codes:
  0  the request or the finding is explained, whatever the answer
  2  the command line makes no sense
  4  palisade could not do its work";

#[derive(Debug, Args)]
pub(crate) struct WhoCanArgs {
    /// The action, with * and ? as wildcards: s3:GetObject, s3:Delete*
    #[arg(value_name = "ACTION")]
    pub(crate) action: String,

    /// A bucket, or objects in it, with wildcards: my-bucket, my-bucket/published/*, an s3:// URL, an ARN
    #[arg(value_name = "RESOURCE", value_parser = asset)]
    pub(crate) resource: Asset,

    #[command(flatten)]
    pub(crate) about: AboutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CanArgs {
    /// The ARN of a user, role or session; the number of a foreign account; an AWS service; or * for whoever does not sign
    #[arg(value_name = "PRINCIPAL")]
    pub(crate) principal: String,

    /// Only what it can do here: a bucket, or objects in it, with wildcards
    #[arg(value_name = "RESOURCE", value_parser = asset)]
    pub(crate) resource: Option<Asset>,

    #[command(flatten)]
    pub(crate) about: AboutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The fingerprint of a finding, or the beginning of it
    #[arg(value_name = "FINGERPRINT", required_unless_present = "principal", conflicts_with_all = ["principal", "action", "resource", "context"])]
    pub(crate) fingerprint: Option<String>,

    /// Who asks, as `palisade can` takes it
    #[arg(long, value_name = "PRINCIPAL", requires_all = ["action", "resource"], help_heading = "Request")]
    pub(crate) principal: Option<String>,

    /// For which action
    #[arg(long, value_name = "ACTION", requires = "principal", help_heading = "Request")]
    pub(crate) action: Option<String>,

    /// On which bucket or object
    #[arg(long, value_name = "RESOURCE", value_parser = asset, requires = "principal", help_heading = "Request")]
    pub(crate) resource: Option<Asset>,

    /// A condition key of the request; stated more than once, it has several values; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, requires = "principal", help_heading = "Request")]
    pub(crate) context: Vec<(String, String)>,

    #[command(flatten)]
    pub(crate) about: AboutArgs,
}

/// Of what the question is asked, and how the answer is printed.
#[derive(Debug, Args)]
pub(crate) struct AboutArgs {
    /// Where to look: the directory of a snapshot, `aws` for the live organization, or `demo`
    #[arg(long = "in", value_name = "SOURCE", value_hint = ValueHint::DirPath, value_parser = parse_source)]
    pub(crate) source: Source,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Show every name and every statement in full
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Write nothing to standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) policies: PoliciesArg,

    /// Classify buckets and principals by this file instead of the bundled rules
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) classification: Option<PathBuf>,

    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(crate) collecting: CollectingArgs,
}

impl ExplainArgs {
    /// The keys that are stated; one that is stated more than once has several values.
    pub(crate) fn context(&self) -> Vec<(Box<str>, Vec<Box<str>>)> {
        let mut keys: Vec<(Box<str>, Vec<Box<str>>)> = vec![];
        for (key, value) in &self.context {
            match keys.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
                Some((_, values)) => values.push(value.as_str().into()),
                None => keys.push((key.as_str().into(), vec![value.as_str().into()])),
            }
        }
        keys
    }
}

fn asset(text: &str) -> Result<Asset, String> {
    Asset::parse(text).map_err(|error| error.to_string())
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE, such as aws:SourceVpce=vpce-1a2b3c4d".to_owned()),
    }
}
