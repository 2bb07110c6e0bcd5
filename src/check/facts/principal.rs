//! The facts that posture rules ask about a user or role.

use std::sync::Arc;

use super::ground::Ground;
use crate::authorize::{Outsider, Way, may_reach_buckets, outsiders};
use crate::classify::{Classified, Kind};
use crate::estate::{Fact, PolicyDocument, Principal, PrincipalKind, Role, Unread};
use crate::intent::{AccountFacts, PrincipalFacts, PrincipalType};

/// The facts, and the outsiders that the trust policy lets in.
pub(crate) fn facts(
    ground: &Ground<'_>,
    classified: &Classified<'_>,
    principal: &Principal<'_>,
) -> (PrincipalFacts, Vec<Outsider>) {
    let outsiders =
        principal.as_role().map_or(Fact::Known(vec![]), |role| from_outside(ground, principal, role));
    let by = |way: Way| outsiders.map(|found| found.iter().any(|outsider| outsider.way == way));
    let facts = PrincipalFacts {
        kind: match principal.kind {
            PrincipalKind::Role(_) => PrincipalType::Role,
            PrincipalKind::User(_) => PrincipalType::User,
        },
        arn: principal.arn().into(),
        name: principal.name().into(),
        path: principal.path().into(),
        account: account(ground, principal),
        team: classified.team.map(Into::into),
        access_role: classified.access_role.unwrap_or_default().into(),
        human: classified.kind.may_be_human(),
        workload: classified.kind == Kind::Workload,
        service_linked: principal.path().starts_with("/aws-service-role/"),
        boundary: Fact::Known(principal.boundary_arn().is_some()),
        may_reach_data: may_reach_data(classified, principal, &outsiders),
        assumable_from_outside: by(Way::AssumeRole),
        assumable_by_unbound_oidc: by(Way::UnboundToken),
        tags: principal.tags().iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
    };
    let outsiders = match outsiders {
        Fact::Known(found) => found,
        Fact::Unread(_) => vec![],
    };
    (facts, outsiders)
}

/// Why a rule about a principal is undecided, in words.
pub(crate) fn why_unread(facts: &PrincipalFacts, attributes: &[&str]) -> Box<str> {
    let reason = |name: &&str| {
        let (what, why) = match *name {
            "boundary" => ("the permissions boundary", facts.boundary.unread()),
            "mayReachData" => ("whether the role reaches data", facts.may_reach_data.unread()),
            "assumableFromOutside" => {
                ("whom the trust policy lets in", facts.assumable_from_outside.unread())
            }
            "assumableByUnboundOidc" => {
                ("whose tokens the trust policy takes", facts.assumable_by_unbound_oidc.unread())
            }
            other => (other, None),
        };
        why.map_or_else(|| format!("{what} is not known"), |why| format!("{what} is not known: {why}"))
    };
    attributes.iter().map(reason).collect::<Vec<_>>().join("; ").into()
}

fn account(ground: &Ground<'_>, principal: &Principal<'_>) -> Arc<AccountFacts> {
    let id = principal.account_id();
    let alone = || AccountFacts { id, name: "".into(), units: vec![], organization: None };
    ground.around(id).map_or_else(|| Arc::new(alone()), |around| around.facts.clone())
}

fn from_outside(ground: &Ground<'_>, principal: &Principal<'_>, role: &Role) -> Fact<Vec<Outsider>> {
    role.assume_role_policy_document.and_then(|trust| {
        let around = ground.around(principal.account_id());
        let control = around.map_or(Fact::Known(vec![]), |around| around.resource_control.clone());
        let documents: Vec<_> =
            control.known().into_iter().flatten().map(|policy| policy.document()).collect();
        let found = outsiders(&ground.perimeter, role, trust.document(), &documents);
        let fault = trust.document().faults.first();
        match (found.is_empty(), fault, control.unread()) {
            // What could not be read of the trust policy may let someone in.
            (true, Some(fault), _) => Fact::Unread(Unread::Malformed(fault.to_string().into())),
            // What could not be read of the organization's policies may keep them out.
            (false, _, Some(why)) => Fact::Unread(why.clone()),
            _ => Fact::Known(found),
        }
    })
}

/// Whether the principal may reach the content of some bucket: it is classified as one that does, or its identity policies
/// allow something on buckets. Asked only where someone outside may become the principal; elsewhere no rule needs it.
fn may_reach_data(
    classified: &Classified<'_>,
    principal: &Principal<'_>,
    outsiders: &Fact<Vec<Outsider>>,
) -> Fact<bool> {
    if outsiders.known().is_some_and(Vec::is_empty) {
        return Fact::Known(false);
    }
    if classified.access_role.is_some() {
        return Fact::Known(true);
    }
    principal.identity_policies().and_then(|policies| {
        let documents: Vec<&PolicyDocument> = policies.iter().map(|(_, document)| *document).collect();
        let fault = documents.iter().flat_map(|document| &document.document().faults).next();
        match (documents.iter().any(|document| may_reach_buckets(document)), fault) {
            (false, Some(fault)) => Fact::Unread(Unread::Malformed(fault.to_string().into())),
            (may, _) => Fact::Known(may),
        }
    })
}
