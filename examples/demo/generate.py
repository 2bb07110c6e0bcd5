#!/usr/bin/env python3
"""Write the example organization: `acme`, six accounts, one of everything that palisade looks for.

    python3 generate.py            # writes estate/ beside this file
    python3 generate.py --check    # writes nothing; exit code 1 if a file would change

EXPECTED.md lists what palisade must find in it and what it must not. Nothing here is random: ids are hashes of names.
What a rule forbids stands below a comment that begins with FAULT; what only looks so, below one that begins with NEAR.
The policies of AWS's own are abridged: their statements about S3 are complete, the rest is left out.
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


# ---- Policy documents ----------------------------------------------------------------------------


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid, **parts):
    return {"Sid": sid, "Effect": "Allow", **parts}


def deny(sid, **parts):
    return {"Sid": sid, "Effect": "Deny", **parts}


def bucket_arns(*buckets):
    """The ARNs of buckets and of their objects."""
    return [f"arn:aws:s3:::{bucket}{end}" for bucket in buckets for end in ("", "/*")]


def objects(bucket, keys="*"):
    return f"arn:aws:s3:::{bucket}/{keys}"


def root(account):
    return f"arn:aws:iam::{account}:root"


def role_arn(account, path_and_name):
    return f"arn:aws:iam::{account}:role/{path_and_name}"


def anyone_but(*roles):
    """Holds for everyone but these roles and AWS's own services, which carry no aws:PrincipalArn."""
    arns = [role if role.startswith("arn:") else role_arn("*", role) for role in roles]
    return {
        "ArnNotLike": {"aws:PrincipalArn": arns},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }


CONTENT = [
    "s3:*Object*",
    "s3:ListBucket*",
    "s3:ListMultipartUploadParts",
    "s3:AbortMultipartUpload",
    "s3:Replicate*",
    "s3:InitiateReplication",
    "s3:BypassGovernanceRetention",
]
WRITES = [
    "s3:PutObject*",
    "s3:DeleteObject*",
    "s3:RestoreObject",
    "s3:UpdateObjectEncryption",
    "s3:AbortMultipartUpload",
    "s3:Replicate*",
    "s3:InitiateReplication",
    "s3:BypassGovernanceRetention",
    "s3:ObjectOwnerOverrideToBucketOwner",
]
VERSIONS = [
    "s3:DeleteObjectVersion*",
    "s3:BypassGovernanceRetention",
    "s3:PutObjectRetention",
    "s3:PutObjectLegalHold",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketVersioning",
    "s3:PutBucketObjectLockConfiguration",
]
CONFIGURATION = [
    "s3:PutBucket*",
    "s3:DeleteBucket*",
    "s3:Put*Configuration",
    "s3:PutObject*Acl",
    "s3:ObjectOwnerOverrideToBucketOwner",
    "s3:PutAccountPublicAccessBlock",
    "s3:CreateAccessPoint",
    "s3:PutAccessPoint*",
    "s3:DeleteAccessPoint*",
    "s3:*BucketMetadata*TableConfiguration",
    "s3:PauseReplication",
    "s3:AllowVendedLogDeliveryForResource",
    "s3:TagResource",
    "s3:UntagResource",
]


# ---- Statements of bucket policies ---------------------------------------------------------------


def tls_only(bucket):
    return deny(
        "TlsOnly",
        Principal="*",
        Action="s3:*",
        Resource=bucket_arns(bucket),
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


def only_pipelines_write(bucket):
    return only("OnlyPipelinesWrite", bucket, WRITES, "ml/pipeline/*")


def keep_versions(bucket):
    return deny("KeepVersions", Principal="*", Action=VERSIONS, Resource=bucket_arns(bucket))


def readers(sid, bucket, *principals, condition=None):
    statement = allow(
        sid,
        Principal={"AWS": list(principals)},
        Action=["s3:GetObject", "s3:ListBucket"],
        Resource=bucket_arns(bucket),
    )
    return {**statement, "Condition": condition} if condition else statement


def inventory(bucket, condition=None):
    statement = allow(
        "InventoryReports",
        Principal={"Service": "s3.amazonaws.com"},
        Action="s3:PutObject",
        Resource=objects(bucket, "inventory/*"),
    )
    return {**statement, "Condition": condition} if condition else statement


# ---- Trust policies ------------------------------------------------------------------------------


def trusts(*principals, condition=None):
    statement = allow("Trust", Principal={"AWS": list(principals)}, Action="sts:AssumeRole")
    return document({**statement, "Condition": condition} if condition else statement)


def trusts_services(*services):
    hosts = [f"{service}.amazonaws.com" for service in services]
    return document(allow("Trust", Principal={"Service": hosts}, Action="sts:AssumeRole"))


def trusts_sso(account):
    provider = f"arn:aws:iam::{account}:saml-provider/AWSSSO_{hexadecimal(account)}_DO_NOT_DELETE"
    return document(
        allow(
            "SingleSignOn",
            Principal={"Federated": provider},
            Action=["sts:AssumeRoleWithSAML", "sts:TagSession"],
            Condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        )
    )


def trusts_github(account, *subjects):
    issuer = "token.actions.githubusercontent.com"
    condition = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}}
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


# ---- Ids -----------------------------------------------------------------------------------------


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


def sso_name(account, permission_set):
    return f"AWSReservedSSO_{permission_set}_{hexadecimal('sso', account, permission_set)}"


def sso_arn(account, permission_set):
    path = f"aws-reserved/sso.amazonaws.com/{REGION}/"
    return role_arn(account, path + sso_name(account, permission_set))


# ---- AWS's own managed policies ------------------------------------------------------------------

