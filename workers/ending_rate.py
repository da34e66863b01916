"""How many mails end in a second, in the whole cluster: the pace at which the topics are worked off."""

from collections import deque

#: The time over which the rate is measured, in seconds.
SPAN_SECONDS = 5.0


class EndingRate:
    """The rate at which mails end, from how many have ended at different times."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, at: float, ended: int) -> None:
        """Notes that `ended` mails have ended until the time `at`, in seconds."""
        self._seen.append((at, ended))
        while self._seen[0][0] < at - SPAN_SECONDS and self._seen[1][0] <= at - SPAN_SECONDS:
            self._seen.popleft()

    @property
    def per_second(self) -> float:
        """Mails a second over the last `SPAN_SECONDS`; 0 until two times are known."""
        if len(self._seen) < 2:  # noqa: PLR2004  # a rate needs two times
            return 0.0
        (since, before), (until, after) = self._seen[0], self._seen[-1]
        # decisions of people put ended mails back, so that fewer may have ended than before
        return max(0.0, (after - before) / (until - since)) if until > since else 0.0
