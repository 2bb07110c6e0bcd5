//! The report for programs.

use std::fs;

use palisade::finding::Assessment;
use palisade::report::{Format, Layout, Palette};
use serde_json::Value;

use super::sample;

fn render(assessment: &Assessment) -> String {
    let mut out = vec![];
    let layout = Layout { width: 80, palette: Palette::colored(), verbose: false };
    Format::Json.write(assessment, &layout, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/report-1.schema.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the schema")).expect("JSON")
}

#[test]
fn the_whole_assessment() {
    let mut assessment = sample::assessment();
    assessment.findings.truncate(3);
    insta::assert_snapshot!(render(&assessment));
}

#[test]
fn obeys_its_schema() {
    let schema = schema();
    jsonschema::draft202012::meta::validate(&schema).expect("a good schema");
    let validator = jsonschema::draft202012::new(&schema).expect("a good schema");
    for assessment in [sample::assessment(), sample::clean()] {
        let report: Value = serde_json::from_str(&render(&assessment)).expect("JSON");
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}

/// A schema can only vouch for members that it has seen: the sample sets every one of them.
#[test]
fn the_sample_sets_every_member_of_the_schema() {
    let report: Value = serde_json::from_str(&render(&sample::assessment())).expect("JSON");
    let text = report.to_string();
    let schema = schema();
    let types = schema["$defs"].as_object().expect("types").values().chain([&schema]);
    for member in types.filter_map(|of| of["properties"].as_object()).flatten().map(|(name, _)| name) {
        assert!(text.contains(&format!("\"{member}\":")), "no `{member}` in the sample");
    }
}

#[test]
fn ends_with_one_newline_and_has_no_colour() {
    let report = render(&sample::assessment());
    assert!(report.ends_with("}\n"));
    assert!(!report.contains('\u{1b}'));
}
