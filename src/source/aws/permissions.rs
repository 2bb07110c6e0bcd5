//! The least that palisade must be allowed, as the policies and templates that allow it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::api::{APIS, Api, Caller, WRITES};
use super::role::RoleOptions;

/// Whom the role in each account trusts, and how it is called.
#[derive(Debug, Clone, Default)]
pub struct Member {
    /// The name of the role, as `--role-name` takes it.
    pub role_name: String,
    /// The account whose principals may assume it; a parameter of the template where it is not told.
    pub trusted_account: Option<String>,
    /// What must be sent as `sts:ExternalId`.
    pub external_id: Option<String>,
    /// Whether it may also do what applying edits needs.
    pub writes: bool,
}

/// The actions that a caller must be allowed. The account at home is read without a role, so that its credentials need what a
/// role needs elsewhere, and more.
#[must_use]
pub fn actions(caller: Caller) -> BTreeSet<&'static str> {
    APIS.iter().filter(|api| api.caller >= caller).filter_map(|api| api.action).collect()
}

/// The actions that applying edits and rolling them back needs beside those that reading needs. Whoever has them can give himself
/// any other.
#[must_use]
pub fn writes() -> BTreeSet<&'static str> {
    let read = actions(Caller::Home);
    WRITES.iter().filter_map(|api: &Api| api.action).filter(|action| !read.contains(action)).collect()
}

/// The policy for a caller, in IAM's JSON: one statement for each service. `role` is what may be assumed.
#[must_use]
pub fn policy(caller: Caller, role: &RoleOptions) -> Value {
    statements("Palisade", &actions(caller), role)
}

/// The policy for applying edits, in addition to the [`policy`] for reading: the same for the role and for the account at home.
#[must_use]
pub fn write_policy(role: &RoleOptions) -> Value {
    statements("PalisadeWrite", &writes(), role)
}

fn statements(sid: &str, actions: &BTreeSet<&'static str>, role: &RoleOptions) -> Value {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in actions {
        let service = action.split(':').next().unwrap_or(action);
        services.entry(service).or_default().push(action);
    }
    let statements = services.iter().map(|(service, actions)| {
        let resource = match *service {
            "sts" => role.arn_template.replace("{partition}", "*").replace("{account}", "*"),
            _ => "*".to_owned(),
        };
        let sid = format!("{sid}{}", capitalized(service));
        json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource })
    });
    json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
}

fn capitalized(service: &str) -> String {
    let (first, rest) = service.split_at_checked(1).unwrap_or((service, ""));
    format!("{}{rest}", first.to_uppercase())
}

/// What the templates say of the role.
fn about(member: &Member) -> &'static str {
    if member.writes {
        "\
# The role by which palisade reads an account, and changes what a fix changes; no object can be read.
# Whoever is this role can give himself any permission: let nobody assume it but to apply a fix."
    } else {
        "# The role by which palisade reads an account: nothing in it can be changed, and no object can be read."
    }
}

/// A CloudFormation template of the role, for a StackSet over the accounts of an organization.
#[must_use]
pub fn cloudformation(member: &Member) -> String {
    let Member { role_name, trusted_account, external_id, .. } = member;
    let default = |value: &Option<String>| match value {
        Some(value) => format!("\n    Default: {}", quoted(value)),
        None => String::new(),
    };
    let mut text = format!(
        r#"{about}
#
# Into every account of an organization, from its management account:
#
#   aws cloudformation create-stack-set --stack-set-name palisade --template-body file://palisade.yaml \
#     --permission-model SERVICE_MANAGED --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false \
#     --capabilities CAPABILITY_NAMED_IAM --parameters ParameterKey=TrustedAccount,ParameterValue=111122223333
#   aws cloudformation create-stack-instances --stack-set-name palisade --regions us-east-1 \
#     --deployment-targets OrganizationalUnitIds=r-abcd
#
AWSTemplateFormatVersion: "2010-09-09"
Description: Lets palisade read who can reach the data of this account

Parameters:
  TrustedAccount:
    Type: String
    Description: The account whose principals may assume the role
    AllowedPattern: "[0-9]{{12}}"{trusted}
  ExternalId:
    Type: String
    Description: What must be sent as sts:ExternalId; empty for nothing
    Default: {external}

Conditions:
  HasExternalId: !Not [!Equals [!Ref ExternalId, ""]]

Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {name}
      Description: palisade reads who can reach the data of this account
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              AWS: !Sub "arn:${{AWS::Partition}}:iam::${{TrustedAccount}}:root"
            Action: sts:AssumeRole
            Condition: !If
              - HasExternalId
              - StringEquals:
                  sts:ExternalId: !Ref ExternalId
              - !Ref AWS::NoValue
      Policies:
        - PolicyName: palisade
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: PalisadeRead
                Effect: Allow
                Resource: "*"
                Action:
"#,
        about = about(member),
        trusted = default(trusted_account),
        external = quoted(external_id.as_deref().unwrap_or_default()),
        name = quoted(role_name),
    );
    let list = |text: &mut String, actions: BTreeSet<&str>| {
        for action in actions {
            let _ = writeln!(text, "                  - {action}");
        }
    };
    list(&mut text, actions(Caller::Member));
    if member.writes {
        text.push_str(CLOUDFORMATION_WRITES);
        list(&mut text, writes());
    }
    text.push_str("\nOutputs:\n  RoleArn:\n    Value: !GetAtt Role.Arn\n");
    text
}

