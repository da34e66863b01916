"""The time for a hostile mail grows no faster than its size, wherever it is hostile; `growth.py` tries many more."""

from random import Random

import pytest

from tests.workers.parse.growth import FACTOR, Shape, measure
from tests.workers.parse.hostile_places import PLACES

TRIES = 4  # of which one must do, as the time on a busy machine is sometimes too long
MOST_POWER = 1.8  # a busy machine makes it look larger; quadratic code has 2


@pytest.mark.parametrize("place", PLACES)
def test_no_place_of_a_mail_takes_more_than_a_time_that_is_linear(place: str) -> None:
    random = Random(place)
    shape = Shape(place, "".join(random.choices(PLACES[place].pieces, k=3)))
    found = [measure(shape, share=FACTOR)]
    while found[-1].power > MOST_POWER and len(found) < TRIES:
        found.append(measure(shape, share=FACTOR))
    assert min(growth.power for growth in found) <= MOST_POWER, "\n".join(map(str, found))
