"""Checks that everything went as the scenario says. Each check returns a line for each problem."""

from collections.abc import Iterator, Sequence

from ops.demo.demo import Demo, Ended
from ops.demo.mailprogram import read
from ops.demo.sink import Delivered
from ops.demo.world import MANAGER_WHEN_OFF, PEOPLE, UPDATE_WHEN_OFF
from storage.ledger.conservation import Conservation


def everything(demo: Demo, ended: Sequence[Ended]) -> list[str]:
    """Returns the problems that all checks found; empty when there are none."""
    catch_all = demo.catch_all_mails()
    return [
        *(line for mail in ended for line in of_mail(mail)),
        *(line for mail in ended for line in of_forward(mail, catch_all)),
        *of_notices(demo.notices()),
        *of_conservation(demo.conservation()),
    ]


def of_mail(ended: Ended) -> Iterator[str]:
    """Checks the end state of a mail, its reason, and the update that it became."""
    answer, outcome = ended.sent.answer, ended.outcome
    if outcome is None:
        yield f"{answer.name}: is not in the ledger"
        return
    for what, actual, expected in (
        ("it", outcome.state, answer.state),
        ("its reason", outcome.reason, answer.reason or ""),
        ("its files", outcome.files, answer.files),
        ("what was left out", outcome.left_out, answer.left_out),
        ("whether its sender is verified", not outcome.unverified, not answer.unverified),
    ):
        if actual != expected:
            yield f"{answer.name}: {what} should be {expected or 'none'} and is {actual or 'none'}"
    yield from (f"{answer.name}: the text lacks {words!r}" for words in answer.says if words not in outcome.text)
    yield from (f"{answer.name}: the text has {words!r}" for words in answer.hides if words in outcome.text)


def of_forward(ended: Ended, catch_all: Sequence[Delivered]) -> Iterator[str]:
    """Checks that the catch-all mailbox has a forwarded mail with its original bytes, except for line ends."""
    if ended.outcome is None or ended.outcome.state != "forwarded":
        return
    original = ended.sent.data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if not any(original in mail.data and b"message/rfc822" in mail.data for mail in catch_all):
        yield f"{ended.sent.answer.name}: the catch-all did not get the original"


def of_notices(notices: Sequence[Delivered]) -> Iterator[str]:
    """Checks that each notice goes to one person, has its own Reply-To, and shows nobody else's address.

    With replies switched off, the Reply-To is the author's address.
    """
    people, author = {person.email for person in PEOPLE.values()}, PEOPLE[MANAGER_WHEN_OFF].email
    seen: set[str] = set()
    for notice in notices:
        recipient, mail = ", ".join(notice.recipients), read(notice)
        off = UPDATE_WHEN_OFF.text in mail.text
        if mail.reply_to in seen or (mail.reply_to == author) is not off:
            yield f"a notice to {recipient} has the wrong Reply-To, {mail.reply_to}"
        seen.add(mail.reply_to)
        mine = {recipient, author} if off else {recipient}
        shown = "\n".join((mail.header, mail.text, mail.html))
        yield from (f"a notice to {recipient} shows the address {email}" for email in people - mine if email in shown)


def of_conservation(lines: Sequence[Conservation]) -> Iterator[str]:
    """Checks that every mail has ended and is accounted for."""
    for line in lines:
        if line.unaccounted or line.in_flight:
            yield f"{line.tenant}: {line.unaccounted} mails are unaccounted for, {line.in_flight} have not ended"
