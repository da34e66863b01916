"""The same mails as different mail programs write them: the files, in order, and why other parts are left out."""

import pytest

from storage.resources import Resources
from tests.builders.file_selection import chosen, names, reasons
from tests.builders.world import World
from tests.mails.entities import Expected
from tests.mails.file_cases import corpus
from tests.mails.unusual_parts import ODD

CORPUS = corpus()


def test_there_are_enough_mails() -> None:
    assert len(CORPUS) >= 120


@pytest.mark.parametrize(("raw", "expected"), [row[1:] for row in CORPUS], ids=[row[0] for row in CORPUS])
def test_of_each_mail_the_files_are_those_that_a_person_meant(
    resources: Resources, world: World, raw: bytes, expected: Expected
) -> None:
    found = chosen(raw, resources, world)
    assert (names(found), reasons(found)) == (expected.files, sorted(expected.left_out))


@pytest.mark.parametrize(("raw", "expected"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_of_an_odd_mail_too(resources: Resources, world: World, raw: bytes, expected: Expected) -> None:
    found = chosen(raw, resources, world)
    assert (names(found), reasons(found)) == (expected.files, sorted(expected.left_out))
