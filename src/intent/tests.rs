use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::*;
use crate::estate::{Fact, PublicAccessBlock, Unread};
use crate::finding::{RuleKind, Severity};
use crate::iam::{Action, Catalogue};

/// The bundled rules, loaded once.
fn intent() -> &'static Intent {
    static INTENT: LazyLock<Intent> =
        LazyLock::new(|| Intent::bundled().expect("the bundled rules are sound"));
    &INTENT
}

fn dataset(class: &str) -> DatasetFacts {
    specimen::dataset(class).expect("a specimen")
}

fn role(access_role: &str) -> PrincipalFacts {
    specimen::role(access_role).expect("a specimen")
}

/// What is wrong with a folder that has the bundled schema and this policy.
fn problem(policy: &str) -> String {
    let files =
        [PolicyFile::bundled(&BUNDLED[0]), PolicyFile { name: "mine.cedar".into(), text: policy.into() }];
    Intent::load(&files).expect_err("a policy that is not sound").to_string()
}

fn permit(id: &str, rest: &str) -> String {
    format!("@id({id:?}) @title(\"T\") permit (principal, action, resource) {rest};\n")
}

fn posture(intent: &Intent, dataset: &DatasetFacts) -> Vec<(String, Judgement)> {
    let verdicts = intent.judge_dataset(dataset).expect("a verdict");
    verdicts.into_iter().map(|verdict| (verdict.rule.id.to_string(), verdict.judgement)).collect()
}

fn violated(intent: &Intent, requester: Requester<'_>, action: &str, dataset: &DatasetFacts) -> Vec<String> {
    let action = Action::parse(action).expect("an action");
    let context = specimen::context();
    let request = AccessRequest { requester, action: &action, dataset, context: &context };
    let verdict = intent.judge_request(&request).expect("a verdict");
    assert_eq!(verdict.permitted, verdict.violated.is_empty(), "{verdict:?}");
    verdict.violated.iter().map(|rule| rule.id.to_string()).collect()
}

#[test]
fn the_bundled_rules_are_sorted_named_and_explained() {
    let intent = intent();
    assert!(intent.rules().is_sorted_by(|one, other| one.id < other.id));
    for rule in intent.rules() {
        assert!(
            intent.page(&rule.id).is_some_and(|page| page.contains("```example")),
            "no page: {}",
            rule.id
        );
        for text in [&rule.title, &rule.why, &rule.remedy] {
            assert!(text.starts_with(|c: char| c.is_uppercase()), "{}: {text}", rule.id);
        }
    }
    let unsanctioned = intent.rule(UNSANCTIONED_ACCESS).expect("the rule");
    assert_eq!((unsanctioned.kind, unsanctioned.severity), (RuleKind::Access, Severity::Medium));
    let versioned = intent.rule("models-not-versioned").expect("the rule");
    assert_eq!((versioned.kind, versioned.class.as_deref()), (RuleKind::Posture, Some("models")));
    assert!(versioned.controls.0.contains_key("security-hub"));
}

#[test]
fn every_rule_is_mapped_to_standards_and_every_mapping_is_of_a_rule() {
    let mut rules = intent().rules().to_vec();
    rules::add_controls(&mut rules, &PolicyFile::bundled(&CONTROLS), true)
        .expect("a mapping of rules that exist");
    let unmapped: Vec<_> =
        rules.iter().filter(|rule| rule.controls.is_empty()).map(|rule| rule.id.to_string()).collect();
    assert_eq!(unmapped, ["unread-evidence"], "what could not be read speaks to no item");
}

#[test]
fn a_compliant_configuration_has_no_verdicts() {
    let intent = intent();
    for class in ["team", "features", "datasets", "pipeline", "models", ""] {
        assert_eq!(posture(intent, &dataset(class)), [], "{class}");
    }
    assert_eq!(intent.judge_principal(&role("data-scientist")), Ok(vec![]));
}

