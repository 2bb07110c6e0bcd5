//! Cutting buckets into data sets.

use std::collections::BTreeSet;

use super::dataset_rule::{Applied, DatasetRule, Home, Standing, Subject, Verdict};
use super::decision::{Cause, Claim, Contest, Doubt, Property};
use super::rules::Placed;
use crate::estate::{Account, Bucket, Estate};

/// The data sets of an estate, by account number, then in the order of the evidence, then by prefix.
#[derive(Debug, Clone, Default)]
pub struct Datasets<'a> {
    /// Those whose class is known.
    pub sets: Vec<DataSet<'a>>,
    /// Those that a rule puts out of scope.
    pub unmanaged: Vec<Place<'a>>,
    /// Whatever is open: a place whose class is open is in neither list, and one whose team or environment is open stands
    /// in `sets` without it. A prefix that needs the unread region of its bucket is a problem of the bucket.
    pub problems: Vec<Problem<'a>>,
}

/// A bucket, or a prefix in one, that holds data of one class.
#[derive(Debug, Clone)]
pub struct DataSet<'a> {
    /// The partition: `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'a str,
    /// The account that owns the bucket.
    pub account: &'a Account,
    /// The bucket.
    pub bucket: &'a Bucket,
    /// What the keys begin with; empty for a bucket, or for what its prefixes leave of it.
    pub prefix: Box<str>,
    /// Longer prefixes in the same bucket whose keys are no part of this data set; none of them begins with another.
    pub except: Box<[Box<str>]>,
    /// The data class, one of [`Rules::classes`](super::Rules::classes).
    pub class: Box<str>,
    /// The team that it belongs to.
    pub team: Option<Box<str>>,
    /// The environment.
    pub env: Option<Box<str>>,
}

/// A bucket, or a prefix in one.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The account that owns the bucket.
    pub account: &'a Account,
    /// The bucket.
    pub bucket: &'a Bucket,
    /// What the keys begin with; empty for a bucket, or for what its prefixes leave of it.
    pub prefix: Box<str>,
}

/// Something that rules and evidence leave open.
#[derive(Debug, Clone)]
pub struct Problem<'a> {
    /// Where.
    pub place: Place<'a>,
    /// What, and why.
    pub doubt: Doubt,
}

impl DataSet<'_> {
    /// The name of the data set: the bucket's ARN, and the prefix if there is one.
    #[must_use]
    pub fn arn(&self) -> String {
        let partition = if self.partition.is_empty() { "aws" } else { self.partition };
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        format!("arn:{partition}:s3:::{}{slash}{}", self.bucket.name, self.prefix)
    }

    /// Whether an object of the bucket with this key belongs to the data set: of all data sets whose prefix the key begins
    /// with, it belongs to the one with the longest.
    #[must_use]
    pub fn covers_key(&self, key: &str) -> bool {
        key.starts_with(&*self.prefix) && !self.except.iter().any(|prefix| key.starts_with(&**prefix))
    }
}

/// Cuts the wanted buckets of the estate into data sets.
pub(super) fn classify<'a>(
    rules: &[Placed<DatasetRule>],
    classes: &[Box<str>],
    estate: &'a Estate,
    wanted: impl Fn(&Bucket) -> bool,
) -> Datasets<'a> {
    let mut found = Datasets::default();
    let hierarchy = estate.hierarchy();
    for account in estate.accounts().filter(|account| account.buckets().iter().any(&wanted)) {
        let home = Home::new(&hierarchy, account);
        for bucket in account.buckets().iter().filter(|bucket| wanted(bucket)) {
            let place = |prefix: &str| Place { account, bucket, prefix: prefix.into() };
            let mut applied = vec![];
            for Placed { line, rule } in rules {
                match rule.apply(*line, Subject { home: &home, bucket }) {
                    Ok(rule) => applied.extend(rule),
                    Err(cause) => found.report(&place(""), Property::Class, cause),
                }
            }
            let answering = applied.iter().filter(|rule| rule.answers());
            let prefixes: BTreeSet<&str> = answering.map(Applied::prefix).chain([""]).collect();
            for prefix in &prefixes {
                let except = directly_below(prefix, &prefixes);
                let answers = Answers::collect(&applied, prefix);
                found.settle(place(prefix), except, &estate.partition, answers, classes);
            }
        }
    }
    found
}

