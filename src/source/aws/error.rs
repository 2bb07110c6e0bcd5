//! Why nothing could be collected at all.

use std::error::Error;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use super::refusal::Refusal;
use crate::source::snapshot::SnapshotError;

/// Why a collection could not begin, or its snapshot not be written. What AWS does not tell on the way is no error but a gap.
#[derive(Debug, Error, Diagnostic)]
pub enum CollectError {
    /// AWS does not say who is calling.
    #[error("AWS does not say whose the credentials are: {code}{}", message.as_deref().map(|text| format!(": {text}")).unwrap_or_default())]
    #[diagnostic(help(
        "palisade finds credentials as the AWS CLI does: environment, --profile, SSO (`aws sso login`), web identity, container or instance; `aws sts get-caller-identity` must work"
    ))]
    NoIdentity {
        /// AWS's error code, or what went wrong on the way.
        code: Box<str>,
        /// What is said about it.
        message: Option<Box<str>>,
    },
    /// The answer to who is calling makes no sense.
    #[error("sts:GetCallerIdentity answered without {member}")]
    Identity {
        /// What is missing.
        member: &'static str,
    },
    /// The certificates cannot be used.
    #[error("cannot read the certificates in {}: {why}", path.display())]
    #[diagnostic(help("--ca-bundle and AWS_CA_BUNDLE name a file of certificates in PEM"))]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: Box<dyn Error + Send + Sync>,
    },
    /// The operating system gives no threads or timers.
    #[error("cannot start the runtime: {why}")]
    Runtime {
        /// The system's reason.
        why: std::io::Error,
    },
    /// There is nothing to collect.
    #[error("no active account is within --accounts, --exclude-accounts and --ou")]
    #[diagnostic(help(
        "`aws organizations list-accounts` shows the accounts; units are named by their ids, ou-...; without a view of the organization only --accounts can name other accounts"
    ))]
    NoAccount,
    /// The snapshot cannot be read or written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl CollectError {
    pub(super) fn no_identity(refusal: Refusal) -> Self {
        let Refusal { code, message, .. } = refusal;
        Self::NoIdentity { code, message }
    }

    pub(super) fn lacks(member: &'static str) -> Self {
        Self::Identity { member }
    }
}
