"""What boto3 tells of an account beside its buckets, for dump.py."""

import json
from typing import Any

from botocore.exceptions import ClientError

from dump_plain import every, plain

Json = dict[str, Any]


def surroundings(account: Any, regions: list[str], keys: list[tuple[str, str]]) -> Json:
    """`keys` are the region and name of each key of this account that a bucket names."""
    return {
        "PublicAccessBlock": _public_access_block(account),
        "AccessPoints": [point for region in regions for point in _access_points(account, region)],
        "MultiRegionAccessPoints": _multi_region_access_points(account),
        "AccessGrants": _access_grants(account, regions),
        "KmsKeys": _keys(account, keys),
        "VpcEndpoints": [endpoint for region in regions for endpoint in _endpoints(account, region)],
        "Trails": [trail for region in regions for trail in _trails(account, region)],
        "LakeFormation": {"Resources": [resource for region in regions for resource in _resources(account, region)]},
        "Sagemaker": {"FeatureGroups": [group for region in regions for group in _feature_groups(account, region)]},
    }


def _optional(get: Any, *codes: str, **parameters: Any) -> Any:
    """The answer, or None where AWS says by one of the codes that there is nothing."""
    try:
        return plain(get(**parameters))
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise


def _public_access_block(account: Any) -> Json | None:
    get = account.client("s3control").get_public_access_block
    answer = _optional(get, "NoSuchPublicAccessBlockConfiguration", AccountId=account.id)
    return answer and answer["PublicAccessBlockConfiguration"]


def _access_points(account: Any, region: str) -> list[Json]:
    s3control = account.client("s3control", region)
    points = every(s3control, "list_access_points", "AccessPointList", AccountId=account.id)
    return [_access_point(s3control, account.id, point["Name"]) for point in points]


def _access_point(s3control: Any, account: str, name: str) -> Json:
    point = plain(s3control.get_access_point(AccountId=account, Name=name))
    get = s3control.get_access_point_policy
    policy = _optional(get, "NoSuchAccessPointPolicy", AccountId=account, Name=name)
    return {
        "Name": name,
        "Bucket": point["Bucket"],
        "AccessPointArn": point["AccessPointArn"],
        "NetworkOrigin": point["NetworkOrigin"],
        **point.get("VpcConfiguration", {}),
        "Policy": policy and json.loads(policy["Policy"]),
        "PublicAccessBlock": point["PublicAccessBlockConfiguration"],
    }


def _multi_region_access_points(account: Any) -> list[Json]:
    s3control = account.client("s3control", "us-west-2")
    points = every(s3control, "list_multi_region_access_points", "AccessPoints", AccountId=account.id)
    for point in points:
        get = s3control.get_multi_region_access_point_policy
        answer = _optional(get, "NoSuchMultiRegionAccessPointPolicy", AccountId=account.id, Name=point["Name"])
        policy = answer and answer["Policy"].get("Established", {}).get("Policy")
        point["Policy"] = policy and json.loads(policy)
    return points


def _access_grants(account: Any, regions: list[str]) -> Json:
    found: Json = {"Instances": [], "Locations": [], "Grants": []}
    for region in regions:
        s3control, who = account.client("s3control", region), {"AccountId": account.id}
        instances = every(s3control, "list_access_grants_instances", "AccessGrantsInstancesList", **who)
        for instance in instances:
            get = s3control.get_access_grants_instance_resource_policy
            policy = _optional(get, "AccessGrantsInstanceResourcePolicyNotExists", **who)
            found["Instances"].append(instance | {"Policy": policy and json.loads(policy["Policy"])})
            found["Locations"] += every(s3control, "list_access_grants_locations", "AccessGrantsLocationsList", **who)
            found["Grants"] += every(s3control, "list_access_grants", "AccessGrantsList", **who)
    return found


def _keys(account: Any, keys: list[tuple[str, str]]) -> list[Json]:
    found = {}
    for region, name in keys:
        kms = account.client("kms", region)
        metadata = kms.describe_key(KeyId=name)["KeyMetadata"]
        arn = metadata["Arn"]
        aliases = every(kms, "list_aliases", "Aliases", KeyId=arn)
        found[arn] = {
            "Arn": arn,
            "KeyManager": metadata["KeyManager"],
            "Policy": json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]),
            "Aliases": sorted(alias["AliasName"] for alias in aliases),
            "Grants": [_grant(grant) for grant in every(kms, "list_grants", "Grants", KeyId=arn)],
        }
    return [found[arn] for arn in sorted(found)]


def _grant(grant: Json) -> Json:
    return {name: grant[name] for name in ("GranteePrincipal", "Operations", "Constraints") if name in grant}


def _endpoints(account: Any, region: str) -> list[Json]:
    services = {"Name": "service-name", "Values": [f"com.amazonaws.{region}.s3"]}
    endpoints = every(account.client("ec2", region), "describe_vpc_endpoints", "VpcEndpoints", Filters=[services])
    return [
        {
            "VpcEndpointId": endpoint["VpcEndpointId"],
            "VpcId": endpoint["VpcId"],
            "ServiceName": endpoint["ServiceName"],
            "VpcEndpointType": endpoint["VpcEndpointType"],
            "Policy": json.loads(endpoint["PolicyDocument"]),
        }
        for endpoint in endpoints
    ]


def _trails(account: Any, region: str) -> list[Json]:
    cloudtrail = account.client("cloudtrail", region)
    shown = plain(cloudtrail.describe_trails())["trailList"]
    own = [it for it in shown if it["HomeRegion"] == region and it["TrailARN"].split(":")[4] == account.id]
    for trail in own:
        arn = trail["TrailARN"]
        trail["IsLogging"] = cloudtrail.get_trail_status(Name=arn)["IsLogging"]
        selectors = plain(cloudtrail.get_event_selectors(TrailName=arn))
        for member in ("EventSelectors", "AdvancedEventSelectors"):
            if member in selectors:
                trail[member] = selectors[member]
    return own


def _resources(account: Any, region: str) -> list[Json]:
    return every(account.client("lakeformation", region), "list_resources", "ResourceInfoList")


def _feature_groups(account: Any, region: str) -> list[Json]:
    sagemaker = account.client("sagemaker", region)
    summaries = every(sagemaker, "list_feature_groups", "FeatureGroupSummaries")
    groups = [plain(sagemaker.describe_feature_group(FeatureGroupName=it["FeatureGroupName"])) for it in summaries]
    kept = ("FeatureGroupName", "FeatureGroupArn", "RoleArn", "OfflineStoreConfig")
    return [{name: group.get(name) for name in kept} for group in groups if "OfflineStoreConfig" in group]
