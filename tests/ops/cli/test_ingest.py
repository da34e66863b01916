"""`casemail ingest` exits with 0 only after custody, and with 75 for any error."""

import mailbox
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from ops.demo.delivery import Letter, drop_into
from storage.resources import Resources
from tests.builders.command import ingest
from tests.builders.world import World
from workers.fetch.content_key import header_of


def mail(words: str = "") -> bytes:
    return f"From: a@x.example\nMessage-ID: <{uuid4().hex}@x.example>\n\nWords {words}\n".encode()


def rows(resources: Resources, world: World) -> list[tuple[str, str, str, int]]:
    with resources.database.tenant(world.tenant_id) as connection:
        found = connection.execute(
            text("select recipient, sender, state, whole_size from mails order by recipient, state desc")
        )
        return [(row.recipient, row.sender, row.state, row.whole_size) for row in found]


def test_a_mail_from_a_pipe_is_in_custody_for_each_recipient(resources: Resources, world: World) -> None:
    ours = [f"case-{name}@{world.mail_domain}" for name in ("one", "two")]
    options = [part for address in ours for part in ("--recipient", address)]
    assert ingest(resources.settings, "-", *options, "--sender", "a@x.example", stdin=mail()) == 0
    assert rows(resources, world) == [(address, "a@x.example", "waiting", 0) for address in ours]


def test_a_line_before_the_mail_gives_the_sender_and_is_no_part_of_it(resources: Resources, world: World) -> None:
    raw, ours = mail(), f"case-1@{world.mail_domain}"
    line = b"From b@y.example  Mon Nov 23 12:00:00 2026\n"
    assert ingest(resources.settings, "-", stdin=line + f"Delivered-To: {ours}\n".encode() + raw) == 0
    assert ingest(resources.settings, "-", "--recipient", ours, "--sender", "b@y.example", stdin=raw) == 0
    assert [row[:2] for row in rows(resources, world)] == [(ours, "b@y.example")] * 2
    with resources.database.tenant(world.tenant_id) as connection:
        messages = connection.execute(text("select distinct substr(content_key, 1, 32) from mails")).all()
    assert len(messages) == 1, "without the line and the trace field they are one mail"


@pytest.mark.parametrize("make", ["files", "mbox", "Maildir"])
def test_many_mails_are_taken_from_files_and_boxes_and_once(
    resources: Resources, world: World, tmp_path: Path, make: str
) -> None:
    ours = f"case-1@{world.mail_domain}"
    raws = [f"Delivered-To: {ours}\nReturn-Path: <a@x>\n".encode() + mail(f"{number}\n>From y") for number in range(60)]
    if make == "files":
        paths = [tmp_path / f"{number}.eml" for number in range(len(raws))]
        for path, raw in zip(paths, raws, strict=True):
            path.write_bytes(raw)
    elif make == "mbox":
        paths = [tmp_path / "box"]
        box = mailbox.mbox(paths[0])
        for raw in raws:
            box.add(b"From a@x Mon Nov 23 12:00:00 2026\n" + raw)
        box.close()
    else:
        paths = [tmp_path / "Maildir"]
        raws = [drop_into(paths[0], Letter("a@x", ours, raw))[0] for raw in raws]
    for _ in range(2):
        assert ingest(resources.settings, *map(str, paths)) == 0
    assert [row[2] for row in rows(resources, world)] == ["waiting"] * 60 + ["dropped"] * 60
    with resources.database.tenant(world.tenant_id) as connection:
        keys = connection.execute(text("select raw from mails where state = 'waiting'")).scalars()
        taken = {resources.blobs.get(key).rstrip() for key in keys}
    assert taken == {raw.rstrip() for raw in raws}


def test_of_a_mail_over_the_limit_the_header_is_taken(resources: Resources, world: World, tmp_path: Path) -> None:
    raw, ours = mail() + b"x" * 3_000_000, f"case-1@{world.mail_domain}"
    (tmp_path / "large.eml").write_bytes(raw)
    for name, stdin in (("-", raw), (str(tmp_path / "large.eml"), b"")):
        assert ingest(resources.settings, name, "--recipient", ours, stdin=stdin, CASEMAIL_MAIL_SIZE_LIMIT="10000") == 0
    assert [row[2:] for row in rows(resources, world)] == [("waiting", len(raw)), ("dropped", len(raw))]
    with resources.database.tenant(world.tenant_id) as connection:
        key = connection.execute(text("select raw from mails where state = 'waiting'")).scalar_one()
    assert resources.blobs.get(key) == header_of(raw)


@pytest.mark.parametrize(
    "env",
    [
        {"CASEMAIL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        {"CASEMAIL_DISK_RESERVE": str(2**60)},
        {"CASEMAIL_BLOB_URL": ""},
        {"CASEMAIL_BLOB_URL": "/proc/nowhere"},
    ],
    ids=["no database", "no room", "settings", "no blob store"],
)
def test_any_error_leaves_the_mail_with_its_server(resources: Resources, world: World, env: dict[str, str]) -> None:
    assert ingest(resources.settings, "-", "--recipient", f"case-1@{world.mail_domain}", stdin=mail(), **env) == 75
    assert rows(resources, world) == []


def test_a_wrong_option_leaves_the_mail_with_its_server_too(resources: Resources, world: World) -> None:
    assert ingest(resources.settings, "-", "--recipent", f"case-1@{world.mail_domain}", stdin=mail()) == 75
    assert ingest(resources.settings) == 75


def test_a_missing_file_gives_75_too(resources: Resources, tmp_path: Path) -> None:
    assert ingest(resources.settings, str(tmp_path / "none")) == 75
    assert ingest(resources.settings, str(tmp_path)) == 75