/// The prefixes below `prefix`, without those that lie below another of them.
fn directly_below(prefix: &str, prefixes: &BTreeSet<&str>) -> Box<[Box<str>]> {
    let mut below: Vec<Box<str>> = vec![];
    for other in prefixes.iter().filter(|other| other.len() > prefix.len() && other.starts_with(prefix)) {
        // In the order of the set, whatever begins with a prefix follows it without a gap.
        if !below.last().is_some_and(|last| other.starts_with(&**last)) {
            below.push((*other).into());
        }
    }
    below.into()
}

/// What the rules answer to the three questions about a place.
struct Answers<'c> {
    class: Contest<Standing, Verdict<'c>>,
    team: Contest<Standing, &'c str>,
    env: Contest<Standing, &'c str>,
}

impl<'c> Answers<'c> {
    /// A rule speaks of its own prefix and of all that lies below.
    fn collect(applied: &'c [Applied<'c>], prefix: &str) -> Self {
        let mut answers = Self { class: Contest::new(), team: Contest::new(), env: Contest::new() };
        for rule in applied.iter().filter(|rule| prefix.starts_with(rule.prefix())) {
            rule.class(&mut answers.class);
            rule.team(&mut answers.team);
            rule.env(&mut answers.env);
        }
        answers
    }
}

impl<'a> Datasets<'a> {
    fn settle(
        &mut self,
        place: Place<'a>,
        except: Box<[Box<str>]>,
        partition: &'a str,
        answers: Answers<'_>,
        classes: &[Box<str>],
    ) {
        let class = match answers.class.decide() {
            Ok(Some((_, Verdict::Ignored))) => return self.unmanaged.push(place),
            Ok(Some((line, Verdict::Named(class)))) if !classes.iter().any(|known| **known == *class) => {
                Err(Cause::UnknownClass(Claim { answer: class.into(), line }))
            }
            Ok(Some((_, Verdict::Named(class)))) => Ok(class),
            Ok(None) => Err(Cause::Unclassified),
            Err(cause) => Err(cause),
        };
        let class = match class {
            Ok(class) => class,
            // Without a class, which team and environment it belongs to is no question yet.
            Err(cause) => return self.report(&place, Property::Class, cause),
        };
        let team = self.optional(&place, Property::Team, answers.team);
        let env = self.optional(&place, Property::Env, answers.env);
        let Place { account, bucket, prefix } = place;
        self.sets.push(DataSet {
            partition,
            account,
            bucket,
            prefix,
            except,
            class: class.into(),
            team,
            env,
        });
    }

    fn optional(
        &mut self,
        place: &Place<'a>,
        property: Property,
        contest: Contest<Standing, &str>,
    ) -> Option<Box<str>> {
        match contest.decide() {
            Ok(answer) => answer.map(|(_, text)| text.into()),
            Err(cause) => {
                self.report(place, property, cause);
                None
            }
        }
    }

