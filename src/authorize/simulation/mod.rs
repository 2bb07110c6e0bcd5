//! The simulation format: one request with its policies in, the decision and its derivation out.
//!
//! `docs/simulation.md` describes both sides.

mod input;
mod output;

use std::hash::BuildHasher;
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use serde_json::value::RawValue;

use super::caller::{Caller, UnknownCallerError};
use super::decide::decide;
use super::key::KeyUse;
use super::request::{Parts, Request, RequestError};
use super::s3::{allows_of_acls, is_public, is_public_access_point};
use super::stack::{AccessPointStack, AllowBeside, Policy, PolicyStack};
use crate::estate::{AccountId, PublicAccessBlock};
use crate::iam::{Action, Arn, Context, ContextValue, Document, PolicyError};
use input::{ContextIn, Named, S3Settings, Simulation};
pub use output::{Answer, Status};

/// Decides simulations. Documents that come again and again are not parsed again and again.
#[derive(Debug, Default)]
pub struct Simulator {
    /// The documents that came twice, by their text: one that comes once is not worth keeping.
    documents: FxHashMap<Box<str>, Arc<Document>>,
    /// The hashes of the texts that came at all.
    met: FxHashSet<u64>,
}

/// Why a simulation cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// It is not JSON, or not of the format.
    #[error("{0}")]
    Format(String),
    /// A policy document cannot be read.
    #[error("{field}: {error}")]
    Policy {
        /// Which document.
        field: String,
        /// What is wrong with it.
        error: PolicyError,
    },
    /// The principal is none.
    #[error("request.principal: {0}")]
    Principal(#[from] UnknownCallerError),
    /// The action is none.
    #[error("request.action: {0:?} is no action; expected one such as \"s3:GetObject\"")]
    Action(Box<str>),
    /// The account is none.
    #[error("{field}: {found:?} is no account number of twelve digits")]
    Account {
        /// Which member.
        field: &'static str,
        /// What stands there.
        found: Box<str>,
    },
    /// The resource does not fit.
    #[error("request.resource: {0}")]
    Resource(#[from] RequestError),
}

/// How many documents are kept, and how many texts are remembered to have come: more than the policies of a large account, and a
/// bound on memory for endless input.
const KEPT: usize = 10_000;
const MET: usize = 1_000_000;

impl Simulator {
    /// Decides one simulation, given as one JSON object.
    #[must_use]
    pub fn run(&mut self, text: &str) -> Answer {
        match serde_json::from_str::<Simulation<'_>>(text) {
            Err(error) => {
                Answer::error(None, SimulationError::Format(format!("not a simulation: {error}")).to_string())
            }
            Ok(simulation) => {
                let name = simulation.name.as_deref().map(str::to_owned);
                match self.decide(&simulation) {
                    Ok(answer) => answer.named(name).against(simulation.expected),
                    Err(error) => Answer::error(name, error.to_string()),
                }
            }
        }
    }

    /// Decides one simulation as it was read; bytes that are no text are an error like any other.
    #[must_use]
    pub fn run_bytes(&mut self, text: &[u8]) -> Answer {
        match std::str::from_utf8(text) {
            Ok(text) => self.run(text),
            Err(error) => {
                Answer::error(None, SimulationError::Format(format!("not UTF-8: {error}")).to_string())
            }
        }
    }

    fn decide(&mut self, simulation: &Simulation<'_>) -> Result<Answer, SimulationError> {
        let documents = self.documents(simulation)?;
        let s3 = &simulation.additional_settings.s3;
        let resource_account =
            account("request.resource.accountId", &simulation.request.resource.account_id)?;
        let management_account = match &simulation.additional_settings.organization.management_account_id {
            Some(id) => Some(account("additionalSettings.organization.managementAccountId", id)?),
            None => None,
        };
        let (request, ignored) = request(simulation, resource_account)?;
        let stack = documents.stack(s3, management_account, &request)?;
        let key = match &s3.kms_key {
            Some(key) => Some(documents.key(key, &request, &stack)?),
            None => None,
        };
        Ok(Answer::decided(decide(&request, &stack, key.as_ref()), ignored))
    }

    /// Parses every document of a simulation.
    fn documents<'s>(&mut self, simulation: &'s Simulation<'s>) -> Result<Documents<'s>, SimulationError> {
        if self.documents.len() > KEPT {
            self.documents.clear();
        }
        if self.met.len() > MET {
            self.met.clear();
        }
        let s3 = &simulation.additional_settings.s3;
        let levels = |levels: &'s [input::Level<'s>]| levels.iter().map(|level| &*level.policies);
        Ok(Documents {
            identity: self.all("identityPolicies", &simulation.identity_policies)?,
            service_control: levels(&simulation.service_control_policies)
                .map(|level| self.all("serviceControlPolicies", level))
                .collect::<Result<_, _>>()?,
            resource_control: levels(&simulation.resource_control_policies)
                .map(|level| self.all("resourceControlPolicies", level))
                .collect::<Result<_, _>>()?,
            resource: self.optional("resourcePolicy", simulation.resource_policy)?,
            boundary: match &simulation.permission_boundary_policies {
                Some(policies) => Some(self.all("permissionBoundaryPolicies", policies)?),
                None => None,
            },
            session: self.optional("sessionPolicy", simulation.session_policy)?,
            endpoint: match &simulation.vpc_endpoint_policies {
                Some(policies) => Some(self.all("vpcEndpointPolicies", policies)?),
                None => None,
            },
            access_point: match s3.access_point.as_ref().and_then(|point| point.policy) {
                Some(text) => Some(self.parse("additionalSettings.s3.accessPoint.policy", text)?),
                None => None,
            },
            key: match s3.kms_key.as_ref().and_then(|key| key.policy) {
                Some(text) => Some(self.parse("additionalSettings.s3.kmsKey.policy", text)?),
                None => None,
            },
        })
    }

    fn all<'s>(&mut self, field: &str, policies: &'s [Named<'s>]) -> Result<Vec<Held<'s>>, SimulationError> {
        policies
            .iter()
            .map(|policy| Ok(Held { name: &policy.name, document: self.parse(field, policy.policy)? }))
            .collect()
    }

    fn optional<'s>(
        &mut self,
        field: &'static str,
        text: Option<&RawValue>,
    ) -> Result<Option<Held<'s>>, SimulationError> {
        text.map(|text| Ok(Held { name: field, document: self.parse(field, text)? })).transpose()
    }

    fn parse(&mut self, field: &str, text: &RawValue) -> Result<Arc<Document>, SimulationError> {
        let first_time = self.met.insert(FxBuildHasher.hash_one(text.get()));
        if !first_time && let Some(document) = self.documents.get(text.get()) {
            return Ok(document.clone());
        }
        let failed = |error| SimulationError::Policy { field: field.to_owned(), error };
        let mut document = Document::parse(text.get()).map_err(failed)?;
        if !document.faults.is_empty() {
            return Err(failed(document.faults.swap_remove(0)));
        }
        let document = Arc::new(document);
        if !first_time {
            self.documents.insert(text.get().into(), document.clone());
        }
        Ok(document)
    }
}

