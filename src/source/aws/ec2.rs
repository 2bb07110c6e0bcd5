//! EC2: the VPC endpoints for S3.

use roxmltree::{Document, Node};

use super::answer::{document, text};
use super::api;
use super::notes::Notes;
use super::plain::{Plain, Protocol, Service, next_page};
use super::refusal::Refusal;
use super::region::everywhere;
use super::session::Session;
use crate::estate::{Fact, List, VpcEndpoint};

const EC2: Service =
    Service { name: "ec2", host: "ec2", protocol: Protocol::Query { version: "2016-11-15" } };

/// What is left of these endpoints lets nothing through.
const GONE: [&str; 4] = ["deleted", "failed", "rejected", "expired"];

/// The endpoints for S3, each with its policy.
pub(super) async fn vpc_endpoints(
    session: &Session,
    regions: &[String],
    notes: &Notes,
) -> Fact<List<VpcEndpoint>> {
    let kind = ("ec2", "vpc-endpoint/*");
    let endpoints = everywhere(session, regions, api::DESCRIBE_ENDPOINTS, kind, notes, async |region| {
        endpoints_in(session, region).await
    });
    endpoints.await.map(|endpoints| List::from(endpoints.clone()))
}

async fn endpoints_in(session: &Session, region: &str) -> Result<Vec<VpcEndpoint>, Refusal> {
    let ec2 = Plain::new(session, EC2, region);
    let (mut endpoints, mut next) = (vec![], None::<String>);
    loop {
        // `com.amazonaws.<region>.s3`, and behind another prefix in China.
        let filter = "&Filter.1.Name=service-name&Filter.1.Value.1=%2A.s3".to_owned();
        let token = next.as_ref().map(|token| format!("&NextToken={}", encoded(token))).unwrap_or_default();
        let answer = ec2.call("DescribeVpcEndpoints", filter + &token).await?;
        let answer = Document::parse(&answer).map_err(|error| Refusal::malformed(error.to_string()))?;
        let root = answer.root_element();
        let set = child(root, "vpcEndpointSet").ok_or_else(|| Refusal::lacks("vpcEndpointSet"))?;
        for item in set.children().filter(|node| node.has_tag_name("item")) {
            endpoints.extend(endpoint(item)?);
        }
        next = next_page(value(root, "nextToken"), next.as_deref())?;
        if next.is_none() {
            return Ok(endpoints);
        }
    }
}

fn endpoint(item: Node<'_, '_>) -> Result<Option<VpcEndpoint>, Refusal> {
    let state = value(item, "state").unwrap_or_default();
    let service_name = text(value(item, "serviceName"), "serviceName")?;
    if GONE.iter().any(|gone| state.eq_ignore_ascii_case(gone)) || !service_name.ends_with(".s3") {
        return Ok(None);
    }
    // "The policy document associated with the endpoint, if applicable." (EC2 API Reference, VpcEndpoint)
    let policy =
        value(item, "policyDocument").filter(|policy| !policy.is_empty()).map(document).transpose()?;
    Ok(Some(VpcEndpoint {
        vpc_endpoint_id: text(value(item, "vpcEndpointId"), "vpcEndpointId")?,
        vpc_id: text(value(item, "vpcId"), "vpcId")?,
        service_name,
        policy: Fact::Known(policy),
    }))
}

fn child<'a, 't>(node: Node<'a, 't>, name: &str) -> Option<Node<'a, 't>> {
    node.children().find(|child| child.tag_name().name() == name)
}

fn value<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name).map(|child| child.text().unwrap_or_default())
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
