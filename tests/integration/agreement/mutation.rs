//! Cases of the corpus with one thing changed.

use serde_json::{Value, json};

use super::vocabulary::{ACTIONS, OTHER, OWNER, PRINCIPALS};

const LAYERS: &[&str] = &[
    "identityPolicies",
    "serviceControlPolicies",
    "resourceControlPolicies",
    "resourcePolicy",
    "permissionBoundaryPolicies",
    "sessionPolicy",
    "vpcEndpointPolicies",
    "additionalSettings",
];

/// The changes of a case, each with its name. Of the principals each case takes some, by its number, and the next case others.
pub(super) fn mutations(number: usize, case: &Value) -> Vec<(String, Value)> {
    let mut found = vec![];
    for layer in LAYERS.iter().filter(|layer| case.get(**layer).is_some()) {
        let mut changed = case.clone();
        changed.as_object_mut().expect("an object").remove(*layer);
        found.push((format!("without {layer}"), changed));
    }
    for setting in members(&case["additionalSettings"]["s3"]) {
        let mut changed = case.clone();
        changed["additionalSettings"]["s3"].as_object_mut().expect("an object").remove(&setting);
        found.push((format!("without {setting}"), changed));
    }
    for key in members(&case["request"]["contextVariables"]) {
        let context = |change: &dyn Fn(&mut Value)| {
            let mut changed = case.clone();
            change(&mut changed["request"]["contextVariables"]);
            changed
        };
        let without = context(&|keys| drop(keys.as_object_mut().expect("an object").remove(&key)));
        found.push((format!("without {key}"), without));
        found.push((format!("another {key}"), context(&|keys| keys[&key] = json!("another"))));
        found
            .push((format!("{key} in a list"), context(&|keys| keys[&key] = json!([keys[&key], "another"]))));
    }
    for principal in PRINCIPALS.iter().skip(number % 5).step_by(5) {
        let mut changed = case.clone();
        changed["request"]["principal"] = json!(principal);
        found.push((format!("by {principal}"), changed));
    }
    for (action, _) in ACTIONS.iter().filter(|(action, _)| acts_alike(action, case)) {
        let mut changed = case.clone();
        changed["request"]["action"] = json!(action);
        found.push((format!("for {action}"), changed));
    }
    let mut flipped = case.clone();
    if flip(&mut flipped) {
        found.push(("with Effects flipped".to_owned(), flipped));
    }
    for account in [OWNER, OTHER] {
        let mut changed = case.clone();
        changed["request"]["resource"]["accountId"] = json!(account);
        found.push((format!("owned by {account}"), changed));
    }
    found
}

fn members(object: &Value) -> Vec<String> {
    object.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default()
}

/// Whether an action acts on the same kind of resource as the case's own.
fn acts_alike(action: &str, case: &Value) -> bool {
    let kind = |action: &str| {
        let on = ACTIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(action)).map(|(_, on)| on[0]);
        on.map(|arn| (arn.split(':').nth(2), arn.contains('/')))
    };
    let own = case["request"]["action"].as_str().and_then(kind);
    own.is_some() && own == kind(action)
}

/// Makes every Allow a Deny and every Deny an Allow; whether there was any.
fn flip(value: &mut Value) -> bool {
    let mut any = false;
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member.as_str()) {
                    ("Effect", Some("Allow")) => *member = json!("Deny"),
                    ("Effect", Some("Deny")) => *member = json!("Allow"),
                    _ => {
                        any |= flip(member);
                        continue;
                    }
                }
                any = true;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| any |= flip(item)),
        _ => {}
    }
    any
}
