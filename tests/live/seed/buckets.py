"""The buckets: which there are, and what is configured on each. What a bucket lacks is as much a part of the estate."""

from dataclasses import dataclass
from typing import Any

from seed.clients import IRELAND, VIRGINIA, Clients
from seed.configurations import (
    LIFECYCLES,
    NOTIFICATIONS,
    OWNERSHIP,
    acl,
    blocked,
    encryption,
    logging,
    object_lock,
    replication,
    tag_set,
)
from seed.documents import READ, allow, bucket, document, root, tls_only
from seed.organization import Accounts


@dataclass(frozen=True)
class Plan:
    """A bucket. What is None is never configured."""

    name: str
    region: str = IRELAND
    tags: dict[str, str] | None = None
    policy: str | None = None
    versioning: dict[str, str] | None = None
    encryption: dict[str, Any] | None = None
    block: dict[str, bool] | None = None
    ownership: str | None = None
    acl: dict[str, Any] | None = None
    logging: dict[str, Any] | None = None
    lock: dict[str, Any] | None = None
    lifecycle: list[dict[str, Any]] | None = None
    replication: dict[str, Any] | None = None
    notification: dict[str, Any] | None = None
    abac: str | None = None


VERSIONED = {"Status": "Enabled"}
SUSPENDED = {"Status": "Suspended"}
OWNER, PREFERRED, WRITER = OWNERSHIP
LOG_DELIVERY = acl("http://acs.amazonaws.com/groups/s3/LogDelivery", "WRITE", "READ_ACP")


def buckets(clients: Clients, accounts: Accounts, keys: dict[str, str]) -> None:
    """`keys` has the ARNs of keys by name."""
    plans = {
        accounts.management: _management(),
        accounts.features: _features(accounts, keys),
        accounts.team: _team(keys),
        accounts.platform: _platform(accounts, keys),
    }
    for account, planned in plans.items():
        for plan in planned:
            with clients.of(account, plan.region):
                _create(clients.s3, plan)
    # Configurations name other buckets, so all of them are there first.
    for account, planned in plans.items():
        for plan in planned:
            with clients.of(account, plan.region):
                _configure(clients.s3, plan)


def _create(s3: Any, plan: Plan) -> None:
    place = {} if plan.region == VIRGINIA else {"CreateBucketConfiguration": {"LocationConstraint": plan.region}}
    lock = {"ObjectLockEnabledForBucket": True} if plan.lock is not None else {}
    s3.create_bucket(Bucket=plan.name, **place, **lock)


def _configure(s3: Any, plan: Plan) -> None:
    calls: list[tuple[Any, str, Any]] = [
        (s3.put_bucket_tagging, "Tagging", plan.tags and tag_set(plan.tags)),
        (s3.put_bucket_versioning, "VersioningConfiguration", plan.versioning),
        (s3.put_bucket_encryption, "ServerSideEncryptionConfiguration", plan.encryption),
        (s3.put_public_access_block, "PublicAccessBlockConfiguration", plan.block),
        (s3.put_bucket_ownership_controls, "OwnershipControls", plan.ownership and _owned(plan.ownership)),
        (s3.put_bucket_acl, "AccessControlPolicy", plan.acl),
        (s3.put_bucket_logging, "BucketLoggingStatus", plan.logging),
        (s3.put_object_lock_configuration, "ObjectLockConfiguration", plan.lock),
        (s3.put_bucket_lifecycle_configuration, "LifecycleConfiguration", plan.lifecycle and {"Rules": plan.lifecycle}),
        (s3.put_bucket_replication, "ReplicationConfiguration", plan.replication),
        (s3.put_bucket_notification_configuration, "NotificationConfiguration", plan.notification),
        (s3.put_bucket_abac, "AbacStatus", plan.abac and {"Status": plan.abac}),
        (s3.put_bucket_policy, "Policy", plan.policy),
    ]
    for put, member, value in calls:
        if value is not None:
            put(Bucket=plan.name, **{member: value})


