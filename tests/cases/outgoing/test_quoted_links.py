"""No signed link of casemail works in a posted update, however a mail program or gateway has rewritten it."""

import html
import json
import random
import re
import textwrap
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from quopri import encodestring
from urllib.parse import quote, unquote
from uuid import UUID

import pytest

from cases.files.links import FileLinks, Purpose
from cases.outgoing import alias_link as alias_link_letter
from cases.outgoing import password_link as password_link_letter
from cases.outgoing.quoted_links import without_links
from cases.updates.posting import Posted, post_update
from schemas.records import Cut, CutKind
from schemas.settings import Settings
from schemas.tables import new_id
from storage.resources import Resources
from tests.builders.rows import run
from tests.builders.world import World

IDS = [UUID(int=random.Random(number).getrandbits(128)) for number in range(60)]
CONSOLE = "https://console.example"


def proofpoint(url: str) -> str:
    coded = re.sub(r"[^\w./]", lambda found: f"-{ord(found[0]):02X}", url, flags=re.ASCII).replace("_", "-5F")
    return f"https://urldefense.proofpoint.com/v2/url?u={coded.replace('/', '_')}&d=DwMFaQ&c=x&r=y&m=z&s=s&e="


def safe_links(url: str) -> str:
    return f"https://eur01.safelinks.protection.outlook.com/?url={quote(url, safe='')}&data=05%7C01&sdata=x&reserved=0"


def barracuda(url: str) -> str:
    lower = re.sub(r"%..", lambda found: found[0].lower(), quote(url, safe=""))
    return f"https://linkprotect.cudasvc.com/url?a={lower}&c=E,1,abc&typo=1"


def entities(url: str) -> str:
    return "".join(f"&#{ord(sign)};" if sign in "/.:_-" else sign for sign in url)


#: The ways in which programs rewrite a link; no rewritten link may still work.
WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in brackets": lambda url: f"<{url}>",
    "Safe Links": safe_links,
    "Proofpoint 2": proofpoint,
    "Proofpoint 3": lambda url: f"https://urldefense.com/v3/__{url}__;!!abc$",
    "Proofpoint 2 in Safe Links": lambda url: safe_links(proofpoint(url)),
    "Safe Links in Proofpoint 2": lambda url: proofpoint(safe_links(url)),
    "Safe Links twice": lambda url: safe_links(safe_links(url)),
    "Barracuda": barracuda,
    "Mimecast": lambda url: f"https://protect-eu.mimecast.com/s/AbCd?domain=console.example&u={quote(url, safe='')}",
    "Cisco": lambda url: f"https://secure-web.cisco.com/1AbC_d-e/{quote(url, safe='')}",
    "Google": lambda url: f"https://www.google.com/url?q={quote(url, safe='')}&source=gmail&ust=1",
    "Sophos": lambda url: f"https://eu.u.example/?d=console.example&u={b64encode(url.encode()).decode()}&i=NjA=&t=x",
    "Base64 for URLs": lambda url: f"https://gate.example/{urlsafe_b64encode(url.encode()).decode()}",
    "wrapped at 76 in a quote": lambda url: "\n> ".join(textwrap.wrap(url, 76)),
    "wrapped at 60": lambda url: "\n".join(url[at : at + 60] for at in range(0, len(url), 60)),
    "wrapped at 40 in two quotes": lambda url: "\r\n> > ".join(url[at : at + 40] for at in range(0, len(url), 40)),
    "wrapped with blanks": lambda url: " \n   ".join(url[at : at + 72] for at in range(0, len(url), 72)),
    "Safe Links wrapped": lambda url: "\n> ".join(
        safe_links(url)[at : at + 70] for at in range(0, len(safe_links(url)), 70)
    ),
    "quoted-printable": lambda url: encodestring(url.encode()).decode(),
    "quoted-printable twice": lambda url: encodestring(url.replace(".", "=2E").encode()).decode(),
    "quoted-printable signs": lambda url: url.replace(".", "=2E").replace("-", "=2D").replace("_", "=5F"),
    "soft hyphen": lambda url: url[:60] + "\u00ad" + url[60:],
    "zero width": lambda url: "\u200b".join(url[at : at + 25] for at in range(0, len(url), 25)),
    "possible breaks": lambda url: "<wbr>".join(url[at : at + 30] for at in range(0, len(url), 30)),
    "capital scheme": lambda url: url.replace("http", "HTTP"),
    "backslashes": lambda url: url.replace("/", "\\"),
    "entities": entities,
    "entities in hexadecimal": lambda url: url.replace(".", "&#x2e;").replace("/", "&sol;"),
    "named entities": lambda url: url.replace("_", "&lowbar;").replace(".", "&period;"),
    "percent-encoded twice": lambda url: quote(quote(url.replace(".", "%2E"), safe=""), safe=""),
    "Markdown": lambda url: f"[photo.jpg]({url})",
    "Markdown that is escaped": lambda url: re.sub(r"([_.-])", r"\\\1", url),
    "defanged": lambda url: url.replace("http", "hxxp").replace("console.example", "console[.]example"),
    "without its host": lambda url: url.rpartition("example")[2],
    "bare token": lambda url: re.split(r"[/=]", url)[-1],
    "in JSON": lambda url: json.dumps({"url": url}).replace("/", "\\/"),
    "an HTML link": lambda url: f'<a href="{html.escape(url)}">{url}</a>',
}


