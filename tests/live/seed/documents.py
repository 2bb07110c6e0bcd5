"""Policy documents, and the few shapes that they share."""

import json
from typing import Any

READ = ["s3:GetObject", "s3:ListBucket"]
WRITE = ["s3:PutObject", "s3:DeleteObject"]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resources: Any = "*", **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources} | members


def deny(actions: Any, resources: Any = "*", **members: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": actions, "Resource": resources} | members


def trust(principal: dict[str, Any], action: str = "sts:AssumeRole", **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action} | members


def bucket(name: str) -> list[str]:
    """A bucket and what is in it."""
    return [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]


def root(account: str) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account}:root"}


def tls_only(name: str) -> dict[str, Any]:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return deny("s3:*", bucket(name), Sid="TlsOnly", Principal="*", Condition=condition)


def tags(**values: str) -> list[dict[str, str]]:
    """Tags; an underscore stands for the dash of their names."""
    return [{"Key": name.replace("_", "-"), "Value": value} for name, value in values.items()]
