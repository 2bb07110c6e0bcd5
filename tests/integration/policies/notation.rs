//! The line notation of the examples in `policies/*.md`, which `policies/README.md` describes, and what it stands for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The files of a snapshot: paths and contents.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

pub(crate) const ORGANIZATION: &str = "o-abc123def4";
const ROOT: &str = "r-abcd";
const MANAGEMENT: &str = "100000000000";
const FOREIGN: &str = "999999999999";
/// The tags by which a model is traced.
pub(crate) const LINEAGE: [&str; 3] = ["git-commit", "training-data", "training-job"];
pub(crate) const FLAGS: [&str; 4] =
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// One block of a page.
#[derive(Debug)]
pub(crate) struct Example {
    /// Number and name.
    pub(crate) accounts: Vec<(String, String)>,
    pub(crate) buckets: Vec<Line>,
    /// Roles and users.
    pub(crate) principals: Vec<Line>,
    pub(crate) requests: Vec<Line>,
}

/// One line: a thing and its settings.
#[derive(Debug)]
pub(crate) struct Line {
    /// `bucket`, `role`, `user` or `request`.
    pub(crate) kind: String,
    /// What stands there without a setting's name, the thing's own name first.
    pub(crate) words: Vec<String>,
    settings: BTreeMap<String, String>,
    /// The statements below it.
    statements: Vec<Value>,
}

const BUCKET: &[&str] = &[
    "account",
    "class",
    "team",
    "env",
    "versioning",
    "guard",
    "object-lock",
    "mfa-delete",
    "lifecycle",
    "encryption",
    "key",
    "block",
    "acls",
    "tls",
    "log",
    "lineage",
    "unread",
];
const PRINCIPAL: &[&str] = &["account", "path", "access-role", "team", "boundary", "allow", "on", "trust"];

impl Example {
    /// Reads a block; panics with the line that is not understood.
    pub(crate) fn parse(text: &str) -> Self {
        let mut example = Self { accounts: vec![], buckets: vec![], principals: vec![], requests: vec![] };
        let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
        while let Some(head) = lines.next() {
            let mut below = String::new();
            while let Some(line) = lines.next_if(|line| line.starts_with(' ')) {
                below.push_str(line);
            }
            let line = Line::parse(head, &below);
            match line.kind.as_str() {
                "account" => example.accounts.push((line.words[0].clone(), line.words[1].clone())),
                "bucket" => example.buckets.push(line.allows(BUCKET)),
                "role" | "user" => example.principals.push(line.allows(PRINCIPAL)),
                "request" => example.requests.push(line),
                _ => panic!("no such thing: {head}"),
            }
        }
        if example.accounts.is_empty() {
            example.accounts.push(("111111111111".to_owned(), "ml-prod".to_owned()));
        }
        example
    }

    /// The account that a line names, or the first.
    pub(crate) fn account<'a>(&'a self, line: &'a Line) -> &'a str {
        line.get("account").unwrap_or(&self.accounts[0].0)
    }
}

impl Line {
    fn parse(head: &str, below: &str) -> Self {
        let mut tokens = head.split_whitespace();
        let kind = tokens.next().unwrap_or_default().to_owned();
        let (mut words, mut settings) = (vec![], BTreeMap::new());
        for token in tokens {
            match token.split_once('=') {
                Some((name, value)) => _ = settings.insert(name.to_owned(), value.to_owned()),
                None => words.push(token.to_owned()),
            }
        }
        let statements = serde_json::Deserializer::from_str(below).into_iter().collect::<Result<_, _>>();
        Self {
            kind,
            words,
            settings,
            statements: statements.unwrap_or_else(|error| panic!("{head}: {error}")),
        }
    }

    fn allows(self, settings: &[&str]) -> Self {
        let unknown = self.settings.keys().find(|name| !settings.contains(&name.as_str()));
        assert!(unknown.is_none(), "{} has no setting {unknown:?}", self.kind);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.words[0]
    }

    pub(crate) fn get(&self, setting: &str) -> Option<&str> {
        self.settings.get(setting).map(String::as_str)
    }

    pub(crate) fn is(&self, setting: &str, value: &str) -> bool {
        self.get(setting) == Some(value)
    }

    /// The algorithm and the key of the default encryption.
    pub(crate) fn encryption(&self) -> (&str, &str) {
        let algorithm = self.get("encryption").unwrap_or("aws:kms");
        let key = if algorithm == "AES256" { "aws" } else { "own" };
        (algorithm, self.get("key").unwrap_or(key))
    }

    /// Whether a flag of Block Public Access is on.
    pub(crate) fn blocks(&self, flag: &str) -> bool {
        match self.get("block").unwrap_or("on") {
            "on" => true,
            "off" => false,
            flags => flags.split(',').any(|on| on == flag),
        }
    }

    /// `arn:aws:iam::...` of a role or user.
    pub(crate) fn arn(&self, account: &str) -> String {
        let path = self.get("path").unwrap_or("/");
        format!("arn:aws:iam::{account}:{}{path}{}", self.kind, self.name())
    }
}

