"""The organization: its tree, its accounts, and the policies that bind them."""

import json
from dataclasses import dataclass
from typing import Any

from moto_backend import know_managed_policies
from seed.clients import Clients
from seed.documents import allow, bucket, deny, document, tags


@dataclass(frozen=True)
class Accounts:
    """The accounts by what they are for."""

    management: str
    features: str
    team: str
    platform: str
    empty: str
    """Without any bucket."""
    closed: str
    """Suspended."""

    @property
    def all(self) -> list[str]:
        return [self.management, self.features, self.team, self.platform, self.empty, self.closed]


def organization(clients: Clients) -> Accounts:
    """Creates the organization and enables all types of policy."""
    client = clients.organizations
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "S3_POLICY"):
        client.enable_policy_type(RootId=root, PolicyType=kind)
    units = _units(client, root)
    accounts = Accounts(
        management=clients.account,
        features=_account(client, "ml-features", units["production"], env="prod", team="features"),
        team=_account(client, "ml-team-vision", units["sandbox"], env="dev", team="vision"),
        platform=_account(client, "ml-platform", units["ml"], env="prod", team="platform", cost_centre="4711"),
        empty=_account(client, "network", units["infrastructure"], env="prod"),
        closed=_account(client, "ml-retired", units["sandbox"], env="dev"),
    )
    _policies(client, root, units, accounts)
    _administrator(client, accounts.platform)
    client.close_account(AccountId=accounts.closed)
    clients.aws.world.suspended.add(accounts.closed)
    for account in accounts.all:
        know_managed_policies(account)
    return accounts


def _units(client: Any, root: str) -> dict[str, str]:
    units: dict[str, str] = {}
    for name, parent in (("ml", root), ("infrastructure", root), ("production", "ml"), ("sandbox", "ml")):
        made = client.create_organizational_unit(ParentId=units.get(parent, parent), Name=name)
        units[name] = made["OrganizationalUnit"]["Id"]
        # "AWS Organizations attaches FullAWSAccess to every root, OU and account."
        client.attach_policy(PolicyId="p-FullAWSAccess", TargetId=units[name])
        client.attach_policy(PolicyId="p-RCPFullAWSAccess", TargetId=units[name])
    return units


def _account(client: Any, name: str, unit: str, **labels: str) -> str:
    made = client.create_account(AccountName=name, Email=f"{name}@example.com", Tags=tags(**labels))
    account = made["CreateAccountStatus"]["AccountId"]
    parent = client.list_parents(ChildId=account)["Parents"][0]["Id"]
    client.move_account(AccountId=account, SourceParentId=parent, DestinationParentId=unit)
    client.attach_policy(PolicyId="p-FullAWSAccess", TargetId=account)
    client.attach_policy(PolicyId="p-RCPFullAWSAccess", TargetId=account)
    return account


def _policies(client: Any, root: str, units: dict[str, str], accounts: Accounts) -> None:
    organization = client.describe_organization()["Organization"]["Id"]
    regions = {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1", "us-west-2"]}}
    outsiders = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    versions = deny(["s3:DeleteObjectVersion", "s3:PutBucketVersioning"], bucket("acme-models-*"), Sid="KeepVersions")
    identity = deny(["s3:*", "kms:*"], Principal="*", Condition=outsiders, Sid="OrganizationOnly")
    transport = deny("s3:*", Principal="*", Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}}, Sid="Tls12")
    service = "SERVICE_CONTROL_POLICY"
    resource = "RESOURCE_CONTROL_POLICY"
    _policy(client, "deny-leaving", service, document(deny("organizations:LeaveOrganization", Sid="Stay")), root)
    regional = document(deny("*", Sid="Regions", Condition=regions))
    _policy(client, "deny-other-regions", service, regional, units["ml"], units["infrastructure"])
    _policy(client, "keep-model-versions", service, document(versions), units["production"], accounts.platform)
    _policy(client, "sandbox-limits", service, document(deny("s3:PutBucketPublicAccessBlock")), accounts.team)
    _policy(client, "unattached", service, document(allow("s3:*")))
    _policy(client, "organization-only", resource, document(identity), units["ml"])
    _policy(client, "modern-tls", resource, document(transport), accounts.features)
    blocked = {"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}}
    _policy(client, "block-public-access", "S3_POLICY", json.dumps(blocked), units["production"])


def _policy(client: Any, name: str, kind: str, content: str, *targets: str) -> None:
    made = client.create_policy(Name=name, Description=f"{name} of the tests", Type=kind, Content=content)
    for target in targets:
        client.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)


def _administrator(client: Any, account: str) -> None:
    principal = "access-analyzer.amazonaws.com"
    client.enable_aws_service_access(ServicePrincipal=principal)
    client.register_delegated_administrator(AccountId=account, ServicePrincipal=principal)