def file_link(settings: Settings, number: int) -> tuple[str, Callable[[str], object]]:
    links = FileLinks(settings.replace(console_url=CONSOLE))
    url = links.write(Purpose.MAIL, *IDS[number : number + 3])
    return url, lambda token: links.read(Purpose.MAIL, token)


def alias_link(settings: Settings, number: int) -> tuple[str, Callable[[str], object]]:
    secrets = settings.secrets.session_secret
    token = alias_link_letter.token(secrets, IDS[number], IDS[number + 1])
    return f"{CONSOLE}/aliases/confirm?token={token}", lambda found: alias_link_letter.read(secrets, found)


def password_link(settings: Settings, number: int) -> tuple[str, Callable[[str], object]]:
    secrets = settings.secrets.session_secret
    url = password_link_letter.link(secrets, CONSOLE, IDS[number], IDS[number + 1], "hash")
    return url, lambda found: password_link_letter.read(secrets, found)


KINDS = [file_link, alias_link, password_link]


def every_reading(words: str) -> set[str]:
    """Returns the texts that a person or program could derive from the text to find a link in it."""
    found = {words}
    for _ in range(4):
        for text in list(found):
            seen = re.sub("[\u00ad\u200b]|<wbr>|\\\\(?=[_.-])", "", text)
            joined = re.sub(r"=?[ \t]*\r?\n[ \t>]*", "", seen)
            proof = re.sub(r"-([0-9A-F]{2})|_", lambda match: chr(int(match[1], 16)) if match[1] else "/", joined)
            found |= {seen, joined, unquote(joined), html.unescape(joined), proof}
            found |= {re.sub(r"=([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), joined)}
    return found


def live(words: str, opens: Callable[[str], object]) -> bool:
    """Returns whether any link in the text works."""
    shape = re.compile(r"(?=(\.?[\w-]{30,200}\.[\w-]{6}\.[\w-]{43}))", re.ASCII)
    tokens = {
        found[1][at:] for text in every_reading(words) for found in shape.finditer(text) for at in range(len(found[1]))
    }
    return any(opens(token) for token in tokens)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_a_link_is_removed_as_each_program_writes_it(
    settings: Settings, kind: Callable[[Settings, int], tuple[str, Callable[[str], object]]], way: str
) -> None:
    for number in range(2):
        url, opens = kind(settings, number)
        assert live(f"see {url} end", opens)
        posted = without_links(f"My words before\n> see {WAYS[way](url)} and\nmy words after.")
        assert not live(posted, opens), posted
        assert posted.startswith("My words before\n> see ")
        assert posted.endswith("my words after.")
        assert "[link]" in posted


def test_the_text_and_other_links_around_it_stay(settings: Settings) -> None:
    url, _ = file_link(settings, 0)
    mine = "https://maps.example/a"
    assert without_links(f"Look at {mine}\n{url}, then\n{mine}") == f"Look at {mine}\n[link], then\n{mine}"
    wrapped = "\n".join(url[at : at + 60] for at in range(0, len(url), 60))
    assert without_links(f"{mine}\n{wrapped}\n\nBye") == f"{mine}\n[link]\n\nBye"
    assert without_links(f"({url}) and <{url}>!") == "([link]) and <[link]>!"


@pytest.mark.parametrize(
    "words",
    [
        "no link",
        "see /f/ and /f/mail/ and https://x.example/f/mail/short",
        "https://x.example/a-very-long-path-without-any-token/of-ours/that-goes-on/" + "x" * 300,
        f"eyJhbGciOiJIUzI1NiJ9.{'e' * 120}.{'s' * 43}",  # a token of RFC 7519
        "%41%42" * 200,
        "-41_-42" * 200,
        f"{'deadbeef' * 8} 2026.11.30 {'cafe' * 16}",
        "\n> ".join(["a line of forty characters, more or less"] * 50),
        "..." * 500,
    ],
)
def test_text_without_our_links_stays_as_it_is(words: str) -> None:
    assert without_links(words) == words


def test_whatever_is_written_around_it_no_link_that_works_stays(settings: Settings) -> None:
    dice = random.Random(7)
    for number in range(60):
        url, opens = dice.choice(KINDS)(settings, number % 50)
        first, second = dice.sample(list(WAYS), 2)
        written = WAYS[first](url)
        if dice.random() < 0.3 and not set(written) & set("\r\n<>[]\\\u00ad\u200b "):
            written = WAYS[second](written)
        around = "".join(dice.choices("ab .-_=%&;>\n/<\"'()", k=30))
        posted = without_links(f"{around} {written}{dice.choice(['', '.', ' ', chr(10)])}{around}")
        assert not live(posted, opens), (first, second, posted)


def test_an_update_and_its_cut_text_are_stored_without_links(resources: Resources, world: World) -> None:
    url, opens = file_link(resources.settings, 0)
    words, quoted = f"I can't open {safe_links(url)}. Can you?", "> " + "\n> ".join(textwrap.wrap(proofpoint(url), 70))
    draft = replace(
        world.draft("staff", text=words),
        update_id=new_id(),
        cut=(Cut(kind=CutKind.QUOTE, before=len(words), text=quoted, confidence=1.0),),
    )
    with resources.database.tenant(world.tenant_id) as connection:
        posted = post_update(connection, draft)
    assert isinstance(posted, Posted)
    row = run(world, "select text, cut from updates where id = :id", id=posted.update_id)[0]
    assert row.text == "I can't open [link]. Can you?"
    assert not live(row.cut[0]["text"], opens)
    assert row.cut[0]["before"] == len(row.text)
