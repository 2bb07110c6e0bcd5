//! Violations of every rule of the catalogue, planted in an organization of the generator.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::all_requests::Dice;

const FOREIGN: &str = "999999999999";
/// Perimeters of the whole organization, behind which half of the catalogue cannot be broken.
const PERIMETERS: [&str; 2] = ["p-rcptls0001", "p-rcpperim01"];

/// The files of a snapshot that are changed.
pub(super) struct Garden {
    dice: Dice,
    organization: (PathBuf, Value),
    accounts: Vec<(PathBuf, Value)>,
    /// Buckets and roles in which something is planted.
    used: BTreeSet<String>,
    /// The rules that are broken.
    rules: Vec<&'static str>,
}

/// A place in the list of accounts, and one in the list of its buckets or roles.
type Place = (usize, usize);

/// Plants every violation once in the snapshot of a directory; tells which rules it breaks.
pub(super) fn plant(directory: &Path, seed: u64) -> Vec<&'static str> {
    let mut garden = Garden::read(directory, seed);
    garden.lower_perimeters();
    garden.settings();
    garden.models();
    garden.outsiders();
    garden.insiders();
    garden.principals();
    garden.statements();
    garden.write();
    garden.rules
}

impl Garden {
    fn read(directory: &Path, seed: u64) -> Self {
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).expect("a file of the snapshot");
            (path, serde_json::from_str(&text).expect("JSON"))
        };
        let entries = fs::read_dir(directory.join("accounts")).expect("the accounts");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        Self {
            dice: Dice::new(seed),
            organization: read(directory.join("organization.json")),
            accounts: files.into_iter().map(read).collect(),
            used: BTreeSet::new(),
            rules: vec![],
        }
    }

    fn write(&self) {
        for (path, value) in self.accounts.iter().chain([&self.organization]) {
            fs::write(path, value.to_string()).expect("a file of the snapshot");
        }
    }

    fn lower_perimeters(&mut self) {
        let attachments = self.organization.1["Attachments"].as_array_mut().expect("attachments");
        attachments
            .retain(|attachment| !PERIMETERS.contains(&attachment["PolicyId"].as_str().expect("an id")));
    }

    /// What buckets lack.
    fn settings(&mut self) {
        let place = self.bucket("datasets", "versioning-suspended");
        self.set(place, "Versioning", json!({ "Status": "Suspended" }));
        let place = self.bucket("datasets", "datasets-not-versioned");
        self.set(place, "Versioning", json!({}));
        let place = self.bucket("features", "not-encrypted-with-customer-key");
        self.set(place, "Encryption", encryption(None));
        let place = self.bucket("pipeline", "key-outside-organization");
        self.set(place, "Encryption", encryption(Some(&key(&self.region(place), FOREIGN, "7"))));
        let place = self.bucket("features", "key-policy-open");
        let (own, region) = (self.account(place.0), self.region(place));
        let open = key(&region, &own, "8");
        self.set(place, "Encryption", encryption(Some(&open)));
        let policy = policy(&[
            json!({ "Sid": "Own", "Effect": "Allow", "Principal": { "AWS": root(&own) }, "Action": "kms:*", "Resource": "*" }),
            json!({ "Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*" }),
        ]);
        let keys = self.accounts[place.0].1["KmsKeys"].as_array_mut().expect("keys");
        keys.push(json!({ "Arn": open, "Policy": policy }));
        let place = self.bucket("team", "public-access-not-blocked");
        self.unblock(place);
        let place = self.bucket("team", "acls-enabled");
        self.set(place, "OwnershipControls", json!({ "Rules": [{ "ObjectOwnership": "ObjectWriter" }] }));
        let place = self.bucket("datasets", "tls-not-enforced");
        self.rules.push("plaintext-access");
        self.drop_statements(place, &["TlsOnly"]);
        let place = self.bucket("pipeline", "no-access-log");
        self.set(place, "Logging", Value::Null);
        let place = self.bucket("models", "unclassified-dataset");
        self.tag(place, "data-class", None);
        let place = self.bucket("features", "ambiguous-class");
        self.tag(place, "data-class", Some("featurs"));
    }

    /// What models lack besides.
    fn models(&mut self) {
        let place = self.bucket("models", "models-not-versioned");
        self.set(place, "Versioning", json!({}));
        self.set(place, "ObjectLock", Value::Null);
        let place = self.bucket("models", "model-versions-unprotected");
        self.set(place, "ObjectLock", Value::Null);
        self.drop_statements(place, &["NoVersionDelete"]);
        let rule = |action: Value| {
            let mut rule = json!({ "ID": "old", "Status": "Enabled", "Filter": { "Prefix": "" } });
            rule.as_object_mut().expect("a rule").extend(action.as_object().expect("an action").clone());
            json!({ "Rules": [rule] })
        };
        let place = self.bucket("models", "lifecycle-expires-models");
        self.set(place, "Lifecycle", rule(json!({ "Expiration": { "Days": 30 } })));
        let place = self.bucket("models", "lifecycle-expires-noncurrent-models");
        self.set(place, "Lifecycle", rule(json!({ "NoncurrentVersionExpiration": { "NoncurrentDays": 7 } })));
        // No model of the generator says what it was made from.
        self.rules.push("model-lineage-missing");
        let place = self.bucket("models", "model-version-deletable");
        self.drop_statements(place, &["NoVersionDelete"]);
        self.set(place, "ObjectLock", Value::Null);
        self.grant(place, "/ml/pipeline/", &["s3:DeleteObjectVersion"]);
    }

    /// Those from outside the organization.
    fn outsiders(&mut self) {
        let place = self.bucket("features", "public-access");
        self.unblock(place);
        self.drop_statements(place, &["OrgOnly", "ReadersOnly", "NoSso"]);
        self.allow(place, json!("*"), &["s3:GetObject"]);
        let place = self.bucket("datasets", "outside-organization-access");
        self.drop_statements(place, &["OrgOnly", "ReadersOnly"]);
        self.allow(place, json!({ "AWS": root(FOREIGN) }), &["s3:GetObject"]);
        let place = self.bucket("pipeline", "service-without-source");
        self.drop_statements(place, &["NoOthers", "FromVpceOnly"]);
        self.allow(place, json!({ "Service": "delivery.logs.amazonaws.com" }), &["s3:PutObject"]);
    }

    /// Those from inside whom no rule permits it.
    fn insiders(&mut self) {
        let place = self.bucket("team", "bucket-configured-by-others");
        self.drop_statements(place, &["ConfigByAdmin"]);
        self.grant(place, "/ml/pipeline/", &["s3:PutBucketPolicy"]);
        let place = self.bucket("datasets", "content-read-by-auditor");
        self.drop_statements(place, &["ReadersOnly", "NoSso"]);
        self.grant(place, "/ml/audit/", &["s3:GetObject"]);
        let place = self.bucket("team", "team-data-outside-team");
        self.drop_statements(place, &["NoOthers", "NoOtherTeam", "NoSso"]);
        self.grant(place, "/ml/serving/", &["s3:GetObject"]);
        let place = self.bucket("features", "features-written-by-others");
        self.drop_statements(place, &["WritersOnly", "NoSso"]);
        self.grant(place, "/ml/pipeline/", &["s3:PutObject"]);
        let place = self.bucket("datasets", "datasets-written-by-others");
        self.drop_statements(place, &["WritersOnly", "NoSso"]);
        self.grant(place, "/ml/publisher/", &["s3:PutObject", "s3:DeleteObject"]);
        let place = self.bucket("models", "models-written-by-others");
        self.drop_statements(place, &["WritersOnly", "NoSso"]);
        self.grant(place, "/ml/serving/", &["s3:PutObject"]);
        let place = self.bucket("pipeline", "human-in-pipeline");
        self.drop_statements(place, &["NoOthers", "NoSso", "FromVpceOnly"]);
        self.grant(place, "/ml/ds/", &["s3:GetObject"]);
        let place = self.bucket("features", "unsanctioned-access");
        self.drop_statements(place, &["ReadersOnly", "NoSso"]);
        self.grant(place, "/", &["s3:GetObject"]);
    }

    /// How principals are set up.
    fn principals(&mut self) {
        let place = self.role("/ml/serving/", "expected-access-broken");
        let boundary = format!("arn:aws:iam::{}:policy/planted", self.account(place.0));
        let version = json!({ "Document": policy(&[allow(&["s3:List*"], "*", None)]), "VersionId": "v1", "IsDefaultVersion": true });
        let details = &mut self.accounts[place.0].1["AuthorizationDetails"];
        details["Policies"].as_array_mut().expect("policies").push(json!({
            "PolicyName": "planted", "Arn": boundary, "Path": "/", "DefaultVersionId": "v1", "PolicyVersionList": [version],
        }));
        self.principal(place)["PermissionsBoundary"] =
            json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary });
        let place = self.role("/ml/ds/", "data-scientist-without-boundary");
        self.principal(place).as_object_mut().expect("a role").remove("PermissionsBoundary");
        let place = self.role("/ml/pipeline/", "role-assumable-from-outside");
        let trust =
            json!({ "Effect": "Allow", "Principal": { "AWS": root(FOREIGN) }, "Action": "sts:AssumeRole" });
        let statements = &mut self.principal(place)["AssumeRolePolicyDocument"]["Statement"];
        statements.as_array_mut().expect("statements").push(trust);
        let account = self.dice.below(4) + 2;
        let at =
            self.roles(account).iter().position(|role| role["RoleName"] == "gha-deploy").expect("a role");
        self.rules.push("role-assumable-by-unbound-oidc");
        let statement = &mut self.principal((account, at))["AssumeRolePolicyDocument"]["Statement"][0];
        let asked = statement["Condition"]["StringEquals"].as_object_mut().expect("conditions");
        asked.remove("token.actions.githubusercontent.com:sub");
    }

    /// Statements that nobody can mean.
    fn statements(&mut self) {
        let place = self.role("/ml/serving/", "wildcard-crosses-buckets");
        let bucket = format!("acme-{}-f*", self.name_of(place.0));
        self.inline(place, "reading", &[allow(&["s3:GetObject"], &format!("arn:aws:s3:::{bucket}/*"), None)]);
        let place = self.role("/ml/pipeline/", "condition-never-met");
        let never = json!({ "StringEquals": { "s3:prefix": "shared/" } });
        self.inline(place, "sharing", &[allow(&["s3:PutObject"], "arn:aws:s3:::app-shared/*", Some(never))]);
        let place = self.role("/ml/pipeline/", "allow-without-effect");
        let (wide, narrow) = ("arn:aws:s3:::app-logs/*", "arn:aws:s3:::app-logs/today/*");
        let twice = [allow(&["s3:GetObject"], wide, None), allow(&["s3:GetObject"], narrow, None)];
        self.inline(place, "twice", &twice);
        let place = self.bucket("team", "guard-on-callers-word");
        let browser = json!({ "StringLike": { "aws:UserAgent": "*curl*" } });
        let objects = format!("{}/*", self.arn(place));
        let deny = json!({ "Sid": "NoCurl", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectAcl", "Resource": objects, "Condition": browser });
        self.state(place, deny);
    }

    /// A bucket of a class in which nothing is planted yet, outside the namespace that the organization itself guards.
    fn bucket(&mut self, class: &str, rule: &'static str) -> Place {
        self.rules.push(rule);
        let mut free: Vec<Place> = vec![];
        for (account, (_, file)) in self.accounts.iter().enumerate() {
            for (at, bucket) in file["Buckets"].as_array().expect("buckets").iter().enumerate() {
                let name = bucket["Name"].as_str().expect("a name");
                let tags = bucket["Tags"].as_array().expect("tags");
                let is_of = tags.iter().any(|tag| tag["Key"] == "data-class" && tag["Value"] == class);
                let is_free = !self.used.contains(name) && bucket["Policy"].is_object();
                if is_of && name.starts_with("acme-") && is_free {
                    free.push((account, at));
                }
            }
        }
        assert!(!free.is_empty(), "no bucket is left for {rule}");
        let place = free[self.dice.below(free.len())];
        self.used.insert(self.bucket_at(place)["Name"].as_str().expect("a name").to_owned());
        place
    }

    /// A role of a path in which nothing is planted yet, in an account of the platform.
    fn role(&mut self, path: &str, rule: &'static str) -> Place {
        self.rules.push(rule);
        let account = self.dice.below(4) + 2;
        (account, self.role_of(account, path))
    }

    fn role_of(&mut self, account: usize, path: &str) -> usize {
        let is_free = |(at, role): (usize, &Value)| {
            let arn = role["Arn"].as_str().expect("an ARN");
            (role["Path"] == path && !self.used.contains(arn)).then(|| (at, arn.to_owned()))
        };
        let free: Vec<(usize, String)> = self.roles(account).iter().enumerate().filter_map(is_free).collect();
        assert!(!free.is_empty(), "no role of {path} is left");
        let (at, arn) = free[self.dice.below(free.len())].clone();
        self.used.insert(arn);
        at
    }

    /// A role of the bucket's account may do something with it.
    fn grant(&mut self, place: Place, path: &str, actions: &[&str]) {
        let role = self.role_of(place.0, path);
        if path == "/ml/audit/" {
            // What the auditors have denies them to read.
            self.principal((place.0, role))["AttachedManagedPolicies"] = json!([]);
        }
        let arn = self.arn(place);
        let resource = if actions[0].contains("Bucket") { arn } else { format!("{arn}/*") };
        self.inline((place.0, role), "planted", &[allow(actions, &resource, None)]);
    }

    fn inline(&mut self, place: Place, name: &str, statements: &[Value]) {
        let inline = json!({ "PolicyName": name, "PolicyDocument": policy(statements) });
        self.principal(place)["RolePolicyList"].as_array_mut().expect("policies").push(inline);
    }

    /// A statement of the bucket's policy that lets somebody in.
    fn allow(&mut self, place: Place, principal: Value, actions: &[&str]) {
        // The keys of the generator let nobody else in.
        self.set(place, "Encryption", encryption(None));
        let mut statement = allow(actions, &format!("{}/*", self.arn(place)), None);
        statement["Principal"] = principal;
        self.state(place, statement);
    }

    fn state(&mut self, place: Place, statement: Value) {
        let statements = &mut self.bucket_mut(place)["Policy"]["Statement"];
        statements.as_array_mut().expect("statements").push(statement);
    }

    fn drop_statements(&mut self, place: Place, sids: &[&str]) {
        let statements = &mut self.bucket_mut(place)["Policy"]["Statement"];
        let statements = statements.as_array_mut().expect("statements");
        statements.retain(|statement| !sids.iter().any(|sid| statement["Sid"] == *sid));
    }

    fn unblock(&mut self, place: Place) {
        let off = json!({ "BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false });
        self.accounts[place.0].1["PublicAccessBlock"] = off.clone();
        self.set(place, "PublicAccessBlock", off);
    }

    fn tag(&mut self, place: Place, key: &str, value: Option<&str>) {
        let tags = self.bucket_mut(place)["Tags"].as_array_mut().expect("tags");
        tags.retain(|tag| tag["Key"] != key);
        tags.extend(value.map(|value| json!({ "Key": key, "Value": value })));
    }

    fn set(&mut self, place: Place, member: &str, value: Value) {
        self.bucket_mut(place)[member] = value;
    }

    fn bucket_at(&self, (account, at): Place) -> &Value {
        &self.accounts[account].1["Buckets"][at]
    }

    fn bucket_mut(&mut self, (account, at): Place) -> &mut Value {
        &mut self.accounts[account].1["Buckets"][at]
    }

    fn arn(&self, place: Place) -> String {
        format!("arn:aws:s3:::{}", self.bucket_at(place)["Name"].as_str().expect("a name"))
    }

    fn region(&self, place: Place) -> String {
        self.bucket_at(place)["Region"].as_str().expect("a region").to_owned()
    }

    fn roles(&self, account: usize) -> &[Value] {
        self.accounts[account].1["AuthorizationDetails"]["RoleDetailList"].as_array().expect("roles")
    }

    fn principal(&mut self, (account, at): Place) -> &mut Value {
        &mut self.accounts[account].1["AuthorizationDetails"]["RoleDetailList"][at]
    }

    fn account(&self, account: usize) -> String {
        self.accounts[account].1["AccountId"].as_str().expect("an account").to_owned()
    }

    fn name_of(&self, account: usize) -> String {
        let id = self.account(account);
        let accounts = self.organization.1["Accounts"].as_array().expect("accounts");
        let found = accounts.iter().find(|account| account["Id"] == *id).expect("the account");
        found["Name"].as_str().expect("a name").to_owned()
    }
}

fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(actions: &[&str], resource: &str, condition: Option<Value>) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
    if let Some(condition) = condition {
        statement["Condition"] = condition;
    }
    statement
}

fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

fn key(region: &str, account: &str, digit: &str) -> String {
    format!("arn:aws:kms:{region}:{account}:key/{}-0000-4000-8000-{account}", digit.repeat(8))
}

fn encryption(key: Option<&str>) -> Value {
    let by = match key {
        Some(key) => json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key }),
        None => json!({ "SSEAlgorithm": "AES256" }),
    };
    json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": true }] })
}
