"""Roles, users, groups and managed policies."""

import json
from typing import Any

from seed.clients import Clients
from seed.documents import READ, WRITE, allow, bucket, deny, document, root, tags, trust
from seed.organization import Accounts
from world import Key

AWS_MANAGED = "arn:aws:iam::aws:policy/"
EXTERNAL_ID = "external-4711"
"""What the role `auditor-with-external-id` asks for."""


def auditor_key(clients: Clients, accounts: Accounts) -> dict[str, str]:
    """The key of the user as whom the tests call."""
    with clients.of(accounts.management):
        key = clients.iam.create_access_key(UserName="palisade")["AccessKey"]
    clients.aws.world.keys[key["AccessKeyId"]] = Key(accounts.management)
    return key


def identities(clients: Clients, accounts: Accounts) -> None:
    with clients.of(accounts.management):
        _management(clients.iam, accounts)
    with clients.of(accounts.features):
        _features(clients.iam, accounts)
    with clients.of(accounts.team):
        _team(clients.iam, accounts)
    with clients.of(accounts.platform):
        _platform(clients.iam, accounts)
    for account in (accounts.features, accounts.team, accounts.platform, accounts.empty):
        with clients.of(account):
            _everywhere(clients.iam, accounts)


def _everywhere(iam: Any, accounts: Accounts) -> None:
    """What every active member has: an administrator's policy, an auditor, and one who must know a secret."""
    iam.attach_role_policy(RoleName="OrganizationAccountAccessRole", PolicyArn=f"{AWS_MANAGED}AdministratorAccess")
    trusted = trust(root(accounts.management))
    _role(iam, "auditor", trusted, tags(access_role="auditor"), attached=[f"{AWS_MANAGED}SecurityAudit"])
    secret = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    _role(iam, "auditor-with-external-id", trust(root(accounts.management), Condition=secret), path="/audit/")


def _management(iam: Any, accounts: Accounts) -> None:
    iam.create_user(UserName="palisade", Path="/audit/", Tags=tags(access_role="auditor"))
    iam.attach_user_policy(UserName="palisade", PolicyArn=f"{AWS_MANAGED}SecurityAudit")
    iam.put_user_policy(UserName="palisade", PolicyName="enter", PolicyDocument=document(allow("sts:AssumeRole")))
    federated = trust(
        {"Federated": f"arn:aws:iam::{accounts.management}:saml-provider/corporate"},
        "sts:AssumeRoleWithSAML",
        Condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    )
    labels = tags(access_role="platform-admin", team="platform")
    _role(iam, "administrator", federated, labels, attached=[f"{AWS_MANAGED}AdministratorAccess"])


def _features(iam: Any, accounts: Accounts) -> None:
    features = _managed(
        iam, "features-read", document(allow(READ, bucket("acme-features-*"))), document(allow("s3:Get*", "*"))
    )
    publisher = trust({"Service": "sagemaker.amazonaws.com"})
    writes = document(allow(READ + WRITE, bucket("acme-features-*")))
    labels = tags(access_role="feature-publisher", team="features")
    _role(iam, "feature-publisher", publisher, labels, inline={"publish": writes}, attached=[features])
    crossing = trust(
        {"AWS": [f"arn:aws:iam::{accounts.team}:role/ml/data-scientist", *root(accounts.platform).values()]}
    )
    _role(iam, "feature-reader", crossing, tags(access_role="data-scientist", team="vision"), attached=[features])
    # An outsider, without any condition.
    _role(iam, "vendor", trust(root("999999999999")), inline={"all": document(allow("s3:*"))})
    unbound = trust(
        {"Federated": f"arn:aws:iam::{accounts.features}:oidc-provider/token.actions.githubusercontent.com"},
        "sts:AssumeRoleWithWebIdentity",
        Condition={"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
    )
    _role(iam, "ci", unbound, tags(access_role="pipeline"), inline={"deploy": writes})


def _team(iam: Any, accounts: Accounts) -> None:
    boundary = _managed(iam, "data-scientist-boundary", document(allow("s3:*"), deny("iam:*")), path="/boundaries/")
    scratch = document(allow(READ + WRITE, bucket("acme-team-vision-*")))
    scientist = trust(
        {"Federated": f"arn:aws:iam::{accounts.management}:saml-provider/corporate"}, "sts:AssumeRoleWithSAML"
    )
    labels = tags(access_role="data-scientist", team="vision")
    _role(iam, "data-scientist", scientist, labels, "/ml/", {"scratch": scratch}, boundary=boundary)
    _role(iam, "intern", scientist, tags(access_role="data-scientist", team="audio"), "/ml/", {"scratch": scratch})
    # A policy of AWS that is nothing but a boundary: it is not among the authorization details.
    power = f"{AWS_MANAGED}PowerUserAccess"
    _role(iam, "notebook", trust({"Service": ["sagemaker.amazonaws.com"]}), labels, boundary=power)
    _users(iam, boundary, scratch)
    _crowd(iam)


def _users(iam: Any, boundary: str, scratch: str) -> None:
    own_team = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    shared = _managed(
        iam,
        "shared-data",
        document(allow("s3:GetObject", "arn:aws:s3:::acme-*")),
        document(allow(READ, bucket("acme-features-*"))),
        document(allow(READ, bucket("acme-*"), Condition=own_team)),
    )
    iam.create_group(GroupName="scientists", Path="/ml/")
    iam.put_group_policy(GroupName="scientists", PolicyName="scratch", PolicyDocument=scratch)
    iam.attach_group_policy(GroupName="scientists", PolicyArn=shared)
    iam.create_group(GroupName="nobody")
    for name, path in (("alice", "/ml/"), ("bob", "/")):
        iam.create_user(UserName=name, Path=path, Tags=tags(access_role="data-scientist", team="vision"))
        iam.add_user_to_group(UserName=name, GroupName="scientists")
    iam.put_user_policy(UserName="bob", PolicyName="old habits", PolicyDocument=document(allow("s3:*")))
    iam.attach_user_policy(UserName="bob", PolicyArn=f"{AWS_MANAGED}AmazonS3ReadOnlyAccess")
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=boundary)
    iam.create_user(UserName="odd+=,.@-_name")


