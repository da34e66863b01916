"""Takes mails whose sender is checked through all stages to their end."""

from typing import Any
from uuid import UUID

from schemas.records import FetchedMail, FilteredMail, ParsedMail, ProofOrder, Rejection
from storage.resources import Resources
from tests.builders.rows import run_for_tenant
from tests.builders.world import World, in_ledger
from tests.servers.name_server import NameServer
from workers.authenticate.stage import authenticate, give_up
from workers.errors import TransientError
from workers.parse.stage import parse
from workers.post.stage import post
from workers.validate.stage import validate

DOMAIN = "people.example"
#: How a mail may end, besides the reasons for which it is held: posted, or posted as not verified.
POSTED, UNVERIFIED = "posted", "unverified"


def choose_authentication(world: World, authentication: str) -> None:
    """Sets how strictly the tenant checks senders."""
    run_for_tenant(world, "update tenants set authentication = :choice where id = :tenant", choice=authentication)


def take_to_its_end(
    resources: Resources, world: World, server: NameServer, raw: bytes, address: str, *, message: bytes | None = None
) -> tuple[UUID, str]:
    """Returns the mail's id and its end after all retries: posted, unverified, or the reason why not.

    Mails with the same `message` are copies of one mail, each with its own delivery."""
    custody = in_ledger(world, recipient=address, raw=resources.blobs.put(world.tenant_id, "raw", raw))
    if message is not None:
        key = message + custody.mail_id.bytes + bytes(16)
        run_for_tenant(world, "update mails set content_key = :key where id = :id", key=key, id=custody.mail_id)
    mail = parse(FetchedMail(custody=custody), resources)
    assert isinstance(mail, ParsedMail)
    asked = Resources(resources.settings.replace(dns_servers=server.address), resources.database, resources.blobs)
    end: Any = validate([mail], resources)[0]
    if isinstance(end, ProofOrder):
        try:
            known = authenticate(end, asked)
        except TransientError as error:
            after = give_up(end, error)
            if after is None:
                return mail.custody.mail_id, error.reason
            known = after
        (end,) = validate([known], resources)
    if not isinstance(end, Rejection):
        (end,) = post([FilteredMail(parsed=end.parsed, target=end.target, files=(), left_out=())], resources)
    if isinstance(end, Rejection):
        return mail.custody.mail_id, end.reason
    ((unverified,),) = run_for_tenant(
        world, "select unverified from updates where mail_id = :id", id=mail.custody.mail_id
    )
    return mail.custody.mail_id, UNVERIFIED if unverified else POSTED
