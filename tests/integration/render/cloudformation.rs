//! The CloudFormation templates, read by cfn-lint.

use std::fs;

use palisade::estate::Edit;
use palisade::fix::render::{File, Format};
use serde_json::{Value, json};

use super::{files, sample, succeed, tool};

fn everything() -> Vec<Edit> {
    [sample::resources(), sample::identities()].concat()
}

fn template(file: &File) -> Value {
    serde_json::from_str(&file.text).expect("JSON")
}

/// The template of this name, and the one that is imported before it.
fn templates(edits: &[Edit], name: &str) -> [Value; 2] {
    let files = files(Format::Cloudformation, edits);
    [format!("{name}-import.json"), format!("{name}.json")].map(|name| {
        template(files.iter().find(|file| *file.name == *name).unwrap_or_else(|| panic!("no {name}")))
    })
}

#[test]
fn cfn_lint_finds_no_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lint = tool("cfn-lint");
    lint.args(["--non-zero-exit-code", "error", "--"]);
    for file in files(Format::Cloudformation, &everything()) {
        let path = folder.path().join(&*file.name);
        fs::write(&path, file.text).expect("written");
        lint.arg(path);
    }
    succeed(&mut lint);
}

#[test]
fn a_template_for_each_account_and_region() {
    let names: Vec<String> =
        files(Format::Cloudformation, &everything()).iter().map(|file| file.name.to_string()).collect();
    assert_eq!(
        names,
        [
            "210000000000-eu-west-1-import.json",
            "210000000000-eu-west-1.json",
            "210000000000-us-east-1-import.json",
            "210000000000-us-east-1.json",
            "220000000000-eu-west-1.json",
        ]
    );
}

#[test]
fn documents_are_imported_as_they_are_and_become_what_they_shall_be() {
    let edits = everything();
    let (mut there, mut becoming) = (vec![], vec![]);
    for file in files(Format::Cloudformation, &edits) {
        let into = if file.name.ends_with("-import.json") { &mut there } else { &mut becoming };
        let template = template(&file);
        for resource in template["Resources"].as_object().expect("resources").values() {
            let names = ["PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "Policy"];
            into.extend(
                names.iter().filter_map(|name| resource["Properties"].get(*name)).map(ToString::to_string),
            );
        }
    }
    let policies = || edits.iter().filter(|edit| edit.target.is_policy());
    let mut before: Vec<String> =
        policies().filter_map(|edit| Some(edit.before.as_ref()?.text().to_owned())).collect();
    let mut after: Vec<String> =
        policies().filter_map(|edit| Some(edit.after.as_ref()?.text().to_owned())).collect();
    for list in [&mut there, &mut becoming, &mut before, &mut after] {
        list.sort();
    }
    assert_eq!((there, becoming), (before, after));
}

#[test]
fn what_goes_is_imported_to_be_deleted_and_all_else_stays() {
    for name in ["210000000000-eu-west-1", "210000000000-us-east-1"] {
        let [import, update] = templates(&everything(), name);
        for (id, resource) in import["Resources"].as_object().expect("resources") {
            let stays = update["Resources"].get(id).is_some();
            assert_eq!(resource["DeletionPolicy"], if stays { "Retain" } else { "Delete" }, "{id}");
            let named = import["Metadata"]["Palisade"]["ResourcesToImport"].as_array().expect("a list");
            assert!(named.iter().any(|named| named["LogicalResourceId"] == **id), "{id}");
        }
    }
}

#[test]
fn nothing_is_left_out_in_silence() {
    let edits = everything();
    let mut told: Vec<String> = vec![];
    for file in files(Format::Cloudformation, &edits) {
        let left_out = template(&file)["Metadata"]["Palisade"]["NotInThisTemplate"].clone();
        told.extend(
            left_out
                .as_array()
                .into_iter()
                .flatten()
                .map(|entry| entry["What"].as_str().expect("text").to_owned()),
        );
    }
    told.sort();
    assert_eq!(
        told,
        [
            "attachment of arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess to arn:aws:iam::210000000000:role/deploy",
            "permissions boundary of arn:aws:iam::210000000000:role/deploy",
        ]
    );

    let mut lost = edits[0].clone();
    lost.region = None;
    let [file] = &files(Format::Cloudformation, &[lost])[..] else { panic!("one template") };
    let left_out = &template(file)["Metadata"]["Palisade"]["NotInThisTemplate"];
    assert_eq!(*left_out, json!([{"What": edits[0].target.describe(), "Why": "the region is not known"}]));
}

/// Every setting has another property in each of the two templates, or is in only one.
#[test]
fn every_edit_changes_something() {
    for edit in everything() {
        let files = files(Format::Cloudformation, std::slice::from_ref(&edit));
        let last = template(files.last().expect("a template"));
        let told = last["Metadata"]["Palisade"].get("NotInThisTemplate").is_some();
        let first = files.first().filter(|_| files.len() == 2).map(template);
        assert!(
            told || first.is_none_or(|first| first["Resources"] != last["Resources"]),
            "{}",
            edit.target.describe()
        );
        assert!(
            told || edit.after.is_none() || last["Resources"].get("Nothing").is_none(),
            "{}",
            edit.target.describe()
        );
    }
}

#[test]
fn a_new_key_and_a_new_policy_are_referred_to() {
    let [_, west] = templates(&everything(), "210000000000-eu-west-1");
    let encryption = &west["Resources"]["BucketAcmeModelsProd"]["Properties"]["BucketEncryption"];
    let by_default = &encryption["ServerSideEncryptionConfiguration"][0]["ServerSideEncryptionByDefault"];
    assert_eq!(by_default["KMSMasterKeyID"], json!({"Fn::GetAtt": ["KeyAliasAcmeModels", "Arn"]}));
    let [_, east] = templates(&everything(), "210000000000-us-east-1");
    assert_eq!(
        east["Resources"]["RoleAlice"]["Properties"]["PermissionsBoundary"],
        json!({"Ref": "ManagedPolicyReadModels"})
    );
    assert_eq!(east["Resources"]["ManagedPolicyReadModels"]["Properties"]["Roles"], json!(["alice"]));
}
