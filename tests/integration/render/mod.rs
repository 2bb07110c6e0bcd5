//! Fixes in every form: does what reads them understand them, and do they say what the plan says?

mod cli;
mod cloudformation;
mod diff;
mod sample;
mod terraform;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use palisade::assess::plan;
use palisade::classify::Rules;
use palisade::estate::Edit;
use palisade::finding::Plan;
use palisade::fix::render::{File, Format, render};
use palisade::intent::Intent;
use palisade::source::demo;
use serde_json::Value;

fn files(format: Format, edits: &[Edit]) -> Vec<File> {
    render(format, &sample::plan(edits.to_vec()), edits)
}

/// A tool that tests/live/install installs.
fn tool(name: &str) -> Command {
    Command::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/live/venv/bin").join(name))
}

/// Runs to the end, and says what went wrong.
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn every_format_has_a_name_that_is_read_back() {
    for (format, name) in Format::ALL {
        assert_eq!((name.parse(), format.as_str()), (Ok(format), name));
    }
    assert_eq!("yaml".parse::<Format>().unwrap_err().to_string(), "\"yaml\" is no format of fixes");
}

#[test]
fn no_changes_make_no_scripts() {
    for format in [Format::Cli, Format::Terraform, Format::Cloudformation] {
        assert_eq!(files(format, &[]), []);
    }
}

#[test]
fn json_is_the_plan() {
    let plan = sample::plan(sample::all());
    let [file] = &render(Format::Json, &plan, &[])[..] else { panic!("one file") };
    let read: serde_json::Value = serde_json::from_str(&file.text).expect("JSON");
    assert_eq!((&*file.name, &read), ("plan.json", &serde_json::to_value(&plan).expect("JSON")));
}

#[test]
fn the_plan_obeys_its_schema_which_has_nothing_that_no_plan_has() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/plan-1.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("the schema")).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a good schema");
    let validator = jsonschema::draft202012::new(&schema).expect("a good schema");
    let by_hand = sample::plan(sample::all());
    let broken = Plan { together: sample::broken(), ..by_hand };
    let (rules, intent) = (Rules::bundled(), Intent::bundled().expect("the bundled rules"));
    let estate = demo::estate().expect("the demo");
    let of_demo = plan(&estate, &rules, &intent, |_| true).expect("a plan");
    for plan in [&broken, &of_demo] {
        let plan = serde_json::to_value(plan).expect("JSON");
        let errors = validator.iter_errors(&plan).map(|error| format!("{}: {error}", error.instance_path()));
        let errors: Vec<String> = errors.collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
    let text = serde_json::to_string(&broken).expect("JSON");
    let types = schema["$defs"].as_object().expect("types").values().chain([&schema]);
    for member in types.filter_map(|of| of["properties"].as_object()).flatten().map(|(name, _)| name) {
        assert!(text.contains(&format!("\"{member}\":")), "no `{member}` in the sample");
    }
}

#[test]
fn a_small_example_in_every_format() {
    let edits = sample::resources();
    let small: Vec<Edit> = [17, 3].map(|place| edits[place].clone()).into();
    for (format, name) in Format::ALL {
        let whole: Vec<String> =
            files(format, &small).iter().map(|file| format!("== {}\n{}", file.name, file.text)).collect();
        insta::assert_snapshot!(name, whole.join("\n"));
    }
}
