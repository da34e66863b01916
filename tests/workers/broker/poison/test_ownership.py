"""Each owner of a partition counts how often earlier owners died there, until the deadly record is found."""

import pytest
from kafka import TopicPartition

from workers.broker.poison.ownership import ALONE, FEW, TRIED_AFTER, Ownership, Takeover, may_try, read, take_over


@pytest.mark.parametrize("kind", ["held", "left", "trying", "asking"])
def test_an_ownership_comes_back_from_the_metadata_of_a_commit(kind: str) -> None:
    assert read(str(Ownership(kind, 12, 2, 1, "ab"))) == Ownership(kind, 12, 2, 1, "ab")


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        "",
        "held",
        "held x 1 0 a",
        "held 1 -1 0 a",
        "owned 1 1 1 a",
        "held 1 1 1",
        "held 1 1 1 1 a",
        "held 1 1 \u00b2 a",
    ],
)
def test_metadata_of_other_programs_is_ignored(metadata: str | None) -> None:
    assert read(metadata) is None
    assert take_over(read(metadata), 5, "me") == Takeover(0, 0, None)


@pytest.mark.parametrize(
    ("before", "offset", "deaths"),
    [
        (Ownership("left", 5, 0), 5, 0),
        (Ownership("left", 5, 2), 5, 2),  # an owner that left without progress proves nothing
        (Ownership("left", 5, 2), 6, 0),
        (Ownership("held", 5, 0), 5, 1),
        (Ownership("held", 5, 1), 5, 2),
        (Ownership("held", 5, 1), 9, 1),  # it made progress, then died over another record
        (Ownership("held", 5, 7), 5, 8),  # never poison by count alone: many records were out
        (Ownership("trying", 5, 2, 1), 6, 1),
    ],
)
def test_deaths_are_counted_while_there_is_no_progress(before: Ownership, offset: int, deaths: int) -> None:
    assert take_over(before, offset, "me") == Takeover(deaths, 0, None)


def test_a_death_over_a_record_alone_can_be_chance_and_a_second_one_makes_it_poison() -> None:
    assert take_over(Ownership("trying", 5, 2), 5, "me") == Takeover(TRIED_AFTER, 1, None)
    assert take_over(Ownership("trying", 5, 2, ALONE - 1), 5, "me") == Takeover(0, ALONE, 5)


@pytest.mark.parametrize("kind", ["held", "trying", "asking"])
def test_an_owner_that_takes_over_from_itself_did_not_crash(kind: str) -> None:
    again = take_over(Ownership(kind, 5, TRIED_AFTER, 1, "me"), 5, "me")
    assert again == Takeover(TRIED_AFTER, 1, None)
    assert take_over(Ownership(kind, 5, 0, 0, "me"), 6, "me") == Takeover(0, 0, None)


def test_a_death_between_two_trials_does_not_undo_the_first_nor_the_verdict() -> None:
    assert take_over(Ownership("held", 5, TRIED_AFTER, 1), 5, "me") == Takeover(TRIED_AFTER + 1, 1, None)
    assert take_over(Ownership("left", 5, TRIED_AFTER, 1), 5, "me") == Takeover(TRIED_AFTER, 1, None)
    assert take_over(Ownership("held", 5, 0, ALONE), 5, "me") == Takeover(0, ALONE, 5)
    assert take_over(Ownership("held", 5, 0, ALONE), 6, "me") == Takeover(1, 0, None)


@pytest.mark.parametrize(("others", "deaths"), [(0, 3), (FEW - 1, 3), (FEW, 4)])
def test_a_deadly_record_that_comes_first_is_found_at_the_third_death_or_the_fourth(others: int, deaths: int) -> None:
    died, metadata = 0, None
    while (found := take_over(read(metadata), 5, "me")).poison is None:
        trying = found.careful(1 + others)
        metadata = str(Ownership("trying" if trying else "held", 5, found.deaths, found.alone))
        died += 1
    assert (died, found.poison) == (deaths, 5)


def test_a_death_while_asking_is_not_a_death_over_the_record_alone() -> None:
    assert take_over(Ownership("asking", 5, 0, 1), 5, "me") == Takeover(TRIED_AFTER, 1, None)


@pytest.mark.parametrize(
    ("kind", "alone", "lower", "mine", "answer"),
    [
        ("held", 1, True, 1, "now"),
        ("left", 1, True, 1, "now"),
        ("trying", 0, True, 0, "now"),  # the first death alone proves nothing
        ("asking", 0, True, 0, "now"),
        ("trying", 1, False, 0, "later"),
        ("asking", 1, False, 0, "later"),
        ("asking", 0, True, 1, "when they are done"),
        ("trying", 0, True, 1, "when they are done"),
        ("asking", 1, False, 1, "when they are done"),
        ("asking", 1, True, 1, "later"),
        ("trying", 1, True, 1, "later"),
    ],
)
def test_a_record_that_was_alone_at_a_death_is_tried_when_no_other_is(
    kind: str, alone: int, lower: bool, mine: int, answer: str
) -> None:
    asking, theirs = Ownership("asking", 5, 0, mine, "me"), Ownership(kind, 7, 0, alone, "other")
    other = TopicPartition("work", 1 if lower else 3)
    assert may_try(asking, TopicPartition("work", 2), {other: theirs, TopicPartition("work", 4): None}) == answer
    assert may_try(asking, TopicPartition("work", 2), {other: theirs._replace(owner="me")}) == "now"