/// The parsed documents of one simulation.
struct Documents<'s> {
    identity: Vec<Held<'s>>,
    service_control: Vec<Vec<Held<'s>>>,
    resource_control: Vec<Vec<Held<'s>>>,
    resource: Option<Held<'s>>,
    boundary: Option<Vec<Held<'s>>>,
    session: Option<Held<'s>>,
    endpoint: Option<Vec<Held<'s>>>,
    access_point: Option<Arc<Document>>,
    key: Option<Arc<Document>>,
}

struct Held<'s> {
    name: &'s str,
    document: Arc<Document>,
}

impl Held<'_> {
    fn policy(&self) -> Policy<'_> {
        Policy { name: self.name, document: &self.document }
    }
}

fn policies<'d>(held: &'d [Held<'_>]) -> Vec<Policy<'d>> {
    held.iter().map(Held::policy).collect()
}

impl Documents<'_> {
    fn stack<'d>(
        &'d self,
        s3: &'d S3Settings<'_>,
        management_account: Option<AccountId>,
        request: &Request,
    ) -> Result<PolicyStack<'d>, SimulationError> {
        let block = s3.block_public_access.unwrap_or_default().flags();
        let access_point = match &s3.access_point {
            Some(point) => Some(self.access_point(point)?),
            None => None,
        };
        // "An access point that has a VPC network origin is always considered non-public, regardless of its policy."
        // (S3 User Guide, access-control-block-public-access)
        let through = access_point.filter(|point| point.vpc.is_none()).and_then(|point| point.policy);
        let public = self.resource.as_ref().is_some_and(|held| is_public(&held.document))
            || through.is_some_and(|policy| is_public_access_point(policy.document));
        Ok(PolicyStack {
            identity: policies(&self.identity),
            service_control: self.service_control.iter().map(|level| policies(level)).collect(),
            resource_control: self.resource_control.iter().map(|level| policies(level)).collect(),
            resource: self.resource.as_ref().map(Held::policy),
            boundary: self.boundary.as_deref().map(policies),
            session: self.session.as_ref().map(|held| vec![held.policy()]),
            endpoint: self.endpoint.as_deref().map(policies),
            access_point,
            beside: acl(s3, block, &request.caller),
            management_account,
            canonical_id: s3.principal_canonical_id.as_deref(),
            restricted: block.restrict_public_buckets && public,
            blocks_public_acls: block.block_public_acls,
        })
    }

    fn access_point<'d>(
        &'d self,
        point: &'d input::AccessPointIn<'_>,
    ) -> Result<AccessPointStack<'d>, SimulationError> {
        let owner = Arn::parse(&point.arn).map_or("", |arn| arn.account);
        Ok(AccessPointStack {
            arn: &point.arn,
            account: account("additionalSettings.s3.accessPoint.arn", owner)?,
            policy: self.access_point.as_deref().map(|document| Policy { name: &point.arn, document }),
            vpc: point.vpc().map_err(|error| SimulationError::Format(error.to_owned()))?,
        })
    }

    fn key<'d>(
        &'d self,
        key: &'d input::KeyIn<'_>,
        request: &Request,
        stack: &PolicyStack<'d>,
    ) -> Result<KeyUse<'d>, SimulationError> {
        let owner = Arn::parse(&key.arn).map_or("", |arn| arn.account);
        let account = account("additionalSettings.s3.kmsKey.arn", owner)?;
        Ok(KeyUse {
            arn: &key.arn,
            policy: self.key.as_deref().map(|document| Policy { name: &key.arn, document }),
            account,
            bucket_key: key.bucket_key,
            grants: &key.grants,
            resource_control: match account == request.resource_account {
                true => stack.resource_control.clone(),
                false => vec![],
            },
        })
    }
}

