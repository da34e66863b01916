"""Splits a part of an attribution into the words between its dates, times and addresses."""

from workers.parse.text.attribution_words import ADDRESS, BARE_ADDRESS, DATE, TIME, is_dated, word_of
from workers.parse.text.lines import DASH_CHARACTERS

_DASHES = "".join(DASH_CHARACTERS) + "|~"
MOST_BETWEEN = 4  # words between the parts of a date, or after it
_LONGEST_NUMBER = 3
_SHORT = 2
_YEAR_DIGITS, _FIRST_YEAR, _LAST_YEAR = 4, 1300, 2700  # of any calendar: 1405 in Persia, 2569 in Thailand
WITHIN_DATE, BEFORE_DATE = "within a date", "a date"  # what follows words


def _is_part_of_date(digits: str) -> bool:
    """Returns whether a number may be a day, a month or a year."""
    return len(digits) <= _SHORT or (len(digits) == _YEAR_DIGITS and _FIRST_YEAR <= int(digits) <= _LAST_YEAR)


def runs(group: str) -> list[tuple[list[str], str, bool]]:
    """Returns the runs of words between dates and addresses: the words, what follows them, whether they come first.

    Words between the parts of a date belong to it: "5 de marzo de 2026 a las 8:30".
    """
    found: list[tuple[list[str], str, bool]] = []
    words: list[str] = []
    dated = timed = False  # the last token that is no word was part of a date; a time was seen
    first = True
    for token in group.split():
        number = is_dated(token) and not (token.strip(".,").isdecimal() and not _is_part_of_date(token.strip(".,")))
        if number and dated and timed and token not in (DATE, TIME) and len(word_of(token)) <= _LONGEST_NUMBER:
            number = False  # part of a name: "Team 3"
        if not number and token not in (ADDRESS, BARE_ADDRESS):
            if word_of(token) and (words or token.strip(_DASHES)):
                words.append(token)
            continue
        if words:
            within = number and dated and len(words) <= MOST_BETWEEN
            found.append((words, WITHIN_DATE if within else BEFORE_DATE if number else token, first))
        words, dated, timed, first = [], number, timed or token == TIME, False
    if words:
        found.append((words, "", first))
    return found