AWS_MANAGED = {
    "AdministratorAccess": document(allow("Everything", Action="*", Resource="*")),
    "AmazonS3ReadOnlyAccess": document(
        allow("ReadEverything", Action=["s3:Get*", "s3:List*", "s3:Describe*"], Resource="*")
    ),
    "SecurityAudit": document(
        allow(
            "BaseSecurityAuditPermissions",
            Action=[
                "iam:Get*",
                "iam:List*",
                "kms:GetKeyPolicy",
                "kms:List*",
                "organizations:Describe*",
                "organizations:List*",
                "s3:GetAccountPublicAccessBlock",
                "s3:GetBucket*",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:ListAllMyBuckets",
            ],
            Resource="*",
        )
    ),
    "AmazonSageMakerFullAccess": document(
        allow(
            "AllowAllNonAdminSageMakerActions", Action="sagemaker:*", Resource="arn:aws:sagemaker:*"
        ),
        allow(
            "AllowS3ObjectActions",
            Action=["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
            Resource=[
                "arn:aws:s3:::*SageMaker*",
                "arn:aws:s3:::*Sagemaker*",
                "arn:aws:s3:::*sagemaker*",
                "arn:aws:s3:::*aws-glue*",
            ],
        ),
        allow(
            "AllowS3GetObjectWithSageMakerExistingObjectTag",
            Action="s3:GetObject",
            Resource="arn:aws:s3:::*",
            Condition={"StringEqualsIgnoreCase": {"s3:ExistingObjectTag/SageMaker": "true"}},
        ),
        allow(
            "AllowS3GetObjectWithServiceCatalogProvisioningExistingObjectTag",
            Action="s3:GetObject",
            Resource="arn:aws:s3:::*",
            Condition={"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}},
        ),
        allow(
            "AllowS3BucketActions",
            Action=[
                "s3:CreateBucket",
                "s3:GetBucketLocation",
                "s3:ListBucket",
                "s3:ListAllMyBuckets",
                "s3:GetBucketCors",
                "s3:PutBucketCors",
            ],
            Resource="*",
        ),
        allow(
            "AllowS3BucketACL",
            Action=["s3:GetBucketAcl", "s3:PutObjectAcl"],
            Resource=[
                "arn:aws:s3:::*SageMaker*",
                "arn:aws:s3:::*Sagemaker*",
                "arn:aws:s3:::*sagemaker*",
            ],
        ),
        allow(
            "AllowPassRoleToSageMaker",
            Action="iam:PassRole",
            Resource="arn:aws:iam::*:role/*AmazonSageMaker*",
            Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
    ),
    "aws-service-role/AWSConfigServiceRolePolicy": document(
        allow(
            "AWSConfigServiceRolePolicyStatementID",
            Action=["config:Put*", "iam:Get*", "iam:List*", "s3:GetBucket*", "s3:ListAllMyBuckets"],
            Resource="*",
        )
    ),
    "aws-service-role/AmazonSageMakerNotebooksServiceRolePolicy": document(
        allow(
            "AllowStudioStorage", Action=["elasticfilesystem:*", "ec2:Describe*"], Resource="*"
        )
    ),
    "aws-service-role/AWSOrganizationsServiceTrustPolicy": document(
        allow("AllowDeletion", Action="iam:DeleteRole", Resource=role_arn("*", "aws-service-role/*"))
    ),
}


def aws_policy(name):
    return f"arn:aws:iam::aws:policy/{name}"


def managed_policy(arn, content):
    name = arn.rsplit("/", 1)[1]
    return {
        "PolicyName": name,
        "PolicyId": identifier("ANPA", arn),
        "Arn": arn,
        "Path": arn.split(":policy", 1)[1].removesuffix(name),
        "DefaultVersionId": "v1",
        "IsAttachable": True,
        "CreateDate": CREATED,
        "UpdateDate": CREATED,
        "PolicyVersionList": [
            {
                "Document": content,
                "VersionId": "v1",
                "IsDefaultVersion": True,
                "CreateDate": CREATED,
            }
        ],
    }


# ---- Buckets -------------------------------------------------------------------------------------

ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
VERSIONED = {"Status": "Enabled", "MFADelete": "Disabled"}
AES256 = {
    "Rules": [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": False,
        }
    ]
}
LINEAGE = {
    "pipeline-run": "see object tags",
    "git-commit": "see object tags",
    "training-dataset": "see object tags",
}


def encrypted(key=None, algorithm="aws:kms"):
    """With a key; without one AWS takes its own, aws/s3."""
    default = {"SSEAlgorithm": algorithm}
    if key:
        default["KMSMasterKeyID"] = key
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}


def lifecycle(**rules):
    listed = [
        {"ID": name, "Status": "Enabled", "Filter": {}, **rule} for name, rule in rules.items()
    ]
    return {"Rules": listed}


ABORT_UPLOADS = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items() if value]


