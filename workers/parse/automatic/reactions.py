# ruff: noqa: RUF001  # the sentences are in many languages
"""Recognises reactions ("thumbs up") that mail programs send as mails, without words of a person.

Gmail marks them with a part (https://developers.google.com/workspace/gmail/reactions/format), Outlook and Apple only
with a sentence in the language of the person. A sentence counts if nothing else stands beside it, and if it names the
author (Outlook) or there is no subject, as a phone sends it (Apple): else a person has written it.
"""

import json
import re
from collections.abc import Iterator

from schemas.records import AutomaticMail, Body, Cut, CutKind
from workers.parse.automatic.detection_input import DetectionInput
from workers.parse.automatic.findings import Proof
from workers.parse.automatic.signs import folded
from workers.parse.mime.parts import payload

_GMAIL = "text/vnd.google.email-reaction+json"
_MOST_JSON, _LONGEST_EMOJI, _LONGEST_NOTE, _LONGEST_TEXT = 1000, 40, 120, 2000
_LINK = re.compile(r"<?https?://\S{1,500}")
_WORD = re.compile(r"[^\W\d_]{2,}")
#: From here on there are symbols; below are letters, digits and punctuation, but for the two signs.
_SYMBOLS, _SIGNS = 0x2000, "\u00a9\u00ae"

#: What Outlook writes behind the name of the person.
_OUTLOOK = folded(
    *("reacted to your message", "reacted to your email", "hat auf Ihre Nachricht reagiert"),
    *("hat auf deine Nachricht reagiert", "a réagi à votre message", "a réagi à ton message"),
    *("ha reaccionado a su mensaje", "reaccionó a su mensaje", "ha reaccionado a tu mensaje"),
    *("reaccionó a tu mensaje", "ha reagito al tuo messaggio", "ha reagito al messaggio"),
    *("reagiu à sua mensagem", "reagiu à tua mensagem", "heeft op uw bericht gereageerd"),
    *("heeft gereageerd op uw bericht", "heeft gereageerd op je bericht", "reagerade på ditt meddelande"),
    *("reagerede på din meddelelse", "reagerede på din besked", "reagerte på meldingen din"),
    *("reagoi viestiisi", "zareagował(a) na Twoją wiadomość", "zareagoval(a) na vaši zprávu"),
    *("reagoval(a) na vaši zprávu", "iletinize tepki verdi", "mesajınıza tepki verdi"),
    *("отреагировал(а) на ваше сообщение", "さんがあなたのメッセージにリアクションしました"),
    *("对你的邮件作出了反应", "对你的消息做出了反应"),
)
#: What Apple's Messages writes in front of the message in quotation marks.
_APPLE = (
    *("Liked", "Loved", "Disliked", "Laughed at", "Emphasized", "Emphasised", "Questioned"),
    *("Gefällt", "A aimé", "A adoré", "Le gusta", "Le encanta", "Piace"),
)
_APPLE_LINE = re.compile(
    rf"(?:(?:{'|'.join(map(re.escape, _APPLE))})|Reacted \S{{1,10}} to)[ \u00a0]"
    r"(?:\u201c[^\u201c]{1,1500}\u201d|\u201e[^\u201e]{1,1500}\u201c|\u00ab[^\u00ab]{1,1500}\u00bb)",
    re.IGNORECASE,
)


def reaction(mail: DetectionInput) -> Iterator[Proof]:
    """Yields the proof that a mail is a reaction, if there is one."""
    words = mail.text.strip()
    if emoji := _gmail(mail):
        yield Proof(AutomaticMail.REACTION, f"{emoji}, in a part {_GMAIL}")
    elif len(words) > _LONGEST_TEXT:
        return
    elif _outlook(mail, words):
        yield Proof(AutomaticMail.REACTION, f"the sentence of Outlook alone: {words}")
    elif not mail.subject.strip() and _APPLE_LINE.fullmatch(words):
        yield Proof(AutomaticMail.REACTION, f"the sentence of Apple's Messages alone: {words}")


def with_emoji_alone(mail: DetectionInput, body: Body) -> Body:
    """Returns the body of a reaction that is posted: of Gmail's only the emoji; the note about Gmail is cut."""
    emoji = _gmail(mail)
    if not emoji:
        return body
    note = [Cut(kind=CutKind.SIGNATURE, before=len(emoji), text=body.text, confidence=1.0)] if body.text else []
    return Body(text=emoji, cut=(*note, *(cut.model_copy(update={"before": len(emoji)}) for cut in body.cut)))


def _gmail(mail: DetectionInput) -> str:
    """Returns the emoji of a reaction of Gmail, "" for any other mail, and if a person's words stand beside it."""
    part = next((leaf for leaf in mail.leaves if leaf.type == _GMAIL and leaf.disposition != "attachment"), None)
    emoji = _emoji(payload(part.part).data[:_MOST_JSON]) if part else ""
    note = " ".join(_LINK.sub("", mail.text.replace(emoji, "")).split()) if emoji else ""
    return emoji if not note.strip("<>. ") or (len(note) <= _LONGEST_NOTE and "gmail" in note.casefold()) else ""


def _emoji(data: bytes) -> str:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    emoji = found.get("emoji") if isinstance(found, dict) else None
    if not isinstance(emoji, str) or not 0 < len(emoji) <= _LONGEST_EMOJI or any(map(str.isspace, emoji)):
        return ""
    return emoji if any(ord(letter) > _SYMBOLS or letter in _SIGNS for letter in emoji) else ""


def _outlook(mail: DetectionInput, words: str) -> bool:
    """Returns whether the words are only the sentence of Outlook about the author, perhaps with a picture's text."""
    first, *rest = [line.strip() for line in words.split("\n") if line.strip()] or [""]
    sentence = first.rstrip(" .:\uff1a\u3002").casefold()
    if (
        len(rest) > 1
        or not sentence.endswith(_OUTLOOK)
        or any(_WORD.search(line) and not _is_picture(line) for line in rest)
    ):
        return False
    named = next(sentence.removesuffix(row) for row in _OUTLOOK if sentence.endswith(row))
    author = _WORD.findall(f"{mail.name} {mail.author.partition('@')[0]}".casefold())
    return len(named) <= _LONGEST_NOTE and any(word in author for word in _WORD.findall(named))


def _is_picture(line: str) -> bool:
    return line.startswith("[") and line.endswith("]")
