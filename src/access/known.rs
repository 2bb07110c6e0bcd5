//! What is known of a request before it is made: the keys whose values follow from who calls and what is called.

use crate::authorize::{Caller, Identity};
use crate::iam::{Condition, Context, ContextValue};

/// What is known of a key in all requests of a caller to a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known<'a> {
    /// It has this value.
    Value(&'a ContextValue),
    /// No request carries it.
    Absent,
    /// The caller, or chance, decides.
    Open,
}

/// The keys that a caller and a bucket fix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fixed {
    /// Their values.
    pub(super) values: Context,
    /// Tags of the principal that whoever assumes the role chooses.
    pub(super) chosen_tags: bool,
    /// Whether the tags of the principal are known at all.
    pub(super) unknown_tags: bool,
}

/// Keys that only requests of an AWS service in its own name carry: "this key is present only if the call is made directly by an AWS
/// service principal". (IAM User Guide, reference_policies_condition-keys)
const OF_SERVICES: &[&str] = &[
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
];

/// Keys that tell of the caller; whoever has none of the kind has no such key.
const OF_PRINCIPALS: &[&str] = &[
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:username",
];

impl Fixed {
    /// What is known of a key, given in lower case.
    pub(super) fn of<'f>(&'f self, caller: &Caller, key: &str) -> Known<'f> {
        let tag = key.starts_with("aws:principaltag/");
        if tag && self.chosen_tags {
            return Known::Open;
        }
        if let Some(value) = self.values.value(key) {
            return Known::Value(value);
        }
        let is_service = matches!(caller, Caller::Service(_));
        let is_outside = self.unknown_tags;
        match key {
            _ if OF_SERVICES.contains(&key) => {
                if is_service {
                    Known::Open
                } else {
                    Known::Absent
                }
            }
            "aws:principalarn" if is_outside => Known::Open,
            _ if OF_PRINCIPALS.contains(&key) => Known::Absent,
            _ if tag || key.starts_with("aws:principalorg") => {
                if is_outside {
                    Known::Open
                } else {
                    Known::Absent
                }
            }
            // "aws:userid" of a role's session ends in the name of the session; who has no account has none.
            "aws:userid" if caller.account().is_none() => Known::Absent,
            "aws:multifactorauthpresent"
            | "aws:multifactorauthage"
            | "aws:sourceidentity"
            | "aws:tokenissuetime"
                if caller.account().is_none() =>
            {
                Known::Absent
            }
            _ if key.starts_with("aws:resourcetag/") || key.starts_with("s3:buckettag/") => Known::Absent,
            _ if key.starts_with("aws:resourceorg") => Known::Absent,
            "s3:dataaccesspointarn" | "s3:dataaccesspointaccount" | "s3:accesspointnetworkorigin" => {
                Known::Absent
            }
            _ => Known::Open,
        }
    }
}

/// What becomes of a condition once what is known is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Folded {
    /// Every request meets it, or none does.
    Constant(bool),
    /// It depends on the request.
    Open(Condition),
    /// It compares two things that both depend on the request.
    Relational,
}

/// Folds a condition; `known` tells what is known of a key, `values` holds what is known.
pub(super) fn fold<'k>(condition: &Condition, values: &Context, known: &dyn Fn(&str) -> Known<'k>) -> Folded {
    let is_open = |key: &str| known(&key.to_ascii_lowercase()) == Known::Open;
    let Some(bound) = condition.bind(values, &is_open) else { return Folded::Relational };
    match known(&condition.key.to_ascii_lowercase()) {
        Known::Open => Folded::Open(bound),
        Known::Absent => Folded::Constant(bound.holds(&Context::new())),
        Known::Value(_) => Folded::Constant(bound.holds(values)),
    }
}

/// Whether a caller is a session of a role, whose user id ends as the session is named.
pub(super) fn is_session(caller: &Caller) -> bool {
    matches!(caller, Caller::Account { identity: Identity::Role(_) | Identity::Session { .. }, .. })
}
