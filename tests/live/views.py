"""A view: a port of its own, with faults of its own, before the organization that all views share."""

import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aws import Aws
from calls import Call, with_params
from faults import WITHOUT_ANSWER, Fault, Faults, faulty
from messages import Answer, Request

MEMBERS = {"delay_ms", "seed", "credentials_seconds", "faults"}


@dataclass
class Record:
    """A call that a view has seen; there is no status as long as, or if, it is not answered."""

    service: str
    operation: str
    resource: str
    account: str
    region: str
    status: int | None = None
    fault: str | None = None


@dataclass
class View:
    """What one test sees of AWS."""

    aws: Aws
    faults: Faults
    delay: float = 0.0
    credentials_seconds: int | None = None
    records: list[Record] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def described(cls, aws: Aws, description: dict[str, Any]) -> "View":
        unknown = set(description) - MEMBERS
        if unknown:
            raise ValueError(f"no such members of a view: {', '.join(sorted(unknown))}")
        faults = Faults(description.get("faults") or [], description.get("seed") or 0)
        delay = (description.get("delay_ms") or 0) / 1000
        return cls(aws, faults, delay, description.get("credentials_seconds"))

    def seen(self, request: Request) -> tuple[Call, Record, Fault | None]:
        """Enters the call in the records, and tells whether it is to fail."""
        call = self.aws.told(request)
        fault = self.faults.of(call)
        record = Record(call.service, call.operation, call.resource, call.account, call.region)
        record.fault = fault.kind if fault else None
        self.records.append(record)
        return call, record, fault

    def answer(self, call: Call, request: Request, fault: Fault | None) -> Answer:
        """The answer of a call that gets one."""
        if self.credentials_seconds is not None and call.operation == "AssumeRole":
            request = with_params(call, request, {"DurationSeconds": self.credentials_seconds})

        def whole() -> Answer:
            return self.aws.answer(call, request)

        return faulty(fault, call, whole) if fault else whole()


class Handler(BaseHTTPRequestHandler):
    """Reads requests and sends answers, over connections that stay."""

    protocol_version = "HTTP/1.1"
    # An answer is sent in one piece; waiting for more would cost 40 ms each.
    disable_nagle_algorithm = True
    server: "Server"

    def handle_any(self) -> None:
        view, request = self.server.view, self._request()
        call, record, fault = view.seen(request)
        # Both waits end when the view is closed, so that nothing outlives it.
        view.closed.wait(view.delay)
        if fault and fault.kind in WITHOUT_ANSWER:
            if fault.kind == "hang":
                view.closed.wait()
            self._reset()
            return
        answer = view.answer(call, request, fault)
        record.status = answer.status
        self._send(answer, is_short=fault is not None and fault.kind == "short")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = handle_any

    def _request(self) -> Request:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        return Request(self.command, path, query, headers, body)

    def _send(self, answer: Answer, is_short: bool) -> None:
        is_bodiless = self.command == "HEAD" or answer.status == HTTPStatus.NO_CONTENT
        headers = answer.headers | {"Content-Length": str(len(answer.body)), "x-amz-request-id": f"{time.time_ns():X}"}
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        body = b"" if is_bodiless else answer.body
        self.wfile.write(head + (body[: len(body) // 2] if is_short else body))
        self.close_connection = self.close_connection or is_short

    def _reset(self) -> None:
        """Ends the connection by a reset: nothing that is still to be sent or read is waited for."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """The records tell more."""


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"


class Server(ThreadingHTTPServer):
    """The port of a view."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, view: View) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.view = view
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.view.closed.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """Clients hang up when they please; what fails in here is told by an answer."""
