"""A mistyped address: what it may have meant is found, and it opens nothing."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.addresses.tokens import Address, AddressKind, new_handle, read, write
from cases.addresses.typos import likely
from tests.builders.world import KEYS

TENANT = UUID(int=5 << 64)
#: With an o and an l, which people read as digits.
ADDRESS = Address(AddressKind.CASE, "loabcdefghijkl23")
LOCAL = write(KEYS, TENANT, ADDRESS, "2026-7", "cases.example").partition("@")[0]
PLACE = LOCAL.index("loabc")


@pytest.mark.parametrize(
    "typed",
    [
        LOCAL.replace("loabc", "10abc"),
        LOCAL.replace("loabc", "l0abc").upper(),
        LOCAL.replace("loabc", "ioabc"),
        LOCAL.replace("loabc", "olabc"),
        LOCAL[:-1],
        LOCAL + LOCAL[-1],
        LOCAL.replace("loabc", "lloabc"),
        LOCAL.replace("loabc", "oabc"),
        "inbox+" + LOCAL[:-1],
        f'"{LOCAL[:-1]}"',
    ],
)
def test_a_slip_is_seen_through(typed: str) -> None:
    assert read(KEYS, TENANT, typed) is None
    assert likely(KEYS, TENANT, typed) == {ADDRESS}


@settings(deadline=None)
@given(st.data())
def test_any_one_slip_is_seen_through_and_opens_nothing(data: st.DataObject) -> None:
    address = Address(data.draw(st.sampled_from(AddressKind)), new_handle())
    token = write(KEYS, TENANT, address, "7", "x").partition("@")[0].rpartition("-")[2]
    at = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
    typed = data.draw(
        st.sampled_from(
            [
                token[:at] + token[at + 1 :],
                token[:at] + token[at] + token[at:],
                token[:at] + other + token[at + 1 :],
                token[:at] + token[at + 1] + token[at] + token[at + 2 :],
            ]
        )
    )
    if typed != token:
        assert read(KEYS, TENANT, typed) is None
    assert address in likely(KEYS, TENANT, typed)


def test_what_is_far_from_an_address_or_of_another_tenant_is_like_none() -> None:
    for typed in ("", "office", LOCAL[:-3], LOCAL[:-2] + "77", "0189" * 9, "é" * 34):
        assert likely(KEYS, TENANT, typed) == set()
    assert likely(KEYS, uuid4(), LOCAL[:-1]) == set()
