"""Writes the mails of the scenario: each person answers a mail in their own mailbox."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from secrets import token_hex

from ops.demo.delivery import Letter
from ops.demo.mailprogram import read, write
from ops.demo.scenario import Answer, To
from ops.demo.sink import Delivered
from ops.demo.world import PEOPLE

#: The mail server in front of casemail, which checks senders.
EDGE = "mx.casemail.example"
_NOBODY = "someone@nowhere.example"


def write_letter(
    answer: Answer, mailboxes: Mapping[str, Delivered], domains: Mapping[str, str], case_address: Callable[[str], str]
) -> Letter:
    """Returns the mail of one row of the scenario, as the mail server in front of casemail delivers it.

    `mailboxes` has the update mail that each person got, `domains` the mail domain of each tenant; `case_address`
    looks up the address of a case.
    """
    writer = PEOPLE[answer.writer]
    original = read(mailboxes[answer.answers]) if answer.answers else None
    recipient = _NOBODY
    if answer.to is To.CASE_ADDRESS:
        recipient = case_address(answer.place)
    elif original and answer.to is To.REPLY_TO:
        recipient = original.reply_to
    elif original and answer.to is To.RETURN_PATH:
        recipient = original.return_path
    elif original and answer.to is To.OTHER_DOMAIN:
        recipient = f"{original.reply_to.partition('@')[0]}@{domains[answer.place]}"
    values = {
        "name": writer.name,
        "me": writer.email,
        "to": recipient,
        "date": format_datetime(datetime.now(UTC)),
        "id": token_hex(8).upper(),
    }
    of_original = {**vars(original), "quoted": original.quoted} if original else {}
    sender = "" if answer.null_sender else writer.email
    found = answer.found.format(domain=writer.email.rpartition("@")[2])
    results = f"Authentication-Results: {EDGE}; {found}\r\n"
    return Letter(sender, recipient, results.encode() + write(answer.template, {**of_original, **values}))
