//! Whom palisade calls AWS as, and where: credentials, region, endpoints, and the role in each account.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::SdkConfig;
use aws_types::region::Region;
use tokio::sync::Semaphore;

use super::client::retry_partition;
use super::error::CollectError;
use super::gate::Gate;
use super::refusal::Refusal;
use super::role::{AssumedRole, RoleOptions};
use super::session::Session;
use super::wire::{Traffic, Transport, Wire};
use crate::estate::AccountId;
use crate::iam::Arn;

/// "The maximum number of attempts" of the SDKs is three, which loses answers when AWS throttles a whole organization's
/// worth of calls; this is the least, whatever the environment says.
const ATTEMPTS: u32 = 10;

/// Where AWS is, and who calls.
#[derive(Debug, Clone, Default)]
pub struct TargetOptions {
    /// The profile of the shared configuration files; that of the environment by default.
    pub profile: Option<String>,
    /// The shared configuration file; those of the environment by default.
    pub config_file: Option<PathBuf>,
    /// The region for global services; that of the environment or profile by default.
    pub region: Option<String>,
    /// A file of certificates, in PEM, to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// The role in each account.
    pub role: RoleOptions,
    /// How many calls may be under way at once, over all accounts; at least one.
    pub concurrency: usize,
    /// How many calls may be under way at once to one account; at least one.
    pub account_concurrency: usize,
    /// How long one attempt at a call may take.
    pub timeout: Duration,
}

/// AWS, as palisade may call it.
#[derive(Debug)]
pub(super) struct Target {
    /// The account that the credentials at hand belong to.
    pub(super) account: AccountId,
    pub(super) partition: Arc<str>,
    pub(super) traffic: Arc<Traffic>,
    config: SdkConfig,
    transport: Transport,
    overall: Arc<Semaphore>,
    account_concurrency: usize,
    role: RoleOptions,
}

impl Target {
    /// Finds credentials as every tool for AWS does, and asks AWS whose they are.
    pub(super) async fn open(options: &TargetOptions, traffic: Arc<Traffic>) -> Result<Self, CollectError> {
        let transport = transport(options)?;
        let config = load(options, &transport).await;
        let overall = Arc::new(Semaphore::new(options.concurrency.max(1)));
        let gate = Arc::new(Gate::new(overall.clone(), options.account_concurrency.max(1)));
        let wired = on_wire(&config, Wire::new(transport.clone(), gate, traffic.clone()));
        let identity = client_of_sts(&wired).get_caller_identity().send().await;
        let identity = identity.map_err(|error| CollectError::no_identity(error.into()))?;
        let arn = identity.arn().and_then(Arn::parse).ok_or_else(|| CollectError::lacks("Arn"))?;
        let account = AccountId::parse(arn.account).ok_or_else(|| CollectError::lacks("Account"))?;
        Ok(Self {
            account,
            partition: arn.partition.into(),
            traffic,
            config,
            transport,
            overall,
            account_concurrency: options.account_concurrency.max(1),
            role: options.role.clone(),
        })
    }

    /// The line to the account that the credentials at hand belong to.
    pub(super) fn home(&self) -> Session {
        let (config, gate) = self.wired();
        Session::new(self.account, self.partition.clone(), config, gate)
    }

    /// The line to an account, by its role; at home no role is needed.
    pub(super) async fn enter(&self, account: AccountId) -> Result<Session, (String, Refusal)> {
        if account == self.account {
            return Ok(self.home());
        }
        let (config, gate) = self.wired();
        let role = AssumedRole::new(client_of_sts(&config), &self.role, &self.partition, account);
        let arn = role.arn().to_owned();
        // The gate of an account also bounds the calls for its credentials.
        let credentials = {
            let _pass = gate.pass().await;
            role.assumed().await.map_err(|refusal| (arn, refusal))?
        };
        let config =
            config.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build();
        Ok(Session::new(account, self.partition.clone(), config, gate))
    }

    fn wired(&self) -> (SdkConfig, Arc<Gate>) {
        let gate = Arc::new(Gate::new(self.overall.clone(), self.account_concurrency));
        let wire = Wire::new(self.transport.clone(), gate.clone(), self.traffic.clone());
        (on_wire(&self.config, wire), gate)
    }
}

fn transport(options: &TargetOptions) -> Result<Transport, CollectError> {
    let pem = match &options.ca_bundle {
        None => None,
        Some(path) => {
            let unreadable = |why| CollectError::CaBundle { path: path.clone(), why };
            let pem = std::fs::read_to_string(path).map_err(|why| unreadable(why.into()))?;
            if !pem.contains("-----BEGIN CERTIFICATE-----") {
                return Err(unreadable("there is no certificate in it".into()));
            }
            Some(pem)
        }
    };
    Transport::new(pem.as_ref().map(String::as_bytes))
        .map_err(|why| CollectError::CaBundle { path: options.ca_bundle.clone().unwrap_or_default(), why })
}

async fn load(options: &TargetOptions, transport: &Transport) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5).min(options.timeout))
        .operation_attempt_timeout(options.timeout)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(transport.clone())
        .timeout_config(timeouts)
        // An answer is read whole before it counts, in the time that an attempt has.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Ok(name) = AppName::new("palisade") {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(file) = &options.config_file {
        let files = EnvConfigFiles::builder().with_file(EnvConfigFileKind::Config, file);
        loader = loader.profile_files(files.build());
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let config = loader.load().await;
    let retry = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
    let retry = RetryConfig::standard()
        .with_max_attempts(retry.max_attempts().max(ATTEMPTS))
        .with_initial_backoff(Duration::from_millis(100))
        .with_max_backoff(Duration::from_secs(8));
    let region = config.region().cloned().unwrap_or(Region::from_static("us-east-1"));
    config.into_builder().retry_config(retry).region(region).build()
}

fn on_wire(config: &SdkConfig, wire: Wire) -> SdkConfig {
    config.clone().into_builder().http_client(wire).build()
}

fn client_of_sts(config: &SdkConfig) -> aws_sdk_sts::Client {
    let builder = aws_sdk_sts::config::Builder::from(config).retry_partition(retry_partition());
    aws_sdk_sts::Client::from_conf(builder.build())
}
