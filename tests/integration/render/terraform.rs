//! The Terraform files, read by two parsers that are not the printer.

use std::fs;

use hcl::eval::{Context, Evaluate, FuncArgs, FuncDef, ParamType};
use hcl::structure::{Attribute, Block, Body};
use hcl::{Expression, Value};
use palisade::estate::{Edit, Target};
use palisade::fix::render::Format;

use super::{files, sample, succeed, tool};

fn parsed(edits: &[Edit]) -> Vec<(String, Body)> {
    let files = files(Format::Terraform, edits).into_iter();
    files
        .map(|file| {
            (
                file.name.to_string(),
                hcl::parse(&file.text).unwrap_or_else(|error| panic!("{error}\n{}", file.text)),
            )
        })
        .collect()
}

/// What `jsonencode` says in a file, as JSON.
fn documents(body: &Body) -> Vec<serde_json::Value> {
    let mut context = Context::new();
    let jsonencode =
        |arguments: FuncArgs| Ok(Value::from(serde_json::to_string(&arguments[0]).expect("JSON")));
    context.declare_func("jsonencode", FuncDef::builder().param(ParamType::Any).build(jsonencode));
    let attributes = body.blocks().flat_map(|block| block.body().attributes());
    let calls = attributes.filter(|attribute| matches!(attribute.expr(), Expression::FuncCall(_)));
    let texts = calls.map(|call| call.expr().evaluate(&context).expect("a value"));
    texts.map(|text| serde_json::from_str(text.as_str().expect("a text")).expect("JSON")).collect()
}

#[test]
fn every_document_is_the_one_of_the_plan() {
    let edits = sample::all();
    for (name, body) in parsed(&edits) {
        let account = name.trim_end_matches(".tf");
        let edits =
            edits.iter().filter(|edit| edit.account.to_string() == account && edit.target.is_policy());
        let mut wanted: Vec<_> = edits.filter_map(|edit| Some(edit.after.as_ref()?.value())).collect();
        let mut said = documents(&body);
        wanted.sort_by_key(ToString::to_string);
        // jsonencode loses the order of members, as HCL's objects have none.
        said.sort_by_key(ToString::to_string);
        assert_eq!(said.len(), wanted.len());
        assert!(wanted.iter().all(|document| said.contains(document)), "{said:#?}\n{wanted:#?}");
    }
}

#[test]
fn another_parser_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for file in files(Format::Terraform, &sample::all()) {
        let path = folder.path().join(&*file.name);
        fs::write(&path, &file.text).expect("written");
        succeed(tool("hcl2tojson").arg(&path));
    }
}

fn attribute<'b>(block: &'b Block, name: &str) -> Option<&'b Attribute> {
    block.body().attributes().find(|attribute| attribute.key() == name)
}

fn address(block: &Block) -> String {
    block.labels().iter().map(|label| label.as_str()).collect::<Vec<_>>().join(".")
}

#[test]
fn what_is_there_is_imported_and_what_is_not_is_made() {
    let edits: Vec<Edit> = [sample::resources(), sample::identities()].concat();
    for (name, body) in parsed(&edits) {
        let imports = body.blocks().filter(|block| block.identifier() == "import");
        let imported: Vec<String> =
            imports.map(|block| attribute(block, "to").expect("an address").expr().to_string()).collect();
        let resources: Vec<String> =
            body.blocks().filter(|block| block.identifier() == "resource").map(address).collect();
        assert!(imported.iter().all(|import| resources.contains(import)), "{imported:?} {resources:?}");
        let mut unique = resources.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), resources.len(), "{resources:?}");
        if name.starts_with(sample::HOME) {
            for new in ["aws_kms_key.acme_models", "aws_kms_alias.acme_models", "aws_iam_policy.read_models"]
            {
                assert!(
                    resources.iter().any(|resource| resource == new)
                        && !imported.iter().any(|import| import == new),
                    "{new}"
                );
            }
        }
    }
}

#[test]
fn rules_of_lifecycles_have_names_and_keep_what_they_move() {
    let mut moves = 0;
    for (_, body) in parsed(&sample::resources()) {
        let lifecycles =
            body.blocks().filter(|block| address(block).starts_with("aws_s3_bucket_lifecycle_configuration"));
        let rules = lifecycles.flat_map(|block| block.body().blocks().filter(|it| it.identifier() == "rule"));
        for rule in rules {
            assert!(attribute(rule, "id").is_some(), "{rule:?}");
            moves += rule.body().blocks().filter(|block| block.identifier().ends_with("transition")).count();
        }
    }
    assert!(moves > 0 && moves % 2 == 0, "{moves} blocks that move objects, current ones and old ones");
}

#[test]
fn what_is_regional_names_its_region_and_nothing_else_does() {
    let global = ["aws_iam_role", "aws_iam_user", "aws_iam_policy", "aws_iam_group"];
    for (_, body) in parsed(&[sample::resources(), sample::identities()].concat()) {
        for block in body.blocks().filter(|block| block.identifier() == "resource") {
            let is_global = global.iter().any(|prefix| address(block).starts_with(prefix));
            assert_eq!(attribute(block, "region").is_none(), is_global, "{}", address(block));
        }
    }
}

#[test]
fn what_goes_is_told() {
    let edits: Vec<Edit> = [sample::resources(), sample::identities()].concat();
    let text: String = files(Format::Terraform, &edits).into_iter().map(|file| file.text).collect();
    // A tag and a boundary are attributes of what stays, and end by not being there.
    let goes = |edit: &&Edit| {
        edit.after.is_none()
            && !matches!(edit.target, Target::BucketTags { .. } | Target::PermissionsBoundary { .. })
    };
    for edit in edits.iter().filter(goes) {
        assert!(
            text.contains(&format!("# {}\n# This is to go", edit.target.describe())),
            "{}",
            edit.target.describe()
        );
    }
}

#[test]
fn everything_as_it_is_written() {
    let edits: Vec<Edit> = [sample::resources(), sample::identities()].concat();
    let text: Vec<String> = files(Format::Terraform, &edits).into_iter().map(|file| file.text).collect();
    insta::assert_snapshot!("terraform in full", text.join("\n"));
}
