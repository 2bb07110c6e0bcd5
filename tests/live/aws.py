"""AWS as the tests know it: moto, mended."""

import logging
import threading
from typing import Any

from calls import UNKNOWN, Call, told, with_params
from messages import Answer, Request
from pages import is_paged, page_of, paging_members
from protocols import Refused, answered, emptied, parsed, refused, rooted
from repair import BODY_MENDS, CHECKS, MENDS, OWN
from repair.organizations import for_the_organization
from world import World

log = logging.getLogger(__name__)


class Aws:
    """Answers every request as AWS would. Safe for threads."""

    def __init__(self, world: World) -> None:
        self.world = world
        # Reads are answered once: moto takes milliseconds of processor time for each, which the tests would wait for.
        self._known: dict[Any, Any] = {}
        self._generation = 0
        self._lock = threading.Lock()

    def told(self, request: Request) -> Call:
        return told(request, self.world.account_of)

    def answer(self, call: Call, request: Request) -> Answer:
        try:
            if call.operation == UNKNOWN:
                raise Refused(400, "UnknownOperationException", "No service of AWS is called like this")
            self._refuse_expired(call)
            call = for_the_organization(self.world, call)
            for place in ((call.service, "*"), (call.service, call.operation)):
                if place in CHECKS:
                    CHECKS[place](self.world, call)
            return self._answer(call, request)
        except Refused as error:
            return refused(call, error)
        except Exception:
            log.exception("%s:%s", call.service, call.operation)
            return refused(call, Refused(500, "InternalFailure", "The live AWS of the tests failed, see its log"))

    def _answer(self, call: Call, request: Request) -> Answer:
        place = (call.service, call.operation)
        if place not in OWN and place not in MENDS and not is_paged(call):
            return self._once(call, request, lambda: self._as_it_is(call, request))
        if is_paged(call):
            request = with_params(call, request, dict.fromkeys(paging_members(call)))
        result = self._once(call, request, lambda: self._result(call, request))
        return answered(call, page_of(call, result) if is_paged(call) else result)

    def _as_it_is(self, call: Call, request: Request) -> Answer:
        """moto's answer, with no more than its body changed."""
        answer = emptied(call, rooted(call, self.world.moto.answer(call, request)))
        change = BODY_MENDS.get((call.service, call.operation))
        return change(self.world, call, request, answer) if change and answer.is_success else answer

    def _result(self, call: Call, request: Request) -> dict[str, Any]:
        place = (call.service, call.operation)
        if place in OWN:
            return OWN[place](self.world, call, request)
        result = self._whole(call, request)
        return MENDS[place](self.world, call, result) if place in MENDS else result

    def _whole(self, call: Call, request: Request) -> dict[str, Any]:
        """moto's answer, all of its pages."""
        result = parsed(call, self.world.moto.answer(call, request))
        if not is_paged(call):
            return result
        token_member = paging_members(call)[0]
        next_page = result
        while token := next_page.get(token_member):
            turned = with_params(call, request, {token_member: token})
            next_page = parsed(call, self.world.moto.answer(call, turned))
            for member, items in next_page.items():
                if isinstance(items, list):
                    result[member] += items
        return result

    def _once(self, call: Call, request: Request, answer: Any) -> Any:
        if call.service == "sts":
            return answer()
        if not call.is_read:
            found = answer()
            self._forget()
            return found
        place = (call.service, call.operation, call.account, call.region)
        key = (*place, bool(call.params), request.path, request.query, request.body)
        with self._lock:
            generation = self._generation
            if key in self._known:
                return self._known[key]
        found = answer()
        with self._lock:
            if generation == self._generation:
                self._known[key] = found
        return found

    def _forget(self) -> None:
        with self._lock:
            self._generation += 1
            self._known.clear()

    def _refuse_expired(self, call: Call) -> None:
        key = self.world.keys.get(call.access_key)
        if key is not None and key.is_expired:
            code, status = EXPIRED[call.protocol]
            raise Refused(status, code, "The security token included in the request is expired")


EXPIRED = {
    "ec2": ("RequestExpired", 400),
    "json": ("ExpiredTokenException", 400),
    "query": ("ExpiredToken", 403),
    "rest-json": ("ExpiredTokenException", 403),
    "rest-xml": ("ExpiredToken", 400),
}
"""The code and status by which each protocol's services say that credentials are out of date."""
