//! S3 Control behind an endpoint that has no names below it.

use std::net::IpAddr;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// S3 Control is called by the account's number before the host, `111122223333.s3-control...`. An address has no names below it,
/// nor has this machine, so there the label is taken off again; the account stands in a header too.
#[derive(Debug)]
pub(super) struct StripAccountHost;

#[dyn_dispatch_hint]
impl Intercept for StripAccountHost {
    fn name(&self) -> &'static str {
        "StripAccountHost"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(uri) = stripped(context.request().uri()) {
            context.request_mut().set_uri(uri)?;
        }
        Ok(())
    }
}

fn stripped(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let (account, rest) = rest.split_once('.')?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at_checked(end)?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_bare = host == "localhost" || host.parse::<IpAddr>().is_ok();
    (is_account && is_bare).then(|| format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_loses_its_label() {
        let stripped = |uri| stripped(uri).unwrap_or_default();
        assert_eq!(stripped("http://111122223333.127.0.0.1:5000/v2?a=b"), "http://127.0.0.1:5000/v2?a=b");
        assert_eq!(stripped("http://111122223333.127.0.0.1"), "http://127.0.0.1");
        assert_eq!(stripped("https://111122223333.s3-control.eu-west-1.amazonaws.com/v2"), "");
        assert_eq!(stripped("http://127.0.0.1:5000/v2"), "");
    }
}
