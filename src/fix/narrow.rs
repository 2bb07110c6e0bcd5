//! What is left of an Allow when some actions on some data are taken out of it.

use serde_json::{Map, Value, json};

use super::actions::{Actions, left_of};
use crate::access::data_actions;
use crate::iam::{Effect, Element, Glob, Pattern, Statement};
use crate::space::behind;

/// Data that actions are taken from: a bucket, or the keys below a prefix in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    /// The bucket's ARN.
    pub(super) bucket: String,
    /// What the keys begin with; empty for the whole bucket.
    pub(super) prefix: Box<str>,
}

/// What is left of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Left {
    /// Nothing.
    Nothing,
    /// One statement.
    One(Value),
    /// Two: for other data as it was, and for this data what is not taken.
    Two(Value, Value),
}

/// How the data that a resource names lies to the data that something is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    Apart,
    Within,
    Across,
}

/// Takes actions on some data out of an Allow; none where its resources name this data and others in one pattern, or its actions cannot
/// be listed.
pub(super) fn narrowed(statement: &Statement, json: &Value, taken: &Actions, parts: &[Part]) -> Option<Left> {
    let Some(Element::Is(patterns)) = &statement.resource else { return None };
    if statement.effect != Effect::Allow {
        return None;
    }
    let mut here = vec![];
    let mut elsewhere = vec![];
    for pattern in patterns {
        let lies: Vec<Lie> = parts.iter().map(|part| lie(pattern, part)).collect();
        if lies.contains(&Lie::Across) {
            return None;
        }
        let place = if lies.contains(&Lie::Within) { &mut here } else { &mut elsewhere };
        place.push(pattern.as_str().to_owned());
    }
    let rest = without(statement, json, taken)?;
    Some(match (elsewhere.is_empty(), rest) {
        (true, None) => Left::Nothing,
        (true, Some(rest)) => Left::One(rest),
        (false, None) => Left::One(with_resources(json, &elsewhere)),
        (false, Some(rest)) => {
            let rest = with_resources(&rest, &here);
            Left::Two(with_resources(json, &elsewhere), rest)
        }
    })
}

/// A statement without some actions; `Some(None)` if none is left, none if what is left cannot be listed.
fn without(statement: &Statement, json: &Value, taken: &Actions) -> Option<Option<Value>> {
    let members = json.as_object()?;
    match &statement.action {
        Element::IsNot(patterns) => {
            let mut listed: Vec<String> =
                patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
            listed.extend(taken.patterns());
            Some(Some(with(members, "NotAction", listed.into())))
        }
        Element::Is(patterns) => {
            if let [only] = &**patterns
                && only.as_str().bytes().all(|byte| byte == b'*')
            {
                let mut members = renamed(members, "Action", "NotAction");
                members.insert("NotAction".to_owned(), taken.patterns().into());
                return Some(Some(Value::Object(members)));
            }
            let mut listed: Vec<String> = vec![];
            for pattern in patterns {
                let touched = data_actions()
                    .iter()
                    .any(|data| pattern.matches(&data.action) && taken.contains(&data.action));
                if touched {
                    listed.extend(left_of(pattern, taken)?.patterns());
                } else {
                    listed.push(pattern.as_str().to_owned());
                }
            }
            listed.dedup();
            Some((!listed.is_empty()).then(|| with(members, "Action", one_or_many(listed))))
        }
    }
}

fn with_resources(json: &Value, resources: &[String]) -> Value {
    match json.as_object() {
        Some(members) => with(members, "Resource", one_or_many(resources.to_vec())),
        None => json.clone(),
    }
}

/// One value as a policy writes it: alone, or in a list.
pub(super) fn one_or_many(mut values: Vec<String>) -> Value {
    match (values.len(), values.pop()) {
        (1, Some(only)) => Value::String(only),
        (_, last) => {
            values.extend(last);
            values.into()
        }
    }
}

/// The values of a member that a policy writes alone or in a list.
pub(super) fn listed(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(only) => Some(vec![only.clone()]),
        Value::Array(many) => {
            Some(many.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
        }
        _ => None,
    }
}

fn with(members: &Map<String, Value>, name: &str, value: Value) -> Value {
    let mut members = members.clone();
    members.insert(name.to_owned(), value);
    Value::Object(members)
}

/// The members with one under another name, in its place.
fn renamed(members: &Map<String, Value>, from: &str, to: &str) -> Map<String, Value> {
    let name = |name: &String| if name == from { to.to_owned() } else { name.clone() };
    members.iter().map(|(key, value)| (name(key), value.clone())).collect()
}

