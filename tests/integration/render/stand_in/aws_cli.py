"""Stands in for the AWS CLI: what it keeps is the JSON file $AWS_STATE, every call that it gets a line of $AWS_CALLS; the operation
$AWS_FAILS fails.

A key of the state is `kind:name`; the content is JSON, as the scripts have it. Whether the calls are ones that AWS knows is
for calls.py to say.
"""

import json
import os
import sys
from typing import Any, NoReturn

STATE = os.environ["AWS_STATE"]

# What a bucket has: (operation's name, member of the answer, error where nothing is there, option that sets it).
SETTINGS = {
    "versioning": ("bucket-versioning", None, None, "versioning-configuration"),
    "encryption": (
        "bucket-encryption",
        "ServerSideEncryptionConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
        "server-side-encryption-configuration",
    ),
    "public-access-block": (
        "public-access-block",
        "PublicAccessBlockConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "public-access-block-configuration",
    ),
    "ownership": (
        "bucket-ownership-controls",
        "OwnershipControls",
        "OwnershipControlsNotFoundError",
        "ownership-controls",
    ),
    "logging": ("bucket-logging", None, None, "bucket-logging-status"),
    "lifecycle": ("bucket-lifecycle-configuration", None, "NoSuchLifecycleConfiguration", "lifecycle-configuration"),
    "tags": ("bucket-tagging", "TagSet", "NoSuchTagSet", "tagging"),
}


def refuse(code: str) -> NoReturn:
    print(f"\nAn error occurred ({code}) when calling an operation: {code}", file=sys.stderr)
    sys.exit(254)