def _owned(ownership: str) -> dict[str, Any]:
    return {"Rules": [{"ObjectOwnership": ownership}]}


def _labels(data_class: str, team: str = "", env: str = "prod") -> dict[str, str]:
    labels = {"data-class": data_class, "team": team, "env": env}
    return {name: value for name, value in labels.items() if value}


def _management() -> list[Plan]:
    records = allow("s3:PutObject", bucket("acme-trail")[1], Principal={"Service": "cloudtrail.amazonaws.com"})
    return [
        Plan("acme-trail", policy=document(records, tls_only("acme-trail")), versioning=VERSIONED, block=blocked()),
        Plan("acme-trail-regional", VIRGINIA),
        Plan("acme-billing", VIRGINIA, {"team": "finance"}, block=blocked(), ownership=OWNER),
    ]


def _features(accounts: Accounts, keys: dict[str, str]) -> list[Plan]:
    shared = allow(READ, bucket("acme-features-shared"), Sid="Readers", Principal=root(accounts.team))
    of_organization = {"StringEquals": {"aws:PrincipalOrgPaths": "o-*/r-*/ou-*"}, "Bool": {"aws:ViaAWSService": "true"}}
    everybody = allow("s3:GetObject", bucket("acme-features-public")[1], Principal="*")
    somebody = allow("s3:*", bucket("acme-features-open"), Principal={"AWS": "*"}, Condition=of_organization)
    return [
        Plan(
            "acme-features-logs",
            acl=LOG_DELIVERY,
            ownership=PREFERRED,
            lifecycle=LIFECYCLES["old"],
        ),
        Plan(
            "acme-features-shared",
            tags=_labels("features", "features"),
            policy=document(shared, tls_only("acme-features-shared")),
            versioning=VERSIONED,
            encryption=encryption("aws:kms", keys["features"], bucket_key=True),
            block=blocked(),
            ownership=OWNER,
            logging=logging("acme-features-logs", "shared/"),
            lifecycle=LIFECYCLES["plain"],
            abac="Enabled",
        ),
        Plan(
            "acme-features-public",
            VIRGINIA,
            _labels("features"),
            policy=document(everybody),
            encryption=encryption("AES256"),
            block=blocked(BlockPublicPolicy=False, RestrictPublicBuckets=False),
            notification=NOTIFICATIONS["bridge"],
        ),
        Plan("acme-features-open", tags=_labels("features"), policy=document(somebody), versioning=SUSPENDED),
        Plan("acme-features-replica", VIRGINIA, _labels("features"), versioning=VERSIONED, block=blocked()),
        Plan(
            "acme.features.dotted",
            tags=_labels("features", env="staging"),
            versioning=VERSIONED,
            encryption=encryption("aws:kms"),
            replication=replication(accounts.features, "acme-features-replica"),
        ),
        Plan("acme-features-empty-policyless"),
    ]


def _team(keys: dict[str, str]) -> list[Plan]:
    other = allow("s3:GetObject", bucket("acme-team-vision-exports")[1], Principal=root("999999999999"))
    many = {f"label-{number:02}": f"value {number} of {'many' if number % 2 else 'ünïcode'}" for number in range(40)}
    return [
        Plan(
            "acme-team-vision-scratch",
            tags=_labels("team", "vision", "dev"),
            encryption=encryption("aws:kms", "alias/vision"),
            block=blocked(),
            ownership=OWNER,
            lifecycle=LIFECYCLES["everything"],
        ),
        Plan(
            "acme-team-vision-exports",
            tags=_labels("team", "vision", "dev"),
            policy=document(other),
            ownership=WRITER,
            acl=acl("http://acs.amazonaws.com/groups/global/AuthenticatedUsers", "READ"),
        ),
        Plan(
            "acme-team-vision-images",
            VIRGINIA,
            _labels("team", "vision", "dev"),
            policy=ODD_POLICY,
            encryption=encryption("aws:kms", keys["platform-virginia"]),
            acl=acl("http://acs.amazonaws.com/groups/global/AllUsers", "READ", "READ_ACP"),
        ),
        Plan(
            "acme-team-vision-labels", tags=many | _labels("team", "vision", "dev"), notification=NOTIFICATIONS["all"]
        ),
        Plan("acme-team-audio-scratch", VIRGINIA, _labels("team", "audio", "dev"), abac="Disabled"),
        Plan("acme-unclassified", VIRGINIA),
        Plan(
            "acme.team.vision.v1", tags={"team": "vision"}, versioning=SUSPENDED, block=blocked(IgnorePublicAcls=False)
        ),
    ]


