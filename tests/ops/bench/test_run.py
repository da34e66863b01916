"""The benchmark's load has the stated form, and is the same for the same seed."""

import pytest

from ops.bench.generator import Correspondent, mails
from schemas.records import Custody, ParsedMail
from schemas.tables import new_id, now
from workers.parse.read import read_mail

PEOPLE = [
    Correspondent("ann@people.example", "case-1@cases.example"),
    Correspondent("bo@people.example", "case-2@cases.example"),
]


@pytest.mark.parametrize(("with_pdf", "size"), [(False, 4_000), (True, 12_600)])
def test_the_mails_have_the_size_and_are_the_same_for_a_seed(with_pdf: bool, size: int) -> None:
    load = list(mails(1, 20, PEOPLE, with_pdf=with_pdf))
    assert load == list(mails(1, 20, PEOPLE, with_pdf=with_pdf))
    assert len({raw for _, raw in load}) == 20
    assert all(abs(len(raw) - size) < size * 0.1 for _, raw in load)


def test_the_mails_are_answers_that_are_understood() -> None:
    for person, raw in mails(1, 5, PEOPLE, with_pdf=True):
        custody = Custody(
            mail_id=new_id(),
            tenant_id=new_id(),
            raw="",
            size=len(raw),
            recipient=person.reply_to,
            sender=person.email,
            received_at=now(),
        )
        mail = read_mail(raw, custody)
        assert isinstance(mail, ParsedMail)
        assert mail.author == person.email
        assert mail.body is not None
        assert [cut.kind for cut in mail.body.cut] == ["quote"]
        assert [file.name for file in mail.attachments] == ["scan.pdf"]
