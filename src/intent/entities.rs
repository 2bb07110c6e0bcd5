//! Facts as Cedar entities.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use rustc_hash::FxHashSet;

use super::error::IntentError;
use super::facts::{
    AccountFacts, DatasetFacts, EncryptionFacts, LifecycleFacts, PrincipalFacts, PrincipalType,
};
use super::reads::Reads;
use crate::estate::{Fact, PublicAccessBlock};

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Value {
    Bool(bool),
    Long(i64),
    Text(Box<str>),
    Texts(Box<[Box<str>]>),
    Record(Box<[(&'static str, Self)]>),
}

/// A thing that rules speak of.
pub(super) trait Subject {
    /// Its attributes, but for `account` and `team`.
    const ATTRIBUTES: &'static [&'static str];

    /// Its type in the schema.
    fn kind(&self) -> &'static str;
    /// Its id among those of its type.
    fn id(&self) -> Box<str>;
    /// One of its [`Subject::ATTRIBUTES`].
    fn attribute(&self, name: &str) -> Fact<Value>;
    /// The class that it is in; empty for none.
    fn class(&self) -> &str;
    /// The team that it belongs to.
    fn team(&self) -> Option<&str>;
    /// The account that it is in.
    fn account(&self) -> &Arc<AccountFacts>;
    /// Its tags.
    fn tags(&self) -> Fact<&BTreeMap<Box<str>, Box<str>>>;
}

/// As much of a subject as the policies at hand can tell: what looks alike is judged alike.
///
/// Ids that no policy names are replaced by one that stands for all of them. That changes no answer: a policy can only
/// compare an entity with those that it names and with those of the same request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct View {
    kind: &'static str,
    id: Box<str>,
    class: Box<str>,
    team: Option<Box<str>>,
    /// None where no policy can tell accounts apart.
    account: Option<Arc<AccountFacts>>,
    /// What is not known has no value.
    attributes: Vec<(&'static str, Option<Value>)>,
    tags: Option<BTreeMap<Box<str>, Box<str>>>,
}

/// Stands for every id that no policy names. No id of AWS has a space.
const ANY: &str = "any other";

/// Stands for every other id where there are two of them.
const YET_ANOTHER: &str = "yet another";

impl View {
    /// What policies that read no more than `reads` can see of a subject.
    pub(super) fn of<S: Subject>(subject: &S, reads: &Reads) -> Self {
        let kind = subject.kind();
        let canonical = |kind: &str, id: &str| if reads.names(kind, id) { id.into() } else { ANY.into() };
        let tells_accounts = reads.reads("account")
            || ["Account", "OrgUnit", "Organization"].into_iter().any(|kind| reads.names_any(kind));
        let read = S::ATTRIBUTES.iter().copied().filter(|name| reads.reads(name));
        Self {
            kind,
            id: if reads.names_any(kind) { canonical(kind, &subject.id()) } else { ANY.into() },
            class: subject.class().into(),
            team: subject.team().map(|team| canonical("Team", team)),
            account: tells_accounts.then(|| subject.account().clone()),
            attributes: read.map(|name| (name, subject.attribute(name).known().cloned())).collect(),
            tags: if reads.reads("tags") {
                subject.tags().known().copied().cloned()
            } else {
                Some(BTreeMap::new())
            },
        }
    }

    /// Everything that there is to see.
    pub(super) fn whole<S: Subject>(subject: &S) -> Self {
        Self {
            kind: subject.kind(),
            id: subject.id(),
            class: subject.class().into(),
            team: subject.team().map(Into::into),
            account: Some(subject.account().clone()),
            attributes: (S::ATTRIBUTES.iter().copied())
                .map(|name| (name, subject.attribute(name).known().cloned()))
                .collect(),
            tags: subject.tags().known().copied().cloned(),
        }
    }

    /// The type in the schema.
    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Of two that belong to teams that no policy names, tells the team apart from the other's, or makes it the same.
    pub(super) fn set_team_apart(&mut self, other: &Self, same: bool) {
        if !same && self.team.is_some() && self.team == other.team && self.team.as_deref() == Some(ANY) {
            self.team = Some(YET_ANOTHER.into());
        }
    }

    /// The attributes that are not known, `tags` among them.
    pub(super) fn unread(&self) -> Vec<&'static str> {
        let attributes = self.attributes.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name);
        attributes.chain(self.tags.is_none().then_some("tags")).collect()
    }

    /// The entity's name.
    pub(super) fn uid(&self) -> Result<EntityUid, IntentError> {
        uid(self.kind, &self.id)
    }

    /// The organization that the account belongs to; some other where it belongs to none.
    pub(super) fn organization(&self) -> Result<EntityUid, IntentError> {
        let organization = self.account.as_ref().and_then(|account| account.organization.as_deref());
        uid("Organization", organization.unwrap_or(ANY))
    }

    /// The entity, with those that it is in. An attribute that is not known is left out: a policy that comes to read it
    /// fails, and only such a policy.
    pub(super) fn entities(&self) -> Result<Vec<Entity>, IntentError> {
        let (account, mut entities) = accounts(self.account.as_deref())?;
        let mut attributes =
            vec![("account".to_owned(), RestrictedExpression::new_entity_uid(account.clone()))];
        let mut parents = vec![account];
        if let Some(team) = &self.team {
            let team = uid("Team", team)?;
            attributes.push(("team".to_owned(), RestrictedExpression::new_entity_uid(team.clone())));
            entities.push(Entity::with_uid(team.clone()));
            parents.push(team);
        }
        if !self.class.is_empty() {
            let class = uid("Class", &self.class)?;
            entities.push(Entity::with_uid(class.clone()));
            parents.push(class);
        }
        for (name, value) in &self.attributes {
            if let Some(value) = value {
                attributes.push(((*name).to_owned(), value.expression()?));
            }
        }
        let tags = self.tags.iter().flatten();
        let tags =
            tags.map(|(key, value)| (key.to_string(), RestrictedExpression::new_string(value.to_string())));
        entities.push(Entity::new_with_tags(self.uid()?, attributes, parents, tags).map_err(facts)?);
        Ok(entities)
    }
}

