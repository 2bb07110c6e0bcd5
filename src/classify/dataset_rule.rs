//! The `[[dataset]]` rules: when one applies, what it gives, and how much that counts.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::decision::{Answer, Cause, Contest, Test, all};
use super::pattern::{NamePattern, Prefix, Source, TagTest, Tags, glob, tag};
use super::rules::Fault;
use crate::estate::{Account, Bucket, Fact, Hierarchy};
use crate::iam::Glob;

/// A `[[dataset]]` rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DatasetRule {
    bucket: Option<NamePattern>,
    prefix: Option<Prefix>,
    tag: Option<TagTest>,
    #[serde(default, deserialize_with = "glob")]
    account: Option<Glob>,
    account_tag: Option<TagTest>,
    ou: Option<Box<str>>,
    class: Option<Spanned<Source<DatasetTag>>>,
    team: Option<Source<DatasetTag>>,
    env: Option<Source<DatasetTag>>,
    #[serde(default)]
    ignore: bool,
}

/// The tag that an answer about a data set is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DatasetTag {
    Tag(Box<str>),
    AccountTag(Box<str>),
}

/// How much a rule's answer counts: the earlier member decides, and what has it outranks what has not.
///
/// `rules/classification.toml` explains this order to those who write rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    prefix_length: usize,
    full_name: bool,
    tag: bool,
    from_tag: bool,
    name: bool,
    account: bool,
    account_tag: bool,
    ou: bool,
}

/// What a rule says of the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict<'a> {
    Named(&'a str),
    Ignored,
}

/// An account as the rules see it: what is asked for each of its buckets is found out once.
pub(super) struct Home<'a> {
    number: String,
    tags: Tags<'a>,
    /// The ids and names of the units and the root above it.
    units: Result<Vec<&'a str>, Box<str>>,
}

/// A bucket as the rules see it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'c> {
    pub(super) home: &'c Home<'c>,
    pub(super) bucket: &'c Bucket,
}

/// A rule that applies to a bucket, or may apply.
pub(super) struct Applied<'c> {
    line: usize,
    rule: &'c DatasetRule,
    subject: Subject<'c>,
    /// The rule's prefix, filled in; empty for a rule about the whole bucket.
    prefix: Box<str>,
    /// Why it is not known whether the rule applies.
    unread: Option<Box<str>>,
}

impl DatasetRule {
    /// The rule as it applies to a bucket; none if it does not. The error is a prefix that cannot be filled in.
    pub(super) fn apply<'c>(
        &'c self,
        line: usize,
        subject: Subject<'c>,
    ) -> Result<Option<Applied<'c>>, Cause> {
        let unread = match self.applies(subject) {
            Ok(false) => return Ok(None),
            Ok(true) => None,
            Err(why) => Some(why),
        };
        let fill = |prefix: &Prefix| prefix.fill(&subject.home.number, &subject.bucket.region);
        let prefix = self.prefix.as_ref().map(fill).transpose().map_err(|why| Cause::Unread { line, why })?;
        Ok(Some(Applied { line, rule: self, subject, prefix: prefix.unwrap_or_default(), unread }))
    }

    /// Whether all conditions hold; the prefix is none of them.
    fn applies(&self, Subject { home, bucket }: Subject<'_>) -> Test {
        let name = |pattern: &NamePattern| pattern.matches(&bucket.name, &home.number, &bucket.region);
        if !self.bucket.as_ref().is_none_or(name)
            || !self.account.as_ref().is_none_or(|pattern| pattern.matches(&home.number))
        {
            return Ok(false);
        }
        let tag = self.tag.as_ref().map(|test| test.holds(&bucket_tags(bucket)));
        let account_tag = self.account_tag.as_ref().map(|test| test.holds(&home.tags));
        let ou = self.ou.as_ref().map(|unit| home.is_below(unit));
        all([tag, account_tag, ou].into_iter().flatten())
    }

    /// Finds what is wrong with a rule that is well written.
    pub(super) fn check(&self, span: Range<usize>, classes: &[Spanned<Box<str>>]) -> Result<(), Fault> {
        let Some(class) = &self.class else {
            if self.ignore || self.team.is_some() || self.env.is_some() {
                return Ok(());
            }
            let expected = "`class`, `team`, `env` or `ignore = true`".to_owned();
            return Err(Fault { span, problem: "the rule gives nothing".to_owned(), expected });
        };
        if self.ignore {
            let problem = "a rule that ignores gives a class".to_owned();
            return Err(Fault { span: class.span(), problem, expected: "`class` or `ignore`".to_owned() });
        }
        match class.get_ref() {
            Source::Text(name) if !classes.iter().any(|class| class.get_ref() == name) => {
                let names: Vec<String> =
                    classes.iter().map(|class| format!("`{}`", class.get_ref())).collect();
                let problem = format!("the class {name:?} is not listed");
                Err(Fault { span: class.span(), problem, expected: names.join(", ") })
            }
            _ => Ok(()),
        }
    }

    fn class(&self) -> Option<&Source<DatasetTag>> {
        self.class.as_ref().map(Spanned::get_ref)
    }
}

