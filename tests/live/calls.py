"""Tells what an HTTP request asks for: service, operation, resource, account and region.

Nothing here is a hand-written table of operations: botocore's service models say how each operation is bound to HTTP.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, ServiceModel

from messages import Request

UNKNOWN = "Unknown"
"""The operation of a request that no model knows."""

S3_CONTROL_PATH = "/v20180820/"
SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]*)/([^/]+)/aws4_request")

RESOURCE_MEMBERS = (
    "Bucket", "KeyId", "RoleArn", "PolicyArn", "RoleName", "UserName", "GroupName", "FeatureGroupName", "TrailName",
    "Name", "PolicyId", "ResourceId", "ParentId", "Filter", "AccountId",
)  # fmt: skip
"""The members that name what a call is about; the first one that the call has wins."""


@dataclass(frozen=True)
class Call:
    """What a request asks for."""

    service: str
    operation: str
    account: str
    region: str
    access_key: str
    params: dict[str, Any] = field(default_factory=dict)
    """The members of the input: all of JSON, the query parameters, path labels and query string of the others."""

    @property
    def resource(self) -> str:
        named = (self.params.get(member) for member in RESOURCE_MEMBERS)
        return next((name for name in named if isinstance(name, str) and name), "")

    @property
    def protocol(self) -> str:
        return protocol(self.service)

    @property
    def model(self) -> OperationModel:
        return service_model(self.service).operation_model(self.operation)

    @property
    def is_read(self) -> bool:
        return self.operation.startswith(("Get", "List", "Describe", "Head"))


def told(request: Request, account_of: Callable[[str], str]) -> Call:
    """Reads a request; `account_of` knows whose an access key is."""
    scope = SCOPE.search(request.headers.get("authorization", ""))
    access_key, region, service = scope.groups() if scope else ("", "us-east-1", "s3")
    if service == "s3" and request.path.startswith(S3_CONTROL_PATH):
        service = "s3control"
    # The header by which moto is told an account, for whoever has no keys for it.
    account = request.headers.get("x-moto-account-id") or account_of(access_key)
    operation, params = _operation(service, request)
    return Call(service, operation, account, region, access_key, params)


def with_params(call: Call, request: Request, changes: dict[str, Any]) -> Request:
    """The request with other parameters; None takes one away. Only for parameters that no path holds."""
    if call.protocol in ("query", "ec2"):
        return request.with_body(urlencode(_changed(parse_qsl(request.body.decode()), changes)).encode())
    if call.protocol in ("json", "rest-json"):
        members = json.loads(request.body or b"{}") | changes
        return request.with_body(json.dumps({k: v for k, v in members.items() if v is not None}).encode())
    names = {member: _wire_name(call.model, member) for member in changes}
    changes = {names[member]: value for member, value in changes.items()}
    return request.with_query(urlencode(_changed(parse_qsl(request.query, keep_blank_values=True), changes)))


def _changed(pairs: list[tuple[str, str]], changes: dict[str, Any]) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in pairs if name not in changes]
    return kept + [(name, str(value)) for name, value in changes.items() if value is not None]


def _wire_name(model: OperationModel, member: str) -> str:
    shape = model.input_shape.members.get(member)
    return shape.serialization.get("name", member) if shape else member


def _operation(service: str, request: Request) -> tuple[str, dict[str, Any]]:
    if protocol(service) == "json":
        return request.headers.get("x-amz-target", "").rpartition(".")[2] or UNKNOWN, _json_object(request.body)
    if protocol(service) in ("query", "ec2"):
        params = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        return params.pop("Action", UNKNOWN), params
    return _bound_operation(service, request)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        members = json.loads(body or b"{}")
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


@dataclass(frozen=True)
class Binding:
    """How an operation of a REST protocol is bound to HTTP."""

    model: OperationModel
    path: re.Pattern[str]
    labels: list[str]
    fixed: dict[str, str]
    """The parts of the query string that tell the operation."""

    def matches(self, request: Request, query: dict[str, str]) -> re.Match[str] | None:
        asked = all(name in query and value in ("", query[name]) for name, value in self.fixed.items())
        return self.path.fullmatch(request.path) if asked and self.model.http["method"] == request.method else None


def _bound_operation(service: str, request: Request) -> tuple[str, dict[str, Any]]:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    for binding in _bindings(service) if service in _session().get_available_services() else []:
        match = binding.matches(request, query)
        if match:
            labels = {label: unquote(value) for label, value in zip(binding.labels, match.groups(), strict=True)}
            return binding.model.name, _bound_params(binding.model, labels, query, request)
    return UNKNOWN, {}


def _bound_params(
    model: OperationModel, labels: dict[str, str], query: dict[str, str], request: Request
) -> dict[str, Any]:
    params: dict[str, Any] = (
        _json_object(request.body) if protocol(model.service_model.service_name) == "rest-json" else {}
    )
    places = {"uri": labels, "querystring": query, "header": request.headers}
    for member, shape in (model.input_shape.members if model.input_shape else {}).items():
        place = places.get(shape.serialization.get("location"), {})
        name = shape.serialization.get("name", member)
        name = name.lower() if place is request.headers else name
        if name in place:
            params[member] = place[name]
    return params


@cache
def _bindings(service: str) -> list[Binding]:
    """All bindings, the ones that ask for most first, and those that are out of use last."""
    model = service_model(service)
    bindings = [_binding(model.operation_model(name)) for name in model.operation_names]
    return sorted(bindings, key=_precedence)


def _precedence(binding: Binding) -> tuple[Any, ...]:
    path = binding.model.http["requestUri"].partition("?")[0]
    literal = re.sub(r"{[^}]+}", "", path)
    return -len(binding.fixed), "+" in path, -len(literal), binding.model.deprecated, len(binding.model.name)


def _binding(model: OperationModel) -> Binding:
    path, _, query = model.http["requestUri"].partition("?")
    labels = re.findall(r"{([^}+]+)\+?}", path)
    pattern = re.sub(r"{[^}]+\+}", "(.+)", path)
    pattern = re.sub(r"{[^}]+}", "([^/]+)", pattern)
    return Binding(model, re.compile(pattern + "/?"), labels, dict(parse_qsl(query, keep_blank_values=True)))


@cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(_session().get_component("data_loader").load_service_model(service, "service-2"), service)


@cache
def protocol(service: str) -> str:
    """The protocol in which a service is called; that of S3 for services that do not exist."""
    known = ("ec2", "query", "json", "rest-json", "rest-xml")
    try:
        metadata = service_model(service).metadata
    except UnknownServiceError:
        return "rest-xml"
    return next(it for it in [metadata["protocol"], *metadata.get("protocols", [])] if it in known)


@cache
def paging(service: str, operation: str) -> dict[str, Any]:
    """How the list of an operation is paged, in the terms of botocore's paginators; it does not have all of them."""
    known = _session().get_component("data_loader").load_service_model(service, "paginators-1")["pagination"]
    members = service_model(service).operation_model(operation).output_shape.members
    lists = [name for name, shape in members.items() if shape.type_name == "list"]
    usual = {"input_token": "NextToken", "output_token": "NextToken", "limit_key": "MaxResults", "result_key": lists}
    return known.get(operation, usual)


@cache
def _session() -> botocore.session.Session:
    """A session of its own: boto3 changes the models of S3 that it has loaded."""
    return botocore.session.Session()
