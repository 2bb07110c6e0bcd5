//! The resource that each edit is. Every import id is the one that the page of the resource names.
//! (Terraform Registry, hashicorp/aws, docs/resources)

use serde_json::{Map, Value};

use super::super::holder::Holder;
use super::super::present;
use super::hcl::{Block, Expression, Item, items, tags};
use super::names::Names;
use crate::estate::{Content, Edit, Target};
use crate::iam::Arn;

pub(super) const KEY: &str = "aws_kms_key";
pub(super) const POLICY: &str = "aws_iam_policy";

/// What becomes of an edit.
pub(super) enum Form {
    /// Resources.
    Resources(Vec<Resource>),
    /// The resource with this import id must go, which a configuration cannot say.
    Gone { kind: &'static str, id: String },
    /// It must go, and AWS lets it not.
    Never,
}

/// A resource.
pub(super) struct Resource {
    pub(super) kind: &'static str,
    pub(super) label: String,
    /// As what it is imported; none if it is not there.
    pub(super) import: Option<String>,
    /// A data source that it reads.
    pub(super) needs: Option<Block>,
    pub(super) items: Vec<Item>,
}

/// The resource of an edit, or of two edits of one role.
pub(super) fn form(edits: &[&Edit], names: &mut Names, home: &'static str, partition: &str) -> Form {
    let Some(edit) = edits.first() else { return Form::Resources(vec![]) };
    match &edit.target {
        Target::TrustPolicy { role } => identity(role, edits, names),
        Target::PermissionsBoundary { principal } => identity(principal, edits, names),
        Target::InlinePolicy { principal, name } => inline(edit, principal, name, names),
        Target::AttachedPolicy { principal, policy } => attached(edit, principal, policy, names),
        Target::ManagedPolicy { policy } => managed(edit, policy, names),
        Target::Key { alias } => key(edit, alias, names),
        Target::KeyPolicy { key } => {
            let id = key.rsplit('/').next().unwrap_or(key);
            let items = vec![Item::text("key_id", id)];
            document(edit, "aws_kms_key_policy", id, id, items, names)
        }
        Target::AccessPointPolicy { name, .. } => {
            let region = edit.region.as_deref().unwrap_or(home);
            let arn = format!("arn:{partition}:s3:{region}:{}:accesspoint/{name}", edit.account);
            let items = vec![Item::text("access_point_arn", &arn)];
            document(edit, "aws_s3control_access_point_policy", name, &arn, items, names)
        }
        Target::BucketPolicy { bucket } => {
            let items = vec![Item::text("bucket", bucket)];
            document(edit, "aws_s3_bucket_policy", bucket, bucket, items, names)
        }
        Target::BucketTags { bucket } => bucket_tags(edit, bucket, names),
        Target::BucketVersioning { bucket }
        | Target::BucketEncryption { bucket }
        | Target::BucketPublicAccessBlock { bucket }
        | Target::BucketOwnership { bucket }
        | Target::BucketLogging { bucket }
        | Target::BucketLifecycle { bucket } => setting(edit, bucket, names),
    }
}

/// A resource whose policy is a document.
fn document(
    edit: &Edit,
    kind: &'static str,
    name: &str,
    id: &str,
    mut items: Vec<Item>,
    names: &mut Names,
) -> Form {
    let Some(after) = present(edit.after.as_ref()) else {
        return match edit.target {
            Target::KeyPolicy { .. } => Form::Never,
            _ => Form::Gone { kind, id: id.to_owned() },
        };
    };
    items.extend(region(edit));
    items.push(Item::json("policy", after.value()));
    one(edit, kind, name, id, items, names)
}

fn setting(edit: &Edit, bucket: &str, names: &mut Names) -> Form {
    let kind = match edit.target {
        Target::BucketVersioning { .. } => "aws_s3_bucket_versioning",
        Target::BucketEncryption { .. } => "aws_s3_bucket_server_side_encryption_configuration",
        Target::BucketPublicAccessBlock { .. } => "aws_s3_bucket_public_access_block",
        Target::BucketOwnership { .. } => "aws_s3_bucket_ownership_controls",
        Target::BucketLogging { .. } => "aws_s3_bucket_logging",
        _ => "aws_s3_bucket_lifecycle_configuration",
    };
    let content = match (present(edit.after.as_ref()).map(Content::value), &edit.target) {
        (Some(Value::Object(content)), _) => content,
        // "you can never return it to an unversioned state" (S3 User Guide, manage-versioning-examples)
        (_, Target::BucketVersioning { .. }) => Map::from_iter([("Status".to_owned(), "Suspended".into())]),
        _ => return Form::Gone { kind, id: bucket.to_owned() },
    };
    let mut all = vec![Item::text("bucket", bucket)];
    all.extend(region(edit));
    match &edit.target {
        Target::BucketVersioning { .. } => {
            all.push(Item::Block(Block::new("versioning_configuration", items(&content))));
        }
        Target::BucketLogging { .. } => {
            let enabled = content.get("LoggingEnabled").and_then(Value::as_object);
            all.extend(enabled.map(items).unwrap_or_default());
        }
        Target::BucketLifecycle { .. } => all.extend(items(&with_names(content))),
        _ => all.extend(items(&content)),
    }
    refer_to_new_keys(&mut all, names);
    one(edit, kind, bucket, bucket, all, names)
}

/// A lifecycle of which every rule has a name: "id - (Required) Unique identifier for the rule". AWS makes one up where there is none.
/// (Terraform's AWS provider, aws_s3_bucket_lifecycle_configuration)
fn with_names(mut lifecycle: Map<String, Value>) -> Map<String, Value> {
    let rules = lifecycle.get_mut("Rules").and_then(Value::as_array_mut).into_iter().flatten();
    for (rule, number) in rules.filter_map(Value::as_object_mut).zip(1..) {
        rule.entry("ID").or_insert_with(|| format!("rule-{number}").into());
    }
    lifecycle
}

/// "If you use a KMS key alias instead, then AWS KMS resolves the key within the requester's account": the ARN of a key that is made
/// here, which also says what is made first. (S3 API Reference, API_PutBucketEncryption)
fn refer_to_new_keys(items: &mut [Item], names: &Names) {
    for item in items {
        match item {
            Item::Block(block) => refer_to_new_keys(&mut block.items, names),
            Item::Attribute(name, value) if name == "kms_master_key_id" => {
                let Expression::Value(Value::String(alias)) = value else { continue };
                if let Some(label) = names.key_of(alias) {
                    *value = Expression::Code(format!("{KEY}.{label}.arn"));
                }
            }
            Item::Attribute(..) => {}
        }
    }
}

fn bucket_tags(edit: &Edit, bucket: &str, names: &mut Names) -> Form {
    let list = edit.after.as_ref().map(Content::value);
    let list = list.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut items = vec![Item::text("bucket", bucket)];
    items.extend(region(edit));
    items.push(Item::Attribute("tags".to_owned(), Expression::Value(tags(list))));
    items.push(lifecycle(&[]));
    let kind = "aws_s3_bucket";
    let import = Some(regional(edit, bucket));
    let label = names.label(kind, &[bucket]);
    Form::Resources(vec![Resource { kind, label, import, needs: None, items }])
}

fn key(edit: &Edit, alias: &str, names: &mut Names) -> Form {
    let Some(after) = present(edit.after.as_ref()) else {
        return Form::Gone { kind: KEY, id: alias.to_owned() };
    };
    let name = alias.strip_prefix("alias/").unwrap_or(alias);
    let label = names.new_one(alias).map(str::to_owned).unwrap_or_else(|| names.label(KEY, &[name]));
    let mut key: Vec<Item> = region(edit).into_iter().collect();
    key.push(Item::json("policy", after.value()));
    key.push(lifecycle(&[]));
    let mut names_it = vec![Item::text("name", alias)];
    names_it.extend(region(edit));
    names_it.push(Item::code("target_key_id", format!("{KEY}.{label}.key_id")));
    let alias = names.label("aws_kms_alias", &[name]);
    Form::Resources(vec![
        Resource { kind: KEY, label, import: None, needs: None, items: key },
        Resource { kind: "aws_kms_alias", label: alias, import: None, needs: None, items: names_it },
    ])
}

fn inline(edit: &Edit, principal: &str, policy: &str, names: &mut Names) -> Form {
    let holder = Holder::of(principal);
    let (kind, holds) = match holder.kind {
        "user" => ("aws_iam_user_policy", "user"),
        "group" => ("aws_iam_group_policy", "group"),
        _ => ("aws_iam_role_policy", "role"),
    };
    let items = vec![Item::text("name", policy), Item::text(holds, holder.name)];
    let name = format!("{}_{policy}", holder.name);
    document(edit, kind, &name, &format!("{}:{policy}", holder.name), items, names)
}

fn managed(edit: &Edit, policy: &str, names: &mut Names) -> Form {
    let Some(after) = present(edit.after.as_ref()) else {
        return Form::Gone { kind: POLICY, id: policy.to_owned() };
    };
    let Holder { name, path, .. } = Holder::of(policy);
    let mut items =
        vec![Item::text("name", name), Item::text("path", path), Item::json("policy", after.value())];
    let import = present(edit.before.as_ref()).map(|_| policy.to_owned());
    if import.is_some() {
        // Another description would replace the policy, and a tag is not this file's to remove.
        items.push(lifecycle(&["description", "tags", "tags_all"]));
    }
    let label = names.new_one(policy).map(str::to_owned);
    let label = label.unwrap_or_else(|| names.label(POLICY, &[name]));
    Form::Resources(vec![Resource { kind: POLICY, label, import, needs: None, items }])
}

fn attached(edit: &Edit, principal: &str, policy: &str, names: &mut Names) -> Form {
    let holder = Holder::of(principal);
    let (kind, holds) = match holder.kind {
        "user" => ("aws_iam_user_policy_attachment", "user"),
        "group" => ("aws_iam_group_policy_attachment", "group"),
        _ => ("aws_iam_role_policy_attachment", "role"),
    };
    let id = format!("{}/{policy}", holder.name);
    if present(edit.after.as_ref()).is_none() {
        return Form::Gone { kind, id };
    }
    let items = vec![Item::text(holds, holder.name), policy_arn("policy_arn", policy, names)];
    let name = format!("{}_{}", holder.name, Holder::of(policy).name);
    one(edit, kind, &name, &id, items, names)
}

/// The role or user itself, of which only the trust policy and the boundary are this file's.
fn identity(arn: &str, edits: &[&Edit], names: &mut Names) -> Form {
    let Holder { kind, path, name } = Holder::of(arn);
    let trust = edits.iter().find(|edit| matches!(edit.target, Target::TrustPolicy { .. }));
    let boundary = edits.iter().find(|edit| matches!(edit.target, Target::PermissionsBoundary { .. }));
    let resource = if kind == "user" { "aws_iam_user" } else { "aws_iam_role" };
    let label = names.label(resource, &[name]);
    let mut items = vec![Item::text("name", name), Item::text("path", path)];
    let mut ignored = vec!["tags", "tags_all"];
    let mut needs = None;
    if resource == "aws_iam_role" {
        ignored.extend(["description", "max_session_duration"]);
        match trust.map(|edit| present(edit.after.as_ref())) {
            Some(Some(after)) => items.push(Item::json("assume_role_policy", after.value())),
            Some(None) => return Form::Never,
            // The provider demands one: what is there.
            None => {
                needs = Some(Block::new(
                    format!("data \"aws_iam_role\" \"{label}\""),
                    vec![Item::text("name", name)],
                ));
                items.push(Item::code(
                    "assume_role_policy",
                    format!("data.aws_iam_role.{label}.assume_role_policy"),
                ));
                ignored.push("assume_role_policy");
            }
        }
    }
    match boundary.map(|edit| present(edit.after.as_ref()).map(Content::value)) {
        Some(Some(policy)) => {
            items.push(policy_arn("permissions_boundary", policy.as_str().unwrap_or_default(), names));
        }
        // One that is not there is removed.
        Some(None) => {}
        None => ignored.push("permissions_boundary"),
    }
    items.push(lifecycle(&ignored));
    Form::Resources(vec![Resource { kind: resource, label, import: Some(name.to_owned()), needs, items }])
}

fn one(edit: &Edit, kind: &'static str, name: &str, id: &str, items: Vec<Item>, names: &mut Names) -> Form {
    let import = present(edit.before.as_ref()).map(|_| regional(edit, id));
    let label = names.label(kind, &[name]);
    Form::Resources(vec![Resource { kind, label, import, needs: None, items }])
}

fn policy_arn(attribute: &str, policy: &str, names: &Names) -> Item {
    match names.new_one(policy) {
        Some(label) => Item::code(attribute, format!("{POLICY}.{label}.arn")),
        None => Item::text(attribute, policy),
    }
}

fn lifecycle(ignored: &[&str]) -> Item {
    let mut items = vec![Item::code("prevent_destroy", "true")];
    if !ignored.is_empty() {
        items.push(Item::code("ignore_changes", format!("[{}]", ignored.join(", "))));
    }
    Item::Block(Block::new("lifecycle", items))
}

/// The region of what is regional.
fn where_it_is(edit: &Edit) -> Option<&str> {
    match &edit.target {
        Target::KeyPolicy { key } => Arn::parse(key).map(|arn| arn.region).or(edit.region.as_deref()),
        _ => edit.region.as_deref(),
    }
}

fn region(edit: &Edit) -> Option<Item> {
    where_it_is(edit).map(|region| Item::text("region", region))
}

/// "To import a resource in a specific Region, append `@<region>` to the import ID"
/// (Terraform Registry, hashicorp/aws, guides/enhanced-region-support)
fn regional(edit: &Edit, id: &str) -> String {
    where_it_is(edit).map_or_else(|| id.to_owned(), |region| format!("{id}@{region}"))
}