class Cloud:
    def __init__(self, state: dict[str, Any], options: dict[str, str]) -> None:
        self.state, self.options = state, options

    def get(self, key: str, code: str | None) -> Any:
        if key not in self.state:
            return refuse(code) if code else {}
        return self.state[key]

    def sts(self, operation: str) -> Any:
        print(self.state["account"])

    def s3api(self, operation: str) -> Any:
        bucket = self.options["bucket"]
        if self.options["expected-bucket-owner"] != self.state["account"]:
            refuse("AccessDenied")
        if operation.endswith("-bucket-policy"):
            return self.text_policy(operation, f"bucket-policy:{bucket}", "NoSuchBucketPolicy")
        verb, name = operation.split("-", 1)
        name = {"bucket-lifecycle": "bucket-lifecycle-configuration"}.get(name, name)
        setting, (_, member, code, option) = next((s, row) for s, row in SETTINGS.items() if row[0] == name)
        key = f"{setting}:{bucket}"
        if verb == "delete":
            self.state.pop(key, None)
        elif verb == "put":
            content = json.loads(self.options[option])
            content = content["TagSet"] if setting == "tags" else content
            if content == {}:
                self.state.pop(key, None)
            else:
                self.state[key] = content
        else:
            content = self.get(key, code)
            return {member: content} if member else content or None
        return None

    def text_policy(self, operation: str, key: str, code: str) -> Any:
        if operation.startswith("put-"):
            json.loads(self.options["policy"])
            self.state[key] = self.options["policy"]
        elif operation.startswith("delete-"):
            self.state.pop(key, None)
        else:
            return {"Policy": self.get(key, code)}
        return None

    def s3control(self, operation: str) -> Any:
        key = f"access-point-policy:{self.options['name']}"
        return self.text_policy(operation, key, "NoSuchAccessPointPolicy")

    def kms(self, operation: str) -> Any:
        key = self.options.get("key-id", "")
        if operation in ("get-key-policy", "put-key-policy"):
            return self.text_policy(operation, f"key-policy:{key}", "NotFoundException")
        if operation == "describe-key":
            key_id = self.get(key, "NotFoundException")
            return {"KeyMetadata": {"KeyId": key_id, "Arn": f"arn:aws:kms:eu-west-1:{self.state['account']}:key/{key_id}"}}
        if operation == "create-key":
            self.state["key-policy:made-1"] = self.options["policy"]
            return {"KeyMetadata": {"KeyId": "made-1"}}
        if operation == "create-alias":
            self.state[self.options["alias-name"]] = self.options["target-key-id"]
        elif operation == "delete-alias":
            del self.state[self.options["alias-name"]]
        elif operation == "schedule-key-deletion":
            del self.state[f"key-policy:{key}"]
            return {"KeyId": key}
        return None

    def iam(self, operation: str) -> Any:
        if "managed" not in operation and ("policy-arn" in self.options or operation == "create-policy"):
            if "attach" not in operation and "detach" not in operation:
                return self.managed(operation)
        kind = next(kind for kind in ("user", "group", "role") if f"{kind}-name" in self.options)
        name = self.options[f"{kind}-name"]
        if operation == f"get-{kind}":
            return {kind.capitalize(): self.holder(kind, name)}
        if operation == "update-assume-role-policy":
            self.state[f"trust:{name}"] = json.loads(self.options["policy-document"])
            return None
        if "policies" in operation or "attach" in operation or "detach" in operation:
            return self.attachments(operation, f"attached:{kind}:{name}")
        if "boundary" in operation:
            key, content = f"boundary:{kind}:{name}", self.options.get("permissions-boundary")
        else:
            key, content = f"inline:{kind}:{name}:{self.options['policy-name']}", self.options.get("policy-document")
            content = json.loads(content) if content else None
        if operation.startswith("put-"):
            self.state[key] = content
        elif operation.startswith("delete-"):
            self.get(key, "NoSuchEntity")
            del self.state[key]
        else:
            return {"PolicyDocument": self.get(key, "NoSuchEntity")}
        return None

    def holder(self, kind: str, name: str) -> Any:
        member = {"AssumeRolePolicyDocument": self.state.get(f"trust:{name}", {})} if kind == "role" else {}
        boundary = self.state.get(f"boundary:{kind}:{name}")
        return member | ({"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {})

    def attachments(self, operation: str, key: str) -> Any:
        attached = self.state.setdefault(key, [])
        policy = self.options.get("policy-arn")
        if operation.startswith("attach-"):
            attached.extend([] if policy in attached else [policy])
        elif operation.startswith("detach-"):
            if policy not in attached:
                refuse("NoSuchEntity")
            attached.remove(policy)
        else:
            return {"AttachedPolicies": [{"PolicyArn": arn} for arn in attached]}
        return None

    def managed(self, operation: str) -> Any:
        if operation == "create-policy":
            arn = f"arn:aws:iam::{self.state['account']}:policy{self.options['path']}{self.options['policy-name']}"
            document = json.loads(self.options["policy-document"])
            self.state[f"managed:{arn}"] = {"default": "v1", "next": 2, "versions": {"v1": document}}
            return {"Policy": {"Arn": arn}}
        key = f"managed:{self.options['policy-arn']}"
        policy = self.get(key, "NoSuchEntity")
        versions, version = policy["versions"], self.options.get("version-id")
        if operation == "get-policy":
            return {"Policy": {"DefaultVersionId": policy["default"]}}
        if operation == "get-policy-version":
            return {"PolicyVersion": {"Document": versions[version]}}
        if operation == "list-policy-versions":
            return {"Versions": [{"VersionId": v, "IsDefaultVersion": v == policy["default"]} for v in versions]}
        if operation == "set-default-policy-version":
            policy["default"] = version
        elif operation == "delete-policy-version":
            if version == policy["default"]:
                refuse("DeleteConflict")
            del versions[version]
        elif operation == "create-policy-version":
            if len(versions) == 5:
                refuse("LimitExceeded")
            policy["default"], policy["next"] = f"v{policy['next']}", policy["next"] + 1
            versions[policy["default"]] = json.loads(self.options["policy-document"])
        elif operation == "delete-policy":
            if len(versions) > 1:
                refuse("DeleteConflict")
            del self.state[key]
        return None


def main() -> None:
    service, operation, *rest = sys.argv[1:]
    with open(os.environ["AWS_CALLS"], "a", encoding="utf-8") as calls:
        calls.write(json.dumps(sys.argv[1:]) + "\n")
    options = dict(word.removeprefix("--").partition("=")[::2] for word in rest)
    with open(STATE, encoding="utf-8") as file:
        state = json.load(file)
    if operation == os.environ.get("AWS_FAILS"):
        refuse("ServiceUnavailable")
    answer = getattr(Cloud(state, options), service)(operation)
    if answer is not None:
        print(json.dumps(answer))
    with open(STATE, "w", encoding="utf-8") as file:
        json.dump(state, file)


main()
