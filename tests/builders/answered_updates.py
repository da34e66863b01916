"""Makes answers to an update from a seed: a person's words around a notice, damaged as mail programs damage it."""

import html
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from schemas.own_mail import REPLY_MARKER, SentUpdate
from workers.parse.text.squashed import squash

WORDS = {
    "English": "the case letter court date office tenant heating water damage report photo meeting witness agree",
    "German": "das Schreiben Gericht Termin Büro Mieter Heizung Wasserschaden Bericht größer Zeuge für über Straße",
    "French": "le dossier lettre tribunal rendez-vous bureau locataire chauffage dégât été rapport témoin où déjà",
    "Russian": "дело письмо суд дата офис жилец отопление вода ущерб отчёт фото встреча свидетель ключ",
    "Greek": "υπόθεση γράμμα δικαστήριο ημερομηνία γραφείο ενοικιαστής θέρμανση νερό ζημιά αναφορά",
    "Arabic": "القضية رسالة محكمة تاريخ مكتب مستأجر تدفئة ماء ضرر تقرير صورة اجتماع شاهد",
    "Hindi": "मामला पत्र अदालत तारीख कार्यालय किरायेदार पानी नुकसान रिपोर्ट बैठक गवाह",
    "Korean": "사건 편지 법원 날짜 사무실 세입자 난방 물 피해 보고서 사진 회의",
    "Japanese": "事件 手紙 裁判所 日付 事務所 借主 暖房 水漏れ 報告書 写真 会議 証人 です ます",
    "Chinese": "案件 信件 法院 日期 办公室 租户 暖气 漏水 报告 照片 会议 证人 我们 可以",
    "Thai": "คดี จดหมาย ศาล วันที่ สำนักงาน ผู้เช่า ความร้อน น้ำ ความเสียหาย รายงาน",
}
SHORT = ("Yes", "No.", "5", "2", "OK!", "\U0001f44d", "ja", "Да", "はい", "好", "نعم", "K", "\u2611", "The", "I")
_SPACELESS = ("Japanese", "Chinese", "Thai")


@dataclass(frozen=True)
class Answer:
    """An answer: its text (or HTML), the person's own lines in order, the quoted notice, and how it was made."""

    text: str
    is_html: bool
    own: tuple[str, ...]
    notice: str
    sent: SentUpdate
    position: str
    damage: str


def sentence(random: Random, language: str, words: int) -> str:
    """Returns a sentence of so many random words."""
    found = [random.choice(WORDS[language].split()) for _ in range(words)]
    joined = ("" if language in _SPACELESS else " ").join(found)
    return joined[:1].upper() + joined[1:] + random.choice(".?!")


def update_text(random: Random, language: str) -> str:
    """Returns the text of an update: paragraphs, lists, forms, a link."""
    parts = []
    for _ in range(random.randint(1, 6)):
        kind = random.random()
        if kind < 0.6:
            parts.append(
                " ".join(sentence(random, language, random.randint(3, 14)) for _ in range(random.randint(1, 4)))
            )
        elif kind < 0.75:
            parts.append("\n".join(f"- {sentence(random, language, random.randint(2, 7))}" for _ in range(3)))
        elif kind < 0.9:
            parts.append("\n".join(f"{n}. {sentence(random, language, random.randint(2, 7))}" for n in range(1, 4)))
        else:
            parts.append(
                f"{sentence(random, language, 4)} https://www.example.org/a/{random.randint(1, 10**9)}?b=c&d=e"
            )
    return "\n\n".join(parts)


def sent_update(text: str, *, case: int = 1042, footer: str = "") -> SentUpdate:
    """Returns an update with the words that a notice has around it."""
    above = f"{REPLY_MARKER}\n\nBert Brown posted an update on case {case}, A leak in the roof:"
    link = f"https://console.example/cases/0198f0{case}-aaaa?tenant=x#u-01"
    below = f"The case: {link}\nOpen the case\nAnswer this mail to post an update on the case.\n{footer}"
    return SentUpdate(
        above, text, below, ("updates@in.example", "Bert Brown (Housing)", f"[{case}] A leak in the roof")
    )


def notice_of(sent: SentUpdate, *, marker: bool = True) -> str:
    """Returns the text of the notice."""
    above = sent.above if marker else sent.above.replace(REPLY_MARKER, "").lstrip()
    below = sent.below.replace("Open the case\n", "").strip()
    return f"{above}\n\n{sent.text}\n\n{below}"


def _stripped(_: Random, text: str) -> str:
    return text


def _wrapped(random: Random, text: str) -> str:
    width = random.choice((38, 56, 72))
    return "\n".join(textwrap.fill(line, width) if line else "" for line in text.split("\n"))


def _one_line(_: Random, text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)


