//! The services of which a call or two are made, without the crate that AWS generates for each.
//!
//! EC2's and SageMaker's crates have thousands of operations: they alone build for as long as the rest of palisade together, and
//! take gigabytes to. What they do for one call is here, on the SDK's own runtime: the same credentials, signatures, retries,
//! timeouts and wire as for every other service. Where an answer is JSON, its members are the evidence as AWS names it.

use std::fmt;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{endpoint, retry_partition};
use super::refusal::Refusal;
use super::session::Session;

/// A service, and how it is spoken to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// Its name in signatures, and in `AWS_ENDPOINT_URL_...`.
    pub(super) name: &'static str,
    /// What its host name begins with.
    pub(super) host: &'static str,
    pub(super) protocol: Protocol,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Protocol {
    /// AWS JSON 1.1: the operation stands in a header, behind this prefix.
    Json(&'static str),
    /// REST with JSON: the operation is the path.
    RestJson,
    /// EC2's query: the operation is a field of a form, the answer is XML.
    Query { version: &'static str },
}

/// A service in a region, as one account calls it.
#[derive(Debug)]
pub(super) struct Plain<'a> {
    session: &'a Session,
    service: Service,
    region: &'a str,
}

impl<'a> Plain<'a> {
    pub(super) fn new(session: &'a Session, service: Service, region: &'a str) -> Self {
        Self { session, service, region }
    }

    /// Makes a call that is answered in JSON.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        input: &Value,
    ) -> Result<T, Refusal> {
        let answer = self.call(operation, input.to_string()).await?;
        serde_json::from_str(&answer).map_err(|error| Refusal::malformed(error.to_string()))
    }

    /// Makes a call and returns the text of the answer. `body` is what the protocol wants it to be.
    pub(super) async fn call(&self, operation: &'static str, body: String) -> Result<String, Refusal> {
        let request = self.operation(operation);
        self.session.call(request.invoke(body)).await
    }

    fn operation(&self, operation: &'static str) -> Operation<String, String, Failed> {
        let (config, service) = (&self.session.config, self.service);
        let mut builder = Operation::builder()
            .service_name(service.name)
            .operation_name(operation)
            .endpoint_url(&self.url())
            .standard_retry(config.retry_config().unwrap_or(&aws_config::retry::RetryConfig::standard()))
            .timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
            .retry_classifier(TransientErrorClassifier::<Failed>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(AwsErrorCodeClassifier::<Failed>::new())
            .runtime_plugin(self.signature());
        if let Some(client) = config.http_client() {
            builder = builder.http_client(client);
        }
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        builder
            .serializer(move |body: String| service.protocol.request(operation, body))
            .deserializer(read)
            .build()
    }

    /// As the SDK's own clients sign: with the account's credentials, for this region and service.
    fn signature(&self) -> StaticRuntimePlugin {
        let mut layer = Layer::new("signature");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(retry_partition());
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(Region::new(self.region.to_owned()))),
            name: Some(SigningName::from_static(self.service.name)),
            ..SigV4OperationSigningConfig::default()
        });
        let config = &self.session.config;
        let resolver = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        let mut components = RuntimeComponentsBuilder::new("signature")
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(resolver)))
            .with_identity_cache(config.identity_cache());
        if let Some(credentials) = config.credentials_provider() {
            let credentials: SharedCredentialsProvider = credentials;
            components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
        }
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }

    fn url(&self) -> String {
        let config = &self.session.config;
        let own = || {
            own_url(self.service.host, self.region, &self.session.partition, config.use_fips() == Some(true))
        };
        endpoint(config, self.service.name).unwrap_or_else(own)
    }
}

/// "protocol://service-code.region-code.amazonaws.com"; China has a suffix of its own, and FIPS endpoints are marked so: in GovCloud
/// the standard ones are FIPS endpoints already, except SageMaker's. (AWS General Reference, rande)
fn own_url(host: &str, region: &str, partition: &str, fips: bool) -> String {
    let suffix = if partition == "aws-cn" { ".cn" } else { "" };
    let (first, rest) =
        host.split_once('.').map_or((host, String::new()), |(first, rest)| (first, format!(".{rest}")));
    let marked = fips && (partition != "aws-us-gov" || host.contains("sagemaker") || host == "lakeformation");
    let mark = if marked { "-fips" } else { "" };
    format!("https://{first}{mark}{rest}.{region}.amazonaws.com{suffix}")
}

/// The token of the next page, if there is one. A list that comes back to the page it was on would never end.
pub(super) fn next_page(token: Option<&str>, before: Option<&str>) -> Result<Option<String>, Refusal> {
    match token.filter(|token| !token.is_empty()) {
        None => Ok(None),
        token if token == before => Err(Refusal::malformed("the next page is the same page again")),
        token => Ok(token.map(str::to_owned)),
    }
}

