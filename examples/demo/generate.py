#!/usr/bin/env python3
"""Write the example organization: `acme`, six accounts, one of every fault.

    python3 generate.py            # writes estate/ beside this file
    python3 generate.py --check    # writes nothing; exit code 1 if a file would change

EXPECTED.md lists what palisade must find in it and what it must not. Nothing here is
random: ids are hashes of names. What a rule forbids stands below a comment that begins
with FAULT; what only looks so, below one that begins with NEAR. AWS's own policies are
abridged.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path

HOME = Path(__file__).parent / "estate"
COLLECTED = "2026-11-22T10:00:00Z"
CREATED = "2025-03-03T09:00:00Z"
REGION = "eu-west-1"
ORGANIZATION = "o-acme12demo"

MANAGEMENT = "100000000000"
SECURITY = "110000000000"
ML_DEV = "210000000000"
ML_PROD = "310000000000"
DATA = "320000000000"
SANDBOX = "410000000000"
# A company that labels images for acme; not of the organization.
VENDOR = "909090909090"

ROOT_UNIT = "r-acme"
SECURITY_UNIT = "ou-acme-security"
ML_UNIT = "ou-acme-machinelearning"
DEV_UNIT = "ou-acme-mldevelopment"
PROD_UNIT = "ou-acme-mlproduction"
DATA_UNIT = "ou-acme-dataplatform"
SANDBOX_UNIT = "ou-acme-sandboxes"

ENDPOINT = "vpce-0a1b2c3d4e5f60718"
VPC = "vpc-0a1b2c3d4e5f60718"
NOTEBOOK = "AmazonSageMaker-ExecutionRole-20260114T101512"


# ---- Ids and ARNs --------------------------------------------------------------------


def digest(*parts):
    return hashlib.sha256("/".join(parts).encode()).digest()


def identifier(prefix, *parts):
    return prefix + base64.b32encode(digest(*parts)).decode()[:17]


def hexadecimal(*parts, length=16):
    return digest(*parts).hex()[:length]


def canonical_id(account):
    return hexadecimal("canonical", account, length=64)


def key_arn(account, name):
    text = hexadecimal("key", account, name, length=32)
    uuid = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    return f"arn:aws:kms:{REGION}:{account}:key/{uuid}"


def root(account):
    return f"arn:aws:iam::{account}:root"


def role_arn(account, path_and_name):
    return f"arn:aws:iam::{account}:role/{path_and_name}"


def sso_name(account, permission_set):
    suffix = hexadecimal("sso", account, permission_set)
    return f"AWSReservedSSO_{permission_set}_{suffix}"


def sso_arn(account, permission_set):
    path = f"aws-reserved/sso.amazonaws.com/{REGION}/"
    return role_arn(account, path + sso_name(account, permission_set))


def aws_policy(name):
    return f"arn:aws:iam::aws:policy/{name}"


def bucket_arns(*buckets):
    """The ARNs of buckets and of their objects."""
    return [f"arn:aws:s3:::{bucket}{end}" for bucket in buckets for end in ("", "/*")]


def objects(bucket, keys="*"):
    return f"arn:aws:s3:::{bucket}/{keys}"


# ---- Policy documents ----------------------------------------------------------------


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid, **parts):
    return statement("Allow", sid, parts)


def deny(sid, **parts):
    return statement("Deny", sid, parts)


def statement(effect, sid, parts):
    given = {key: value for key, value in parts.items() if value is not None}
    return {"Sid": sid, "Effect": effect, **given}


def equals(**values):
    """That keys have these values: equals(**{"aws:SourceVpc": "vpc-1"})."""
    return {"StringEquals": values}


def s3(sid, actions, *resources):
    """Of an identity policy; each resource is `bucket` or `bucket/keys`."""
    arns = [f"arn:aws:s3:::{resource}" for resource in resources]
    return allow(sid, Action=actions, Resource=arns)


def assume(*roles):
    return allow("AssumeRoles", Action="sts:AssumeRole", Resource=list(roles))


def pass_role(role, service=None):
    passed = service and equals(**{"iam:PassedToService": f"{service}.amazonaws.com"})
    return allow("PassRole", Action="iam:PassRole", Resource=role, Condition=passed)


def words(text):
    return text.split()


CONTENT = words(
    "s3:*Object* s3:ListBucket* s3:ListMultipartUploadParts s3:AbortMultipartUpload "
    "s3:Replicate* s3:InitiateReplication s3:BypassGovernanceRetention"
)
WRITES = words(
    "s3:PutObject* s3:DeleteObject* s3:RestoreObject s3:UpdateObjectEncryption "
    "s3:AbortMultipartUpload s3:Replicate* s3:InitiateReplication "
    "s3:BypassGovernanceRetention s3:ObjectOwnerOverrideToBucketOwner"
)
VERSIONS = words(
    "s3:DeleteObjectVersion* s3:BypassGovernanceRetention s3:PutObjectRetention "
    "s3:PutObjectLegalHold s3:PutLifecycleConfiguration s3:PutBucketVersioning "
    "s3:PutBucketObjectLockConfiguration"
)
CONFIGURATION = words(
    "s3:PutBucket* s3:DeleteBucket* s3:Put*Configuration s3:PutObject*Acl "
    "s3:ObjectOwnerOverrideToBucketOwner s3:PutAccountPublicAccessBlock "
    "s3:CreateAccessPoint s3:PutAccessPoint* s3:DeleteAccessPoint* "
    "s3:*BucketMetadata*TableConfiguration s3:PauseReplication "
    "s3:AllowVendedLogDeliveryForResource s3:TagResource s3:UntagResource"
)
KEY_USE = ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
READ = ["s3:GetObject", "s3:ListBucket"]
READ_WRITE = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]


# ---- Statements of bucket policies ---------------------------------------------------


def tls_only(bucket):
    return deny(
        "TlsOnly",
        Principal="*",
        Action="s3:*",
        Resource=bucket_arns(bucket) if bucket != "*" else "*",
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def only(sid, bucket, actions, *roles):
    """The guard of a bucket: nobody but these roles."""
    return deny(
        sid,
        Principal="*",
        Action=actions,
        Resource=bucket_arns(bucket),
        Condition=anyone_but(*roles),
    )


def anyone_but(*roles):
    """Everyone but these roles and AWS's services, which carry no aws:PrincipalArn."""
    return {
        "ArnNotLike": {"aws:PrincipalArn": [role_arn("*", role) for role in roles]},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }


def only_pipelines_write(bucket):
    return only("OnlyPipelinesWrite", bucket, WRITES, "ml/pipeline/*")


def keep_versions(bucket):
    arns = bucket_arns(bucket)
    return deny("KeepVersions", Principal="*", Action=VERSIONS, Resource=arns)


def readers(sid, bucket, *principals, condition=None):
    return allow(
        sid,
        Principal={"AWS": list(principals)},
        Action=READ,
        Resource=bucket_arns(bucket),
        Condition=condition,
    )


def delivery(sid, service, bucket, keys, condition=None):
    """An AWS service may put objects."""
    return allow(
        sid,
        Principal={"Service": f"{service}.amazonaws.com"},
        Action="s3:PutObject",
        Resource=objects(bucket, keys),
        Condition=condition,
    )


# ---- Trust policies ------------------------------------------------------------------


def trusts(*principals, condition=None):
    who = {"AWS": list(principals)}
    return document(
        allow("Trust", Principal=who, Action="sts:AssumeRole", Condition=condition)
    )


def trusts_services(*services):
    who = {"Service": [f"{service}.amazonaws.com" for service in services]}
    return document(allow("Trust", Principal=who, Action="sts:AssumeRole"))


