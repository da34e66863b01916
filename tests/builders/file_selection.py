"""Reads mails and chooses their files, on the real database and blob store."""

from schemas.records import FilteredMail, ParsedMail, Target, ValidatedMail
from storage.resources import Resources
from tests.builders.world import World, in_ledger
from workers.attachments.stage import select
from workers.parse.read import read_mail


def chosen(raw: bytes, resources: Resources, world: World, author: str = "client") -> FilteredMail:
    """Reads a mail of `author`, a person of the world, and returns the result of the attachments stage."""
    return select(validated(raw, resources, world, author), resources)


def validated(raw: bytes, resources: Resources, world: World, author: str = "client") -> ValidatedMail:
    """Creates a ledger row for a mail, reads the mail, and returns it as validated."""
    custody = in_ledger(world, raw=resources.blobs.put(world.tenant_id, "raw", raw))
    parsed = read_mail(raw, custody)
    assert isinstance(parsed, ParsedMail), parsed
    target = Target(case_id=world.case_id, author_id=world.people[author], answers=None)
    return ValidatedMail(parsed=parsed, target=target)


def names(mail: FilteredMail) -> tuple[str, ...]:
    """Returns the names of the files, in their order."""
    return tuple(file.name for file in mail.files)


def reasons(mail: FilteredMail) -> list[tuple[str, str]]:
    """Returns name and reason of each part that did not become a file, sorted."""
    return sorted((item.name, str(item.reason)) for item in mail.left_out)
