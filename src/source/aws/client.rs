//! What all clients have in common beside their configuration.

use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// Calls are tried again as often as they may be. The SDKs also limit what fails over all calls together, and give up on
/// answers when much is throttled at once; here the gates make the calls fewer instead.
pub(super) fn retry_partition() -> RetryPartition {
    RetryPartition::custom("palisade").token_bucket(TokenBucket::unlimited()).build()
}

/// The endpoint that the environment or the profile names for a service, or for all of them: `AWS_ENDPOINT_URL_S3`,
/// `AWS_ENDPOINT_URL`. (AWS SDKs and Tools Reference Guide, feature-ss-endpoints)
pub(super) fn endpoint(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    let of_service = config.service_config().and_then(|service| service.load_config(key));
    of_service.or_else(|| config.endpoint_url().map(str::to_owned))
}
