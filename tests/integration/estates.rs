//! Whole organizations made at random: every witness of the audit holds, and no violation escapes it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use palisade::access::{Cell, Ground, Site, Subject, data_actions, replay};
use palisade::assess::{Options, audit};
use palisade::authorize::Outcome;
use palisade::authorize::simulation::Simulator;
use palisade::classify::{DataSet, Rules};
use palisade::estate::{Estate, Fact, Principal};
use palisade::finding::{Assessment, Verdict};
use palisade::iam::ContextValue;
use palisade::intent::{
    AccessContext, AccessRequest, AccountFacts, DatasetFacts, Intent, PrincipalFacts, PrincipalType,
    Requester,
};
use palisade::source::snapshot;
use serde_json::Value;

use crate::all_requests::Dice;
use crate::oracle;

/// How many organizations are made, and how many requests are drawn in each.
const ESTATES: u64 = 10;
const DRAWN: usize = 4_000;

/// An organization of six accounts, some of it careless.
pub(crate) fn generate(seed: u64, directory: &Path) -> Estate {
    write(seed, 8, directory);
    snapshot::read(directory, &|_, _| ()).expect("a snapshot")
}

/// Writes the snapshot of an organization of six accounts, some of it careless, with this many buckets each.
pub(crate) fn write(seed: u64, buckets: usize, directory: &Path) {
    let output = Command::new("python3")
        .arg("benches/estates/generate.py")
        .args(["--accounts", "6", "--roles", "30", "--buckets", &buckets.to_string(), "--sloppy", "0.2"])
        .args(["--seed", &seed.to_string(), "--out"])
        .arg(directory)
        .output()
        .expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn assess(estate: &Estate, rules: &Rules, intent: &Intent) -> Assessment {
    let options = Options { all_subjects: true, simulations: true };
    audit(estate, rules, intent, &options).expect("an assessment")
}

#[test]
fn every_witness_holds_and_no_violation_escapes() {
    let (rules, intent) = (Rules::bundled(), Intent::bundled().expect("the bundled rules"));
    let (mut witnesses, mut violating) = (0, 0);
    for seed in 0..ESTATES {
        let directory = tempfile::tempdir().expect("a directory");
        let estate = generate(seed, &directory.path().join("estate"));
        let assessment = assess(&estate, &rules, &intent);
        witnesses += check_witnesses(&assessment);
        violating += check_requests(seed, &estate, &rules, &intent, &assessment);
    }
    println!(
        "{ESTATES} organizations: {witnesses} witnesses confirmed twice, {violating} violating requests, all reported"
    );
    assert!(witnesses > 300 && violating > 300, "{witnesses} {violating}");
}

/// Access that is expected and does not work: its witness is refused.
const BROKEN: &str = "expected-access-broken";

/// The evaluator from the witness's JSON, and the oracle, allow every witness, or refuse it where it is said not to work; nothing is
/// undecided.
fn check_witnesses(assessment: &Assessment) -> usize {
    let mut simulator = Simulator::default();
    let of_access: Vec<_> =
        assessment.findings.iter().filter(|finding| !finding.actions.is_empty()).collect();
    for finding in &of_access {
        assert_eq!(finding.verdict, Verdict::Violated, "{:?}", finding.detail);
        let witness = finding.witness.as_ref().expect("a witness");
        let answer: Value = serde_json::to_value(simulator.run(&witness.to_string())).expect("JSON");
        let is_broken = *finding.rule == *BROKEN;
        let decision = answer["decision"].as_str().expect("a decision");
        assert_eq!(decision == "Allowed", !is_broken, "{} {witness:#}", finding.rule);
        assert_eq!(oracle::decide(witness), Ok(decision), "{} {witness:#}", finding.rule);
    }
    of_access.len()
}

/// What the audit says, as rule, data set, subject and action.
type Reported<'f> = BTreeSet<(&'f str, String, &'f str, &'f str)>;