impl Protocol {
    fn request(self, operation: &str, body: String) -> Result<HttpRequest, BoxError> {
        let (path, body) = match self {
            Self::RestJson => (format!("/{operation}"), body),
            Self::Json(_) => ("/".to_owned(), body),
            Self::Query { version } => {
                ("/".to_owned(), format!("Action={operation}&Version={version}{body}"))
            }
        };
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST")?;
        request.set_uri(path)?;
        let kind = match self {
            Self::RestJson => "application/json",
            Self::Json(_) => "application/x-amz-json-1.1",
            Self::Query { .. } => "application/x-www-form-urlencoded",
        };
        request.headers_mut().insert("content-type", kind);
        if let Self::Json(prefix) = self {
            request.headers_mut().insert("x-amz-target", format!("{prefix}.{operation}"));
        }
        Ok(request)
    }
}

fn read(response: &HttpResponse) -> Result<String, OrchestratorError<Failed>> {
    let text = response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    if response.status().is_success() {
        return Ok(text.into_owned());
    }
    let kind = response.headers().get("x-amzn-errortype");
    Err(OrchestratorError::operation(Failed(metadata(kind, &text))))
}

/// The error's code and message: "X-Amzn-Errortype" or "__type", whose part between `#` and `:` is the code (Smithy,
/// aws-restjson1 protocol); in EC2's XML `Code` and `Message`.
fn metadata(kind: Option<&str>, text: &str) -> ErrorMetadata {
    let (code, message) = match roxmltree::Document::parse(text) {
        Ok(xml) => {
            let said =
                |name| xml.descendants().find(|node| node.has_tag_name(name))?.text().map(str::to_owned);
            (said("Code"), said("Message"))
        }
        Err(_) => said_in_json(kind, text),
    };
    let mut builder = ErrorMetadata::builder();
    if let Some(code) = code {
        builder = builder.code(code);
    }
    if let Some(message) = message {
        builder = builder.message(message);
    }
    builder.build()
}

fn said_in_json(kind: Option<&str>, text: &str) -> (Option<String>, Option<String>) {
    let json: Value = serde_json::from_str(text).unwrap_or_default();
    let member = |name: &str| json.get(name).and_then(Value::as_str);
    let code = kind.or_else(|| member("__type")).or_else(|| member("code"));
    let code = code.map(|code| code.rsplit('#').next().unwrap_or(code));
    let code = code.map(|code| code.split(':').next().unwrap_or(code).to_owned());
    (code, member("message").or_else(|| member("Message")).map(str::to_owned))
}

/// The service answered with an error.
#[derive(Debug)]
pub(super) struct Failed(ErrorMetadata);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl ProvideErrorMetadata for Failed {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_own_hosts() {
        let url = own_url("ec2", "eu-west-1", "aws", false);
        assert_eq!(url, "https://ec2.eu-west-1.amazonaws.com");
        assert_eq!(own_url("ec2", "cn-north-1", "aws-cn", false), "https://ec2.cn-north-1.amazonaws.com.cn");
        let fips = |host, region, partition| own_url(host, region, partition, true);
        assert_eq!(
            fips("api.sagemaker", "us-east-1", "aws"),
            "https://api-fips.sagemaker.us-east-1.amazonaws.com"
        );
        assert_eq!(
            fips("cloudtrail", "us-gov-west-1", "aws-us-gov"),
            "https://cloudtrail.us-gov-west-1.amazonaws.com"
        );
    }

    #[test]
    fn a_list_that_turns_in_circles_is_no_list() {
        assert_eq!(next_page(None, Some("a")), Ok(None));
        assert_eq!(next_page(Some(""), None), Ok(None));
        assert_eq!(next_page(Some("b"), Some("a")), Ok(Some("b".to_owned())));
        assert!(next_page(Some("a"), Some("a")).is_err());
    }

    #[test]
    fn the_code_is_read_in_every_protocol() {
        let code = |kind, text| metadata(kind, text).code().map(str::to_owned);
        let denied = Some("AccessDeniedException".to_owned());
        assert_eq!(code(None, r#"{"__type":"com.amazonaws.x#AccessDeniedException"}"#), denied);
        assert_eq!(code(Some("AccessDeniedException:http://internal/"), "{}"), denied);
        let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>m</Message></Error></Errors></Response>";
        assert_eq!(code(None, ec2), Some("UnauthorizedOperation".to_owned()));
        assert_eq!(code(None, "<html>"), None);
    }
}
