//! Requests, judged one at a time.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Authorizer, Context, Entities, Entity, EntityUid, PolicySet, Request};
use cedar_policy::{RestrictedExpression, Schema};

use super::entities::{View, distinct, facts, uid};
use super::error::IntentError;
use super::facts::{AccessContext, DatasetFacts, PrincipalFacts, PrincipalType};
use super::policies::Policies;
use super::posture::failure;
use super::reads::Reads;
use super::{Intent, Permit, UNSANCTIONED_ACCESS, specimen};
use crate::estate::AccountId;
use crate::finding::Rule;
use crate::iam::Action;

/// A request to S3, in the terms of the rules.
#[derive(Debug, Clone)]
pub struct AccessRequest<'a> {
    /// Who asks.
    pub requester: Requester<'a>,
    /// For which action.
    pub action: &'a Action,
    /// On which data.
    pub dataset: &'a DatasetFacts,
    /// Under which circumstances.
    pub context: &'a AccessContext,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Requester<'a> {
    /// A user or role of the organization.
    Principal(&'a PrincipalFacts),
    /// A service of AWS in its own name: `cloudtrail.amazonaws.com`.
    Service(&'a str),
    /// Somebody outside the organization, as far as is known.
    External {
        /// The account.
        account: Option<AccountId>,
        /// The ARN.
        arn: Option<&'a str>,
    },
    /// Somebody who has not signed the request.
    Anonymous,
}

/// What the rules say of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessVerdict<'i> {
    /// Whether it is sanctioned and not forbidden.
    pub permitted: bool,
    /// The rules that it breaks, sorted by id; `unsanctioned-access` where it is merely not sanctioned.
    pub violated: Vec<&'i Rule>,
    /// The permits that sanction it, sorted by id; a forbid wins over them.
    pub permits: Vec<&'i Permit>,
    /// The attributes that are not known and that some policy came to read. Such a policy may forbid the request.
    pub unread: BTreeSet<&'static str>,
}

/// Stands for everybody of a kind.
const ANYBODY: &str = "anybody";

/// Judges requests.
#[derive(Debug)]
pub(super) struct Bench {
    permits: PolicySet,
    forbids: PolicySet,
    /// The actions by their names in lower case, with the groups that they are in.
    actions: BTreeMap<Box<str>, Entity>,
    /// What each policy reads, by its id.
    reads: BTreeMap<Box<str>, Reads>,
}

impl Bench {
    pub(super) fn new(policies: &Policies) -> Result<Self, IntentError> {
        let mut reads = BTreeMap::new();
        for (id, stated) in policies.stated.iter().filter(|(_, stated)| !stated.is_posture) {
            reads.insert(id.clone(), Reads::of(&stated.policy)?);
        }
        Ok(Self {
            permits: policies.set(|stated| !stated.is_posture && !stated.is_forbid())?,
            forbids: policies.set(|stated| !stated.is_posture && stated.is_forbid())?,
            actions: actions(&policies.schema)?,
            reads,
        })
    }

    /// Whether requests and entities as they are built here fit the schema: later nothing is held against it any more.
    pub(super) fn check(&self, schema: &Schema) -> Result<(), IntentError> {
        let misfit = |error: &dyn std::fmt::Display| IntentError::Schema { message: error.to_string() };
        let Some((dataset, role)) = specimen::dataset("models").zip(specimen::role("pipeline")) else {
            return Ok(());
        };
        let user = PrincipalFacts { kind: PrincipalType::User, ..role.clone() };
        let dataset = View::whole(&dataset);
        let external = Requester::External { account: Some(role.account.id), arn: Some(&role.arn) };
        let requesters = [
            Requester::Principal(&role),
            Requester::Principal(&user),
            Requester::Service("cloudtrail.amazonaws.com"),
            external,
            Requester::Anonymous,
        ];
        for requester in requesters {
            let requester = self::requester(requester)?;
            for action in self.actions.values().take(1) {
                let context = context(&specimen::context())?;
                Request::new(requester.uid.clone(), action.uid(), dataset.uid()?, context, Some(schema))
                    .map_err(|error| misfit(&error))?;
            }
            let entities = distinct(dataset.entities()?.into_iter().chain(requester.entities));
            Entities::from_entities(entities, Some(schema)).map_err(|error| misfit(&error))?;
        }
        Ok(())
    }

    fn judge(&self, request: &AccessRequest<'_>) -> Result<Answer, IntentError> {
        let dataset = View::whole(request.dataset);
        let requester = requester(request.requester)?;
        let action = self.actions.get(request.action.operation());
        let action = action.filter(|_| request.action.service() == "s3");
        let action = action.ok_or_else(|| IntentError::UnknownAction(request.action.as_str().into()))?;
        let asked = Asked {
            request: Request::new(
                requester.uid,
                action.uid(),
                dataset.uid()?,
                context(request.context)?,
                // The schema was held against the facts when it was loaded.
                None,
            )
            .map_err(facts)?,
            unread: dataset.unread().into_iter().chain(requester.unread).collect(),
            entities: {
                let entities =
                    dataset.entities()?.into_iter().chain(requester.entities).chain([action.clone()]);
                Entities::from_entities(distinct(entities), None).map_err(facts)?
            },
        };
        let mut unread = BTreeSet::new();
        let permits = self.applied(&self.permits, &asked, &mut unread)?;
        let forbids = self.applied(&self.forbids, &asked, &mut unread)?;
        Ok(Answer { permits, forbids, unread })
    }

    /// The policies of a set that apply, by id, and what is not known of all that those read that fail.
    fn applied(
        &self,
        policies: &PolicySet,
        asked: &Asked,
        unread: &mut BTreeSet<&'static str>,
    ) -> Result<Vec<Box<str>>, IntentError> {
        let response = Authorizer::new().is_authorized(&asked.request, policies, &asked.entities);
        for (id, message) in response.diagnostics().errors().map(failure) {
            let reads = self.reads.get(id);
            let missing = asked.unread.iter().filter(|name| reads.is_some_and(|reads| reads.reads(name)));
            let missing: Vec<_> = missing.copied().collect();
            if missing.is_empty() {
                return Err(IntentError::Evaluation { id: id.into(), message });
            }
            unread.extend(missing);
        }
        // A question whether something is there does not fail: whoever asks it of what is not known may apply or not.
        for (_, reads) in
            policies.policies().filter_map(|policy| self.reads.get_key_value(policy.id().as_ref() as &str))
        {
            unread.extend(asked.unread.iter().filter(|name| reads.asks(name)));
        }
        let mut applied: Vec<Box<str>> =
            response.diagnostics().reason().map(|id| AsRef::<str>::as_ref(id).into()).collect();
        applied.sort();
        Ok(applied)
    }
}

/// A request as Cedar takes it.
struct Asked {
    request: Request,
    entities: Entities,
    /// The attributes of either side that are not known.
    unread: Vec<&'static str>,
}

/// The ids of the policies that apply.
struct Answer {
    permits: Vec<Box<str>>,
    forbids: Vec<Box<str>>,
    unread: BTreeSet<&'static str>,
}

/// One side of a request.
struct Side {
    uid: EntityUid,
    entities: Vec<Entity>,
    unread: Vec<&'static str>,
}

fn requester(requester: Requester<'_>) -> Result<Side, IntentError> {
    let side = |kind: &str, id: &str, attributes: Vec<(&str, String)>| {
        let uid = uid(kind, id)?;
        let attributes = attributes.into_iter();
        let attributes =
            attributes.map(|(name, value)| (name.to_owned(), RestrictedExpression::new_string(value)));
        let entity = Entity::new_with_tags(uid.clone(), attributes, [], []).map_err(facts)?;
        Ok(Side { uid, entities: vec![entity], unread: vec![] })
    };
    match requester {
        Requester::Principal(principal) => {
            let view = View::whole(principal);
            Ok(Side { uid: view.uid()?, entities: view.entities()?, unread: view.unread() })
        }
        Requester::Service(name) => side("Service", name, vec![("name", name.to_owned())]),
        Requester::External { account, arn } => {
            let account = account.map(|account| account.to_string());
            let id = arn.map(str::to_owned).or_else(|| account.clone()).unwrap_or_else(|| ANYBODY.to_owned());
            let account = account.map(|account| ("account", account));
            side("External", &id, account.into_iter().chain(arn.map(|arn| ("arn", arn.to_owned()))).collect())
        }
        Requester::Anonymous => side("Anonymous", ANYBODY, vec![]),
    }
}

fn context(context: &AccessContext) -> Result<Context, IntentError> {
    let AccessContext { key, secure_transport, time, source_ip, source_vpce, source_vpc, mfa, .. } = context;
    let AccessContext { sse, kms_key_id, prefix, source_account, source_arn, source_org_id, .. } = context;
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let texts = [
        ("sourceVpce", source_vpce),
        ("sourceVpc", source_vpc),
        ("sse", sse),
        ("kmsKeyId", kms_key_id),
        ("prefix", prefix),
        ("sourceAccount", source_account),
        ("sourceArn", source_arn),
        ("sourceOrgId", source_org_id),
    ];
    let booleans = [
        ("secureTransport", Some(*secure_transport)),
        ("mfa", *mfa),
        ("viaAwsService", context.via_aws_service),
    ];
    let time = time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut pairs = vec![("key", text(key)), ("time", RestrictedExpression::new_datetime(time))];
    pairs.extend(source_ip.map(|ip| ("sourceIp", RestrictedExpression::new_ip(ip.to_string()))));
    pairs.extend(texts.iter().filter_map(|(name, value)| Some((*name, text(value.as_deref()?)))));
    pairs.extend(
        booleans.iter().filter_map(|(name, value)| Some((*name, RestrictedExpression::new_bool((*value)?)))),
    );
    Context::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_owned(), value))).map_err(facts)
}

