//! Fixes: what the examples of the pages, the demo and random organizations break is cured, and whatever a fix is said not to break
//! still works, by the word of a fresh audit and of the reference evaluator.

mod planted;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use palisade::access::{Cell, Ground, Site, Subject, data_actions, replay};
use palisade::assess::{Options, audit, audit_with_fixes, plan};
use palisade::authorize::Outcome;
use palisade::classify::Rules;
use palisade::estate::{Estate, Principal, Target};
use palisade::finding::{Finding, Fix, Plan, Safety, Verdict};
use palisade::iam::ContextValue;
use palisade::intent::{AccessContext, AccessRequest, Intent, Requester};
use palisade::source::{demo, snapshot};

use crate::all_requests::Dice;
use crate::estates::{self, of_principal, of_set};
use crate::policies::notation::{Example, expand};

/// How many random organizations are mended, and how many requests are drawn in each.
const ESTATES: u64 = 3;
const DRAWN: usize = 20_000;

/// What no change cures: evidence that was not read.
const INCURABLE: &str = "unread-evidence";

/// What only its owner can decide where nothing else of the organization tells: what a boundary allows, and whose tokens a role takes.
const OWNERS: [&str; 2] = ["data-scientist-without-boundary", "role-assumable-by-unbound-oidc"];

/// What findings say, one by one: rule, data, subject, action, and whether he does it as a role that is not his own.
type Said = BTreeSet<([String; 4], bool)>;

struct Bench {
    rules: Rules,
    intent: Intent,
}

impl Bench {
    fn new() -> Self {
        Self { rules: Rules::bundled(), intent: Intent::bundled().expect("the bundled rules") }
    }

    fn findings(&self, estate: &Estate) -> Vec<Finding> {
        let options = Options { all_subjects: true, simulations: false };
        audit(estate, &self.rules, &self.intent, &options).expect("an assessment").findings
    }

    /// Checks the safe fixes of a plan by another audit and by drawn requests.
    fn check(&self, name: &str, estate: &Estate, plan: &Plan, before: &[Finding]) {
        let patched = estate.patched(&plan.edits(is_safe)).expect("the fixes can be made");
        let cured = cured(plan, is_safe);
        // What is certain of some and undecided of others has one fingerprint.
        let is_gone = |finding: &&Finding| {
            finding.verdict == Verdict::Violated && cured.contains(&finding.fingerprint.to_string())
        };
        let gone: Vec<Finding> = before.iter().filter(is_gone).cloned().collect();
        let (known, still) = (said(before), said(&self.findings(&patched)));
        for say in said(&gone) {
            assert!(!still.contains(&say), "{name}: still there: {say:?}");
        }
        for say in &still {
            // Who breaks a rule as himself is not told to break it as somebody else.
            let ([rule, data, subject, _], acting) = say;
            let himself = |([known, of, who, _], other): &([String; 4], bool)| {
                *acting && !other && (known, of, who) == (rule, data, subject)
            };
            assert!(known.contains(say) || known.iter().any(himself), "{name}: new: {say:?}");
        }
        let together = &plan.together;
        assert_eq!(together.verdict, Safety::Safe, "{name}: {:?} {:?}", together.lost, together.new);
        self.sanctioned_access_works(name, estate, &patched);
    }

