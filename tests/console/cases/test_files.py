"""Files of updates: every route checks the current rights."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest
from itsdangerous import TimestampSigner

from cases.files.links import FileLinks, Purpose
from schemas.tables import AccessGroup, Role
from tests.builders.rows import add, run
from tests.builders.world import World
from tests.console.browser import Browser, Console
from tests.console.cases.file_links import link
from tests.console.files_with_thumbnails import JPEG, plant

#: The paths to a file for people who are logged in.
ROUTES = {
    "download": "/files/{}",
    "shown": "/files/{}?inline=true",
    "preview page": "/files/{}/preview",
    "thumbnail": "/files/{}/thumbnail",
}
#: The purposes of signed links.
SIGNED = (Purpose.MAIL, Purpose.DOWNLOAD, Purpose.INLINE)


def statuses(
    console: Console, world: World, browse: Callable[..., Browser], stranger: Browser, file_id: UUID, name: str
) -> set[int]:
    """Returns the statuses of all routes for a person: those that need a log-in, and the person's signed links."""
    browser = browse(name)
    found = {browser.get(path.format(file_id)).status_code for path in ROUTES.values()}
    return found | {stranger.get(link(console, world, purpose, file_id, name)).status_code for purpose in SIGNED}


@pytest.mark.parametrize(("name", "status"), [("client", 200), ("staff", 200), ("manager", 200), ("outsider", 404)])
def test_every_route_to_a_file_is_open_only_to_people_who_see_the_case(
    console: Console, desk: World, browse: Callable[..., Browser], stranger: Browser, name: str, status: int
) -> None:
    assert statuses(console, desk, browse, stranger, plant(console, desk), name) == {status}


@pytest.mark.parametrize(("name", "status"), [("staff", 200), ("manager", 200), ("member", 404)])
def test_every_route_to_a_file_of_a_waiting_update_is_open_to_its_author_and_validators(
    console: Console, desk: World, browse: Callable[..., Browser], stranger: Browser, name: str, status: int
) -> None:
    assert statuses(console, desk, browse, stranger, plant(console, desk, validated=False), name) == {status}


@pytest.mark.parametrize(("name", "status"), [("admin", 200), ("client", 404)])
def test_the_access_group_of_a_file_is_that_of_its_update(
    console: Console, desk: World, browse: Callable[..., Browser], stranger: Browser, name: str, status: int
) -> None:
    inner = AccessGroup(tenant_id=desk.tenant_id, name="Inner", may_post=[Role.ADMIN], may_see=[Role.ADMIN])
    add(desk, inner)
    file_id = plant(console, desk, access_group_id=inner.id)
    assert statuses(console, desk, browse, stranger, file_id, name) == {status}


def test_no_route_leads_to_a_file_of_another_tenant(
    console: Console, desk: World, other_desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    file_id, admin = plant(console, desk), browse("admin", other_desk)
    assert {admin.get(path.format(file_id)).status_code for path in ROUTES.values()} == {404}
    links = FileLinks(console.settings)
    for purpose in SIGNED:
        for tenant, person in ((other_desk, other_desk), (desk, other_desk), (other_desk, desk)):
            url = links.write(purpose, tenant.tenant_id, file_id, person.people["admin"])
            assert stranger.get(httpx.URL(url).raw_path.decode()).status_code == 404


def test_who_is_not_logged_in_is_asked_to_be(console: Console, desk: World, stranger: Browser) -> None:
    file_id = plant(console, desk)
    for path in ROUTES.values():
        assert stranger.get(path.format(file_id)).url.path == "/login"


def test_a_link_in_a_mail_works_without_a_log_in_until_its_person_is_removed(
    console: Console, desk: World, stranger: Browser
) -> None:
    path = link(console, desk, Purpose.MAIL, plant(console, desk), "client")
    answer = stranger.get(path)
    assert answer.content == JPEG
    assert answer.headers["content-disposition"].startswith('attachment; filename="a.jpg"')
    assert "set-cookie" not in answer.headers
    run(desk, "update users set active = false where id = :id", id=desk.people["client"])
    assert stranger.get(path).status_code == 404
    run(desk, "update users set active = true where id = :id", id=desk.people["client"])
    run(desk, "delete from case_members where user_id = :id", id=desk.people["client"])
    gone = stranger.get(path)
    assert gone.status_code == 404
    assert "Open the case and look there" in gone.text


def test_a_link_that_is_too_old_asks_for_a_log_in_and_leads_on(
    console: Console, desk: World, stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id = plant(console, desk)
    hours = console.settings.console.file_link_hours
    with monkeypatch.context() as patch:
        made = int(TimestampSigner("x").get_timestamp()) - hours * 3600 - 1
        patch.setattr(TimestampSigner, "get_timestamp", lambda _: made)
        path = link(console, desk, Purpose.MAIL, file_id, "client")
    answer = stranger.http.get(path, follow_redirects=False)
    assert answer.headers["location"] == f"{console.settings.console.url}/files/{file_id}"
    asked = stranger.get(f"/files/{file_id}")
    assert (asked.url.path, asked.url.params["next"]) == ("/login", f"/files/{file_id}")


def test_a_link_opens_one_file_for_one_person_and_one_purpose(console: Console, desk: World, stranger: Browser) -> None:
    file_id = plant(console, desk)
    path = link(console, desk, Purpose.MAIL, file_id, "client")
    token = path.rpartition("/")[2]
    other = link(console, desk, Purpose.MAIL, plant(console, desk), "client").rpartition("/")[2]
    mixed = other.partition(".")[0] + "." + token.partition(".")[2]
    for bad in (
        f"/f/inline/{token}",
        f"/f/original/{token}",
        f"/f/download/{token}",
        f"/f/mail/{mixed}",
        f"/f/mail/{token[:-1]}",
        "/f/mail/x",
        "/f/mail/" + "A" * 64,
    ):
        assert stranger.get(bad).status_code == 404, bad
    assert stranger.get(path).status_code == 200


def test_somebody_else_who_is_logged_in_is_served_by_their_own_rights(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    path = link(console, desk, Purpose.MAIL, file_id := plant(console, desk), "client")
    answer = browse("outsider").http.get(path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"/files/{file_id}")
    assert browse("client").get(path).content == JPEG