/// The account's name, and the entities of it and of everything above it.
fn accounts(account: Option<&AccountFacts>) -> Result<(EntityUid, Vec<Entity>), IntentError> {
    let mut entities = vec![];
    let mut above = vec![];
    if let Some(organization) = account.and_then(|account| account.organization.as_deref()) {
        let organization = uid("Organization", organization)?;
        entities.push(Entity::with_uid(organization.clone()));
        above.push(organization);
    }
    for unit in account.iter().flat_map(|account| &account.units) {
        let unit = uid("OrgUnit", unit)?;
        entities.push(Entity::new_no_attrs(unit.clone(), above.into_iter().collect()));
        above = vec![unit];
    }
    let id = account.map_or(ANY.to_owned(), |account| account.id.to_string());
    let name = account.map_or(ANY, |account| &account.name).to_owned();
    let account = uid("Account", &id)?;
    let attributes = [("id", id), ("name", name)];
    let attributes = attributes.map(|(key, value)| (key.to_owned(), RestrictedExpression::new_string(value)));
    entities.push(Entity::new_with_tags(account.clone(), attributes, above, []).map_err(facts)?);
    Ok((account, entities))
}

/// The name of an entity.
pub(super) fn uid(kind: &str, id: &str) -> Result<EntityUid, IntentError> {
    let kind: EntityTypeName = kind.parse().map_err(facts)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

/// The entities, each once.
pub(super) fn distinct(entities: impl IntoIterator<Item = Entity>) -> Vec<Entity> {
    let mut seen = FxHashSet::default();
    entities.into_iter().filter(|entity| seen.insert(entity.uid())).collect()
}

/// An error of Cedar about facts.
pub(super) fn facts(error: impl std::fmt::Display) -> IntentError {
    IntentError::Facts { message: error.to_string() }
}

impl Value {
    fn expression(&self) -> Result<RestrictedExpression, IntentError> {
        Ok(match self {
            Self::Bool(value) => RestrictedExpression::new_bool(*value),
            Self::Long(value) => RestrictedExpression::new_long(*value),
            Self::Text(value) => RestrictedExpression::new_string(value.to_string()),
            Self::Texts(values) => RestrictedExpression::new_set(
                values.iter().map(|value| RestrictedExpression::new_string(value.to_string())),
            ),
            Self::Record(fields) => {
                let fields = fields.iter().map(|(name, value)| Ok(((*name).to_owned(), value.expression()?)));
                let fields: Result<Vec<_>, IntentError> = fields.collect();
                RestrictedExpression::new_record(fields?).map_err(facts)?
            }
        })
    }
}

impl Subject for DatasetFacts {
    const ATTRIBUTES: &'static [&'static str] = &[
        "bucket",
        "prefix",
        "class",
        "env",
        "versioning",
        "mfaDelete",
        "objectLock",
        "versionGuard",
        "lifecycle",
        "encryption",
        "keyPolicyOpen",
        "publicAccessBlock",
        "aclsDisabled",
        "tlsEnforced",
        "accessLogged",
        "missingLineage",
    ];

    fn kind(&self) -> &'static str {
        "Dataset"
    }

    fn id(&self) -> Box<str> {
        Self::id(self)
    }

    fn attribute(&self, name: &str) -> Fact<Value> {
        match name {
            "bucket" => Fact::Known(Value::Text(self.bucket.clone())),
            "prefix" => Fact::Known(Value::Text(self.prefix.clone())),
            "class" => Fact::Known(Value::Text(self.class.clone())),
            "env" => Fact::Known(Value::Text(self.env.clone())),
            "versioning" => self.versioning.map(|status| Value::Text(status.clone())),
            "mfaDelete" => boolean(&self.mfa_delete),
            "objectLock" => boolean(&self.object_lock),
            "versionGuard" => boolean(&self.version_guard),
            "lifecycle" => self.lifecycle.map(LifecycleFacts::value),
            "encryption" => self.encryption.map(EncryptionFacts::value),
            "keyPolicyOpen" => boolean(&self.key_policy_open),
            "publicAccessBlock" => self.public_access_block.map(block),
            "aclsDisabled" => boolean(&self.acls_disabled),
            "tlsEnforced" => boolean(&self.tls_enforced),
            "accessLogged" => boolean(&self.access_logged),
            "missingLineage" => self.missing_lineage.map(|tags| Value::Texts(tags.iter().cloned().collect())),
            _ => Fact::default(),
        }
    }

    fn class(&self) -> &str {
        &self.class
    }

    fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }

    fn account(&self) -> &Arc<AccountFacts> {
        &self.account
    }

    fn tags(&self) -> Fact<&BTreeMap<Box<str>, Box<str>>> {
        match &self.tags {
            Fact::Known(tags) => Fact::Known(tags),
            Fact::Unread(why) => Fact::Unread(why.clone()),
        }
    }
}

