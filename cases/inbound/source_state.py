"""The state of a mail source in words, and whether a person must look after it."""

from typing import Any

from schemas.tables import OldMails, Paused


def state_of(row: Any) -> str:
    """Returns the state of a source in words, from its row."""
    since = f" since {row.failing_since:%Y-%m-%d %H:%M} UTC" if row.failing_since else ""
    last = f"reads email, last at {row.last_success_at:%Y-%m-%d %H:%M} UTC" if row.last_success_at else "not read yet"
    states = (
        (not row.active, "paused"),
        (row.paused_for == Paused.UNTESTED, "not fetched yet: its connection was not tested"),
        (row.paused_for, f"paused after its log-in was refused {row.login_failures} times: {row.last_error}"),
        (row.old_mails == OldMails.ASKED, f"waits for a decision on {row.old_count} old emails"),
        (row.failures, f"can't be read{since} (tries in a row: {row.failures}): {row.last_error}"),
        (row.left_behind, f"reads email, but {row.left_behind} emails there could not be taken{_withheld(row)}"),
    )
    return next((words for applies, words in states if applies), last)


def _withheld(row: Any) -> str:
    return f": Microsoft Exchange can't convert {row.withheld} of them" if row.withheld else ""


def needs_care(row: Any) -> bool:
    """Returns whether a person must look after a source, from its row: it takes no mail, or not all of it."""
    waits = row.paused_for or row.old_mails == OldMails.ASKED
    return bool(row.active and (waits or row.failures or row.left_behind))
