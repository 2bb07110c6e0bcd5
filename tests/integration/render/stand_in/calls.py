"""Says of every call in a file of aws_cli.py's whether AWS knows it: service, operation, options, and the JSON in them."""

import json
import sys

import botocore.session
from botocore import xform_name
from botocore.validate import ParamValidator

GLOBAL = {"region", "output", "query"}
SERVICES = {"s3api": "s3"}


def main() -> int:
    session, known, wrong = botocore.session.get_session(), {}, []
    with open(sys.argv[1], encoding="utf-8") as file:
        calls = [json.loads(line) for line in file]
    for service, operation, *rest in calls:
        model = known.setdefault(service, session.get_service_model(SERVICES.get(service, service)))
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        if operation not in operations:
            wrong.append(f"{service} has no operation {operation}")
            continue
        shape = model.operation_model(operations[operation]).input_shape
        members = {xform_name(name, "-"): name for name in shape.members} if shape else {}
        parameters = {}
        for word in rest:
            name, equals, text = word.removeprefix("--").partition("=")
            if name in GLOBAL:
                continue
            if name not in members:
                wrong.append(f"{service} {operation} has no option --{name}")
                continue
            member = shape.members[members[name]]
            parameters[members[name]] = value(member.type_name, text) if equals else True
        if shape:
            report = ParamValidator().validate(parameters, shape)
            if report.has_errors():
                wrong.append(f"{service} {operation}: {report.generate_report()}")
    print("\n".join(wrong))
    return 1 if wrong or not calls else 0


def value(kind: str, text: str) -> object:
    if kind in ("structure", "list", "map"):
        return json.loads(text)
    return int(text) if kind in ("integer", "long") else text


sys.exit(main())