def _platform(accounts: Accounts, keys: dict[str, str]) -> list[Plan]:
    models = encryption("aws:kms", keys["platform"], bucket_key=True)
    serving = allow(
        READ, bucket("acme-models-prod"), Principal={"AWS": f"arn:aws:iam::{accounts.platform}:role/serving"}
    )
    upload = allow("s3:PutObject", bucket("acme-datasets-labels")[1], Principal={"Service": "logging.s3.amazonaws.com"})
    return [
        Plan("acme-platform-logs", ownership=PREFERRED, acl=LOG_DELIVERY),
        Plan(
            "acme-models-prod",
            tags=_labels("models", "platform"),
            policy=document(serving, tls_only("acme-models-prod")),
            versioning=VERSIONED,
            encryption=models,
            block=blocked(),
            ownership=OWNER,
            logging=logging("acme-platform-logs", "models/"),
            lock=object_lock("COMPLIANCE", Years=1),
            notification=NOTIFICATIONS["queue"],
            replication=replication(accounts.platform, "acme-models-replica"),
        ),
        Plan("acme-models-replica", VIRGINIA, _labels("models"), versioning=VERSIONED, lock=object_lock()),
        # Models that nobody can get back.
        Plan("acme-models-staging", tags=_labels("models", env="staging"), lifecycle=LIFECYCLES["everything"]),
        Plan("acme-models-legacy", VIRGINIA, _labels("models"), versioning=SUSPENDED, encryption=encryption("AES256")),
        Plan(
            "acme-models-kept",
            tags=_labels("models"),
            versioning=VERSIONED | {"MFADelete": "Enabled"},
            lock=object_lock("GOVERNANCE", Days=30),
        ),
        Plan(
            "acme-datasets-images", tags=_labels("datasets"), versioning=VERSIONED, encryption=models, block=blocked()
        ),
        Plan(
            "acme-datasets-labels",
            tags=_labels("datasets"),
            policy=document(upload),
            lifecycle=LIFECYCLES["noncurrent"],
        ),
        Plan("acme-datasets-foreign", tags=_labels("datasets"), encryption=encryption("aws:kms", keys["features"])),
        Plan("acme-datasets-raw", VIRGINIA, _labels("datasets", env="dev"), lifecycle=LIFECYCLES["markers"]),
        Plan(
            "acme-pipeline-artifacts",
            tags=_labels("pipeline", "platform"),
            policy=document(tls_only("acme-pipeline-artifacts")),
            versioning=VERSIONED | {"MFADelete": "Disabled"},
            encryption=encryption("aws:kms:dsse", keys["platform"]),
            block=blocked(),
            lifecycle=LIFECYCLES["filters"],
        ),
        Plan("acme-pipeline-cache", VIRGINIA, _labels("pipeline"), acl=acl(None, "FULL_CONTROL")),
    ]


ODD_POLICY = """
{ "Version" : "2012-10-17",\t"Id":"größe \\u00fc 画像",
  "Statement" : [ {   "Sid": "LesenFürAlle", "Effect":"Allow","Principal":{"AWS":["*"]},
      "Action":["s3:GetObject"  ], "Resource":"arn:aws:s3:::acme-team-vision-images/öffentlich/<&>/*" }
  ]  }

"""
"""White space, letters beyond ASCII, and what XML would have to escape."""
