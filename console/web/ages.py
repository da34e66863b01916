"""How long ago something happened, as short as a list needs it."""

from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY, _WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def age(at: datetime, now: datetime) -> str:
    """Returns the time from `at` to `now` in the largest unit that fits; of an older time the day, in UTC.

    >>> age(datetime(2026, 3, 1, 12, 0), datetime(2026, 3, 1, 12, 5))
    '5 min'
    """
    passed = now - at
    if passed < _MINUTE:
        return "now"
    if passed < _HOUR:
        return f"{passed // _MINUTE} min"
    if passed < _DAY:
        return f"{passed // _HOUR} h"
    if passed < _WEEK:
        days = passed // _DAY
        return f"{days} day{'s' if days != 1 else ''}"
    return f"{at.day} {at:%b}" if at.year == now.year else f"{at.day} {at:%b} {at.year}"
