"""moto, called in this process, and what it lacks inside."""

import json
import os
import threading
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes

# Before moto is loaded: nothing may be asked of anybody but moto itself.
os.environ.setdefault("MOTO_ALLOW_NONEXISTENT_REGION", "true")

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.organizations.models import FakePolicy, FakeRoot
from werkzeug.test import EnvironBuilder, run_wsgi_app

from calls import Call
from messages import Answer, Request

MANAGED_POLICIES = ("AdministratorAccess", "AmazonS3ReadOnlyAccess", "PowerUserAccess", "SecurityAudit")
"""The policies of AWS that the organization knows; all of them would be 1500 in each account."""


class Moto:
    """moto's applications behind one lock: moto is not safe for threads."""

    def __init__(self) -> None:
        # The same ids in every run.
        mock_random.seed(20261122)
        _know_s3_policies()
        self._app = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()

    def answer(self, call: Call, request: Request) -> Answer:
        with self._lock:
            body, status, headers = run_wsgi_app(self._app, _environ(call, request), buffered=True)
            whole = b"".join(body)
        kept = {name: value for name, value in headers.items() if name.lower() not in ("content-length", "connection")}
        return Answer(int(status.split()[0]), whole, kept)


def _environ(call: Call, request: Request) -> dict[str, Any]:
    # moto tells the account by this header rather than by looking for the key in every account.
    headers = request.headers | {"x-moto-account-id": call.account, "host": "127.0.0.1"}
    headers.pop("transfer-encoding", None)
    environ = EnvironBuilder(method=request.method, data=request.body, headers=list(headers.items())).get_environ()
    environ["PATH_INFO"] = unquote_to_bytes(request.path).decode("latin-1")
    environ["RAW_URI"] = environ["REQUEST_URI"] = f"{request.path}?{request.query}" if request.query else request.path
    environ["QUERY_STRING"] = request.query
    return environ


def know_managed_policies(account: str) -> None:
    """Makes the policies of AWS known in an account, as they are in every account of AWS."""
    known = _managed_policies()
    backend = iam_backends[account]["aws"]
    for name in MANAGED_POLICIES:
        policy = AWSManagedPolicy.from_data(name, account, "us-east-1", known[name])
        backend.managed_policies[policy.arn] = policy


@cache
def _managed_policies() -> dict[str, Any]:
    known = json.loads(aws_managed_policies_data)
    return {name: known[name] for name in MANAGED_POLICIES}


def _know_s3_policies() -> None:
    """S3 policies are a type like the others, which moto has not heard of."""
    for known in (FakePolicy.SUPPORTED_POLICY_TYPES, FakeRoot.SUPPORTED_POLICY_TYPES):
        known.append("S3_POLICY")
    create = FakePolicy.__init__

    def create_of_any_type(policy: FakePolicy, organization: Any, **kwargs: Any) -> None:
        is_s3 = kwargs.get("Type") == "S3_POLICY"
        create(policy, organization, **(kwargs | {"Type": "TAG_POLICY"} if is_s3 else kwargs))
        if is_s3:
            policy.type = "S3_POLICY"
            policy._arn_format = "arn:{0}:organizations::{1}:policy/{2}/s3_policy/{3}"

    FakePolicy.__init__ = create_of_any_type  # type: ignore[assignment,method-assign]
