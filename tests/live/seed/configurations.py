"""The configurations of buckets, of every kind."""

from datetime import UTC, datetime
from typing import Any

OWNERSHIP = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
CANONICAL_ID = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
OWNER_ID = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"


def tag_set(values: dict[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in values.items()]}


def blocked(**settings: bool) -> dict[str, bool]:
    """Block Public Access, all of it but for the settings."""
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return dict.fromkeys(names, True) | settings


def encryption(algorithm: str, key: str | None = None, bucket_key: bool = False) -> dict[str, Any]:
    default = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}]}


def acl(group: str | None, *permissions: str) -> dict[str, Any]:
    """An ACL that grants to the owner, and to a group, or else to somebody else's account."""
    owner = {"ID": OWNER_ID, "Type": "CanonicalUser"}
    grantee = {"URI": group, "Type": "Group"} if group else {"ID": CANONICAL_ID, "Type": "CanonicalUser"}
    grants = [{"Grantee": owner, "Permission": "FULL_CONTROL"}]
    grants += [{"Grantee": grantee, "Permission": permission} for permission in permissions]
    return {"Owner": {"ID": OWNER_ID}, "Grants": grants}


def logging(target: str, prefix: str) -> dict[str, Any]:
    return {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": prefix}}


def object_lock(mode: str | None = None, **period: int) -> dict[str, Any]:
    rule = {"Rule": {"DefaultRetention": {"Mode": mode} | period}} if mode else {}
    return {"ObjectLockEnabled": "Enabled"} | rule


def _rule(name: str, rule_filter: dict[str, Any], status: str = "Enabled", **actions: Any) -> dict[str, Any]:
    return {"ID": name, "Status": status, "Filter": rule_filter} | actions


TAG = {"Key": "keep", "Value": "no"}
LIFECYCLES: dict[str, list[dict[str, Any]]] = {
    "plain": [_rule("tidy", {"Prefix": "tmp/"}, Expiration={"Days": 7})],
    # The form of before filters, where the prefix stands in the rule.
    "old": [{"ID": "old", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 365}}],
    "everything": [
        _rule("all", {"Prefix": ""}, Expiration={"Days": 30}),
        _rule("off", {"Prefix": "never/"}, "Disabled", Expiration={"Days": 1}),
    ],
    "markers": [_rule("markers", {"Prefix": ""}, Expiration={"ExpiredObjectDeleteMarker": True})],
    "noncurrent": [
        _rule(
            "versions",
            {"Prefix": "v/"},
            NoncurrentVersionExpiration={"NoncurrentDays": 14, "NewerNoncurrentVersions": 3},
        ),
        _rule("move", {}, NoncurrentVersionTransitions=[{"NoncurrentDays": 30, "StorageClass": "GLACIER"}]),
        _rule("uploads", {"Prefix": ""}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 2}),
    ],
    "filters": [
        _rule("tag", {"Tag": TAG}, Expiration={"Days": 3}),
        _rule("large", {"ObjectSizeGreaterThan": 1048576}, Transitions=[{"Days": 30, "StorageClass": "STANDARD_IA"}]),
        _rule("small", {"ObjectSizeLessThan": 1024}, Expiration={"Days": 4}),
        _rule(
            "both",
            {"And": {"Prefix": "runs/", "Tags": [TAG, {"Key": "env", "Value": "dev"}], "ObjectSizeLessThan": 5000000}},
            Expiration={"Date": datetime(2030, 1, 1, tzinfo=UTC)},
        ),
    ],
}

CREATED = ["s3:ObjectCreated:*"]
KEY_FILTER = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".png"}]}}
QUEUE = {"Id": "queue", "QueueArn": "arn:aws:sqs:eu-west-1:100000000000:new-models", "Events": CREATED}
NOTIFICATIONS: dict[str, dict[str, Any]] = {
    "bridge": {"EventBridgeConfiguration": {}},
    "queue": {"QueueConfigurations": [QUEUE]},
    "all": {
        "TopicConfigurations": [
            {
                "Id": "topic",
                "TopicArn": "arn:aws:sns:eu-west-1:100000000000:labels",
                "Events": ["s3:ObjectRemoved:Delete"],
            }
        ],
        "QueueConfigurations": [QUEUE | {"Filter": KEY_FILTER}],
        "LambdaFunctionConfigurations": [
            {
                "Id": "lambda",
                "LambdaFunctionArn": "arn:aws:lambda:eu-west-1:100000000000:function:label",
                "Events": [*CREATED, "s3:ObjectRemoved:*"],
            }
        ],
    },
}


def replication(account: str, target: str) -> dict[str, Any]:
    """Two rules: one for a part, one for everything."""
    destination = f"arn:aws:s3:::{target}"
    return {
        "Role": f"arn:aws:iam::{account}:role/replication",
        "Rules": [
            {
                "ID": "part",
                "Priority": 1,
                "Status": "Enabled",
                "Filter": {"Prefix": "published/"},
                "DeleteMarkerReplication": {"Status": "Disabled"},
                "Destination": {"Bucket": destination, "StorageClass": "STANDARD_IA"},
            },
            {
                "ID": "rest",
                "Priority": 2,
                "Status": "Disabled",
                "Filter": {"Prefix": ""},
                "DeleteMarkerReplication": {"Status": "Enabled"},
                "Destination": {"Bucket": destination, "Account": account},
            },
        ],
    }
