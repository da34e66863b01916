"""Receipts: the author of a mail is informed what happened to it only if the tenant wants that."""

from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from sqlalchemy import text

from cases.addresses.tokens import Address, AddressKind, new_handle, write
from cases.outgoing import letters
from schemas.files import NO_FILES, FileReason
from schemas.reasons import Reason
from schemas.records import AutomaticMail, FilteredMail, LeftOut, Proof, Rejection, StoredFile, Target, Verdict
from schemas.tables import Receipts
from storage.resources import Resources
from tests.builders.world import KEYS, World, in_ledger, parsed
from workers.deadletter.stage import settle
from workers.post.stage import post
from workers.validate.stage import validate

FILE = StoredFile(name="plan.pdf", content_type="application/pdf", size=1, sha256="x", blob="b")
LEFT_OUT = (
    LeftOut(name="tool.exe", why="files of type 'exe' are not supported", part=1, reason=FileReason.TYPE),
    LeftOut(
        name="a\r\nBcc: x.png", why="it is the 6th; an update has at most 5 files", part=2, reason=FileReason.TOO_MANY
    ),
    *(LeftOut(name="logo.png", why="no file", part=3, reason=reason) for reason in sorted(NO_FILES)),
)


def want(world: World, receipts: Receipts) -> None:
    with world.owner().begin() as connection:
        values = {"receipts": receipts.value, "id": world.tenant_id}
        connection.execute(text("update tenants set receipts = :receipts where id = :id"), values)


def written(resources: Resources, world: World) -> list[EmailMessage]:
    with resources.database.tenant(world.tenant_id) as connection:
        ids = connection.execute(text("select id from outbox where kind = 'receipt' order by id")).scalars().all()
        found = letters.load(connection, ids)
    assert all(letters.envelope_from(letter) == "" for letter in found)
    return [message_from_bytes(letters.compose(letter, KEYS), policy=default) for letter in found]


def good(world: World, left_out: Sequence[LeftOut] = (), sender: str = "x@people.example", **more: Any) -> FilteredMail:
    mail = parsed(in_ledger(world, sender=sender), world.email("client"), **more)
    target = Target(case_id=world.case_id, author_id=world.people["client"], answers=None)
    file = FILE.model_copy(update={"blob": f"{mail.custody.tenant_id}/mail/00/x"})
    return FilteredMail(parsed=mail, target=target, files=(file,), left_out=tuple(left_out))


def mistyped(resources: Resources, world: World, author: str, **more: Any) -> Rejection:
    """Returns the validate stage's rejection of a mail to a case address that was never issued."""
    address = write(KEYS, world.tenant_id, Address(AddressKind.CASE, new_handle()), "2026-7", world.mail_domain)
    sender = more.pop("sender", "x@people.example")
    (result,) = validate([parsed(in_ledger(world, recipient=address, sender=sender), author, **more)], resources)
    assert isinstance(result, Rejection)
    return result


def test_always_means_a_receipt_for_a_post_with_what_was_left_out(resources: Resources, world: World) -> None:
    want(world, Receipts.ALWAYS)
    assert post([good(world, LEFT_OUT)], resources) == [None]
    (mail,) = written(resources, world)
    assert mail["To"] == world.email("client")
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["In-Reply-To"] == "<1@people.example>"
    words = mail.get_content()
    assert "Your mail was posted to case 2026-7, A leak." in words
    assert "1 of 3 files" in words
    assert "tool.exe: files of type 'exe' are not supported" in words
    assert "a Bcc: x.png: it is the 6th; an update has at most 5 files" in words
    assert "logo.png" not in words


@pytest.mark.parametrize(
    ("receipts", "left_out", "count"),
    [
        (Receipts.OFF, LEFT_OUT, 0),
        (Receipts.PROBLEMS, (), 0),
        (Receipts.PROBLEMS, LEFT_OUT[2:], 0),
        (Receipts.PROBLEMS, LEFT_OUT, 1),
        (Receipts.ALWAYS, (), 1),
    ],
)
def test_a_post_has_a_receipt_as_the_tenant_wants(
    resources: Resources, world: World, receipts: Receipts, left_out: tuple[LeftOut, ...], count: int
) -> None:
    want(world, receipts)
    mail = good(world, left_out)
    assert [post([mail], resources), post([mail], resources)] == [[None], [None]]  # Kafka may deliver a record twice
    assert len(written(resources, world)) == count


