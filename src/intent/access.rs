//! Requests, judged one at a time.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{ActionConstraint, Authorizer, Context, Entities, Entity, EntityUid, PolicySet, Request};
use cedar_policy::{RestrictedExpression, Schema};

use super::entities::{View, distinct, facts, uid};
use super::error::IntentError;
use super::facts::{AccessContext, DatasetFacts, PrincipalFacts, PrincipalType};
use super::policies::{POSTURE, Policies, Stated};
use super::posture::failure;
use super::reads::Reads;
use super::{Intent, Permit, UNSANCTIONED_ACCESS, specimen};
use crate::access::OBJECT_KEY;
use crate::estate::AccountId;
use crate::finding::Rule;
use crate::iam::Action;

/// A request to S3, in the terms of the rules.
#[derive(Debug, Clone, Copy)]
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
    /// The rules that it breaks, sorted by id; [`UNSANCTIONED_ACCESS`] where it is merely not sanctioned.
    pub violated: Vec<&'i Rule>,
    /// The permits that sanction it, sorted by id; a forbid wins over them.
    pub permits: Vec<&'i Permit>,
    /// The attributes that some policy came to read and that are not known, sorted. Unless it is empty, there may be
    /// more permits and more violated rules.
    pub unread: Vec<&'static str>,
}

/// The attributes of the circumstances with the condition keys that they are. The key of the object is none of AWS's.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("key", OBJECT_KEY),
    ("secureTransport", "aws:SecureTransport"),
    ("time", "aws:CurrentTime"),
    ("sourceIp", "aws:SourceIp"),
    ("sourceVpce", "aws:SourceVpce"),
    ("sourceVpc", "aws:SourceVpc"),
    ("mfa", "aws:MultiFactorAuthPresent"),
    ("sse", "s3:x-amz-server-side-encryption"),
    ("kmsKeyId", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
    ("prefix", "s3:prefix"),
    ("sourceAccount", "aws:SourceAccount"),
    ("sourceArn", "aws:SourceArn"),
    ("sourceOrgId", "aws:SourceOrgID"),
    ("viaAwsService", "aws:ViaAWSService"),
];

/// Who asks, as far as the rules can tell.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// A user or role of the organization.
    View(View),
    /// Somebody else: the type in the schema, the id, and the attributes that are known.
    Stranger { kind: &'static str, id: Box<str>, attributes: Vec<(&'static str, Box<str>)> },
}

/// Stands for everybody of a kind.
const ANYBODY: &str = "anybody";

/// Judges requests.
#[derive(Debug)]
pub(super) struct Bench {
    permits: PolicySet,
    forbids: PolicySet,
    /// What each policy reads, by its id.
    reads: BTreeMap<Box<str>, Reads>,
    /// The actions of S3 by their names in lower case.
    actions: BTreeMap<Box<str>, Named>,
}

/// An action as the schema writes its name, with the groups that it is in.
#[derive(Debug)]
struct Named {
    name: Box<str>,
    entity: Entity,
    groups: Vec<EntityUid>,
}

/// One side of a request.
struct Side {
    uid: EntityUid,
    entities: Vec<Entity>,
    /// The attributes that are not known.
    unread: Vec<&'static str>,
}

/// A request as Cedar takes it.
struct Asked {
    request: Request,
    entities: Entities,
    /// The attributes of either side that are not known.
    unread: Vec<&'static str>,
}

