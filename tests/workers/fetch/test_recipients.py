"""The recipients of a fetched mail."""

import pytest

from workers.fetch.recipients import envelope_sender, recipients

DECLARED = ("Delivered-To", "X-Original-To")


def ours(address: str) -> bool:
    return address.lower().endswith("@cases.example")


def given(address: str) -> bool:
    return ours(address) and address.lstrip('"').startswith("given-")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Delivered-To: a@cases.example\nTo: b@cases.example", ["a@cases.example"]),
        ("Delivered-To: <top@cases.example>\nDelivered-To: forged@cases.example", ["top@cases.example"]),
        ("Delivered-To: box@elsewhere.example\nX-Original-To: a@cases.example", ["a@cases.example"]),
        ("X-Original-To: a@elsewhere.example\nTo: b@cases.example", ["b@cases.example"]),
        ("X-Original-To: a@elsewhere.example\nTo: x@y.example", ["a@elsewhere.example"]),
        # an address that casemail issued comes before an address that is only in a casemail domain
        ("Delivered-To: box@cases.example\nX-Original-To: given-1@cases.example", ["given-1@cases.example"]),
        ("Delivered-To: box@cases.example\nTo: given-1@cases.example", ["given-1@cases.example"]),
        ("Delivered-To: given-1@cases.example\nTo: given-2@cases.example", ["given-1@cases.example"]),
        ("Delivered-To: given-1@cases.example\nTo: friend@elsewhere.example", ["given-1@cases.example"]),
        ("To: b@cases.example\nCc: given-1@cases.example", ["given-1@cases.example"]),
        (
            'To: "Case 7" <given-1@cases.example>\nCc: given-2@cases.example',
            ["given-1@cases.example", "given-2@cases.example"],
        ),
        ('To: "given-1"@cases.example', ['"given-1"@cases.example']),
        ("To: x@y.example, B <b@cases.example>\nCc: <c@cases.example>", ["b@cases.example", "c@cases.example"]),
        ("To: b@cases.example, B@Cases.Example", ["b@cases.example"]),
        ("To: x@y.example", [""]),
        ("", [""]),
        ('To: "b@cases.example" <x@y.example>', [""]),
    ],
)
def test_the_recipient_is_read_where_the_edge_wrote_it_else_from_to_and_cc(header: str, expected: list[str]) -> None:
    raw = f"{header}\n\nDelivered-To: body@cases.example\n".encode()
    assert recipients(raw, DECLARED, ours, given) == expected


@pytest.mark.parametrize(
    ("header", "expected"), [("Return-Path: <a@x>", "a@x"), ("Return-Path: <>", ""), ("Subject: x", "unknown")]
)
def test_the_null_sender_is_distinguished_from_none(header: str, expected: str) -> None:
    assert envelope_sender(f"{header}\n\n".encode()) == expected
