"""What boto3 tells about the organization, for dump.py."""

import json
from typing import Any

from dump_plain import every

Json = dict[str, Any]
POLICY_TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "S3_POLICY")


def organization(client: Any) -> Json:
    """The organization as the snapshot has it."""
    described = client.describe_organization()["Organization"]
    roots = every(client, "list_roots", "Roots")
    units, accounts = _tree(client, roots)
    policies = [policy for kind in POLICY_TYPES for policy in _policies(client, kind)]
    administrators = every(client, "list_delegated_administrators", "DelegatedAdministrators")
    return {
        "Organization": {member: described[member] for member in ("Id", "MasterAccountId", "FeatureSet")},
        "Roots": [{"Id": root["Id"], "Name": root["Name"]} for root in roots],
        "OrganizationalUnits": sorted(units, key=lambda it: it["Id"]),
        "Accounts": sorted(accounts, key=lambda it: it["Id"]),
        "Policies": policies,
        "Attachments": [attachment for policy in policies for attachment in _attachments(client, policy["Id"])],
        "DelegatedAdministrators": [{"Id": it["Id"], "Name": it["Name"]} for it in administrators],
    }


def _tree(client: Any, roots: list[Json]) -> tuple[list[Json], list[Json]]:
    """All units and accounts."""
    units: list[Json] = []
    accounts: list[Json] = []
    parents = [root["Id"] for root in roots]
    while parents:
        parent = parents.pop()
        below = every(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)
        units += [{"Id": it["Id"], "Name": it["Name"], "ParentId": parent} for it in below]
        parents += [it["Id"] for it in below]
        inside = every(client, "list_accounts_for_parent", "Accounts", ParentId=parent)
        accounts += [_account(client, it, parent) for it in inside]
    return units, accounts


def _account(client: Any, account: Json, parent: str) -> Json:
    return {
        "Id": account["Id"],
        "Name": account["Name"],
        "Status": account["State"],
        "ParentId": parent,
        "Tags": every(client, "list_tags_for_resource", "Tags", ResourceId=account["Id"]),
    }


def _policies(client: Any, kind: str) -> list[Json]:
    summaries = every(client, "list_policies", "Policies", Filter=kind)
    return [_policy(client, summary) for summary in sorted(summaries, key=lambda it: it["Id"])]


def _policy(client: Any, summary: Json) -> Json:
    content = client.describe_policy(PolicyId=summary["Id"])["Policy"]["Content"]
    return {"Id": summary["Id"], "Name": summary["Name"], "Type": summary["Type"], "Content": json.loads(content)}


def _attachments(client: Any, policy: str) -> list[Json]:
    targets = every(client, "list_targets_for_policy", "Targets", PolicyId=policy)
    return [{"PolicyId": policy, "TargetId": target} for target in sorted(it["TargetId"] for it in targets)]
