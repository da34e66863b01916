"""Links of an update as gateways rewrite them, and the words of the notice that programs put beside them."""

from urllib.parse import quote

import pytest

from tests.builders.answered_updates import notice_of, sent_update
from workers.parse.text.known_quotes import own_words
from workers.parse.text.reply import extract
from workers.parse.text.squashed import squash

LINK = "https://forms.example.com/application/77"
SENT = sent_update(
    f"The form is at {LINK} online.\n\nCan you send it by Friday?", footer="Housing Trust, 1 High Street"
)
WROTE = "On Fri, 3 May 2024 at 10:12, Bert Brown (Housing) <updates@in.example> wrote:"
GATEWAYS = (
    "https://eur03.safelinks.protection.outlook.com/?url={}&data=05%7C02%7C%7C9f&reserved=0",
    "https://linkprotect.example/check?a={}&c=E,1,abc",
    "https://protect.example/s/k3J?domain=forms.example.com&u={}",
)


def rewritten(text: str, gateway: str) -> str:
    """Returns the text with all of its links as the gateway writes them."""
    for link in (LINK, SENT.below.split()[2]):
        text = text.replace(link, gateway.format(quote(link, safe="")))
    return text


@pytest.mark.parametrize("sign", ["> ", "HL> ", ""])
@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_link_within_a_link_is_the_updates(gateway: str, sign: str) -> None:
    text = rewritten(notice_of(SENT).replace("The case: ", "Open the case\n"), gateway)
    marked = "\n".join(f"{sign}{line}" for line in text.split("\n"))
    assert own_words(extract(f"{WROTE}\n\n{marked}\n\nIt is on its way."), [SENT]).text == "It is on its way."
    assert own_words(extract(f"It is on its way.\n\n{WROTE}\n\n{marked}"), [SENT]).text == "It is on its way."


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_link_of_the_person_stays(gateway: str) -> None:
    own = rewritten(f"Is it this one? {LINK}", gateway)
    assert own_words(extract(f"{own}\n\n{WROTE}\n\n{notice_of(SENT)}"), [SENT]).text == own


def test_encoded_line_ends_are_no_lines() -> None:
    assert len(squash(["https://x.example/?a=b%0Ac%20d", "below"]).starts) == 3
