"""What boto3 tells about buckets, for dump.py."""

import json
from typing import Any

from botocore.exceptions import ClientError

from dump_plain import plain

Json = dict[str, Any]

NOT_CONFIGURED = {
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
}


def buckets(account: Any) -> list[Json]:
    """All buckets of an account with all that is configured on them."""
    listed: list[Json] = []
    for page in account.client("s3").get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 1000}):
        listed += page["Buckets"]
    return [_bucket(account.client("s3", it["BucketRegion"]), it) for it in listed]


def _bucket(s3: Any, listed: Json) -> Json:
    name = listed["Name"]
    policy = _read(s3.get_bucket_policy, name)
    encryption = _read(s3.get_bucket_encryption, name)
    block = _read(s3.get_public_access_block, name)
    ownership = _read(s3.get_bucket_ownership_controls, name)
    lifecycle = _read(s3.get_bucket_lifecycle_configuration, name)
    replication = _read(s3.get_bucket_replication, name)
    tagging = _read(s3.get_bucket_tagging, name)
    return {
        "Name": name,
        "Region": listed["BucketRegion"],
        "CreationDate": plain(listed["CreationDate"]),
        "Policy": policy and json.loads(policy["Policy"]),
        "PolicyStatus": policy and _read(s3.get_bucket_policy_status, name)["PolicyStatus"],
        "Versioning": _read(s3.get_bucket_versioning, name),
        "Encryption": encryption and encryption["ServerSideEncryptionConfiguration"],
        "PublicAccessBlock": block and block["PublicAccessBlockConfiguration"],
        "OwnershipControls": ownership and ownership["OwnershipControls"],
        "Acl": _read(s3.get_bucket_acl, name),
        "Logging": _read(s3.get_bucket_logging, name) or None,
        "ObjectLock": _read(s3.get_object_lock_configuration, name),
        "Lifecycle": lifecycle and {"Rules": lifecycle["Rules"]},
        "Replication": replication and replication["ReplicationConfiguration"],
        "Notification": _read(s3.get_bucket_notification_configuration, name),
        "Tags": tagging["TagSet"] if tagging else [],
        "Abac": _read(s3.get_bucket_abac, name)["AbacStatus"],
    }


def _read(get: Any, bucket: str) -> Any:
    """The answer, or None where AWS says that there is nothing."""
    try:
        return plain(get(Bucket=bucket))
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_CONFIGURED:
            return None
        raise


def keys(bucket: Json) -> list[str]:
    """The keys that encrypt what is put into the bucket, as it names them."""
    rules = bucket["Encryption"]["Rules"] if bucket["Encryption"] else []
    named = [rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID") for rule in rules]
    return [key for key in named if key]
