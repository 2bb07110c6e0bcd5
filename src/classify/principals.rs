//! What users and roles are for, and whether people use them.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;

use super::decision::{Answer, Contest, Doubt, Property, Test, all};
use super::pattern::{Source, TagTest, Tags, glob, tag};
use super::rules::{Fault, Placed};
use super::trust;
use crate::estate::{Principal, Role};
use crate::iam::Glob;

/// What the rules tell of a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified<'a> {
    /// What it is for.
    pub access_role: Option<&'a str>,
    /// The team that it belongs to.
    pub team: Option<&'a str>,
    /// Whether people use it.
    pub kind: Kind,
    /// What rules and evidence leave open; such a property is none, or of unknown kind.
    pub doubts: Vec<Doubt>,
}

/// Who uses a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// People.
    Human,
    /// Machines only.
    Workload,
    /// No rule tells, or equal rules tell both.
    #[serde(skip)]
    Unknown,
}

impl Kind {
    /// Whether rules about humans bind the principal. Those of unknown kind are bound: what forbids a human something is
    /// then reported once too often and never once too seldom.
    #[must_use]
    pub fn may_be_human(self) -> bool {
        self != Self::Workload
    }

    /// The word in the rules; `unknown` stands in none.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Workload => "workload",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A `[[principal]]` rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PrincipalRule {
    #[serde(default, deserialize_with = "glob")]
    arn: Option<Glob>,
    #[serde(default, deserialize_with = "glob")]
    path: Option<Glob>,
    #[serde(default, deserialize_with = "glob")]
    name: Option<Glob>,
    #[serde(default, deserialize_with = "glob")]
    federated: Option<Glob>,
    tag: Option<TagTest>,
    trusted_only_by_services: Option<bool>,
    access_role: Option<Source<PrincipalTag>>,
    team: Option<Source<PrincipalTag>>,
    kind: Option<Kind>,
}

/// The tag that an answer about a principal is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PrincipalTag {
    Tag(Box<str>),
}

/// How much a rule's answer counts: the earlier member decides, and what has it outranks what has not.
///
/// `rules/classification.toml` explains this order to those who write rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    full_arn: bool,
    arn: bool,
    path: bool,
    name: bool,
    federated: bool,
    tag: bool,
    from_tag: bool,
    trusted_only_by_services: bool,
}

/// What the rules tell of a principal. The rules come with higher standing first.
pub(super) fn classify<'a>(rules: &'a [Placed<PrincipalRule>], principal: &Principal<'a>) -> Classified<'a> {
    let mut access_role = Contest::new();
    let mut team = Contest::new();
    let mut kind = Contest::new();
    for Placed { line, rule } in rules {
        let role_standing = rule.standing_of(rule.access_role.as_ref());
        let team_standing = rule.standing_of(rule.team.as_ref());
        let needed = (rule.access_role.is_some() && access_role.admits(&role_standing))
            || (rule.team.is_some() && team.admits(&team_standing))
            || (rule.kind.is_some() && kind.admits(&rule.standing()));
        if !needed {
            continue;
        }
        let applies = rule.applies(principal);
        access_role.enter(role_standing, *line, text(&applies, rule.access_role.as_ref(), principal));
        team.enter(team_standing, *line, text(&applies, rule.team.as_ref(), principal));
        kind.enter(rule.standing(), *line, given(&applies, rule.kind));
    }
    let mut doubts = vec![];
    Classified {
        access_role: settle(Property::AccessRole, access_role, &mut doubts),
        team: settle(Property::Team, team, &mut doubts),
        kind: settle(Property::Kind, kind, &mut doubts).unwrap_or(Kind::Unknown),
        doubts,
    }
}

fn settle<V: Copy + PartialEq + fmt::Display>(
    property: Property,
    contest: Contest<Standing, V>,
    doubts: &mut Vec<Doubt>,
) -> Option<V> {
    match contest.decide() {
        Ok(answer) => answer.map(|(_, value)| value),
        Err(cause) => {
            doubts.push(Doubt { property, cause });
            None
        }
    }
}

fn text<'a>(
    applies: &Test,
    source: Option<&'a Source<PrincipalTag>>,
    principal: &Principal<'a>,
) -> Answer<&'a str> {
    let text = match source {
        None => Ok(None),
        Some(Source::Text(text)) => Ok(Some(&**text)),
        Some(Source::From(PrincipalTag::Tag(key))) => tag(&tags(principal), key),
    };
    match text {
        Ok(text) => given(applies, text),
        Err(why) if *applies != Ok(false) => Answer::Unread(why),
        Err(_) => Answer::Silent,
    }
}