fn acl(s3: &S3Settings<'_>, block: PublicAccessBlock, caller: &Caller) -> Vec<AllowBeside> {
    if s3.object_ownership.as_deref() == Some("BucketOwnerEnforced") {
        return vec![];
    }
    let canonical_id = s3.principal_canonical_id.as_deref();
    allows_of_acls(s3.acl.as_ref(), s3.object_acl.as_ref(), caller, canonical_id, block.ignore_public_acls)
}

fn request(
    simulation: &Simulation<'_>,
    resource_account: AccountId,
) -> Result<(Request, Vec<super::request::Ignored>), SimulationError> {
    let asked = &simulation.request;
    let mut context = Context::new();
    for (key, value) in &asked.context_variables {
        let value = match value {
            ContextIn::One(value) => ContextValue::One(value.as_ref().into()),
            ContextIn::Many(values) => {
                ContextValue::Many(values.iter().map(|value| value.as_ref().into()).collect())
            }
        };
        context.set(key, value);
    }
    let s3 = &simulation.additional_settings.s3;
    let access_point = s3.access_point.as_ref().map(|point| (&*point.arn, &*point.network_origin));
    let parts = Parts {
        caller: Caller::parse(&asked.principal, &context)?,
        action: Action::parse(&asked.action)
            .ok_or_else(|| SimulationError::Action(asked.action.as_ref().into()))?,
        resource: &asked.resource.resource,
        resource_account,
        access_point,
        bucket_abac: s3.bucket_abac_enabled,
        context,
    };
    Ok(Request::new(parts)?)
}

fn account(field: &'static str, text: &str) -> Result<AccountId, SimulationError> {
    AccountId::parse(text).ok_or_else(|| SimulationError::Account { field, found: text.into() })
}
