//! The search over all requests, against the oracle over every request of a small world.
//!
//! Random policies over a tiny alphabet. For each action: where the search finds a request, the oracle, which shares no code with
//! it, must allow that request; where it finds none, the oracle must refuse every request of the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade::access::{
    Cell, Decider, Goal, Goals, Ground, Region, Requests, Site, Subject, data_actions, replay,
};
use palisade::estate::{Account, Estate, Scope};
use palisade::iam::Condition;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::{Map, Value, json};

use crate::oracle;

/// How many worlds are made.
const WORLDS: u64 = 500;

const HOME: &str = "111111111111";
const ABROAD: &str = "222222222222";
pub(crate) const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"];

/// A source of choices that is the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % end as u64).expect("small")
    }

    pub(crate) fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

/// What a world is made of.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) identity: Value,
    pub(crate) boundary: Option<Value>,
    pub(crate) bucket: Option<Value>,
    abroad: bool,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        // At most two kinds of conditions in one world: every request of it can then be tried.
        let kinds = [dice.below(KINDS), dice.below(KINDS)];
        let abroad = dice.below(3) == 0;
        let mut document = |most: usize, principal: bool| {
            let statements: Vec<Value> =
                (0..=dice.below(most)).map(|_| statement(&mut dice, principal, &kinds)).collect();
            json!({"Version": "2012-10-17", "Statement": statements})
        };
        let identity = document(3, false);
        let boundary = document(2, false);
        let bucket = document(3, true);
        let boundary = (dice.below(4) == 0).then_some(boundary);
        let bucket = (abroad || dice.below(3) > 0).then_some(bucket);
        Self { identity, boundary, bucket, abroad }
    }

    fn account(&self) -> &'static str {
        if self.abroad { ABROAD } else { HOME }
    }

    fn role(&self) -> String {
        format!("arn:aws:iam::{}:role/tester", self.account())
    }

    pub(crate) fn estate(&self) -> Estate {
        let role = json!({
            "Path": "/", "RoleName": "tester", "RoleId": "AROATESTER00000000", "Arn": self.role(),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": self.identity}],
            "AttachedManagedPolicies": [],
            "Tags": [{"Key": "team", "Value": "a"}],
            "PermissionsBoundary": self.boundary.as_ref().map(|_| json!({"PermissionsBoundaryArn": "arn:aws:iam::0:policy/b"})),
        });
        let boundary = self.boundary.as_ref().map(|document| {
            json!({
                "Arn": "arn:aws:iam::0:policy/b", "DefaultVersionId": "v1",
                "PolicyVersionList": [{"Document": document, "VersionId": "v1"}],
            })
        });
        let details = |roles: Vec<Value>| {
            json!({
                "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles,
                "Policies": boundary.iter().collect::<Vec<_>>(),
            })
        };
        let bucket = json!({
            "Name": "b", "Region": "eu-west-1", "Policy": self.bucket, "Encryption": null, "PublicAccessBlock": null,
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, "Acl": null, "Tags": [],
        });
        let account = |id: &str, roles: Vec<Value>, buckets: Vec<Value>| -> Account {
            let account = json!({
                "AccountId": id, "AuthorizationDetails": details(roles), "PublicAccessBlock": null,
                "Buckets": buckets, "AccessPoints": [], "KmsKeys": [], "VpcEndpoints": [], "Errors": [],
            });
            serde_json::from_str(&account.to_string()).expect("an account")
        };
        let mut estate = Estate::unread("2026-06-01T00:00:00Z".into(), "aws".into(), Scope::default());
        estate.organization = palisade::estate::Fact::Known(None);
        let own = if self.abroad { vec![] } else { vec![role.clone()] };
        estate.add_account(account(HOME, own, vec![bucket]));
        if self.abroad {
            estate.add_account(account(ABROAD, vec![role], vec![]));
        }
        estate
    }

    /// A request of the world as a simulation.
    pub(crate) fn simulation(&self, action: &str, key: Option<&str>, context: &[(&str, Value)]) -> Value {
        let resource = key.map_or("arn:aws:s3:::b".to_owned(), |key| format!("arn:aws:s3:::b/{key}"));
        let mut keys: Map<String, Value> =
            context.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        keys.insert("aws:PrincipalTag/team".to_owned(), json!("a"));
        keys.insert("aws:RequestedRegion".to_owned(), json!("eu-west-1"));
        keys.entry("aws:CurrentTime").or_insert(json!("2026-06-01T00:00:00Z"));
        let mut simulation = json!({
            "request": {
                "principal": self.role(), "action": action,
                "resource": {"resource": resource, "accountId": HOME},
                "contextVariables": keys,
            },
            "identityPolicies": [{"name": "p", "policy": self.identity}],
        });
        if let Some(bucket) = &self.bucket {
            simulation["resourcePolicy"] = bucket.clone();
        }
        if let Some(boundary) = &self.boundary {
            simulation["permissionBoundaryPolicies"] = json!([{"name": "b", "policy": boundary}]);
        }
        simulation
    }

    fn mentions(&self, key: &str) -> bool {
        let all = json!([self.identity, self.boundary, self.bucket]).to_string().to_ascii_lowercase();
        all.contains(&key.to_ascii_lowercase())
    }
}