fn given<V>(applies: &Test, value: Option<V>) -> Answer<V> {
    match (applies, value) {
        (Ok(false), _) | (_, None) => Answer::Silent,
        (Ok(true), Some(value)) => Answer::Says(value),
        (Err(why), Some(_)) => Answer::Unread(why.clone()),
    }
}

impl PrincipalRule {
    /// The standing of an answer that the rule gives in its own words.
    pub(super) fn standing(&self) -> Standing {
        self.standing_of(None)
    }

    fn standing_of(&self, source: Option<&Source<PrincipalTag>>) -> Standing {
        Standing {
            full_arn: self.arn.as_ref().is_some_and(|arn| arn.as_literal().is_some()),
            arn: self.arn.is_some(),
            path: self.path.is_some(),
            name: self.name.is_some(),
            federated: self.federated.is_some(),
            tag: self.tag.is_some(),
            from_tag: matches!(source, Some(Source::From(PrincipalTag::Tag(_)))),
            trusted_only_by_services: self.trusted_only_by_services.is_some(),
        }
    }

    /// Whether all conditions hold; a user has no trust policy, so no condition on one.
    fn applies(&self, principal: &Principal<'_>) -> Test {
        let matches =
            |pattern: &Option<Glob>, text| pattern.as_ref().is_none_or(|pattern| pattern.matches(text));
        if !matches(&self.arn, principal.arn())
            || !matches(&self.path, principal.path())
            || !matches(&self.name, principal.name())
        {
            return Ok(false);
        }
        let trusts = |test: &dyn Fn(&Role) -> Test| principal.as_role().map_or(Ok(false), test);
        let federated =
            self.federated.as_ref().map(|provider| trusts(&|role| trust::lets_in_provider(role, provider)));
        let services = self.trusted_only_by_services.map(|expected| {
            trusts(&|role| trust::lets_in_services_only(role).map(|services_only| services_only == expected))
        });
        let tag = self.tag.as_ref().map(|test| test.holds(&tags(principal)));
        all([tag, federated, services].into_iter().flatten())
    }

    /// Finds what is wrong with a rule that is well written.
    pub(super) fn check(&self, span: Range<usize>) -> Result<(), Fault> {
        if self.access_role.is_some() || self.team.is_some() || self.kind.is_some() {
            return Ok(());
        }
        let problem = "the rule gives nothing".to_owned();
        Err(Fault { span, problem, expected: "`access-role`, `team` or `kind`".to_owned() })
    }
}