    /// Draws requests: each that AWS allows and the rules sanction is allowed afterwards too.
    fn sanctioned_access_works(&self, name: &str, estate: &Estate, patched: &Estate) {
        let (ground, ground_after) = (Ground::new(estate), Ground::new(patched));
        let datasets = self.rules.datasets(estate);
        let principals: Vec<Principal<'_>> = estate.principals().collect();
        let after: BTreeMap<&str, Principal<'_>> =
            patched.principals().map(|principal| (principal.arn(), principal)).collect();
        let mut dice = Dice::new(7);
        let mut sanctioned = 0;
        let drawn = if datasets.sets.is_empty() || principals.is_empty() { 0 } else { DRAWN };
        for _ in 0..drawn {
            let set = &datasets.sets[dice.below(datasets.sets.len())];
            let principal = &principals[dice.below(principals.len())];
            let action = dice.below(data_actions().len());
            let data = &data_actions()[action];
            if !self.intent.actions().any(|name| data.action.as_str() == format!("s3:{name}")) {
                continue;
            }
            let key = ["data.csv", "shared/x", "home/y/z", "published/a"][dice.below(4)];
            let cell = Cell {
                action,
                key: data.on_objects.then(|| format!("{}{key}", set.prefix).into()),
                values: vec![("aws:securetransport".into(), ContextValue::One("true".into()))],
            };
            let subject = Subject::principal(&ground, *principal);
            let site = Site::direct(&ground, set.account, set.bucket);
            let witness = replay(&subject, &site, &cell).expect("a request");
            if witness.decision.outcome != Outcome::Allowed || !witness.decision.may.is_empty() {
                continue;
            }
            let keys = witness.request.context.iter().filter_map(|(key, value)| match value {
                ContextValue::One(value) => Some((key, &**value)),
                ContextValue::Many(_) => None,
            });
            let context = AccessContext::of(cell.key.as_deref().unwrap_or_default(), keys);
            let (asker, dataset) = (of_principal(&self.rules, principal), of_set(set));
            let requester = Requester::Principal(&asker);
            let request =
                AccessRequest { requester, action: &data.action, dataset: &dataset, context: &context };
            if !self.intent.judge_request(&request).expect("a verdict").permitted {
                continue;
            }
            sanctioned += 1;
            let (account, bucket) = patched.bucket(&set.bucket.name).expect("the same bucket");
            let subject = Subject::principal(&ground_after, after[principal.arn()]);
            let site = Site::direct(&ground_after, account, bucket);
            let again = replay(&subject, &site, &cell).expect("a request");
            let lost = format!("{name}: lost: {} {} {:?}", principal.arn(), data.action.as_str(), cell.key);
            assert_eq!(again.decision.outcome, Outcome::Allowed, "{lost}");
        }
        assert!(sanctioned > 20 || principals.len() < 20, "{name}: {sanctioned} sanctioned requests");
    }
}

fn is_safe(fix: &Fix) -> bool {
    fix.proof.verdict == Safety::Safe
}

/// The fingerprints of the findings that some fixes cure.
fn cured(plan: &Plan, wanted: impl Fn(&Fix) -> bool) -> BTreeSet<String> {
    let fixes = plan.fixes.iter().filter(|fix| wanted(fix));
    fixes.flat_map(|fix| &fix.proof.cures).map(|cure| cure.finding.to_string()).collect()
}

fn said(findings: &[Finding]) -> Said {
    let or_nothing = |names: &[Box<str>]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        if names.is_empty() { vec![String::new()] } else { names }
    };
    let mut said = BTreeSet::new();
    for finding in findings {
        // A finding about no data is about a statement.
        let statement = finding
            .evidence
            .first()
            .map(|first| format!("{} {:?} {:?}", first.document, first.sid, first.index));
        let data = finding.dataset.as_ref().map(|dataset| dataset.name());
        let data = data.or(statement).unwrap_or_default();
        for subject in or_nothing(&finding.subjects) {
            for action in or_nothing(&finding.actions) {
                let say = [finding.rule.to_string(), data.clone(), subject.clone(), action];
                said.insert((say, !finding.via.is_empty()));
            }
        }
    }
    said
}

/// How many certain findings there are, for how many something is proposed, and for how many something safe.
fn shares(plan: &Plan, before: &[Finding]) -> (usize, usize, usize) {
    let certain = before.iter().filter(|finding| finding.verdict == Verdict::Violated);
    let certain: Vec<String> = certain.map(|finding| finding.fingerprint.to_string()).collect();
    let of = |cured: &BTreeSet<String>| certain.iter().filter(|finding| cured.contains(*finding)).count();
    (certain.len(), of(&cured(plan, |_| true)), of(&cured(plan, is_safe)))
}