def trusts_sso(account):
    name = f"AWSSSO_{hexadecimal(account)}_DO_NOT_DELETE"
    provider = f"arn:aws:iam::{account}:saml-provider/{name}"
    return document(
        allow(
            "SingleSignOn",
            Principal={"Federated": provider},
            Action=["sts:AssumeRoleWithSAML", "sts:TagSession"],
            Condition=equals(**{"SAML:aud": "https://signin.aws.amazon.com/saml"}),
        )
    )


def trusts_github(account, *subjects):
    issuer = "token.actions.githubusercontent.com"
    condition = equals(**{f"{issuer}:aud": "sts.amazonaws.com"})
    if subjects:
        condition["StringLike"] = {f"{issuer}:sub": list(subjects)}
    return document(
        allow(
            "GitHubActions",
            Principal={"Federated": f"arn:aws:iam::{account}:oidc-provider/{issuer}"},
            Action="sts:AssumeRoleWithWebIdentity",
            Condition=condition,
        )
    )


# ---- AWS's own managed policies ------------------------------------------------------


def everywhere(sid, actions, condition=None, resource="*"):
    listed = words(actions)
    action = listed if len(listed) > 1 else actions
    return allow(sid, Action=action, Resource=resource, Condition=condition)


NAMED_SAGEMAKER = [
    f"arn:aws:s3:::*{n}*" for n in ("SageMaker", "Sagemaker", "sagemaker")
]

