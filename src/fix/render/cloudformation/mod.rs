//! CloudFormation, for each account and region a template, and one before it that imports what is there already.
//!
//! An import changes nothing: it takes the template's word for what a resource is like. So what is there comes in as it is, and
//! the template itself is the update that follows.

mod bucket;
mod stack;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stack::{Resource, Stack};

use super::{File, by_account, home_region};
use crate::estate::{AccountId, Edit, Target};
use crate::finding::Plan;
use crate::iam::Arn;

/// `210000000000-eu-west-1.json` for each account and region, and `210000000000-eu-west-1-import.json` where anything is there.
pub(super) fn files(plan: &Plan, edits: &[Edit]) -> Vec<File> {
    let home = home_region(plan);
    let mut files = vec![];
    for (account, edits) in by_account(edits) {
        let mut regions: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
        for edit in edits {
            regions.entry(region(edit).unwrap_or(home)).or_default().push(edit);
        }
        for (region, edits) in regions {
            files.extend(templates(account, region, plan, &Stack::of(&edits)));
        }
    }
    files
}

/// The region of what is regional, where it is known; identities may be in a stack of any region.
fn region(edit: &Edit) -> Option<&str> {
    match &edit.target {
        Target::KeyPolicy { key } => Arn::parse(key).map(|arn| arn.region).or(edit.region.as_deref()),
        _ => edit.region.as_deref(),
    }
}

fn templates(account: AccountId, region: &str, plan: &Plan, stack: &Stack) -> Vec<File> {
    // A region is a part of the file's name.
    let place: String = region.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let name = format!("{account}-{place}");
    let there: Vec<&Resource> = stack.resources.iter().filter(|resource| resource.before.is_some()).collect();
    let mut files = vec![];
    if !there.is_empty() {
        let about =
            format!("What is in account {account}, as it is, for an import. {name}.json then changes it.");
        let resources = there.iter().map(|resource| entry(resource, resource.before.as_ref()));
        let metadata = json!({
            "Evidence": plan.collected_at,
            "Steps": steps(&name, region, true),
            "ResourcesToImport": there.iter().map(|resource| resource.to_import()).collect::<Vec<_>>(),
        });
        files.push(file(format!("{name}-import.json"), &about, &metadata, resources.collect()));
    }
    let about =
        format!("What palisade changes in account {account}. What another stack has is to be changed there.");
    let stays = stack.resources.iter().filter(|resource| resource.after.is_some());
    let resources = stays.map(|resource| entry(resource, resource.after.as_ref())).collect();
    let mut metadata =
        json!({ "Evidence": plan.collected_at, "Steps": steps(&name, region, !there.is_empty()) });
    if let Some(members) = metadata.as_object_mut().filter(|_| !stack.left_out.is_empty()) {
        let left_out = stack.left_out.iter().map(|(what, why)| json!({ "What": what, "Why": why }));
        members.insert("NotInThisTemplate".to_owned(), left_out.collect());
    }
    files.push(file(format!("{name}.json"), &about, &metadata, resources));
    files
}

/// "Each resource to import must have a `DeletionPolicy` attribute", and what leaves the template is deleted by it.
/// (CloudFormation User Guide, import-resources-manually)
fn entry(resource: &Resource, properties: Option<&Map<String, Value>>) -> (String, Value) {
    let mut all = resource.names.clone();
    all.extend(properties.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    let on_deletion = if resource.after.is_some() { "Retain" } else { "Delete" };
    let text = json!({
        "Type": resource.kind,
        "DeletionPolicy": on_deletion,
        "UpdateReplacePolicy": "Retain",
        "Properties": all,
    });
    (resource.id.clone(), text)
}

fn steps(name: &str, region: &str, import: bool) -> Vec<String> {
    let mut steps = vec![];
    if import {
        steps.push(format!("jq .Metadata.Palisade.ResourcesToImport {name}-import.json > resources.json"));
        steps.push(format!(
            "aws cloudformation create-change-set --region {region} --stack-name palisade-{name} --change-set-name import --change-set-type IMPORT \
             --resources-to-import file://resources.json --template-body file://{name}-import.json --capabilities CAPABILITY_NAMED_IAM"
        ));
        steps.push(
            "Execute the change set, and let drift detection say whether everything is as it was read."
                .to_owned(),
        );
    }
    steps.push(format!(
        "aws cloudformation deploy --region {region} --stack-name palisade-{name} --template-file {name}.json --capabilities CAPABILITY_NAMED_IAM \
         --no-execute-changeset"
    ));
    steps.push("Look at the change set: nothing must be replaced. Execute it.".to_owned());
    steps
}

fn file(name: String, about: &str, metadata: &Value, mut resources: Map<String, Value>) -> File {
    // "Resources: Required" (CloudFormation User Guide, template-anatomy): where everything goes, something that does nothing stays.
    if resources.is_empty() {
        resources.insert("Nothing".to_owned(), json!({ "Type": "AWS::CloudFormation::WaitConditionHandle" }));
    }
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": about,
        "Metadata": { "Palisade": metadata },
        "Resources": resources,
    });
    let text = serde_json::to_string_pretty(&template).unwrap_or_default();
    File { name: name.into(), text: text + "\n" }
}