/// The ids of the policies that apply, and what is not known of all that others came to read.
pub(super) struct Answer {
    pub(super) permits: Vec<Box<str>>,
    pub(super) forbids: Vec<Box<str>>,
    pub(super) unread: BTreeSet<&'static str>,
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
            reads,
            actions: actions(&policies.schema)?,
        })
    }

    /// Whether requests and entities as they are built here fit the schema. Later nothing is held against it any more.
    pub(super) fn check(&self, schema: &Schema) -> Result<(), IntentError> {
        let misfit = |error: &dyn std::fmt::Display| IntentError::Schema { message: error.to_string() };
        let Some((dataset, role)) = specimen::dataset("models").zip(specimen::role("pipeline")) else {
            return Ok(());
        };
        let user = PrincipalFacts { kind: PrincipalType::User, ..role.clone() };
        let requesters = [
            Requester::Principal(&role),
            Requester::Principal(&user),
            Requester::Service("cloudtrail.amazonaws.com"),
            Requester::External { account: Some(role.account.id), arn: Some(&role.arn) },
            Requester::Anonymous,
        ];
        let dataset = Side::of(&View::whole(&dataset))?;
        for requester in requesters {
            let requester = Side::requester(requester)?;
            for action in self.actions.values().take(1) {
                let (asker, asked) = (requester.uid.clone(), dataset.uid.clone());
                let context = context(&specimen::context())?;
                Request::new(asker, action.entity.uid(), asked, context, Some(schema))
                    .map_err(|error| misfit(&error))?;
            }
            let entities = distinct(dataset.entities.iter().cloned().chain(requester.entities));
            Entities::from_entities(entities, Some(schema)).map_err(|error| misfit(&error))?;
        }
        Ok(())
    }

    fn judge(&self, request: &AccessRequest<'_>) -> Result<Answer, IntentError> {
        let asker = Asker::of(request.requester);
        self.judge_sides(&asker, request.action, &View::whole(request.dataset), request.context)
    }

    /// What the rules say of a request, given as what can be seen of both sides.
    pub(super) fn judge_sides(
        &self,
        asker: &Asker,
        action: &Action,
        dataset: &View,
        circumstances: &AccessContext,
    ) -> Result<Answer, IntentError> {
        let named = self.actions.get(action.operation()).filter(|_| action.service() == "s3");
        let action = named.ok_or_else(|| IntentError::UnknownAction(action.as_str().into()))?;
        let asked =
            Asked::new(Side::asker(asker)?, &action.entity, Side::of(dataset)?, context(circumstances)?)?;
        let mut unread = BTreeSet::new();
        let permits = self.applied(&self.permits, &asked, &mut unread)?;
        let forbids = self.applied(&self.forbids, &asked, &mut unread)?;
        Ok(Answer { permits, forbids, unread })
    }

    /// Whether the rules know an action.
    pub(super) fn has(&self, action: &Action) -> bool {
        self.actions.contains_key(action.operation())
    }

    /// Whether the scope of a policy takes in an action.
    pub(super) fn speaks_of(&self, stated: &Stated, action: &Action) -> bool {
        let Some(named) = self.actions.get(action.operation()) else { return false };
        let within = |uid: &EntityUid| named.entity.uid() == *uid || named.groups.contains(uid);
        match stated.policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => within(&uid),
            ActionConstraint::In(uids) => uids.iter().any(within),
        }
    }

    /// The policies of a set that apply, by id. Those that fail must have come to read something that is not known.
    ///
    /// Each effect is asked for by itself: of permits and forbids together, Cedar would name the forbids alone.
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
        // Asking whether something is there does not fail, so whoever asks it of what is not known is not to be trusted.
        for policy in policies.policies() {
            let reads = self.reads.get(AsRef::<str>::as_ref(policy.id()));
            unread.extend(asked.unread.iter().filter(|name| reads.is_some_and(|reads| reads.asks(name))));
        }
        Ok(response.diagnostics().reason().map(|id| AsRef::<str>::as_ref(id).into()).collect())
    }
}

impl Asked {
    fn new(requester: Side, action: &Entity, dataset: Side, context: Context) -> Result<Self, IntentError> {
        let request = Request::new(requester.uid, action.uid(), dataset.uid, context, None).map_err(facts)?;
        let entities = requester.entities.into_iter().chain(dataset.entities).chain([action.clone()]);
        let entities = Entities::from_entities(distinct(entities), None).map_err(facts)?;
        Ok(Self { request, entities, unread: requester.unread.into_iter().chain(dataset.unread).collect() })
    }
}

impl Side {
    fn of(view: &View) -> Result<Self, IntentError> {
        Ok(Self { uid: view.uid()?, entities: view.entities()?, unread: view.unread() })
    }

    fn requester(requester: Requester<'_>) -> Result<Self, IntentError> {
        Self::asker(&Asker::of(requester))
    }

    fn asker(asker: &Asker) -> Result<Self, IntentError> {
        let (kind, id, attributes) = match asker {
            Asker::View(view) => return Self::of(view),
            Asker::Stranger { kind, id, attributes } => (kind, id, attributes),
        };
        let uid = uid(kind, id)?;
        let attributes = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), RestrictedExpression::new_string(value.to_string())));
        let entity = Entity::new_with_tags(uid.clone(), attributes, [], []).map_err(facts)?;
        Ok(Self { uid, entities: vec![entity], unread: vec![] })
    }
}

