"""Organizations."""

from dataclasses import replace

from moto.organizations.models import organizations_backends

from calls import Call
from protocols import Refused
from repair.registry import check
from world import World


@check("organizations", "*")
def only_the_management_account(world: World, call: Call) -> None:
    """AWS: "You can call this operation only from the management account or a member account that is a delegated
    administrator"; any member may ask for the organization itself. moto answers members with empty lists."""
    if call.account != world.management and call.operation != "DescribeOrganization":
        message = "You don't have permissions to access this resource."
        raise Refused(400, "AccessDeniedException", message)


def for_the_organization(world: World, call: Call) -> Call:
    """The call as the management account would make it, if a delegated administrator makes it."""
    backend = organizations_backends[world.management]["aws"]
    if call.service == "organizations" and call.is_read and call.account in (it.account.id for it in backend.admins):
        return replace(call, account=world.management)
    return call