@pytest.mark.parametrize(("receipts", "count"), [(Receipts.OFF, 0), (Receipts.PROBLEMS, 1), (Receipts.ALWAYS, 1)])
def test_a_mail_that_did_not_post_has_a_receipt_with_the_reason_in_plain_words(
    resources: Resources, world: World, receipts: Receipts, count: int
) -> None:
    want(world, receipts)
    rejection = mistyped(resources, world, world.email("client"), subject="Hi\r\nBcc: x@evil.example")
    settle([rejection], resources)
    settle([rejection], resources)  # Kafka may deliver a record twice
    mails = written(resources, world)
    assert len(mails) == count
    for mail in mails:
        assert mail["To"] == world.email("client")
        assert mail["Bcc"] is None
        assert "The address is not one that casemail gave out." in mail.get_content()
        assert "is kept" in mail.get_content()


def test_the_words_of_the_form_are_the_reason(resources: Resources, world: World) -> None:
    want(world, Receipts.PROBLEMS)
    mail = good(world, text=" ").model_copy(update={"files": ()})
    (rejection,) = post([mail], resources)
    assert isinstance(rejection, Rejection)
    settle([rejection], resources)
    assert "Why: The update has neither text nor a file." in written(resources, world)[0].get_content()


def test_nobody_gets_the_same_receipt_more_than_once_a_day(resources: Resources, world: World) -> None:
    want(world, Receipts.ALWAYS)
    post([good(world), good(world)], resources)
    post([good(world)], resources)
    settle([mistyped(resources, world, world.email("client")) for _ in range(3)], resources)
    settle([mistyped(resources, world, world.email("staff"))], resources)
    assert sorted((mail["To"], mail["Subject"].split(" ")[0]) for mail in written(resources, world)) == [
        (world.email("client"), "Not"),
        (world.email("client"), "Posted"),
        (world.email("staff"), "Not"),
    ]


def test_one_mail_gets_one_answer_whatever_is_decided_later(resources: Resources, world: World) -> None:
    want(world, Receipts.ALWAYS)
    mail = good(world)
    written_by = {"author": mail.parsed.author, "message_id": mail.parsed.message_id, "by_person": True}
    settle([Rejection(custody=mail.custody, reason=Reason.NOT_ALLOWED, evidence={}, **written_by)], resources)
    with world.owner().begin() as connection:
        connection.execute(text("update mails set state = 'moving' where id = :id"), {"id": mail.custody.mail_id})
    assert post([mail], resources) == [None]
    assert [receipt["Subject"] for receipt in written(resources, world)] == ["Not posted:"]


@pytest.mark.parametrize("author", ["nobody@people.example", "archived", "outsider of another tenant"])
def test_nobody_but_an_active_user_gets_a_receipt(resources: Resources, world: World, author: str) -> None:
    want(world, Receipts.ALWAYS)
    settle([mistyped(resources, world, world.email(author) if author == "archived" else author)], resources)
    assert written(resources, world) == []


@pytest.mark.parametrize("more", [{"machine": AutomaticMail.AUTO_REPLY}, {"sender": ""}])
def test_a_machine_is_never_answered(resources: Resources, world: World, more: dict[str, Any]) -> None:
    want(world, Receipts.ALWAYS)
    with world.owner().begin() as connection:
        connection.execute(text("update tenants set replies_on = false where id = :id"), {"id": world.tenant_id})
    settle([mistyped(resources, world, world.email("client"), **more)], resources)
    with world.owner().begin() as connection:
        connection.execute(text("update tenants set replies_on = true where id = :id"), {"id": world.tenant_id})
    assert post([good(world, LEFT_OUT, **more)], resources) == [None]
    assert written(resources, world) == []


@pytest.mark.parametrize("bad", ["", "no brackets", "<a@b>\r\nBcc: x@evil.example", "<" + "a" * 2_000 + ">", "<ü@b>"])
def test_a_message_id_that_can_not_be_answered_is_left_out(resources: Resources, world: World, bad: str) -> None:
    want(world, Receipts.ALWAYS)
    assert post([good(world, message_id=bad)], resources) == [None]
    (mail,) = written(resources, world)
    assert mail["In-Reply-To"] is None
    assert mail["Bcc"] is None


@pytest.mark.parametrize("verdict", Verdict)
def test_where_senders_must_be_proven_only_a_proven_sender_gets_a_receipt(
    resources: Resources, world: World, verdict: Verdict
) -> None:
    want(world, Receipts.ALWAYS)
    with world.owner().begin() as connection:
        statement = "update tenants set authentication = 'shadow' where id = :id"
        connection.execute(text(statement), {"id": world.tenant_id})
    proof = Proof(verdict=verdict, evidence={})
    post([good(world, proof=proof)], resources)
    with world.owner().begin() as connection:
        connection.execute(text("update cases set open = false where id = :id"), {"id": world.case_id})
    (refused,) = post([good(world, proof=proof)], resources)
    assert isinstance(refused, Rejection)
    settle([refused, mistyped(resources, world, world.email("client"))], resources)
    # a mail to an address that was never issued is not authenticated
    assert len(written(resources, world)) == (2 if verdict is Verdict.PROVEN else 0)