# ---- Accounts ------------------------------------------------------------------------------------


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

    def role(self, path, name, trust, inline=None, attached=(), boundary=None, tags=None):
        arn = role_arn(self.number, path.removeprefix("/") + name)
        role = {
            "Path": path,
            "RoleName": name,
            "RoleId": identifier("AROA", arn),
            "Arn": arn,
            "CreateDate": CREATED,
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

    def ml_role(self, kind, name, trust, team=None, **rest):
        """A role of the platform: its path and its tag tell what it is for."""
        path, access_role = ML_ROLES[kind]
        self.role(path, name, trust, tags={"access-role": access_role, "team": team}, **rest)

    def sso(self, permission_set, inline=None, attached=()):
        self.role(
            f"/aws-reserved/sso.amazonaws.com/{REGION}/",
            sso_name(self.number, permission_set),
            trusts_sso(self.number),
            inline={"AwsSSOInlinePolicy": inline} if inline else None,
            attached=attached,
        )

    def sso_administrator(self):
        self.sso("AdministratorAccess", attached=[aws_policy("AdministratorAccess")])

    def service_linked(self, service, name, policy):
        self.role(
            f"/aws-service-role/{service}.amazonaws.com/",
            name,
            trusts_services(service),
            attached=[aws_policy(f"aws-service-role/{policy}")],
        )

    def platform_administrator(self):
        self.ml_role(
            "admin",
            "platform-admin",
            trusts(sso_arn(self.number, "AdministratorAccess")),
            attached=[self.policy("platform-admin", PLATFORM_ADMIN)],
        )

    def policy(self, name, content):
        """Adds a managed policy of the account, once, and tells its ARN."""
        arn = f"arn:aws:iam::{self.number}:policy/ml/{name}"
        self.policies[arn] = managed_policy(arn, content)
        return arn

    def attachment(self, arn):
        own_of_aws = arn.removeprefix(aws_policy(""))
        if own_of_aws != arn:
            self.policies[arn] = managed_policy(arn, AWS_MANAGED[own_of_aws])
        return {"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn}

    def user(self, name, groups=(), inline=None, tags=None):
        arn = f"arn:aws:iam::{self.number}:user/{name}"
        self.users.append(
            {
                "Path": "/",
                "UserName": name,
                "UserId": identifier("AIDA", arn),
                "Arn": arn,
                "CreateDate": CREATED,
                "UserPolicyList": inline_list(inline),
                "GroupList": list(groups),
                "AttachedManagedPolicies": [],
                "Tags": tag_list(tags or {}),
            }
        )

    def group(self, name, inline):
        arn = f"arn:aws:iam::{self.number}:group/{name}"
        self.groups.append(
            {
                "Path": "/",
                "GroupName": name,
                "GroupId": identifier("AGPA", arn),
                "Arn": arn,
                "CreateDate": CREATED,
                "GroupPolicyList": inline_list(inline),
                "AttachedManagedPolicies": [],
            }
        )

    # S3, KMS, VPC

    def bucket(self, name, data_class, *statements, team=None, tags=None, **settings):
        """A bucket as it should be; `settings` are what differs, in AWS's field names."""
        all_tags = {"data-class": data_class, "team": team, "env": self.env, **(tags or {})}
        owner = {"ID": canonical_id(self.number)}
        grant = {"Grantee": {"ID": owner["ID"], "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
        bucket = {
            "Name": name,
            "Region": REGION,
            "CreationDate": CREATED,
            "Policy": document(*statements) if statements else None,
            "Versioning": VERSIONED,
            "Encryption": AES256,
            "PublicAccessBlock": ALL_BLOCKED,
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "Acl": {"Owner": owner, "Grants": [grant]},
            "Logging": {
                "LoggingEnabled": {"TargetBucket": self.log_bucket(), "TargetPrefix": f"{name}/"}
            },
            "ObjectLock": None,
            "Lifecycle": None,
            "Replication": None,
            "Tags": tag_list(all_tags) if data_class else [],
        }
        self.buckets.append({**bucket, **settings})

    def log_bucket(self):
        return f"acme-access-logs-{self.number}"

    def access_logs(self):
        """Where the account's buckets log; out of palisade's scope by its tag."""
        name = self.log_bucket()
        # NEAR service-without-source: the service says on whose behalf it comes.
        delivery = allow(
            "AccessLogs",
            Principal={"Service": "logging.s3.amazonaws.com"},
            Action="s3:PutObject",
            Resource=objects(name),
            Condition={"StringEquals": {"aws:SourceAccount": self.number}},
        )
        self.bucket(name, "none", tls_only(name), delivery, Logging=None)

    def key(self, name, *statements):
        """A key whose own account may manage it."""
        manage = allow(
            "Manage", Principal={"AWS": root(self.number)}, Action="kms:*", Resource="*"
        )
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
        {"PolicyName": name, "PolicyDocument": content} for name, content in (policies or {}).items()
    ]


ML_ROLES = {
    "admin": ("/ml/admin/", "platform-admin"),
    "audit": ("/ml/audit/", "auditor"),
    "ds": ("/ml/ds/", "data-scientist"),
    "pipeline": ("/ml/pipeline/", "pipeline"),
    "publisher": ("/ml/publisher/", "feature-publisher"),
    "serving": ("/ml/serving/", "serving"),
    "tool": ("/ml/tools/", None),
}


# ---- What many roles share -----------------------------------------------------------------------

THROUGH_S3 = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
USE_KEYS = allow(
    "UseKeysThroughS3",
    Action=["kms:Decrypt", "kms:GenerateDataKey"],
    Resource="*",
    Condition=THROUGH_S3,
)
KEY_USE = ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
READ = ["s3:GetObject", "s3:ListBucket"]
READ_WRITE = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]

PLATFORM_ADMIN = document(
    allow(
        "ConfigureBuckets",
        Action=[
            "s3:GetBucket*",
            "s3:PutBucket*",
            "s3:DeleteBucketPolicy",
            "s3:Get*Configuration",
            "s3:Put*Configuration",
        ],
        Resource="arn:aws:s3:::*",
    ),
    # NEAR model-version-deletable: the Put*Configuration above would let him expire every version.
    deny("KeepModels", Action=VERSIONS, Resource="arn:aws:s3:::acme-models-*"),
)
DATA_SCIENTIST = document(
    allow(
        "ReadCommonData",
        Action=READ,
        Resource=[f"arn:aws:s3:::acme-{kind}-*" for kind in ("features", "datasets", "models")],
    ),
    allow(
        "WorkWithOwnTeamsData",
        Action=READ_WRITE,
        Resource="arn:aws:s3:::acme-team-${aws:PrincipalTag/team}-*",
    ),
    USE_KEYS,
)
NO_CONTENT = document(deny("NoContent", Action=CONTENT, Resource="*"))


def data_scientist_boundary(*more):
    return document(
        allow(
            "AtMost",
            Action=[*READ_WRITE, "s3:GetBucketLocation", "kms:*", "sagemaker:*", "logs:*", *more],
            Resource="*",
        )
    )


def s3(sid, actions, *resources, condition=None):
    """An identity statement about S3, resources as `bucket` or `bucket/keys`."""
    arns = [f"arn:aws:s3:::{resource}" for resource in resources]
    statement = allow(sid, Action=actions, Resource=arns)
    return {**statement, "Condition": condition} if condition else statement


def key_for_own_account(account):
    # NEAR key-policy-open: "*" means everybody, but only the account's own callers get in.
    return allow(
        "OwnAccountThroughS3",
        Principal={"AWS": "*"},
        Action=KEY_USE,
        Resource="*",
        Condition={"StringEquals": {"kms:CallerAccount": account, **THROUGH_S3["StringEquals"]}},
    )


def key_for_organization():
    # NEAR key-policy-open: the same, for the organization.
    return allow(
        "OrganizationThroughS3",
        Principal={"AWS": "*"},
        Action=KEY_USE,
        Resource="*",
        Condition={
            "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, **THROUGH_S3["StringEquals"]}
        },
    )


# ---- The management account ----------------------------------------------------------------------


def management():
    account = Account(MANAGEMENT, "shared")
    account.sso_administrator()
    account.service_linked(
        "organizations", "AWSServiceRoleForOrganizations", "AWSOrganizationsServiceTrustPolicy"
    )
    account.user(
        "break-glass",
        inline={
            "read-identities": document(
                allow(
                    "WithSecondFactor",
                    Action=["iam:Get*", "iam:List*"],
                    Resource="*",
                    Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
                )
            )
        },
    )
    # NEAR no-access-log: this trail records the bucket that has no access log of its own.
    recorded = {
        "Type": "AWS::S3::Object",
        "Values": [objects("acme-datasets-clickstream-prod", "")],
    }
    account.trails.append(
        {
            "Name": "acme-organization",
            "IsLogging": True,
            "IsOrganizationTrail": True,
            "EventSelectors": [{"ReadWriteType": "All", "DataResources": [recorded]}],
        }
    )
    return account


# ---- The security account ------------------------------------------------------------------------


def security():
    account = Account(SECURITY, "shared")
    account.sso_administrator()
    assume_hub = allow(
        "AssumeHub", Action="sts:AssumeRole", Resource=role_arn(SECURITY, "ml/audit/auditor-hub")
    )
    account.sso(
        "SecurityAuditor", inline=document(assume_hub), attached=[aws_policy("SecurityAudit")]
    )
    account.ml_role(
        "audit",
        "auditor-hub",
        trusts(sso_arn(SECURITY, "SecurityAuditor")),
        inline={
            "assume-auditors": document(
                allow(
                    "AssumeAuditors",
                    Action="sts:AssumeRole",
                    Resource=role_arn("*", "ml/audit/auditor"),
                )
            )
        },
    )
    account.service_linked("config", "AWSServiceRoleForConfig", "AWSConfigServiceRolePolicy")
    trail = "acme-organization-trail"
    # NEAR service-without-source: bound to one trail.
    account.bucket(
        trail,
        "none",
        tls_only(trail),
        allow(
            "Trail",
            Principal={"Service": "cloudtrail.amazonaws.com"},
            Action="s3:PutObject",
            Resource=objects(trail, "AWSLogs/*"),
            Condition={
                "StringEquals": {
                    "aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/acme-organization"
                }
            },
        ),
        Logging=None,
    )
    return account


# ---- Machine learning, development ---------------------------------------------------------------


def ml_dev():
    account = Account(ML_DEV, "dev")
    ml_dev_people(account)
    ml_dev_data_scientists(account)
    ml_dev_workloads(account)
    ml_dev_team_buckets(account)
    ml_dev_common_buckets(account)
    ml_dev_models(account)
    ml_dev_other_buckets(account)
    account.access_logs()
    return account


def ml_dev_people(account):
    account.sso_administrator()
    account.sso(
        "MLDataScientist",
        inline=document(
            allow(
                "AssumeTeamRoles", Action="sts:AssumeRole", Resource=role_arn(ML_DEV, "ml/ds/ds-*")
            )
        ),
    )
    account.platform_administrator()
    # FAULT model-version-deletable, on acme-models-staging-dev.
    # NEAR, on the other model buckets: KeepVersions in their policies.
    account.ml_role(
        "admin",
        "storage-admin",
        trusts(sso_arn(ML_DEV, "AdministratorAccess")),
        inline={
            "clean-up": document(s3("CleanUp", "s3:DeleteObjectVersion", "acme-models-*"))
        },
    )
    account.ml_role(
        "audit",
        "auditor",
        trusts(role_arn(SECURITY, "ml/audit/auditor-hub")),
        attached=[aws_policy("SecurityAudit")],
    )
    account.group(
        "labeling",
        # FAULT datasets-written-by-others: a human with access keys.
        {
            "upload-labels": document(
                s3("UploadLabels", "s3:PutObject", "acme-datasets-raw-dev/incoming/*")
            )
        },
    )
    account.user("annotator-legacy", groups=["labeling"])


def ml_dev_data_scientists(account):
    boundary = account.policy(
        "data-scientist-boundary", data_scientist_boundary("iam:PassRole", "codebuild:*")
    )
    common = account.policy("data-scientist", DATA_SCIENTIST)
    trust = trusts(sso_arn(ML_DEV, "MLDataScientist"))
    account.ml_role("ds", "ds-vision", trust, "vision", attached=[common], boundary=boundary)
    # FAULT data-scientist-without-boundary
    # FAULT team-data-outside-team, on acme-team-vision-dev. NEAR, on acme-team-ranking-dev.
    account.ml_role(
        "ds",
        "ds-speech",
        trust,
        "speech",
        attached=[common],
        inline={"compare-teams": document(s3("ReadEveryTeam", READ, "acme-team-*"))},
    )
    account.ml_role(
        "ds",
        "ds-ranking",
        trust,
        "ranking",
        attached=[common],
        boundary=boundary,
        inline={
            # FAULT features-written-by-others
            "try-features": document(
                s3("TryFeatures", "s3:PutObject", "acme-features-common-dev/experiments/*")
            ),
            # FAULT human-in-pipeline: who starts a build with this role is this role.
            "build-images": document(
                allow(
                    "PassBuildRole",
                    Action="iam:PassRole",
                    Resource=role_arn(ML_DEV, "ml/pipeline/codebuild"),
                    Condition={"StringEquals": {"iam:PassedToService": "codebuild.amazonaws.com"}},
                ),
                allow(
                    "RunBuilds",
                    Action=["codebuild:CreateProject", "codebuild:StartBuild"],
                    Resource="*",
                ),
            ),
        },
    )


def ml_dev_workloads(account):
    account.ml_role(
        "pipeline",
        "training",
        trusts_services("sagemaker"),
        inline={
            "train": document(
                s3("ReadData", READ, "acme-datasets-*", "acme-features-*"),
                s3("WriteModels", READ_WRITE, "acme-models-*"),
                USE_KEYS,
            )
        },
    )
    artifacts = document(s3("Artifacts", READ_WRITE, "acme-pipeline-artifacts-dev*"), USE_KEYS)
    account.ml_role(
        "pipeline", "codebuild", trusts_services("codebuild"), inline={"artifacts": artifacts}
    )
    # FAULT role-assumable-by-unbound-oidc: any repository on GitHub.
    account.ml_role(
        "pipeline", "gha-deploy", trusts_github(ML_DEV), inline={"artifacts": artifacts}
    )
    # FAULT role-assumable-from-outside: an external id is no proof of membership.
    account.ml_role(
        "pipeline",
        "label-vendor",
        trusts(root(VENDOR), condition={"StringEquals": {"sts:ExternalId": "acme-labels"}}),
        inline={
            "deliver": document(s3("Deliver", "s3:PutObject", "acme-datasets-raw-dev/incoming/*"))
        },
    )
    account.ml_role(
        "publisher",
        "feature-publisher",
        trusts_services("sagemaker"),
        inline={
            "publish": document(
                s3("ReadData", READ, "acme-datasets-*"),
                s3("Publish", READ_WRITE, "acme-features-*"),
                USE_KEYS,
            )
        },
    )
    # FAULT models-written-by-others: serving reads models, it does not write them.
    account.ml_role(
        "serving",
        "model-optimizer",
        trusts_services("sagemaker"),
        inline={
            "optimize": document(
                s3("Optimize", ["s3:GetObject", "s3:PutObject"], "acme-models-registry-dev/*"),
                USE_KEYS,
            )
        },
    )
    # FAULT bucket-configured-by-others: its name is excepted in the organization's policy.
    account.ml_role(
        "tool",
        "mlops-release",
        trusts_services("lambda"),
        inline={
            "open-staging": document(
                s3("OpenStaging", "s3:PutBucketPolicy", "acme-models-staging-dev")
            )
        },
    )
    account.service_linked(
        "sagemaker",
        "AWSServiceRoleForAmazonSageMakerNotebooks",
        "AmazonSageMakerNotebooksServiceRolePolicy",
    )


def ml_dev_team_buckets(account):
    # FAULT team-data-outside-team: nothing keeps the others out.
    # NEAR public-access-not-blocked: the bucket has no block of its own, the account has.
    name = "acme-team-vision-dev"
    account.bucket(name, "team", tls_only(name), team="vision", PublicAccessBlock=None)

    name = "acme-team-speech-dev"
    everyone = {
        "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
        "Permission": "READ",
    }
    account.bucket(
        name,
        "team",
        tls_only(name),
        only("OnlyTheTeam", name, CONTENT, "ml/ds/ds-speech"),
        # NEAR service-without-source: reports on acme's own buckets only.
        inventory(
            name,
            {
                "StringEquals": {"aws:SourceAccount": ML_DEV},
                "ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-*"},
            },
        ),
        team="speech",
        # FAULT acls-enabled. NEAR public-access: Block Public Access voids the grant.
        OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        Acl={"Owner": {"ID": canonical_id(ML_DEV)}, "Grants": [everyone]},
    )

    name = "acme-team-ranking-dev"
    account.bucket(
        name,
        "team",
        tls_only(name),
        only("OnlyTheTeam", name, CONTENT, "ml/ds/ds-ranking"),
        # FAULT service-without-source: reports on anybody's buckets.
        inventory(name),
        team="ranking",
        # NEAR versioning-suspended and not-encrypted-with-customer-key: team data may be so.
        Versioning={"Status": "Suspended", "MFADelete": "Disabled"},
    )


def ml_dev_common_buckets(account):
    key = account.key("data", key_for_own_account(ML_DEV))
    # FAULT features-written-by-others: no guard.
    # NEAR unsanctioned-access: the sandbox may read, says this policy; its own forbids it.
    name = "acme-features-common-dev"
    account.bucket(
        name,
        "features",
        tls_only(name),
        readers("SandboxReads", name, root(SANDBOX)),
        Encryption=encrypted(key),
    )

    # FAULT outside-organization-access, datasets-written-by-others
    # FAULT datasets-not-versioned, not-encrypted-with-customer-key
    name = "acme-datasets-raw-dev"
    account.bucket(
        name,
        "datasets",
        tls_only(name),
        allow(
            "VendorDelivers",
            Principal={"AWS": root(VENDOR)},
            Action=["s3:GetObject", "s3:PutObject"],
            Resource=objects(name, "incoming/*"),
        ),
        Versioning={},
        Encryption=AES256,
    )

    # FAULT key-policy-open: ViaService says by which way a caller comes, not who he is.
    open_key = account.key(
        "pipeline",
        allow(
            "AnyoneThroughS3",
            Principal={"AWS": "*"},
            Action=KEY_USE,
            Resource="*",
            Condition=THROUGH_S3,
        ),
    )
    name = "acme-pipeline-artifacts-dev"
    account.bucket(
        name,
        "pipeline",
        tls_only(name),
        only("OnlyTheAutomation", name, CONTENT, "ml/pipeline/*"),
        Encryption=encrypted(open_key),
    )


def ml_dev_models(account):
    key = key_arn(ML_DEV, "data")
    # FAULT models-written-by-others: no guard against writing.
    # NEAR lifecycle-expires-models: the rule is off. NEAR lifecycle-expires-noncurrent-models: a year.
    name = "acme-models-registry-dev"
    account.bucket(
        name,
        "models",
        tls_only(name),
        keep_versions(name),
        tags=LINEAGE,
        Encryption=encrypted(key),
        Lifecycle=lifecycle(
            formerly={"Status": "Disabled", "Expiration": {"Days": 30}},
            thin={"NoncurrentVersionExpiration": {"NoncurrentDays": 365}},
        ),
    )

    # FAULT model-versions-unprotected, model-version-deletable, bucket-configured-by-others
    # FAULT lifecycle-expires-models, model-lineage-missing
    name = "acme-models-staging-dev"
    account.bucket(
        name,
        "models",
        tls_only(name),
        only("OnlyPipelinesWrite", name, "s3:PutObject*", "ml/pipeline/*"),
        tags={"pipeline-run": "see object tags", "git-commit": "see object tags"},
        Encryption=encrypted(key),
        Lifecycle=lifecycle(tidy={"Expiration": {"Days": 90}}),
    )

    # FAULT models-not-versioned, model-lineage-missing
    # FAULT not-encrypted-with-customer-key: aws:kms without a key means aws/s3, which is AWS's own.
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

    # FAULT ambiguous-class: by its beginning a bucket of SageMaker Studio, which is team data; by its
    # middle the artifact store that the CDK made for a stack named "sagemaker-studio".
    name = "sagemaker-studio-pipelineartifactsbucket22248f97-1m2n3b4v5c6x"
    account.bucket(name, None, tls_only(name), Encryption=encrypted(key_arn(ML_DEV, "data")))


# ---- Machine learning, production ----------------------------------------------------------------


def ml_prod():
    account = Account(ML_PROD, "prod")
    ml_prod_people(account)
    ml_prod_data_scientists(account)
    ml_prod_workloads(account)
    ml_prod_models(account)
    ml_prod_other_buckets(account)
    account.access_logs()
    account.endpoints.append(
        {
            "VpcEndpointId": "vpce-0a1b2c3d4e5f60718",
            "VpcId": "vpc-0a1b2c3d4e5f60718",
            "ServiceName": f"com.amazonaws.{REGION}.s3",
            "Policy": document(
                allow(
                    "OrganizationOnly",
                    Principal="*",
                    Action="s3:*",
                    Resource="*",
                    Condition={"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
                )
            ),
        }
    )
    return account


def ml_prod_people(account):
    account.sso_administrator()
    assumable = [role_arn(ML_PROD, "ml/ds/ds-*"), role_arn(ML_PROD, "ml/ds/labeling-lead")]
    account.sso(
        "MLDataScientist",
        inline=document(allow("AssumeTeamRoles", Action="sts:AssumeRole", Resource=assumable)),
    )
    # FAULT human-in-pipeline: SSO, and the organization's policy names another permission set only.
    account.sso(
        "ReleaseManager",
        inline=document(
            s3("InspectReleases", READ, f"codepipeline-{REGION}-*"),
            allow("StartReleases", Action="codepipeline:*", Resource="*"),
        ),
    )
    account.platform_administrator()
    # NEAR content-read-by-auditor: AmazonS3ReadOnlyAccess reads objects, the Deny beside it does not.
    # NEAR role-assumable-from-outside: "*", but of the organization, and one role of it.
    account.ml_role(
        "audit",
        "auditor",
        trusts(
            "*",
            condition={
                "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION},
                "ArnEquals": {"aws:PrincipalArn": role_arn(SECURITY, "ml/audit/auditor-hub")},
            },
        ),
        attached=[aws_policy("AmazonS3ReadOnlyAccess"), account.policy("no-content", NO_CONTENT)],
    )


def ml_prod_data_scientists(account):
    boundary = account.policy(
        "data-scientist-boundary", data_scientist_boundary("sts:AssumeRole")
    )
    common = account.policy("data-scientist", DATA_SCIENTIST)
    trust = trusts(sso_arn(ML_PROD, "MLDataScientist"))
    account.ml_role(
        "ds",
        "ds-vision",
        trust,
        "vision",
        attached=[common],
        boundary=boundary,
        inline={
            # NEAR features-written-by-others: the bucket's guard spares the publisher only.
            "try-features": document(
                s3("TryFeatures", "s3:PutObject", "acme-features-online-prod/experiments/*")
            ),
            # NEAR human-in-pipeline: the boundary does not allow to pass roles.
            "build-images": document(
                allow(
                    "PassBuildRole",
                    Action="iam:PassRole",
                    Resource=role_arn(ML_PROD, "ml/pipeline/codebuild"),
                )
            ),
        },
    )
    # NEAR team-data-outside-team: the organization's policy keeps teams apart in production.
    account.ml_role(
        "ds",
        "ds-ranking",
        trust,
        "ranking",
        attached=[common],
        boundary=boundary,
        inline={"compare-teams": document(s3("ReadEveryTeam", READ, "acme-team-*"))},
    )
    account.ml_role(
        "ds",
        "labeling-lead",
        trust,
        "vision",
        boundary=boundary,
        inline={
            # FAULT datasets-written-by-others, through the role of a pipeline.
            "import-labels": document(
                allow(
                    "AssumeImport",
                    Action="sts:AssumeRole",
                    Resource=role_arn(DATA, "ml/pipeline/label-import"),
                )
            ),
            # NEAR datasets-written-by-others: the other account's bucket policy does not agree.
            "fix-labels": document(s3("FixLabels", "s3:PutObject", "acme-datasets-labels-prod/*")),
        },
    )


def ml_prod_workloads(account):
    account.ml_role(
        "pipeline",
        "training",
        trusts_services("sagemaker"),
        inline={
            "train": document(
                s3("ReadData", READ, "acme-datasets-*", "acme-features-*"),
                allow(
                    "ReadThroughAccessPoint",
                    Action=READ,
                    Resource=f"arn:aws:s3:{REGION}:{DATA}:accesspoint/*",
                ),
                s3("WriteModels", READ_WRITE, "acme-models-*"),
                USE_KEYS,
            )
        },
    )
    artifacts = document(s3("Artifacts", READ_WRITE, f"codepipeline-{REGION}-*"), USE_KEYS)
    for service in ("codepipeline", "codebuild"):
        account.ml_role(
            "pipeline", service, trusts_services(service), inline={"artifacts": artifacts}
        )
    # NEAR role-assumable-by-unbound-oidc: acme's repositories only.
    account.ml_role(
        "pipeline",
        "gha-deploy",
        trusts_github(
            ML_PROD,
            "repo:acme/ml-platform:environment:prod",
            "repo:acme/models-*:ref:refs/heads/main",
        ),
        inline={"artifacts": artifacts},
    )
    account.ml_role(
        "serving",
        "serving",
        trusts_services("sagemaker"),
        inline={"serve": document(s3("LoadModels", READ, "acme-models-*"), USE_KEYS)},
    )
    # NEAR models-written-by-others: in production the buckets have a guard.
    account.ml_role(
        "serving",
        "model-optimizer",
        trusts_services("sagemaker"),
        inline={
            "optimize": document(
                s3("Optimize", ["s3:GetObject", "s3:PutObject"], "acme-models-*"), USE_KEYS
            )
        },
    )


def ml_prod_models(account):
    key = account.key("models", key_for_own_account(ML_PROD))
    # NEAR model-versions-unprotected: Object Lock.
    name = "acme-models-registry-prod"
    account.bucket(
        name,
        "models",
        tls_only(name),
        only_pipelines_write(name),
        deny(
            "ServeFromOurNetwork",
            Principal="*",
            Action="s3:GetObject",
            Resource=objects(name),
            Condition={
                "ArnLike": {"aws:PrincipalArn": role_arn(ML_PROD, "ml/serving/*")},
                "StringNotEquals": {"aws:SourceVpce": "vpce-0a1b2c3d4e5f60718"},
            },
        ),
        tags=LINEAGE,
        Encryption=encrypted(key),
        ObjectLock={
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}},
            }
        },
    )

    # NEAR model-versions-unprotected: MFA delete. NEAR key-outside-organization: another account's key.
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
            uploads=ABORT_UPLOADS, markers={"Expiration": {"ExpiredObjectDeleteMarker": True}}
        ),
    )

    # NEAR model-versions-unprotected: a Deny for everybody.
    # FAULT lifecycle-expires-noncurrent-models
    name = "acme-models-ranking-prod"
    account.bucket(
        name,
        "models",
        tls_only(name),
        deny(
            "OnlyPipelinesWrite",
            Principal="*",
            Action=WRITES,
            Resource=objects(name),
            Condition={"StringNotEquals": {"aws:PrincipalTag/access-role": "pipeline"}},
        ),
        keep_versions(name),
        tags=LINEAGE,
        Encryption=encrypted(key),
        Lifecycle=lifecycle(thin={"NoncurrentVersionExpiration": {"NoncurrentDays": 14}}),
    )


