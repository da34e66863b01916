"""Posting an update by the form."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import pytest

from tests.builders.rows import add_file, add_update, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, field, tree, words

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def updates(world: World) -> list[Any]:
    return run(world, "select * from updates where case_id = :id order by posted_at", id=world.case_id)


def notified(world: World) -> set[str]:
    """Returns the addresses of waiting notices, from the update's log of recipients."""
    rows = run(
        world,
        "select o.to_email, o.kind, o.state, r.email from outbox o join update_recipients r on r.id = o.recipient_id "
        "where o.tenant_id = :id",
        id=world.tenant_id,
    )
    assert all(row.to_email == row.email and (row.kind, row.state) == ("notice", "waiting") for row in rows)
    return {row.to_email for row in rows}


def test_the_form_writes_the_update_its_recipients_and_their_notices(
    desk: World, browse: Callable[..., Browser]
) -> None:
    page = browse("staff").post_update(desk.case_id, "It is mended.\r\nAll of it.  ", desk.people["client"])
    assert page.url.path == f"/cases/{desk.case_id}"
    assert words(page, "//*[@data-message='done']/p") == "The update is posted."
    (update,) = updates(desk)
    assert (update.text, update.via, update.author_id) == ("It is mended.\nAll of it.", "form", desk.people["staff"])
    assert update.written_at == update.posted_at
    assert notified(desk) == {desk.email("client"), desk.email("manager")}
    assert f'id="u-{update.id}"' in page.text


def test_a_client_is_not_notified_of_a_case_that_is_not_theirs(desk: World, browse: Callable[..., Browser]) -> None:
    browse("staff").post_update(desk.case_id, "Hello", desk.people["outsider"], desk.people["archived"])
    assert notified(desk) == {desk.email("manager")}


def test_a_form_sent_twice_posts_once(desk: World, browse: Callable[..., Browser]) -> None:
    staff = browse("staff")
    page = staff.get(f"/cases/{desk.case_id}")
    values = {"update_id": field(page, "update_id"), "text": "Only once"}

    def send(_: int) -> int:
        return staff.send(f"/cases/{desk.case_id}/updates", values).status_code

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(send, range(3))) == [200, 200, 200]
    assert send(4) == 200
    assert [update.text for update in updates(desk)] == ["Only once"]
    assert notified(desk) == {desk.email("manager")}


