"""On the case page, a left-out file can be added to its update from the original mail."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from schemas.files import FileReason
from schemas.tables import AccessGroup, MailState, Role, Via
from tests.builders.mails_with_files import PDF, mail_with
from tests.builders.rows import add, add_mail, add_update, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words


def plant(console: Console, world: World, **more: object) -> UUID:
    """Adds an update from the client's mail with two files left out: one exceeded the count, one is a duplicate."""
    twins = (("lost.pdf", PDF), ("twin.pdf", PDF))
    raw = mail_with(world.email("client"), f"case-1@{world.mail_domain}", *twins)
    mail_id = add_mail(world, MailState.POSTED, raw=console.blobs().put(world.tenant_id, "raw", raw))
    left_out = [
        {"name": "lost.pdf", "why": "an update has at most 5 files", "part": 1, "reason": FileReason.TOO_MANY},
        {"name": "twin.pdf", "why": "the same file is there already", "part": 2, "reason": FileReason.SAME_FILE},
    ]
    return add_update(world, "client", "See files", via=Via.EMAIL, mail_id=mail_id, left_out=left_out, **more)


def add_lost(browser: Browser, world: World, update_id: UUID, part: int = 1) -> httpx.Response:
    return browser.send(f"/cases/{world.case_id}/updates/{update_id}/left-out/{part}", {}, on="/cases")


def files(world: World, update_id: UUID) -> list[str]:
    rows = run(world, "select name from update_files where update_id = :id order by position", id=update_id)
    return [row.name for row in rows]


def test_a_case_manager_adds_what_was_left_out_and_sees_it_at_once(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    update_id = plant(console, desk)
    manager = browse("manager")
    page = manager.get(f"/cases/{desk.case_id}")
    offered = tree(page).xpath("//article//form[contains(@action, '/left-out/')]/@action")
    assert [path.rpartition("/")[2] for path in offered] == ["1"], "of a twin nothing was lost"
    after = add_lost(manager, desk, update_id)
    assert words(after, "//*[@data-message]/p[1]") == "The file is with the update."
    assert words(after, "//ul[@class='files']//a[not(@class)]") == "lost.pdf"
    assert words(after, "//li[contains(@class, 'left-out')]//bdi") == "twin.pdf"
    again = add_lost(manager, desk, update_id)
    assert words(again, "//*[@data-message]/p[1]") == "The file is with the update."
    assert files(desk, update_id) == ["lost.pdf"]
    (name, size) = run(desk, "select name, size from update_files where update_id = :id", id=update_id)[0]
    assert (name, size) == ("lost.pdf", len(PDF))


@pytest.mark.parametrize(
    ("name", "status"), [("admin", 200), ("manager", 200), ("staff", 403), ("client", 403), ("outsider", 403)]
)
def test_only_admins_and_case_managers_add_files(
    console: Console, desk: World, browse: Callable[..., Browser], name: str, status: int
) -> None:
    update_id = plant(console, desk)
    assert add_lost(browse(name), desk, update_id).status_code == status
    assert files(desk, update_id) == (["lost.pdf"] if status == 200 else [])
    if name in ("staff", "client"):
        assert "left-out/" not in browse(name).get(f"/cases/{desk.case_id}").text


def test_nobody_adds_to_an_update_that_they_do_not_see(
    console: Console, desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    inner = AccessGroup(tenant_id=desk.tenant_id, name="Inner", may_post=[Role.ADMIN], may_see=[Role.ADMIN])
    add(desk, inner)
    unseen = plant(console, desk, access_group_id=inner.id)
    assert add_lost(browse("manager"), desk, unseen).status_code == 404
    assert add_lost(browse("admin", other_desk), desk, unseen).status_code == 404
    assert add_lost(browse("admin", other_desk), other_desk, unseen).status_code == 404
    assert files(desk, unseen) == []
    assert add_lost(browse("admin"), desk, unseen).status_code == 200
    assert files(desk, unseen) == ["lost.pdf"]


def test_to_an_update_that_waits_who_validates_it_may_add(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    update_id = plant(console, desk, validated=False)
    assert add_lost(browse("manager"), desk, update_id).status_code == 200
    assert files(desk, update_id) == ["lost.pdf"]


def test_when_the_original_is_gone_the_page_says_so_and_offers_nothing(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    update_id = plant(console, desk)
    run(desk, "update mails set raw_deleted_by = 'retention' where tenant_id = :id", id=desk.tenant_id)
    manager = browse("manager")
    page = manager.get(f"/cases/{desk.case_id}")
    assert "The original email was deleted: what was left out can't be added any more." in words(page, "//article")
    assert "left-out/" not in page.text
    after = add_lost(manager, desk, update_id)
    assert words(after, "//*[@data-message]/p[1]").startswith("Not added: The original of this mail was deleted")


def test_the_page_says_why_a_check_refused_a_file(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    update_id = plant(console, desk)
    run(desk, "update tenants set file_policy = '{\"most_bytes\": 5}' where id = :id", id=desk.tenant_id)
    after = add_lost(browse("manager"), desk, update_id)
    assert words(after, "//*[@data-message]/p[1]") == "Not added: it is too large"
    assert files(desk, update_id) == []
