"""The form and mail post the same update.

Each content is posted twice: by a person at the real console, and by a real mail through all stages. Both leave equal
rows and send equal notices, or are refused in the same words.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cases.people import aliases
from schemas.reasons import Reason
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders.rows import default_group
from tests.builders.world import World
from tests.console.browser import Browser, Console, words
from tests.console.cases.contents import CLOSED, POSTS, REFUSALS, STAFF, Content, group
from tests.console.cases.two_ways import Desk, compare, rows


@pytest.fixture
def two_ways(console: Console, desk: World, database: Database, browse: Callable[..., Browser]) -> Desk:
    return Desk(desk, Resources(console.settings, database, Blobs(console.settings.blobs.url)), browse)


@pytest.mark.parametrize("content", POSTS.values(), ids=POSTS)
def test_an_answer_by_mail_leaves_what_the_form_leaves_with_those_people_chosen(
    two_ways: Desk, content: Content
) -> None:
    group_id = two_ways.prepare(content)
    asker = "manager" if content.author != "manager" else "admin"
    question = two_ways.question(group_id, asker, ["admin", "client", "member", "staff"])
    address = two_ways.reply_address(question, content.author)
    everybody = two_ways.recipients_of(question) - {content.author} | {asker}
    by_form, page = two_ways.by_form(content, group_id, everybody)
    assert page.status_code == 200, words(page)
    before = rows(two_ways, by_form)
    mail_id, rejection = two_ways.by_mail(content, address)
    assert rejection is None
    after = compare(two_ways, content, by_form, two_ways.update_of(mail_id), before)
    assert after["updates"][0]["text"] == content.text.strip()
    assert len(after["mails"]) == len(after["outbox"]) > 0


@pytest.mark.parametrize(
    "content",
    [post for post in POSTS.values() if not post.group],
    ids=[name for name, post in POSTS.items() if not post.group],
)
def test_a_mail_to_the_case_leaves_what_the_form_leaves_with_nobody_chosen(two_ways: Desk, content: Content) -> None:
    two_ways.prepare(content)
    by_form, page = two_ways.by_form(content, None, [])
    assert page.status_code == 200, words(page)
    before = rows(two_ways, by_form)
    mail_id, rejection = two_ways.by_mail(content, two_ways.case_address())
    assert rejection is None
    after = compare(two_ways, content, by_form, two_ways.update_of(mail_id), before)
    assert after["updates"][0]["access_group_id"] == default_group(two_ways.world)


@pytest.mark.parametrize("content", REFUSALS.values(), ids=REFUSALS)
def test_form_and_mail_are_refused_in_the_same_words(two_ways: Desk, content: Content) -> None:
    address = two_ways.case_address()
    _, page = two_ways.by_form(content, None, [])
    _, rejection = two_ways.by_mail(content, address)
    assert rejection is not None
    assert page.status_code == 422
    said = words(page, "//*[@role='alert']").removesuffix(" The files are not kept here: choose them again.")
    assert rejection.evidence == {"the form says": said}
    assert two_ways.updates() == 0


@pytest.mark.parametrize(("content", "where", "reason"), CLOSED.values(), ids=CLOSED)
def test_who_can_not_open_the_form_any_more_can_not_post_by_mail_either(
    two_ways: Desk, content: Content, where: str, reason: Reason
) -> None:
    two_ways.prepare(content)
    address = two_ways.case_address()
    _, page = two_ways.by_form(content, None, [])
    _, rejection = two_ways.by_mail(content, address)
    assert where in {page.url.path, str(page.status_code)}
    assert rejection is not None
    assert rejection.reason is reason
    assert two_ways.updates() == 0


@pytest.mark.parametrize(
    "name",
    [
        *("a program besides", "a picture that is called a document", "a file without a type besides"),
        *("a document with macros besides", "a PDF with JavaScript besides", "a locked file besides"),
        *("an archive besides", "a picture of two gigapixels besides", "a file larger than the tenant wants"),
        "an empty file besides",
    ],
)
def test_the_form_refuses_a_file_in_the_words_in_which_mail_leaves_it_out(two_ways: Desk, name: str) -> None:
    content = POSTS[name]
    ((file_name, data, why),) = content.more
    _, page = two_ways.by_form(replace(content, files=[*content.files, (file_name, data)], more=()), None, [])
    assert page.status_code == 422
    assert f"{file_name} can't be posted: " in words(page, "//*[@role='alert']")
    assert why in words(page, "//*[@role='alert']")


def test_an_address_that_is_not_confirmed_is_a_strangers(two_ways: Desk) -> None:
    world, client = two_ways.world, two_ways.world.people["client"]
    with two_ways.resources.database.tenant(world.tenant_id) as connection:
        aliases.ask(connection, world.tenant_id, client, "ann@home.example", by=client, tell_taken=False)
    _, rejection = two_ways.by_mail(Content(sender="ann@home.example"), two_ways.case_address())
    assert rejection is not None
    assert rejection.reason is Reason.AUTHOR_UNKNOWN


def test_an_answer_in_a_group_that_is_closed_to_its_author_is_held_and_not_moved_to_another(two_ways: Desk) -> None:
    content = Content(group=group(may_post=STAFF))
    question = two_ways.question(two_ways.prepare(content), "manager", ["client"])
    _, rejection = two_ways.by_mail(content, two_ways.reply_address(question, "client"))
    assert rejection is not None
    assert rejection.reason is Reason.GROUP_NOT_ALLOWED
    assert two_ways.updates() == 0


def test_its_author_sees_an_update_that_waits_by_mail_as_by_form_and_no_other_client_does(two_ways: Desk) -> None:
    content = Content("It waits.", group=group(require_validation=True))
    group_id = two_ways.prepare(content)
    question = two_ways.question(group_id, "manager", ["client", "member"])
    by_form, _ = two_ways.by_form(content, group_id, [])
    mail_id, rejection = two_ways.by_mail(content, two_ways.reply_address(question, "client"))
    assert rejection is None
    case = f"/cases/{two_ways.world.case_id}"
    own, others = two_ways.browse("client").get(case), two_ways.browse("member").get(case)
    for update_id in (by_form, two_ways.update_of(mail_id)):
        shown = words(own, f"//article[@id='u-{update_id}']")
        assert "It waits." in shown
        assert "Awaiting approval" in shown
        assert words(others, f"//article[@id='u-{update_id}']") == ""