/// The snapshot that an example stands for.
pub(crate) fn expand(example: &Example) -> Files {
    let entry = |id: &str, name: &str| json!({"Id": id, "Name": name, "Status": "ACTIVE", "ParentId": ROOT, "Tags": []});
    let accounts = example.accounts.iter().map(|(id, name)| entry(id, name));
    let organization = json!({
        "Organization": {"Id": ORGANIZATION, "MasterAccountId": MANAGEMENT},
        "Roots": [{"Id": ROOT, "Name": "Root"}],
        "OrganizationalUnits": [],
        "Accounts": accounts.chain([entry(MANAGEMENT, "management")]).collect::<Value>(),
        "Policies": [
            {"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY",
             "Content": policy([json!({"Effect": "Allow", "Action": "*", "Resource": "*"})])},
        ],
        "Attachments": example.accounts.iter().map(|(id, _)| id.as_str()).chain([ROOT])
            .map(|target| json!({"PolicyId": "p-FullAWSAccess", "TargetId": target})).collect::<Value>(),
    });
    let estate = json!({"format": "estate/1", "collected_at": "2026-11-22T10:00:00Z", "partition": "aws"});
    let mut files = vec![("estate.json".to_owned(), estate), ("organization.json".to_owned(), organization)];
    for (id, _) in &example.accounts {
        files.push((format!("accounts/{id}.json"), account(example, id)));
    }
    files.into_iter().map(|(path, json)| (path, json.to_string().into_bytes())).collect()
}

fn account(example: &Example, id: &str) -> Value {
    let buckets: Vec<_> = example.buckets.iter().filter(|bucket| example.account(bucket) == id).collect();
    let of = |kind: &str| {
        let principals =
            example.principals.iter().filter(|line| line.kind == kind && example.account(line) == id);
        principals.map(|line| principal(line, id)).collect::<Value>()
    };
    let boundary = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    json!({
        "AccountId": id,
        "AuthorizationDetails": {
            "UserDetailList": of("user"),
            "GroupDetailList": [],
            "RoleDetailList": of("role"),
            "Policies": [{
                "PolicyName": "boundary", "Arn": boundary_arn(id), "Path": "/", "DefaultVersionId": "v1",
                "PolicyVersionList": [{"Document": policy([boundary]), "VersionId": "v1", "IsDefaultVersion": true}],
            }],
        },
        "PublicAccessBlock": null,
        "Buckets": buckets.iter().map(|line| bucket(line, id)).collect::<Value>(),
        "AccessPoints": [],
        "KmsKeys": [
            {"Arn": key_arn(id, "own"), "Policy": key_policy(id, Some(ORGANIZATION))},
            {"Arn": key_arn(id, "open"), "Policy": key_policy(id, None)},
        ],
        "VpcEndpoints": [],
        "Errors": buckets.iter().flat_map(|line| unread(line)).collect::<Value>(),
    })
}

fn bucket(line: &Line, account: &str) -> Value {
    let name = line.name();
    let (algorithm, key) = line.encryption();
    let mut encryption = json!({"SSEAlgorithm": algorithm});
    if key != "aws" {
        let owner = if key == "foreign" { FOREIGN } else { account };
        encryption["KMSMasterKeyID"] = json!(key_arn(owner, key));
    }
    let versioning = match line.get("versioning").unwrap_or("Enabled") {
        "Never" => json!({}),
        status => {
            let mfa = if line.is("mfa-delete", "on") { "Enabled" } else { "Disabled" };
            json!({"Status": status, "MFADelete": mfa})
        }
    };
    let ownership = if line.is("acls", "on") { "ObjectWriter" } else { "BucketOwnerEnforced" };
    let logging =
        json!({"LoggingEnabled": {"TargetBucket": "acme-logs", "TargetPrefix": format!("{name}/")}});
    let retention = json!({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 90}}});
    let statements = statements(line);
    let mut bucket = json!({
        "Name": name,
        "Region": "eu-west-1",
        "CreationDate": "2025-01-01T00:00:00Z",
        "Policy": if statements.is_empty() { Value::Null } else { policy(statements) },
        "Versioning": versioning,
        "Encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": true}]},
        "PublicAccessBlock": FLAGS.iter().map(|flag| ((*flag).to_owned(), json!(line.blocks(flag)))).collect::<Value>(),
        "OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]},
        "Acl": {"Owner": {"ID": "c0ffee"}, "Grants": []},
        "Logging": if line.is("log", "off") { Value::Null } else { logging },
        "ObjectLock": if line.is("object-lock", "on") { json!({"ObjectLockConfiguration": retention}) } else { Value::Null },
        "Lifecycle": line.get("lifecycle").map_or(Value::Null, lifecycle),
        "Replication": null,
        "Tags": tags(line),
    });
    for name in line.get("unread").iter().flat_map(|unread| unread.split(',')) {
        bucket.as_object_mut().and_then(|bucket| bucket.remove(name)).expect("a member of a bucket");
    }
    bucket
}