fn statement(dice: &mut Dice, principal: bool, kinds: &[usize]) -> Value {
    let mut statement = json!({"Effect": dice.of(&["Allow", "Allow", "Deny"])});
    let actions = ["s3:*", "s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:Get*", "s3:*Object", "*"];
    let element = dice.of(&["Action", "Action", "Action", "NotAction"]);
    statement[element] = json!([dice.of(&actions), dice.of(&actions)]);
    let resources = [
        "*",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/a*",
        "arn:aws:s3:::b/?",
        "arn:aws:s3:::*/a",
        "arn:aws:s3:::b*b",
        "arn:aws:s3:::b/${aws:PrincipalTag/team}*",
        "arn:aws:s3:::b/a/*",
        "arn:aws:s3:::c/*",
        "arn:aws:s3:::*a*",
    ];
    let element = dice.of(&["Resource", "Resource", "Resource", "NotResource"]);
    statement[element] = json!([dice.of(&resources), dice.of(&resources)]);
    if principal {
        let everyone = json!("*");
        let named = |text: &str| json!({"AWS": text});
        let roles = ["arn:aws:iam::111111111111:role/tester", "arn:aws:iam::222222222222:role/tester"];
        statement["Principal"] =
            dice.of(&[everyone, named(HOME), named(ABROAD), named(roles[0]), named(roles[1])]);
    }
    if dice.below(2) == 0 {
        let kind = dice.of(kinds);
        let (operator, key, values) = condition(dice, kind);
        statement["Condition"] = json!({operator: {key: values}});
    }
    statement
}

const KINDS: usize = 9;

