"""Strangers and people of other tenants can't stall the console: they are refused, and all others are served."""

import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import text

from cases.outgoing import alias_link
from tests.builders.rows import run
from tests.builders.world import SECRETS, World
from tests.console.browser import Browser, Console, field, words
from tests.console.raw_requests import raw

#: Forms that are small to send and take long to parse.
BOMBS = {
    "fields without end": ("application/x-www-form-urlencoded", b"a&" * 400_000),
    "one long field": ("application/x-www-form-urlencoded", b"a=" + b"%41" * 300_000),
    "tiny parts": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 15_000,
    ),
    "line ends before the first part": ("multipart/form-data; boundary=b", b"\r\n" * 400_000 + b"--b--\r\n"),
    "nearly boundaries": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="a"; filename=x\r\n\r\n' + b"\r\n--" * 200_000 + b"\r\n--b--\r\n",
    ),
    "a long header of a part": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="' + b"a" * 900_000 + b'"\r\n\r\n1\r\n--b--\r\n',
    ),
    "many headers of a part": (
        "multipart/form-data; boundary=b",
        b"--b\r\n" + b"X: y\r\n" * 150_000 + b"\r\n1\r\n--b--\r\n",
    ),
}


def _temporary_files() -> list[str]:
    links = [Path(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
    names = [os.readlink(link) for link in links if link.is_symlink()]  # noqa: PTH115
    return [name for name in names if name.endswith("(deleted)") and "/tmp" in name]


def test_forms_that_do_not_end_lie_on_no_disk(
    console: Console, stranger: Browser, browse: Callable[..., Browser]
) -> None:
    stranger.get("/login")
    before = _temporary_files()
    held = []
    part = b'--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\n'
    for browser, size, refused in ((stranger, 900_000, True), (browse("staff"), 900_000, False)):
        for _ in range(10):
            head = (
                f"POST /login HTTP/1.1\r\nHost: x\r\nCookie: casemail={browser.http.cookies['casemail']}\r\n"
                f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {size + 500}\r\n\r\n"
            )
            connection, answer = raw(console, head.encode() + part, ends=refused)
            held.append(connection)
            assert answer.startswith(b"HTTP/1.1 413 ") if refused else answer == b""
            if not refused:
                connection.sendall(b"x" * size)
    assert stranger.get("/healthz").text == "ok\n"
    assert _temporary_files() == before
    for connection in held:
        connection.close()


@pytest.mark.parametrize("name", BOMBS)
def test_a_form_that_is_long_to_read_is_refused(
    console: Console, desk: World, stranger: Browser, browse: Callable[..., Browser], name: str
) -> None:
    kind, body = BOMBS[name]
    stranger.get("/login")
    assert stranger.http.post("/login", content=body, headers={"content-type": kind}).status_code == 413
    client = browse("client")
    answer = client.http.post(f"/cases/{desk.case_id}/updates", content=body, headers={"content-type": kind})
    assert answer.status_code in {400, 403}
    assert client.get("/cases").status_code == 200


def test_a_flood_of_log_ins_gets_429_while_pages_and_known_devices_go_on(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    staff, known = browse("staff"), browse("manager")
    known.log_out()
    cookies = Browser(console.url)
    token = field(cookies.get("/login"), "csrf")

    def try_one(number: int) -> tuple[int, str]:
        form = {"csrf": token, "slug": desk.slug, "email": f"a{number}@x.example", "password": "x" * 900}
        answer = cookies.http.post("/login", data=form, headers={"x-forwarded-for": f"100.64.{number}.1"})
        return answer.status_code, answer.headers.get("retry-after", "")

    with ThreadPoolExecutor(60) as pool:
        flood = [pool.submit(try_one, number) for number in range(120)]
        assert staff.get("/cases").status_code == 200
        assert known.log_in(desk, desk.email("manager")).url.path == "/cases"
        codes = {request.result() for request in flood}
    assert codes == {(401, ""), (429, "5")}
    cookies.http.close()


def test_one_person_s_slow_files_wait_for_each_other_and_the_others_go_on(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    attacker, victim = browse("client", other_desk), browse("client")
    page = attacker.get(f"/cases/{other_desk.case_id}")
    token, pdf = field(page, "csrf"), slow_pdf()

    def send(number: int) -> int:
        form = {"csrf": token, "update_id": f"00000000-0000-4000-8000-{number:012}", "text": "slow"}
        files = [("files", (f"{number}.pdf", pdf + b"\n%%%d" % number, "application/pdf"))]
        return attacker.http.post(f"/cases/{other_desk.case_id}/updates", data=form, files=files).status_code

    with ThreadPoolExecutor(12) as pool:
        forms = [pool.submit(send, number) for number in range(12)]
        assert victim.get("/cases").status_code == 200
        assert "The update is posted" in words(victim.post_update(desk.case_id, "Meanwhile."))
        codes = [form.result() for form in forms]
    assert 429 in codes
    assert set(codes) == {200, 429}
    assert attacker.get("/cases").status_code == 200


def slow_pdf() -> bytes:
    """Returns a small PDF that takes long to examine."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    inner = [
        pdf.make_indirect(
            pikepdf.Dictionary(
                A=pikepdf.String("/JS"), B=pikepdf.Array([pikepdf.Dictionary(C=number) for number in range(6)])
            )
        )
        for number in range(4_000)
    ]
    pdf.Root.X = pdf.make_indirect(pikepdf.Array(inner))
    out = io.BytesIO()
    pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def test_requests_of_one_address_wait_for_each_other_and_too_many_get_429(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    staff, crowd = browse("staff"), Browser(console.url, "203.0.113.200")
    field(crowd.get("/login"), "csrf")
    with desk.owner().connect() as holder:
        holder.execute(text("lock table tenants in access exclusive mode"))
        with ThreadPoolExecutor(50) as pool:
            asked = [pool.submit(crowd.http.get, "/aliases/confirm", params={"token": _link(desk)}) for _ in range(50)]
            refused = next(request.result() for request in as_completed(asked) if request.result().status_code == 429)
            holder.rollback()
        assert refused.headers["retry-after"]
    assert {request.result().status_code for request in asked} == {404, 429}
    assert staff.get("/cases").status_code == 200


def _link(desk: World) -> str:
    """Returns the token of a link to an alias that does not exist; opening it needs the database."""
    return alias_link.token(SECRETS, desk.tenant_id, desk.case_id)


def test_neither_an_answer_nor_the_next_one_on_the_connection_waits_for_what_tells_who_is_a_user(
    console: Console, desk: World
) -> None:
    browser = Browser(console.url)
    browser.get("/login")
    with desk.owner().connect() as holder:
        holder.execute(text("select from users where id = :id for update"), {"id": desk.people["client"]})
        holder.execute(text("lock table audit in share mode"))
        asked = browser.send("/forgot", {"slug": desk.slug, "email": desk.email("client")})
        refused = browser.log_in(desk, desk.email("client"), "wrong")
        assert (asked.status_code, refused.status_code) == (200, 401)
        assert browser.get("/static/icon.svg").status_code == 200
        holder.rollback()
    browser.http.close()
    assert run(desk, "select 1 from users where id = :id", id=desk.people["client"])