fn statements(line: &Line) -> Vec<Value> {
    let bucket = format!("arn:aws:s3:::{}", line.name());
    let resource = json!([bucket, format!("{bucket}/*")]);
    let mut statements = vec![];
    if !line.is("tls", "off") {
        statements.push(json!({"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resource,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}));
    }
    if line.is("class", "models") && !line.is("guard", "off") {
        let actions =
            ["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutLifecycleConfiguration"];
        statements.push(json!({"Sid": "VersionsStay", "Effect": "Deny", "Principal": "*", "Action": actions,
            "Resource": resource}));
    }
    statements.extend(line.statements.iter().cloned());
    statements
}

fn lifecycle(rule: &str) -> Value {
    let (what, days) = rule.split_once(':').expect("a rule and its days");
    let days: u32 = days.parse().expect("days");
    let (name, action) = match what {
        "expire" => ("Expiration", json!({"Days": days})),
        "noncurrent" => ("NoncurrentVersionExpiration", json!({"NoncurrentDays": days})),
        "abort-uploads" => ("AbortIncompleteMultipartUpload", json!({"DaysAfterInitiation": days})),
        _ => panic!("no such lifecycle: {rule}"),
    };
    json!({"Rules": [{"ID": what, "Status": "Enabled", "Filter": {}, name: action}]})
}

fn tags(line: &Line) -> Value {
    let named = [("data-class", "class"), ("team", "team"), ("env", "env"), ("access-role", "access-role")];
    let tags = named.iter().filter_map(|(tag, setting)| Some((*tag, line.get(setting)?)));
    let lineage = LINEAGE.iter().filter(|_| line.kind == "bucket" && !line.is("lineage", "off"));
    tags.chain(lineage.map(|tag| (*tag, "known")))
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

fn unread(line: &Line) -> Vec<Value> {
    let unread = line.get("unread").into_iter().flat_map(|unread| unread.split(','));
    let resource = format!("arn:aws:s3:::{}", line.name());
    let refusal =
        |name| json!({"Api": format!("s3:GetBucket{name}"), "Resource": resource, "Code": "AccessDenied"});
    unread.map(refusal).collect()
}

fn principal(line: &Line, account: &str) -> Value {
    let (kind, prefix) = if line.kind == "user" { ("User", "AIDA") } else { ("Role", "AROA") };
    let mut statements = line.statements.clone();
    if let Some((actions, on)) = line.get("allow").zip(line.get("on")) {
        let resource = |on: &str| if on == "*" { on.to_owned() } else { format!("arn:aws:s3:::{on}") };
        statements.push(json!({"Effect": "Allow", "Action": actions.split(',').collect::<Value>(),
            "Resource": on.split(',').map(resource).collect::<Value>()}));
        statements.push(
            json!({"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*",
            "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}}),
        );
    }
    let inline: Vec<_> = statements
        .into_iter()
        .map(|one| json!({"PolicyName": "inline", "PolicyDocument": policy([one])}))
        .collect();
    let mut principal = json!({
        "Path": line.get("path").unwrap_or("/"),
        format!("{kind}Name"): line.name(),
        format!("{kind}Id"): format!("{prefix}{:A>17}", line.name().to_uppercase().replace('-', "")),
        "Arn": line.arn(account),
        "CreateDate": "2025-01-01T00:00:00Z",
        format!("{kind}PolicyList"): inline,
        "AttachedManagedPolicies": [],
        "Tags": tags(line),
    });
    if kind == "User" {
        principal["GroupList"] = json!([]);
    } else {
        principal["AssumeRolePolicyDocument"] =
            policy([trust(line.get("trust").unwrap_or("service:ec2.amazonaws.com"), account)]);
    }
    if line.is("boundary", "on") {
        principal["PermissionsBoundary"] =
            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary_arn(account)});
    }
    principal
}

fn trust(whom: &str, account: &str) -> Value {
    let by =
        |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    match whom.split_once(':') {
        Some(("service", name)) => by(json!({"Service": name})),
        Some(("account", number)) => by(json!({"AWS": format!("arn:aws:iam::{number}:root")})),
        Some(("role", name)) => by(json!({"AWS": format!("arn:aws:iam::{account}:role/{name}")})),
        Some(("oidc", subject)) => {
            let provider = "token.actions.githubusercontent.com";
            let mut condition = json!({"StringEquals": {format!("{provider}:aud"): "sts.amazonaws.com"}});
            if subject != "*" {
                condition["StringEquals"][format!("{provider}:sub")] = json!(subject);
            }
            json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
                "Principal": {"Federated": format!("arn:aws:iam::{account}:oidc-provider/{provider}")}})
        }
        _ => panic!("nobody to trust: {whom}"),
    }
}

fn policy(statements: impl IntoIterator<Item = Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements.into_iter().collect::<Value>()})
}

/// The account may manage the key, and everybody may use it: of the organization, if one is named.
fn key_policy(account: &str, organization: Option<&str>) -> Value {
    let mut users = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"]});
    if let Some(organization) = organization {
        users["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": organization}});
    }
    let root = json!({"AWS": format!("arn:aws:iam::{account}:root")});
    policy([json!({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}), users])
}

fn key_arn(account: &str, key: &str) -> String {
    format!("arn:aws:kms:eu-west-1:{account}:key/{key}")
}

fn boundary_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:policy/boundary")
}
