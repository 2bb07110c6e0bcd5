//! What is known of the keys that a caller and a bucket leave open.

use rustc_hash::FxHashSet;

use super::known::is_session;
use super::site::{Site, Way};
use super::subject::{Standing, Subject};
use crate::authorize::Caller;
use crate::iam::{Action, Catalogue, Glob};
use crate::space::{Frame, Presence, is_in_every_request};

/// The circumstances of requests, as far as classes can differ by them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Circumstances {
    kind: Kind,
    /// The endpoint and the VPC that all requests come from.
    endpoint: Option<(Box<str>, Box<str>)>,
    /// What every value of a key matches.
    universes: Vec<(Box<str>, Glob)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Session,
    User,
    Stranger,
    Service,
    Anonymous,
}

impl Circumstances {
    /// Those of a subject that calls something else than S3.
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        Self { kind: Kind::of(subject), endpoint: None, universes: subject.universes.clone() }
    }

    /// Those of a subject at a site; `mentions` tells whether a key matters at all.
    pub(super) fn new(subject: &Subject<'_>, site: &Site<'_>, mentions: impl Fn(&str) -> bool) -> Self {
        let kind = Kind::of(subject);
        let endpoint = match site.way {
            Way::Endpoint(endpoint) => Some((endpoint.vpc_endpoint_id.clone(), endpoint.vpc_id.clone())),
            _ => None,
        };
        let mut universes: Vec<(Box<str>, Glob)> =
            subject.universes.iter().filter(|(key, _)| mentions(key)).cloned().collect();
        // The network keys are cut together: where one is asked for, the others have no other values than these.
        if let Way::Endpoint(endpoint) = site.way {
            universes.push(("aws:sourcevpce".into(), Glob::literal(&endpoint.vpc_endpoint_id)));
            universes.push(("aws:sourcevpc".into(), Glob::literal(&endpoint.vpc_id)));
        }
        Self { kind, endpoint, universes }
    }
}

impl Kind {
    fn of(subject: &Subject<'_>) -> Self {
        match (&subject.caller, subject.standing) {
            (Caller::Anonymous, _) => Self::Anonymous,
            (Caller::Service(_), _) => Self::Service,
            (_, Standing::Outside(_) | Standing::Unread(_) | Standing::Federated) => Self::Stranger,
            (caller, _) if is_session(caller) => Self::Session,
            _ => Self::User,
        }
    }
}

/// The circumstances of the requests for one action.
pub(super) struct Lens<'l> {
    pub(super) circumstances: &'l Circumstances,
    pub(super) action: &'l Action,
    pub(super) endpoints: &'l FxHashSet<Box<str>>,
    pub(super) now: &'l str,
}

impl Frame for Lens<'_> {
    fn presence(&self, key: &str) -> Presence {
        if !Catalogue::get().can_carry(self.action, key) {
            return Presence::Never;
        }
        let through = self.circumstances.endpoint.is_some();
        match (key, self.circumstances.kind) {
            ("aws:sourceip", _) if through => Presence::Never,
            ("aws:sourcevpce" | "aws:sourcevpc", _) if through => Presence::Always,
            // A service calls from wherever AWS runs it.
            ("aws:sourceip", Kind::Service) => Presence::Sometimes,
            ("aws:sourceip", _) => Presence::Always,
            // Services call directly; what is forwarded is the customer's own request.
            (
                "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast",
                Kind::Service | Kind::Anonymous,
            ) => Presence::Never,
            ("aws:userid", Kind::Session | Kind::User | Kind::Stranger) => Presence::Always,
            ("aws:principalarn", Kind::Stranger) => Presence::Always,
            _ if is_in_every_request(key) => Presence::Always,
            _ => Presence::Sometimes,
        }
    }

    fn universe(&self, key: &str) -> Option<&Glob> {
        self.circumstances.universes.iter().find(|(known, _)| **known == *key).map(|(_, glob)| glob)
    }

    fn is_elsewhere(&self, id: &str) -> bool {
        self.circumstances.endpoint.is_none() && self.endpoints.contains(id)
    }

    fn now(&self) -> &str {
        self.now
    }
}
