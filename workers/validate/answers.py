"""Whether a mail to a reply address is an answer to its update at all: a score of signs.

By default any one sign is enough, so that a short answer typed on a phone counts. Only a mail with a subject of its
own, without reply headers and without a quote does not belong: somebody took an old address for a new matter. A tenant
may ask for more signs, or for none. The signs decide nothing about who may post.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from schemas.records import CutKind, ParsedMail
from workers.validate.facts import Facts, Place

#: Shortest title of a case, in characters, that a subject is looked through for.
_SHORTEST_TITLE = 4

#: What mail programs put before the subject of an answer or a forward, in the languages that they speak.
_PREFIXES = (
    *("re", "ref", "res", "r", "aw", "antw", "antwort", "sv", "vs", "vá", "odp", "ynt", "rv", "rif", "rép", "atb"),
    *("απ", "σχετ", "ответ", "отв", "na", "bls", "yan", "回复", "答复", "回覆", "返信", "답장", "הנדון", "תשובה", "رد"),
    *("fw", "fwd", "wg", "tr", "i", "vl", "vb", "doorst", "enc", "pd", "πρθ", "转发", "轉寄", "転送", "전달"),
)
_PREFIX = re.compile(rf"\s*(?:{'|'.join(_PREFIXES)})\s*(?:[\[(]\d+[\])])?\s*[:\uff1a]", re.IGNORECASE)


@dataclass(frozen=True)
class Sign:
    """`found` says what of the sign is in a mail; empty for nothing."""

    name: str
    score: int
    found: Callable[[ParsedMail, Place], str]


def _subject(mail: ParsedMail, place: Place) -> str:
    subject = mail.subject.casefold()
    if not subject.strip():
        return "empty"
    if prefix := _PREFIX.match(subject):
        return prefix.group().strip()
    if place.case_number.casefold() in subject:
        return "the number of the case"
    title = place.case_title.casefold()
    return "the title of the case" if len(title) >= _SHORTEST_TITLE and title in subject else ""


def _quote(mail: ParsedMail, _: Place) -> str:
    if mail.body is None:
        return "not looked at, the text is long"
    return "there is one" if any(cut.kind is CutKind.QUOTE for cut in mail.body.cut) else ""


SIGNS: tuple[Sign, ...] = (
    Sign("In-Reply-To", 2, lambda mail, _: mail.in_reply_to),
    Sign("quote", 2, _quote),
    Sign("subject", 1, _subject),
)


def belongs(facts: Facts) -> bool:
    """Whether the mail is an answer; mail to a case address answers nothing and always belongs."""
    return facts.place is None or facts.place.answers is None or _score(facts.mail, facts.place) >= facts.answer_score


def evidence(facts: Facts) -> dict[str, str]:
    """The score and what was found of each sign."""
    if facts.place is None or facts.place.answers is None:
        return {"address": "of a case, where every mail begins something new"}
    signs = {sign.name: sign.found(facts.mail, facts.place) or "no sign of an answer" for sign in SIGNS}
    return {"score": f"{_score(facts.mail, facts.place)}; an answer has at least {facts.answer_score}", **signs}


def _score(mail: ParsedMail, place: Place) -> int:
    return sum(sign.score for sign in SIGNS if sign.found(mail, place))
