"""S3 Control: access points and access grants."""

from typing import Any

from moto.s3.models import s3_backends

from calls import Call
from messages import Request
from protocols import Refused
from repair.registry import Result, check, mend, own
from world import AccessGrants, World


@mend("s3control", "ListAccessPoints")
def lists_one_region(_: World, call: Call, result: Result) -> Result:
    """AWS: an access point lives in the region of its bucket and is listed there only; its ARN says so."""
    points = [point for point in result["AccessPointList"] if _region(call, point["Bucket"]) == call.region]
    result["AccessPointList"] = [_in_its_region(call, point) for point in points]
    return result


@mend("s3control", "GetAccessPoint")
def finds_in_one_region(_: World, call: Call, result: Result) -> Result:
    """AWS: NoSuchAccessPoint where the access point is of another region."""
    if _region(call, result["Bucket"]) != call.region:
        raise Refused(404, "NoSuchAccessPoint", "The specified accesspoint does not exist")
    endpoints = {name: host.replace("us-east-1", call.region) for name, host in result["Endpoints"].items()}
    return _in_its_region(call, result) | {"Endpoints": endpoints}


def _region(call: Call, bucket: str) -> str:
    return s3_backends[call.account]["aws"].buckets[bucket].region_name


def _in_its_region(call: Call, point: dict[str, Any]) -> dict[str, Any]:
    arn = f"arn:aws:s3:{call.region}:{call.account}:accesspoint/{point['Name']}"
    return point | {"AccessPointArn": arn, "BucketAccountId": call.account}


@mend("s3control", "ListMultiRegionAccessPoints")
def tells_where_the_buckets_are(_: World, call: Call, result: Result) -> Result:
    """AWS tells of each bucket its own region and account, moto the region of the call."""
    for point in result["AccessPoints"]:
        for part in point["Regions"]:
            part |= {"Region": _region(call, part["Bucket"]), "BucketAccountId": call.account}
    return result


@check("s3control", "*")
def only_the_own_account(_: World, call: Call) -> None:
    """AWS refuses everything that is asked of another account; moto some of it."""
    if call.params.get("AccountId", call.account) != call.account:
        raise Refused(403, "AccessDenied", "Access Denied")


@own("s3control", "ListAccessGrantsInstances")
def lists_instances(world: World, call: Call, _: Request) -> Result:
    """moto has no access grants. "You can create one S3 Access Grants instance per AWS Region per account.\""""
    instance = world.access_grants.get((call.account, call.region))
    return {"AccessGrantsInstancesList": [instance.instance] if instance else []}


@own("s3control", "ListAccessGrantsLocations")
def lists_locations(world: World, call: Call, _: Request) -> Result:
    """AWS: the locations of the instance, or an error where there is no instance."""
    return {"AccessGrantsLocationsList": _instance(world, call).locations}


@own("s3control", "ListAccessGrants")
def lists_grants(world: World, call: Call, _: Request) -> Result:
    """AWS: the grants of the instance, or an error where there is no instance."""
    return {"AccessGrantsList": _instance(world, call).grants}


@own("s3control", "GetAccessGrantsInstanceResourcePolicy")
def tells_the_policy(world: World, call: Call, _: Request) -> Result:
    """AWS: an error where the instance has no resource policy."""
    instance = _instance(world, call)
    if instance.policy is None:
        message = "The specified access grants instance has no resource policy"
        raise Refused(404, "AccessGrantsInstanceResourcePolicyNotExists", message)
    return {"Policy": instance.policy, "CreatedAt": instance.instance["CreatedAt"]}


def _instance(world: World, call: Call) -> AccessGrants:
    instance = world.access_grants.get((call.account, call.region))
    if instance is None:
        raise Refused(404, "AccessGrantsInstanceNotExistsError", "Access Grants Instance does not exist")
    return instance
