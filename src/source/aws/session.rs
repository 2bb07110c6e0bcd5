//! One account as the collector sees it: its credentials, its clients by region, and the gate before it.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use aws_types::region::Region;
use rustc_hash::FxHashMap;

use super::client::{endpoint, retry_partition};
use super::gate::Gate;
use super::host::StripAccountHost;
use super::refusal::Refusal;
use crate::estate::AccountId;

/// The line to one account.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) account: AccountId,
    pub(super) partition: Arc<str>,
    /// The account's credentials, and everything else that its clients have in common.
    pub(super) config: SdkConfig,
    pub(super) gate: Arc<Gate>,
    s3: ByRegion<aws_sdk_s3::Client>,
    s3control: ByRegion<aws_sdk_s3control::Client>,
    kms: ByRegion<aws_sdk_kms::Client>,
}

/// Clients, each made when its region first needs one.
#[derive(Debug)]
struct ByRegion<C>(Mutex<FxHashMap<String, C>>);

impl<C: Clone> ByRegion<C> {
    fn get(&self, region: &str, make: impl FnOnce(Region) -> C) -> C {
        // A map of clients stays whole when a thread panics.
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.to_owned()).or_insert_with(|| make(Region::new(region.to_owned()))).clone()
    }
}

impl Session {
    pub(super) fn new(account: AccountId, partition: Arc<str>, config: SdkConfig, gate: Arc<Gate>) -> Self {
        let (s3, s3control, kms) =
            (ByRegion(Mutex::default()), ByRegion(Mutex::default()), ByRegion(Mutex::default()));
        Self { account, partition, config, gate, s3, s3control, kms }
    }

    pub(super) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        self.s3.get(region, |region| {
            let builder = aws_sdk_s3::config::Builder::from(&self.config).region(region);
            let builder = builder.retry_partition(retry_partition());
            // "Virtual-hosted-style" needs a name for each bucket, which only AWS's own endpoints have.
            let custom = endpoint(&self.config, "s3").is_some();
            let builder = if custom { builder.force_path_style(true) } else { builder };
            aws_sdk_s3::Client::from_conf(builder.build())
        })
    }

    pub(super) fn s3control(&self, region: &str) -> aws_sdk_s3control::Client {
        self.s3control.get(region, |region| {
            let builder = aws_sdk_s3control::config::Builder::from(&self.config)
                .region(region)
                .retry_partition(retry_partition())
                .interceptor(StripAccountHost);
            aws_sdk_s3control::Client::from_conf(builder.build())
        })
    }

    pub(super) fn kms(&self, region: &str) -> aws_sdk_kms::Client {
        self.kms.get(region, |region| {
            let builder = aws_sdk_kms::config::Builder::from(&self.config).region(region);
            let builder = builder.retry_partition(retry_partition());
            aws_sdk_kms::Client::from_conf(builder.build())
        })
    }

    /// The region that global services are asked in.
    pub(super) fn home_region(&self) -> &str {
        self.config.region().map_or("us-east-1", |region| region.as_ref())
    }

    /// Makes a call as soon as the gate lets it through.
    pub(super) async fn call<T, E>(
        &self,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Refusal>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let _pass = self.gate.pass().await;
        request.await.map_err(Refusal::from)
    }

    /// An ARN of this account.
    pub(super) fn arn(&self, service: &str, region: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{region}:{}:{resource}", self.partition, self.account)
    }
}
