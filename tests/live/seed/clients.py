"""boto3 clients that call the mended moto in this process, as any account."""

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from aws import Aws
from messages import Request

IRELAND, VIRGINIA = "eu-west-1", "us-east-1"


class Body(bytes):
    """The body of an answer, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield bytes(self)


class Clients:
    """Clients by service and region; whose they are is set for a while by `of`."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.account = aws.world.management
        self.region = IRELAND
        self._session = boto3.Session("AKIASEED", "seed")
        self._clients: dict[tuple[str, str], Any] = {}

    @contextlib.contextmanager
    def of(self, account: str, region: str = IRELAND) -> Iterator["Clients"]:
        before = self.account, self.region
        self.account, self.region = account, region
        yield self
        self.account, self.region = before

    def __getattr__(self, service: str) -> Any:
        place = (service, self.region)
        if place not in self._clients:
            config = Config(inject_host_prefix=False, parameter_validation=False, s3={"addressing_style": "path"})
            client = self._session.client(
                service, region_name=self.region, endpoint_url="http://127.0.0.1", config=config
            )
            client.meta.events.register("before-send", self._send)
            self._clients[place] = client
        return self._clients[place]

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        headers["x-moto-account-id"] = self.account
        sent = Request(request.method, url.path, url.query, headers, _bytes(request.body))
        answer = self.aws.answer(self.aws.told(sent), sent)
        return AWSResponse(request.url, answer.status, answer.headers, Body(answer.body))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(body: Any) -> Any:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else body.read()
