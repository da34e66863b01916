"""`casemail bench ...`: the commands that measure."""

from collections.abc import Callable
from typing import Annotated

import typer


def commands(tell: Callable[[str], None]) -> typer.Typer:
    """The commands; `tell` ends with words for what the caller can mend."""
    app = typer.Typer(invoke_without_command=True)

    @app.callback()
    def bench_mails(context: typer.Context, mails: int = 3_000, seed: int = 1, processes: int = 1) -> None:
        """Measure: mails a second, CPU per mail by process and stage, statements per mail, latency."""
        if context.invoked_subcommand:
            return
        from ops.bench.run import run  # noqa: PLC0415

        raise typer.Exit(run(mails=mails, seed=seed, processes=processes))

    @app.command("broker")
    def bench_broker(
        items: Annotated[int, typer.Option(min=100, help="Messages through a chain of five actors.")] = 5_000,
        threads: Annotated[int, typer.Option(help="Of each worker; as many as casemail worker runs.")] = 2,
        seconds: Annotated[float, typer.Option(help="For each latency.")] = 10.0,
    ) -> None:
        """Measure the broker beside Dramatiq on Redis and in memory: hops a second, CPU and latency of a hop."""
        from ops.bench.broker import run  # noqa: PLC0415

        raise typer.Exit(run(items=items, threads=threads, seconds=seconds))

    @app.command("fetch")
    def bench_fetch(
        mails: Annotated[int, typer.Option(min=50, help="Mails of a turn.")] = 2_000,
        turns: Annotated[int, typer.Option(min=1, help="Turns of each; the median counts.")] = 3,
        mailbox: Annotated[
            str, typer.Option("--imap", help="An IMAP server too: imap://user:password@host:port.")
        ] = "",
    ) -> None:
        """Measure custody: mails a second by LMTP, from a Maildir and by IMAP, next to doing nothing with them."""
        from ops.bench.fetch import run  # noqa: PLC0415
        from ops.bench.imap import Server  # noqa: PLC0415

        try:
            server = Server.parse(mailbox) if mailbox else None
        except ValueError as error:
            tell(str(error))
        raise typer.Exit(run(mails=mails, turns=turns, mailbox=server))

    @app.command("parse")
    def bench_parse(turns: int = 25, seed: int = 1) -> None:
        """Measure what reading a mail costs, next to mail-parser alone."""
        from ops.bench.parse import run  # noqa: PLC0415

        raise typer.Exit(run(turns, seed))

    @app.command("attachments")
    def bench_attachments(turns: Annotated[int, typer.Option(min=1, help="New mails of each size.")] = 7) -> None:
        """Measure what files of 1, 5 and 25 MB mails cost in time and memory, next to a bare base64 decode."""
        from ops.bench.attachments import run  # noqa: PLC0415

        raise typer.Exit(run(turns))

    @app.command("fairness")
    def bench_fairness(
        mails: Annotated[int, typer.Option(min=1, help="Slow mails in each noisy spell.")] = 200,
        samples: Annotated[int, typer.Option(min=20, help="Plain mails, and forms, in each spell.")] = 40,
        rounds: Annotated[int, typer.Option(min=1, help="Quiet and noisy spells.")] = 2,
    ) -> None:
        """Measure how long others wait while one tenant sends mails of five slow PDFs."""
        from ops.bench.fairness import run  # noqa: PLC0415

        raise typer.Exit(run(mails=mails, samples=samples, rounds=rounds))

    return app
