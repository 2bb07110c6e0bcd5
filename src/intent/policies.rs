//! The Cedar files: parsed, named by their annotations, and validated against the schema.

use std::collections::BTreeMap;

use cedar_policy::{
    ActionConstraint, Effect, EntityUid, Policy, PolicyId, PolicySet, ResourceConstraint, Schema,
};
use cedar_policy::{ValidationMode, Validator};
use miette::Diagnostic;

use super::PolicyFile;
use super::error::{IntentError, Place, help_of, offset_of};

/// The action of posture rules, which is no action of S3.
pub(super) const POSTURE: &str = "posture";

/// The policies of all files, and the schema that they pass.
#[derive(Debug)]
pub(super) struct Policies {
    pub(super) schema: Schema,
    /// Every policy, by id.
    pub(super) stated: BTreeMap<Box<str>, Stated>,
}

/// A policy and where it is written.
#[derive(Debug)]
pub(super) struct Stated {
    pub(super) policy: Policy,
    pub(super) place: Place,
    /// Whether it speaks of configuration, not of requests.
    pub(super) is_posture: bool,
}

impl Policies {
    /// Reads and validates the schema and the policies among `files`.
    pub(super) fn load(files: &[PolicyFile]) -> Result<Self, IntentError> {
        let schema = schema(files)?;
        let mut stated = BTreeMap::new();
        for file in files.iter().filter(|file| file.name.ends_with(".cedar")) {
            for (id, policy) in parse(file)? {
                if let Some(first) = stated.get(&id) {
                    let Stated { place: taken, .. } = first;
                    return Err(IntentError::Duplicate { place: policy.place, id, taken: taken.clone() });
                }
                stated.insert(id, policy);
            }
        }
        validate(&schema, &stated)?;
        Ok(Self { schema, stated })
    }

    /// The policies of one kind.
    pub(super) fn set(&self, kind: impl Fn(&Stated) -> bool) -> Result<PolicySet, IntentError> {
        set(self.stated.values().filter(|stated| kind(stated)))
    }
}

impl Stated {
    /// `permit` or `forbid`.
    pub(super) fn effect(&self) -> &'static str {
        if self.is_forbid() { "forbid" } else { "permit" }
    }

    /// Whether it states a rule.
    pub(super) fn is_forbid(&self) -> bool {
        self.policy.effect() == Effect::Forbid
    }

    /// An annotation that must be there.
    pub(super) fn annotation(&self, name: &'static str) -> Result<&str, IntentError> {
        required(&self.policy, name, self.effect(), &self.place)
    }

    /// The data class that its scope names.
    pub(super) fn class(&self) -> Option<Box<str>> {
        let (ResourceConstraint::In(uid) | ResourceConstraint::IsIn(_, uid)) =
            self.policy.resource_constraint()
        else {
            return None;
        };
        (uid.type_name().to_string() == "Class").then(|| uid.id().unescaped().into())
    }
}

/// The schema: exactly one file.
fn schema(files: &[PolicyFile]) -> Result<Schema, IntentError> {
    let file = files.iter().find(|file| file.name.ends_with(".cedarschema")).ok_or(IntentError::NoSchema)?;
    match Schema::from_cedarschema_str(&file.text) {
        Ok((schema, _)) => Ok(schema),
        Err(error) => Err(syntax(file, &error)),
    }
}

/// The policies of one file under the ids that their annotations give them, in the order of the text.
fn parse(file: &PolicyFile) -> Result<Vec<(Box<str>, Stated)>, IntentError> {
    let parsed: PolicySet = match file.text.parse() {
        Ok(parsed) => parsed,
        Err(error) => return Err(syntax(file, &error)),
    };
    // Cedar keeps each policy's text as it was written, which is where its place is found again.
    let offset = |text: Option<String>| text.and_then(|text| file.text.find(&text)).unwrap_or_default();
    if let Some(template) = parsed.templates().next() {
        let place = Place::at(&file.name, &file.text, offset(Some(template.to_cedar())));
        return Err(IntentError::Template { place });
    }
    let mut policies: Vec<_> = parsed.policies().map(|policy| (offset(policy.to_cedar()), policy)).collect();
    policies.sort_by_key(|(offset, _)| *offset);
    policies
        .into_iter()
        .map(|(offset, policy)| state(policy, Place::at(&file.name, &file.text, offset)))
        .collect()
}

/// A policy under its own id.
fn state(policy: &Policy, place: Place) -> Result<(Box<str>, Stated), IntentError> {
    let effect = if policy.effect() == Effect::Forbid { "forbid" } else { "permit" };
    let id: Box<str> = required(policy, "id", effect, &place)?.into();
    if !is_kebab_case(&id) {
        return Err(IntentError::Id { place, id });
    }
    let posture = |uid: &EntityUid| uid.id().unescaped() == POSTURE;
    let is_posture = match policy.action_constraint() {
        ActionConstraint::Any => false,
        ActionConstraint::Eq(uid) => posture(&uid),
        ActionConstraint::In(uids) if uids.iter().any(posture) => {
            if uids.len() > 1 {
                return Err(IntentError::Mixed { place, id });
            }
            true
        }
        ActionConstraint::In(_) => false,
    };
    let policy = policy.new_id(PolicyId::new(&id));
    Ok((id, Stated { policy, place, is_posture }))
}

fn required<'p>(
    policy: &'p Policy,
    name: &'static str,
    effect: &'static str,
    place: &Place,
) -> Result<&'p str, IntentError> {
    let text = policy.annotation(name).map(str::trim).filter(|text| !text.is_empty());
    text.ok_or_else(|| IntentError::Annotation { place: place.clone(), effect, annotation: name })
}

fn is_kebab_case(id: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    id.split('-').all(word)
}

/// Cedar's strict validation. A warning counts as an error: a policy that can never apply guards nothing.
fn validate(schema: &Schema, stated: &BTreeMap<Box<str>, Stated>) -> Result<(), IntentError> {
    let result = Validator::new(schema.clone()).validate(&set(stated.values())?, ValidationMode::Strict);
    let errors = result.validation_errors().map(|error| (error.policy_id(), error as &dyn Diagnostic));
    let warnings =
        result.validation_warnings().map(|warning| (warning.policy_id(), warning as &dyn Diagnostic));
    let invalid = errors.chain(warnings).map(|(id, problem)| {
        let id: &str = id.as_ref();
        let place = stated.get(id).map(|policy| policy.place.clone());
        (place, id, problem)
    });
    let Some((place, id, problem)) = invalid.min_by(|(one, ..), (other, ..)| one.cmp(other)) else {
        return Ok(());
    };
    let place = place.unwrap_or_else(|| Place::at("", "", 0));
    Err(IntentError::Invalid { place, id: id.into(), message: problem.to_string(), help: help_of(problem) })
}

fn set<'a>(policies: impl Iterator<Item = &'a Stated>) -> Result<PolicySet, IntentError> {
    let policies = policies.map(|stated| stated.policy.clone());
    PolicySet::from_policies(policies).map_err(|error| IntentError::Facts { message: error.to_string() })
}

fn syntax(file: &PolicyFile, error: &(impl Diagnostic + Sized)) -> IntentError {
    let place = Place::at(&file.name, &file.text, offset_of(error));
    IntentError::Syntax { place, message: error.to_string(), help: help_of(error) }
}