/// A condition of one of the kinds.
fn condition(dice: &mut Dice, kind: usize) -> (&'static str, &'static str, Value) {
    let truth = json!(dice.of(&["true", "false"]));
    match kind {
        0 => (dice.of(&["Bool", "BoolIfExists"]), "aws:SecureTransport", truth),
        1 => {
            let ranges =
                [json!("10.0.0.0/8"), json!(["10.0.0.0/24", "10.1.0.0/16"]), json!("203.0.113.0/24")];
            (dice.of(&["IpAddress", "NotIpAddress", "IpAddressIfExists"]), "aws:SourceIp", dice.of(&ranges))
        }
        2 => {
            let operators =
                ["StringEquals", "StringNotEquals", "StringNotEqualsIfExists", "StringEqualsIfExists"];
            (dice.of(&operators), "aws:SourceVpce", dice.of(&[json!("vpce-1"), json!(["vpce-1", "vpce-2"])]))
        }
        3 => {
            let operators = ["StringLike", "StringNotLike", "StringEquals", "StringLikeIfExists"];
            (
                dice.of(&operators),
                "s3:prefix",
                dice.of(&[json!("a*"), json!(["", "b"]), json!("${aws:PrincipalTag/team}")]),
            )
        }
        4 => (dice.of(&["Null"]), dice.of(&["s3:prefix", "s3:ExistingObjectTag/t", "aws:SourceVpce"]), truth),
        5 => {
            let operators =
                ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringEqualsIfExists"];
            (
                dice.of(&operators),
                "s3:ExistingObjectTag/t",
                dice.of(&[json!("x"), json!(["X", "y"]), json!("y")]),
            )
        }
        6 => {
            let operators =
                ["NumericLessThan", "NumericGreaterThanEquals", "NumericEquals", "NumericLessThanIfExists"];
            (dice.of(&operators), "s3:max-keys", dice.of(&[json!("10"), json!("20"), json!(["10", "20"])]))
        }
        7 => {
            let moments = [json!("2026-06-01T00:00:00Z"), json!("2026-07-01T00:00:00Z")];
            (dice.of(&["DateLessThan", "DateGreaterThanEquals"]), "aws:CurrentTime", dice.of(&moments))
        }
        _ => {
            let operators = [
                "ForAnyValue:StringEquals",
                "ForAllValues:StringEquals",
                "ForAnyValue:StringNotEquals",
                "ForAllValues:StringLike",
            ];
            (
                dice.of(&operators),
                "s3:RequestObjectTagKeys",
                dice.of(&[json!("k"), json!(["k", "l"]), json!("k*")]),
            )
        }
    }
}

/// Every circumstance of the world that the policies can tell apart, and more.
pub(crate) fn contexts(world: &World, action: &str) -> Vec<Vec<(&'static str, Value)>> {
    let mut all: Vec<Vec<(&'static str, Value)>> = vec![vec![]];
    let mut multiply = |ways: Vec<Vec<(&'static str, Value)>>| {
        all = all
            .iter()
            .flat_map(|one| ways.iter().map(move |way| [one.clone(), way.clone()].concat()))
            .collect();
    };
    multiply(["true", "false"].map(|tls| vec![("aws:SecureTransport", json!(tls))]).into());
    if world.mentions("aws:source") {
        let mut ways: Vec<_> = ["10.0.0.9", "10.1.0.1", "10.2.0.0", "203.0.113.7", "198.51.100.1"]
            .map(|ip| vec![("aws:SourceIp", json!(ip))])
            .into();
        ways.extend(
            ["vpce-1", "vpce-2", "vpce-3"]
                .map(|id| vec![("aws:SourceVpce", json!(id)), ("aws:SourceVpc", json!("vpc-9"))]),
        );
        multiply(ways);
    } else {
        multiply(vec![vec![("aws:SourceIp", json!("203.0.113.7"))]]);
    }
    let mut optional = |key: &'static str, values: Vec<Value>| {
        if world.mentions(key) {
            multiply(
                std::iter::once(vec![]).chain(values.into_iter().map(|value| vec![(key, value)])).collect(),
            );
        }
    };
    if action == "s3:ListBucket" {
        optional("s3:prefix", ["", "a", "ab", "b", "c"].map(|text| json!(text)).into());
        optional("s3:max-keys", ["5", "10", "15", "20", "25"].map(|text| json!(text)).into());
    }
    if action == "s3:GetObject" {
        optional("s3:ExistingObjectTag/t", ["x", "X", "y", "z"].map(|text| json!(text)).into());
    }
    if action == "s3:PutObject" {
        optional(
            "s3:RequestObjectTagKeys",
            vec![
                json!(["k"]),
                json!(["l"]),
                json!(["m"]),
                json!(["k", "l"]),
                json!(["k", "m"]),
                json!(["k1"]),
            ],
        );
    }
    optional(
        "aws:CurrentTime",
        ["2026-05-31T23:59:59Z", "2026-06-15T00:00:00Z", "2026-08-01T00:00:00Z"]
            .map(|text| json!(text))
            .into(),
    );
    all
}