fn tags<'a>(principal: &Principal<'a>) -> Tags<'a> {
    Ok(principal.tags())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::classify::{Cause, Rules};
    use crate::estate::Account;

    const ROOT: &str = "arn:aws:iam::111111111111:root";
    const SAML: &str = "arn:aws:iam::111111111111:saml-provider/AWSSSO_0a1b_DO_NOT_DELETE";
    const GITHUB: &str = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";

    fn trust(principal: &Value) -> Value {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        json!({"Version": "2012-10-17", "Statement": [statement]})
    }

    fn tags(tags: &[(&str, &str)]) -> Value {
        tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
    }

    fn role(path: &str, trust: &Value, tagged: &[(&str, &str)]) -> Account {
        let role = json!({
            "Path": path, "RoleName": "r", "RoleId": "AROAEXAMPLEID1234567", "AssumeRolePolicyDocument": trust,
            "Arn": format!("arn:aws:iam::111111111111:role{path}r"), "Tags": tags(tagged),
        });
        account(&json!({"RoleDetailList": [role]}))
    }

    fn user(tagged: &[(&str, &str)]) -> Account {
        let user = json!({
            "Path": "/", "UserName": "u", "UserId": "AIDAEXAMPLEID1234567",
            "Arn": "arn:aws:iam::111111111111:user/u", "Tags": tags(tagged),
        });
        account(&json!({"UserDetailList": [user]}))
    }

    fn account(details: &Value) -> Account {
        let account = json!({"AccountId": "111111111111", "AuthorizationDetails": details}).to_string();
        serde_json::from_str(&account).expect("an account")
    }

    fn kind(rules: &Rules, account: &Account) -> Kind {
        rules.principal(&account.principals().next().expect("a principal")).kind
    }

    #[test]
    fn tags_tell_access_role_and_team_by_default() {
        let account =
            role("/ml/", &trust(&json!({"AWS": ROOT})), &[("Access-Role", "serving"), ("team", "vision")]);
        let rules = Rules::bundled();
        let found = rules.principal(&account.principals().next().expect("a role"));
        let expected = Classified {
            access_role: Some("serving"),
            team: Some("vision"),
            kind: Kind::Workload,
            doubts: vec![],
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn the_kind_follows_name_then_sign_in_then_tags_then_trust_by_default() {
        let (service, root) = (json!({"Service": "lambda.amazonaws.com"}), json!({"AWS": ROOT}));
        let (saml, github) = (json!({"Federated": SAML}), json!({"Federated": GITHUB}));
        let mixed = json!({"Service": "lambda.amazonaws.com", "AWS": ROOT});
        type Case<'a> = (&'a str, &'a Value, &'a [(&'a str, &'a str)], Kind);
        let cases: [Case<'_>; 16] = [
            ("/aws-reserved/sso.amazonaws.com/eu-west-1/", &saml, &[], Kind::Human),
            ("/aws-reserved/sso.amazonaws.com/", &saml, &[("access-role", "pipeline")], Kind::Human),
            ("/aws-service-role/config.amazonaws.com/", &service, &[], Kind::Workload),
            ("/", &saml, &[], Kind::Human),
            ("/", &saml, &[("access-role", "pipeline")], Kind::Human),
            ("/", &github, &[("access-role", "pipeline")], Kind::Workload),
            ("/", &github, &[], Kind::Unknown),
            ("/", &service, &[("access-role", "data-scientist")], Kind::Human),
            ("/", &service, &[("access-role", "platform-admin")], Kind::Human),
            ("/", &service, &[("access-role", "auditor")], Kind::Human),
            ("/", &root, &[("access-role", "feature-publisher")], Kind::Workload),
            ("/", &root, &[("access-role", "serving")], Kind::Workload),
            ("/", &service, &[], Kind::Workload),
            ("/", &mixed, &[], Kind::Unknown),
            ("/", &root, &[], Kind::Unknown),
            ("/", &root, &[("access-role", "else")], Kind::Unknown),
        ];
        for (path, principal, tagged, expected) in cases {
            let account = role(path, &trust(principal), tagged);
            assert_eq!(kind(&Rules::bundled(), &account), expected, "{path} {principal} {tagged:?}");
        }
        for tagged in [&[][..], &[("access-role", "pipeline")]] {
            assert_eq!(kind(&Rules::bundled(), &user(tagged)), Kind::Human);
        }
    }

    #[test]
    fn a_trust_policy_that_was_not_understood_proves_nothing() {
        let good = json!({"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "sts:AssumeRole"});
        let faulty = json!({"Version": "2012-10-17", "Statement": [good, {"Effect": "Alow"}]});
        for trust in [faulty, Value::Null] {
            let account = role("/", &trust, &[]);
            let rules = Rules::bundled();
            let found = rules.principal(&account.principals().next().expect("a role"));
            assert_eq!(found.kind, Kind::Unknown);
            assert!(
                matches!(found.doubts.as_slice(), [Doubt { cause: Cause::Unread { .. }, .. }]),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_statement_for_everyone_but_some_lets_in_more_than_services() {
        let allow = json!({"Effect": "Allow", "NotPrincipal": {"AWS": ROOT}, "Action": "sts:AssumeRole"});
        let account = role("/", &json!({"Version": "2012-10-17", "Statement": [allow]}), &[]);
        assert_eq!(kind(&Rules::bundled(), &account), Kind::Human);
        let nobody = role("/", &json!({"Version": "2012-10-17", "Statement": []}), &[]);
        assert_eq!(kind(&Rules::bundled(), &nobody), Kind::Unknown);
    }

    #[test]
    fn equal_rules_that_disagree_leave_the_kind_unknown_and_say_so() {
        let text = "classes = [\"team\"]\n[[principal]]\nname = \"r\"\nkind = \"human\"\n\
                    [[principal]]\nname = \"r*\"\nkind = \"workload\"\n";
        let rules = Rules::parse(text, "rules.toml").expect("good rules");
        let account = role("/", &trust(&json!({"AWS": ROOT})), &[]);
        let found = rules.principal(&account.principals().next().expect("a role"));
        assert_eq!(found.kind, Kind::Unknown);
        assert!(found.kind.may_be_human());
        assert!(
            matches!(found.doubts.as_slice(), [Doubt { cause: Cause::Ambiguous(claims), .. }] if claims.len() == 2)
        );
        let named =
            format!("{text}[[principal]]\narn = \"arn:aws:iam::111111111111:role/r\"\nkind = \"workload\"");
        let rules = Rules::parse(&named, "rules.toml").expect("good rules");
        assert_eq!(kind(&rules, &account), Kind::Workload);
    }
}
