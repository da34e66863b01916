"""Who dies over a record is counted by the owners that follow, and the record is found."""

import pytest

from workers.broker.tenure import DEATHS, Succession, Tenure, read, succeed


@pytest.mark.parametrize("kind", ["held", "left", "trying"])
def test_a_tenure_comes_back_from_the_metadata_of_a_commit(kind: str) -> None:
    assert read(str(Tenure(kind, 12, 2))) == Tenure(kind, 12, 2)


@pytest.mark.parametrize("metadata", [None, "", "held", "held x 1", "held 1 -1", "owned 1 1", "held 1 1 1", "\u0663"])
def test_the_metadata_of_others_says_nothing(metadata: str | None) -> None:
    assert read(metadata) is None
    assert succeed(read(metadata), 5) == Succession(0, None)


@pytest.mark.parametrize(
    ("before", "offset", "deaths"),
    [
        (Tenure("left", 5, 0), 5, 0),
        (Tenure("left", 5, 2), 5, 2),  # who leaves before it comes on has proven nothing
        (Tenure("left", 5, 2), 6, 0),
        (Tenure("held", 5, 0), 5, 1),
        (Tenure("held", 5, 1), 5, 2),
        (Tenure("held", 5, 1), 9, 1),  # it came on, then died over something else
        (Tenure("held", 5, 7), 5, 8),  # never poison by count alone: many were out
        (Tenure("trying", 5, 1), 5, 2),
        (Tenure("trying", 5, 2), 6, 1),
    ],
)
def test_deaths_are_counted_while_nothing_comes_on(before: Tenure, offset: int, deaths: int) -> None:
    assert succeed(before, offset) == Succession(deaths, None)


def test_the_record_that_was_tried_alone_at_the_last_death_is_the_poison() -> None:
    assert succeed(Tenure("trying", 5, DEATHS - 1), 5) == Succession(0, 5)


def test_a_lone_deadly_record_is_found_at_the_third_death() -> None:
    deaths, metadata, poison = 0, None, None
    while poison is None:
        count, poison = succeed(read(metadata), 5)
        if poison is None:
            metadata = str(Tenure("trying" if count >= DEATHS - 1 else "held", 5, count))
            deaths += 1
    assert (deaths, poison) == (3, 5)
