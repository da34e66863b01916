"""Addresses that casemail issued can be read; no other strings can."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.addresses.tokens import Address, AddressKind, new_handle, read, write

TENANT = uuid4()
KEYS = (("b", b"the newer secret......"), ("a", b"the older secret......"))
ADDRESS = Address(AddressKind.REPLY, new_handle())


def local_part(address: Address = ADDRESS, number: str = "2026-0042") -> str:
    full = write(KEYS, TENANT, address, number, "cases.example")
    local, _, domain = full.rpartition("@")
    assert domain == "cases.example"
    return local


@pytest.mark.parametrize("kind", AddressKind)
def test_an_address_can_be_read_in_any_letter_case(kind: AddressKind) -> None:
    address = Address(kind, new_handle())
    for written in (local_part(address), local_part(address).upper(), f'"{local_part(address)}"'):
        assert read(KEYS, TENANT, written) == address


@given(st.text(max_size=80))
def test_the_local_part_stays_within_64_octets_and_ascii_whatever_the_case_number(number: str) -> None:
    local = local_part(number=number)
    assert len(local.encode("ascii")) <= 64
    assert read(KEYS, TENANT, local) == ADDRESS


def test_a_token_after_a_plus_is_read() -> None:
    assert read(KEYS, TENANT, f"inbox+{local_part()}") == ADDRESS


def test_an_address_made_with_an_older_key_can_still_be_read() -> None:
    older = write(KEYS[1:], TENANT, ADDRESS, "1", "cases.example").rpartition("@")[0]
    assert read(KEYS, TENANT, older) == ADDRESS
    assert read(KEYS[:1], TENANT, older) is None


def test_an_address_of_one_tenant_can_t_be_read_for_another() -> None:
    assert read(KEYS, uuid4(), local_part()) is None


def test_a_reply_address_can_not_be_turned_into_a_case_address() -> None:
    local = local_part()
    prefix, token = local[:-34], local[-34:]
    assert read(KEYS, TENANT, prefix + "c" + token[1:]) is None


def test_an_address_with_any_changed_character_is_refused() -> None:
    token = local_part()[-32:]
    for at in range(32):
        other = "a" if token[at] != "a" else "b"
        assert read(KEYS, TENANT, local_part()[:-32] + token[:at] + other + token[at + 1 :]) is None


@given(st.text(alphabet='abcdefghijklmnopqrstuvwxyz234567-+.@" rc', max_size=70))
def test_strings_that_are_not_our_addresses_are_refused(local: str) -> None:
    assert read(KEYS, TENANT, local) is None
