//! Policy documents: reading them, and which of their statements apply to a request.

use serde_json::Value;

use super::condition::{self, Line};
use super::context::Context;
use super::glob::{self, Reading};
use super::json;
use super::principal::{self, Caller, Naming};

/// Where a document hangs decides which elements it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// Identity policies, boundaries, session policies, SCPs: "identity policies have no Principal" (rule 8).
    Identity,
    /// Bucket, key, access point and endpoint policies, RCPs.
    Resource,
    /// "trust policies have no Resource" (rule 8).
    Trust,
}

#[derive(Debug)]
pub(super) struct Statement {
    pub(super) allow: bool,
    pub(super) principal: Option<Value>,
    pub(super) not_principal: Option<Value>,
    pub(super) lines: Vec<Line>,
    /// Rule 15: "Variables exist only under Version 2012-10-17".
    pub(super) variables: bool,
    actions: Patterns,
    /// None in a trust policy.
    resources: Option<Patterns>,
}

/// The entries of Action and NotAction, or of Resource and NotResource.
#[derive(Debug)]
struct Patterns {
    entries: Vec<String>,
    negated: bool,
}

pub(super) fn read(document: &Value, place: Place) -> Result<Vec<Statement>, String> {
    if !document.is_object() {
        return Err(format!("{document} is not a policy document."));
    }
    let variables = match json::optional_text(document, "Version")?.as_deref() {
        Some("2012-10-17") => true,
        None | Some("2008-10-17") => false,
        Some(other) => {
            return Err(format!("\"{other}\" is not a Version of the policy language."));
        }
    };
    match document.get("Statement") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|item| statement(item, place, variables)).collect(),
        Some(single) => Ok(vec![statement(single, place, variables)?]),
    }
}

fn statement(item: &Value, place: Place, variables: bool) -> Result<Statement, String> {
    let allow = match json::text(item, "Effect")?.as_str() {
        "Allow" => true,
        "Deny" => false,
        other => return Err(format!("\"{other}\" is not an Effect.")),
    };
    let actions =
        patterns(item, "Action", "NotAction")?.ok_or("A statement has neither Action nor NotAction.")?;
    let resources = patterns(item, "Resource", "NotResource")?;
    match (place, resources.is_some()) {
        (Place::Trust, true) => return Err("A trust policy has no Resource.".to_owned()),
        (Place::Identity | Place::Resource, false) => {
            return Err("A statement has neither Resource nor NotResource.".to_owned());
        }
        _ => (),
    }
    let principal = json::given(item, "Principal").cloned();
    let not_principal = json::given(item, "NotPrincipal").cloned();
    if principal.is_some() && not_principal.is_some() {
        return Err("A statement has both Principal and NotPrincipal.".to_owned());
    }
    if place == Place::Identity && (principal.is_some() || not_principal.is_some()) {
        return Err("A policy of an identity has no Principal.".to_owned());
    }
    for element in principal.iter().chain(&not_principal) {
        principal::entries(element)?;
    }
    let lines = condition::lines(item.get("Condition"))?;
    Ok(Statement { allow, principal, not_principal, lines, variables, actions, resources })
}

fn patterns(item: &Value, positive: &str, negative: &str) -> Result<Option<Patterns>, String> {
    match (item.get(positive), item.get(negative)) {
        (Some(_), Some(_)) => Err(format!("A statement has both {positive} and {negative}.")),
        (Some(entries), None) => Ok(Some(Patterns { entries: json::one_or_many(entries)?, negated: false })),
        (None, Some(entries)) => Ok(Some(Patterns { entries: json::one_or_many(entries)?, negated: true })),
        (None, None) => Ok(None),
    }
}

/// Everything about a request that a statement can ask for.
pub(super) struct Asked<'a> {
    pub(super) caller: &'a Caller,
    pub(super) action: &'a str,
    pub(super) context: &'a Context,
    pub(super) canonical_id: Option<&'a str>,
    /// Does the caller have a permissions boundary?
    pub(super) boundary: bool,
}

/// What the statements of a policy say about a request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) deny: bool,
    /// The closest naming among the Allows that apply; Direct where policies have no Principal.
    pub(super) allow: Option<Naming>,
}

impl Seen {
    pub(super) fn allows(&self) -> bool {
        self.allow.is_some()
    }
}

/// `arns` are the names of the one resource of the request: through an access point it has two.
pub(super) fn look(
    documents: &[&Value],
    place: Place,
    asked: &Asked,
    arns: &[String],
) -> Result<Seen, String> {
    let mut seen = Seen::default();
    for document in documents {
        for statement in read(document, place)? {
            let Some(naming) = applies(&statement, place, asked, arns)? else {
                continue;
            };
            // Rule 1: "an applicable Deny in ANY policy wins".
            if !statement.allow {
                seen.deny = true;
            } else if Some(naming) > seen.allow {
                seen.allow = Some(naming);
            }
        }
    }
    Ok(seen)
}

fn applies(
    statement: &Statement,
    place: Place,
    asked: &Asked,
    arns: &[String],
) -> Result<Option<Naming>, String> {
    let naming = match place {
        Place::Identity => Some(Naming::Direct),
        Place::Resource | Place::Trust => naming(statement, asked)?,
    };
    let wanted = action_fits(&statement.actions, asked.action)
        && fits_names(statement, arns, asked)
        && condition::holds(&statement.lines, asked.context, statement.variables);
    Ok(naming.filter(|_| wanted))
}

/// Through an access point a resource has two names, and the guides do not say which of them the policies of the caller's side must
/// use. The reading that grants more: an Allow may use either, a Deny must cover both.
fn fits_names(statement: &Statement, arns: &[String], asked: &Asked) -> bool {
    let mut fits = arns.iter().map(|arn| resource_fits(statement, arn, asked.context));
    if statement.allow { fits.any(|fits| fits) } else { fits.all(|fits| fits) }
}

fn naming(statement: &Statement, asked: &Asked) -> Result<Option<Naming>, String> {
    let (caller, id) = (asked.caller, asked.canonical_id);
    if let Some(element) = &statement.principal {
        return principal::closest(element, caller, id);
    }
    if let Some(element) = &statement.not_principal {
        let out = if statement.allow {
            principal::left_out_by_allow(element, caller, id)?
        } else {
            principal::spared_by_deny(element, caller, id, asked.boundary)?
        };
        return Ok((!out).then_some(Naming::Direct));
    }
    // Rule 8: "A statement in a resource policy without Principal matches nobody".
    Ok(None)
}

fn action_fits(patterns: &Patterns, action: &str) -> bool {
    patterns.entries.iter().any(|pattern| glob::action_matches(pattern, action)) != patterns.negated
}

fn resource_fits(statement: &Statement, arn: &str, context: &Context) -> bool {
    let Some(patterns) = &statement.resources else {
        return true;
    };
    let reading = Reading { variables: statement.variables, wildcards: true };
    // Rule 15: "in Resource/NotResource the entry matches nothing (so a NotResource entry excludes nothing)".
    let fits = |pattern: &String| {
        glob::expand(pattern, reading, context).is_some_and(|tokens| glob::matches(&tokens, arn))
    };
    patterns.entries.iter().any(fits) != patterns.negated
}
