"""A mistyped address: the address that was meant is suggested, and the typed one is refused."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.addresses.tokens import Address, AddressKind, new_handle, read, write
from cases.addresses.typos import likely
from tests.builders.world import KEYS

TENANT = UUID(int=5 << 64)
#: Contains an o and an l, which people mistake for digits.
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
def test_the_meant_address_is_suggested(typed: str) -> None:
    assert read(KEYS, TENANT, typed) is None
    assert likely(KEYS, TENANT, typed) == {ADDRESS}


@settings(deadline=None)
@given(st.data())
def test_for_any_one_slip_the_meant_address_is_suggested_and_the_typed_one_refused(data: st.DataObject) -> None:
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


def test_nothing_is_suggested_for_other_strings_and_addresses_of_other_tenants() -> None:
    for typed in ("", "office", LOCAL[:-3], LOCAL[:-2] + "77", "0189" * 9, "é" * 34):
        assert likely(KEYS, TENANT, typed) == set()
    assert likely(KEYS, uuid4(), LOCAL[:-1]) == set()