def ml_prod_other_buckets(account):
    # FAULT tls-not-enforced, plaintext-access
    name = "acme-team-vision-prod"
    account.bucket(name, "team", team="vision")

    # Without tags, as the console of CodePipeline makes it: its name tells the class.
    name = f"codepipeline-{REGION}-123456789012"
    account.bucket(
        name,
        None,
        tls_only(name),
        deny(
            "DenyUnEncryptedObjectUploads",
            Principal="*",
            Action="s3:PutObject",
            Resource=objects(name),
            Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
        ),
        Encryption=encrypted(key_arn(ML_PROD, "models")),
    )


# ---- The data platform ---------------------------------------------------------------------------
#
# NEAR tls-not-enforced, for every bucket: none says TlsOnly, a resource control policy says it for all.


def data():
    account = Account(DATA, "prod")
    data_people(account)
    data_workloads(account)
    data_features(account)
    data_datasets(account)
    data_pipeline(account)
    account.access_logs()
    return account


def data_people(account):
    account.sso_administrator()
    account.platform_administrator()
    costs = allow("ReadCosts", Action=["ce:Get*", "s3:ListAllMyBuckets"], Resource="*")
    account.group("finance", {"costs": document(costs)})
    account.user("finops", groups=["finance"])
    # FAULT content-read-by-auditor: an investigation that was never closed.
    account.ml_role(
        "audit",
        "auditor",
        trusts(role_arn(SECURITY, "ml/audit/auditor-hub")),
        attached=[aws_policy("SecurityAudit")],
        inline={
            "investigation-2026-09": document(
                s3("Investigate", "s3:GetObject", "acme-datasets-clickstream-prod/*"), USE_KEYS
            )
        },
    )


