"""A fingerprint proves that casemail sent a mail, and can't be forged."""

from uuid import UUID, uuid4

import pytest

from cases.addresses.tokens import Address, AddressKind, new_handle, write
from cases.outgoing.fingerprint import OwnKind, OwnMail, read_mark, write_mark
from tests.builders.world import KEYS

OWN = OwnMail(OwnKind.NOTICE, UUID(int=7 << 64))
MARK = write_mark(KEYS, OWN)
NEW_KEYS = (("b", b"another secret of 20"), *KEYS)


def test_a_fingerprint_reads_back_as_the_mail_it_was_made_for() -> None:
    assert read_mark(KEYS, MARK) == OWN
    assert len(f"X-Casemail-Mail: {MARK}") <= 78


def test_it_is_accepted_after_a_new_key_is_added_and_refused_without_its_key() -> None:
    assert read_mark(NEW_KEYS, MARK) == OWN
    assert read_mark(KEYS, write_mark(NEW_KEYS, OWN)) is None
    assert read_mark((("a", b"a stolen letter only"),), MARK) is None


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "notice",
        MARK.upper(),
        MARK + " x",
        MARK[:-1] + ("a" if MARK[-1] != "a" else "b"),
        MARK.replace("notice", "forward"),
        MARK.replace(OWN.row_id.hex, UUID(int=8 << 64).hex),
        MARK.replace(".a", ".z"),
        f"notice.{OWN.row_id.hex}.a" + "a" * 16,
        "x" * 100_000,
    ],
)
def test_a_forged_fingerprint_is_refused(forged: str) -> None:
    assert read_mark(KEYS, forged) is None


def test_the_tag_of_an_address_is_refused_as_a_fingerprint() -> None:
    local = write(KEYS, uuid4(), Address(AddressKind.REPLY, new_handle()), "1", "in.example").partition("@")[0]
    assert read_mark(KEYS, f"notice.{OWN.row_id.hex}.a{local[-16:]}") is None