const CLOUDFORMATION_WRITES: &str = r#"        - PolicyName: palisade-write
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: PalisadeWrite
                Effect: Allow
                Resource: "*"
                Action:
"#;

/// The role in Terraform, for one account.
#[must_use]
pub fn terraform(member: &Member) -> String {
    let Member { role_name, trusted_account, external_id, .. } = member;
    let default = |value: &str| format!("\n  default     = {}", quoted(value));
    let mut text = format!(
        r#"{about}

variable "trusted_account" {{
  description = "The account whose principals may assume the role"
  type        = string{trusted}
}}

variable "external_id" {{
  description = "What must be sent as sts:ExternalId; null for nothing"
  type        = string
  default     = {external}
}}

data "aws_partition" "current" {{}}

data "aws_iam_policy_document" "trust" {{
  statement {{
    actions = ["sts:AssumeRole"]

    principals {{
      type        = "AWS"
      identifiers = ["arn:${{data.aws_partition.current.partition}}:iam::${{var.trusted_account}}:root"]
    }}

    dynamic "condition" {{
      for_each = var.external_id == null ? [] : [var.external_id]

      content {{
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }}
    }}
  }}
}}

data "aws_iam_policy_document" "read" {{
  statement {{
    sid       = "PalisadeRead"
    resources = ["*"]

    actions = [
"#,
        about = about(member),
        trusted = trusted_account.as_deref().map(default).unwrap_or_default(),
        external = external_id.as_deref().map_or_else(|| "null".to_owned(), quoted),
    );
    for action in actions(Caller::Member) {
        let _ = writeln!(text, "      {action:?},");
    }
    let _ = write!(
        text,
        r#"    ]
  }}
}}

resource "aws_iam_role" "palisade" {{
  name               = {name}
  description        = "palisade reads who can reach the data of this account"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}}

resource "aws_iam_role_policy" "palisade" {{
  name   = "palisade"
  role   = aws_iam_role.palisade.id
  policy = data.aws_iam_policy_document.read.json
}}

output "role_arn" {{
  value = aws_iam_role.palisade.arn
}}
"#,
        name = quoted(role_name),
    );
    if member.writes {
        text.push_str(&terraform_writes());
    }
    text
}

fn terraform_writes() -> String {
    let actions: String = writes().iter().map(|action| format!("      {action:?},\n")).collect();
    format!(
        r#"
data "aws_iam_policy_document" "write" {{
  statement {{
    sid       = "PalisadeWrite"
    resources = ["*"]

    actions = [
{actions}    ]
  }}
}}

resource "aws_iam_role_policy" "palisade_write" {{
  name   = "palisade-write"
  role   = aws_iam_role.palisade.id
  policy = data.aws_iam_policy_document.write.json
}}
"#
    )
}

/// A string as YAML, HCL and JSON write it alike: names of roles and external ids have neither quotes nor braces.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_one_that_only_reads() {
        for action in actions(Caller::Home) {
            let (_, name) = action.split_once(':').expect("a service and a name");
            let reads = ["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb));
            assert!(reads || action == "sts:AssumeRole", "{action} does more than read");
        }
    }

    #[test]
    fn nothing_lets_objects_be_read() {
        let objects = ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "kms:Decrypt"];
        assert!(objects.iter().all(|action| !actions(Caller::Home).contains(action)));
        assert!(objects.iter().all(|action| !writes().contains(action)));
    }

    #[test]
    fn what_applying_needs_is_no_part_of_what_reading_needs() {
        assert!(actions(Caller::Home).is_disjoint(&writes()));
        assert!(writes().contains("s3:PutBucketPolicy") && writes().contains("iam:GetRolePolicy"));
    }

    /// "You cannot add inline policies to a role that in total exceed 10,240 characters". (IAM User Guide, reference_iam-quotas)
    #[test]
    fn both_policies_find_room_in_a_role() {
        let role = RoleOptions::default();
        let long = policy(Caller::Member, &role).to_string().len() + write_policy(&role).to_string().len();
        assert!(long < 10_240, "{long}");
    }
}