impl Subject for PrincipalFacts {
    const ATTRIBUTES: &'static [&'static str] = &[
        "arn",
        "name",
        "path",
        "accessRole",
        "human",
        "workload",
        "serviceLinked",
        "boundary",
        "mayReachData",
        "assumableFromOutside",
        "assumableByUnboundOidc",
    ];

    fn kind(&self) -> &'static str {
        match self.kind {
            PrincipalType::Role => "Role",
            PrincipalType::User => "User",
        }
    }

    fn id(&self) -> Box<str> {
        self.arn.clone()
    }

    fn attribute(&self, name: &str) -> Fact<Value> {
        match name {
            "arn" => Fact::Known(Value::Text(self.arn.clone())),
            "name" => Fact::Known(Value::Text(self.name.clone())),
            "path" => Fact::Known(Value::Text(self.path.clone())),
            "accessRole" => Fact::Known(Value::Text(self.access_role.clone())),
            "human" => Fact::Known(Value::Bool(self.human)),
            "workload" => Fact::Known(Value::Bool(self.workload)),
            "serviceLinked" => Fact::Known(Value::Bool(self.service_linked)),
            "boundary" => boolean(&self.boundary),
            "mayReachData" => boolean(&self.may_reach_data),
            "assumableFromOutside" => boolean(&self.assumable_from_outside),
            "assumableByUnboundOidc" => boolean(&self.assumable_by_unbound_oidc),
            _ => Fact::default(),
        }
    }

    fn class(&self) -> &'static str {
        ""
    }

    fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }

    fn account(&self) -> &Arc<AccountFacts> {
        &self.account
    }

    fn tags(&self) -> Fact<&BTreeMap<Box<str>, Box<str>>> {
        Fact::Known(&self.tags)
    }
}

impl LifecycleFacts {
    fn value(&self) -> Value {
        let days = self.noncurrent_days.map(|days| ("noncurrentDays", Value::Long(days)));
        let fields = [("expiresCurrent", Value::Bool(self.expires_current))];
        Value::Record(fields.into_iter().chain(days).collect())
    }
}

impl EncryptionFacts {
    fn value(&self) -> Value {
        Value::Record(Box::new([
            ("algorithm", Value::Text(self.algorithm.clone())),
            ("customerKey", Value::Bool(self.customer_key)),
            ("keyInOrganization", Value::Bool(self.key_in_organization)),
        ]))
    }
}

fn block(flags: &PublicAccessBlock) -> Value {
    Value::Record(Box::new([
        ("blockPublicAcls", Value::Bool(flags.block_public_acls)),
        ("ignorePublicAcls", Value::Bool(flags.ignore_public_acls)),
        ("blockPublicPolicy", Value::Bool(flags.block_public_policy)),
        ("restrictPublicBuckets", Value::Bool(flags.restrict_public_buckets)),
    ]))
}

fn boolean(fact: &Fact<bool>) -> Fact<Value> {
    fact.map(|value| Value::Bool(*value))
}
