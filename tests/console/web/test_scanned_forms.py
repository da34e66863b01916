"""The form where files are scanned for malware."""

from collections.abc import Iterator

import pytest

from ops.embedded import free_port
from tests.builders.files import GOOD
from tests.builders.rows import ACTS, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, field, give_passwords, tree, words
from tests.console.conftest import serve
from tests.servers.clamav import EICAR, SIGNATURE, ClamAV

NOT_KEPT = " The files are not kept here: choose them again."
AWAY = "Files can't be checked for malware now. Post the text alone, or try again in some minutes."


@pytest.fixture
def scanning(console: Console, clamav: ClamAV) -> Iterator[Console]:
    """A console whose files are scanned."""
    with serve(console.settings.replace(clamd=clamav.address)) as running:
        yield running


@pytest.fixture
def unscanned(console: Console) -> Iterator[Console]:
    """A console whose scanner is away."""
    with serve(console.settings.replace(clamd=f"127.0.0.1:{free_port()}")) as running:
        yield running


def somebody(console: Console, world: World, name: str) -> Browser:
    give_passwords(world)
    browser = Browser(console.url)
    assert browser.log_in(world, world.email(name)).url.path == "/cases"
    return browser


def test_malware_is_refused_by_its_name_and_clean_files_post(scanning: Console, world: World) -> None:
    client = somebody(scanning, world, "client")
    page = client.post_update(world.case_id, "Run it.", files=[("plan.pdf", GOOD["plan.pdf"]), ("note.txt", EICAR)])
    said = f"The file note.txt can't be posted: malware was found in it: {SIGNATURE}."
    assert words(page, "//*[@role='alert']") == said + NOT_KEPT
    assert run(world, "select 1 from updates where tenant_id = :id", id=world.tenant_id) == []
    assert client.post_update(world.case_id, "See it.", files=[("plan.pdf", GOOD["plan.pdf"])]).status_code == 200


def test_while_the_scanner_is_away_that_is_told_and_the_text_alone_posts(unscanned: Console, world: World) -> None:
    client = somebody(unscanned, world, "client")
    page = client.post_update(world.case_id, "See it.", files=[("plan.pdf", GOOD["plan.pdf"])])
    assert page.status_code == 422
    assert words(page, "//*[@role='alert']") == AWAY + NOT_KEPT
    values = {"update_id": field(page, "update_id"), "text": "See it."}
    assert client.send(f"/cases/{world.case_id}/updates", values).status_code == 200
    assert run(world, "select 1 from update_files where tenant_id = :id", id=world.tenant_id) == []


def test_an_admin_chooses_what_waits_for_the_scanner(scanning: Console, world: World) -> None:
    admin = somebody(scanning, world, "admin")
    page = admin.get("/settings/files")
    assert tree(page).xpath("//input[@name='unscanned'][@checked]/@value") == ["files_wait"]
    values = {"most_files": "5", "each_mb": "1", "together_mb": "1", "types": ["pdf"], "unscanned": "mail_waits"}
    page = admin.send("/settings/files", values)
    assert tree(page).xpath("//input[@name='unscanned'][@checked]/@value") == ["mail_waits"]
    (row,) = run(world, f"select details from {ACTS}", id=world.tenant_id)
    assert row.details["unscanned"] == "files_wait to mail_waits"
