//! Terraform, a file for each account: a resource for everything that changes, and an import for everything that is there.

mod hcl;
mod names;
mod resource;

use std::collections::BTreeMap;

use hcl::{Block, Item};
use names::Names;
use resource::{Form, Resource};

use super::{File, by_account, home_region};
use crate::estate::{AccountId, Edit, Target};
use crate::finding::Plan;

/// One file for each account: `210000000000.tf`.
pub(super) fn files(plan: &Plan, edits: &[Edit]) -> Vec<File> {
    let accounts = by_account(edits);
    let file = |(account, edits): (&AccountId, &Vec<&Edit>)| File {
        name: format!("{account}.tf").into(),
        text: file(*account, plan, edits),
    };
    accounts.iter().map(file).collect()
}

fn file(account: AccountId, plan: &Plan, edits: &[&Edit]) -> String {
    let evidence: String = plan.collected_at.chars().filter(|c| !c.is_control()).collect();
    let mut parts = vec![
        format!(
            "# What palisade changes in account {account}, from evidence of {evidence}. What is there already is imported:\n\
             # look at `terraform plan` before you apply it. Where another configuration manages a resource, change it there.\n"
        ),
        settings(account, home_region(plan)),
    ];
    let mut names = Names::of(edits);
    // The trust policy and the boundary of a role are one resource.
    let mut identities: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        identities.entry(identity(&edit.target)).or_default().push(edit);
    }
    for edit in edits {
        let together = match identity(&edit.target) {
            "" => vec![*edit],
            identity => identities.remove(identity).unwrap_or_default(),
        };
        if together.is_empty() {
            continue;
        }
        let what: Vec<String> = together.iter().map(|edit| edit.target.describe()).collect();
        parts.push(part(
            &what.join(", "),
            resource::form(&together, &mut names, home_region(plan), &plan.partition),
        ));
    }
    parts.join("\n")
}

/// The user or role whose own resource an edit changes; empty where it is another resource.
fn identity(target: &Target) -> &str {
    match target {
        Target::TrustPolicy { role: arn } | Target::PermissionsBoundary { principal: arn } => arn,
        _ => "",
    }
}

fn settings(account: AccountId, home: &str) -> String {
    let provider = [("source", "hashicorp/aws"), ("version", ">= 6.0")];
    let provider = provider.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect();
    let provider = hcl::Expression::Value(serde_json::Value::Object(provider));
    let needs = Block::new("required_providers", vec![Item::Attribute("aws".to_owned(), provider)]);
    let terraform =
        Block::new("terraform", vec![Item::text("required_version", ">= 1.5"), Item::Block(needs)]);
    let account = format!("[\"{account}\"]");
    let aws = vec![Item::text("region", home), Item::code("allowed_account_ids", account)];
    format!(
        "# Resources name their region themselves, which takes version 6 of the provider.\n{}\n{}",
        terraform.print(),
        Block::new("provider \"aws\"", aws).print()
    )
}

fn part(what: &str, form: Form) -> String {
    let what: String = what.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match form {
        Form::Resources(resources) => {
            let blocks: Vec<String> =
                resources.into_iter().flat_map(blocks).map(|block| block.print()).collect();
            format!("# {what}\n{}", blocks.join("\n"))
        }
        Form::Gone { kind, id } => format!(
            "# {what}\n\
             # This is to go, and Terraform deletes what leaves its configuration. Remove the `{kind}`\n\
             # with the import id {id} where it is managed; where it is not, the script of the AWS CLI removes it.\n",
            id = hcl::quote(&id),
        ),
        Form::Never => {
            format!("# {what}\n# This cannot go, for AWS has always one. Nothing in this file changes it.\n")
        }
    }
}

fn blocks(Resource { kind, label, import, needs, items }: Resource) -> Vec<Block> {
    let import = import.map(|id| {
        Block::new("import", vec![Item::code("to", format!("{kind}.{label}")), Item::text("id", &id)])
    });
    let resource = Block::new(format!("resource \"{kind}\" \"{label}\""), items);
    needs.into_iter().chain(import).chain([resource]).collect()
}