/// Draws requests; each that AWS's logic allows and a rule forbids must be in a finding.
fn check_requests(
    seed: u64,
    estate: &Estate,
    rules: &Rules,
    intent: &Intent,
    assessment: &Assessment,
) -> usize {
    let mut reported: Reported<'_> = BTreeSet::new();
    for finding in &assessment.findings {
        let Some(dataset) = &finding.dataset else { continue };
        for subject in &finding.subjects {
            reported.extend(
                finding.actions.iter().map(|action| (&*finding.rule, dataset.name(), &**subject, &**action)),
            );
        }
    }
    let ground = Ground::new(estate);
    let datasets = rules.datasets(estate);
    let principals: Vec<Principal<'_>> = estate.principals().collect();
    let mut dice = Dice::new(seed);
    let mut violating = 0;
    for _ in 0..DRAWN {
        let set = &datasets.sets[dice.below(datasets.sets.len())];
        let at_home: Vec<&Principal<'_>> =
            principals.iter().filter(|principal| principal.account_id() == set.account.account_id).collect();
        let principal = if dice.below(4) > 0 {
            at_home[dice.below(at_home.len())]
        } else {
            &principals[dice.below(principals.len())]
        };
        let action = dice.below(data_actions().len());
        let data = &data_actions()[action];
        // What creates a bucket is no request for the data of one.
        if !intent.actions().any(|name| data.action.as_str() == format!("s3:{name}")) {
            continue;
        }
        let key = ["data.csv", "shared/x", "home/y/z", "published/a"][dice.below(4)];
        let tls = ["true", "true", "true", "false"][dice.below(4)];
        let cell = Cell {
            action,
            key: data.on_objects.then(|| key.into()),
            values: vec![("aws:securetransport".into(), ContextValue::One(tls.into()))],
        };
        let subject = Subject::principal(&ground, *principal);
        let site = Site::direct(&ground, set.account, set.bucket);
        let witness = replay(&subject, &site, &cell).expect("a request");
        if witness.decision.outcome != Outcome::Allowed {
            continue;
        }
        let broken = (BROKEN, set_name(set), principal.arn(), data.action.as_str());
        assert!(!reported.contains(&broken), "estate {seed}: works: {broken:?}");
        let keys = witness.request.context.iter().filter_map(|(key, value)| match value {
            ContextValue::One(value) => Some((key, &**value)),
            ContextValue::Many(_) => None,
        });
        let context = AccessContext::of(cell.key.as_deref().unwrap_or_default(), keys);
        let (asker, dataset) = (of_principal(rules, principal), of_set(set));
        let request = AccessRequest {
            requester: Requester::Principal(&asker),
            action: &data.action,
            dataset: &dataset,
            context: &context,
        };
        for rule in intent.judge_request(&request).expect("a verdict").violated {
            violating += 1;
            let expected = (&*rule.id, dataset.id().to_string(), principal.arn(), data.action.as_str());
            assert!(reported.contains(&expected), "estate {seed}: not reported: {expected:?} {context:?}");
        }
    }
    violating
}

/// As findings name it.
fn set_name(set: &DataSet<'_>) -> String {
    let slash = if set.prefix.is_empty() { "" } else { "/" };
    format!("{}{slash}{}", set.bucket.name, set.prefix)
}

fn account(of: palisade::estate::AccountId) -> Arc<AccountFacts> {
    Arc::new(AccountFacts { id: of, name: "".into(), units: vec![], organization: None })
}

/// A principal with what the rules about requests read; they read nothing else.
pub(crate) fn of_principal(rules: &Rules, principal: &Principal<'_>) -> PrincipalFacts {
    let classified = rules.principal(principal);
    PrincipalFacts {
        kind: if principal.as_role().is_some() { PrincipalType::Role } else { PrincipalType::User },
        arn: principal.arn().into(),
        name: principal.name().into(),
        path: principal.path().into(),
        account: account(principal.account_id()),
        team: classified.team.map(Into::into),
        access_role: classified.access_role.unwrap_or_default().into(),
        human: classified.kind.may_be_human(),
        workload: !classified.kind.may_be_human(),
        service_linked: false,
        boundary: Fact::Known(false),
        may_reach_data: Fact::Known(false),
        assumable_from_outside: Fact::Known(false),
        assumable_by_unbound_oidc: Fact::Known(false),
        tags: BTreeMap::new(),
    }
}

/// A data set likewise.
pub(crate) fn of_set(set: &DataSet<'_>) -> DatasetFacts {
    DatasetFacts {
        bucket: set.bucket.name.clone(),
        prefix: set.prefix.clone(),
        class: set.class.clone(),
        env: "".into(),
        account: account(set.account.account_id),
        team: set.team.clone(),
        versioning: Fact::default(),
        mfa_delete: Fact::default(),
        object_lock: Fact::default(),
        version_guard: Fact::default(),
        lifecycle: Fact::default(),
        encryption: Fact::default(),
        key_policy_open: Fact::default(),
        public_access_block: Fact::default(),
        acls_disabled: Fact::default(),
        tls_enforced: Fact::default(),
        access_logged: Fact::default(),
        missing_lineage: Fact::default(),
        tags: Fact::default(),
    }
}
