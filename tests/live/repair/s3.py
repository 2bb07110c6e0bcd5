"""S3."""

import re
from dataclasses import replace

from moto.s3.models import FakeBucket, s3_backends

from calls import Call
from messages import Answer, Request
from protocols import Refused
from repair.registry import Result, check, mend, mend_body, own
from world import World


def bucket_of(account: str, name: str) -> FakeBucket:
    bucket = s3_backends[account]["aws"].buckets.get(name)
    if bucket is None:
        raise Refused(404, "NoSuchBucket", "The specified bucket does not exist")
    return bucket


MINIMUM_SIZE = "x-amz-transition-default-minimum-object-size"

LOSSY = {
    "PutBucketVersioning": "GetBucketVersioning",
    "PutObjectLockConfiguration": "GetObjectLockConfiguration",
    "PutBucketLifecycleConfiguration": "GetBucketLifecycleConfiguration",
    "PutBucketReplication": "GetBucketReplication",
    "PutBucketNotificationConfiguration": "GetBucketNotificationConfiguration",
}


@mend_body("s3", *LOSSY, *LOSSY.values())
def keeps_the_whole_configuration(world: World, call: Call, request: Request, answer: Answer) -> Answer:
    """AWS answers what was put. moto loses MFA delete, years of retention, sizes and newer versions in lifecycle rules,
    which small objects are moved, prefixes and delete markers in replication rules, and EventBridge."""
    bucket = call.params["Bucket"]
    if call.operation in LOSSY:
        world.configurations[bucket, LOSSY[call.operation]] = request.body
        if call.operation == "PutBucketLifecycleConfiguration":
            world.sizes[bucket] = request.headers.get(MINIMUM_SIZE, "all_storage_classes_128K")
        return answer
    is_sent = call.operation == "GetBucketLifecycleConfiguration" and bucket in world.sizes
    sent = {MINIMUM_SIZE: world.sizes[bucket]} if is_sent else {}
    body = world.configurations.get((bucket, call.operation), answer.body)
    return replace(answer, body=body, headers=answer.headers | sent)


@mend("s3", "ListBuckets")
def tells_regions(_: World, call: Call, result: Result) -> Result:
    """AWS: BucketRegion, "if the request contains at least one valid parameter, it is included in the response"."""
    result.pop("ContinuationToken", None)
    for bucket in result["Buckets"] if call.params else []:
        bucket["BucketRegion"] = bucket_of(call.account, bucket["Name"]).region_name
        bucket["BucketArn"] = f"arn:aws:s3:::{bucket['Name']}"
    return result


@own("s3", "PutBucketAbac")
def keeps_abac(world: World, call: Call, request: Request) -> Result:
    """moto has no attribute-based access control for buckets: it takes the body for an object."""
    bucket_of(call.account, call.params["Bucket"])
    status = re.search(rb"<Status>(\w+)</Status>", request.body)
    world.abac[call.params["Bucket"]] = status[1].decode() if status else "Disabled"
    return {}


@own("s3", "GetBucketAbac")
def tells_abac(world: World, call: Call, _: Request) -> Result:
    """AWS answers Disabled where it was never enabled; moto lists the objects."""
    bucket_of(call.account, call.params["Bucket"])
    return {"AbacStatus": {"Status": world.abac.get(call.params["Bucket"], "Disabled")}}


@check("s3", "*")
def only_of_the_expected_owner(_: World, call: Call) -> None:
    """AWS: "If the account ID that you provide does not match the actual owner of the bucket, the request fails with the
    HTTP status code 403 Forbidden (access denied)." moto does not look."""
    owner = call.params.get("ExpectedBucketOwner")
    if owner and call.params["Bucket"] not in s3_backends[owner]["aws"].buckets:
        raise Refused(403, "AccessDenied", "Access Denied")


@check("s3", "DeleteBucketTagging")
@check("s3", "PutBucketTagging")
def tags_one_by_one(world: World, call: Call) -> None:
    """AWS: "When you enable ABAC [...] you can no longer use this operation for that bucket". moto has no ABAC."""
    if world.abac.get(call.params["Bucket"]) == "Enabled":
        raise Refused(400, "InvalidRequest", "Use the TagResource and UntagResource operations to tag this bucket")