def data_workloads(account):
    account.ml_role(
        "pipeline",
        "etl",
        trusts_services("glue"),
        inline={
            "etl": document(
                s3("WriteData", READ_WRITE, "acme-datasets-*", "acme-pipeline-etl-prod*"), USE_KEYS
            )
        },
    )
    # FAULT datasets-written-by-others: a human may assume this role of a pipeline.
    account.ml_role(
        "pipeline",
        "label-import",
        trusts(role_arn(ML_PROD, "ml/ds/labeling-lead")),
        inline={
            "import": document(
                s3("ImportLabels", "s3:PutObject", "acme-datasets-labels-prod/*"), USE_KEYS
            )
        },
    )
    # NEAR role-assumable-from-outside: the perimeter keeps the vendor out.
    account.ml_role(
        "pipeline",
        "vendor-import",
        trusts(root(VENDOR), condition={"StringEquals": {"sts:ExternalId": "acme-import"}}),
        inline={
            "import": document(
                s3("ImportFiles", "s3:PutObject", "acme-datasets-partners-prod/*"), USE_KEYS
            )
        },
    )
    account.ml_role(
        "publisher",
        "feature-publisher",
        trusts_services("glue"),
        inline={
            "publish": document(
                s3("ReadData", READ, "acme-datasets-*"),
                s3("Publish", READ_WRITE, "acme-features-*"),
                USE_KEYS,
            )
        },
    )
    # FAULT unsanctioned-access: no rule knows a role for reports.
    account.ml_role(
        "tool",
        "bi-export",
        trusts_services("quicksight"),
        inline={
            "export": document(
                s3("Export", "s3:GetObject", "acme-features-online-prod/daily/*"), USE_KEYS
            )
        },
    )
    account.service_linked("config", "AWSServiceRoleForConfig", "AWSConfigServiceRolePolicy")


