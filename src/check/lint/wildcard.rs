//! A wildcard in the bucket's part of a resource crosses the slash: it also matches keys in buckets of other names.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::{Oddity, oddity};
use crate::estate::Estate;
use crate::iam::{Effect, Element, Glob, Statement};
use crate::space::behind;

const RULE: &str = "wildcard-crosses-buckets";

/// The buckets of the estate, by name.
pub(in crate::check) struct Buckets<'e> {
    names: BTreeSet<&'e str>,
}

impl<'e> Buckets<'e> {
    pub(in crate::check) fn new(estate: &'e Estate) -> Self {
        Self { names: estate.buckets().map(|(_, bucket)| &*bucket.name).collect() }
    }

    /// The buckets whose names begin like this.
    fn beginning<'b>(&'b self, start: &'b str) -> impl Iterator<Item = &'e str> + 'b {
        let from = self.names.range::<str, _>((Bound::Included(start), Bound::Unbounded));
        from.copied().take_while(move |name| name.starts_with(start))
    }
}

/// "You can use wildcard characters (* and ?) within any ARN segment"; the resource of an object is one segment, and `*` "matches any
/// combination of characters", a slash too. (IAM User Guide, reference_policies_elements_resource)
pub(super) fn odd(statement: &Statement, buckets: &Buckets<'_>) -> Option<Oddity> {
    if statement.effect != Effect::Allow {
        return None;
    }
    let Some(Element::Is(patterns)) = &statement.resource else { return None };
    patterns.iter().find_map(|pattern| {
        let glob = pattern.as_glob()?;
        let (bucket, key) = crossed(pattern.as_str(), glob, buckets)?;
        let detail = format!("{} also matches keys like {key} in the bucket {bucket}", pattern.as_str());
        Some(oddity(RULE, statement, detail))
    })
}

/// A bucket that the pattern does not name and yet reaches into, and which keys it reaches there.
fn crossed<'e>(text: &str, glob: &Glob, buckets: &Buckets<'e>) -> Option<(&'e str, String)> {
    let mut parts = text.splitn(6, ':');
    let partition = parts.nth(1)?;
    if parts.next() != Some("s3") || partition.contains(['*', '?']) {
        return None;
    }
    let resource = parts.nth(2)?;
    let name = resource.split('/').next().unwrap_or_default();
    let start = name.split(['*', '?']).next().unwrap_or_default();
    if start.len() == name.len() {
        return None;
    }
    let named = Glob::new(name);
    buckets.beginning(start).filter(|bucket| !named.matches(bucket)).find_map(|bucket| {
        let left = behind(glob, &format!("arn:{partition}:s3:::{bucket}/"));
        Some((bucket, left.first()?.to_string()))
    })
}
