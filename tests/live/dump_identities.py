"""What boto3 tells about users, groups, roles and managed policies, for dump.py."""

from typing import Any

from dump_plain import plain

Json = dict[str, Any]
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def authorization_details(iam: Any) -> Json:
    """All pages in one, with the managed policies that are named but not told. boto3 decodes the documents itself."""
    details: Json = {name: [] for name in LISTS}
    for page in iam.get_paginator("get_account_authorization_details").paginate():
        for name in LISTS:
            details[name] += plain(page[name])
    told = {policy["Arn"] for policy in details["Policies"]}
    details["Policies"] += [_policy(iam, arn) for arn in sorted(_named(details) - told)]
    return details


def _named(details: Json) -> set[str]:
    """The managed policies that are attached to somebody, or bound somebody."""
    principals = details["UserDetailList"] + details["GroupDetailList"] + details["RoleDetailList"]
    attached = {policy["PolicyArn"] for it in principals for policy in it["AttachedManagedPolicies"]}
    boundaries = [it["PermissionsBoundary"] for it in principals if it.get("PermissionsBoundary")]
    return attached | {boundary["PermissionsBoundaryArn"] for boundary in boundaries}


def _policy(iam: Any, arn: str) -> Json:
    """A managed policy with the version that is in force."""
    policy = plain(iam.get_policy(PolicyArn=arn)["Policy"])
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return policy | {"PolicyVersionList": [plain(version)]}
