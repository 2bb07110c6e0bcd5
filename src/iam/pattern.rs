//! Patterns with policy variables: what stands in `Resource` and in `String*` and `Arn*` conditions.

use std::borrow::Cow;
use std::fmt;

use super::Version;
use super::context::Context;
use super::glob::{Builder, Glob};

/// A pattern as a policy writes it: wildcards and, under version 2012-10-17, variables.
///
/// Equality and order follow the text and what it means: the same text under another version may be another pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    text: Box<str>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Fixed(Glob),
    Template(Box<[Part]>),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Literal(char),
    AnyOne,
    AnyMany,
    Variable(Variable),
}

/// A policy variable: `${aws:username}`, or `${aws:username, 'nobody'}` with a default.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variable {
    /// The condition key whose value it stands for.
    pub key: Box<str>,
    /// What it stands for when the request does not carry the key.
    pub default: Option<Box<str>>,
}

/// Whether `*` and `?` are wildcards in a pattern: they are in `Resource`, `StringLike` and `Arn*`, and
/// are not in `StringEquals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Match,
    AreLiteral,
}

impl Pattern {
    /// Reads a pattern with wildcards.
    ///
    /// # Errors
    /// A variable that does not end, or that has no key.
    pub(crate) fn parse(text: &str, version: Version, wildcards: Wildcards) -> Result<Self, String> {
        let kind = if version == Version::V2012 && text.contains("${") {
            let parts = parts(text, wildcards)?;
            if parts.iter().any(|part| matches!(part, Part::Variable(_))) {
                Kind::Template(parts.into())
            } else {
                Kind::Fixed(assemble(&parts, |_| None).unwrap_or_else(|| Glob::literal("")))
            }
        } else {
            Kind::Fixed(match wildcards {
                Wildcards::Match => Glob::new(text),
                Wildcards::AreLiteral => Glob::literal(text),
            })
        };
        Ok(Self { text: text.into(), kind })
    }

    /// The pattern as the policy writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The pattern with its variables replaced by their values in `context`; none if one of them has no value.
    ///
    /// "If the variable is not present in the request context, the policy does not match unless a default is
    /// given." (IAM User Guide, reference_policies_variables)
    #[must_use]
    pub fn resolve(&self, context: &Context) -> Option<Cow<'_, Glob>> {
        match &self.kind {
            Kind::Fixed(glob) => Some(Cow::Borrowed(glob)),
            Kind::Template(parts) => {
                assemble(parts, |variable| variable.value(context).map(StandIn::Text)).map(Cow::Owned)
            }
        }
    }

    /// The pattern with its variables replaced by their values in `context`; none if one has no value.
    pub(super) fn bind(&self, context: &Context) -> Option<Self> {
        let glob = self.resolve(context)?.into_owned();
        let text = match &self.kind {
            Kind::Fixed(_) => self.text.clone(),
            Kind::Template(_) => glob.to_string().into(),
        };
        Some(Self { text, kind: Kind::Fixed(glob) })
    }

    /// What the pattern means, as a text.
    pub(super) fn canonical(&self) -> String {
        match &self.kind {
            Kind::Fixed(glob) => glob.to_string(),
            Kind::Template(_) => self.text.to_string(),
        }
    }

    /// A glob that matches at least what the pattern matches: a variable whose key `is_open` becomes a star, every other one its
    /// value in `context`. None if one of those has no value.
    #[must_use]
    pub fn widened(&self, context: &Context, is_open: &dyn Fn(&str) -> bool) -> Option<Glob> {
        match &self.kind {
            Kind::Fixed(glob) => Some(glob.clone()),
            Kind::Template(parts) => assemble(parts, |variable| {
                if is_open(&variable.key) {
                    Some(StandIn::Anything)
                } else {
                    variable.value(context).map(StandIn::Text)
                }
            }),
        }
    }

    /// The glob, if the pattern has no variables.
    #[must_use]
    pub fn as_glob(&self) -> Option<&Glob> {
        match &self.kind {
            Kind::Fixed(glob) => Some(glob),
            Kind::Template(_) => None,
        }
    }

    /// The variables, in order of appearance.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let parts: &[Part] = match &self.kind {
            Kind::Fixed(_) => &[],
            Kind::Template(parts) => parts,
        };
        parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            _ => None,
        })
    }

    /// Whether `text` matches in `context`; a variable without a value matches nothing.
    #[must_use]
    pub fn matches(&self, text: &str, context: &Context) -> bool {
        self.resolve(context).is_some_and(|glob| glob.matches(text))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Variable {
    fn value<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        context.one(&self.key).or(self.default.as_deref())
    }
}

