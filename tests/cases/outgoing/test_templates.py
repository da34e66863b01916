"""A tenant's templates are checked when they are saved, and no mail is sent with an unfilled placeholder."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from cases.addresses import case_address
from cases.outgoing import letters, notices, templates
from cases.outgoing.templates import KNOWN, MAX_TEXT, VARIABLES, fill, refusal
from cases.people import assignment
from cases.refusal import Refusal
from schemas.tables import TemplateKind
from storage.database import Database
from tests.builders.world import KEYS, World


@pytest.mark.parametrize("kind", TemplateKind)
def test_every_known_variable_can_be_used_and_is_explained(kind: TemplateKind) -> None:
    template = " ".join(f"{{{{{name}}}}} {{{{ {name} }}}}" for name in KNOWN[kind])
    assert refusal(kind, "name", template) is None
    assert fill(template, dict.fromkeys(KNOWN[kind], "x")) == " ".join(["x"] * 2 * len(KNOWN[kind]))
    assert set(KNOWN[kind]) <= VARIABLES.keys()


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{Case.nunber}}", "{{Case.nunber}} is not known here. Known are: {{Case.case_number}}, "),
        ("{{case.case_number}}", "{{case.case_number}} is not known"),
        ("{{Assigner.name}}", "{{Assigner.name}} is not known here"),
        ("{{ 7 * 7 }}", "is not known"),
        ("{{Case.__class__}}", "is not known"),
        ("{{}}", "is not known"),
        ("{{Case.title", "stands alone"),
        ("Case.title}}", "stands alone"),
        ("x" * (MAX_TEXT + 1), "longer than 5,000"),
    ],
)
def test_a_wrong_variable_is_refused_when_the_text_is_saved(template: str, words: str) -> None:
    assert words in str(refusal(TemplateKind.PRESET, "name", template))


PIECES = ("{{Case.title}}", "{{ Case.title }}", "{{Tenant.name}}", "{", "}", "{{", "}}", "Case.title", " ", "\n", "x")


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(PIECES))
def test_a_saved_text_can_always_be_filled_and_a_value_is_never_a_template(template: str, value: str) -> None:
    if refusal(TemplateKind.PRESET, "name", template) is None:
        variables = re.compile(r"\{\{ ?[A-Za-z.]+ ?\}\}")
        assert fill(template, dict.fromkeys(KNOWN[TemplateKind.PRESET], value)) == variables.sub(value, template)


def test_a_missing_value_raises() -> None:
    with pytest.raises(LookupError):
        fill("{{Case.title}}", {})


def test_a_notice_has_the_texts_of_the_tenant_in_both_bodies(world: World, database: Database) -> None:
    world.post(database, "staff", "client")
    with database.tenant(world.tenant_id) as connection:
        intro = "News from {{Tenant.name}} on {{ Case.case_number }} <b>by</b> {{Author.name}}"
        by = world.people["admin"]
        templates.save(connection, world.tenant_id, TemplateKind.INTRO, "", intro, by=by)
        templates.save(connection, world.tenant_id, TemplateKind.FOOTER, "", "Write to {{Case.email_address}}", by=by)
        ids = connection.execute(text("select id from update_recipients")).scalars().all()
        loaded = notices.load(connection, list(ids), KEYS)
        address = case_address.current(connection, KEYS, world.case_id)
    assert len(loaded) == 2
    for notice in loaded:
        mail = message_from_bytes(notices.compose(notice, KEYS, "https://console.example"), policy=default)
        plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
        assert "News from Tenant on 2026-7 <b>by</b> Staff" in plain
        assert "News from Tenant on 2026-7 &lt;b&gt;by&lt;/b&gt; Staff" in html
        assert f"Write to {address}" in plain
        assert f"Write to {address}" in html
        assert "posted an update" not in plain


def test_a_new_manager_is_notified_by_mail_with_the_address_to_answer_to(world: World, database: Database) -> None:
    with database.tenant(world.tenant_id) as connection:
        assert (
            assignment.make_manager(connection, KEYS, world.case_id, world.people["staff"], by=world.people["admin"])
            is None
        )
        ids = connection.execute(text("select id from outbox where kind = 'assignment'")).scalars().all()
        (letter,) = letters.load(connection, ids)
        address = case_address.current(connection, KEYS, world.case_id)
        act = connection.execute(text("select act, actor_id, subject_id from audit")).one()
        manager = connection.execute(text("select manager_id from cases")).scalar_one()
    mail = message_from_bytes(letters.compose(letter, KEYS), policy=default)
    assert (mail["To"], mail["Reply-To"]) == (world.email("staff"), address)
    assert mail["Subject"] == "[2026-7] A leak"
    assert "Admin has assigned case 2026-7, A leak, to you." in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert tuple(act) == ("case.manager_changed", world.people["admin"], world.case_id)
    assert manager == world.people["staff"]


@pytest.mark.parametrize("name", ["client", "archived"])
def test_only_active_staff_can_be_made_manager(world: World, database: Database, name: str) -> None:
    with database.tenant(world.tenant_id) as connection:
        refusal = assignment.make_manager(connection, KEYS, world.case_id, world.people[name], by=world.people["admin"])
        assert refusal == Refusal("Choose somebody who works here and is active.")
        assert connection.execute(text("select count(*) from outbox")).scalar_one() == 0


def test_a_user_who_takes_a_case_is_not_notified(world: World, database: Database) -> None:
    staff = world.people["staff"]
    with database.tenant(world.tenant_id) as connection:
        assert assignment.make_manager(connection, KEYS, world.case_id, staff, by=staff) is None
        assert connection.execute(text("select count(*) from outbox")).scalar_one() == 0
