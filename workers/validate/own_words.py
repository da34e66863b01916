"""Finds the author's own words with the updates that they were sent (`workers.parse.text.known_quotes`)."""

from collections.abc import Callable

import structlog

from cases.outgoing.notices import as_sent
from schemas.records import Body, ParsedMail
from storage.resources import Resources
from workers.parse.stored_body import read_body, with_body
from workers.parse.text.headings import forward_subject
from workers.parse.text.known_quotes import own_words
from workers.validate.facts import Facts

_log = structlog.get_logger(__name__)
_LONGEST_ERROR = 200


def words_of(facts: Facts, body: Body, console_url: str) -> Body:
    """Returns the body of the mail, cut by the updates that its author was sent."""
    sent = (as_sent(notice, console_url) for notice in facts.sent)
    mail = facts.mail
    return own_words(body, sent, forward=forward_subject(mail.subject), author=mail.author_name)


def with_own_words(
    facts: Facts, resources: Resources, find: Callable[[Facts, Body, str], Body] = words_of
) -> ParsedMail:
    """Returns the mail with the words that its author wrote, without what the updates show to be quoted.

    If `find` raises, the body stays as it was parsed, and a defect of the mail says why.
    """
    mail = facts.mail
    if not facts.sent or (mail.body is not None and not mail.body.text and not mail.body.cut):
        return mail
    body = read_body(mail, resources)
    try:
        found = find(facts, body, resources.settings.console.url)
    except Exception as error:  # noqa: BLE001  # the mail posts as well without this reading, with more of its quote
        _log.exception("a mail is read without the updates that its author was sent", mail=str(mail.custody.mail_id))
        defect = f"read without the updates that the author was sent: {error!r}"[:_LONGEST_ERROR]
        return mail.model_copy(update={"defects": (*mail.defects, defect)})
    return mail if found == body else with_body(mail, found, resources)
