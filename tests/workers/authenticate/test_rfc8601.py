"""The parser of Authentication-Results: the grammar of RFC 8601, the dialects of providers, and text from senders."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workers.authenticate.rfc8601 import LONGEST, UNCLEAR, Result, read


def plain(value: str) -> list[tuple[str, str, dict[str, str]]]:
    """Returns the parsed results without their comments."""
    return [(one.method, one.outcome, one.properties) for one in read(value)[1]]


# RFC 8601 appendix B
@pytest.mark.parametrize(
    ("value", "identity", "found"),
    [
        ("example.org 1; none", "example.org", []),
        ("example.org;none", "example.org", []),
        ("example.org", "example.org", []),
        (
            "example.com;\r\n spf=pass smtp.mailfrom=example.net",
            "example.com",
            [("spf", "pass", {"smtp.mailfrom": "example.net"})],
        ),
        (
            (
                "example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
                " spf=pass smtp.mailfrom=example.net"
            ),
            "example.com",
            [("auth", "pass", {"smtp.auth": "sender@example.net"}), ("spf", "pass", {"smtp.mailfrom": "example.net"})],
        ),
        (
            (
                'example.com;\r\n dkim=pass reason="good signature"\r\n header.i=@mail-router.example.net;\r\n'
                ' dkim=fail reason="bad signature"\r\n header.i=@newyork.example.com'
            ),
            "example.com",
            [
                ("dkim", "pass", {"reason": "good signature", "header.i": "@mail-router.example.net"}),
                ("dkim", "fail", {"reason": "bad signature", "header.i": "@newyork.example.com"}),
            ],
        ),
        (
            (
                "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
                " policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't expecting it)"
                " 1362471462"
            ),
            "foo.example.net",
            [("dkim", "fail", {"policy.expired": "1362471462"})],
        ),
    ],
)
def test_the_examples_of_the_standard(value: str, identity: str, found: list[tuple[str, str, dict[str, str]]]) -> None:
    assert read(value)[0] == identity
    assert plain(value) == found


@pytest.mark.parametrize(
    ("value", "identity", "found"),
    [
        (  # Microsoft 365
            (
                "spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=contoso.example; dkim=pass (verified)\r\n"
                " header.d=contoso.example;dmarc=pass action=none\r\n header.from=contoso.example;compauth=pass"
            ),
            "",
            {"spf": "pass", "dkim": "pass", "dmarc": "pass", "compauth": "pass"},
        ),
        (  # Google
            (
                'mx.google.com;\r\n       dkim=pass header.i=@a.example header.s=k header.b="PR+cH4/R";\r\n'
                "       spf=pass (google.com: domain of a=b@a.example designates 192.0.2.1 as permitted sender)"
                ' smtp.mailfrom="a=b@a.example";\r\n dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=a.example'
            ),
            "mx.google.com",
            {"dkim": "pass", "spf": "pass", "dmarc": "pass"},
        ),
        (  # Yahoo
            (
                "atlas.omega.yahoo.com;\r\n dkim=pass header.i=@a.example;\r\n spf=pass smtp.mailfrom=a.example;"
                "\r\n dmarc=pass(p=NONE,sp=QUARANTINE) header.from=a.example;"
            ),
            "atlas.omega.yahoo.com",
            {"dkim": "pass", "spf": "pass", "dmarc": "pass"},
        ),
        (  # Fastmail
            (
                "mx5.messagingengine.com;\r\n dmarc=pass policy.published-domain-policy=none\r\n"
                " policy.applied-disposition=none policy.evaluated-disposition=none\r\n (p=none,d=none,d.eval=none)"
                " policy.policy-from=p header.from=a.example;\r\n x-return-mx=pass type=smtp"
            ),
            "mx5.messagingengine.com",
            {"dmarc": "pass", "x-return-mx": "pass"},
        ),
        (  # rspamd
            (
                "mx.a.example;\r\n\tdkim=pass header.d=a.example header.b=ab/+e=;\r\n\tspf=pass (mx.a.example:"
                " domain of b@a.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=b@a.example;\r\n"
                '\tdmarc=fail reason="No valid SPF, No valid DKIM" header.from=a.example (policy=none)'
            ),
            "mx.a.example",
            {"dkim": "pass", "spf": "pass", "dmarc": "fail"},
        ),
    ],
)
def test_what_providers_write(value: str, identity: str, found: dict[str, str]) -> None:
    assert read(value)[0] == identity
    assert {one.method: one.outcome for one in read(value)[1]} == found


@pytest.mark.parametrize(
    "value",
    [
        'mx.a; spf=pass smtp.mailfrom="x; dmarc=pass header.from=b.example; y=z a.b=c"@evil.example; dkim=none',
        "mx.a; spf=pass (x; dmarc=pass header.from=b.example) smtp.mailfrom=evil.example; dkim=none",
        "mx.a; spf=pass (a (b; dmarc=pass header.from=b.example) c) smtp.mailfrom=evil.example; dkim=none",
        r"mx.a; spf=pass (\) ; dmarc=pass header.from=b.example) smtp.mailfrom=evil.example; dkim=none",
        r'mx.a; spf=pass smtp.mailfrom="\"; dmarc=pass header.from=b.example; y=\""@evil.example; dkim=none',
        "mx.a; spf=pass smtp.mailfrom=evil.example dmarc=pass header.from=b.example; dkim=none",
    ],
)
def test_what_stands_in_quotes_or_comments_is_no_result(value: str) -> None:
    identity, found = read(value)
    assert (identity, [one.method for one in found]) == ("mx.a", ["spf", "dkim"])


@pytest.mark.parametrize(
    "value",
    [
        "mx.a; dmarc=pass header.from=b.example; spf=pass (never ended",
        'mx.a; dmarc=pass header.from=b.example; spf=pass smtp.mailfrom="never ended',
        "mx.a; dmarc=pass header.from=b.example; spf=pass smtp.mailfrom=a)b",
        "mx.a; dmarc=pass header.from=b.example; spf=pass smtp.mailfrom=a\\b",
        "mx.a; dmarc=pass header.from=b.example; " + "x" * LONGEST,
        "mx.a; " + "spf=none; " * 60 + "dmarc=pass header.from=b.example",
    ],
)
def test_a_field_that_can_t_be_read_to_its_end_has_no_results_and_is_still_that_server_s(value: str) -> None:
    assert read(value) == ("mx.a", [])


@pytest.mark.parametrize(
    "result",
    [
        "dmarc=pass header.from=b.example junk",
        "dmarc=pass header.from=b.example header.from=c.example",
        "dmarc=pass header.from=b(c).example",
        "dmarc=pass header.from",
        "dmarc=pass header.from=",
        "dmarc/x=pass",
        "dmarc",
    ],
)
def test_a_result_with_anything_unclear_is_no_pass(result: str) -> None:
    assert read(f"mx.a; {result}; spf=none")[1] == [Result("dmarc", UNCLEAR), Result("spf", "none")]


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def commented(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"({escaped})"


def bare(text: str) -> str:
    """Returns the text as a server writes it that never quotes: only characters that a bare value may contain."""
    return (
        "".join(char for char in text if char in string.ascii_letters + string.digits + "@.=+-_/'*!$%&#?^`{|}~:") or "x"
    )


#: Text that a sender may put where a server copies it into the field.
WORDS = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    st.lists(
        st.sampled_from(
            ["; ", "dmarc=pass", " header.from=b.example", '"', "\\", "(", ")", "=", "mx.a", "spf", "/1", " reason="]
        ),
        max_size=12,
    ).map("".join),
)


@given(WORDS, WORDS, WORDS)
@example("x; dmarc=pass header.from=b.example; y=z a.b=c", ")", "\\")
def test_nothing_that_a_sender_writes_makes_a_result(sender: str, helo: str, said: str) -> None:
    value = (
        f"mx.a; spf=fail {commented(f'domain of {sender} is not')} smtp.mailfrom={quoted(sender)}@evil.example"
        f" smtp.helo={bare(helo)}; dkim=none reason={quoted(said)}; dmarc=fail {commented(said)} header.from=b.example"
    )
    identity, found = read(value)
    assert identity == "mx.a"
    assert [(one.method, one.outcome) for one in found] == [("spf", "fail"), ("dkim", "none"), ("dmarc", "fail")]
    assert found[0].properties["smtp.mailfrom"] == f"{sender}@evil.example"
    assert found[2].properties == {"header.from": "b.example"}


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    identity, found = read(text)
    assert isinstance(identity, str)
    assert all(one.method for one in found)
