//! Random simulations: the vocabulary, recombined in every layer.

use serde_json::{Map, Value, json};

use super::draw::Tape;
use super::vocabulary::{
    ACTION_PATTERNS, ACTIONS, CANONICAL, KEYS, Key, MANAGEMENT, NAMED, OBJECTS, OTHER, OTHER_FAMILIES, OWNER,
    PRINCIPALS, RESOURCE_PATTERNS, SETS, TEXT_OPERATORS, TEXTS,
};

/// A simulation.
pub(super) fn draw(tape: &mut Tape<'_>) -> Value {
    let principal = *tape.pick(PRINCIPALS);
    let (action, resources) = *tape.pick(ACTIONS);
    let resource = *tape.pick(resources);
    let account = account_of(tape, resource);
    let mut simulation = json!({
        "request": {
            "principal": principal,
            "action": action,
            "resource": {"resource": resource, "accountId": account},
            "contextVariables": context(tape, principal),
        },
        "identityPolicies": policies(tape, Place::Identity),
    });
    let trust = action == "sts:AssumeRole";
    if tape.comes(70) {
        simulation["resourcePolicy"] = policy(tape, if trust { Place::Trust } else { Place::Resource });
    }
    if is_personal(principal) && tape.comes(20) {
        simulation["permissionBoundaryPolicies"] = policies(tape, Place::Identity);
    }
    if is_personal(principal) && tape.comes(20) {
        simulation["sessionPolicy"] = policy(tape, Place::Identity);
    }
    if tape.comes(15) {
        simulation["vpcEndpointPolicies"] = policies(tape, Place::Resource);
    }
    if tape.comes(20) {
        simulation["serviceControlPolicies"] = levels(tape, Place::Identity);
    }
    if tape.comes(20) {
        simulation["resourceControlPolicies"] = levels(tape, Place::Resource);
    }
    if tape.comes(50) {
        simulation["additionalSettings"]["organization"] = json!({"managementAccountId": MANAGEMENT});
    }
    if action.starts_with("s3:") {
        simulation["additionalSettings"]["s3"] = storage(tape, principal, account);
    }
    simulation
}

fn account_of<'a>(tape: &mut Tape<'_>, resource: &'a str) -> &'a str {
    match resource.split(':').nth(4) {
        Some(account) if !account.is_empty() => account,
        _ => tape.pick::<&str>(&[OWNER, OWNER, OTHER, MANAGEMENT]),
    }
}

/// Users, roles and their sessions: who can have a boundary or a session policy.
fn is_personal(principal: &str) -> bool {
    principal.starts_with("arn:") && !principal.ends_with(":root")
}

fn context(tape: &mut Tape<'_>, principal: &str) -> Value {
    let mut context = Map::new();
    if principal.ends_with("assumed-role/train/night") && tape.comes(70) {
        context.insert("aws:PrincipalArn".to_owned(), json!("arn:aws:iam::111111111111:role/ml/train"));
    }
    let singles: Vec<&Key> = TEXTS.iter().chain(OTHER_FAMILIES.iter().flat_map(|(_, keys)| *keys)).collect();
    for _ in 0..tape.below(5) {
        let (key, values, asked) = tape.pick(&singles);
        let values = if values.is_empty() { asked } else { values };
        context.insert((*key).to_owned(), json!(tape.pick(values)));
    }
    for _ in 0..tape.below(3) {
        let (key, values, _) = tape.pick(SETS);
        let values: Vec<&str> = (0..tape.below(3)).map(|_| *tape.pick(values)).collect();
        context.insert((*key).to_owned(), json!(values));
    }
    Value::Object(context)
}

/// Where a policy hangs decides which elements it has.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Identity,
    Resource,
    Trust,
}

fn policies(tape: &mut Tape<'_>, place: Place) -> Value {
    (0..=tape.below(2)).map(|_| json!({"name": "p", "policy": policy(tape, place)})).collect()
}

fn levels(tape: &mut Tape<'_>, place: Place) -> Value {
    let all = match place {
        Place::Identity => json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        _ => json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}),
    };
    let level = |tape: &mut Tape<'_>| {
        let mut policies = vec![];
        if tape.comes(80) {
            policies.push(json!({"name": "Full", "policy": {"Version": "2012-10-17", "Statement": [all]}}));
        }
        if tape.comes(60) {
            policies.push(json!({"name": "p", "policy": policy(tape, place)}));
        }
        json!({"orgIdentifier": "r-1", "policies": policies})
    };
    (0..=tape.below(2)).map(|_| level(tape)).collect()
}

fn policy(tape: &mut Tape<'_>, place: Place) -> Value {
    let version = *tape.pick(&["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"]);
    let statements: Vec<Value> = (0..=tape.below(2)).map(|_| statement(tape, place)).collect();
    json!({"Version": version, "Statement": statements})
}

fn statement(tape: &mut Tape<'_>, place: Place) -> Value {
    let mut statement = json!({"Effect": tape.pick(&["Allow", "Allow", "Allow", "Deny"])});
    if place != Place::Identity && tape.comes(97) {
        let element = if tape.comes(12) { "NotPrincipal" } else { "Principal" };
        statement[element] = principals(tape);
    }
    let element = if tape.comes(8) { "NotAction" } else { "Action" };
    statement[element] = some_of(tape, ACTION_PATTERNS);
    if place != Place::Trust {
        let element = if tape.comes(8) { "NotResource" } else { "Resource" };
        statement[element] = some_of(tape, RESOURCE_PATTERNS);
    }
    if tape.comes(45) {
        let mut conditions = Map::new();
        for _ in 0..=tape.below(2) {
            let (operator, key, values) = condition(tape);
            conditions.insert(operator, json!({key: values}));
        }
        statement["Condition"] = Value::Object(conditions);
    }
    statement
}

