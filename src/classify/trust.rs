//! Whom a role's trust policy lets in.

use super::decision::Test;
use crate::estate::{Fact, Role};
use crate::iam::{Document, Effect, Element, Glob, PrincipalId, Principals};

/// Whether the trust policy lets in someone through a matching identity provider.
pub(super) fn lets_in_provider(role: &Role, provider: &Glob) -> Test {
    let document = document(role)?;
    let found = trusted(document).any(|element| match element {
        Some(Element::Is(principals)) => principals.ids.iter().any(|id| match id {
            PrincipalId::Federated(name) => provider.matches(name),
            _ => false,
        }),
        // Everyone but those listed: other providers too.
        Some(Element::IsNot(_)) => true,
        None => false,
    });
    if found { Ok(true) } else { whole(document).map(|()| false) }
}

/// Whether the trust policy lets in AWS services, and nobody else.
///
/// Its Deny statements and conditions could only narrow this down, and are not weighed.
pub(super) fn lets_in_services_only(role: &Role) -> Test {
    let document = document(role)?;
    let mut lets_in_any = false;
    for element in trusted(document) {
        match element {
            Some(Element::Is(principals)) => {
                if !principals.ids.iter().all(|id| matches!(id, PrincipalId::Service(_))) {
                    return Ok(false);
                }
                lets_in_any |= !principals.ids.is_empty();
            }
            Some(Element::IsNot(_)) => return Ok(false),
            None => {}
        }
    }
    whole(document).map(|()| lets_in_any)
}

/// The principals of the statements that allow.
fn trusted(document: &Document) -> impl Iterator<Item = Option<&Element<Principals>>> {
    let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    allows.map(|statement| statement.principal.as_ref())
}

fn document(role: &Role) -> Result<&Document, Box<str>> {
    match &role.assume_role_policy_document {
        Fact::Known(policy) => Ok(policy.document()),
        Fact::Unread(why) => Err(format!("the trust policy: {why}").into()),
    }
}

/// A statement that could not be understood may let in anyone.
fn whole(document: &Document) -> Result<(), Box<str>> {
    document.faults.first().map_or(Ok(()), |fault| Err(format!("the trust policy: {fault}").into()))
}