pub(crate) fn keys(action: &str) -> Vec<Option<String>> {
    if action == "s3:ListBucket" {
        return vec![None];
    }
    let one = ["a", "b", "/"];
    let two = one.iter().flat_map(|first| one.iter().map(move |second| format!("{first}{second}")));
    one.iter()
        .map(|text| (*text).to_owned())
        .chain(two)
        .chain(["a/a", "a/b"].map(str::to_owned))
        .map(Some)
        .collect()
}

/// What the search finds for each action: over TLS or not, and in particular without TLS.
pub(crate) fn found(world: &World) -> BTreeMap<(String, bool), Option<Value>> {
    let estate = world.estate();
    let ground = Ground::new(&estate);
    let (account, bucket) = estate.bucket("b").expect("the bucket");
    let site = Site::direct(&ground, account, bucket);
    let tester = estate.principals().next().expect("the role");
    let subject = Subject::principal(&ground, tester);
    let condition = Condition::parse("Bool", "aws:SecureTransport", &["true"]).expect("a condition");
    let place =
        |name: &str| data_actions().iter().position(|data| data.action.as_str() == name).expect("an action");
    let goal = |name: &str, cells| Goal { actions: [place(name)].into_iter().collect(), cells };
    let goals = ACTIONS
        .iter()
        .flat_map(|name| [goal(name, None), goal(name, Some(vec![vec![(0, false)]]))])
        .collect();
    let goals = Arc::new(Goals { conditions: vec![Arc::new(condition)], goals });
    let region = Arc::new(Region { prefix: "".into(), except: Box::default() });
    let mut decider = Decider::new(&ground);
    let class = decider.class(&subject, &site, (0, 0));
    let answer = decider.decide((&class, Requests::Allowed), &subject, &site, &goals, &region);
    assert!(answer.undecided.is_empty());
    let simulation = |cell: &Cell| {
        let witness = replay(&subject, &site, cell).expect("a request");
        assert!(witness.is_complete(), "{cell:?}");
        witness.simulation(&ground, &site)
    };
    let asked = ACTIONS.iter().flat_map(|name| [((*name).to_owned(), false), ((*name).to_owned(), true)]);
    asked
        .enumerate()
        .map(|(at, asked)| {
            (asked, answer.found.iter().find(|found| found.goal == at).map(|found| simulation(&found.cell)))
        })
        .collect()
}

#[test]
fn the_search_misses_nothing_and_invents_nothing() {
    let checked: Vec<(usize, usize)> = (0..WORLDS)
        .into_par_iter()
        .map(|seed| {
            let world = World::new(seed);
            let mut tried = 0;
            let mut allowed = 0;
            for ((action, plain), witness) in found(&world) {
                if let Some(simulation) = witness {
                    let decided = oracle::decide(&simulation);
                    assert_eq!(decided, Ok("Allowed"), "world {seed}, {action}: {simulation:#}");
                    if plain {
                        assert_eq!(simulation["request"]["contextVariables"]["aws:SecureTransport"], "false");
                    }
                    allowed += 1;
                    continue;
                }
                for context in contexts(&world, &action) {
                    if plain && context.contains(&("aws:SecureTransport", json!("true"))) {
                        continue;
                    }
                    for key in keys(&action) {
                        let simulation = world.simulation(&action, key.as_deref(), &context);
                        tried += 1;
                        assert_ne!(
                            oracle::decide(&simulation),
                            Ok("Allowed"),
                            "missed in world {seed}: {simulation:#}"
                        );
                    }
                }
            }
            (tried, allowed)
        })
        .collect();
    let (tried, allowed) = checked.iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    println!("{WORLDS} worlds: {allowed} witnesses confirmed, {tried} requests refused, 0 disagreements");
    assert!(allowed > 200 && tried > 10_000, "{allowed} {tried}");
}
