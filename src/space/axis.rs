//! Axes: a condition key, or keys that depend on one another, with one value for each combination of answers.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::bits::Bits;
use super::keys::{self, Family, Kind};
use super::values::Asked;
use super::{Limits, TooMany};
use crate::iam::{Condition, Context, ContextValue, Glob};

/// What can be told apart of one key, or of keys that depend on one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// The values of the keys; a key that is not among them is absent. The most usual first.
    pub values: Vec<Values>,
    /// For each of them, the conditions that hold, by their place.
    pub holds: Vec<Bits>,
}

/// Keys in lower case, with what a request carries for them.
pub type Values = Box<[(Box<str>, ContextValue)]>;

/// Whether requests carry a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// All do, as far as other keys allow.
    Always,
    /// Some do.
    Sometimes,
    /// None does.
    Never,
}

/// What is known of the requests beforehand.
pub trait Frame {
    /// Whether requests carry a key, given in lower case.
    fn presence(&self, key: &str) -> Presence;
    /// What every value of the key matches.
    fn universe(&self, key: &str) -> Option<&Glob>;
    /// Whether a VPC or VPC endpoint is looked at elsewhere.
    fn is_elsewhere(&self, id: &str) -> bool;
    /// The moment of the evidence, in RFC 3339.
    fn now(&self) -> &str;
}

/// Nothing is known beforehand: anything is possible that the keys themselves allow.
#[derive(Debug, Clone, Copy)]
pub struct Anything;

impl Frame for Anything {
    fn presence(&self, key: &str) -> Presence {
        match key {
            "aws:securetransport" | "aws:currenttime" | "object-key" => Presence::Always,
            _ => Presence::Sometimes,
        }
    }
    fn universe(&self, _key: &str) -> Option<&Glob> {
        None
    }
    fn is_elsewhere(&self, _id: &str) -> bool {
        false
    }
    fn now(&self) -> &'static str {
        "2026-01-01T00:00:00Z"
    }
}

/// A family, or a key that has none.
type Named = (Option<Family>, String);

/// The families of keys that conditions mention, as the places of the conditions: each makes one axis.
#[must_use]
pub fn families(conditions: &[&Condition]) -> Vec<Vec<usize>> {
    let mut found: Vec<(Named, Vec<usize>)> = vec![];
    for (place, condition) in conditions.iter().enumerate() {
        let key = condition.key.to_ascii_lowercase();
        let family = keys::family(&key);
        let name = (family, if family.is_some() { String::new() } else { key });
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, places)) => places.push(place),
            None => found.push((name, vec![place])),
        }
    }
    found.into_iter().map(|(_, places)| places).collect()
}

impl Axis {
    /// The axis of one family: conditions without variables, on keys that belong together.
    ///
    /// # Errors
    /// There is more to tell apart than the limits allow, or something that is not understood.
    pub fn cut(conditions: &[&Condition], frame: &dyn Frame, limits: Limits) -> Result<Self, TooMany> {
        let mut names: BTreeSet<String> =
            conditions.iter().map(|condition| condition.key.to_ascii_lowercase()).collect();
        let family = names.first().and_then(|key| keys::family(key));
        names.extend(family.iter().flat_map(|family| keys::implied(*family)).map(|key| (*key).to_owned()));
        let mut members = vec![];
        for key in &names {
            members.push(member(key, conditions, frame, limits)?);
        }
        let mut axis = Self { values: vec![], holds: vec![] };
        let mut seen = FxHashSet::default();
        let mut tried = 0;
        each(&members, &mut vec![], &mut |values| {
            tried += 1;
            if tried > limits.minterms * 16 {
                return Err(TooMany);
            }
            if !is_possible(family, &names, values, frame) {
                return Ok(());
            }
            let context: Context = values.iter().map(|(key, value)| (&**key, value.clone())).collect();
            let holds: Bits = (0..conditions.len())
                .filter(|at| conditions.get(*at).is_some_and(|c| c.holds(&context)))
                .collect();
            if seen.insert(holds.clone()) {
                if axis.values.len() >= limits.minterms {
                    return Err(TooMany);
                }
                axis.values.push(values.into());
                axis.holds.push(holds);
            }
            Ok(())
        })?;
        Ok(axis)
    }
}

