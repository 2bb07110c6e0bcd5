//! Where an estate comes from: a snapshot, the live organization, or what comes with palisade.

#[cfg(feature = "aws")]
use clap::CommandFactory;
#[cfg(feature = "aws")]
use clap::error::ErrorKind;
use palisade::estate::Estate;
use palisade::source::{demo, snapshot};

use crate::args::Source;
#[cfg(feature = "aws")]
use crate::args::{Cli, CollectingArgs};
use crate::error::Failure;
use crate::terminal::Progress;

/// A source, with how to read it if it is the live organization.
pub(super) struct From<'a> {
    pub(super) source: &'a Source,
    #[cfg(feature = "aws")]
    pub(super) collecting: &'a CollectingArgs,
    /// Patterns for the buckets; of the live organization no others are asked for.
    #[cfg(feature = "aws")]
    pub(super) buckets: Vec<String>,
    #[cfg(feature = "aws")]
    pub(super) quiet: bool,
}

impl From<'_> {
    /// Whoever says how to read AWS means to.
    #[cfg(feature = "aws")]
    pub(super) fn check(&self) -> Result<(), Failure> {
        let CollectingArgs { accounts, target } = self.collecting;
        let given = [
            ("--accounts", !accounts.accounts.is_empty()),
            ("--exclude-accounts", !accounts.exclude_accounts.is_empty()),
            ("--ou", !accounts.units.is_empty()),
            ("--profile", target.profile.is_some()),
            ("--region", target.region.is_some()),
            ("--role-arn-template", target.role_arn_template.is_some()),
            ("--external-id", target.external_id.is_some()),
            ("--session-duration", target.session_duration.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((option, _)) if *self.source != Source::Aws => {
                let message = format!("{option} says how to read a live organization; the source is not aws");
                let error = Cli::command().error(ErrorKind::ArgumentConflict, message);
                Err(Failure::Usage(Box::new(error)))
            }
            _ => Ok(()),
        }
    }

    /// Whatever is read of a source without the live organization is in order.
    #[cfg(not(feature = "aws"))]
    pub(super) fn check(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Reads it.
    pub(super) fn estate(&self, progress: &Progress) -> Result<Estate, Failure> {
        match self.source {
            Source::Demo => Ok(demo::estate()?),
            #[cfg(feature = "aws")]
            Source::Aws => super::collect::estate(self.collecting, &self.buckets, self.quiet),
            Source::Snapshot(directory) => {
                progress.stage("loading");
                Ok(snapshot::read(directory, &|read, of| progress.files(read, of))?)
            }
        }
    }
}
