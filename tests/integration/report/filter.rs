//! What a filter leaves, and what it counts.

use palisade::finding::{Assessment, BucketPattern, Filter, Severity};

use super::sample;

fn retained(filter: &Filter) -> Assessment {
    let mut assessment = sample::assessment();
    assessment.retain(filter);
    assessment
}

#[test]
fn an_empty_filter_keeps_everything() {
    assert_eq!(retained(&Filter::default()), sample::assessment());
}

#[test]
fn the_figures_are_those_of_what_is_left() {
    let all = sample::assessment();
    let left = retained(&Filter { min_severity: Some(Severity::High), ..Filter::default() });
    assert_eq!(left.findings.len(), 6);
    assert_eq!(left.summary.violations[&Severity::Critical], 1);
    assert_eq!(left.summary.violations[&Severity::Low], 0);
    assert_eq!(left.summary.undecided, 1);
    assert_eq!(left.summary.hidden, all.findings.len() - 6);
    assert_eq!((left.summary.rules, &left.summary.datasets), (all.summary.rules, &all.summary.datasets));
}

#[test]
fn each_restriction_holds() {
    let rules = retained(&Filter { rules: vec!["models-not-versioned".into()], ..Filter::default() });
    assert_eq!(rules.findings.len(), 3);
    let classes = retained(&Filter { classes: vec!["team".into()], ..Filter::default() });
    assert_eq!(classes.findings.len(), 18);
    let buckets = retained(&Filter {
        buckets: vec![BucketPattern::new("*-models-d*"), BucketPattern::new("*-01-*")],
        ..Filter::default()
    });
    assert_eq!(buckets.findings.len(), 2);
    let both = Filter {
        classes: vec!["team".into()],
        buckets: vec![BucketPattern::new("acme-models-*")],
        ..Filter::default()
    };
    assert_eq!(retained(&both).findings.len(), 0);
}

#[test]
fn gaps_stay() {
    let left = retained(&Filter { rules: vec!["public-write".into()], ..Filter::default() });
    assert_eq!(left.gaps, sample::assessment().gaps);
    assert_eq!(left.summary.gaps, 7);
}
