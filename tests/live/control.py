"""The control API: makes views, tells what they saw, and takes them away."""

import itertools
import json
import re
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aws import Aws
from views import Server, View


class Control(ThreadingHTTPServer):
    """The port for the tests."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, aws: Aws) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self._aws = aws
        self._views: dict[int, Server] = {}
        self._ids = itertools.count(1)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def create(self, description: dict[str, Any]) -> dict[str, Any]:
        server = Server(View.described(self._aws, description))
        number = next(self._ids)
        self._views[number] = server
        return {"id": number, "url": server.url}

    def calls(self, number: int) -> list[dict[str, Any]]:
        return [asdict(record) for record in self._views[number].view.records]

    def delete(self, number: int) -> dict[str, Any]:
        self._views.pop(number).close()
        return {}


class Handler(BaseHTTPRequestHandler):
    """Routes the requests for control."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Control

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, answer = 200, self._answer(body)
        except (TypeError, ValueError) as error:
            status, answer = 400, {"error": str(error)}
        except KeyError:
            status, answer = 404, {"error": f"there is no {self.path}"}
        self._send(status, json.dumps(answer).encode())

    do_GET = do_POST = do_DELETE = handle_any

    def _answer(self, body: bytes) -> Any:
        if (self.command, self.path) == ("POST", "/views"):
            return self.server.create(json.loads(body or b"{}"))
        route = re.fullmatch(r"/views/(\d+)(/calls)?", self.path)
        if route and (self.command, route[2]) == ("GET", "/calls"):
            return self.server.calls(int(route[1]))
        if route and (self.command, route[2]) == ("DELETE", None):
            return self.server.delete(int(route[1]))
        raise KeyError(self.path)

    def _send(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def log_message(self, *_: Any) -> None:
        """Not worth a line."""