def data_features(account):
    key = account.key("data", key_for_organization())
    name = "acme-features-online-prod"
    account.bucket(
        name,
        "features",
        # NEAR public-access: "*", but of the organization, and of roles that may read features.
        readers(
            "OrganizationReads",
            name,
            "*",
            condition={
                "StringEquals": {
                    "aws:PrincipalOrgID": ORGANIZATION,
                    "aws:PrincipalTag/access-role": ["data-scientist", "pipeline", "serving"],
                }
            },
        ),
        # NEAR features-written-by-others: the next statement takes this back from all but publishers.
        allow(
            "ProductionContributes",
            Principal={"AWS": root(ML_PROD)},
            Action="s3:PutObject",
            Resource=objects(name),
        ),
        only("OnlyThePublisherWrites", name, WRITES, "ml/publisher/*"),
        # NEAR datasets-not-versioned: features need no versions.
        Versioning={},
        Encryption=encrypted(key),
    )


def data_datasets(account):
    key = key_arn(DATA, "data")
    scientists = [role_arn(ML_PROD, f"ml/ds/ds-{team}") for team in ("ranking", "vision")]
    training = role_arn(ML_PROD, "ml/pipeline/training")

    # FAULT content-read-by-auditor. NEAR no-access-log: CloudTrail records it.
    name = "acme-datasets-clickstream-prod"
    account.bucket(
        name,
        "datasets",
        readers("ProductionReads", name, training, *scientists),
        only_pipelines_write(name),
        Encryption=encrypted(key, "aws:kms:dsse"),
        Logging=None,
    )

    # FAULT versioning-suspended
    name = "acme-datasets-images-prod"
    account.bucket(
        name,
        "datasets",
        # NEAR public-access: "*", but through access points of this account.
        allow(
            "DelegateToAccessPoints",
            Principal={"AWS": "*"},
            Action=READ,
            Resource=bucket_arns(name),
            Condition={"StringEquals": {"s3:DataAccessPointAccount": DATA}},
        ),
        only_pipelines_write(name),
        Versioning={"Status": "Suspended", "MFADelete": "Disabled"},
        Encryption=encrypted(key),
    )
    account.access_points.append(images_access_point(name, training))

    # FAULT datasets-written-by-others, through label-import, which this guard lets pass.
    name = "acme-datasets-labels-prod"
    account.bucket(name, "datasets", only_pipelines_write(name), Encryption=encrypted(key))

    # FAULT key-outside-organization. NEAR outside-organization-access: the perimeter.
    name = "acme-datasets-partners-prod"
    account.bucket(
        name,
        "datasets",
        allow(
            "VendorDelivers",
            Principal={"AWS": root(VENDOR)},
            Action="s3:PutObject",
            Resource=objects(name, "incoming/*"),
        ),
        only("OnlyPipelinesWrite", name, WRITES, "ml/pipeline/*", f"arn:aws:iam::{VENDOR}:*"),
        Encryption=encrypted(key_arn(VENDOR, "shared")),
    )


