"""Prints the results of the demo as tables on the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ops.demo.demo import Ended
from ops.demo.outcomes import BatchLatency
from ops.demo.seed import Planted
from ops.demo.world import PASSWORD, PEOPLE
from schemas.settings import Settings
from storage.ledger.conservation import Conservation

_COLOURS = {"posted": "green", "forwarded": "cyan", "held": "yellow", "dropped": "bright_black"}
_MISSING = "not in the ledger"


def mails(console: Console, ended: Sequence[Ended]) -> None:
    """Prints a line for each mail."""
    table = _table("Mail", "From", "By", "End state", "Reason", title="What became of the answers")
    table.add_column("ms", justify="right")
    for mail in ended:
        answer, outcome = mail.sent.answer, mail.outcome
        state = outcome.state if outcome else _MISSING
        table.add_row(
            answer.name,
            PEOPLE[answer.writer].email,
            answer.by,
            f"[{_COLOURS.get(state, 'red')}]{state}[/]",
            outcome.reason if outcome else "",
            f"{outcome.milliseconds:,.0f}" if outcome and outcome.milliseconds is not None else "",
        )
    console.print(table)


def batches(console: Console, latencies: Sequence[BatchLatency]) -> None:
    """Prints the latency of each batch and how many mails it had."""
    for batch in latencies:
        took = f"{batch.seconds:.2f} s" if batch.seconds is not None else "not finished"
        console.print(f"Batch latency, {batch.kind}: {batch.mails} mails in {took}")


def conservation(console: Console, lines: Sequence[Conservation]) -> None:
    """Prints the conservation line of each tenant."""
    for line in lines:
        colour = "red" if line.unaccounted else "green"
        console.print(
            f"{line.tenant}: received {line.received} = posted {line.posted} + forwarded {line.forwarded} "
            f"+ held {line.held} + dropped {line.dropped} + in flight {line.in_flight}; "
            f"[{colour}]unaccounted {line.unaccounted}[/]",
            soft_wrap=True,
        )


def links(console: Console, settings: Settings, planted: Planted) -> None:
    """Prints the addresses to visit, and the log-ins for them."""
    url = settings.console.url
    console.print(f"Console      {url}/login")
    console.print(f"Inbound log  {url}/inbound  (admins and case managers)")
    for role in ("dispatch", "worker", "courier", "lmtp", "console"):
        port = settings.metrics.port(role)
        console.print(f"Metrics      http://{settings.metrics.host}:{port}/metrics  (casemail {role})")
    table = _table("Organisation", "Email", "Role", title=f"Log-ins, all with the password: {PASSWORD}")
    for person in PEOPLE.values():
        if person.tenant:
            table.add_row(planted.slugs[person.tenant], person.email, person.role.replace("_", " "))
    console.print(table)


def _table(*columns: str, title: str) -> Table:
    return Table(*columns, title=title, title_justify="left", title_style="bold", header_style="bold")