/// A key with all that a request may carry for it; none stands for its absence.
struct Member {
    key: Box<str>,
    values: Vec<Option<ContextValue>>,
}

fn member(
    key: &str,
    conditions: &[&Condition],
    frame: &dyn Frame,
    limits: Limits,
) -> Result<Member, TooMany> {
    let presence = frame.presence(key);
    let mut values = vec![];
    if presence != Presence::Always || keys::family(key) == Some(Family::Network) {
        values.push(None);
    }
    if presence != Presence::Never {
        // A moment is one, in whichever notation it is asked for.
        let is_asked = |condition: &&Condition| {
            keys::family(key) == Some(Family::Time) || condition.key.eq_ignore_ascii_case(key)
        };
        let asked: Vec<&Condition> = conditions.iter().copied().filter(is_asked).collect();
        let values_of_key =
            Asked { key, conditions: &asked, universe: frame.universe(key), now: frame.now() }
                .values(limits)?;
        let elements = distinct(&names_of_tags(key, conditions), values_of_key, &asked, key);
        match keys::kind(key) {
            Kind::Texts => values.extend(subsets(&elements, limits)?),
            _ => values.extend(elements.into_iter().map(|value| Some(ContextValue::One(value)))),
        }
    }
    // What a request usually has comes first: an address and TLS, but no header that nobody needs.
    if !keys::usual(key).is_empty() && presence == Presence::Always {
        values.sort_by_key(Option::is_none);
    }
    Ok(Member { key: key.into(), values })
}

/// The keys of the tags that conditions ask for, where `key` lists the keys of all.
fn names_of_tags(key: &str, conditions: &[&Condition]) -> Vec<Box<str>> {
    let prefix = match key {
        keys::OBJECT_TAG_KEYS => keys::OBJECT_TAG,
        keys::TAG_KEYS => keys::REQUEST_TAG,
        _ => return vec![],
    };
    let named = |condition: &&Condition| {
        let start = condition.key.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix));
        start.and_then(|_| condition.key.get(prefix.len()..)).map(Into::into)
    };
    let names: BTreeSet<Box<str>> = conditions.iter().filter_map(named).collect();
    names.into_iter().collect()
}

/// Of values that all conditions treat alike, the first; those that other keys ask for are kept in any case.
fn distinct(kept: &[Box<str>], values: Vec<Box<str>>, conditions: &[&Condition], key: &str) -> Vec<Box<str>> {
    let mut seen = FxHashSet::default();
    let mut fresh = |value: &str| {
        let mut context = Context::new();
        context.set_one(key, value);
        let holds: Vec<bool> = conditions.iter().map(|condition| condition.holds(&context)).collect();
        seen.insert(holds)
    };
    // Of addresses and identities that are looked at elsewhere, the others must not be left out: they may be told apart there.
    let apart = matches!(key, keys::SOURCE_VPCE | keys::SOURCE_VPC | keys::CURRENT_TIME | keys::EPOCH_TIME);
    let others = values.into_iter().filter(|value| !kept.contains(value) && (apart || fresh(value)));
    kept.iter().cloned().chain(others).collect()
}

/// Every set of values but the empty one, which is as good as absence.
fn subsets(elements: &[Box<str>], limits: Limits) -> Result<Vec<Option<ContextValue>>, TooMany> {
    if elements.len() >= 16 || 1 << elements.len() > limits.minterms {
        return Err(TooMany);
    }
    let chosen = |set: usize| elements.iter().enumerate().filter(move |(at, _)| set >> at & 1 == 1);
    Ok((1..1usize << elements.len())
        .map(|set| Some(ContextValue::Many(chosen(set).map(|(_, value)| value.clone()).collect())))
        .collect())
}

/// What is done with a combination of values.
type Visit<'v> = dyn FnMut(&[(Box<str>, ContextValue)]) -> Result<(), TooMany> + 'v;

