"""The oracle of the collector: writes a snapshot of the organization straight from what boto3 answers.

Deliberately plain, sequential code that shares nothing with the collector: what both tell is taken for the truth.
Credentials come from the environment, as for every tool for AWS.
"""

import argparse
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

import dump_bucket
import dump_surroundings
from dump_identities import authorization_details
from dump_organization import organization

Json = dict[str, Any]
ROLE = "OrganizationAccountAccessRole"
CONFIG = Config(
    inject_host_prefix=False,
    retries={"mode": "standard", "max_attempts": 10},
    s3={"addressing_style": "path"},
)


class Account:
    """Clients of one account; without keys, by those of the environment."""

    def __init__(self, session: boto3.Session, account: str, endpoint: str, **keys: str) -> None:
        self.id = account
        # One session for all accounts: each would read the large models of the services anew.
        self._session = session
        self._members: Json = {"endpoint_url": endpoint, "config": CONFIG} | keys
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        place = (service, region)
        if place not in self._clients:
            client = self._session.client(service, region_name=region, **self._members)
            client.meta.events.register("before-sign", _strip_account)
            self._clients[place] = client
        return self._clients[place]

    def entered(self, account: str) -> "Account":
        """The clients of another account, by the role that lets into it."""
        arn = f"arn:aws:iam::{account}:role/{ROLE}"
        given = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="dump")["Credentials"]
        return Account(
            self._session,
            account,
            self._members["endpoint_url"],
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )


def _strip_account(request: Any, **_: Any) -> None:
    """S3 Control has the account before the host, and an address has no names below it."""
    request.url = re.sub(r"//\d{12}\.(?=[\d.]+:)", "//", request.url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True, metavar="URL", help="the view to ask")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="the folder of the snapshot")
    arguments = parser.parse_args()
    session = boto3.Session()
    identity = session.client("sts", region_name="eu-west-1", endpoint_url=arguments.endpoint).get_caller_identity()
    write(arguments.out, snapshot(Account(session, identity["Account"], arguments.endpoint)))


def snapshot(home: Account) -> dict[str, Json]:
    """The files of the snapshot by name."""
    tree = organization(home.client("organizations"))
    active = [it["Id"] for it in tree["Accounts"] if it["Status"] == "ACTIVE"]
    accounts = [home if account == home.id else home.entered(account) for account in active]
    buckets = {account.id: dump_bucket.buckets(account) for account in accounts}
    regions = sorted({bucket["Region"] for listed in buckets.values() for bucket in listed})
    keys = named_keys(buckets)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    files = {"estate": {"format": "estate/1", "collected_at": now, "partition": "aws"}, "organization": tree}
    for account in accounts:
        files[f"accounts/{account.id}"] = {
            "AccountId": account.id,
            "AuthorizationDetails": authorization_details(account.client("iam")),
            "Buckets": buckets[account.id],
            **dump_surroundings.surroundings(account, regions, sorted(keys.get(account.id, set()))),
            "Errors": [],
        }
    return files


def named_keys(buckets: dict[str, list[Json]]) -> dict[str, set[tuple[str, str]]]:
    """The keys that buckets anywhere name, region and name, by the account that owns them.

    A name without an account is of the bucket's own account and region.
    """
    named: dict[str, set[tuple[str, str]]] = {}
    for account, listed in buckets.items():
        for bucket in listed:
            for key in dump_bucket.keys(bucket):
                parts = key.split(":")
                owner, region = (parts[4], parts[3]) if key.startswith("arn:") else (account, bucket["Region"])
                named.setdefault(owner, set()).add((region, key))
    return named


def write(folder: Path, files: dict[str, Json]) -> None:
    (folder / "accounts").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
