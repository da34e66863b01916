"""Logs: what the long-running processes write to standard error, one line for each event.

`configure` sends the logs of casemail and of the libraries there. A line never has the content of a mail or a whole
address (`words`), and a line that repeats itself is counted instead of written (`repeats`).
"""

from ops.logs.lines import configure

__all__ = ["configure"]