def test_a_form_cannot_take_the_id_of_somebody_elses_update(desk: World, browse: Callable[..., Browser]) -> None:
    taken = add_update(desk, "manager", "mine")
    page = browse("staff").send(f"/cases/{desk.case_id}/updates", {"update_id": str(taken), "text": "mine too"})
    assert page.status_code == 409
    assert [update.text for update in updates(desk)] == ["mine"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("   \r\n ", "The update has neither text nor a file."),
        ("long " * 10_001, "The text is longer than 50,000 characters."),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(
    desk: World, browse: Callable[..., Browser], typed: str, said: str
) -> None:
    page = browse("staff").post_update(desk.case_id, typed, desk.people["member"])
    assert page.status_code == 422
    assert words(page, "//*[@role='alert']") == said
    assert tree(page).xpath("//textarea")[0].text_content().strip() == typed.strip()
    assert tree(page).xpath("//input[@name='recipients'][@checked]/@value") == [str(desk.people["member"])]
    assert updates(desk) == []


def test_a_refused_form_can_be_sent_again(desk: World, browse: Callable[..., Browser]) -> None:
    staff = browse("staff")
    refused = staff.post_update(desk.case_id, " ")
    values = {"update_id": field(refused, "update_id"), "text": "now with words"}
    assert staff.send(f"/cases/{desk.case_id}/updates", values).status_code == 200
    assert [update.text for update in updates(desk)] == ["now with words"]


def test_a_case_that_closes_while_somebody_writes_keeps_their_text(desk: World, browse: Callable[..., Browser]) -> None:
    staff = browse("staff")
    values = {"update_id": field(staff.get(f"/cases/{desk.case_id}"), "update_id"), "text": "half a page <b>"}
    run(desk, "update cases set open = false where id = :id", id=desk.case_id)
    page = staff.send(f"/cases/{desk.case_id}/updates", values)
    assert "The case is closed" in words(page, "//*[@role='alert']")
    assert tree(page).xpath("//textarea")[0].text_content().strip() == "half a page <b>"
    assert tree(staff.get(f"/cases/{desk.case_id}")).xpath("//textarea") == []


def test_files_are_stored_with_the_type_of_their_content(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    files = [("C:\\offers\\Angebot für Sie.pdf", PDF), ("list.csv", b"a,b\n1,2\n")]
    page = browse("client").post_update(desk.case_id, "See files", files=files)
    rows = run(desk, "select * from update_files where tenant_id = :id order by position", id=desk.tenant_id)
    assert [(row.name, row.content_type, row.size) for row in rows] == [
        ("Angebot für Sie.pdf", "application/pdf", len(PDF)),
        ("list.csv", "text/csv", 8),
    ]
    assert rows[0].sha256 == sha256(PDF).hexdigest()
    assert console.blobs().get(rows[0].blob) == PDF
    assert words(page, "//ul[@class='files']//a[not(@class)]") == "Angebot für Sie.pdf list.csv"


def test_a_file_that_is_not_what_it_says_is_refused_as_mail_would(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("client").post_update(desk.case_id, "See file", files=[("note.txt", PDF)])
    assert "its content is application/pdf, not what 'txt' says" in words(page, "//*[@role='alert']")
    assert updates(desk) == []


def test_a_file_alone_is_an_update(desk: World, browse: Callable[..., Browser]) -> None:
    assert browse("client").post_update(desk.case_id, "", files=[("a.pdf", PDF)]).status_code == 200
    assert [update.text for update in updates(desk)] == [""]


def test_six_files_are_refused(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("client").post_update(desk.case_id, "Six", files=[(f"{number}.txt", b"x") for number in range(6)])
    assert page.status_code == 422
    said = "An update has at most 5 files. The files are not kept here: choose them again."
    assert words(page, "//*[@role='alert']") == said
    assert updates(desk) == []


def test_a_client_cannot_post_on_a_case_that_is_not_theirs(desk: World, browse: Callable[..., Browser]) -> None:
    outsider = browse("outsider")
    values = {"update_id": str(desk.case_id), "text": "Let me in"}
    assert outsider.send(f"/cases/{desk.case_id}/updates", values, on="/cases").status_code == 404
    assert updates(desk) == []


def test_nobody_posts_on_a_case_of_another_tenant(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    values = {"update_id": str(desk.case_id), "text": "Let me in"}
    admin = browse("admin", other_desk)
    assert admin.send(f"/cases/{desk.case_id}/updates", values, on="/cases").status_code == 404
    assert updates(desk) == []


def test_a_file_leaves_as_an_attachment_that_no_browser_runs(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    page = b"<script>alert(1)</script>"
    blob = console.blobs().put(desk.tenant_id, "file", page)
    file_id = add_file(desk, add_update(desk, "staff", "x"), 'Über "uns"\u202e.html', blob, "text/html")
    answer = browse("client").get(f"/files/{file_id}")
    assert answer.content == page
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"_ber _uns_[U+202E].html\"; filename*=UTF-8''%C3%9Cber%20%22uns%22%5BU%2B202E%5D.html"
    )
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_type_that_is_not_one_is_sent_as_bytes(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    blob = console.blobs().put(desk.tenant_id, "file", b"x")
    file_id = add_file(desk, add_update(desk, "staff", "x"), "x", blob, "cannot open\r\nset-cookie: a=b")
    assert browse("client").get(f"/files/{file_id}").headers["content-type"] == "application/octet-stream"


def test_only_those_who_see_the_case_get_its_files(
    console: Console, desk: World, other_desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    blob = console.blobs().put(desk.tenant_id, "file", b"x")
    file_id = add_file(desk, add_update(desk, "staff", "x"), "x.txt", blob)
    assert browse("member").get(f"/files/{file_id}").status_code == 200
    assert browse("outsider").get(f"/files/{file_id}").status_code == 404
    assert browse("admin", other_desk).get(f"/files/{file_id}").status_code == 404
    assert stranger.get(f"/files/{file_id}").url.path == "/login"
