"""S3."""

import re
from dataclasses import replace

from moto.s3.models import FakeBucket, s3_backends

from calls import Call
from messages import Answer, Request
from protocols import Refused
from repair.registry import Result, mend, mend_body, own
from world import World


def bucket_of(account: str, name: str) -> FakeBucket:
    bucket = s3_backends[account]["aws"].buckets.get(name)
    if bucket is None:
        raise Refused(404, "NoSuchBucket", "The specified bucket does not exist")
    return bucket


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
    prefixes and delete markers in replication rules, and EventBridge."""
    bucket = call.params["Bucket"]
    if call.operation in LOSSY:
        world.configurations[bucket, LOSSY[call.operation]] = request.body
        return answer
    return replace(answer, body=world.configurations.get((bucket, call.operation), answer.body))


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