#[test]
fn every_example_of_the_pages_has_a_safe_fix() {
    let bench = Bench::new();
    let mut without = vec![];
    for rule in bench.intent.rules().iter().filter(|rule| *rule.id != *INCURABLE) {
        let page = bench.intent.page(&rule.id).expect("a page");
        for block in page.split("```example fails\n").skip(1) {
            let block = block.split("```").next().expect("an end");
            let files =
                expand(&Example::parse(block)).into_iter().map(|(path, json)| (path, Cow::Owned(json)));
            let estate = snapshot::from_files(files).expect("a snapshot");
            let before = bench.findings(&estate);
            // Some examples are single requests, which the pages' own test judges.
            let broken =
                before.iter().any(|finding| finding.rule == rule.id && finding.verdict == Verdict::Violated);
            if !broken {
                continue;
            }
            let wanted = |finding: &Finding| finding.rule == rule.id;
            let plan = plan(&estate, &bench.rules, &bench.intent, wanted).expect("a plan");
            let cures = |fix: &Fix| fix.proof.cures.iter().any(|cure| cure.rule == rule.id);
            if plan.fixes.iter().any(|fix| is_safe(fix) && cures(fix)) {
                bench.check(&format!("{}\n{block}", rule.id), &estate, &plan, &before);
            } else if !OWNERS.contains(&&*rule.id) {
                without.push(format!("{}: {:?} {:#?}", rule.id, plan.open, plan.fixes));
            }
        }
    }
    assert!(without.is_empty(), "{}", without.join("\n"));
}

/// A tag alone would only bring to light what the rules of the class forbid.
#[test]
fn a_class_comes_with_what_it_demands() {
    let bench = Bench::new();
    let text = "bucket acme-models-eu lineage=none\n\
                role etl access-role=pipeline trust=service:glue.amazonaws.com allow=s3:PutObject,s3:DeleteObjectVersion,s3:PutBucketTagging on=*\n\
                role web trust=service:ec2.amazonaws.com allow=s3:GetObject on=*\n\
                role platform-admin access-role=platform-admin allow=s3:PutBucketPolicy on=*";
    let files = expand(&Example::parse(text)).into_iter().map(|(path, json)| (path, Cow::Owned(json)));
    let estate = snapshot::from_files(files).expect("a snapshot");
    let before = bench.findings(&estate);
    let wanted = |finding: &Finding| *finding.rule == *"unclassified-dataset";
    let plan = plan(&estate, &bench.rules, &bench.intent, wanted).expect("a plan");
    let [fix] = &plan.fixes[..] else { panic!("{:?}", plan.fixes) };
    assert!(is_safe(fix), "{:?}", fix.proof);
    bench.check("a class", &estate, &plan, &before);
    assert_eq!(fix.assumes.as_deref(), Some("acme-models-eu holds data of the class models"));
    let last = fix.edits.last().expect("edits");
    let tags = last.after.as_ref().expect("tags").text();
    assert!(matches!(last.target, Target::BucketTags { .. }) && tags.contains("git-commit"), "{tags}");
    let of = |who: &str| {
        let removed =
            fix.proof.removed.iter().filter(|removal| removal.subjects.iter().any(|it| it.ends_with(who)));
        removed.flat_map(|removal| removal.actions.iter().map(ToString::to_string)).collect::<Vec<_>>()
    };
    assert_eq!((of("/web"), of("/platform-admin")), (vec!["s3:GetObject".to_owned()], vec![]));
    assert!(of("/etl").contains(&"s3:DeleteObjectVersion".to_owned()), "{:?}", of("/etl"));
}

/// What a change breaks only in sight of the whole is not called safe, and is proposed once.
#[test]
fn what_all_together_break_is_said() {
    let bench = Bench::new();
    let text = "bucket acme-models-eu lineage=none\n\
                role pub access-role=feature-publisher trust=service:glue.amazonaws.com allow=sts:AssumeRole on=*\n\
                role training access-role=pipeline trust=role:pub allow=s3:GetObject on=acme-models-eu/*\n\
                role platform-admin access-role=platform-admin allow=s3:PutBucketPolicy on=acme-models-eu";
    let files = expand(&Example::parse(text)).into_iter().map(|(path, json)| (path, Cow::Owned(json)));
    let estate = snapshot::from_files(files).expect("a snapshot");
    let before = bench.findings(&estate);
    // The publisher reads models as the training role: a finding as soon as the bucket is said to hold models.
    let alone = |finding: &Finding| *finding.rule == *"unclassified-dataset";
    let tag = plan(&estate, &bench.rules, &bench.intent, alone).expect("a plan");
    assert_eq!((tag.fixes.len(), tag.open.len()), (1, 0), "{:?}", tag.fixes);
    let proof = &tag.fixes[0].proof;
    assert!(!is_safe(&tag.fixes[0]) && proof.new.iter().any(|worse| *worse.rule == *"unsanctioned-access"));
    assert!(tag.edits(is_safe).is_empty());
    let all = plan(&estate, &bench.rules, &bench.intent, |_| true).expect("a plan");
    assert!(all.fixes.iter().all(is_safe), "{:?}", all.fixes);
    bench.check("all together", &estate, &all, &before);
}

