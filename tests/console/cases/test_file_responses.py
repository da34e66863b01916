"""How files of updates are given out: nothing that could run is shown, ranges are, and changed bytes are not."""

from collections.abc import Callable

import pytest

from cases.files.links import Purpose
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.cases.file_links import link
from tests.console.files_with_thumbnails import JPEG, THUMB, plant


@pytest.mark.parametrize(
    ("name", "content_type", "shown"),
    [
        ("a.jpg", "image/jpeg", True),
        ("a.pdf", "application/pdf", True),
        ("a.mp3", "audio/mpeg", True),
        ("a.mp4", "video/mp4", True),
        ("a.svg", "image/svg+xml", False),
        ("a.html", "text/html", False),
        ("a.xml", "application/xhtml+xml", False),
        ("a.txt", "text/plain", False),
        ("a.docx", "application/msword", False),
    ],
)
def test_only_pictures_pdf_sound_and_film_are_ever_shown(
    console: Console,
    desk: World,
    browse: Callable[..., Browser],
    stranger: Browser,
    name: str,
    content_type: str,
    shown: bool,
) -> None:
    file_id = plant(console, desk, name=name, content_type=content_type)
    client = browse("client")
    for answer in (
        client.get(f"/files/{file_id}?inline=true"),
        stranger.get(link(console, desk, Purpose.INLINE, file_id, "client")),
    ):
        assert answer.headers["content-disposition"].startswith("inline" if shown else "attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == content_type
        policy = answer.headers["content-security-policy"]
        assert policy.startswith(
            "sandbox; default-src 'none'" if name != "a.pdf" else "default-src 'none'; object-src 'self'"
        )
    assert client.get(f"/files/{file_id}").headers["content-disposition"].startswith("attachment")
    assert client.get(f"/files/{file_id}/preview").status_code == (200 if shown else 404)
    page = client.get(f"/cases/{desk.case_id}")
    assert bool(tree(page).xpath("//ul[@class='files']//a[contains(@href, 'preview')]")) is shown


def test_the_case_page_shows_thumbnails(console: Console, desk: World, browse: Callable[..., Browser]) -> None:
    file_id = plant(console, desk)
    client = browse("client")
    (picture,) = tree(client.get(f"/cases/{desk.case_id}")).xpath("//ul[@class='files']//img")
    assert picture.get("alt") == "Preview of a.jpg"
    answer = client.get(picture.get("src"))
    assert answer.content == THUMB
    assert answer.headers["content-type"] == "image/jpeg"
    run(desk, "update update_files set thumbnail = null where id = :id", id=file_id)
    assert client.get(f"/files/{file_id}/thumbnail").status_code == 404
    assert tree(client.get(f"/cases/{desk.case_id}")).xpath("//ul[@class='files']//img") == []


@pytest.mark.parametrize(
    ("asked", "status", "content", "content_range"),
    [
        ("bytes=0-3", 206, JPEG[:4], f"bytes 0-3/{len(JPEG)}"),
        ("bytes=4-", 206, JPEG[4:], f"bytes 4-{len(JPEG) - 1}/{len(JPEG)}"),
        ("bytes=-5", 206, JPEG[-5:], f"bytes {len(JPEG) - 5}-{len(JPEG) - 1}/{len(JPEG)}"),
        ("bytes=10-99999", 206, JPEG[10:], f"bytes 10-{len(JPEG) - 1}/{len(JPEG)}"),
        ("bytes=-99999", 206, JPEG, f"bytes 0-{len(JPEG) - 1}/{len(JPEG)}"),
        (f"bytes={len(JPEG)}-", 416, b"", f"bytes */{len(JPEG)}"),
        ("bytes=5-4", 416, b"", f"bytes */{len(JPEG)}"),
        ("bytes=-0", 416, b"", f"bytes */{len(JPEG)}"),
        ("bytes=0-1,3-4", 200, JPEG, None),
        ("bytes=-", 200, JPEG, None),
        ("pages=1-2", 200, JPEG, None),
        ("bytes=" + "9" * 400 + "-", 200, JPEG, None),
    ],
)
def test_a_range_is_given_so_that_sound_and_film_can_be_wound(
    console: Console,
    desk: World,
    browse: Callable[..., Browser],
    asked: str,
    status: int,
    content: bytes,
    content_range: str | None,
) -> None:
    client, path = browse("client"), f"/files/{plant(console, desk)}"
    answer = client.http.get(path, headers={"range": asked})
    assert (answer.status_code, answer.content, answer.headers.get("content-range")) == (status, content, content_range)
    assert answer.headers["accept-ranges"] == "bytes"
    changed = client.http.get(path, headers={"range": asked, "if-range": '"another"'})
    assert (changed.status_code, changed.content) == (200, JPEG)


def test_a_browser_keeps_a_file_for_itself_and_asks_each_time(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    client, path = browse("client"), f"/files/{plant(console, desk)}"
    answer = client.get(path)
    assert answer.headers["cache-control"] == "private, no-cache"
    again = client.http.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    run(desk, "delete from case_members where user_id = :id", id=desk.people["client"])
    assert client.http.get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 404


def test_changed_bytes_are_not_given_out(console: Console, desk: World, browse: Callable[..., Browser]) -> None:
    file_id = plant(console, desk, name="b.jpg")
    blob = run(desk, "select blob from update_files where id = :id", id=file_id)[0].blob
    with open(f"{console.settings.blobs.url}/{blob}", "wb") as file:  # noqa: PTH123
        file.write(b"other")
    page = browse("client").get(f"/files/{file_id}")
    assert page.status_code == 503
    assert "can't be read now" in words(page)