def _unwrapped(_: Random, text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _no_break_spaces(random: Random, text: str) -> str:
    return "".join("\u00a0" if letter == " " and random.random() < 0.3 else letter for letter in text)


def _typography(_: Random, text: str) -> str:
    return text.replace("'", "\u2019").replace("- ", "\u2022 ").replace("...", "\u2026").replace('"', "\u201d")


def _entities(_: Random, text: str) -> str:
    return html.escape(text).replace("'", "&#39;").replace("  ", "&nbsp; ")


def _gateway_links(_: Random, text: str) -> str:
    return re.sub(
        r"https://\S+",
        lambda m: (
            f"https://eur01.safelinks.protection.outlook.com/?url={m[0].replace('/', '%2F')}&data=05%7C&reserved=0"
        ),
        text,
    )


def _added_links(_: Random, text: str) -> str:
    return re.sub(r"https://\S+", lambda m: f"{m[0]} <{m[0]}>", text)


def _broken_letters(_: Random, text: str) -> str:
    return re.sub(r"[äöüßéàèùêôïç]", "\ufffd", text)


def _marked(random: Random, text: str) -> str:
    sign = random.choice(("> ", ">", "| ", "> > "))
    return "\n".join(sign + line for line in text.split("\n"))


def _half_marked(random: Random, text: str) -> str:
    lines = [textwrap.fill(line, 76) if line else "" for line in text.split("\n")]
    return "\n".join("> " + line for line in lines)


DAMAGE: dict[str, Callable[[Random, str], str]] = {
    "signs stripped": _stripped,
    "wrapped": _wrapped,
    "one line": _one_line,
    "unwrapped": _unwrapped,
    "no-break spaces": _no_break_spaces,
    "typography": _typography,
    "entities": _entities,
    "links of a gateway": _gateway_links,
    "links added": _added_links,
    "broken letters": _broken_letters,
    "marked": _marked,
    "half marked": _half_marked,
}
ATTRIBUTIONS = (
    "",
    "On Fri, 3 May 2024 at 10:12, Bert Brown (Housing) <updates@in.example> wrote:",
    "Am 03.05.2024 um 10:12 schrieb Bert Brown (Housing):",
    "Noong 3 Mayo 2024, si Bert Brown (Housing) <updates@in.example> ay sumulat",
    "Bert Brown (Housing) via updates@in.example, 3.5.2024 10.12:",
    "De: Bert Brown (Housing) <updates@in.example>\nEnviado: 3 de mayo de 2024\nAsunto: [1042] A leak in the roof",
    "Nadawca: Bert Brown (Housing)\nData: 3 maja 2024 10:12\nTemat: [1042] A leak in the roof",
)


def own_line(random: Random, language: str, update: str) -> str:
    """Returns a line of the person: new words, a short answer, or a sentence of the update."""
    kind = random.random()
    if kind < 0.5:
        return sentence(random, random.choice((language, "English")), random.randint(2, 12))
    if kind < 0.75:
        return random.choice(SHORT)
    sentences = [part.strip() for part in re.split(r"(?<=[.?!])\s|\n", update) if squash([part]).text]
    return random.choice(sentences)


def make(seed: int) -> Answer:
    """Returns the answer of a seed."""
    random = Random(seed)
    language = random.choice(list(WORDS))
    text = update_text(random, language)
    sent = sent_update(text, footer=random.choice(("", "Housing Trust, 1 High Street\nOffice hours: Monday to Friday")))
    notice = notice_of(sent, marker=random.random() < 0.3)
    damage = random.choice(list(DAMAGE))
    position = random.choice(("above", "above", "below", "between"))
    if position == "between" and damage == "one line":
        damage = "wrapped"
    own = [own_line(random, language, text) for _ in range(random.randint(1, 4))]
    if position == "between":
        quote = _interleaved(random, notice, sent, own, DAMAGE[damage])
    else:
        quote = DAMAGE[damage](random, notice)
    attribution = random.choice(ATTRIBUTIONS)
    if damage in ("marked", "half marked") and random.random() < 0.7:
        attribution = ATTRIBUTIONS[1]
    block = f"{attribution}\n\n{quote}" if attribution else quote
    lines = "\n".join(own)
    whole = {"above": f"{lines}\n\n{block}", "below": f"{block}\n\n{lines}", "between": block}[position]
    is_html = damage not in ("marked", "half marked", "entities") and random.random() < 0.4
    if is_html:
        whole = "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in whole.split("\n"))
    return Answer(whole, is_html, tuple(own), notice, sent, position, damage)


def _interleaved(
    random: Random, notice: str, sent: SentUpdate, own: Sequence[str], damage: Callable[[Random, str], str]
) -> str:
    """Returns the damaged notice with the own lines between paragraphs of the update, unmarked."""
    above, _, rest = notice.partition(sent.text)
    parts = sent.text.split("\n\n")
    places = sorted(random.choices(range(1, len(parts) + 1), k=len(own)))
    found = [damage(random, above.strip())]
    for number, part in enumerate(parts, 1):
        found.append(damage(random, part))
        found += [line for place, line in zip(places, own, strict=True) if place == number]
    return "\n\n".join([*found, damage(random, rest.strip())])
