"""Texts of strangers and tenants do not control the operator's terminal when a command prints them."""

import re
from pathlib import Path

import pytest

from schemas.tables import MailState, Source, SourceKind, now
from tests.builders.command import casemail_here
from tests.builders.rows import add, add_mail, run
from tests.builders.world import World

#: Clears the screen, renames the window, turns text red with a C1 code, and reverses the direction of text.
CONTROLS = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u2066\x7f\b"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def hostile(world: World) -> World:
    """Returns a tenant in which every name that a stranger or its admin may choose has control characters."""
    words = f"Odd {CONTROLS} {world.slug}"
    run(world, "update tenants set name = :words where id = :id", words=words, id=world.tenant_id)
    run(world, "update users set name = :words where tenant_id = :id", words=words, id=world.tenant_id)
    odd = f'"{CONTROLS}{world.slug}"@people.example'
    client = world.email("client")
    add_mail(world, MailState.HELD, ended_at=now(), subject=words, author=client, sender=odd, recipient=odd)
    add(world, Source(kind=SourceKind.MAILDIR, name=words, location="/x", last_error=words))
    return world


def commands(world: World, mail: Path) -> dict[str, tuple[str, ...]]:
    person = ("--tenant", world.slug, "--email", world.email("client"))
    return {
        "find": ("find", world.slug),
        "tenant list": ("tenant", "list"),
        "source list": ("source", "list"),
        "erase": ("erase", *person, "--account", "--dry-run"),
        "erase no address": ("erase", "--tenant", world.slug, "--email", CONTROLS),
        "parse": ("parse", str(mail)),
        "explain": ("explain", str(mail)),
    }


#: The commands that print the names, without their control characters; the others refuse them.
SHOWS = ("find", "tenant list", "source list", "erase")


@pytest.mark.parametrize("name", [*SHOWS, "erase no address", "parse", "explain"])
def test_no_command_prints_what_controls_a_terminal(
    env: dict[str, str], hostile: World, tmp_path: Path, name: str
) -> None:
    mail = tmp_path / "mail.eml"
    head = f'From: "a{CONTROLS}" <x@evil.example>\r\nSubject: a {CONTROLS}\r\nX-Odd: \x9b31m\r\n\r\n'
    mail.write_bytes(f"{head}hello {CONTROLS}\r\n".encode())
    done = casemail_here(*commands(hostile, mail)[name], **env, OWNER_DATABASE_URL=hostile.owner_url)
    assert sorted(set(_CONTROL.findall(done.stdout + done.stderr))) == []
    assert done.stdout or done.stderr
    if name in SHOWS:
        assert hostile.slug in done.stdout, done.stderr