#[test]
fn every_rule_that_is_broken_is_named() {
    let bare = DatasetFacts {
        versioning: Fact::Known("Never".into()),
        public_access_block: Fact::Known(PublicAccessBlock {
            restrict_public_buckets: false,
            ..PublicAccessBlock::ALL
        }),
        missing_lineage: Fact::Known(BTreeSet::from(["git-commit".into()])),
        ..dataset("models")
    };
    let violated = ["model-lineage-missing", "models-not-versioned", "public-access-not-blocked"];
    assert_eq!(posture(intent(), &bare), violated.map(|rule| (rule.to_owned(), Judgement::Violated)));
}

#[test]
fn a_rule_that_comes_to_read_what_is_not_known_is_undecided() {
    let intent = intent();
    let refused = || Unread::Refused("AccessDenied".into());
    let unread = |class| DatasetFacts { versioning: Fact::Unread(refused()), ..dataset(class) };
    let undecided = Judgement::Undecided { unread: vec!["versioning"] };
    let rules = ["models-not-versioned", "versioning-suspended"];
    assert_eq!(posture(intent, &unread("models")), rules.map(|rule| (rule.to_owned(), undecided.clone())));
    // The rules of other classes do not come to read it.
    assert_eq!(posture(intent, &unread("team")), []);
    // Object Lock protects the versions, whatever else does.
    let locked = DatasetFacts { mfa_delete: Fact::Unread(refused()), ..dataset("models") };
    assert_eq!(posture(intent, &locked), []);
}

#[test]
fn asking_whether_an_unknown_attribute_is_there_does_not_let_it_pass() {
    let rule = r#"
        @id("untagged") @severity("low") @title("T") @why("W") @remedy("R")
        forbid (principal, action == Action::"posture", resource is Dataset) unless { resource.hasTag("owner") };"#;
    let files =
        [PolicyFile::bundled(&BUNDLED[0]), PolicyFile { name: "mine.cedar".into(), text: rule.into() }];
    let intent = Intent::load(&files).expect("a sound rule");
    let tagged = |tags| DatasetFacts { tags, ..dataset("team") };
    let judgement = |tags| posture(&intent, &tagged(tags)).pop().map(|(_, judgement)| judgement);
    assert_eq!(judgement(Fact::Known(BTreeMap::from([("owner".into(), "me".into())]))), None);
    assert_eq!(judgement(Fact::Known(BTreeMap::new())), Some(Judgement::Violated));
    assert_eq!(judgement(Fact::default()), Some(Judgement::Undecided { unread: vec!["tags"] }));
}

#[test]
fn a_named_entity_is_told_apart_and_others_are_not() {
    let rule = r#"
        @id("one-team") @severity("low") @title("T") @why("W") @remedy("R")
        forbid (principal, action == Action::"posture", resource in Team::"vision");
        @id("one-unit") @severity("low") @title("T") @why("W") @remedy("R")
        forbid (principal, action == Action::"posture", resource in OrgUnit::"r-abcd");"#;
    let files =
        [PolicyFile::bundled(&BUNDLED[0]), PolicyFile { name: "mine.cedar".into(), text: rule.into() }];
    let intent = Intent::load(&files).expect("sound rules");
    let of = |team: &str| DatasetFacts { team: Some(team.into()), ..dataset("team") };
    let ids =
        |dataset: &DatasetFacts| posture(&intent, dataset).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(ids(&of("vision")), ["one-team", "one-unit"]);
    assert_eq!(ids(&of("speech")), ["one-unit"]);
}