    fn report(&mut self, place: &Place<'a>, property: Property, cause: Cause) {
        self.problems.push(Problem { place: place.clone(), doubt: Doubt { property, cause } });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::classify::Rules;
    use crate::estate::{Fact, Organization, Unread};

    const ACCOUNT: &str = "111111111111";

    /// An estate of one account, `ml-a` in the unit `ml`, whose tags say `env = prod`.
    fn estate(buckets: &Value) -> Estate {
        let account = json!({"AccountId": ACCOUNT, "Buckets": buckets}).to_string();
        let organization = json!({
            "Organization": {"Id": "o-abc123def4", "MasterAccountId": "100000000000"},
            "Roots": [{"Id": "r-abcd", "Name": "Root"}],
            "OrganizationalUnits": [{"Id": "ou-abcd-11111111", "Name": "ml", "ParentId": "r-abcd"}],
            "Accounts": [{"Id": ACCOUNT, "Name": "ml-a", "ParentId": "ou-abcd-11111111",
                          "Tags": [{"Key": "env", "Value": "prod"}]}],
        });
        let organization: Organization = serde_json::from_value(organization).expect("an organization");
        let mut estate = Estate::default();
        estate.organization = Fact::Known(Some(organization));
        assert!(estate.add_account(serde_json::from_str(&account).expect("an account")));
        estate
    }

    fn bucket(name: &str, tags: &[(&str, &str)]) -> Value {
        let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        json!({"Name": name, "Region": "eu-west-1", "Tags": tags})
    }

    /// Every data set, place and problem of a bucket in words.
    fn words(rules: &Rules, bucket: &Value) -> Vec<String> {
        let estate = estate(&json!([bucket]));
        let found = rules.datasets(&estate);
        let word = |text: &Option<Box<str>>| text.as_deref().unwrap_or("-").to_owned();
        let sets = found
            .sets
            .iter()
            .map(|set| format!("{:?} {} {} {}", set.prefix, set.class, word(&set.team), word(&set.env)));
        let unmanaged = found.unmanaged.iter().map(|place| format!("{:?} unmanaged", place.prefix));
        let problems =
            found.problems.iter().map(|problem| format!("{:?}: {}", problem.place.prefix, problem.doubt));
        sets.chain(unmanaged).chain(problems).collect()
    }

    fn rules(text: &str) -> Rules {
        Rules::parse(&format!("classes = [\"team\", \"models\"]\n{text}"), "rules.toml").expect("good rules")
    }

    #[test]
    fn tags_classify_a_bucket_by_default() {
        for class in ["team", "features", "datasets", "pipeline", "models"] {
            let tags = [("Data-Class", class), ("team", "vision"), ("env", "dev")];
            assert_eq!(words(&Rules::bundled(), &bucket("b", &tags)), [format!("\"\" {class} vision dev")]);
        }
        assert_eq!(
            words(&Rules::bundled(), &bucket("b", &[("data-class", "models")])),
            ["\"\" models - prod"]
        );
    }

    #[test]
    fn the_buckets_that_aws_creates_are_known_by_default() {
        let store = format!("\"{ACCOUNT}/sagemaker/eu-west-1/offline-store/\" features - prod");
        let (team, pipeline) = ("\"\" team - prod", "\"\" pipeline - prod");
        let cases = [
            ("sagemaker-eu-west-1-111111111111", vec![team, &*store]),
            ("amazon-sagemaker-111111111111-eu-west-1-0a1b2c3d", vec![team, &*store]),
            ("sagemaker-studio-111111111111-abcdefghijk", vec![team]),
            ("codepipeline-eu-west-1-1234567890", vec![pipeline]),
            ("mystack-codepipelineartifactsbuc-lkksehyipedk", vec![pipeline]),
            ("sagemaker-project-p-abcdefghijkl", vec![pipeline]),
        ];
        for (name, expected) in cases {
            assert_eq!(words(&Rules::bundled(), &bucket(name, &[])), expected, "{name}");
        }
        for name in ["sagemaker-eu-west-1-222222222222", "codepipeline-us-east-1-1234567890", "acme-logs-00"]
        {
            assert_eq!(
                words(&Rules::bundled(), &bucket(name, &[])),
                ["\"\": no rule gives a class"],
                "{name}"
            );
        }
    }

    #[test]
    fn a_tag_outranks_the_name_that_aws_gave() {
        let found =
            words(&Rules::bundled(), &bucket("codepipeline-eu-west-1-1", &[("data-class", "models")]));
        assert_eq!(found, ["\"\" models - prod"]);
    }

    #[test]
    fn only_the_tag_none_takes_a_bucket_out_of_scope() {
        let found = words(&Rules::bundled(), &bucket("acme-logs-00", &[("data-class", "none")]));
        assert_eq!(found, ["\"\" unmanaged"]);
    }

    #[test]
    fn a_tag_that_names_no_class_is_reported() {
        let found = words(&Rules::bundled(), &bucket("b", &[("data-class", "Models")]));
        assert_eq!(found.len(), 1);
        assert!(
            found.iter().all(|word| word.contains("\"Models\"") && word.contains("none of the classes")),
            "{found:?}"
        );
    }

    #[test]
    fn tags_that_could_not_be_read_leave_the_class_undecided() {
        let unread = json!({"Name": "codepipeline-eu-west-1-1", "Region": "eu-west-1"});
        let found = words(&Rules::bundled(), &unread);
        assert_eq!(found.len(), 1);
        assert!(found.iter().all(|word| word.contains("the class is undecided")), "{found:?}");
        // A rule that names the bucket in full needs no tags for the class.
        let named =
            rules("[[dataset]]\nclass = {tag = \"c\"}\n[[dataset]]\nbucket = \"b\"\nclass = \"team\"");
        assert_eq!(words(&named, &json!({"Name": "b"})), ["\"\" team - -"]);
    }

    #[test]
    fn an_unread_region_leaves_its_prefix_undecided() {
        let found =
            words(&Rules::bundled(), &json!({"Name": "sagemaker-eu-west-1-111111111111", "Tags": []}));
        assert_eq!(found.len(), 2);
        assert_eq!(found.first().map(String::as_str), Some("\"\" team - prod"));
        assert!(found.iter().any(|word| word.contains("the bucket's region")), "{found:?}");
    }

    #[test]
    fn an_unread_organization_leaves_open_what_it_would_tell() {
        let mut estate = estate(&json!([bucket("b", &[("data-class", "models"), ("env", "dev")])]));
        estate.organization = Fact::Unread(Unread::Refused("AccessDenied".into()));
        let found = Rules::bundled().datasets(&estate);
        assert_eq!(found.sets.len(), 1);
        let open: Vec<Property> = found.problems.iter().map(|problem| problem.doubt.property).collect();
        assert_eq!(open, [Property::Team]);
    }

    #[test]
    fn equal_rules_that_disagree_are_ambiguous_and_more_conditions_win() {
        let text = "[[dataset]]\nbucket = \"a-*\"\nclass = \"team\"\n[[dataset]]\nbucket = \"*-b\"\nclass = \"models\"\n";
        let ambiguous =
            r#""": the class is ambiguous: "team" by the rule at line 2, "models" by the rule at line 5"#;
        assert_eq!(words(&rules(text), &bucket("a-b", &[])), [ambiguous]);
        let narrower = format!("{text}[[dataset]]\nbucket = \"a-*\"\nou = \"ml\"\nclass = \"models\"");
        assert_eq!(words(&rules(&narrower), &bucket("a-b", &[])), ["\"\" models - -"]);
    }

    #[test]
    fn account_unit_and_root_are_conditions() {
        for (condition, holds) in [
            ("account = \"1111*\"", true),
            ("account = \"222222222222\"", false),
            ("account-tag = {key = \"ENV\", value = \"pr?d\"}", true),
            ("account-tag = {key = \"team\"}", false),
            ("ou = \"ml\"", true),
            ("ou = \"ou-abcd-11111111\"", true),
            ("ou = \"r-abcd\"", true),
            ("ou = \"security\"", false),
        ] {
            let rules = rules(&format!("[[dataset]]\n{condition}\nclass = \"team\""));
            let expected = if holds { "\"\" team - -" } else { "\"\": no rule gives a class" };
            assert_eq!(words(&rules, &bucket("b", &[])), [expected], "{condition}");
        }
    }

    #[test]
    fn a_prefix_inherits_what_its_rule_does_not_give() {
        let text = "[[dataset]]\nclass = \"team\"\nenv = \"prod\"\n[[dataset]]\nprefix = \"v/\"\nteam = \"vision\"\n\
                    [[dataset]]\nprefix = \"v/logs/\"\nignore = true\n[[dataset]]\nprefix = \"x/\"\nteam = {tag = \"absent\"}";
        let expected = ["\"\" team - prod", "\"v/\" team vision prod", "\"v/logs/\" unmanaged"];
        assert_eq!(words(&rules(text), &bucket("b", &[])), expected);
    }

    #[test]
    fn a_data_set_is_named_by_bucket_and_prefix() {
        let estate = estate(&json!([bucket("b", &[])]));
        let rules = rules("[[dataset]]\nclass = \"team\"\n[[dataset]]\nprefix = \"x/\"\nclass = \"models\"");
        let arns: Vec<String> = rules.datasets(&estate).sets.iter().map(DataSet::arn).collect();
        assert_eq!(arns, ["arn:aws:s3:::b", "arn:aws:s3:::b/x/"]);
    }

    proptest! {
        #[test]
        fn every_key_belongs_to_the_longest_prefix(
            prefixes in prop::collection::btree_set("[ab/]{1,4}", 0..6),
            key in "[ab/]{0,6}",
        ) {
            let mut text = "[[dataset]]\nclass = \"team\"\n".to_owned();
            for prefix in &prefixes {
                text.push_str(&format!("[[dataset]]\nprefix = {prefix:?}\nclass = \"models\"\n"));
            }
            let estate = estate(&json!([bucket("b", &[])]));
            let found = rules(&text).datasets(&estate);
            prop_assert_eq!(found.sets.len(), prefixes.len() + 1);
            let covering: Vec<&str> =
                found.sets.iter().filter(|set| set.covers_key(&key)).map(|set| &*set.prefix).collect();
            let longest = prefixes.iter().filter(|prefix| key.starts_with(&***prefix)).max_by_key(|prefix| prefix.len());
            prop_assert_eq!(covering, [longest.map_or("", String::as_str)]);
        }
    }
}
