"""What stands around the buckets: keys, networks, access points, grants, trails, and services that open data."""

from datetime import UTC, datetime
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from seed.clients import IRELAND, VIRGINIA, Clients
from seed.configurations import blocked
from seed.documents import READ, allow, bucket, document, root
from seed.organization import Accounts
from world import AccessGrants

CREATED = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def keys(clients: Clients, accounts: Accounts) -> dict[str, str]:
    """Creates the keys, and tells their ARNs."""
    with clients.of(accounts.features):
        features = _key(
            clients.kms, accounts.features, "features", allow(["kms:Decrypt"], Principal=root(accounts.platform))
        )
        _grants(clients.kms, features, accounts)
    with clients.of(accounts.team):
        vision = _key(clients.kms, accounts.team, "vision", allow("kms:*", Principal={"AWS": "*"}))
    with clients.of(accounts.platform):
        platform = _key(clients.kms, accounts.platform, "platform")
        _key(clients.kms, accounts.platform, "not-of-a-bucket")
    with clients.of(accounts.platform, VIRGINIA):
        virginia = _key(clients.kms, accounts.platform, "platform")
    return {"features": features, "vision": vision, "platform": platform, "platform-virginia": virginia}


def _key(kms: Any, account: str, name: str, *statements: dict[str, Any]) -> str:
    administration = allow("kms:*", Sid="Enable IAM policies", Principal=root(account))
    made = kms.create_key(Policy=document(administration, *statements), Description=f"{name} of the tests")
    arn: str = made["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=arn)
    return arn


def _grants(kms: Any, key: str, accounts: Accounts) -> None:
    for alias in ("alias/ml/features", "alias/ml/old-features"):
        kms.create_alias(AliasName=alias, TargetKeyId=key)
    context = {"EncryptionContextSubset": {"aws:s3:arn": "arn:aws:s3:::acme-features-shared"}}
    publisher = f"arn:aws:iam::{accounts.features}:role/feature-publisher"
    kms.create_grant(
        KeyId=key, GranteePrincipal=publisher, Operations=["Decrypt", "GenerateDataKey"], Constraints=context
    )
    equals = {"EncryptionContextEquals": {"team": "vision", "env": "prod"}}
    reader = f"arn:aws:iam::{accounts.team}:role/ml/data-scientist"
    kms.create_grant(KeyId=key, GranteePrincipal=reader, Operations=["Decrypt"], Constraints=equals, Name="reader")
    kms.create_grant(KeyId=key, GranteePrincipal=root(accounts.platform)["AWS"], Operations=["DescribeKey"])


def surroundings(clients: Clients, accounts: Accounts) -> None:
    for account, settings in ((accounts.platform, blocked()), (accounts.team, blocked(RestrictPublicBuckets=False))):
        with clients.of(account):
            clients.s3control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=settings)
    _endpoints(clients, accounts)
    _access_points(clients, accounts)
    _access_grants(clients, accounts)
    _trails(clients, accounts)
    _lake_formation(clients, accounts)
    _feature_groups(clients, accounts)


def _endpoints(clients: Clients, accounts: Accounts) -> None:
    only = document(
        allow("s3:*", bucket("acme-*"), Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-x"}})
    )
    for account, region, policy in ((accounts.platform, IRELAND, only), (accounts.empty, VIRGINIA, None)):
        with clients.of(account, region):
            _endpoints_of(clients.ec2, region, {"PolicyDocument": policy} if policy else {})


def _endpoints_of(ec2: Any, region: str, policy: dict[str, str]) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    s3 = f"com.amazonaws.{region}.s3"
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=s3, VpcEndpointType="Gateway", **policy)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=s3, VpcEndpointType="Interface", PrivateDnsEnabled=False, **policy)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=s3, VpcEndpointType="Gateway")
    # Of another service: nobody reaches data by it.
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{region}.dynamodb", VpcEndpointType="Gateway")


def _access_points(clients: Clients, accounts: Accounts) -> None:
    account = accounts.platform
    points = (
        ("models-serving", "acme-models-prod", IRELAND, "vpc-0a1b2c3d4e5f67890", True),
        ("models-internet", "acme-models-prod", IRELAND, None, True),
        ("datasets", "acme-datasets-images", IRELAND, None, False),
        ("cache", "acme-pipeline-cache", VIRGINIA, None, False),
    )
    for name, of_bucket, region, vpc, has_policy in points:
        with clients.of(account, region):
            network = {"VpcConfiguration": {"VpcId": vpc}} if vpc else {}
            block = blocked() if vpc else blocked(BlockPublicPolicy=False)
            clients.s3control.create_access_point(
                AccountId=account, Name=name, Bucket=of_bucket, PublicAccessBlockConfiguration=block, **network
            )
            if has_policy:
                arn = f"arn:aws:s3:{region}:{account}:accesspoint/{name}"
                policy = document(allow(READ, [arn, f"{arn}/object/*"], Principal=root(accounts.team)))
                clients.s3control.put_access_point_policy(AccountId=account, Name=name, Policy=policy)
    _multi_region_access_points(clients, account)


def _multi_region_access_points(clients: Clients, account: str) -> None:
    with clients.of(account, "us-west-2"):
        regions = [{"Bucket": "acme-models-prod"}, {"Bucket": "acme-models-replica"}]
        for name in ("models-everywhere", "models-silent", "models-spare"):
            details = {"Name": name, "PublicAccessBlock": blocked(), "Regions": regions}
            clients.s3control.create_multi_region_access_point(AccountId=account, ClientToken=name, Details=details)
        resource = f"arn:aws:s3::{account}:accesspoint/models-everywhere/object/*"
        details = {
            "Name": "models-everywhere",
            "Policy": document(allow("s3:GetObject", resource, Principal=root(account))),
        }
        clients.s3control.put_multi_region_access_point_policy(AccountId=account, ClientToken="p", Details=details)


