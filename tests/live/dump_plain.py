"""From boto3's answers to plain JSON, for dump.py."""

from datetime import UTC, datetime
from typing import Any


def plain(value: Any) -> Any:
    """The value without metadata of the response, and with moments as text."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def every(client: Any, operation: str, member: str, **parameters: Any) -> list[Any]:
    """The items of all pages of a list, turned by hand: boto3 has no paginators for some."""
    items: list[Any] = []
    while True:
        page = plain(getattr(client, operation)(**parameters))
        items += page.get(member, [])
        token = page.get("NextToken") or page.get("NextMarker")
        if not token:
            return items
        parameters["Marker" if "NextMarker" in page else "NextToken"] = token