def _crowd(iam: Any) -> None:
    """So many roles that the authorization details have several pages."""
    for number in range(30):
        name = f"job-{number:02}"
        reads = document(allow("s3:GetObject", f"arn:aws:s3:::acme-team-vision-scratch/{name}/*"))
        _role(iam, name, trust({"Service": "lambda.amazonaws.com"}), tags(team="vision"), "/jobs/", {"read": reads})


def _platform(iam: Any, accounts: Accounts) -> None:
    writes = document(
        allow(READ + WRITE, bucket("acme-models-*") + bucket("acme-datasets-*") + bucket("acme-pipeline-*"))
    )
    source = {"StringEquals": {"aws:SourceAccount": accounts.platform}}
    labels = tags(access_role="pipeline", team="platform")
    run = trust({"Service": ["codepipeline.amazonaws.com", "sagemaker.amazonaws.com"]}, Condition=source)
    _role(iam, "training-pipeline", run, labels, "/pipelines/", {"write": writes})
    serves = document(allow(READ, bucket("acme-models-prod")))
    _role(
        iam,
        "serving",
        trust({"Service": "ecs-tasks.amazonaws.com"}),
        tags(access_role="serving"),
        inline={"load": serves},
    )
    _role(iam, "replication", trust({"Service": "s3.amazonaws.com"}), inline={"copy": document(allow("s3:Replicate*"))})
    _role(iam, "grants", trust({"Service": "access-grants.s3.amazonaws.com"}, Condition=source))
    # Odd in form, the same in meaning: white space, a single statement, letters beyond ASCII, "%".
    odd = '{ "Version":"2012-10-17",\n\t"Statement" : {"Sid":"Ärger100","Effect":"Allow","Action":"s3:GetObject",'
    odd += '"Resource":"arn:aws:s3:::acme-models-prod/größe 100%25/*"} }'
    _role(iam, "odd", trust(root(accounts.platform)), tags(access_role="platform-admin"), inline={"odd": odd})
    _instance_profile(iam)


def _instance_profile(iam: Any) -> None:
    _role(iam, "worker", trust({"Service": "ec2.amazonaws.com"}), tags(access_role="pipeline"))
    iam.create_instance_profile(InstanceProfileName="worker", Path="/workers/")
    iam.add_role_to_instance_profile(InstanceProfileName="worker", RoleName="worker")


def _managed(iam: Any, name: str, *versions: str, path: str = "/") -> str:
    """A managed policy; the last version is the one in force."""
    made = iam.create_policy(PolicyName=name, Path=path, PolicyDocument=versions[0], Description=f"{name} of the tests")
    arn: str = made["Policy"]["Arn"]
    for version in versions[1:]:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=version, SetAsDefault=version is versions[-1])
    return arn


def _role(
    iam: Any,
    name: str,
    trusted: dict[str, Any],
    labels: list[dict[str, str]] | None = None,
    path: str = "/",
    inline: dict[str, str] | None = None,
    attached: list[str] | None = None,
    boundary: str | None = None,
) -> None:
    trust_policy = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    bound = {"PermissionsBoundary": boundary} if boundary else {}
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust_policy, Tags=labels or [], **bound)
    for policy_name, text in (inline or {}).items():
        iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=text)
    for arn in attached or []:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
