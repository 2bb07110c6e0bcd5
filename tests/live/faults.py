"""What goes wrong on purpose: which calls fail, and how."""

import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from calls import Call
from messages import Answer
from protocols import Refused, refused, root_of

WITHOUT_ANSWER = ("reset", "hang")
"""The kinds that moto is not asked for."""


@dataclass(frozen=True)
class Fault:
    """One entry of a view's list of faults."""

    kind: str
    service: str = "*"
    operation: str = "*"
    resource: str = "*"
    account: str = "*"
    region: str = "*"
    rate: float = 1.0
    first: int | None = None
    after: int | None = None
    member: str = ""
    status: int = 500
    code: str = "InternalError"
    message: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such kind of fault: {self.kind}; there are {', '.join(KINDS)}")

    def is_about(self, call: Call) -> bool:
        pairs = (
            (call.service, self.service),
            (call.operation, self.operation),
            (call.resource, self.resource),
            (call.account, self.account),
            (call.region, self.region),
        )
        return all(fnmatchcase(value, glob) for value, glob in pairs)

    def is_due(self, count: int) -> bool:
        """Whether the call that is the `count`-th of those that the fault is about may fail."""
        return (self.first is None or count <= self.first) and (self.after is None or count > self.after)


class Faults:
    """The faults of a view, and how often each call came by."""

    def __init__(self, descriptions: list[dict[str, Any]], seed: int) -> None:
        self._faults = [Fault(**description) for description in descriptions]
        self._seed = seed
        self._counts: Counter[Any] = Counter()
        self._lock = threading.Lock()

    def of(self, call: Call) -> Fault | None:
        """The fault that this call has, the first of the list that is about it and due."""
        for place, fault in enumerate(self._faults):
            if fault.is_about(call) and fault.is_due(self._counted(place)) and self._drawn(place, call) < fault.rate:
                return fault
        return None

    def _counted(self, key: Any) -> int:
        with self._lock:
            self._counts[key] += 1
            return self._counts[key]

    def _drawn(self, place: int, call: Call) -> float:
        """Drawn from the seed, the call and how often it came: the order of arrival differs from run to run."""
        key = (place, call.service, call.operation, call.account, call.region, repr(sorted(call.params.items())))
        return random.Random(f"{self._seed}/{key}/{self._counted(key)}").random()


def faulty(fault: Fault, call: Call, answer: Callable[[], Answer]) -> Answer:
    """The answer with the fault, for all kinds that have one.

    Those that damage an answer make it a success, so that the damage is all there is to see.
    """
    if fault.kind == "without":
        whole = answer()
        element = re.compile(rf"<{fault.member}>[^<]*</{fault.member}>".encode())
        return Answer(whole.status, element.sub(b"", whole.body), whole.headers)
    if fault.kind in DAMAGES:
        whole = answer()
        return Answer(200, DAMAGES[fault.kind](call, whole.body), whole.headers)
    if fault.kind == "html":
        page = b"<html><head><title>500</title></head><body><h1>Internal Server Error<hr></body></html>"
        return Answer(500, page, {"Content-Type": "text/html"})
    return refused(call, _error(fault, call))


def _error(fault: Fault, call: Call) -> Refused:
    if fault.kind == "error":
        return Refused(fault.status, fault.code, fault.message)
    status, codes = ERRORS[fault.kind]
    return Refused(status, codes.get(call.protocol, fault.kind))


ERRORS: dict[str, tuple[int, dict[str, str]]] = {
    "SlowDown": (503, {}),
    "Throttling": (
        400,
        {"ec2": "RequestLimitExceeded", "json": "ThrottlingException", "rest-json": "ThrottlingException"},
    ),
    "InternalError": (500, {"query": "InternalFailure", "json": "InternalFailure", "rest-json": "InternalFailure"}),
    "ServiceUnavailable": (503, {"json": "ServiceUnavailableException", "rest-json": "ServiceUnavailableException"}),
    "AccessDenied": (
        403,
        {"ec2": "UnauthorizedOperation", "json": "AccessDeniedException", "rest-json": "AccessDeniedException"},
    ),
}
"""The status of each error, and its code where the protocol's services have another one than its name."""


def _truncated(_: Call, body: bytes) -> bytes:
    return body[: len(body) // 2]


def _malformed(_: Call, body: bytes) -> bytes:
    """Breaks off in a tag or a text in the middle, and ends as if nothing were."""
    middle = len(body) // 2
    return body[:middle] + b'<"broken' + body[middle:]


def _empty(call: Call, body: bytes) -> bytes:
    root = root_of(call)
    if root is None or body.lstrip()[:1] == b"{":
        return b"{}"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}></{root}>'.encode()


DAMAGES: dict[str, Callable[[Call, bytes], bytes]] = {
    "empty": _empty,
    "malformed": _malformed,
    "short": lambda _, body: body,
    "truncate": _truncated,
}
"""What becomes of the body. A short one is cut where it is sent, behind a Content-Length of the whole."""

KINDS = (*ERRORS, *DAMAGES, *WITHOUT_ANSWER, "html", "error", "without")
