"""Which answers are compressed, and which are not."""

from collections.abc import Callable

import pytest

from tests.console.browser import Browser


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_pages_are_compressed_for_who_asks_from_here(browse: Callable[..., Browser], site: str) -> None:
    staff = browse("staff")
    plain = staff.get("/profile")
    asked = staff.http.get("/profile", headers={"sec-fetch-site": site})
    assert asked.headers["content-encoding"] == "gzip"
    assert int(asked.headers["content-length"]) < len(plain.content)
    assert "Sec-Fetch-Site" in asked.headers["vary"]
    assert "Where you are logged in" in asked.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
def test_the_length_of_a_page_tells_other_sites_nothing_of_its_secrets(
    browse: Callable[..., Browser], site: str
) -> None:
    asked = browse("staff").http.get("/profile", headers={"sec-fetch-site": site})
    assert "content-encoding" not in asked.headers


def test_assets_are_compressed_for_everybody_and_known_again(stranger: Browser) -> None:
    asset = stranger.get("/assets/tabler.min.css")
    assert asset.headers["content-encoding"] == "gzip"
    assert asset.headers["etag"].startswith('W/"')
    again = stranger.http.get("/assets/tabler.min.css", headers={"if-none-match": asset.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = stranger.http.get("/assets/tabler.min.css", headers={"accept-encoding": "identity"})
    assert plain.text == asset.text


def test_a_head_has_the_headers_of_a_get_and_a_range_is_not_cut_from_a_compressed_answer(stranger: Browser) -> None:
    head = stranger.http.head("/assets/tabler.min.css")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0
    part = stranger.http.get("/assets/tabler.min.css", headers={"range": "bytes=0-9"})
    assert (part.status_code, len(part.content), "content-encoding" in part.headers) == (206, 10, False)
