"""IAM and STS."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from moto.iam.models import Role, iam_backends

from calls import Call
from messages import Request
from protocols import Refused
from repair.registry import Result, check, mend, own
from world import Key, World

DOCUMENTS = {"AssumeRolePolicyDocument", "Document", "PolicyDocument"}


@check("sts", "AssumeRole")
def only_roles_that_trust_the_caller(world: World, call: Call) -> None:
    """AWS answers AccessDenied where there is no such role, it does not trust the caller, or its account is suspended.

    moto lets everybody assume everything.
    """
    arn = call.params.get("RoleArn", "")
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""
    role = _role(account, arn)
    if role is None or account in world.suspended or not _trusts(role, call):
        message = f"User: {call.account} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise Refused(403, "AccessDenied", message)


def _role(account: str, arn: str) -> Role | None:
    roles = iam_backends[account]["aws"].roles.values() if account in iam_backends else []
    return next((role for role in roles if role.arn == arn), None)


def _trusts(role: Role, call: Call) -> bool:
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    return any(_admits(statement, call) for statement in statements)


def _admits(statement: dict[str, Any], call: Call) -> bool:
    """No more of the evaluation than the seed needs: the caller's account, and the external id."""
    principals = statement.get("Principal", {}).get("AWS", []) if statement["Effect"] == "Allow" else []
    principals = [principals] if isinstance(principals, str) else principals
    external_id = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
    return any(call.account in principal for principal in principals) and (
        external_id is None or external_id == call.params.get("ExternalId")
    )


@mend("sts", "AssumeRole")
def remembers_the_keys(world: World, call: Call, result: Result) -> Result:
    """The layer has to know whose keys it sees, and when they expire."""
    credentials = result["Credentials"]
    expires: datetime = credentials["Expiration"]
    world.keys[credentials["AccessKeyId"]] = Key(call.params["RoleArn"].split(":")[4], expires)
    return result


@own("iam", "PutUserPermissionsBoundary")
def keeps_boundaries_of_users(world: World, call: Call, _: Request) -> Result:
    """moto has boundaries for roles only."""
    world.user_boundaries[call.account, call.params["UserName"]] = call.params["PermissionsBoundary"]
    return {}


@own("iam", "DeleteUserPermissionsBoundary")
def forgets_boundaries_of_users(world: World, call: Call, _: Request) -> Result:
    """AWS: NoSuchEntity where the user has none."""
    if world.user_boundaries.pop((call.account, call.params["UserName"]), None) is None:
        raise Refused(404, "NoSuchEntity", f"Cannot find permissions boundary for user {call.params['UserName']}")
    return {}


@mend("iam", "GetUser")
def shows_the_boundary(world: World, call: Call, result: Result) -> Result:
    """AWS shows a user's permissions boundary."""
    _add_boundary(world, call, result["User"])
    return result


@mend("iam", "GetPolicyVersion", "GetRole", "GetUserPolicy", "GetGroupPolicy", "GetRolePolicy")
def encodes_documents(_: World, __: Call, result: Result) -> Result:
    """AWS percent-encodes policy documents ("URL-encoded compliant with RFC 3986"), moto only some."""
    return _encoded(result)


@mend("iam", "GetAccountAuthorizationDetails")
def details(world: World, call: Call, result: Result) -> Result:
    """AWS names policies, encodes documents, shows users' boundaries, and lists its own policies only if attached.

    It shows a role's last use hours later, moto at once, so that no two answers would be alike.
    """
    for user in result["UserDetailList"]:
        _add_boundary(world, call, user)
    for role in result["RoleDetailList"]:
        role.pop("RoleLastUsed", None)
    for policy in result["Policies"]:
        policy["PolicyName"] = policy["Arn"].rpartition("/")[2]
        policy["PermissionsBoundaryUsageCount"] = _usage(result, policy["Arn"])
    result["Policies"] = [policy for policy in result["Policies"] if _is_listed(policy)]
    return _encoded(result)


def _add_boundary(world: World, call: Call, user: dict[str, Any]) -> None:
    arn = world.user_boundaries.get((call.account, user["UserName"]))
    if arn:
        user["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def _usage(result: Result, arn: str) -> int:
    bounded = result["UserDetailList"] + result["RoleDetailList"]
    return sum(it.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == arn for it in bounded)


def _is_listed(policy: dict[str, Any]) -> bool:
    return ":iam::aws:" not in policy["Arn"] or policy.get("AttachmentCount", 0) > 0


def _encoded(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _encoded(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_encoded(inner) for inner in value]
    if name in DOCUMENTS and isinstance(value, str):
        return quote(unquote(value) if value.startswith("%") else value, safe="")
    return value
