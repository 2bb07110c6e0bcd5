"""What the repair layer knows beyond moto: whose keys there are, and what moto has no place for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto_backend import Moto

MANAGEMENT_ACCOUNT = "100000000000"


@dataclass
class Key:
    """An access key."""

    account: str
    expires: datetime | None = None

    @property
    def is_expired(self) -> bool:
        return self.expires is not None and datetime.now(UTC) >= self.expires


@dataclass
class AccessGrants:
    """The S3 Access Grants instance of an account in a region, with the members of the API."""

    instance: dict[str, Any]
    locations: list[dict[str, Any]] = field(default_factory=list)
    grants: list[dict[str, Any]] = field(default_factory=list)
    policy: str | None = None


@dataclass
class World:
    """moto and what stands beside it."""

    moto: Moto = field(default_factory=Moto)
    management: str = MANAGEMENT_ACCOUNT
    keys: dict[str, Key] = field(default_factory=dict)
    suspended: set[str] = field(default_factory=set)
    user_boundaries: dict[tuple[str, str], str] = field(default_factory=dict)
    """The permissions boundaries of users, by account and name."""
    configurations: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """What was put, by bucket and operation, where moto does not keep the whole of it."""
    sizes: dict[str, str] = field(default_factory=dict)
    """Which small objects the lifecycle of a bucket moves, by bucket."""
    abac: dict[str, str] = field(default_factory=dict)
    """The status of ABAC, by bucket."""
    access_grants: dict[tuple[str, str], AccessGrants] = field(default_factory=dict)
    """By account and region."""

    def account_of(self, access_key: str) -> str:
        """Whose a key is; a key that nobody was given is taken for one of the management account."""
        key = self.keys.get(access_key)
        return key.account if key else self.management