/// The actions of S3 in the schema, each with its groups.
fn actions(schema: &Schema) -> Result<BTreeMap<Box<str>, Entity>, IntentError> {
    let entities = schema.action_entities().map_err(facts)?;
    let named = |uid: &EntityUid| {
        let kinds = schema.resources_for_action(uid).is_some_and(|mut kinds| kinds.next().is_some());
        let entity = entities.get(uid).filter(|_| kinds)?;
        Some((uid.id().unescaped().to_ascii_lowercase().into_boxed_str(), entity.clone()))
    };
    Ok(schema.actions().filter_map(named).collect())
}

impl Intent {
    /// What the rules say of one request.
    ///
    /// # Errors
    /// The schema does not have the action, or a policy fails though everything that it reads is known.
    pub fn judge_request(&self, request: &AccessRequest<'_>) -> Result<AccessVerdict<'_>, IntentError> {
        let Answer { permits, forbids, unread } = self.access.judge(request)?;
        let sanctioned = !permits.is_empty();
        let broken = if forbids.is_empty() && !sanctioned && unread.is_empty() {
            vec![UNSANCTIONED_ACCESS.into()]
        } else {
            forbids
        };
        Ok(AccessVerdict {
            permitted: sanctioned && broken.is_empty() && unread.is_empty(),
            violated: broken.iter().filter_map(|id| self.rule(id)).collect(),
            permits: self.permits().iter().filter(|permit| permits.contains(&permit.id)).collect(),
            unread,
        })
    }

    /// The actions of S3 that the rules speak of, in lower case, sorted.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.access.actions.keys().map(|name| &**name)
    }
}