fn lie(pattern: &Pattern, part: &Part) -> Lie {
    let text = pattern.as_str();
    let resource = text.splitn(6, ':').nth(5).unwrap_or(text);
    let (bucket, key) = match resource.split_once('/') {
        Some((bucket, key)) => (bucket, Some(key)),
        None => (resource, None),
    };
    let own = part.bucket.rsplit(':').next().unwrap_or_default();
    if text.starts_with("arn:") && !bucket.contains(['*', '?', '$']) {
        return match key {
            _ if bucket != own => Lie::Apart,
            _ if part.prefix.is_empty() => Lie::Within,
            // What lists the bucket lists other data too.
            None => Lie::Across,
            Some(key) => {
                let start = key.split(['*', '?', '$']).next().unwrap_or_default();
                if start.starts_with(&*part.prefix) {
                    Lie::Within
                } else if part.prefix.starts_with(start) {
                    Lie::Across
                } else {
                    Lie::Apart
                }
            }
        };
    }
    // A variable may stand for anything.
    let glob = Glob::new(text.split('$').next().unwrap_or_default());
    let glob = if text.contains('$') {
        Glob::new(&format!("{}*", text.split('$').next().unwrap_or_default()))
    } else {
        glob
    };
    let objects = format!("{}/{}", part.bucket, part.prefix);
    let meets = glob.matches(&part.bucket) || !behind(&glob, &objects).is_empty();
    if meets { Lie::Across } else { Lie::Apart }
}

impl Part {
    /// The resources by which a policy names this data for some actions: the bucket, the objects, or both.
    pub(super) fn resources(&self, actions: &Actions) -> Vec<String> {
        let of = |objects: bool| {
            data_actions().iter().any(|data| data.on_objects == objects && actions.contains(&data.action))
        };
        let bucket = of(false).then(|| self.bucket.clone());
        let objects = of(true).then(|| format!("{}/{}*", self.bucket, self.prefix));
        bucket.into_iter().chain(objects).collect()
    }
}

/// A Deny of actions on some data, for a policy of principals.
pub(super) fn deny(sid: &str, actions: &Actions, parts: &[Part]) -> Value {
    let resources: Vec<String> = parts.iter().flat_map(|part| part.resources(actions)).collect();
    json!({
        "Sid": sid,
        "Effect": "Deny",
        "Action": one_or_many(actions.patterns()),
        "Resource": one_or_many(resources),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Document;

    fn narrow(statement: &str, taken: &[&str], bucket: &str) -> Option<Left> {
        let json: Value = serde_json::from_str(statement).expect("JSON");
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        let document = Document::parse(&text).expect("a document");
        let part = Part { bucket: format!("arn:aws:s3:::{bucket}"), prefix: "".into() };
        narrowed(document.statements.first()?, &json, &Actions::named(taken.iter().copied()), &[part])
    }

    #[test]
    fn actions_and_resources_are_taken_out_and_nothing_else() {
        let statement = r#"{"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}"#;
        let put = narrow(statement, &["s3:PutObject"], "b").expect("something is left");
        assert_eq!(
            put,
            Left::Two(
                json!({"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::a/*"}),
                json!({"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}),
            )
        );
        let both = narrow(statement, &["s3:PutObject", "s3:GetObject"], "a").expect("something is left");
        assert_eq!(
            both,
            Left::One(
                json!({"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::b/*"})
            )
        );
        let only = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}"#;
        assert_eq!(narrow(only, &["s3:GetObject"], "a"), Some(Left::Nothing));
    }

    #[test]
    fn a_pattern_over_other_buckets_is_left_alone() {
        for resource in ["*", "arn:aws:s3:::a*", "arn:aws:s3:::*/x", "arn:aws:s3:::${aws:username}/*"] {
            let statement =
                format!(r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{resource}"}}"#);
            assert_eq!(narrow(&statement, &["s3:GetObject"], "abc"), None, "{resource}");
        }
    }

    #[test]
    fn a_star_becomes_everything_but() {
        let statement = r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::a/*"}"#;
        assert_eq!(
            narrow(statement, &["s3:GetObject"], "a"),
            Some(Left::One(
                json!({"Effect": "Allow", "NotAction": ["s3:GetObject"], "Resource": "arn:aws:s3:::a/*"})
            ))
        );
    }
}