impl Asker {
    pub(super) fn of(requester: Requester<'_>) -> Self {
        let stranger = |kind, id: &str, attributes: Vec<(&'static str, Box<str>)>| Self::Stranger {
            kind,
            id: id.into(),
            attributes,
        };
        match requester {
            Requester::Principal(principal) => Self::View(View::whole(principal)),
            Requester::Service(name) => stranger("Service", name, vec![("name", name.into())]),
            Requester::External { account, arn } => {
                let account = account.map(|account| account.to_string());
                let id = arn.or(account.as_deref()).unwrap_or(ANYBODY).to_owned();
                let account = account.map(|account| ("account", account.into()));
                let arn = arn.map(|arn| ("arn", arn.into()));
                stranger("External", &id, account.into_iter().chain(arn).collect())
            }
            Requester::Anonymous => stranger("Anonymous", ANYBODY, vec![]),
        }
    }

    /// The type in the schema.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::View(view) => view.kind(),
            Self::Stranger { kind, .. } => kind,
        }
    }
}

fn context(context: &AccessContext) -> Result<Context, IntentError> {
    let texts = [
        ("key", Some(&context.key)),
        ("sourceVpce", context.source_vpce.as_ref()),
        ("sourceVpc", context.source_vpc.as_ref()),
        ("sse", context.sse.as_ref()),
        ("kmsKeyId", context.kms_key_id.as_ref()),
        ("prefix", context.prefix.as_ref()),
        ("sourceAccount", context.source_account.as_ref()),
        ("sourceArn", context.source_arn.as_ref()),
        ("sourceOrgId", context.source_org_id.as_ref()),
    ];
    let booleans = [
        ("secureTransport", Some(context.secure_transport)),
        ("mfa", context.mfa),
        ("viaAwsService", context.via_aws_service),
    ];
    let time = context.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let ip = context.source_ip.map(|ip| ip.to_string());
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let pairs = texts.into_iter().filter_map(|(name, value)| Some((name, text(value?))));
    let pairs = pairs
        .chain(
            booleans
                .into_iter()
                .filter_map(|(name, value)| Some((name, RestrictedExpression::new_bool(value?)))),
        )
        .chain([("time", RestrictedExpression::new_datetime(time))])
        .chain(ip.map(|ip| ("sourceIp", RestrictedExpression::new_ip(ip))));
    Context::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value))).map_err(facts)
}

/// The actions of S3 that the schema has.
fn actions(schema: &Schema) -> Result<BTreeMap<Box<str>, Named>, IntentError> {
    let entities = schema.action_entities().map_err(facts)?;
    let named = |uid: &EntityUid| {
        let name = uid.id().unescaped();
        // A group by itself applies to nothing.
        let applies = schema.resources_for_action(uid).is_some_and(|mut kinds| kinds.next().is_some());
        let entity = entities.get(uid).filter(|_| applies && name != POSTURE)?.clone();
        let groups = entities.ancestors(uid).into_iter().flatten().cloned().collect();
        Some((name.to_ascii_lowercase().into_boxed_str(), Named { name: name.into(), entity, groups }))
    };
    Ok(schema.actions().filter_map(named).collect())
}

impl Intent {
    /// What the rules say of one request.
    ///
    /// # Errors
    /// The schema does not have the action, or a policy fails though everything that it reads is known.
    pub fn judge_request(&self, request: &AccessRequest<'_>) -> Result<AccessVerdict<'_>, IntentError> {
        let Answer { permits, mut forbids, unread } = self.access.judge(request)?;
        forbids.sort();
        if forbids.is_empty() && permits.is_empty() && unread.is_empty() {
            forbids.push(UNSANCTIONED_ACCESS.into());
        }
        Ok(AccessVerdict {
            permitted: forbids.is_empty() && !permits.is_empty() && unread.is_empty(),
            violated: forbids.iter().filter_map(|id| self.rule(id)).collect(),
            permits: self.permits().iter().filter(|permit| permits.contains(&permit.id)).collect(),
            unread: unread.into_iter().collect(),
        })
    }

    /// The groups that the rules put actions into, with their actions, in the order of their names.
    #[must_use]
    pub fn action_groups(&self) -> Vec<(Box<str>, Vec<&str>)> {
        let mut groups: BTreeMap<Box<str>, Vec<&str>> = BTreeMap::new();
        for named in self.access.actions.values() {
            for group in &named.groups {
                groups.entry(group.id().unescaped().into()).or_default().push(&named.name);
            }
        }
        groups.into_iter().collect()
    }

    /// The actions of S3 that the rules speak of, without the prefix `s3:`, in alphabetical order.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.access.actions.values().map(|action| &*action.name)
    }
}
