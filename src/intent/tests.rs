use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use cedar_policy::Schema;

use super::*;
use crate::estate::{Fact, PublicAccessBlock, Unread};
use crate::finding::{RuleKind, Severity};
use crate::iam::Action;

fn intent() -> Intent {
    Intent::bundled().expect("the bundled rules are sound")
}

fn dataset(class: &str) -> DatasetFacts {
    specimen::dataset(class).expect("a specimen")
}

fn role(access_role: &str) -> PrincipalFacts {
    specimen::role(access_role).expect("a specimen")
}

/// The bundled folder with another policy in it.
fn with(policy: &str) -> Result<Intent, IntentError> {
    let mut files: Vec<_> = BUNDLED.iter().map(PolicyFile::bundled).collect();
    files.push(PolicyFile { name: "mine.cedar".into(), text: policy.into() });
    Intent::load(&files)
}

#[test]
fn the_bundled_rules_are_sound() {
    let started = Instant::now();
    let intent = intent();
    println!("{:?}", started.elapsed());
    assert!(intent.rules().is_sorted_by(|one, other| one.id < other.id));
    println!("{} rules {} permits", intent.rules().len(), intent.permits().len());
}