def _access_grants(clients: Clients, accounts: Accounts) -> None:
    instances = clients.aws.world.access_grants
    instances[accounts.platform, IRELAND] = _instance(accounts.platform, IRELAND, shared_with=accounts.team)
    instances[accounts.platform, VIRGINIA] = _instance(accounts.platform, VIRGINIA, shared_with=None)


def _instance(account: str, region: str, shared_with: str | None) -> AccessGrants:
    arn = f"arn:aws:s3:{region}:{account}:access-grants/default"
    scopes = ("s3://acme-datasets-images/*", "s3://acme-datasets-labels/*", "s3://acme-datasets-raw/*")
    locations = [_location(arn, account, number, scope) for number, scope in enumerate(scopes)]
    readers = [
        ("IAM", f"arn:aws:iam::{account}:role/serving"),
        ("DIRECTORY_USER", "83d43802-00b1-7054-db02-f1d683aacba5"),
    ]
    grants = [_grant(arn, location, kind, who) for location in locations for kind, who in readers]
    instance = {"AccessGrantsInstanceId": "default", "AccessGrantsInstanceArn": arn, "CreatedAt": CREATED}
    policy = document(allow("s3:GetDataAccess", arn, Principal=root(shared_with))) if shared_with else None
    return AccessGrants(instance, locations, grants, policy)


def _location(arn: str, account: str, number: int, scope: str) -> dict[str, Any]:
    identity = f"0b54ac2a-0000-4000-8000-00000000000{number}"
    return {
        "CreatedAt": CREATED,
        "AccessGrantsLocationId": identity,
        "AccessGrantsLocationArn": f"{arn}/location/{identity}",
        "LocationScope": scope,
        "IAMRoleArn": f"arn:aws:iam::{account}:role/grants",
    }


def _grant(arn: str, location: dict[str, Any], kind: str, who: str) -> dict[str, Any]:
    identity = f"{kind.lower().replace('_', '-')}-{location['AccessGrantsLocationId'][-4:]}"
    return {
        "CreatedAt": CREATED,
        "AccessGrantId": identity,
        "AccessGrantArn": f"{arn}/grant/{identity}",
        "Grantee": {"GranteeType": kind, "GranteeIdentifier": who},
        "Permission": "READ" if kind == "IAM" else "READWRITE",
        "AccessGrantsLocationId": location["AccessGrantsLocationId"],
        "AccessGrantsLocationConfiguration": {"S3SubPrefix": "published/*"},
        "GrantScope": location["LocationScope"].replace("*", "published/*"),
    }


def _trails(clients: Clients, accounts: Accounts) -> None:
    with clients.of(accounts.management) as it:
        it.cloudtrail.create_trail(
            Name="organization", S3BucketName="acme-trail", IsMultiRegionTrail=True, IsOrganizationTrail=True
        )
        data = [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        ]
        data.append(
            {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::acme-models-", "arn:aws:s3:::acme-datasets-"]}
        )
        management = {"Name": "management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
        selectors = [management, {"Name": "models", "FieldSelectors": data}]
        it.cloudtrail.put_event_selectors(TrailName="organization", AdvancedEventSelectors=selectors)
        it.cloudtrail.start_logging(Name="organization")
    with clients.of(accounts.management, VIRGINIA) as it:
        it.cloudtrail.create_trail(Name="regional", S3BucketName="acme-trail-regional", S3KeyPrefix="logs")
        objects = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::acme-billing/", "arn:aws:s3"]}
        selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False, "DataResources": [objects]}
        it.cloudtrail.put_event_selectors(TrailName="regional", EventSelectors=[selector])
        it.cloudtrail.start_logging(Name="regional")
    with clients.of(accounts.platform) as it:
        # Has the default selectors, and does not record.
        it.cloudtrail.create_trail(Name="asleep", S3BucketName="acme-platform-logs", IncludeGlobalServiceEvents=False)


def _lake_formation(clients: Clients, accounts: Accounts) -> None:
    with clients.of(accounts.features) as it:
        linked = (
            "arn:aws:iam::{}:role/aws-service-role/lakeformation.amazonaws.com/AWSServiceRoleForLakeFormationDataAccess"
        )
        for name in ("acme-features-shared", "acme-features-public/tables", "acme.features.dotted"):
            arn = f"arn:aws:s3:::{name}"
            it.lakeformation.register_resource(ResourceArn=arn, RoleArn=linked.format(accounts.features))


def _feature_groups(clients: Clients, accounts: Accounts) -> None:
    with clients.of(accounts.features) as it:
        for name in ("customers", "Products", "sessions"):
            it.sagemaker.create_feature_group(
                FeatureGroupName=name,
                RecordIdentifierFeatureName="id",
                EventTimeFeatureName="time",
                FeatureDefinitions=[{"FeatureName": "id", "FeatureType": "String"}],
                OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://acme-features-shared/{name}"}},
                RoleArn=f"arn:aws:iam::{accounts.features}:role/feature-publisher",
            )
    # moto makes no feature group without an offline store.
    for group in sagemaker_backends[accounts.features][IRELAND].feature_groups.values():
        if group.feature_group_name == "sessions":
            group.offline_store_config = None  # type: ignore[assignment]
