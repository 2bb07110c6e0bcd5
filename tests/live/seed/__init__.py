"""Seeds the organization that all views show."""

from typing import Any

from aws import Aws
from seed.buckets import buckets
from seed.clients import Clients
from seed.identities import auditor_key, identities
from seed.organization import organization
from seed.surroundings import keys, surroundings


def seeded(aws: Aws) -> dict[str, Any]:
    """Seeds AWS, and tells whom the tests call as."""
    clients = Clients(aws)
    accounts = organization(clients)
    identities(clients, accounts)
    key_arns = keys(clients, accounts)
    buckets(clients, accounts, key_arns)
    surroundings(clients, accounts)
    key = auditor_key(clients, accounts)
    return {
        "management_account": accounts.management,
        "accounts": accounts.all,
        "access_key_id": key["AccessKeyId"],
        "secret_access_key": key["SecretAccessKey"],
    }
