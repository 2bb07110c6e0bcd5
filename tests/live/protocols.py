"""Answers in each of AWS's protocols: results from and to plain objects, and errors."""

import json
import re
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from botocore.parsers import create_parser
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from calls import Call
from messages import Answer

REQUEST_ID = "4442587FB7D0A2F9"
ROOT = re.compile(rb"^(\s*(?:<\?xml[^>]*\?>)?\s*)<([A-Za-z][\w.-]*)")

ROOTS = {
    # botocore's model of S3 has no names of roots, the API Reference has.
    "GetBucketAbac": "AbacStatus",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketEncryption": "ServerSideEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketOwnershipControls": "OwnershipControls",
    "GetBucketPolicyStatus": "PolicyStatus",
    "GetBucketReplication": "ReplicationConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetObjectLockConfiguration": "ObjectLockConfiguration",
    "GetPublicAccessBlock": "PublicAccessBlockConfiguration",
    "ListBuckets": "ListAllMyBucketsResult",
}


class Refused(Exception):
    """AWS refuses a call."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or f"The call was refused: {code}"


def root_of(call: Call) -> str | None:
    """The name of the root element of a successful answer; None where that is not XML, or nobody asks for it here."""
    if call.service == "s3":
        return ROOTS.get(call.operation)
    if call.protocol in ("query", "ec2"):
        return f"{call.operation}Response"
    shape = call.model.output_shape if call.service == "s3control" else None
    return shape and (shape.serialization.get("payload") or shape.name)


def rooted(call: Call, answer: Answer) -> Answer:
    """Gives the answer the root that AWS gives it, whatever moto makes of it: the Rust SDK insists on it."""
    found, root = ROOT.match(answer.body), root_of(call)
    if call.protocol != "rest-xml" or not answer.is_success or not found or root is None:
        return answer
    old, new = found[2], root.encode()
    body = found[1] + b"<" + new + answer.body[found.end() :]
    closing = b"</" + old + b">"
    if old != new and body.rstrip().endswith(closing):
        body = body.rstrip()[: -len(closing)] + b"</" + new + b">"
    return Answer(answer.status, body, answer.headers)


def emptied(call: Call, answer: Answer) -> Answer:
    """Takes away what moto says where AWS says nothing: "the service sends back an HTTP 200 response with an empty HTTP body".

    IAM and its like answer at least by which request it was.
    """
    says_nothing = call.protocol in ("rest-xml", "json") and call.model.output_shape is None
    return replace(answer, body=b"") if says_nothing and answer.is_success else answer


def parsed(call: Call, answer: Answer) -> dict[str, Any]:
    """The members of an answer, or the refusal that it is."""
    parser = create_parser(call.protocol)
    answered = {"status_code": answer.status, "headers": answer.headers, "body": answer.body}
    result = parser.parse(answered, call.model.output_shape)
    result.pop("ResponseMetadata", None)
    if not answer.is_success:
        error = result.get("Error", {})
        raise Refused(answer.status, error.get("Code", "InternalFailure"), error.get("Message", ""))
    return result


def answered(call: Call, result: dict[str, Any]) -> Answer:
    """A successful answer with these members."""
    model = get_service_model(call.service).operation_model(call.operation)
    serializer = get_serializer_class(call.service, call.protocol)(operation_model=model)
    written = serializer.serialize(result)
    body = written["body"]
    body = body.encode() if isinstance(body, str) else body
    return rooted(call, Answer(written["status_code"], body, dict(written["headers"])))


def refused(call: Call, error: Refused) -> Answer:
    """An error as the call's protocol has it."""
    if call.protocol in ("json", "rest-json"):
        body = json.dumps({"__type": error.code, "message": error.message, "Message": error.message}).encode()
        kind = "application/x-amz-json-1.1" if call.protocol == "json" else "application/json"
        return Answer(error.status, body, {"Content-Type": kind, "x-amzn-ErrorType": error.code})
    return Answer(error.status, _xml_error(call, error).encode(), {"Content-Type": "application/xml"})


def _xml_error(call: Call, error: Refused) -> str:
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if call.service == "s3":
        return f"{head}<Error>{inner}<RequestId>{REQUEST_ID}</RequestId><HostId>host</HostId></Error>"
    if call.protocol == "ec2":
        return f"{head}<Response><Errors><Error>{inner}</Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
    kind = "<Type>Sender</Type>" if error.status < 500 else "<Type>Receiver</Type>"
    return f"{head}<ErrorResponse><Error>{kind}{inner}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
