//! The pages beside the policies: what they say of a rule is what the rule does.

mod facts;
pub(crate) mod notation;

use std::borrow::Cow;
use std::collections::BTreeSet;

use palisade::assess::{Options, audit};
use palisade::classify::Rules;
use palisade::estate::{Account, AccountId, Fact, Organization};
use palisade::iam::Action;
use palisade::intent::{AccessRequest, Intent, Requester};
use palisade::source::snapshot;

use notation::{Example, Line, expand};

const FAILS: &str = "```example fails\n";
const PASSES: &str = "```example passes\n";

/// The blocks of a section that begin with this fence.
fn blocks<'p>(page: &'p str, fence: &str) -> Vec<&'p str> {
    page.split(fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

/// The rules that are broken in an example: those of configurations by the whole way from the snapshot to the findings, those of
/// access by the requests that the example makes.
fn broken(intent: &Intent, example: &Example) -> BTreeSet<String> {
    let files = expand(example).into_iter().map(|(path, json)| (path, Cow::Owned(json)));
    let estate = snapshot::from_files(files).expect("a snapshot");
    let refused = example.buckets.iter().any(|line| line.get("unread").is_some());
    assert_eq!(!estate.gaps.is_empty(), refused, "an example has no gaps but its own: {:?}", estate.gaps);
    let assessment = audit(&estate, &Rules::bundled(), intent, &Options::default()).expect("an assessment");
    let mut broken: BTreeSet<String> =
        assessment.findings.iter().map(|finding| finding.rule.to_string()).collect();
    broken.extend(example.requests.iter().flat_map(|line| request(intent, example, line)));
    broken
}

fn request(intent: &Intent, example: &Example, line: &Line) -> Vec<String> {
    let [who, action, what] = line.words.as_slice() else { panic!("who, action and what: {line:?}") };
    let (bucket, key) = what.split_once('/').unwrap_or((what, ""));
    let named = |lines: &'_ [Line], name: &str| lines.iter().position(|line| line.name() == name);
    let dataset = named(&example.buckets, bucket).expect("a bucket of the example");
    let dataset = facts::dataset(example, &example.buckets[dataset]);
    let principal = named(&example.principals, who);
    let principal = principal.map(|place| facts::principal(example, &example.principals[place]));
    let requester = match (&principal, who.split_once(':')) {
        (Some(principal), _) => Requester::Principal(principal),
        (None, Some(("service", name))) => Requester::Service(name),
        (None, Some(("account", number))) => {
            Requester::External { account: AccountId::parse(number), arn: None }
        }
        _ => Requester::Anonymous,
    };
    assert!(principal.is_some() || who.contains(':') || who == "anonymous", "nobody is called {who}");
    let (action, context) = (Action::parse(action).expect("an action"), facts::context(line, key));
    let request = AccessRequest { requester, action: &action, dataset: &dataset, context: &context };
    let verdict = intent.judge_request(&request).expect("a verdict");
    verdict.violated.iter().map(|rule| rule.id.to_string()).collect()
}

#[test]
fn every_example_does_what_its_page_says() {
    let intent = Intent::bundled().expect("the bundled rules");
    for rule in intent.rules() {
        let page = intent.page(&rule.id).unwrap_or_else(|| panic!("{} has no page", rule.id));
        for (fence, fails) in [(FAILS, true), (PASSES, false)] {
            let blocks = blocks(page, fence);
            assert!(!blocks.is_empty(), "{} has no block {fence}", rule.id);
            for block in blocks {
                let broken = broken(&intent, &Example::parse(block));
                assert_eq!(broken.contains(&*rule.id), fails, "{}\n{block}{broken:?}", rule.id);
            }
        }
    }
}

#[test]
fn every_example_is_a_snapshot() {
    let intent = Intent::bundled().expect("the bundled rules");
    let pages = intent.rules().iter().filter_map(|rule| intent.page(&rule.id));
    let mut buckets = 0;
    for block in pages.flat_map(|page| [blocks(page, FAILS), blocks(page, PASSES)]).flatten() {
        let example = Example::parse(block);
        for (path, json) in expand(&example) {
            if path == "organization.json" {
                serde_json::from_slice::<Organization>(&json)
                    .unwrap_or_else(|error| panic!("{path}: {error}\n{block}"));
            } else if path != "estate.json" {
                let account: Account = serde_json::from_slice(&json).expect("an account");
                let lists = [
                    account.buckets.known().map(|list| list.unread()),
                    account.kms_keys.known().map(|list| list.unread()),
                ];
                assert!(lists.iter().all(|unread| unread.is_some_and(<[_]>::is_empty)), "{path}\n{block}");
                assert!(
                    account.principals().all(|principal| principal.identity_policies().known().is_some())
                );
                assert!(
                    account.buckets().iter().all(|bucket| matches!(bucket.encryption, Fact::Known(Some(_))))
                );
                buckets += account.buckets().len();
            }
        }
    }
    assert!(buckets > 60, "{buckets} buckets");
}

#[test]
fn the_example_of_the_notation_is_one() {
    let readme = include_str!("../../../policies/README.md");
    let example = Example::parse(blocks(readme, "```\n")[0]);
    let intent = Intent::bundled().expect("the bundled rules");
    assert_eq!(broken(&intent, &example), BTreeSet::from(["versioning-suspended".to_owned()]));
}
