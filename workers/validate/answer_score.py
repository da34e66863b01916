"""Scores whether a mail to a reply address answers the update, or is a new matter sent to an old address.

By default one sign is enough, so that a short answer typed on a phone counts: only a mail with a new subject, no reply
headers and no quote fails. A tenant may require more signs, or no sign. The signs don't decide who may post.
"""

import re
from collections.abc import Callable

from cases.inbound.answer_signs import WEIGHTS, Sign
from cases.inbound.destinations import Destination
from schemas.records import CutKind, ParsedMail
from workers.validate.facts import Facts

#: The title of a case is searched for in a subject only if it has at least this many characters.
_SHORTEST_TITLE = 4

#: What mail programs put before the subject of an answer or a forward, in many languages.
_PREFIXES = (
    *("re", "ref", "res", "r", "aw", "antw", "antwort", "sv", "vs", "vá", "odp", "ynt", "rv", "rif", "rép", "atb"),
    *("απ", "σχετ", "ответ", "отв", "na", "bls", "yan", "回复", "答复", "回覆", "返信", "답장", "הנדון", "תשובה", "رد"),
    *("fw", "fwd", "wg", "tr", "i", "vl", "vb", "doorst", "enc", "pd", "πρθ", "转发", "轉寄", "転送", "전달"),
)
_PREFIX = re.compile(rf"\s*(?:{'|'.join(_PREFIXES)})\s*(?:[\[(]\d+[\])])?\s*[:\uff1a]", re.IGNORECASE)


def _subject(mail: ParsedMail, destination: Destination) -> str:
    subject = mail.subject.casefold()
    if not subject.strip():
        return "empty"
    if prefix := _PREFIX.match(subject):
        return prefix.group().strip()
    if destination.case_number.casefold() in subject:
        return "the number of the case"
    title = destination.case_title.casefold()
    return "the title of the case" if len(title) >= _SHORTEST_TITLE and title in subject else ""


def _quote(mail: ParsedMail, _: Destination) -> str:
    if mail.body is None:
        return "not looked at, the text is long"
    return "there is one" if any(cut.kind is CutKind.QUOTE for cut in mail.body.cut) else ""


#: Each function returns the evidence of a sign in a mail, "" if the mail lacks the sign.
_FIND: dict[Sign, Callable[[ParsedMail, Destination], str]] = {
    Sign.REPLY_HEADER: lambda mail, _: mail.in_reply_to,
    Sign.QUOTE: _quote,
    Sign.SUBJECT: _subject,
}


def is_answer(facts: Facts) -> bool:
    """Returns whether the score is that of an answer. Mail to a case address always passes: it answers no update."""
    return (
        facts.destination is None
        or facts.destination.answers is None
        or _score(facts.mail, facts.destination) >= facts.answer_score
    )


def evidence(facts: Facts) -> dict[str, str]:
    """Returns the score, and the evidence of each sign."""
    if facts.destination is None or facts.destination.answers is None:
        return {"address": "of a case, where every mail begins something new"}
    signs = {sign.value: find(facts.mail, facts.destination) or "no sign of an answer" for sign, find in _FIND.items()}
    return {"score": f"{_score(facts.mail, facts.destination)}; an answer has at least {facts.answer_score}", **signs}


def _score(mail: ParsedMail, destination: Destination) -> int:
    return sum(WEIGHTS[sign] for sign, find in _FIND.items() if find(mail, destination))
