"""Settings > Signature pictures."""

from collections.abc import Callable

import pytest

from schemas.tables import SignaturePicture, SignatureSighting
from tests.builders.rows import add, run
from tests.builders.world import World
from tests.console.browser import Browser, tree, words

PATH = "/settings/signatures"


def learned(world: World, name: str = "logo.png", hidden: int = 2) -> SignaturePicture:
    """Adds a signature picture of the client that came in three mails; returns it."""
    picture = SignaturePicture(
        tenant_id=world.tenant_id, author_id=world.people["client"], sha256=name, name=name, width=400, height=150
    )
    add(world, picture)
    for number in range(3):
        tenant_id, hides = world.tenant_id, number < hidden
        add(world, SignatureSighting(picture_id=picture.id, mail=str(number), tenant_id=tenant_id, hidden=hides))
    return picture


def said(world: World) -> list[bool]:
    rows = run(world, "select no_signature from signature_pictures where tenant_id = :id", id=world.tenant_id)
    return [row.no_signature for row in rows]


def test_an_admin_sees_what_was_hidden_and_says_that_it_is_no_signature(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    picture = learned(desk, "lo\u202ego.png")
    learned(desk, "once.png", hidden=0)
    learned(other_desk, "foreign.png")
    admin = browse("admin")
    table = words(admin.get(PATH), "//tbody")
    assert table.startswith(f"lo[U+202E]go.png 400 x 150 pixels Client {desk.email('client')} 3 2 times")
    assert "Not a signature" in table
    assert len(tree(admin.get(PATH)).xpath("//tbody/tr")) == 1
    page = admin.send(f"{PATH}/{picture.id}", {"no_signature": "true"}, on=PATH)
    assert words(page, "//*[@role='status']") == (
        "The picture is a file when it comes again. What has posted stays as it is."
    )
    assert "Not a signature Hide it again" in words(page, "//tbody")
    assert sorted(said(desk)) == [False, True]
    (act,) = run(desk, "select act, actor_id, details from audit where subject_id = :id", id=picture.id)
    assert (act.act, act.actor_id) == ("signature_picture.kept", desk.people["admin"])
    admin.send(f"{PATH}/{picture.id}", {"no_signature": "false"}, on=PATH)
    assert said(desk) == [False, False]


def test_what_is_there_no_more_or_of_another_tenant_is_not_found(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    foreign = learned(other_desk)
    answer = browse("admin").send(f"{PATH}/{foreign.id}", {"no_signature": "true"}, on=PATH)
    assert answer.status_code == 404
    assert said(other_desk) == [False]


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_nobody_but_an_admin_opens_it(desk: World, browse: Callable[..., Browser], name: str) -> None:
    picture = learned(desk)
    person = browse(name)
    assert person.get(PATH).status_code == 403
    assert person.send(f"{PATH}/{picture.id}", {"no_signature": "true"}, on="/cases").status_code == 403
    assert said(desk) == [False]


def test_when_nothing_was_hidden_the_page_says_so(desk: World, browse: Callable[..., Browser]) -> None:
    assert "No picture was hidden yet." in words(browse("admin").get(PATH))
