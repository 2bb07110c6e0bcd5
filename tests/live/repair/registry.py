"""Where the mends are entered, by service and operation."""

from collections.abc import Callable
from typing import Any

from calls import Call
from messages import Answer, Request
from world import World

Result = dict[str, Any]
Check = Callable[[World, Call], None]
Own = Callable[[World, Call, Request], Result]
Mend = Callable[[World, Call, Result], Result]
BodyMend = Callable[[World, Call, Request, Answer], Answer]

CHECKS: dict[tuple[str, str], Check] = {}
"""Refuse a call that moto would answer."""

OWN: dict[tuple[str, str], Own] = {}
"""Answer in moto's place."""

MENDS: dict[tuple[str, str], Mend] = {}
"""Change what moto answered."""

BODY_MENDS: dict[tuple[str, str], BodyMend] = {}
"""Change what moto answered successfully, as it is."""


def check(service: str, operation: str) -> Callable[[Check], Check]:
    return lambda function: CHECKS.setdefault((service, operation), function)


def own(service: str, operation: str) -> Callable[[Own], Own]:
    return lambda function: OWN.setdefault((service, operation), function)


def mend(service: str, *operations: str) -> Callable[[Mend], Mend]:
    def enter(function: Mend) -> Mend:
        MENDS.update({(service, operation): function for operation in operations})
        return function

    return enter


def mend_body(service: str, *operations: str) -> Callable[[BodyMend], BodyMend]:
    def enter(function: BodyMend) -> BodyMend:
        BODY_MENDS.update({(service, operation): function for operation in operations})
        return function

    return enter
