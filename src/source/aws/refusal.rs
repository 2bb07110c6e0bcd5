//! Why a call did not tell what was asked.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::wire::Damaged;

/// A call without the answer that was asked for: AWS's error code, or the name of what went wrong on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Box<str>,
    pub(super) message: Option<Box<str>>,
    /// The status that the answer came with, if one came.
    pub(super) status: Option<u16>,
}

impl Refusal {
    /// An answer that lacks what AWS always says, or says what nobody knows.
    pub(super) fn malformed(what: impl Into<Box<str>>) -> Self {
        Self { code: "Malformed".into(), message: Some(what.into()), status: None }
    }

    /// An answer without a member that AWS always sends.
    pub(super) fn lacks(member: &str) -> Self {
        Self::malformed(format!("the answer lacks {member}"))
    }

    /// Whether AWS says by this code that there is nothing.
    pub(super) fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&&*self.code)
    }

    /// Whether AWS says that there is nothing, by a code that its documentation does not tell.
    pub(super) fn is_not_found(&self) -> bool {
        self.status == Some(404)
    }

    fn on_the_way(code: &str, error: &(dyn Error + 'static)) -> Self {
        let chain = std::iter::successors(Some(error), |&error| error.source());
        let said: Vec<String> = chain.map(ToString::to_string).collect();
        Self { code: code.into(), message: Some(said.join(": ").into()), status: None }
    }
}

impl<E> From<SdkError<E, HttpResponse>> for Refusal
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            // The answer was whole, but is not what the call is answered with.
            SdkError::ServiceError(service) if service.raw().status().is_success() => {
                Self::on_the_way("Malformed", &error)
            }
            SdkError::ResponseError(response) if response.raw().status().is_success() => {
                Self::on_the_way("Malformed", &error)
            }
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                let code = service.err().code().map_or_else(|| format!("Http{status}").into(), Box::from);
                Self { code, message: service.err().message().map(Box::from), status: Some(status) }
            }
            SdkError::ResponseError(response) => {
                Self::on_the_way(&format!("Http{}", response.raw().status().as_u16()), &error)
            }
            SdkError::TimeoutError(_) => Self::on_the_way("Timeout", &error),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::on_the_way("Timeout", &error),
            SdkError::DispatchFailure(_) if is_damaged(&error) => Self::on_the_way("Malformed", &error),
            SdkError::DispatchFailure(failure) if failure.is_io() => {
                Self::on_the_way("ConnectionFailed", &error)
            }
            _ => Self::on_the_way("CallFailed", &error),
        }
    }
}

fn is_damaged(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source()).any(|error| error.is::<Damaged>())
}
