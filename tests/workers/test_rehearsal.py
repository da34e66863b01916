"""`what_if` shows how a mail would end if it were replayed by today's rules, and writes nothing."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from sqlalchemy import text

from cases.files import cpu_budget
from cases.inbound.rule_report import Answer
from ops.bench.slow_pdf import slow_pdf
from schemas.reasons import Reason
from schemas.tables import MailState, now
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.replayable_mails import everything, put
from tests.builders.rows import add_mail, add_update
from tests.builders.world import World, make_world
from workers.explain import why
from workers.rehearsal import what_if


def test_a_mail_that_would_post_now_is_shown_and_no_table_and_no_blob_is_touched(
    resources: Resources, world: World
) -> None:
    mail_id, _ = put(resources, world, "client", MailState.HELD, words="long " * 20_000, reason=Reason.REPLIES_OFF)
    short, _ = put(resources, world, "client", MailState.HELD, reason=Reason.REPLIES_OFF)
    before = everything(resources, world)
    assert len(before) > 10
    outcome = [what_if(world.tenant_id, mail, resources) for mail in (short, mail_id)]
    assert everything(resources, world) == before
    assert outcome[0] is not None
    assert outcome[1] is not None
    assert outcome[0].content.words == "Yes."
    assert (outcome[0].was, outcome[0].was_reason) == (MailState.HELD, "replies_off")
    assert (outcome[0].now, outcome[0].reason, outcome[0].changed) == (MailState.POSTED, None, True)
    assert (outcome[1].now, outcome[1].reason) == (MailState.HELD, Reason.REFUSED)


@pytest.mark.parametrize(("catch_all", "state"), [("", MailState.HELD), ("all@catch.example", MailState.FORWARDED)])
def test_a_posted_mail_that_would_not_post_now_is_shown_with_the_rule(
    resources: Resources, world: World, catch_all: str, state: MailState
) -> None:
    mail_id, _ = put(resources, world, "client", MailState.POSTED)
    add_update(world, "client", "Yes.", mail_id=mail_id)
    with world.owner().begin() as connection:
        connection.execute(text("update users set active = false where id = :id"), {"id": world.people["client"]})
        values = {"to": catch_all, "id": world.tenant_id}
        connection.execute(text("update tenants set catch_all = :to where id = :id"), values)
    outcome = what_if(world.tenant_id, mail_id, resources)
    assert outcome is not None
    assert (outcome.was, outcome.now, outcome.reason) == (MailState.POSTED, state, Reason.AUTHOR_INACTIVE)
    assert outcome.changed


def test_a_posted_mail_that_would_post_again_has_not_changed(resources: Resources, world: World) -> None:
    mail_id, _ = put(resources, world, "client", MailState.POSTED)
    add_update(world, "client", "Yes.", mail_id=mail_id)
    outcome = what_if(world.tenant_id, mail_id, resources)
    assert outcome is not None
    assert not outcome.changed


def test_of_a_mail_that_was_too_large_it_is_remembered_that_only_its_header_is_here(
    resources: Resources, world: World
) -> None:
    mail_id, _ = put(resources, world, "client", MailState.HELD, reason=Reason.TOO_LARGE)
    with world.owner().begin() as connection:
        connection.execute(text("update mails set whole_size = 30000000 where id = :id"), {"id": mail_id})
    outcome = what_if(world.tenant_id, mail_id, resources)
    assert outcome is not None
    assert outcome.reason is Reason.TOO_LARGE
    rules = why(world.tenant_id, mail_id, resources)
    assert rules is not None
    assert [rule.reason for rule in rules if rule.answer is Answer.NO] == [Reason.TOO_LARGE]


def test_there_is_no_preview_of_a_mail_on_its_way_or_of_another_tenant_or_without_its_original(
    resources: Resources, world: World
) -> None:
    mail_id, _ = put(resources, world, "client", MailState.HELD)
    other = make_world(world.owner_url)
    assert what_if(other.tenant_id, mail_id, resources) is None
    assert what_if(world.tenant_id, add_mail(world, MailState.MOVING), resources) is None
    gone = add_mail(world, MailState.POSTED, raw="", raw_deleted_by="retention", ended_at=now())
    assert what_if(world.tenant_id, gone, resources) is None


def test_the_words_of_a_mail_that_would_not_post_can_be_read_too(resources: Resources, world: World) -> None:
    mail_id, _ = put(resources, world, "member", MailState.HELD, words="Let me in.")
    outcome = what_if(world.tenant_id, mail_id, resources)
    assert outcome is not None
    assert (outcome.reason, outcome.content.words) == (Reason.NOT_A_RECIPIENT, "Let me in.")


def test_a_mail_whose_bytes_are_lost_would_be_held(resources: Resources, world: World) -> None:
    mail_id = add_mail(world, MailState.POSTED, raw=f"{world.tenant_id}/raw/00/00", ended_at=now())
    outcome = what_if(world.tenant_id, mail_id, resources)
    assert outcome is not None
    assert (outcome.now, outcome.reason) == (MailState.HELD, Reason.ORIGINAL_MISSING)


def test_nobody_who_opens_a_page_waits_for_files_that_take_long_to_look_into(
    resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu_budget, "_budgets", cpu_budget.SharedBudgets())
    looked: list[bool] = []
    use = cpu_budget.CpuBudget.use

    def noted(budget: cpu_budget.CpuBudget, seconds: float) -> None:
        looked.append(budget.heavy)
        use(budget, seconds)

    monkeypatch.setattr(cpu_budget.CpuBudget, "use", noted)
    mail = EmailMessage(policy=SMTP)
    recipient = reply_address(resources.database, world, world.post(resources.database, "staff", "client"), "client")
    mail["From"], mail["To"], mail["Subject"] = world.email("client"), recipient, "Re: A leak"
    mail.set_content("Yes.")
    for number in range(5):
        data = slow_pdf(20_000) + b"\n%%%d" % number
        mail.add_attachment(data, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    key = resources.blobs.put(world.tenant_id, "raw", mail.as_bytes())
    values = {"recipient": recipient, "raw": key, "author": world.email("client"), "ended_at": now()}
    found = what_if(world.tenant_id, add_mail(world, MailState.HELD, **values), resources)
    assert found
    assert found.now is MailState.POSTED
    assert [file.why for file in found.content.files] == [
        "it takes long to look into, which is done when the mail posts"
    ] * 5
    assert looked
    assert not any(looked), "nothing was looked at with the time of a heavy mail"