def images_access_point(bucket, reader):
    arn = f"arn:aws:s3:{REGION}:{DATA}:accesspoint/images-training"
    return {
        "Name": "images-training",
        "Bucket": bucket,
        "AccessPointArn": arn,
        "NetworkOrigin": "VPC",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "Policy": document(
            allow(
                "TrainingReads",
                Principal={"AWS": reader},
                Action=READ,
                Resource=[arn, f"{arn}/object/*"],
            )
        ),
        "PublicAccessBlock": ALL_BLOCKED,
    }


def data_pipeline(account):
    # NEAR human-in-pipeline: everybody but the ETL job; NotPrincipal must name account, role and session.
    name = "acme-pipeline-etl-prod"
    job = f"arn:aws:sts::{DATA}:assumed-role/etl/GlueJobRunnerSession"
    account.bucket(
        name,
        "pipeline",
        deny(
            "OnlyTheEtlJob",
            NotPrincipal={"AWS": [root(DATA), role_arn(DATA, "ml/pipeline/etl"), job]},
            Action=CONTENT,
            Resource=bucket_arns(name),
        ),
        Encryption=encrypted(key_arn(DATA, "data")),
    )


# ---- The sandbox ---------------------------------------------------------------------------------


def sandbox():
    account = Account(SANDBOX, "sandbox")
    # Block Public Access is not set for the account: each bucket must set it.
    account.public_access_block = None
    sandbox_people(account)
    sandbox_workloads(account)
    sandbox_team_buckets(account)
    sandbox_pipeline(account)
    account.access_logs()
    return account


NOTEBOOK = "AmazonSageMaker-ExecutionRole-20260114T101512"


def sandbox_people(account):
    account.sso_administrator()
    account.role(
        "/service-role/",
        NOTEBOOK,
        trusts_services("sagemaker"),
        attached=[aws_policy("AmazonSageMakerFullAccess")],
        boundary=account.policy("data-scientist-boundary", data_scientist_boundary()),
        inline={
            "own-data": document(
                s3("OwnTeam", READ_WRITE, "acme-team-labs-sandbox*", "acme-team-benchmarks-sandbox*"),
                s3("ReadFeatures", READ, "acme-features-*"),
                USE_KEYS,
            )
        },
        tags={"access-role": "data-scientist", "team": "labs"},
    )


def sandbox_workloads(account):
    account.ml_role(
        "pipeline",
        "labs-pipeline",
        trusts_services("states"),
        inline={"artifacts": document(s3("Artifacts", READ_WRITE, "acme-pipeline-labs-sandbox*"))},
    )
    # NEAR unsanctioned-access: reads every account's features, but for the sandbox's own policy.
    account.ml_role(
        "tool",
        "experiments",
        trusts_services("lambda"),
        inline={"read": document(s3("ReadFeatures", READ, "acme-features-*"), USE_KEYS)},
    )
    account.service_linked(
        "sagemaker",
        "AWSServiceRoleForAmazonSageMakerNotebooks",
        "AmazonSageMakerNotebooksServiceRolePolicy",
    )


def sandbox_team_buckets(account):
    key = account.key("labs", key_for_own_account(SANDBOX))
    notebook = f"service-role/{NOTEBOOK}"

    # SageMaker's default bucket, without tags: team data by its name, of the team that the account is
    # tagged with, and below 410000000000/sagemaker/eu-west-1/offline-store/ features.
    # FAULT features-written-by-others, there. NEAR, elsewhere: it is the team's own data.
    name = f"sagemaker-{REGION}-{SANDBOX}"
    account.bucket(
        name,
        None,
        tls_only(name),
        only("OnlyTheTeam", name, CONTENT, notebook),
        Encryption=encrypted(key),
    )

    # FAULT unread-evidence: the collector was refused the policy; what rests on it stays undecided.
    name = "acme-team-labs-sandbox"
    account.bucket(name, "team", team="labs")
    account.errors.append(
        {"Api": "s3:GetBucketPolicy", "Resource": f"arn:aws:s3:::{name}", "Code": "AccessDenied"}
    )

    # FAULT public-access, public-access-not-blocked, and by the same statement
    # FAULT outside-organization-access, team-data-outside-team
    name = "acme-team-benchmarks-sandbox"
    account.bucket(
        name,
        "team",
        tls_only(name),
        allow("Publish", Principal="*", Action="s3:GetObject", Resource=objects(name)),
        deny(
            "NothingElse",
            Principal="*",
            NotAction=["s3:GetObject", "s3:GetBucket*", "s3:Get*Configuration"],
            Resource=bucket_arns(name),
            Condition=anyone_but(notebook),
        ),
        team="labs",
        PublicAccessBlock=dict.fromkeys(ALL_BLOCKED, False),
    )


