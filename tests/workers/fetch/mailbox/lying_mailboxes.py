"""Adds mailboxes on servers that lie."""

from typing import Any
from uuid import UUID

from schemas.mailboxes import MailboxOptions, MailboxSecret
from storage.resources import Resources
from tests.builders import mailboxes
from tests.builders.world import World
from tests.servers.scripted_imap import ScriptedImap


def add(resources: Resources, world: World, server: ScriptedImap, **more: Any) -> UUID:
    given = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ann", "idle": False, **more}
    secret = MailboxSecret(password="pass word")
    return mailboxes.add(resources, world, MailboxOptions.model_validate(given), secret=secret)
