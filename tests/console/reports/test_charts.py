"""Where the parts of a chart lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.reports import charts
from console.reports.charts import BOTTOM, HEIGHT, TOP, WIDTH

FLOOR = HEIGHT - BOTTOM


@pytest.mark.parametrize(
    ("most", "values"),
    [
        (0, ["0", "1"]),
        (1, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (7, ["0", "2", "4", "6", "8"]),
        (480, ["0", "100", "200", "300", "400", "500"]),
    ],
)
def test_lines_have_round_values_up_to_the_highest(most: float, values: list[str]) -> None:
    assert [line.words for line in charts.lines(most, lambda value: f"{value:g}")] == values


@given(st.floats(0.001, 1e9))
def test_the_highest_value_is_below_the_highest_line_and_there_are_few_lines(most: float) -> None:
    assert charts.top(most) >= most * (1 - 1e-6)
    assert 2 <= len(charts.lines(most, str)) <= 6


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 500)), max_size=4), min_size=1, max_size=90))
def test_bars_stand_on_the_floor_stay_in_the_chart_and_are_as_high_as_their_values(
    rows: list[list[tuple[str, int]]],
) -> None:
    most = max(sum(value for _, value in row) for row in rows)
    for row, bar in zip(rows, charts.stacks(rows, most), strict=True):
        assert [part.series for part in bar] == [series for series, value in row if value]
        if bar:
            assert bar[0].y + bar[0].height == pytest.approx(FLOOR, abs=0.02)
        for part in bar:
            assert part.y >= TOP - 0.02
            assert part.x + part.width <= WIDTH
        values = sum(value for _, value in row)
        assert sum(part.height for part in bar) == pytest.approx((FLOOR - TOP) * values / charts.top(most), abs=0.1)


def test_a_line_breaks_where_a_day_has_no_value() -> None:
    pieces = charts.line([1.0, None, 2.0, 4.0, None], 4.0)
    assert [len(piece) for piece in pieces] == [1, 2]
    assert pieces[1][1][1] == TOP


def test_the_last_day_is_named_and_at_most_seven_are() -> None:
    names = charts.names([str(day) for day in range(1, 31)])
    assert names[-1].words == "30"
    assert len(names) <= 7
