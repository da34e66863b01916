"""A mail through the reading and the choice of its files, on the real database and blob store."""

from schemas.records import FilteredMail, ParsedMail, Target, ValidatedMail
from storage.resources import Resources
from tests.builders.world import World, in_ledger
from workers.attachments.stage import select
from workers.parse.read import read_mail


def chosen(raw: bytes, resources: Resources, world: World, author: str = "client") -> FilteredMail:
    """What the stage makes of the mail of one of the people of the world."""
    return select(validated(raw, resources, world, author), resources)


def validated(raw: bytes, resources: Resources, world: World, author: str = "client") -> ValidatedMail:
    """The record on which the stage works; each has a ledger row of its own."""
    custody = in_ledger(world, raw=resources.blobs.put(world.tenant_id, "raw", raw))
    parsed = read_mail(raw, custody)
    assert isinstance(parsed, ParsedMail), parsed
    target = Target(case_id=world.case_id, author_id=world.people[author], answers=None)
    return ValidatedMail(parsed=parsed, target=target)


def names(mail: FilteredMail) -> tuple[str, ...]:
    """The names of the files, in their order."""
    return tuple(file.name for file in mail.files)


def reasons(mail: FilteredMail) -> list[tuple[str, str]]:
    """Name and reason of each part that became no file, sorted."""
    return sorted((item.name, str(item.reason)) for item in mail.left_out)
