"""What enters of a fetched mail: its addresses, in proportionate time, and the header of a large mail."""

import time

import pytest

from storage.database import SQL_STATEMENTS, SYSTEM_ROLE
from storage.resources import Resources
from workers.fetch.custody import CustodyService
from workers.fetch.entering import SourceMail, arrivals
from workers.fetch.recipients import addresses, recipients


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a@b, C <c@d>", ["a@b", "c@d"]),
        ('"A, B" <a@b>', ["a@b"]),
        ("Friends: a@b, c@d;, e@f", ["a@b", "c@d", "e@f"]),
        ("undisclosed-recipients:;", []),
        ("a@b (the (nested) one), (c@d) e@f", ["a@b", "e@f"]),
        ("<@hop.example,@other.example:a@b>", ["a@b"]),
        ('"two words"@b, a."b c"@d', ['"two words"@b', 'a."b c"@d']),
        ('"not@this" <a@b>', ["a@b"]),
        ("a @ b", ["a@b"]),
        ("a@[IPv6:2001:db8::1], b@c", ["a@[IPv6:2001:db8::1]", "b@c"]),
        ("Anna, B. <a@b>; c@d", ["a@b", "c@d"]),
        ("<a@b, c@d", ["a@b", "c@d"]),
        ('"unclosed <a@b>', ["a@b"]),
        ("=?utf-8?q?a=2Cb?= <a@b>", ["a@b"]),
        ("m\u00fcller@b\u00fccher.example", ["m\u00fcller@b\u00fccher.example"]),
    ],
)
def test_addresses_are_read_from_a_field(field: str, expected: list[str]) -> None:
    assert list(addresses(field)) == expected


@pytest.mark.parametrize(
    "octet", [b"(", b"<", b"[", b'"', b"\\", b",", b"g:", b"a@", b"@", b" @", b"x ", b"\r\n ", b"\xff"]
)
def test_reading_addresses_takes_time_in_proportion_to_their_length(octet: bytes) -> None:
    def seconds(octets: int) -> float:
        raw = b"To: " + octet * (octets // len(octet)) + b"\r\n\r\n"
        times = []
        for _ in range(5):
            begun = time.process_time()
            recipients(raw, (), lambda _: False, lambda _: False)
            times.append(time.process_time() - begun)
        return min(times)

    assert seconds(64_000) < 40 * max(seconds(8_000), 0.000_2)  # linear would be 8 times as long, quadratic 64 times


def test_a_mail_over_the_limit_enters_with_its_header(resources: Resources) -> None:
    raw = b"Subject: x\r\n\r\n" + b"y" * 1_000
    (arrival,) = arrivals(SourceMail(raw, "1", recipients=["a@b"], sender=""), (), CustodyService(resources), 500)
    assert (arrival.raw, arrival.whole_size) == (b"Subject: x\r\n\r\n", len(raw))


def test_a_mail_that_names_thousands_of_strangers_costs_one_look_into_the_database(resources: Resources) -> None:
    raw = b"To: " + b",".join(b"a@x%d.example" % number for number in range(4_000)) + b"\r\n\r\nhi\r\n"
    custody, looks = CustodyService(resources), SQL_STATEMENTS.labels(SYSTEM_ROLE)
    before = looks._value.get()
    (arrival,) = arrivals(SourceMail(raw, "1"), (), custody, 25_000_000)
    assert arrival.recipient == ""
    assert looks._value.get() - before <= 3  # BEGIN, SELECT, COMMIT