/// Calls `visit` with every combination of values, in order.
fn each(
    members: &[Member],
    chosen: &mut Vec<(Box<str>, ContextValue)>,
    visit: &mut Visit<'_>,
) -> Result<(), TooMany> {
    let Some((member, others)) = members.split_first() else { return visit(chosen) };
    for value in &member.values {
        let depth = chosen.len();
        chosen.extend(value.iter().map(|value| (member.key.clone(), value.clone())));
        each(others, chosen, visit)?;
        chosen.truncate(depth);
    }
    Ok(())
}

/// Whether a request can carry these values together.
fn is_possible(
    family: Option<Family>,
    names: &BTreeSet<String>,
    values: &[(Box<str>, ContextValue)],
    frame: &dyn Frame,
) -> bool {
    let value = |key: &str| values.iter().find(|(known, _)| **known == *key).map(|(_, value)| value);
    let one = |key: &str| value(key).and_then(|value| value.elements().first()).map(|value| &**value);
    let has = |key: &str| value(key).is_some();
    match family {
        None => true,
        // "aws:SourceIp [...] is not available in requests through a VPC endpoint; use aws:VpcSourceIp", and such a request has
        // both the endpoint and its VPC. (IAM User Guide, reference_policies_condition-keys)
        Some(Family::Network) => {
            let endpoint = has(keys::SOURCE_VPCE);
            let elsewhere = [keys::SOURCE_VPCE, keys::SOURCE_VPC]
                .iter()
                .filter_map(|key| one(key))
                .any(|id| frame.is_elsewhere(id));
            let address = has(keys::SOURCE_IP) || frame.presence(keys::SOURCE_IP) != Presence::Always;
            let beyond =
                names.iter().map(String::as_str).filter(|key| !keys::implied(Family::Network).contains(key));
            !elsewhere
                && endpoint == has(keys::SOURCE_VPC)
                && if endpoint { !has(keys::SOURCE_IP) } else { address && !beyond.into_iter().any(has) }
                && (!endpoint || has(keys::VPC_SOURCE_IP) || !names.contains(keys::VPC_SOURCE_IP))
        }
        // "aws:CalledVia [...] is present when a service makes requests on behalf of the principal", which is when aws:ViaAWSService
        // is true.
        Some(Family::Forwarding) => {
            let forwarded = one(keys::VIA_SERVICE) == Some("true");
            names.iter().filter(|key| key.starts_with(keys::CALLED_VIA)).all(|key| has(key) == forwarded)
        }
        Some(Family::Transport) => one(keys::SECURE_TRANSPORT) == Some("true") || !has(keys::TLS_VERSION),
        Some(Family::Time) => match (one(keys::CURRENT_TIME), one(keys::EPOCH_TIME)) {
            (Some(moment), Some(epoch)) => {
                moment.parse::<jiff::Timestamp>().is_ok_and(|at| at.as_second().to_string() == *epoch)
            }
            _ => true,
        },
        Some(Family::Factor) => {
            one(keys::FACTOR) == Some("true") || !names.iter().any(|key| key != keys::FACTOR && has(key))
        }
        Some(Family::ObjectTags) => tags_agree(names, keys::OBJECT_TAG, keys::OBJECT_TAG_KEYS, value),
        Some(Family::RequestTags) => tags_agree(names, keys::REQUEST_TAG, keys::TAG_KEYS, value),
    }
}

/// Whether the keys of tags are those of the tags: where the keys are looked at, a tag is there if and only if its key is.
fn tags_agree<'v>(
    names: &BTreeSet<String>,
    tag: &str,
    tag_keys: &str,
    value: impl Fn(&str) -> Option<&'v ContextValue>,
) -> bool {
    if !names.contains(tag_keys) {
        return true;
    }
    let listed = value(tag_keys).map_or(&[][..], ContextValue::elements);
    names.iter().filter_map(|name| Some((name, name.strip_prefix(tag)?))).all(|(name, key)| {
        value(name).is_some() == listed.iter().any(|listed| listed.eq_ignore_ascii_case(key))
    })
}