/// Of roles that AWS keeps nothing can be taken, so that only a guard in the bucket's policy is left.
#[test]
fn a_guard_leaves_somebody_who_can_change_it() {
    let bench = Bench::new();
    let kept = "role AWSReservedSSO_Power_0123456789abcdef path=/aws-reserved/sso.amazonaws.com/ allow=s3:PutBucketPolicy on=acme-data";
    let admin = "role platform-admin access-role=platform-admin allow=s3:PutBucketPolicy on=acme-data";
    let plan = |lines: &[&str]| {
        let text = [&["bucket acme-data class=datasets"], lines].concat().join("\n");
        let files = expand(&Example::parse(&text)).into_iter();
        let files = files.map(|(path, json)| (path, Cow::Owned(json)));
        let estate = snapshot::from_files(files).expect("a snapshot");
        let wanted = |finding: &Finding| *finding.rule == *"bucket-configured-by-others";
        let plan = plan(&estate, &bench.rules, &bench.intent, wanted).expect("a plan");
        assert_eq!((plan.fixes.len(), plan.open.len()), (1, 0), "{:?}", plan.open);
        plan.fixes[0].clone()
    };
    let guard = plan(&[kept, admin]);
    assert!(is_safe(&guard) && guard.proof.obstacles.is_empty(), "{:?}", guard.proof);
    let guard = plan(&[kept]);
    assert!(!is_safe(&guard) && guard.proof.obstacles[0].starts_with("nobody of the account"), "{guard:?}");
}

#[test]
fn the_demo_is_cured() {
    let bench = Bench::new();
    let estate = demo::estate().expect("the demo");
    let before = bench.findings(&estate);
    let plan = plan(&estate, &bench.rules, &bench.intent, |_| true).expect("a plan");
    bench.check("demo", &estate, &plan, &before);
    let (certain, proposed, safe) = shares(&plan, &before);
    println!("demo: {certain} certain findings, {proposed} with a proposal, {safe} with a safe one");
    assert_eq!(proposed, certain);
    assert!(safe * 100 >= certain * 95, "{safe} of {certain}");
    let options = Options { all_subjects: true, simulations: false };
    let with = |most: usize| {
        audit_with_fixes(&estate, &bench.rules, &bench.intent, &options, (|_: &Finding| true, most))
            .expect("an assessment")
    };
    let fixes = with(certain).summary.fixes.expect("they were looked for");
    assert_eq!((fixes.safe, fixes.safe + fixes.breaks, fixes.none), (safe, certain, 0));
    let unlooked = with(certain - 1);
    assert!(unlooked.summary.fixes.is_none() && unlooked.findings == before, "that would be too many");
}

#[test]
fn what_is_planted_in_random_organizations_is_cured() {
    let bench = Bench::new();
    let catalogue: BTreeSet<&str> = bench.intent.rules().iter().map(|rule| &*rule.id).collect();
    for seed in 0..ESTATES {
        let directory = tempfile::tempdir().expect("a directory");
        estates::write(seed, 16, directory.path());
        let planted: BTreeSet<&str> = planted::plant(directory.path(), seed).into_iter().collect();
        let missing: Vec<&&str> = catalogue.difference(&planted).collect();
        assert_eq!(missing, [&INCURABLE], "a rule of which nothing is planted");
        let estate = snapshot::read(directory.path(), &|_, _| ()).expect("a snapshot");
        let before = bench.findings(&estate);
        let found: BTreeSet<&str> = before.iter().map(|finding| &*finding.rule).collect();
        let escaped: Vec<&&str> = planted.difference(&found).collect();
        assert!(escaped.is_empty(), "estate {seed}: planted and not found: {escaped:?}");
        let plan = plan(&estate, &bench.rules, &bench.intent, |_| true).expect("a plan");
        bench.check(&format!("estate {seed}"), &estate, &plan, &before);
        let (certain, proposed, safe) = shares(&plan, &before);
        println!(
            "estate {seed}: {certain} certain findings, {proposed} with a proposal, {safe} with a safe one"
        );
        assert_eq!(proposed, certain, "{:?}", plan.open);
        assert!(safe * 100 >= certain * 95, "{safe} of {certain}");
    }
}
