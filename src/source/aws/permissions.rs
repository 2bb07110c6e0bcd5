//! The least that palisade must be allowed, as the policies and templates that allow it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::api::{APIS, Caller};
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
}

/// The actions that a caller must be allowed. The account at home is read without a role, so that its credentials need what a
/// role needs elsewhere, and more.
#[must_use]
pub fn actions(caller: Caller) -> BTreeSet<&'static str> {
    APIS.iter().filter(|api| api.caller >= caller).filter_map(|api| api.action).collect()
}

/// The policy for a caller, in IAM's JSON: one statement for each service. `role` is what may be assumed.
#[must_use]
pub fn policy(caller: Caller, role: &RoleOptions) -> Value {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in actions(caller) {
        let service = action.split(':').next().unwrap_or(action);
        services.entry(service).or_default().push(action);
    }
    let statements = services.iter().map(|(service, actions)| {
        let resource = match *service {
            "sts" => role.arn_template.replace("{partition}", "*").replace("{account}", "*"),
            _ => "*".to_owned(),
        };
        json!({ "Sid": sid(service), "Effect": "Allow", "Action": actions, "Resource": resource })
    });
    json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
}

fn sid(service: &str) -> String {
    let (first, rest) = service.split_at_checked(1).unwrap_or((service, ""));
    format!("Palisade{}{rest}", first.to_uppercase())
}

/// A CloudFormation template of the role, for a StackSet over the accounts of an organization.
#[must_use]
pub fn cloudformation(member: &Member) -> String {
    let Member { role_name, trusted_account, external_id } = member;
    let default = |value: &Option<String>| match value {
        Some(value) => format!("\n    Default: {}", quoted(value)),
        None => String::new(),
    };
    let mut text = format!(
        r#"# The role by which palisade reads an account: nothing in it can be changed, and no object can be read.
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
        trusted = default(trusted_account),
        external = quoted(external_id.as_deref().unwrap_or_default()),
        name = quoted(role_name),
    );
    for action in actions(Caller::Member) {
        let _ = writeln!(text, "                  - {action}");
    }
    text.push_str("\nOutputs:\n  RoleArn:\n    Value: !GetAtt Role.Arn\n");
    text
}

/// The role in Terraform, for one account.
#[must_use]
pub fn terraform(member: &Member) -> String {
    let Member { role_name, trusted_account, external_id } = member;
    let default = |value: &str| format!("\n  default     = {}", quoted(value));
    let mut text = format!(
        r#"# The role by which palisade reads an account: nothing in it can be changed, and no object can be read.

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
    text
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
    }
}