fn principals(tape: &mut Tape<'_>) -> Value {
    if tape.comes(25) {
        return json!("*");
    }
    let mut kinds = Map::new();
    for _ in 0..=tape.below(3) {
        let (kind, name) = *tape.pick(NAMED);
        let names = kinds.entry(kind).or_insert_with(|| json!([]));
        names.as_array_mut().expect("a list").push(json!(name));
    }
    Value::Object(kinds)
}

/// Half the time the first, which is everything; else one or two of the others.
fn some_of(tape: &mut Tape<'_>, patterns: &[&str]) -> Value {
    if !tape.comes(55) {
        return json!(patterns[0]);
    }
    let some: Vec<&str> = (0..=tape.below(2)).map(|_| *tape.pick(patterns)).collect();
    json!(some)
}

fn condition(tape: &mut Tape<'_>) -> (String, &'static str, Value) {
    let (mut operator, (key, _, asked), of_set) = match tape.below(10) {
        0..5 => ((*tape.pick(TEXT_OPERATORS)).to_owned(), *tape.pick(TEXTS), false),
        5..8 => {
            let (operators, keys) = *tape.pick(OTHER_FAMILIES);
            ((*tape.pick(operators)).to_owned(), *tape.pick(keys), false)
        }
        _ => ((*tape.pick(TEXT_OPERATORS)).to_owned(), *tape.pick(SETS), true),
    };
    if tape.comes(12) {
        return ("Null".to_owned(), key, json!(tape.pick(&["true", "false"])));
    }
    let quantifiers =
        if of_set { &["ForAnyValue:", "ForAllValues:", ""] } else { &["", "", "ForAllValues:"] };
    if tape.comes(if of_set { 90 } else { 10 }) {
        operator.insert_str(0, tape.pick::<&str>(quantifiers));
    }
    if tape.comes(20) {
        operator.push_str("IfExists");
    }
    let values: Vec<&str> = (0..=tape.below(2)).map(|_| *tape.pick(asked)).collect();
    (operator, key, json!(values))
}

/// `additionalSettings.s3`.
fn storage(tape: &mut Tape<'_>, principal: &str, owner: &str) -> Value {
    let mut s3 = json!({});
    let account = principal.split(':').nth(4);
    if let Some((_, id)) = CANONICAL.iter().find(|(owner, _)| account == Some(owner)) {
        s3["principalCanonicalId"] = json!(id);
    }
    if tape.comes(20) {
        s3["bucketAbacEnabled"] = json!(true);
    }
    if tape.comes(25) {
        let flags = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
        let some = flags.iter().map(|flag| ((*flag).to_owned(), json!(tape.comes(60)))).collect();
        s3["blockPublicAccess"] = Value::Object(some);
    }
    if tape.comes(30) {
        let list = *tape.pick(&["objectAcl", "acl"]);
        s3[list] = acl(tape, owner);
        if tape.comes(30) {
            s3["objectOwnership"] = json!(tape.pick(&["ObjectWriter", "BucketOwnerEnforced"]));
        }
    }
    if tape.comes(20) {
        s3["accessPoint"] = access_point(tape);
    }
    if tape.comes(25) {
        s3["kmsKey"] = key(tape);
    }
    s3
}

fn acl(tape: &mut Tape<'_>, owner: &str) -> Value {
    let owner = CANONICAL.iter().find(|(account, _)| *account == owner).map_or("79a59d000000", |(_, id)| id);
    let grant = |tape: &mut Tape<'_>| {
        let grantee = match tape.below(4) {
            0 => json!({"Type": "CanonicalUser", "ID": tape.pick(&CANONICAL).1}),
            group => {
                let name = ["global/AllUsers", "global/AuthenticatedUsers", "s3/LogDelivery"][group - 1];
                json!({"Type": "Group", "URI": format!("http://acs.amazonaws.com/groups/{name}")})
            }
        };
        json!({"Grantee": grantee, "Permission": tape.pick(&["READ", "WRITE", "FULL_CONTROL", "WRITE_ACP", "READ_ACP"])})
    };
    json!({"Owner": {"ID": owner}, "Grants": (0..=tape.below(2)).map(|_| grant(tape)).collect::<Vec<_>>()})
}

fn access_point(tape: &mut Tape<'_>) -> Value {
    let account = *tape.pick(&[OWNER, OTHER]);
    let mut point = json!({"arn": format!("arn:aws:s3:eu-west-1:{account}:accesspoint/ap")});
    if tape.comes(80) {
        point["policy"] = policy(tape, Place::Resource);
    }
    if tape.comes(30) {
        point["networkOrigin"] = json!("VPC");
        point["vpcId"] = json!("vpc-1");
    }
    point
}

fn key(tape: &mut Tape<'_>) -> Value {
    let mut key = json!({"arn": tape.pick(KEYS), "bucketKey": tape.comes(40)});
    if tape.comes(85) {
        key["policy"] = policy(tape, Place::Resource);
    }
    if tape.comes(40) {
        let mut grant = json!({
            "GranteePrincipal": tape.pick(NAMED.split_at(1).1).1,
            "Operations": tape.pick(&[["Decrypt", "GenerateDataKey"], ["Encrypt", "CreateGrant"]]),
        });
        if tape.comes(40) {
            let constraint = *tape.pick(&["EncryptionContextEquals", "EncryptionContextSubset"]);
            grant["Constraints"] =
                json!({constraint: {"aws:s3:arn": tape.pick(&["arn:aws:s3:::acme-data", OBJECTS[0]])}});
        }
        key["grants"] = json!([grant]);
    }
    key
}