AWS_MANAGED = {
    "AdministratorAccess": [everywhere("Everything", "*")],
    "AmazonS3ReadOnlyAccess": [
        everywhere("ReadEverything", "s3:Get* s3:List* s3:Describe*")
    ],
    "SecurityAudit": [
        everywhere(
            "BaseSecurityAuditPermissions",
            "iam:Get* iam:List* kms:GetKeyPolicy kms:List* organizations:Describe* "
            "organizations:List* s3:GetAccountPublicAccessBlock s3:GetBucket* "
            "s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration "
            "s3:ListAllMyBuckets",
        )
    ],
    "AmazonSageMakerFullAccess": [
        everywhere(
            "AllowS3ObjectActions",
            "s3:GetObject s3:PutObject s3:DeleteObject s3:AbortMultipartUpload",
            resource=[*NAMED_SAGEMAKER, "arn:aws:s3:::*aws-glue*"],
        ),
        everywhere(
            "AllowS3GetObjectWithSageMakerExistingObjectTag",
            "s3:GetObject",
            {"StringEqualsIgnoreCase": {"s3:ExistingObjectTag/SageMaker": "true"}},
            "arn:aws:s3:::*",
        ),
        everywhere(
            "AllowS3GetObjectWithServiceCatalogProvisioningExistingObjectTag",
            "s3:GetObject",
            equals(**{"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}),
            "arn:aws:s3:::*",
        ),
        everywhere(
            "AllowS3BucketActions",
            "s3:CreateBucket s3:GetBucketLocation s3:ListBucket s3:ListAllMyBuckets "
            "s3:GetBucketCors s3:PutBucketCors",
        ),
        everywhere(
            "AllowS3BucketACL",
            "s3:GetBucketAcl s3:PutObjectAcl",
            resource=NAMED_SAGEMAKER,
        ),
        everywhere("AllowSageMaker", "sagemaker:*"),
        pass_role(role_arn("*", "*AmazonSageMaker*"), "sagemaker"),
    ],
    "aws-service-role/AWSConfigServiceRolePolicy": [
        everywhere("Record", "config:Put* iam:Get* s3:GetBucket* s3:ListAllMyBuckets")
    ],
    "aws-service-role/AmazonSageMakerNotebooksServiceRolePolicy": [
        everywhere("Studio", "elasticfilesystem:* ec2:Describe*")
    ],
    "aws-service-role/AWSOrganizationsServiceTrustPolicy": [
        everywhere("CreateServiceLinkedRoles", "iam:CreateServiceLinkedRole")
    ],
}


def managed_policy(arn, content):
    name = arn.rsplit("/", 1)[1]
    version = {"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": CREATED}
    return {
        "PolicyName": name,
        "PolicyId": identifier("ANPA", arn),
        "Arn": arn,
        "Path": arn.split(":policy", 1)[1].removesuffix(name),
        "DefaultVersionId": "v1",
        "IsAttachable": True,
        "CreateDate": CREATED,
        "UpdateDate": CREATED,
        "PolicyVersionList": [{"Document": content, **version}],
    }


# ---- Settings of buckets -------------------------------------------------------------

ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
VERSIONED = {"Status": "Enabled", "MFADelete": "Disabled"}
SUSPENDED = {"Status": "Suspended", "MFADelete": "Disabled"}
LINEAGE = {
    "pipeline-run": "see object tags",
    "git-commit": "see object tags",
    "training-dataset": "see object tags",
}


def encrypted(key=None, algorithm="aws:kms"):
    """With a key; without one AWS takes its own."""
    default = {"SSEAlgorithm": algorithm}
    if key:
        default["KMSMasterKeyID"] = key
    rule = {
        "ApplyServerSideEncryptionByDefault": default,
        "BucketKeyEnabled": bool(key),
    }
    return {"Rules": [rule]}


AES256 = encrypted(algorithm="AES256")


def ownership(kind):
    return {"Rules": [{"ObjectOwnership": kind}]}


def lifecycle(**rules):
    common = {"Status": "Enabled", "Filter": {}}
    return {"Rules": [{"ID": name, **common, **rule} for name, rule in rules.items()]}


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items() if value]


# ---- Accounts ------------------------------------------------------------------------

ML_ROLES = {
    "admin": "platform-admin",
    "audit": "auditor",
    "ds": "data-scientist",
    "pipeline": "pipeline",
    "publisher": "feature-publisher",
    "serving": "serving",
    "tools": None,
}


class Account:
    """What is in an account, in the order in which it was added."""

    def __init__(self, number, env):
        self.number = number
        self.env = env
        self.users, self.groups, self.roles, self.policies = [], [], [], {}
        self.public_access_block = ALL_BLOCKED
        self.buckets, self.access_points, self.keys, self.endpoints = [], [], [], []
        self.trails, self.errors = [], []

    # IAM

    def identity(self, kind, id_prefix, path, name):
        """The fields that users, groups and roles share."""
        arn = f"arn:aws:iam::{self.number}:{kind.lower()}{path}{name}"
        return {
            "Path": path,
            f"{kind}Name": name,
            f"{kind}Id": identifier(id_prefix, arn),
            "Arn": arn,
            "CreateDate": CREATED,
        }

    def role(
        self, path, name, trust, inline=None, attached=(), boundary=None, tags=None
    ):
        role = {
            **self.identity("Role", "AROA", path, name),
            "AssumeRolePolicyDocument": trust,
            "InstanceProfileList": [],
            "RolePolicyList": inline_list(inline),
            "AttachedManagedPolicies": [self.attachment(arn) for arn in attached],
            "Tags": tag_list(tags or {}),
        }
        if boundary:
            role["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": boundary,
            }
        self.roles.append(role)

    def ml_role(self, kind, name, trust, *statements, team=None, inline=None, **rest):
        """A role of the platform: its path and its tag tell what it is for."""
        inline = {**({name: statements} if statements else {}), **(inline or {})}
        tags = {"access-role": ML_ROLES[kind], "team": team}
        self.role(f"/ml/{kind}/", name, trust, inline=inline, tags=tags, **rest)

    def data_scientist(self, name, team, *statements, attached=(), boundary=None):
        trust = trusts(sso_arn(self.number, "MLDataScientist"))
        rest = {"attached": attached, "boundary": boundary}
        self.ml_role("ds", name, trust, *statements, team=team, **rest)

    def sso(self, permission_set, *statements, attached=()):
        self.role(
            f"/aws-reserved/sso.amazonaws.com/{REGION}/",
            sso_name(self.number, permission_set),
            trusts_sso(self.number),
            inline={"AwsSSOInlinePolicy": statements} if statements else None,
            attached=attached,
        )

    def administrators(self):
        """Single sign-on for administrators, and the role that configures buckets."""
        self.sso("AdministratorAccess", attached=[aws_policy("AdministratorAccess")])
        if self.number not in (MANAGEMENT, SECURITY, SANDBOX):
            trust = trusts(sso_arn(self.number, "AdministratorAccess"))
            policy = self.policy("platform-admin", *PLATFORM_ADMIN)
            self.ml_role("admin", "platform-admin", trust, attached=[policy])

    def auditor(self, *statements):
        trust = trusts(role_arn(SECURITY, "ml/audit/auditor-hub"))
        audit = [aws_policy("SecurityAudit")]
        self.ml_role("audit", "auditor", trust, *statements, attached=audit)

    def service_linked(self, service, name, policy):
        path = f"/aws-service-role/{service}.amazonaws.com/"
        attached = [aws_policy(f"aws-service-role/{policy}")]
        self.role(path, name, trusts_services(service), attached=attached)

    def policy(self, name, *statements):
        """Adds a managed policy of the account, once, and tells its ARN."""
        arn = f"arn:aws:iam::{self.number}:policy/ml/{name}"
        self.policies[arn] = managed_policy(arn, document(*statements))
        return arn

    def attachment(self, arn):
        own_of_aws = arn.removeprefix(aws_policy(""))
        if own_of_aws != arn:
            content = document(*AWS_MANAGED[own_of_aws])
            self.policies[arn] = managed_policy(arn, content)
        return {"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn}

    def user(self, name, *statements, groups=()):
        user = {
            **self.identity("User", "AIDA", "/", name),
            "UserPolicyList": inline_list({name: statements} if statements else None),
            "GroupList": list(groups),
            "AttachedManagedPolicies": [],
            "Tags": [],
        }
        self.users.append(user)

    def group(self, name, *statements):
        group = {
            **self.identity("Group", "AGPA", "/", name),
            "GroupPolicyList": inline_list({name: statements}),
            "AttachedManagedPolicies": [],
        }
        self.groups.append(group)

    # S3 and KMS

    def bucket(self, name, data_class, *statements, team=None, tags=None, **settings):
        """A bucket as it should be; `settings` are what differs, as AWS names it."""
        all_tags = {"data-class": data_class, "team": team, "env": self.env}
        owner = {"ID": canonical_id(self.number)}
        grantee = {**owner, "Type": "CanonicalUser"}
        logs = {"TargetBucket": self.log_bucket(), "TargetPrefix": f"{name}/"}
        bucket = {
            "Name": name,
            "Region": REGION,
            "CreationDate": CREATED,
            "Policy": document(*statements) if statements else None,
            "Versioning": VERSIONED,
            "Encryption": AES256,
            "PublicAccessBlock": ALL_BLOCKED,
            "OwnershipControls": ownership("BucketOwnerEnforced"),
            "Acl": {
                "Owner": owner,
                "Grants": [{"Grantee": grantee, "Permission": "FULL_CONTROL"}],
            },
            "Logging": {"LoggingEnabled": logs},
            "ObjectLock": None,
            "Lifecycle": None,
            "Replication": None,
            "Tags": tag_list({**all_tags, **(tags or {})}) if data_class else [],
        }
        self.buckets.append({**bucket, **settings})

    def log_bucket(self):
        return f"acme-access-logs-{self.number}"

    def access_logs(self):
        """Where the account's buckets log; out of palisade's scope by its tag."""
        name = self.log_bucket()
        # NEAR service-without-source: the service says on whose behalf it comes.
        own = equals(**{"aws:SourceAccount": self.number})
        logs = delivery("AccessLogs", "logging.s3", name, "*", own)
        self.bucket(name, "none", tls_only(name), logs, Logging=None)

    def key(self, name, *statements):
        """A key whose own account may manage it."""
        owner = {"AWS": root(self.number)}
        manage = allow("Manage", Principal=owner, Action="kms:*", Resource="*")
        arn = key_arn(self.number, name)
        self.keys.append({"Arn": arn, "Policy": document(manage, *statements)})
        return arn

    # The file

    def content(self):
        return {
            "AccountId": self.number,
            "AuthorizationDetails": {
                "UserDetailList": self.users,
                "GroupDetailList": self.groups,
                "RoleDetailList": self.roles,
                "Policies": [self.policies[arn] for arn in sorted(self.policies)],
            },
            "PublicAccessBlock": self.public_access_block,
            "Buckets": self.buckets,
            "AccessPoints": self.access_points,
            "KmsKeys": self.keys,
            "VpcEndpoints": self.endpoints,
            "Trails": self.trails,
            "Errors": self.errors,
        }


def inline_list(policies):
    return [
        {"PolicyName": name, "PolicyDocument": document(*statements)}
        for name, statements in (policies or {}).items()
    ]


# ---- What several accounts share -----------------------------------------------------

THROUGH_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
USE_KEYS = allow(
    "UseKeys",
    Action=["kms:Decrypt", "kms:GenerateDataKey"],
    Resource="*",
    Condition=equals(**THROUGH_S3),
)
PLATFORM_ADMIN = [
    s3(
        "ConfigureBuckets",
        [
            "s3:GetBucket*",
            "s3:PutBucket*",
            "s3:DeleteBucketPolicy",
            "s3:Get*Configuration",
            "s3:Put*Configuration",
        ],
        "*",
    ),
    # NEAR model-version-deletable: Put*Configuration could expire every version.
    deny("KeepModels", Action=VERSIONS, Resource="arn:aws:s3:::acme-models-*"),
]
DATA_SCIENTIST = [
    s3("ReadCommonData", READ, "acme-features-*", "acme-datasets-*", "acme-models-*"),
    s3("OwnTeam", READ_WRITE, "acme-team-${aws:PrincipalTag/team}-*"),
    USE_KEYS,
]


def at_most(*more):
    """The permissions boundary of data scientists."""
    actions = [*READ_WRITE, "s3:GetBucketLocation", "kms:*", "sagemaker:*", "logs:*"]
    return allow("AtMost", Action=[*actions, *more], Resource="*")


def key_for(sid, **callers):
    """Of a key policy: everybody who comes through S3 and is one of these."""
    return allow(
        sid,
        Principal={"AWS": "*"},
        Action=KEY_USE,
        Resource="*",
        Condition=equals(**callers, **THROUGH_S3),
    )


def key_for_account(account):
    # NEAR key-policy-open: "*", but only callers of the account itself.
    return key_for("OwnAccount", **{"kms:CallerAccount": account})


def sagemaker_service_role(account):
    account.service_linked(
        "sagemaker",
        "AWSServiceRoleForAmazonSageMakerNotebooks",
        "AmazonSageMakerNotebooksServiceRolePolicy",
    )


def config_service_role(account):
    account.service_linked(
        "config", "AWSServiceRoleForConfig", "AWSConfigServiceRolePolicy"
    )


# ---- The management account ----------------------------------------------------------


def management():
    account = Account(MANAGEMENT, "shared")
    account.administrators()
    account.service_linked(
        "organizations",
        "AWSServiceRoleForOrganizations",
        "AWSOrganizationsServiceTrustPolicy",
    )
    second_factor = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    account.user("break-glass", everywhere("Look", "iam:Get* iam:List*", second_factor))
    # NEAR no-access-log: records the bucket that keeps no access log.
    recorded = objects("acme-datasets-clickstream-prod", "")
    resource = {"Type": "AWS::S3::Object", "Values": [recorded]}
    trail = {
        "Name": "acme-organization",
        "IsLogging": True,
        "IsOrganizationTrail": True,
        "EventSelectors": [{"ReadWriteType": "All", "DataResources": [resource]}],
    }
    account.trails.append(trail)
    return account


# ---- The security account ------------------------------------------------------------


def security():
    account = Account(SECURITY, "shared")
    account.administrators()
    hub = role_arn(SECURITY, "ml/audit/auditor-hub")
    audit = [aws_policy("SecurityAudit")]
    account.sso("SecurityAuditor", assume(hub), attached=audit)
    trust = trusts(sso_arn(SECURITY, "SecurityAuditor"))
    auditors = assume(role_arn("*", "ml/audit/auditor"))
    account.ml_role("audit", "auditor-hub", trust, auditors)
    config_service_role(account)

    # NEAR service-without-source: bound to one trail.
    name = "acme-organization-trail"
    trail = f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/acme-organization"
    bound = equals(**{"aws:SourceArn": trail})
    records = delivery("Trail", "cloudtrail", name, "AWSLogs/*", bound)
    account.bucket(name, "none", tls_only(name), records, Logging=None)
    return account


# ---- Machine learning, development ---------------------------------------------------


def ml_dev():
    account = Account(ML_DEV, "dev")
    ml_dev_people(account)
    ml_dev_data_scientists(account)
    ml_dev_workloads(account)
    ml_dev_tools(account)
    ml_dev_team_buckets(account)
    ml_dev_common_buckets(account)
    ml_dev_models(account)
    ml_dev_other_buckets(account)
    account.access_logs()
    return account


def ml_dev_people(account):
    account.administrators()
    account.sso("MLDataScientist", assume(role_arn(ML_DEV, "ml/ds/ds-*")))
    account.auditor()

    # FAULT model-version-deletable, on acme-models-staging-dev.
    # NEAR, on the other model buckets: KeepVersions in their policies.
    clean_up = s3("CleanUp", "s3:DeleteObjectVersion", "acme-models-*")
    trust = trusts(sso_arn(ML_DEV, "AdministratorAccess"))
    account.ml_role("admin", "storage-admin", trust, clean_up)

    # FAULT datasets-written-by-others: a human with access keys.
    upload = s3("UploadLabels", "s3:PutObject", "acme-datasets-raw-dev/incoming/*")
    account.group("labeling", upload)
    account.user("annotator-legacy", groups=["labeling"])


def ml_dev_data_scientists(account):
    boundary = account.policy("ds-boundary", at_most("iam:PassRole", "codebuild:*"))
    policy = account.policy("data-scientist", *DATA_SCIENTIST)
    common = {"attached": [policy], "boundary": boundary}
    account.data_scientist("ds-vision", "vision", **common)

    # FAULT data-scientist-without-boundary
    # FAULT team-data-outside-team, on acme-team-vision-dev.
    # NEAR, on acme-team-ranking-dev: its guard.
    every_team = s3("ReadEveryTeam", READ, "acme-team-*")
    account.data_scientist("ds-speech", "speech", every_team, attached=[policy])

    # FAULT features-written-by-others: TryFeatures.
    # FAULT human-in-pipeline: who starts a build with a role acts as that role.
    features = "acme-features-common-dev/experiments/*"
    account.data_scientist(
        "ds-ranking",
        "ranking",
        s3("TryFeatures", "s3:PutObject", features),
        pass_role(role_arn(ML_DEV, "ml/pipeline/codebuild"), "codebuild"),
        everywhere("RunBuilds", "codebuild:CreateProject codebuild:StartBuild"),
        **common,
    )


def ml_dev_workloads(account):
    sagemaker = trusts_services("sagemaker")
    account.ml_role(
        "pipeline",
        "training",
        sagemaker,
        s3("ReadData", READ, "acme-datasets-*", "acme-features-*"),
        s3("WriteModels", READ_WRITE, "acme-models-*"),
        USE_KEYS,
    )
    account.ml_role(
        "publisher",
        "feature-publisher",
        sagemaker,
        s3("ReadData", READ, "acme-datasets-*"),
        s3("Publish", READ_WRITE, "acme-features-*"),
        USE_KEYS,
    )
    artifacts = s3("Artifacts", READ_WRITE, "acme-pipeline-artifacts-dev*")
    codebuild = trusts_services("codebuild")
    account.ml_role("pipeline", "codebuild", codebuild, artifacts, USE_KEYS)

    # FAULT role-assumable-by-unbound-oidc: any repository on GitHub.
    github = trusts_github(ML_DEV)
    account.ml_role("pipeline", "gha-deploy", github, artifacts, USE_KEYS)
    sagemaker_service_role(account)


def ml_dev_tools(account):
    # FAULT role-assumable-from-outside: an external id is no proof of membership.
    vendor = trusts(root(VENDOR), condition=equals(**{"sts:ExternalId": "acme-labels"}))
    deliver = s3("Deliver", "s3:PutObject", "acme-datasets-raw-dev/incoming/*")
    account.ml_role("pipeline", "label-vendor", vendor, deliver)

    # FAULT models-written-by-others: serving reads models, it does not write them.
    optimize = ["s3:GetObject", "s3:PutObject"]
    account.ml_role(
        "serving",
        "model-optimizer",
        trusts_services("sagemaker"),
        s3("Optimize", optimize, "acme-models-registry-dev/*"),
        USE_KEYS,
    )

    # FAULT bucket-configured-by-others: the organization's policy excepts its name.
    staging = s3("OpenStaging", "s3:PutBucketPolicy", "acme-models-staging-dev")
    account.ml_role("tools", "mlops-release", trusts_services("lambda"), staging)


def ml_dev_team_buckets(account):
    # FAULT team-data-outside-team: nothing keeps the others out.
    # NEAR public-access-not-blocked: the account blocks it.
    name = "acme-team-vision-dev"
    account.bucket(name, "team", tls_only(name), team="vision", PublicAccessBlock=None)

    # FAULT acls-enabled. NEAR public-access: Block Public Access voids the grant.
    # NEAR service-without-source: reports of acme's own buckets only.
    name = "acme-team-speech-dev"
    own = {
        **equals(**{"aws:SourceAccount": ML_DEV}),
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-*"},
    }
    all_users = "http://acs.amazonaws.com/groups/global/AllUsers"
    grant = {"Grantee": {"Type": "Group", "URI": all_users}, "Permission": "READ"}
    account.bucket(
        name,
        "team",
        tls_only(name),
        only("OnlyTheTeam", name, CONTENT, "ml/ds/ds-speech"),
        delivery("InventoryReports", "s3", name, "inventory/*", own),
        team="speech",
        OwnershipControls=ownership("ObjectWriter"),
        Acl={"Owner": {"ID": canonical_id(ML_DEV)}, "Grants": [grant]},
    )

    # FAULT service-without-source: reports of anybody's buckets.
    # NEAR versioning-suspended, not-encrypted-with-customer-key: team data may be so.
    name = "acme-team-ranking-dev"
    account.bucket(
        name,
        "team",
        tls_only(name),
        only("OnlyTheTeam", name, CONTENT, "ml/ds/ds-ranking"),
        delivery("InventoryReports", "s3", name, "inventory/*"),
        team="ranking",
        Versioning=SUSPENDED,
    )


def ml_dev_common_buckets(account):
    # FAULT features-written-by-others: no guard.
    # NEAR unsanctioned-access: the sandbox may read; its own policy forbids it.
    key = account.key("data", key_for_account(ML_DEV))
    name = "acme-features-common-dev"
    sandbox_reads = readers("SandboxReads", name, root(SANDBOX))
    statements = tls_only(name), sandbox_reads
    account.bucket(name, "features", *statements, Encryption=encrypted(key))

    # FAULT outside-organization-access, datasets-written-by-others,
    # datasets-not-versioned, not-encrypted-with-customer-key
    name = "acme-datasets-raw-dev"
    vendor = allow(
        "VendorDelivers",
        Principal={"AWS": root(VENDOR)},
        Action=["s3:GetObject", "s3:PutObject"],
        Resource=objects(name, "incoming/*"),
    )
    account.bucket(name, "datasets", tls_only(name), vendor, Versioning={})

    # FAULT key-policy-open: ViaService is the way a caller comes, not who he is.
    key = account.key("pipeline", key_for("Anyone"))
    name = "acme-pipeline-artifacts-dev"
    guard = only("OnlyTheAutomation", name, CONTENT, "ml/pipeline/*")
    statements = tls_only(name), guard
    account.bucket(name, "pipeline", *statements, Encryption=encrypted(key))


def ml_dev_models(account):
    key = encrypted(key_arn(ML_DEV, "data"))
    # FAULT models-written-by-others: no guard against writing.
    # NEAR lifecycle-expires-models: the rule is off.
    # NEAR lifecycle-expires-noncurrent-models: after a year.
    name = "acme-models-registry-dev"
    account.bucket(
        name,
        "models",
        tls_only(name),
        keep_versions(name),
        tags=LINEAGE,
        Encryption=key,
        Lifecycle=lifecycle(
            formerly={"Status": "Disabled", "Expiration": {"Days": 30}},
            thin={"NoncurrentVersionExpiration": {"NoncurrentDays": 365}},
        ),
    )

    # FAULT model-versions-unprotected, model-version-deletable: the guard forgets
    # whatever deletes. FAULT bucket-configured-by-others, lifecycle-expires-models,
    # model-lineage-missing
    name = "acme-models-staging-dev"
    account.bucket(
        name,
        "models",
        tls_only(name),
        only("OnlyPipelinesWrite", name, "s3:PutObject*", "ml/pipeline/*"),
        tags={**LINEAGE, "training-dataset": None},
        Encryption=key,
        Lifecycle=lifecycle(tidy={"Expiration": {"Days": 90}}),
    )

    # FAULT models-not-versioned, model-lineage-missing, and
    # not-encrypted-with-customer-key: aws:kms without a key means AWS's own.
    name = "acme-models-demo-dev"
    account.bucket(
        name,
        "models",
        tls_only(name),
        only_pipelines_write(name),
        keep_versions(name),
        Versioning={},
        Encryption=encrypted(),
    )


def ml_dev_other_buckets(account):
    # FAULT unclassified-dataset: no tags, and no name that tells.
    name = "acme-scratch-notebooks"
    account.bucket(name, None, tls_only(name))

    # FAULT ambiguous-class: by its beginning a bucket of SageMaker Studio, team data;
    # by its middle the store that the CDK made for a stack named "sagemaker-studio".
    name = "sagemaker-studio-pipelineartifactsbucket22248f97-1m2n3b4v5c6x"
    key = key_arn(ML_DEV, "data")
    account.bucket(name, None, tls_only(name), Encryption=encrypted(key))


# ---- Machine learning, production ----------------------------------------------------


def ml_prod():
    account = Account(ML_PROD, "prod")
    ml_prod_people(account)
    ml_prod_data_scientists(account)
    ml_prod_pipelines(account)
    ml_prod_serving(account)
    ml_prod_models(account)
    ml_prod_other_buckets(account)
    account.access_logs()
    organization_only = allow(
        "OrganizationOnly",
        Principal="*",
        Action="s3:*",
        Resource="*",
        Condition=equals(**{"aws:PrincipalOrgID": ORGANIZATION}),
    )
    endpoint = {
        "VpcEndpointId": ENDPOINT,
        "VpcId": VPC,
        "ServiceName": f"com.amazonaws.{REGION}.s3",
        "Policy": document(organization_only),
    }
    account.endpoints.append(endpoint)
    return account


def ml_prod_people(account):
    account.administrators()
    names = "ml/ds/ds-*", "ml/ds/labeling-lead"
    roles = [role_arn(ML_PROD, name) for name in names]
    account.sso("MLDataScientist", assume(*roles))

    # FAULT human-in-pipeline: the organization's policy names another permission set.
    account.sso(
        "ReleaseManager",
        s3("InspectReleases", READ, f"codepipeline-{REGION}-*"),
        everywhere("StartReleases", "codepipeline:*"),
    )

    # NEAR role-assumable-from-outside: "*", but of the organization, and one role.
    # NEAR content-read-by-auditor: the Deny takes back what AWS's policy gives.
    hub = {"aws:PrincipalArn": role_arn(SECURITY, "ml/audit/auditor-hub")}
    own = equals(**{"aws:PrincipalOrgID": ORGANIZATION})
    trust = trusts("*", condition={**own, "ArnEquals": hub})
    no_content = deny("NoContent", Action=CONTENT, Resource="*")
    read_only = [aws_policy("AmazonS3ReadOnlyAccess")]
    account.ml_role("audit", "auditor", trust, no_content, attached=read_only)


def ml_prod_data_scientists(account):
    boundary = account.policy("ds-boundary", at_most("sts:AssumeRole"))
    policy = account.policy("data-scientist", *DATA_SCIENTIST)
    common = {"attached": [policy], "boundary": boundary}

    # NEAR features-written-by-others: the bucket's guard spares the publisher only.
    # NEAR human-in-pipeline: the boundary does not allow to pass roles.
    account.data_scientist(
        "ds-vision",
        "vision",
        s3("TryFeatures", "s3:PutObject", "acme-features-online-prod/experiments/*"),
        pass_role(role_arn(ML_PROD, "ml/pipeline/codebuild")),
        **common,
    )

    # NEAR team-data-outside-team: the organization keeps teams apart in production.
    every_team = s3("ReadEveryTeam", READ, "acme-team-*")
    account.data_scientist("ds-ranking", "ranking", every_team, **common)

    # FAULT datasets-written-by-others, through the role of a pipeline.
    # NEAR datasets-written-by-others: the other account's bucket policy is silent.
    account.data_scientist(
        "labeling-lead",
        "vision",
        assume(role_arn(DATA, "ml/pipeline/label-import")),
        s3("FixLabels", "s3:PutObject", "acme-datasets-labels-prod/*"),
        boundary=boundary,
    )


def ml_prod_pipelines(account):
    images = f"arn:aws:s3:{REGION}:{DATA}:accesspoint/images-training"
    account.ml_role(
        "pipeline",
        "training",
        trusts_services("sagemaker"),
        s3("ReadData", READ, "acme-datasets-*", "acme-features-*"),
        allow("ReadImages", Action=READ, Resource=[images, f"{images}/object/*"]),
        s3("WriteModels", READ_WRITE, "acme-models-*"),
        USE_KEYS,
    )
    artifacts = s3("Artifacts", READ_WRITE, f"codepipeline-{REGION}-*")
    for service in ("codepipeline", "codebuild"):
        trust = trusts_services(service)
        account.ml_role("pipeline", service, trust, artifacts, USE_KEYS)

    # NEAR role-assumable-by-unbound-oidc: acme's repositories only.
    github = trusts_github(
        ML_PROD,
        "repo:acme/ml-platform:environment:prod",
        "repo:acme/models-*:ref:refs/heads/main",
    )
    account.ml_role("pipeline", "gha-deploy", github, artifacts, USE_KEYS)


def ml_prod_serving(account):
    sagemaker = trusts_services("sagemaker")
    load = s3("LoadModels", READ, "acme-models-*")
    account.ml_role("serving", "serving", sagemaker, load, USE_KEYS)

    # NEAR models-written-by-others: in production every model bucket has a guard.
    optimize = s3("Optimize", ["s3:GetObject", "s3:PutObject"], "acme-models-*")
    account.ml_role("serving", "model-optimizer", sagemaker, optimize, USE_KEYS)
    config_service_role(account)


def ml_prod_models(account):
    key = account.key("models", key_for_account(ML_PROD))
    # NEAR model-versions-unprotected: Object Lock.
    name = "acme-models-registry-prod"
    serve_inside = deny(
        "ServeFromOurNetwork",
        Principal="*",
        Action="s3:GetObject",
        Resource=objects(name),
        Condition={
            "ArnLike": {"aws:PrincipalArn": role_arn(ML_PROD, "ml/serving/*")},
            "StringNotEquals": {"aws:SourceVpce": ENDPOINT},
        },
    )
    lock = {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}},
    }
    account.bucket(
        name,
        "models",
        tls_only(name),
        only_pipelines_write(name),
        serve_inside,
        tags=LINEAGE,
        Encryption=encrypted(key),
        ObjectLock={"ObjectLockConfiguration": lock},
    )

    # NEAR model-versions-unprotected: MFA delete.
    # NEAR key-outside-organization: of another account, but of the organization.
    # NEAR lifecycle-expires-models: unfinished uploads and left-over markers only.
    # NEAR outside-organization-access: the perimeter keeps the vendor out.
    name = "acme-models-edge-prod"
    account.bucket(
        name,
        "models",
        tls_only(name),
        only_pipelines_write(name),
        readers("VendorFleetReads", name, role_arn(VENDOR, "edge-updater")),
        tags=LINEAGE,
        Versioning={"Status": "Enabled", "MFADelete": "Enabled"},
        Encryption=encrypted(key_arn(DATA, "data")),
        Lifecycle=lifecycle(
            uploads={"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
            markers={"Expiration": {"ExpiredObjectDeleteMarker": True}},
        ),
    )

    # NEAR model-versions-unprotected: a Deny for everybody.
    # FAULT lifecycle-expires-noncurrent-models
    name = "acme-models-ranking-prod"
    guard = deny(
        "OnlyPipelinesWrite",
        Principal="*",
        Action=WRITES,
        Resource=objects(name),
        Condition={"StringNotEquals": {"aws:PrincipalTag/access-role": "pipeline"}},
    )
    account.bucket(
        name,
        "models",
        tls_only(name),
        guard,
        keep_versions(name),
        tags=LINEAGE,
        Encryption=encrypted(key),
        Lifecycle=lifecycle(
            thin={"NoncurrentVersionExpiration": {"NoncurrentDays": 14}}
        ),
    )


def ml_prod_other_buckets(account):
    # FAULT tls-not-enforced, plaintext-access
    account.bucket("acme-team-vision-prod", "team", team="vision")

    # Without tags, as the console of CodePipeline makes it: its name tells the class.
    name = f"codepipeline-{REGION}-123456789012"
    encrypted_only = deny(
        "DenyUnEncryptedObjectUploads",
        Principal="*",
        Action="s3:PutObject",
        Resource=objects(name),
        Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
    )
    key = key_arn(ML_PROD, "models")
    statements = tls_only(name), encrypted_only
    account.bucket(name, None, *statements, Encryption=encrypted(key))


# ---- The data platform ---------------------------------------------------------------
#
# NEAR tls-not-enforced, for every bucket: none says TlsOnly, but a resource control
# policy says it for all.


def data():
    account = Account(DATA, "prod")
    data_people(account)
    data_imports(account)
    data_workloads(account)
    data_features(account)
    data_datasets(account)
    data_labels(account)
    data_pipeline(account)
    account.access_logs()
    return account


def data_people(account):
    account.administrators()
    account.group("finance", everywhere("ReadCosts", "ce:Get* s3:ListAllMyBuckets"))
    account.user("finops", groups=["finance"])
    # FAULT content-read-by-auditor: an investigation that was never closed.
    clickstream = "acme-datasets-clickstream-prod/*"
    account.auditor(s3("Investigation202609", "s3:GetObject", clickstream), USE_KEYS)


def data_imports(account):
    # FAULT datasets-written-by-others: a human may assume this role of a pipeline.
    trust = trusts(role_arn(ML_PROD, "ml/ds/labeling-lead"))
    labels = s3("ImportLabels", "s3:PutObject", "acme-datasets-labels-prod/*")
    account.ml_role("pipeline", "label-import", trust, labels, USE_KEYS)

    # NEAR role-assumable-from-outside: the perimeter keeps the vendor out.
    trust = trusts(root(VENDOR), condition=equals(**{"sts:ExternalId": "acme-import"}))
    files = s3("ImportFiles", "s3:PutObject", "acme-datasets-partners-prod/*")
    account.ml_role("pipeline", "vendor-import", trust, files, USE_KEYS)


def data_workloads(account):
    glue = trusts_services("glue")
    work = s3("WriteData", READ_WRITE, "acme-datasets-*", "acme-pipeline-etl-prod*")
    account.ml_role("pipeline", "etl", glue, work, USE_KEYS)
    account.ml_role(
        "publisher",
        "feature-publisher",
        glue,
        s3("ReadData", READ, "acme-datasets-*"),
        s3("Publish", READ_WRITE, "acme-features-*"),
        USE_KEYS,
    )

    # FAULT unsanctioned-access: no rule knows a role for reports.
    export = s3("Export", "s3:GetObject", "acme-features-online-prod/daily/*")
    quicksight = trusts_services("quicksight")
    account.ml_role("tools", "bi-export", quicksight, export, USE_KEYS)


def data_features(account):
    # NEAR key-policy-open: "*", but of the organization.
    in_organization = {"aws:PrincipalOrgID": ORGANIZATION}
    key = account.key("data", key_for("Organization", **in_organization))

    # NEAR public-access: "*", but of the organization, and roles that may read.
    # NEAR features-written-by-others: what ProductionContributes gives, the guard
    # takes back from all but publishers.
    # NEAR datasets-not-versioned: features need no versions.
    name = "acme-features-online-prod"
    roles = {"aws:PrincipalTag/access-role": ["data-scientist", "pipeline", "serving"]}
    condition = equals(**in_organization, **roles)
    contributes = allow(
        "ProductionContributes",
        Principal={"AWS": root(ML_PROD)},
        Action="s3:PutObject",
        Resource=objects(name),
    )
    account.bucket(
        name,
        "features",
        readers("OrganizationReads", name, "*", condition=condition),
        contributes,
        only("OnlyThePublisherWrites", name, WRITES, "ml/publisher/*"),
        Versioning={},
        Encryption=encrypted(key),
    )


def data_datasets(account):
    key = key_arn(DATA, "data")
    training = role_arn(ML_PROD, "ml/pipeline/training")

    # FAULT content-read-by-auditor. NEAR no-access-log: CloudTrail records it.
    name = "acme-datasets-clickstream-prod"
    scientists = [
        role_arn(ML_PROD, f"ml/ds/ds-{team}") for team in ("ranking", "vision")
    ]
    account.bucket(
        name,
        "datasets",
        readers("ProductionReads", name, training, *scientists),
        only_pipelines_write(name),
        Encryption=encrypted(key, "aws:kms:dsse"),
        Logging=None,
    )

    # FAULT versioning-suspended
    # NEAR public-access: "*", but through access points of this account.
    name = "acme-datasets-images-prod"
    delegated = equals(**{"s3:DataAccessPointAccount": DATA})
    account.bucket(
        name,
        "datasets",
        readers("DelegateToAccessPoints", name, "*", condition=delegated),
        only_pipelines_write(name),
        Versioning=SUSPENDED,
        Encryption=encrypted(key),
    )
    account.access_points.append(images_access_point(name, training))


def images_access_point(bucket, reader):
    arn = f"arn:aws:s3:{REGION}:{DATA}:accesspoint/images-training"
    reads = allow(
        "TrainingReads",
        Principal={"AWS": reader},
        Action=READ,
        Resource=[arn, f"{arn}/object/*"],
    )
    return {
        "Name": "images-training",
        "Bucket": bucket,
        "AccessPointArn": arn,
        "NetworkOrigin": "VPC",
        "VpcId": VPC,
        "Policy": document(reads),
        "PublicAccessBlock": ALL_BLOCKED,
    }


def data_labels(account):
    # FAULT datasets-written-by-others, through label-import, which the guard spares.
    name = "acme-datasets-labels-prod"
    key = encrypted(key_arn(DATA, "data"))
    account.bucket(name, "datasets", only_pipelines_write(name), Encryption=key)

    # FAULT key-outside-organization
    # NEAR outside-organization-access: the perimeter keeps the vendor out.
    name = "acme-datasets-partners-prod"
    vendor = allow(
        "VendorDelivers",
        Principal={"AWS": root(VENDOR)},
        Action="s3:PutObject",
        Resource=objects(name, "incoming/*"),
    )
    key = encrypted(key_arn(VENDOR, "shared"))
    account.bucket(name, "datasets", vendor, Encryption=key)


def data_pipeline(account):
    # NEAR human-in-pipeline: this denies everybody but the ETL job, though it seems to
    # speak of the job. NotPrincipal must name account, role and session.
    name = "acme-pipeline-etl-prod"
    job = f"arn:aws:sts::{DATA}:assumed-role/etl/GlueJobRunnerSession"
    guard = deny(
        "OnlyTheEtlJob",
        NotPrincipal={"AWS": [root(DATA), role_arn(DATA, "ml/pipeline/etl"), job]},
        Action=CONTENT,
        Resource=bucket_arns(name),
    )
    key = key_arn(DATA, "data")
    account.bucket(name, "pipeline", guard, Encryption=encrypted(key))


# ---- The sandbox ---------------------------------------------------------------------


def sandbox():
    account = Account(SANDBOX, "sandbox")
    # Block Public Access is not set for the account: each bucket must set it.
    account.public_access_block = None
    sandbox_roles(account)
    sandbox_default_bucket(account)
    sandbox_team_buckets(account)
    sandbox_pipeline(account)
    account.access_logs()
    return account


def sandbox_roles(account):
    account.administrators()
    team_buckets = "acme-team-labs-sandbox*", "acme-team-benchmarks-sandbox*"
    own = s3("OwnTeam", READ_WRITE, *team_buckets)
    features = s3("ReadFeatures", READ, "acme-features-*")
    account.role(
        "/service-role/",
        NOTEBOOK,
        trusts_services("sagemaker"),
        attached=[aws_policy("AmazonSageMakerFullAccess")],
        boundary=account.policy("ds-boundary", at_most()),
        inline={"labs": [own, features, USE_KEYS]},
        tags={"access-role": "data-scientist", "team": "labs"},
    )
    artifacts = s3("Artifacts", READ_WRITE, "acme-pipeline-labs-sandbox*")
    account.ml_role("pipeline", "labs-pipeline", trusts_services("states"), artifacts)
    # NEAR unsanctioned-access: features of every account, says the role; of its own
    # account only, says the organization.
    trust = trusts_services("lambda")
    account.ml_role("tools", "experiments", trust, features, USE_KEYS)
    sagemaker_service_role(account)


def sandbox_default_bucket(account):
    # SageMaker's default bucket, without tags: team data by its name, of the team that
    # the account is tagged with; and features, below
    # 410000000000/sagemaker/eu-west-1/offline-store/.
    # FAULT features-written-by-others, there. NEAR, elsewhere: the team's own data.
    key = account.key("labs", key_for_account(SANDBOX))
    name = f"sagemaker-{REGION}-{SANDBOX}"
    guard = only("OnlyTheTeam", name, CONTENT, f"service-role/{NOTEBOOK}")
    account.bucket(name, None, tls_only(name), guard, Encryption=encrypted(key))


def sandbox_team_buckets(account):
    # FAULT unread-evidence: the policy was refused; what rests on it is undecided.
    name = "acme-team-labs-sandbox"
    account.bucket(name, "team", team="labs")
    arn = f"arn:aws:s3:::{name}"
    refused = {"Api": "s3:GetBucketPolicy", "Resource": arn, "Code": "AccessDenied"}
    account.errors.append(refused)

    # FAULT public-access, public-access-not-blocked, and by the same statement
    # outside-organization-access, team-data-outside-team.
    name = "acme-team-benchmarks-sandbox"
    public = allow(
        "Publish", Principal="*", Action="s3:GetObject", Resource=objects(name)
    )
    nothing_else = deny(
        "NothingElse",
        Principal="*",
        NotAction=["s3:GetObject", "s3:GetBucket*", "s3:Get*Configuration"],
        Resource=bucket_arns(name),
        Condition=anyone_but(f"service-role/{NOTEBOOK}"),
    )
    account.bucket(
        name,
        "team",
        tls_only(name),
        public,
        nothing_else,
        team="labs",
        PublicAccessBlock=dict.fromkeys(ALL_BLOCKED, False),
    )


def sandbox_pipeline(account):
    # FAULT human-in-pipeline: the guard is about writing only, and nothing keeps this
    # account's administrators from reading. FAULT no-access-log
    name = "acme-pipeline-labs-sandbox"
    guard = only("OnlyTheAutomationWrites", name, WRITES, "ml/pipeline/*")
    key = encrypted(key_arn(SANDBOX, "labs"))
    statements = tls_only(name), guard
    account.bucket(name, "pipeline", *statements, Encryption=key, Logging=None)


# ---- The organization ----------------------------------------------------------------

PLATFORM_ROLES = [
    role_arn("*", "ml/*"),
    role_arn("*", "service-role/AmazonSageMaker-*"),
]


def unless(*roles):
    return {"ArnNotLike": {"aws:PrincipalArn": list(roles)}}


def service_control_policies():
    return {
        "FullAWSAccess": [everywhere("Everything", "*")],
        "roles-are-code": roles_are_code(),
        "configuration-is-code": [configuration_is_code()],
        "administrators-see-no-data": [administrators_see_no_data()],
        "teams-apart": [team_apart(team) for team in ("ranking", "speech", "vision")],
        "sandbox-stays-inside": [
            deny(
                "OwnAccountOnly",
                Action="s3:*",
                Resource="*",
                Condition={
                    "StringNotEquals": {
                        "aws:ResourceAccount": "${aws:PrincipalAccount}"
                    }
                },
            )
        ],
    }


def roles_are_code():
    by_others = unless(role_arn("*", "ml/admin/platform-admin"))
    policies = [
        f"iam:{verb}RolePolicy" for verb in ("Attach", "Detach", "Put", "Delete")
    ]
    boundaries = [f"iam:{verb}RolePermissionsBoundary" for verb in ("Put", "Delete")]
    others = ["iam:UpdateAssumeRolePolicy", "iam:TagRole", "iam:UntagRole"]
    identities = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["access-role", "team"]}}
    return [
        deny(
            "RolesAreCode",
            Action=[*policies, *boundaries, *others, "iam:CreateRole"],
            Resource=PLATFORM_ROLES,
            Condition=by_others,
        ),
        deny(
            "PoliciesAreCode",
            Action=["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"],
            Resource="arn:aws:iam::*:policy/ml/*",
            Condition=by_others,
        ),
        deny(
            "TagsAreIdentity",
            Action=["iam:CreateRole", "iam:CreateUser", "iam:TagRole", "iam:TagUser"],
            Resource="*",
            Condition={**identities, **by_others},
        ),
        deny(
            "NoNewCredentials",
            Action=["iam:CreateAccessKey", "iam:*LoginProfile"],
            Resource="*",
            Condition=by_others,
        ),
        # Who passes a role acts as it: only who is of the platform himself may.
        deny(
            "PassWithinThePlatform",
            Action="iam:PassRole",
            Resource=PLATFORM_ROLES,
            Condition=unless(*PLATFORM_ROLES),
        ),
    ]


