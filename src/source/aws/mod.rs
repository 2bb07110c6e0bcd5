//! A live AWS organization: every call that tells who can reach its data on S3, made once, and whatever AWS did not tell noted.
//!
//! Accounts are entered by a role in each and read side by side; a gate before each account bounds the calls under way and
//! slows down when AWS throttles. An answer counts only if it is whole. What comes out is an estate like any other, to be written as
//! a snapshot or judged at once. [`apply`] changes it, and undoes that.

mod access_grants;
mod account;
mod answer;
mod api;
pub mod apply;
mod client;
mod cloudtrail;
mod ec2;
mod error;
mod gate;
mod host;
mod iam;
mod kms;
mod lakeformation;
mod notes;
mod organizations;
pub mod permissions;
mod plain;
mod progress;
mod refusal;
mod region;
mod role;
mod run;
mod s3;
mod s3control;
mod sagemaker;
mod session;
mod target;
mod wire;

use crate::estate::{Estate, Scope};
use crate::source::snapshot::Draft;
use run::{Run, nothing_known};
use target::Target;

pub use api::{APIS, Api, Caller, WRITES};
pub use error::CollectError;
pub use progress::{Count, Progress};
pub use role::RoleOptions;
pub use target::TargetOptions;

/// What to collect, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// As whom, where, and how fast.
    pub target: TargetOptions,
    /// What of the organization.
    pub scope: Scope,
}

/// Collects an estate from live AWS.
///
/// `known` is what an interrupted run has collected, with its scope: only what is missing there is asked for. What is read is
/// written to `draft` as it comes, which is left for the caller to finish. The estate is [incomplete](Estate::incomplete) if the
/// process was asked to stop; calls under way are then dropped.
///
/// # Errors
/// AWS does not accept the credentials, no account is in the scope, or the draft cannot be written. What AWS refuses to tell on
/// the way is no error: it is noted in the estate.
pub fn collect(
    options: &Options,
    known: Option<Estate>,
    draft: Option<&Draft>,
    progress: &Progress,
) -> Result<Estate, CollectError> {
    blocking(collected(options, known, draft, progress))
}

/// Does the work on threads of its own, and waits for it.
fn blocking<T, E: From<CollectError>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|why| CollectError::Runtime { why })?;
    let result = runtime.block_on(work);
    // A look-up of a name that nobody answers is not waited for.
    runtime.shutdown_background();
    result
}

async fn collected(
    options: &Options,
    known: Option<Estate>,
    draft: Option<&Draft>,
    progress: &Progress,
) -> Result<Estate, CollectError> {
    let target = Target::open(&options.target, progress.traffic.clone()).await?;
    let known = known.unwrap_or_else(|| nothing_known(&target, options.scope.clone()));
    let bounds = (options.target.concurrency, options.target.account_concurrency);
    let run = Run::new(&target, bounds, known, draft, progress);
    let incomplete = tokio::select! {
        done = run.everything() => done.map(|()| false)?,
        () = asked_to_stop() => true,
    };
    Ok(run.estate(incomplete))
}

/// Ctrl-C, or the polite end that a job scheduler asks for.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Where the system does not tell, the run cannot be asked to stop.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
