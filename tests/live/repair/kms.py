"""KMS."""

from moto.kms.models import kms_backends

from calls import Call
from messages import Request
from protocols import Refused
from repair.registry import Result, own
from world import World


@own("kms", "ScheduleKeyDeletion")
def schedules_by_arn(_: World, call: Call, __: Request) -> Result:
    """AWS: "KeyId [...] Specify the key ID or key ARN of the KMS key." moto looks for the id only."""
    backend = kms_backends[call.account][call.region]
    key = call.params["KeyId"].rpartition("/")[2]
    if key not in backend.keys:
        raise Refused(400, "NotFoundException", f"Key '{call.params['KeyId']}' does not exist")
    days = call.params.get("PendingWindowInDays", 30)
    date = backend.schedule_key_deletion(key, days)
    return {
        "KeyId": backend.keys[key].arn,
        "DeletionDate": date,
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }
