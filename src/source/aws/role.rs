//! The role that lets palisade into an account.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

use super::refusal::Refusal;
use crate::estate::AccountId;

/// How the role in each account is called and assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleOptions {
    /// The role's ARN, in which `{account}` and `{partition}` stand for the account's number and the partition.
    pub arn_template: String,
    /// What the role's trust policy asks for as `sts:ExternalId`.
    pub external_id: Option<String>,
    /// The name of the sessions, which CloudTrail shows.
    pub session_name: String,
    /// How long credentials last before they are renewed; what STS makes it by default.
    pub duration: Option<Duration>,
}

impl Default for RoleOptions {
    fn default() -> Self {
        Self {
            arn_template: Self::template("OrganizationAccountAccessRole"),
            external_id: None,
            session_name: "palisade".into(),
            duration: None,
        }
    }
}

impl RoleOptions {
    /// The template for a role of the same name, path included, in every account.
    #[must_use]
    pub fn template(name: &str) -> String {
        format!("arn:{{partition}}:iam::{{account}}:role/{}", name.trim_start_matches('/'))
    }

    /// The role's ARN in an account.
    #[must_use]
    pub fn arn(&self, partition: &str, account: AccountId) -> String {
        self.arn_template.replace("{partition}", partition).replace("{account}", &account.to_string())
    }
}

/// The credentials of a role, assumed anew whenever they are about to expire.
#[derive(Debug)]
pub(super) struct AssumedRole {
    client: aws_sdk_sts::Client,
    arn: String,
    options: RoleOptions,
    /// Credentials that were assumed to see whether the role may be, and serve the first call.
    first: Mutex<Option<Credentials>>,
}

impl AssumedRole {
    pub(super) fn new(
        client: aws_sdk_sts::Client,
        options: &RoleOptions,
        partition: &str,
        account: AccountId,
    ) -> Self {
        let arn = options.arn(partition, account);
        Self { client, arn, options: options.clone(), first: Mutex::default() }
    }

    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    /// Assumes the role once, so that it is known whether it may be.
    pub(super) async fn assumed(self) -> Result<Self, Refusal> {
        let credentials = self.assume().await?;
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials);
        Ok(self)
    }

    async fn assume(&self) -> Result<Credentials, Refusal> {
        let request = self
            .client
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(&self.options.session_name)
            .set_external_id(self.options.external_id.clone())
            .set_duration_seconds(self.options.duration.and_then(|time| i32::try_from(time.as_secs()).ok()));
        let answer = request.send().await?;
        let given = answer.credentials().ok_or_else(|| Refusal::lacks("Credentials"))?;
        let expiration = SystemTime::try_from(*given.expiration());
        let expiration = expiration.map_err(|error| Refusal::malformed(error.to_string()))?;
        if given.access_key_id().is_empty() || given.secret_access_key().is_empty() {
            return Err(Refusal::lacks("the access key"));
        }
        Ok(Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            Some(expiration),
            "AssumeRole",
        ))
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        future::ProvideCredentials::new(async move {
            match first {
                Some(credentials) => Ok(credentials),
                None => self.assume().await.map_err(|refusal| {
                    let message = refusal.message.unwrap_or_default();
                    CredentialsError::provider_error(format!("{}: {}: {message}", self.arn, refusal.code))
                }),
            }
        })
    }
}
