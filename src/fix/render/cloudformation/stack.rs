//! The resources that edits are, each with what is there before and after.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::holder::Holder;
use super::super::present;
use super::{bucket, region};
use crate::estate::{Content, Edit, Target};

/// A resource, before and after.
pub(super) struct Resource {
    /// Its logical id.
    pub(super) id: String,
    /// Its type.
    pub(super) kind: &'static str,
    /// The properties that name it.
    pub(super) names: Map<String, Value>,
    /// What identifies it in an import.
    identifier: Map<String, Value>,
    /// The properties that change, as they are; none if it is not there.
    pub(super) before: Option<Map<String, Value>>,
    /// The same as they become; none if it goes.
    pub(super) after: Option<Map<String, Value>>,
}

impl Resource {
    pub(super) fn to_import(&self) -> Value {
        json!({
            "ResourceType": self.kind,
            "LogicalResourceId": self.id,
            "ResourceIdentifier": self.identifier,
        })
    }
}

/// What a template has, and what it cannot have.
#[derive(Default)]
pub(super) struct Stack<'e> {
    pub(super) resources: Vec<Resource>,
    /// What is left out, and why.
    pub(super) left_out: Vec<(String, &'static str)>,
    /// Where each resource is, by type and name.
    places: BTreeMap<(&'static str, String), usize>,
    /// The roles whose trust policies are known, for they change.
    roles: BTreeSet<&'e str>,
    ids: BTreeSet<String>,
}

const NO_REGION: &str = "the region is not known";
const NO_ROLE: &str =
    "AWS::IAM::Role demands the trust policy, which does not change and so is not known here";
const KEY_GOES: &str = "what was encrypted with a key is lost with it, so that no template deletes one";
const ALWAYS_ONE: &str = "AWS has always one";

impl<'e> Stack<'e> {
    pub(super) fn of(edits: &[&'e Edit]) -> Self {
        let mut stack = Self::default();
        for edit in edits {
            if let (Target::TrustPolicy { role }, Some(_)) = (&edit.target, &edit.after) {
                stack.roles.insert(role);
            }
        }
        // What is new first: others refer to it.
        let is_new =
            |edit: &&&Edit| present(edit.before.as_ref()).is_none() && can_be_referred_to(&edit.target);
        for edit in edits.iter().filter(is_new).chain(edits.iter().filter(|edit| !is_new(edit))) {
            if let Err(why) = stack.add(edit) {
                stack.left_out.push((edit.target.describe(), why));
            }
        }
        stack
    }

    fn add(&mut self, edit: &Edit) -> Result<(), &'static str> {
        let sides = [&edit.before, &edit.after].map(|side| present(side.as_ref()).map(Content::value));
        match &edit.target {
            Target::TrustPolicy { role } => {
                sides.iter().all(Option::is_some).then_some(()).ok_or(ALWAYS_ONE)?;
                let resource = self.identity(role)?;
                set(resource, "AssumeRolePolicyDocument", sides);
            }
            Target::PermissionsBoundary { principal } => {
                let [before, after] = sides;
                let after = after.map(|policy| self.policy_arn(policy));
                set(self.identity(principal)?, "PermissionsBoundary", [before, after]);
            }
            Target::AttachedPolicy { principal, policy } => self.attachment(principal, policy, sides)?,
            Target::InlinePolicy { principal, name } => self.inline(principal, name, sides),
            Target::ManagedPolicy { policy } => self.managed(policy, sides),
            _ => {
                region(edit).ok_or(NO_REGION)?;
                self.regional(&edit.target, sides)?;
            }
        }
        Ok(())
    }

    fn regional(&mut self, target: &Target, sides: [Option<Value>; 2]) -> Result<(), &'static str> {
        match target {
            Target::Key { alias } => self.key(alias, sides)?,
            Target::KeyPolicy { key } => {
                sides.iter().all(Option::is_some).then_some(()).ok_or(ALWAYS_ONE)?;
                let id = key.rsplit('/').next().unwrap_or(key);
                let resource = self.there("AWS::KMS::Key", id, Map::new(), &[("KeyId", id)]);
                set(resource, "KeyPolicy", sides);
            }
            Target::AccessPointPolicy { name, bucket } => {
                let names = members(&[("Name", name), ("Bucket", bucket)]);
                let resource = self.there("AWS::S3::AccessPoint", name, names, &[("Name", name)]);
                set(resource, "Policy", sides);
            }
            Target::BucketPolicy { bucket } => {
                let identifier = [("Bucket", &**bucket)];
                let sides = sides.map(|side| side.map(|document| one("PolicyDocument", document)));
                self.document("AWS::S3::BucketPolicy", bucket, members(&identifier), &identifier, sides);
            }
            setting => {
                let Some(name) = bucket::name(setting) else { return Ok(()) };
                let [before, after] = sides;
                // What is there refers to nothing that is new.
                let as_it_is = |key: &str| Value::from(key);
                let before = before.and_then(|before| bucket::property(setting, Some(&before), &as_it_is));
                let after = bucket::property(setting, after.as_ref(), &|alias: &str| self.key_arn(alias));
                let identifier = [("BucketName", name)];
                let resource = self.there("AWS::S3::Bucket", name, members(&identifier), &identifier);
                let [before, after] = [before, after].map(|side| side.into_iter().collect::<Map<_, _>>());
                resource.before.get_or_insert_default().extend(before);
                resource.after.get_or_insert_default().extend(after);
            }
        }
        Ok(())
    }

    fn key(&mut self, alias: &str, [_, after]: [Option<Value>; 2]) -> Result<(), &'static str> {
        let policy = after.ok_or(KEY_GOES)?;
        let mut key = one("KeyPolicy", policy);
        key.insert("PendingWindowInDays".to_owned(), 30.into());
        self.document("AWS::KMS::Key", alias, Map::new(), &[], [None, Some(key)]);
        let target = json!({ "Ref": self.id_of("AWS::KMS::Key", alias) });
        let names = members(&[("AliasName", alias)]);
        self.document("AWS::KMS::Alias", alias, names, &[], [None, Some(one("TargetKeyId", target))]);
        Ok(())
    }

    fn inline(&mut self, principal: &str, policy: &str, sides: [Option<Value>; 2]) {
        let holder = Holder::of(principal);
        let (kind, holds) = match holder.kind {
            "user" => ("AWS::IAM::UserPolicy", "UserName"),
            "group" => ("AWS::IAM::GroupPolicy", "GroupName"),
            _ => ("AWS::IAM::RolePolicy", "RoleName"),
        };
        let identifier = [("PolicyName", policy), (holds, holder.name)];
        let sides = sides.map(|side| side.map(|document| one("PolicyDocument", document)));
        let name = format!("{}-{policy}", holder.name);
        self.document(kind, &name, members(&identifier), &identifier, sides);
    }

    fn managed(&mut self, arn: &str, sides: [Option<Value>; 2]) {
        let Holder { name, path, .. } = Holder::of(arn);
        let names = members(&[("ManagedPolicyName", name), ("Path", path)]);
        let sides = sides.map(|side| side.map(|document| one("PolicyDocument", document)));
        self.document("AWS::IAM::ManagedPolicy", arn, names, &[("PolicyArn", arn)], sides);
    }

    /// A policy that is made here says itself whose it is; else whoever has it must be here.
    fn attachment(
        &mut self,
        principal: &str,
        arn: &str,
        sides: [Option<Value>; 2],
    ) -> Result<(), &'static str> {
        let holder = Holder::of(principal);
        let list = match holder.kind {
            "user" => "Users",
            "group" => "Groups",
            _ => "Roles",
        };
        if let Some(after) =
            self.new_one("AWS::IAM::ManagedPolicy", arn).and_then(|policy| policy.after.as_mut())
        {
            push(after, list, holder.name.into());
            return Ok(());
        }
        let resource = self.identity(principal)?;
        let [before, after] = sides;
        for (side, attached) in [(&mut resource.before, before), (&mut resource.after, after)] {
            let members = side.get_or_insert_default();
            members.entry("ManagedPolicyArns").or_insert_with(|| json!([]));
            attached.into_iter().for_each(|policy| push(members, "ManagedPolicyArns", policy));
        }
        Ok(())
    }

    /// The user, group or role itself. CloudFormation leaves alone what neither template mentions.
    fn identity(&mut self, arn: &str) -> Result<&mut Resource, &'static str> {
        let Holder { kind, name, path } = Holder::of(arn);
        let (kind, named) = match kind {
            "user" => ("AWS::IAM::User", "UserName"),
            "group" => ("AWS::IAM::Group", "GroupName"),
            _ => ("AWS::IAM::Role", "RoleName"),
        };
        if kind == "AWS::IAM::Role" && !self.roles.contains(arn) {
            return Err(NO_ROLE);
        }
        Ok(self.there(kind, name, members(&[(named, name), ("Path", path)]), &[(named, name)]))
    }

    /// A resource that is there, and stays.
    fn there(
        &mut self,
        kind: &'static str,
        name: &str,
        names: Map<String, Value>,
        identifier: &[(&str, &str)],
    ) -> &mut Resource {
        let sides = [Some(Map::new()), Some(Map::new())];
        self.document(kind, name, names, identifier, sides)
    }

    /// A resource of its own, unless it is among them already.
    fn document(
        &mut self,
        kind: &'static str,
        name: &str,
        names: Map<String, Value>,
        identifier: &[(&str, &str)],
        [before, after]: [Option<Map<String, Value>>; 2],
    ) -> &mut Resource {
        let known = self.places.get(&(kind, name.to_owned())).copied();
        let place = known.unwrap_or(self.resources.len());
        if known.is_none() {
            let id = self.logical_id(kind, name);
            self.places.insert((kind, name.to_owned()), place);
            self.resources.push(Resource { id, kind, names, identifier: members(identifier), before, after });
        }
        #[expect(clippy::indexing_slicing, reason = "the place is that of a resource")]
        &mut self.resources[place]
    }

    /// Letters and digits, and no other resource's: `BucketPolicyAcmeModels`.
    fn logical_id(&mut self, kind: &str, name: &str) -> String {
        let kind = kind.rsplit("::").next().unwrap_or(kind);
        let name = if name.starts_with("arn:") { Holder::of(name).name } else { name };
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let words = words.map(|word| {
            let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
            format!("{}{rest}", first.to_ascii_uppercase())
        });
        let id: String = std::iter::once(kind.to_owned()).chain(words).collect();
        let mut free = std::iter::once(id.clone()).chain((2..).map(|number| format!("{id}{number}")));
        let id = free.find(|id| !self.ids.contains(id)).unwrap_or(id);
        self.ids.insert(id.clone());
        id
    }

    fn new_one(&mut self, kind: &'static str, name: &str) -> Option<&mut Resource> {
        let place = *self.places.get(&(kind, name.to_owned()))?;
        self.resources.get_mut(place).filter(|resource| resource.before.is_none())
    }

    fn id_of(&self, kind: &'static str, name: &str) -> Option<&str> {
        let place = *self.places.get(&(kind, name.to_owned()))?;
        self.resources.get(place).map(|resource| &*resource.id)
    }

    /// A policy that is made here by reference, so that it is made first.
    fn policy_arn(&mut self, arn: Value) -> Value {
        let id = arn.as_str().and_then(|arn| Some(self.new_one("AWS::IAM::ManagedPolicy", arn)?.id.clone()));
        id.map_or(arn, |id| json!({ "Ref": id }))
    }

    /// The same for a key that a setting names by its alias, or by the alias's ARN.
    fn key_arn(&self, alias: &str) -> Value {
        let short = alias.find(":alias/").and_then(|colon| alias.get(colon + 1..));
        match self.id_of("AWS::KMS::Key", short.unwrap_or(alias)) {
            Some(id) => json!({ "Fn::GetAtt": [id, "Arn"] }),
            None => alias.into(),
        }
    }
}

fn can_be_referred_to(target: &Target) -> bool {
    matches!(target, Target::Key { .. } | Target::ManagedPolicy { .. })
}

fn set(resource: &mut Resource, property: &str, [before, after]: [Option<Value>; 2]) {
    for (side, value) in [(&mut resource.before, before), (&mut resource.after, after)] {
        let members = side.get_or_insert_default();
        members.extend(value.map(|value| (property.to_owned(), value)));
    }
}

fn push(members: &mut Map<String, Value>, list: &str, value: Value) {
    if let Some(list) = members.entry(list).or_insert_with(|| json!([])).as_array_mut() {
        list.push(value);
    }
}

fn one(name: &str, value: Value) -> Map<String, Value> {
    std::iter::once((name.to_owned(), value)).collect()
}

fn members(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
}