#[test]
fn access_is_judged_by_permits_and_named_forbids() {
    let intent = intent();
    let scientist = role("data-scientist");
    let stranger = PrincipalFacts { team: Some("speech".into()), ..scientist.clone() };
    let nobody = role("");
    let person = PrincipalFacts { human: true, ..role("pipeline") };
    let as_principal = Requester::Principal;
    let cases: &[(Requester<'_>, &str, &str, &[&str])] = &[
        (as_principal(&scientist), "s3:GetObject", "team", &[]),
        (as_principal(&stranger), "s3:GetObject", "team", &["team-data-outside-team"]),
        (as_principal(&stranger), "s3:GetObject", "features", &[]),
        (as_principal(&scientist), "s3:PutObject", "features", &["features-written-by-others"]),
        (as_principal(&nobody), "s3:GetObject", "datasets", &["unsanctioned-access"]),
        (as_principal(&nobody), "s3:GetBucketPolicy", "datasets", &[]),
        (as_principal(&person), "s3:PutObject", "pipeline", &["human-in-pipeline"]),
        (as_principal(&person), "s3:PutObject", "models", &["models-written-by-others"]),
        (Requester::Anonymous, "s3:GetObject", "models", &["public-access"]),
        (Requester::Service("sagemaker.amazonaws.com"), "s3:GetObject", "models", &["unsanctioned-access"]),
        (Requester::Service("cloudtrail.amazonaws.com"), "s3:PutObject", "models", &[]),
        (
            as_principal(&nobody),
            "s3:putlifecycleconfiguration",
            "models",
            &["bucket-configured-by-others", "model-version-deletable"],
        ),
    ];
    for (requester, action, class, expected) in cases {
        assert_eq!(violated(intent, *requester, action, &dataset(class)), *expected, "{action} {class}");
    }
}

#[test]
fn an_action_that_the_schema_does_not_have_is_an_error() {
    let (action, context) = (Action::parse("s3:CreateJob").expect("an action"), specimen::context());
    let dataset = dataset("team");
    let request = AccessRequest {
        requester: Requester::Anonymous,
        action: &action,
        dataset: &dataset,
        context: &context,
    };
    assert_eq!(intent().judge_request(&request), Err(IntentError::UnknownAction("s3:CreateJob".into())));
}

#[test]
fn a_request_that_rests_on_what_is_not_known_is_neither_permitted_nor_violated() {
    let policy = r#"
        @id("once-versioned") @title("T")
        permit (principal, action in Action::"read", resource) when { resource.versioning == "Enabled" };"#;
    let files =
        [PolicyFile::bundled(&BUNDLED[0]), PolicyFile { name: "mine.cedar".into(), text: policy.into() }];
    let intent = Intent::load(&files).expect("a sound rule");
    let dataset = DatasetFacts { versioning: Fact::default(), ..dataset("team") };
    let (action, context) = (Action::parse("s3:GetObject").expect("an action"), specimen::context());
    let requester = Requester::Anonymous;
    let request = AccessRequest { requester, action: &action, dataset: &dataset, context: &context };
    let verdict = intent.judge_request(&request).expect("a verdict");
    assert!(!verdict.permitted && verdict.violated.is_empty());
    assert_eq!(verdict.unread, ["versioning"]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let forbid =
        |annotations: &str, rest: &str| format!("{annotations} forbid (principal, action, resource) {rest};");
    let whole = r#"@id("a") @severity("low") @title("T") @why("W") @remedy("R")"#;
    let cases = [
        ("permit (principal".to_owned(), "mine.cedar:1:18: unexpected end of input"),
        (format!("\n{}", forbid("", "")), "mine.cedar:2:2: this forbid has no @id"),
        (permit("A b", ""), "mine.cedar:1:1: \"A b\" is no id"),
        (
            permit("a", "") + &permit("a", "when { true }"),
            "mine.cedar:2:1: the id \"a\" is taken: mine.cedar:1:1",
        ),
        (
            forbid(r#"@id("a") @severity("low") @title("T") @why("W")"#, ""),
            "mine.cedar:1:1: this forbid has no @remedy",
        ),
        (forbid(&whole.replace("low", "grave"), ""), "mine.cedar:1:1: \"grave\" is no severity"),
        (permit("a", "when { principal.nmae == \"\" }"), "mine.cedar:1:1: policy \"a\": for policy `a`"),
        (permit("a", "when { resource is Team }"), "mine.cedar:1:1: policy \"a\": for policy `a`"),
        (
            permit("a", "").replace("principal,", "principal == ?principal,"),
            "mine.cedar:1:1: this policy has a slot",
        ),
        (
            permit("a", "").replace("action,", "action in [Action::\"posture\", Action::\"read\"],"),
            "mine.cedar:1:1: policy \"a\" speaks of configuration and of requests at once",
        ),
        (forbid(&whole.replace("\"a\"", "\"unsanctioned-access\""), ""), "mine.cedar:1:1: the id"),
    ];
    for (policy, expected) in cases {
        let problem = problem(&policy);
        assert!(problem.starts_with(expected), "{policy}\n{problem}");
    }
}

#[test]
fn a_schema_that_asks_for_more_than_is_known_is_refused() {
    let (name, schema) = BUNDLED[0];
    let load = |schema: String| Intent::load(&[PolicyFile { name: name.into(), text: schema.into() }]);
    let without_policies = load(schema.to_owned()).expect("a schema alone");
    assert_eq!(without_policies.rules().len(), 9);
    assert!(without_policies.page(UNSANCTIONED_ACCESS).is_some());
    let demanding = load(schema.replace("  mfaDelete: Bool,", "  mfaDelete: Bool, owner: String,"));
    assert!(matches!(demanding, Err(IntentError::Schema { .. })), "{demanding:?}");
    assert!(matches!(load("entity".to_owned()), Err(IntentError::Syntax { .. })));
    assert!(matches!(Intent::load(&[]), Err(IntentError::NoSchema)));
}

/// Actions of the catalogue that act on no bucket, object or access point, by what they act on.
const OTHER_RESOURCES: &[(&str, &str)] = &[
    ("accessgrant", "belongs to the account, not to one data set"),
    ("accessgrantsinstance", "belongs to the account, not to one data set"),
    ("accessgrantslocation", "belongs to the account, not to one data set"),
    ("job", "does what the role does that is passed to it"),
    ("multiregionaccesspoint", "which buckets stand behind it is not part of the evidence"),
    ("multiregionaccesspointrequestarn", "which buckets stand behind it is not part of the evidence"),
    ("objectlambdaaccesspoint", "which bucket stands behind it is not part of the evidence"),
    ("storagelensconfiguration", "sums only"),
    ("storagelensgroup", "sums only"),
];

/// Actions without a resource type that act on an access point all the same.
const ON_ACCESS_POINTS: &[&str] = &["GetAccessPoint", "PutAccessPointPublicAccessBlock"];

/// Actions that are left out though they act on a bucket.
const LEFT_OUT: &[(&str, &str)] = &[("CreateBucket", "the buckets that are judged are there already")];

#[test]
fn the_schema_has_every_action_on_buckets_objects_and_access_points() {
    let mut expected = BTreeSet::new();
    for action in Catalogue::get().actions_of("s3") {
        let name = action.name.trim_start_matches("s3:");
        let types: Vec<&str> = action.resources.iter().map(|kind| &**kind).collect();
        let ours = |kind: &&str| ["bucket", "object", "accesspoint", "accesspointobject"].contains(kind);
        let listed = |kind: &&str| ours(kind) || OTHER_RESOURCES.iter().any(|(other, _)| other == kind);
        assert!(types.iter().all(listed), "{name} acts on something new: {types:?}");
        let left_out = LEFT_OUT.iter().any(|(left_out, _)| *left_out == name);
        if !left_out && (types.iter().any(ours) || ON_ACCESS_POINTS.contains(&name)) {
            expected.insert(name);
        }
    }
    assert_eq!(intent().actions().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn what_looks_alike_is_judged_once() {
    let intent = Intent::bundled().expect("the bundled rules are sound");
    for number in 0..1_000 {
        let name: Box<str> = format!("n{number}").into();
        let team = Some(name.clone());
        let principal =
            PrincipalFacts { arn: name.clone(), name: name.clone(), team, ..role("data-scientist") };
        assert_eq!(intent.judge_principal(&principal), Ok(vec![]));
        let dataset = DatasetFacts { bucket: name.clone(), prefix: name, ..dataset("models") };
        assert_eq!(intent.judge_dataset(&dataset), Ok(vec![]));
    }
    assert_eq!(intent.posture.judged(), 2);
}
