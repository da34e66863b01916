"""The page of a case: its updates, their recipients, and the form."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from cases.addresses import tokens
from schemas.tables import CaseMember, MailState, UpdateRecipient, Via, now
from tests.builders.rows import add, add_file, add_mail, add_update, run
from tests.builders.world import KEYS, World
from tests.console.browser import Browser, tree, words


def test_an_update_shows_its_author_times_and_recipients(desk: World, browse: Callable[..., Browser]) -> None:
    at = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    update_id = add_update(desk, "staff", "First line\nsecond line", written_at=at, posted_at=at)
    add(
        desk,
        UpdateRecipient(
            tenant_id=desk.tenant_id, update_id=update_id, user_id=desk.people["client"], email="old@people.example"
        ),
    )
    update = words(browse("manager").get(f"/cases/{desk.case_id}"), f"//article[@id='u-{update_id}']")
    assert update.startswith("S Staff Visible to clients 2026-03-01 23:59 UTC First line second line")
    assert "Sent to 1 Client old@people.example" in update
    assert "By email" not in update
    assert "old@people.example" not in browse("member").get(f"/cases/{desk.case_id}").text


def test_an_update_by_email_shows_both_times_what_was_left_out_and_what_was_cut(
    desk: World, browse: Callable[..., Browser]
) -> None:
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    mail_id = add_mail(desk, MailState.POSTED)
    add_update(
        desk,
        "client",
        "Yes, please.",
        via=Via.EMAIL,
        mail_id=mail_id,
        written_at=at,
        posted_at=at + timedelta(hours=1),
        left_out=[
            {"name": "setup.exe", "why": "its type is not taken", "part": 1},
            {"name": "logo.png", "why": "a picture of the signature", "part": 2},
            {"name": "image001.png", "why": "the signature shows it", "part": 3, "reason": "signature_picture"},
            {"name": "IMG_6.heic", "why": "it is the 6th", "part": 4, "reason": "too_many"},
        ],
        cut=[{"kind": "quote", "before": 12, "text": "On Monday Staff wrote: What news?", "confidence": 1.0}],
    )
    page = browse("manager").get(f"/cases/{desk.case_id}")
    update = words(page, "//article")
    assert "Client By email Visible to clients Written 2026-03-01 12:00 UTC, posted 2026-03-01 13:00 UTC" in update
    left_out = [words(page, f"//li[contains(@class, 'left-out')][{place}]") for place in (1, 2, 3)]
    assert left_out == [
        "setup.exeLeft out: its type is not taken",
        "logo.pngLeft out: a picture of the signature",
        "IMG_6.heicLeft out: it is the 6th",
    ]
    assert "image001.png" not in update
    parts = words(browse("manager").get(f"/inbound/{mail_id}"), "//main")
    assert "Left out setup.exe its type is not taken" in parts
    assert "image001.png the signature shows it IMG_6.heic it is the 6th" in parts
    assert "Left out image001.png signature_picture Left out IMG_6.heic too_many" in parts
    assert "Show 1 line of quoted text On Monday Staff wrote" in words(page, "//article//details")
    assert tree(page).xpath("//article//a[contains(@class, 'by-email')]/@href") == [f"/inbound/{mail_id}"]
    assert tree(browse("client").get(f"/cases/{desk.case_id}")).xpath("//article//a") == []


def test_a_notice_that_did_not_arrive_is_shown_at_its_recipient(desk: World, browse: Callable[..., Browser]) -> None:
    update_id = add_update(desk, "staff", "What news?")
    values: dict[str, Any] = {"tenant_id": desk.tenant_id, "update_id": update_id}
    at = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
    for name, permanent in (("client", True), ("member", False)):
        add(
            desk,
            UpdateRecipient(
                **values,
                user_id=desk.people[name],
                email=f"{name}@people.example",
                bounced_at=at,
                bounced_address=f"{name}@gone.example",
                bounce_permanent=permanent,
                bounce_words="550 <b>no</b> \u202euser",
            ),
        )
    add(desk, UpdateRecipient(**values, user_id=desk.people["manager"], email="manager@people.example"))
    page = browse("staff").get(f"/cases/{desk.case_id}")
    assert "Sent to 3, 2 not delivered" in words(page, "//article//summary")
    client, manager, member = [words(page, f"//article//ul[@class='sent']/li[{place}]") for place in (1, 2, 3)]
    problem = "could not be delivered to client@gone.example, 2026-03-01 12:05 UTC: 550 <b>no</b> [U+202E]user"
    assert client == f"Client client@people.example {problem}"
    assert manager == "Manager manager@people.example"
    assert "not delivered yet to member@gone.example" in member
    seen = browse("member").get(f"/cases/{desk.case_id}")
    shown = seen.text
    assert "could not be delivered, 2026-03-01 12:05 UTC" in words(seen)
    assert "gone.example" not in shown


def test_an_update_by_email_that_was_posted_at_once_shows_one_time(desk: World, browse: Callable[..., Browser]) -> None:
    at = datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC)
    add_update(desk, "client", "Yes.", via=Via.EMAIL, written_at=at, posted_at=at + timedelta(seconds=9))
    update = words(browse("client").get(f"/cases/{desk.case_id}"), "//article")
    assert update.startswith("C Client By email 2026-03-01 12:00 UTC Yes.")


def test_updates_come_newest_first_and_older_ones_on_further_pages(desk: World, browse: Callable[..., Browser]) -> None:
    start = now()
    for number in range(55):
        add_update(desk, "staff", f"text {number}", posted_at=start + timedelta(seconds=number // 10))
    staff = browse("staff")
    first = staff.get(f"/cases/{desk.case_id}")
    older = staff.get(tree(first).xpath("//li[@class='more']/a/@href")[0])
    texts = [element.text_content() for page in (first, older) for element in tree(page).xpath("//div[@class='text']")]
    assert len(texts) == 55
    assert texts[0] == "text 54"
    assert set(texts) == {f"text {number}" for number in range(55)}


def test_the_envelope_shows_an_address_that_reads_back_as_this_case(
    desk: World, browse: Callable[..., Browser]
) -> None:
    page = browse("client").get(f"/cases/{desk.case_id}")
    local_part, _, domain = words(page, "//*[@id='address']").partition("@")
    assert domain == desk.mail_domain
    address = tokens.read(KEYS, desk.tenant_id, local_part)
    assert address is not None
    assert address.kind is tokens.AddressKind.CASE
    rows = run(desk, "select handle from case_addresses where case_id = :id", id=desk.case_id)
    assert rows == [(address.handle,)]
    summary = tree(page).xpath("//summary[@data-copy='#address']")[0]
    assert "Email address of this case" in summary.get("aria-label")


def test_people_who_open_a_case_at_the_same_time_see_one_address(desk: World, browse: Callable[..., Browser]) -> None:
    browsers = [browse("staff") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda browser: browser.get(f"/cases/{desk.case_id}"), browsers))
    assert len({words(page, "//*[@id='address']") for page in pages}) == 1


def test_text_from_outside_can_neither_run_nor_turn_the_line(desk: World, browse: Callable[..., Browser]) -> None:
    script = "<script>alert(1)</script>"
    update_id = add_update(desk, "staff", f"{script} http://a.example/?x=1&y=2 \u202eevil")
    add_file(desk, update_id, f"{script}\u202egpj.exe", f"{desk.tenant_id}/file/00/0")
    run(desk, "update users set name = :name where id = :id", name=f"{script}\nStaff", id=desk.people["staff"])
    run(desk, "update cases set title = :title where id = :id", title=f"{script}", id=desk.case_id)
    page = browse("client").get(f"/cases/{desk.case_id}")
    assert script not in page.text
    assert tree(page).xpath("//script/text()") == []
    assert "\u202e" not in page.text
    assert words(page, "//ul[@class='files']//a") == f"{script}[U+202E]gpj.exe"
    assert words(page, "//article//header/strong") == f"{script} Staff"
    links = tree(page).xpath("//div[@class='text']/a")
    assert [(link.get("href"), link.get("rel")) for link in links] == [
        ("http://a.example/?x=1&y=2", "nofollow noopener noreferrer")
    ]
    assert script not in browse("staff").get("/cases").text


def test_a_client_chooses_among_the_people_of_the_case_only(desk: World, browse: Callable[..., Browser]) -> None:
    def choice(name: str) -> list[str]:
        page = browse(name).get(f"/cases/{desk.case_id}")
        return [label.text_content() for label in tree(page).xpath("//label[contains(@class, 'person')]/bdi")]

    assert choice("client") == ["Member"]
    assert choice("staff") == ["Admin", "Client", "Member"]
    add_update(desk, "staff", "I am on it")
    assert choice("client") == ["Member", "Staff"]
    add(desk, CaseMember(case_id=desk.case_id, user_id=desk.people["outsider"], tenant_id=desk.tenant_id))
    assert choice("client") == ["Member", "Outsider", "Staff"]


def test_whom_the_newest_update_went_to_is_chosen_already(desk: World, browse: Callable[..., Browser]) -> None:
    update_id = add_update(desk, "client", "Anything new?")
    add(
        desk,
        UpdateRecipient(
            tenant_id=desk.tenant_id, update_id=update_id, user_id=desk.people["member"], email="m@people.example"
        ),
    )
    page = browse("staff").get(f"/cases/{desk.case_id}")
    chosen = tree(page).xpath("//input[@name='recipients'][@checked]/@value")
    assert chosen == [str(desk.people["client"]), str(desk.people["member"])]
    always = tree(page).xpath("//fieldset//label[input[@checked][@disabled]]/bdi")
    assert [name.text_content() for name in always] == ["Manager"]


def test_a_mail_that_failed_for_good_is_shown_at_its_recipient_to_who_works_here(
    desk: World, browse: Callable[..., Browser]
) -> None:
    staff = browse("staff")
    staff.post_update(desk.case_id, "Is it fixed?", desk.people["client"], desk.people["member"])
    run(
        desk,
        "update outbox set state = 'failed', error = '550 5.1.1 no such user' where to_email = :to",
        to=desk.email("client"),
    )
    said = words(staff.get(f"/cases/{desk.case_id}"))
    assert f"Client {desk.email('client')} could not be sent: 550 5.1.1 no such user" in said
    assert said.count("could not be sent") == 1
    assert "could not be sent" not in words(browse("client").get(f"/cases/{desk.case_id}"))
