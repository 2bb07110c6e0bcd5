"""CloudTrail and SageMaker."""

from typing import Any

from moto.cloudtrail.models import cloudtrail_backends
from moto.sagemaker.models import FeatureGroup, sagemaker_backends

from calls import Call
from messages import Request
from protocols import Refused
from repair.registry import Result, mend, own
from world import World

DEFAULT_SELECTOR = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


@mend("cloudtrail", "DescribeTrails")
def shows_the_trails_of_the_organization(world: World, call: Call, result: Result) -> Result:
    """AWS shows an organization's trail in every member account, and leaves out members that are not set."""
    if call.account != world.management and call.params.get("includeShadowTrails", True):
        result["trailList"] += _organization_trails(world.management, call.region)
    result["trailList"] = [_settled(trail) for trail in result["trailList"]]
    return result


def _organization_trails(management: str, region: str) -> list[dict[str, Any]]:
    shadows = cloudtrail_backends[management][region].describe_trails(include_shadow_trails=True)
    return [trail.description(include_region=True) for trail in shadows if trail.is_org_trail]


def _settled(trail: dict[str, Any]) -> dict[str, Any]:
    account, name = trail["TrailARN"].split(":")[4], trail["Name"]
    known = cloudtrail_backends[account][trail["HomeRegion"]].trails[name]
    # "Specifies if the trail has custom event selectors."
    trail["HasCustomEventSelectors"] = any(known.get_event_selectors())
    return {member: value for member, value in trail.items() if value is not None}


@mend("cloudtrail", "GetEventSelectors")
def has_the_default_selector(_: World, __: Call, result: Result) -> Result:
    """AWS: "By default, trails created without specific event selectors are configured to log all read and write
    management events"; of the two kinds of selectors it shows the one that is in force."""
    if result.get("AdvancedEventSelectors"):
        result.pop("EventSelectors", None)
    else:
        result.pop("AdvancedEventSelectors", None)
        result["EventSelectors"] = result.get("EventSelectors") or [DEFAULT_SELECTOR]
    return result


@own("sagemaker", "ListFeatureGroups")
def lists_feature_groups(_: World, call: Call, __: Request) -> Result:
    """moto knows feature groups and does not list them."""
    groups = sagemaker_backends[call.account][call.region].feature_groups.values()
    return {"FeatureGroupSummaries": [_summary(group) for group in groups]}


def _summary(group: FeatureGroup) -> dict[str, Any]:
    summary = {
        "FeatureGroupName": group.feature_group_name,
        "FeatureGroupArn": group.arn,
        "CreationTime": group.creation_time,
        "FeatureGroupStatus": "Created",
    }
    return summary | ({"OfflineStoreStatus": {"Status": "Active"}} if group.offline_store_config else {})


@own("sagemaker", "DescribeFeatureGroup")
def describes_feature_groups(_: World, call: Call, __: Request) -> Result:
    """AWS takes a name or an ARN, answers ResourceNotFound where there is no such group, and has groups without an
    offline store; moto fails for all three."""
    name = call.params.get("FeatureGroupName", "")
    groups = sagemaker_backends[call.account][call.region].feature_groups.values()
    group = next((it for it in groups if name in (it.feature_group_name, it.arn)), None)
    if group is None:
        raise Refused(400, "ResourceNotFound", f"Resource Not Found: FeatureGroup with name {name}")
    described = {member: value for member, value in group.describe().items() if value is not None}
    return described if group.offline_store_config else described | {"OnlineStoreConfig": {"EnableOnlineStore": True}}