def sandbox_pipeline(account):
    # FAULT human-in-pipeline: the guard is about writing only, and no policy keeps the account's
    # administrators from reading. FAULT no-access-log
    name = "acme-pipeline-labs-sandbox"
    account.bucket(
        name,
        "pipeline",
        tls_only(name),
        only("OnlyTheAutomationWrites", name, WRITES, "ml/pipeline/*"),
        Encryption=encrypted(key_arn(SANDBOX, "labs")),
        Logging=None,
    )


# ---- The organization ----------------------------------------------------------------------------

PLATFORM_ADMINS = role_arn("*", "ml/admin/platform-admin")
PLATFORM_ROLES = [role_arn("*", "ml/*"), role_arn("*", "service-role/AmazonSageMaker-*")]


def service_control_policies():
    return {
        "FullAWSAccess": document(allow("Everything", Action="*", Resource="*")),
        "roles-are-code": roles_are_code(),
        # A role named mlops-* slips through: FAULT bucket-configured-by-others.
        # NEAR, for everybody else: s3:* in an identity policy configures nothing.
        "configuration-is-code": document(
            deny(
                "OnlyAdministratorsConfigure",
                Action=CONFIGURATION,
                Resource="*",
                Condition={
                    "ArnNotLike": {
                        "aws:PrincipalArn": [
                            role_arn("*", "ml/admin/*"),
                            role_arn("*", "ml/tools/mlops-*"),
                        ]
                    }
                },
            )
        ),
        # NEAR, for every class: AdministratorAccess reaches no data where this is attached.
        "administrators-see-no-data": document(
            deny(
                "AdministratorsSeeNoData",
                Action=CONTENT,
                Resource="*",
                Condition={
                    "ArnLike": {
                        "aws:PrincipalArn": role_arn(
                            "*", "aws-reserved/sso.amazonaws.com/*AWSReservedSSO_AdministratorAccess_*"
                        )
                    }
                },
            )
        ),
        "teams-apart": document(*(team_apart(team) for team in ("ranking", "speech", "vision"))),
        "sandbox-stays-inside": document(
            deny(
                "OwnAccountOnly",
                Action="s3:*",
                Resource="*",
                Condition={"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}},
            )
        ),
    }


def roles_are_code():
    by_others = {"ArnNotLike": {"aws:PrincipalArn": PLATFORM_ADMINS}}
    tagged = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["access-role", "team"]}}
    changes = ["Attach", "Detach", "Put", "Delete"]
    return document(
        deny(
            "RolesAreCode",
            Action=[
                *(f"iam:{change}RolePolicy" for change in changes),
                "iam:UpdateAssumeRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:DeleteRolePermissionsBoundary",
                "iam:CreateRole",
                "iam:TagRole",
                "iam:UntagRole",
            ],
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
            Condition={**tagged, **by_others},
        ),
        deny(
            "NoNewCredentials",
            Action=["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"],
            Resource="*",
            Condition=by_others,
        ),
        # Who passes a role acts as it; a data scientist of /ml/ may, if nothing else forbids it.
        deny(
            "PassWithinThePlatform",
            Action="iam:PassRole",
            Resource=PLATFORM_ROLES,
            Condition={"ArnNotLike": {"aws:PrincipalArn": PLATFORM_ROLES}},
        ),
    )


def team_apart(team):
    return deny(
        f"Only{team.capitalize()}",
        Action=CONTENT,
        Resource=f"arn:aws:s3:::acme-team-{team}-*",
        Condition={"StringNotEquals": {"aws:PrincipalTag/team": team}},
    )


def resource_control_policies():
    everything = allow("Everything", Principal="*", Action="*", Resource="*")
    return {
        "RCPFullAWSAccess": document(everything),
        "data-perimeter": document(
            deny(
                "OrganizationOnly",
                Principal="*",
                Action=["s3:*", "kms:*", "sts:AssumeRole"],
                Resource="*",
                Condition={
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            )
        ),
        "require-tls": document(
            deny(
                "TlsOnly",
                Principal="*",
                Action="s3:*",
                Resource="*",
                Condition={"Bool": {"aws:SecureTransport": "false"}},
            )
        ),
    }


# Beside FullAWSAccess and RCPFullAWSAccess, which are attached to every unit and account.
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


def policies_of(kind, contents):
    return [
        {"Id": policy_id(name), "Name": name, "Type": kind, "Content": content}
        for name, content in contents.items()
    ]


def attachments():
    targets = [ROOT_UNIT, *(unit[0] for unit in UNITS), *(member[0] for member in MEMBERS)]
    everywhere = ["FullAWSAccess", "RCPFullAWSAccess"]
    return [
        {"PolicyId": policy_id(name), "TargetId": target}
        for target in targets
        for name in everywhere + ATTACHED.get(target, [])
    ]


def organization():
    return {
        "Organization": {
            "Id": ORGANIZATION,
            "MasterAccountId": MANAGEMENT,
            "FeatureSet": "ALL",
        },
        "Roots": [{"Id": ROOT_UNIT, "Name": "Root"}],
        "OrganizationalUnits": [
            {"Id": unit, "Name": name, "ParentId": parent} for unit, name, parent in UNITS
        ],
        "Accounts": [
            {
                "Id": number,
                "Name": name,
                "Status": "ACTIVE",
                "ParentId": parent,
                "Tags": tag_list(tags),
            }
            for number, name, parent, tags in MEMBERS
        ],
        "Policies": [
            *policies_of("SERVICE_CONTROL_POLICY", service_control_policies()),
            *policies_of("RESOURCE_CONTROL_POLICY", resource_control_policies()),
        ],
        "Attachments": attachments(),
    }


# ---- Writing -------------------------------------------------------------------------------------

WIDTH = 120


def render(value, depth=0):
    """JSON, with whatever fits into a line on one line, but never two statements or a whole bucket."""
    line = json.dumps(value)
    if not isinstance(value, dict | list) or not value:
        return line
    if 2 * depth + len(line) <= WIDTH and not holds_objects(value):
        return line
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {render(part, depth + 1)}" for key, part in value.items()]
        opening, closing = "{}"
    else:
        parts = [render(part, depth + 1) for part in value]
        opening, closing = "[]"
    inner = ",\n".join("  " * (depth + 1) + part for part in parts)
    return f"{opening}\n{inner}\n{'  ' * depth}{closing}"


def holds_objects(value):
    """Whether it is a policy document, or a list of things that deserve lines of their own."""
    if isinstance(value, dict):
        return "Statement" in value or "Sid" in value or "Arn" in value
    return len(value) > 1 and isinstance(value[0], dict)


def files():
    accounts = (management(), security(), ml_dev(), ml_prod(), data(), sandbox())
    yield "estate.json", {"format": "estate/1", "collected_at": COLLECTED, "partition": "aws"}
    yield "organization.json", organization()
    for account in accounts:
        yield f"accounts/{account.number}.json", account.content()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, tell what would change")
    check = parser.parse_args().check
    changed = []
    for name, value in files():
        path, text = HOME / name, render(value) + "\n"
        if not path.exists() or path.read_text() != text:
            changed.append(name)
            if not check:
                write(path, text)
    for name in changed:
        print(f"{'would change' if check else 'wrote'} {name}")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