def configuration_is_code():
    # NEAR, for everybody: s3:* in an identity policy configures nothing.
    # FAULT bucket-configured-by-others: a role named mlops-* slips through.
    excepted = role_arn("*", "ml/admin/*"), role_arn("*", "ml/tools/mlops-*")
    return deny(
        "OnlyAdministratorsConfigure",
        Action=CONFIGURATION,
        Resource="*",
        Condition=unless(*excepted),
    )


def administrators_see_no_data():
    # NEAR, for every class: AdministratorAccess reaches no data where this is attached.
    name = "aws-reserved/sso.amazonaws.com/*AWSReservedSSO_AdministratorAccess_*"
    administrators = {"ArnLike": {"aws:PrincipalArn": role_arn("*", name)}}
    return deny("NoData", Action=CONTENT, Resource="*", Condition=administrators)


def team_apart(team):
    return deny(
        f"Only{team.capitalize()}",
        Action=CONTENT,
        Resource=f"arn:aws:s3:::acme-team-{team}-*",
        Condition={"StringNotEquals": {"aws:PrincipalTag/team": team}},
    )


def resource_control_policies():
    perimeter = deny(
        "OrganizationOnly",
        Principal="*",
        Action=["s3:*", "kms:*", "sts:AssumeRole"],
        Resource="*",
        Condition={
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )
    everything = allow("Everything", Principal="*", Action="*", Resource="*")
    return {
        "RCPFullAWSAccess": [everything],
        "data-perimeter": [perimeter],
        "require-tls": [tls_only("*")],
    }


# Beside FullAWSAccess and RCPFullAWSAccess, which every unit and account has.
ATTACHED = {
    ROOT_UNIT: ["roles-are-code", "configuration-is-code"],
    ML_UNIT: ["administrators-see-no-data"],
    PROD_UNIT: ["teams-apart", "data-perimeter"],
    DATA_UNIT: ["administrators-see-no-data", "data-perimeter", "require-tls"],
    SANDBOX_UNIT: ["sandbox-stays-inside"],
}
UNITS = [
    (SECURITY_UNIT, "Security", ROOT_UNIT),
    (ML_UNIT, "Machine learning", ROOT_UNIT),
    (DEV_UNIT, "Development", ML_UNIT),
    (PROD_UNIT, "Production", ML_UNIT),
    (DATA_UNIT, "Data platform", ROOT_UNIT),
    (SANDBOX_UNIT, "Sandboxes", ROOT_UNIT),
]
MEMBERS = [
    (MANAGEMENT, "acme-management", ROOT_UNIT, {"env": "shared"}),
    (SECURITY, "acme-security", SECURITY_UNIT, {"env": "shared"}),
    (ML_DEV, "acme-ml-dev", DEV_UNIT, {"env": "dev"}),
    (ML_PROD, "acme-ml-prod", PROD_UNIT, {"env": "prod"}),
    (DATA, "acme-data", DATA_UNIT, {"env": "prod"}),
    (SANDBOX, "acme-sandbox", SANDBOX_UNIT, {"env": "sandbox", "team": "labs"}),
]


def policy_id(name):
    return f"p-{name.replace('-', '')}"


def policies_of(kind, policies):
    for name, statements in policies.items():
        content = document(*statements)
        yield {"Id": policy_id(name), "Name": name, "Type": kind, "Content": content}


def units():
    for unit, name, parent in UNITS:
        yield {"Id": unit, "Name": name, "ParentId": parent}


def members():
    for number, name, parent, tags in MEMBERS:
        place = {"Status": "ACTIVE", "ParentId": parent, "Tags": tag_list(tags)}
        yield {"Id": number, "Name": name, **place}


def attachments():
    for target in (ROOT_UNIT, *(row[0] for row in UNITS + MEMBERS)):
        for name in ("FullAWSAccess", "RCPFullAWSAccess", *ATTACHED.get(target, [])):
            yield {"PolicyId": policy_id(name), "TargetId": target}


def organization():
    details = {"Id": ORGANIZATION, "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}
    return {
        "Organization": details,
        "Roots": [{"Id": ROOT_UNIT, "Name": "Root"}],
        "OrganizationalUnits": list(units()),
        "Accounts": list(members()),
        "Policies": [
            *policies_of("SERVICE_CONTROL_POLICY", service_control_policies()),
            *policies_of("RESOURCE_CONTROL_POLICY", resource_control_policies()),
        ],
        "Attachments": list(attachments()),
    }


# ---- Writing -------------------------------------------------------------------------

WIDTH = 120


def render(value, depth=0):
    """JSON with everything on one line that fits there, but never two statements."""
    line = json.dumps(value)
    if not value or not isinstance(value, dict | list):
        return line
    if 2 * depth + len(line) <= WIDTH and not deserves_lines(value):
        return line
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {render(v, depth + 1)}" for k, v in value.items()]
        opening, closing = "{}"
    else:
        parts = [render(part, depth + 1) for part in value]
        opening, closing = "[]"
    indent = "\n" + "  " * depth
    return f"{opening}{indent}  {f',{indent}  '.join(parts)}{indent}{closing}"


def deserves_lines(value):
    """Whether it is a policy document, a statement, or a list of several objects."""
    if isinstance(value, dict):
        return "Statement" in value or "Sid" in value
    return len(value) > 1 and isinstance(value[0], dict)


def files():
    header = {"format": "estate/1", "collected_at": COLLECTED, "partition": "aws"}
    yield "estate.json", header
    yield "organization.json", organization()
    for account in (management(), security(), ml_dev(), ml_prod(), data(), sandbox()):
        yield f"accounts/{account.number}.json", account.content()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="only tell what would change"
    )
    check = parser.parse_args().check
    changed = False
    for name, value in files():
        path, text = HOME / name, render(value) + "\n"
        if path.exists() and path.read_text() == text:
            continue
        changed = True
        print(f"{'would change' if check else 'wrote'} {path}")
        if not check:
            write(path, text)
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
