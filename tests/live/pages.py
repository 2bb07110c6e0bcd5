"""Cuts lists into pages as AWS does, but into small ones, so that every client has to turn pages."""

import base64
from typing import Any

from calls import Call, paging
from protocols import Refused

PAGE_SIZES = {
    ("ec2", "DescribeVpcEndpoints"): 2,
    ("iam", "GetAccountAuthorizationDetails"): 25,
    ("kms", "ListAliases"): 2,
    ("kms", "ListGrants"): 2,
    ("lakeformation", "ListResources"): 2,
    ("organizations", "ListAccountsForParent"): 1,
    ("organizations", "ListDelegatedAdministrators"): 2,
    ("organizations", "ListOrganizationalUnitsForParent"): 1,
    ("organizations", "ListPolicies"): 3,
    ("organizations", "ListRoots"): 2,
    ("organizations", "ListTagsForResource"): 2,
    ("organizations", "ListTargetsForPolicy"): 3,
    ("s3", "ListBuckets"): 4,
    ("s3control", "ListAccessGrants"): 2,
    ("s3control", "ListAccessGrantsInstances"): 2,
    ("s3control", "ListAccessGrantsLocations"): 2,
    ("s3control", "ListAccessPoints"): 2,
    ("s3control", "ListMultiRegionAccessPoints"): 2,
    ("sagemaker", "ListFeatureGroups"): 2,
}


def is_paged(call: Call) -> bool:
    # ListBuckets without any parameter answers all at once, as it did before there were pages.
    return (call.service, call.operation) in PAGE_SIZES and (call.operation != "ListBuckets" or bool(call.params))


def paging_members(call: Call) -> list[str]:
    """The parameters that tell which page, and how long."""
    config = paging(call.service, call.operation)
    return [config["input_token"], config.get("limit_key", "MaxResults")]


def page_of(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    """The page that the call asks for, of a result with all items."""
    config = paging(call.service, call.operation)
    token_member, limit_member = paging_members(call)
    keys = config["result_key"] if isinstance(config["result_key"], list) else [config["result_key"]]
    start = _offset(call.params.get(token_member))
    size = min(int(call.params.get(limit_member) or 1000), PAGE_SIZES[call.service, call.operation])
    page = result | _slice({key: result.get(key) or [] for key in keys}, start, start + size)
    is_more = start + size < sum(len(result.get(key) or []) for key in keys)
    page.pop(config["output_token"], None)
    if config.get("more_results"):
        page[config["more_results"]] = is_more
    if is_more:
        page[config["output_token"]] = base64.urlsafe_b64encode(f"{call.operation}/{start + size}".encode()).decode()
    return page


def _slice(lists: dict[str, list[Any]], start: int, end: int) -> dict[str, list[Any]]:
    """The items from start to end of all lists in a row."""
    sliced = {}
    for key, items in lists.items():
        sliced[key] = items[max(start, 0) : max(end, 0)]
        start, end = start - len(items), end - len(items)
    return sliced


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().rpartition("/")[2])
    except ValueError:
        raise Refused(400, "InvalidNextToken", "The token is not one that was given out") from None