impl<'c> Applied<'c> {
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether the rule gives anything here: only then is its prefix a data set of its own.
    pub(super) fn answers(&self) -> bool {
        let sources = [self.rule.class(), self.rule.team.as_ref(), self.rule.env.as_ref()];
        self.rule.ignore || sources.iter().any(|source| !matches!(self.text(*source), Answer::Silent))
    }

    pub(super) fn class(&self, contest: &mut Contest<Standing, Verdict<'c>>) {
        let source = self.rule.class();
        let verdict = if self.rule.ignore {
            self.given(Verdict::Ignored)
        } else {
            self.text(source).map(Verdict::Named)
        };
        contest.enter(self.standing(source), self.line, verdict);
    }

    pub(super) fn team(&self, contest: &mut Contest<Standing, &'c str>) {
        let source = self.rule.team.as_ref();
        contest.enter(self.standing(source), self.line, self.text(source));
    }

    pub(super) fn env(&self, contest: &mut Contest<Standing, &'c str>) {
        let source = self.rule.env.as_ref();
        contest.enter(self.standing(source), self.line, self.text(source));
    }

    fn text(&self, source: Option<&'c Source<DatasetTag>>) -> Answer<&'c str> {
        let text = match source {
            None => return Answer::Silent,
            Some(Source::Text(text)) => Ok(Some(&**text)),
            Some(Source::From(DatasetTag::Tag(key))) => tag(&bucket_tags(self.subject.bucket), key),
            Some(Source::From(DatasetTag::AccountTag(key))) => tag(&self.subject.home.tags, key),
        };
        match text {
            Ok(None) => Answer::Silent,
            Ok(Some(text)) => self.given(text),
            Err(why) => Answer::Unread(why),
        }
    }

    fn given<V>(&self, value: V) -> Answer<V> {
        self.unread.clone().map_or(Answer::Says(value), Answer::Unread)
    }

    fn standing(&self, source: Option<&Source<DatasetTag>>) -> Standing {
        let Self { rule, prefix, .. } = self;
        Standing {
            prefix_length: prefix.len(),
            full_name: rule.bucket.as_ref().is_some_and(NamePattern::is_full_name),
            tag: rule.tag.is_some(),
            from_tag: matches!(source, Some(Source::From(DatasetTag::Tag(_)))),
            name: rule.bucket.is_some(),
            account: rule.account.is_some(),
            account_tag: rule.account_tag.is_some()
                || matches!(source, Some(Source::From(DatasetTag::AccountTag(_)))),
            ou: rule.ou.is_some(),
        }
    }
}

impl<'a> Home<'a> {
    pub(super) fn new(hierarchy: &Fact<Option<Hierarchy<'a>>>, account: &Account) -> Self {
        let number = account.account_id.to_string();
        let (tags, units) = match hierarchy {
            Fact::Known(None) => (Ok(&[][..]), Ok(vec![])),
            Fact::Known(Some(hierarchy)) => {
                let entry = hierarchy.account(account.account_id);
                let unlisted = || format!("the organization does not list account {number}").into();
                (entry.map(|entry| &*entry.tags).ok_or_else(unlisted), units_above(hierarchy, account))
            }
            Fact::Unread(why) => {
                let why: Box<str> = format!("the organization: {why}").into();
                (Err(why.clone()), Err(why))
            }
        };
        Self { number, tags, units }
    }

    fn is_below(&self, unit: &str) -> Test {
        self.units.as_ref().map(|units| units.contains(&unit)).map_err(Clone::clone)
    }
}

/// The ids and names of the root and the units above an account.
fn units_above<'a>(hierarchy: &Hierarchy<'a>, account: &Account) -> Result<Vec<&'a str>, Box<str>> {
    let organization = hierarchy.organization;
    let way = hierarchy.ancestry(account.account_id).map_err(|error| error.to_string())?;
    let roots = organization.roots.iter().map(|root| (&root.id, &root.name));
    let units = organization.organizational_units.iter().map(|unit| (&unit.id, &unit.name));
    let above = roots.chain(units).filter(|(id, _)| way.contains(id));
    Ok(above.flat_map(|(id, name)| [&**id, &**name]).collect())
}

fn bucket_tags(bucket: &Bucket) -> Tags<'_> {
    match &bucket.tags {
        Fact::Known(tags) => Ok(tags),
        Fact::Unread(why) => Err(format!("the bucket's tags: {why}").into()),
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Named(class) => class,
            Self::Ignored => "ignored",
        })
    }
}
