"""Lines in which a mailbox escaped "From " with a `>` are the person's own (RFC 4155), others with a `>` are quoted."""

import pytest

from workers.parse.text.reply import extract

OWN = (
    ">From the first of May the rent is 950.",
    ">From Monday on I am at home.\n\nMarta",
    "It is fine.\n\n>From Monday on I am at home.",
    "It is fine.\n>From Monday on I am at home.\nIs that right?",
    ">From June on 1,000.\n>From July on 1,100.",
    "Hello,\n\n>From what I see, all is paid.\n\n>From here on I can help.\n\nBo",
    "Costs.\n\n>From Bonn to Ulm 50 euros.\n\n\n\nBo",
    "Anna,\n>From my side: yes.",
    ">From now on call 030 1234.\nThanks!",
    "I say this.\n>From a lawyer I know that it is wrong.",
)
QUOTE = "On Thu, 5 Mar 2026 at 08:30, Desk <d@x.example> wrote:\n> May we?"


@pytest.mark.parametrize("text", OWN)
def test_an_escaped_line_is_the_persons(text: str) -> None:
    assert extract(text).text == text
    assert extract(f"{text}\n\n{QUOTE}").text == text


QUOTED = (
    "> Hello,\n>From Monday on we are closed.",
    ">From Monday on we are closed.\n> Is that right?",
    ">Hello,\n>\n>From Monday on we are closed.\n>\n>Bo",
    "On Thu, 5 Mar 2026 at 08:30, Desk <d@x.example> wrote:\n>From Monday on we are closed.",
    "On Thu, 5 Mar 2026 at 08:30, Desk <d@x.example> wrote:\n\n>From Monday on we are closed.",
    ">Yes, we are closed.",
    ">From: Desk\n>To: Ann",
    "> From Monday on we are closed.",
    ">>From Monday on we are closed.",
    ">from Monday on we are closed.",
)


@pytest.mark.parametrize("quote", QUOTED)
def test_other_lines_with_the_sign_are_quoted(quote: str) -> None:
    assert extract(f"I agree.\n\n{quote}").text == "I agree."
