//! The line to AWS: counts what goes over it, and lets no damaged answer through.
//!
//! The SDK's XML reader takes an answer that ends in the middle for a whole one, with what stands behind the cut left out: half
//! of a bucket's grants, a list of roles without the last ones. So every answer is checked here before it is read.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use rustc_hash::FxHashMap;
use serde::de::IgnoredAny;

use super::gate::Gate;

/// HTTPS by rustls, through the proxies that the environment names; one pool of connections for everything.
#[derive(Debug, Clone)]
pub(super) struct Transport(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tls: TlsContext,
    /// By the timeouts for connecting and for reading: where credentials come from has shorter ones than AWS.
    connectors: Mutex<FxHashMap<[Option<Duration>; 2], SharedHttpConnector>>,
}

/// What was sent over all wires.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// The requests, those that were tried again included.
    pub(super) requests: AtomicUsize,
    /// The answers that asked for patience.
    pub(super) throttles: AtomicUsize,
}

/// The line to one account.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    transport: Transport,
    gate: Arc<Gate>,
    traffic: Arc<Traffic>,
}

/// An answer that is not whole.
#[derive(Debug)]
pub(super) struct Damaged(String);

impl Transport {
    /// `authorities`: certificates in PEM to trust instead of the system's.
    pub(super) fn new(authorities: Option<&[u8]>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let trust = match authorities {
            Some(pem) => TrustStore::empty().with_pem_certificate(pem),
            None => TrustStore::default(),
        };
        let tls = TlsContext::builder().with_trust_store(trust).build()?;
        Ok(Self(Arc::new(Inner { tls, connectors: Mutex::default() })))
    }
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connect = || {
            let mut builder = Connector::builder()
                .connector_settings(settings.clone())
                .proxy_config(ProxyConfig::from_env())
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(self.0.tls.clone());
            builder.set_sleep_impl(components.sleep_impl());
            SharedHttpConnector::new(builder.build())
        };
        let timeouts = [settings.connect_timeout(), settings.read_timeout()];
        // A map of connectors stays whole when a thread panics.
        let mut connectors = self.0.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        connectors.entry(timeouts).or_insert_with(connect).clone()
    }
}

impl Wire {
    pub(super) fn new(transport: Transport, gate: Arc<Gate>, traffic: Arc<Traffic>) -> Self {
        Self { transport, gate, traffic }
    }

    fn note(&self, response: &HttpResponse, body: &[u8]) {
        if is_throttle(response.status().as_u16(), body) {
            self.traffic.throttles.fetch_add(1, Ordering::Relaxed);
            self.gate.throttled();
        } else {
            self.gate.answered();
        }
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.transport.http_connector(settings, components);
        SharedHttpConnector::new(Checked { inner, wire: self.clone() })
    }
}

#[derive(Debug)]
struct Checked {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for Checked {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.wire.traffic.requests.fetch_add(1, Ordering::Relaxed);
        let writes = writes(request.method(), request.headers().get("x-amz-target"));
        let answer = self.inner.call(request);
        let wire = self.wire.clone();
        HttpConnectorFuture::new(async move {
            let mut response = answer.await?;
            let body = ByteStream::new(response.take_body()).collect().await;
            let body = body.map_err(|cut| ConnectorError::io(cut.into()))?.into_bytes();
            wire.note(&response, &body);
            let says_nothing = body.is_empty() && (writes || response.status().as_u16() == 204);
            if response.status().is_success() && !says_nothing {
                // As a connection that broke: the call is tried again, and what stays damaged is a gap.
                whole(&body).map_err(|damaged| ConnectorError::io(damaged.into()))?;
            }
            *response.body_mut() = SdkBody::from(body);
            Ok(response)
        })
    }
}

/// Whether a call changes something, so that its answer may say nothing: one to S3 by its method, one to a service that is called by
/// targets, as KMS is, by the name of its operation.
fn writes(method: &str, target: Option<&str>) -> bool {
    match target.and_then(|target| target.rsplit_once('.')) {
        Some((_, operation)) => !["Get", "List", "Describe"].iter().any(|verb| operation.starts_with(verb)),
        None => ["PUT", "DELETE"].contains(&method),
    }
}

/// Whether an answer is all there. Each of the calls that palisade makes is answered in JSON or in XML, and each that asks by
/// something.
fn whole(body: &[u8]) -> Result<(), Damaged> {
    let text = str::from_utf8(body).map_err(|error| Damaged(error.to_string()))?;
    if text.trim_start().starts_with('<') {
        roxmltree::Document::parse(text).map(|_| ()).map_err(|error| Damaged(error.to_string()))
    } else {
        serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(|error| Damaged(error.to_string()))
    }
}

fn is_throttle(status: u16, body: &[u8]) -> bool {
    let names = |code: &str| body.windows(code.len()).any(|part| part == code.as_bytes());
    status == 429 || (status >= 400 && THROTTLING_ERRORS.iter().any(|code| names(code)))
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer is damaged: {}", self.0)
    }
}

impl Error for Damaged {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_through_an_answer_is_noticed() {
        let answers = [
            "<?xml version=\"1.0\"?>\n<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
            "{\"Roots\": [{\"Id\": \"r-abcd\"}]}",
        ];
        for answer in answers {
            assert!(whole(answer.as_bytes()).is_ok());
            for cut in 0..answer.len() {
                assert!(whole(&answer.as_bytes()[..cut]).is_err(), "cut at {cut}");
            }
        }
        assert!(whole(b"<a><b></a></b>").is_err());
    }

    #[test]
    fn only_an_answer_to_a_change_may_say_nothing() {
        assert!(writes("PUT", None) && writes("DELETE", None));
        assert!(writes("POST", Some("TrentService.CreateAlias")));
        assert!(!writes("GET", None) && !writes("POST", None));
        assert!(!writes("POST", Some("TrentService.DescribeKey")));
    }

    #[test]
    fn what_asks_for_patience_is_told_from_what_refuses() {
        assert!(is_throttle(503, b"<Error><Code>SlowDown</Code></Error>"));
        assert!(is_throttle(400, br#"{"__type":"ThrottlingException"}"#));
        assert!(is_throttle(429, b""));
        assert!(!is_throttle(403, b"<Error><Code>AccessDenied</Code></Error>"));
        assert!(!is_throttle(200, b"<a>SlowDown</a>"), "a bucket may be called so");
    }
}