/// Cuts a text with variables into parts.
///
/// "Policy variables [...] are available only when the policy's Version is 2012-10-17. [...] `${*}`, `${?}` and
/// `${$}` use the character itself." (IAM User Guide, reference_policies_variables)
fn parts(text: &str, wildcards: Wildcards) -> Result<Vec<Part>, String> {
    let mut parts = vec![];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(inside) = rest.strip_prefix("${") {
            let (body, after) = inside.split_once('}').ok_or("a `}` for every `${`")?;
            parts.push(substitution(body)?);
            rest = after;
            continue;
        }
        parts.push(match (c, wildcards) {
            ('*', Wildcards::Match) => Part::AnyMany,
            ('?', Wildcards::Match) => Part::AnyOne,
            (c, _) => Part::Literal(c),
        });
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    Ok(parts)
}

/// What stands between `${` and `}`: one of the characters `*?$`, or a key with an optional default.
fn substitution(body: &str) -> Result<Part, String> {
    if let "*" | "?" | "$" = body {
        return Ok(Part::Literal(body.chars().next().unwrap_or('$')));
    }
    let (key, default) = match body.split_once(',') {
        None => (body.trim(), None),
        Some((key, quoted)) => {
            let default = quoted.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            let default = default.ok_or_else(|| format!("a default in single quotes in `${{{body}}}`"))?;
            (key.trim(), Some(default.into()))
        }
    };
    if key.is_empty() {
        return Err("a key between `${` and `}`".to_owned());
    }
    Ok(Part::Variable(Variable { key: key.into(), default }))
}

/// What stands in the place of a variable.
enum StandIn<'v> {
    /// Its value, which stands for itself, wildcard characters included.
    Text(&'v str),
    /// Whatever it may be.
    Anything,
}

/// The glob of a template; none if nothing stands in for one of its variables.
fn assemble<'a>(parts: &'a [Part], stand_in: impl Fn(&'a Variable) -> Option<StandIn<'a>>) -> Option<Glob> {
    let mut glob = Builder::default();
    for part in parts {
        match part {
            Part::Literal(c) => glob.literal(*c),
            Part::AnyOne => glob.any_one(),
            Part::AnyMany => glob.any_many(),
            Part::Variable(variable) => match stand_in(variable)? {
                StandIn::Text(value) => glob.text(value),
                StandIn::Anything => glob.any_many(),
            },
        }
    }
    Some(glob.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text, Version::V2012, Wildcards::Match).expect("a good pattern")
    }

    #[test]
    fn a_variable_takes_the_value_of_its_key() {
        let mut context = Context::new();
        let home = pattern("arn:aws:s3:::b/${aws:username}/*");
        assert!(!home.matches("arn:aws:s3:::b//x", &context));
        context.set_one("aws:username", "a*");
        assert!(home.matches("arn:aws:s3:::b/a*/x", &context));
        assert!(!home.matches("arn:aws:s3:::b/ab/x", &context));
    }

    #[test]
    fn a_default_stands_in_for_an_absent_key() {
        let team = pattern("${aws:PrincipalTag/team, 'company-wide'}");
        assert!(team.matches("company-wide", &Context::new()));
    }

    #[test]
    fn escapes_are_literal_and_version_2008_has_neither() {
        assert!(pattern("a${*}b${?}${$}").matches("a*b?$", &Context::new()));
        let old = Pattern::parse("${aws:username}", Version::V2008, Wildcards::Match).expect("plain text");
        assert!(old.matches("${aws:username}", &Context::new()));
    }

    #[test]
    fn a_broken_variable_is_an_error() {
        for text in ["${aws:username", "${}", "${aws:username, nobody}"] {
            assert!(Pattern::parse(text, Version::V2012, Wildcards::Match).is_err(), "{text}");
        }
    }
}
