"""The commands about mails: taken in, found, understood, replayed, erased."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from schemas.settings import Settings


def commands(settings: Callable[[], "Settings"], tell: Callable[[str], None]) -> typer.Typer:
    """The commands; `settings` reads them, `tell` ends with words for what the caller can mend."""
    app = typer.Typer()

    @app.command()
    def ingest(
        files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Mails, mboxes or Maildirs; - is a pipe.")],
        recipient: Annotated[
            list[str] | None, typer.Option(help="The envelope recipient, once or more; default: as in a fetched mail.")
        ] = None,
        sender: Annotated[str | None, typer.Option(help="The envelope sender; default: as the mail says.")] = None,
        source: Annotated[str, typer.Option(help="Name of the source that the mails count to.")] = "ingest",
    ) -> None:
        """Take mails into custody. Exit code 0 only when all of them are; else 75: a mail server tries again."""
        from ops.cli.mail_ingest import run  # noqa: PLC0415
        from workers.fetch.push.ingest import Envelope  # noqa: PLC0415

        raise typer.Exit(run(files, Envelope(tuple(recipient or ()), sender), source))

    @app.command()
    def find(
        words: Annotated[
            str,
            typer.Argument(
                help="An address, words of a subject, the reference given to a mail server, an id of a mail or batch."
            ),
        ],
        tenant: Annotated[str, typer.Option(help="Of this tenant only, by its short name.")] = "",
        days: Annotated[int, typer.Option(min=1, help="Of the last so many days.")] = 7,
        most: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 10,
    ) -> None:
        """Find mails of any tenant and show their way through the system. Exit code 1 when there is none."""
        from ops.cli.mail_find import run  # noqa: PLC0415

        raise typer.Exit(run(settings(), words, slug=tenant, days=days, most=most))

    @app.command()
    def replay(
        tenant: Annotated[str, typer.Option(help="Slug of the tenant.")],
        days: Annotated[int, typer.Option(min=1, help="Mails that came in within so many days.")] = 30,
        mail: Annotated[UUID | None, typer.Option(help="Only this mail, by its id in the inbound log.")] = None,
        what_if: Annotated[bool, typer.Option("--what-if", help="Change nothing; tell what would become.")] = False,
    ) -> None:
        """Send mails that did not post through the rules of today, or tell what these would make of all mails."""
        loaded = settings()
        from ops.cli.mail_replay import run  # noqa: PLC0415

        raise typer.Exit(run(loaded, tenant, days=days, mail_id=mail, what_if=what_if))

    @app.command()
    def erase(
        tenant: Annotated[str, typer.Option(help="Slug of the tenant.")],
        email: Annotated[str, typer.Option(help="The address that the mails are from.")],
        updates: Annotated[
            bool, typer.Option("--updates", help="Erase words and files of their updates, too.")
        ] = False,
        account: Annotated[bool, typer.Option("--account", help="Erase their account, too.")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        """Erase a person's mails for good: delivered again, they do not come back. Exit code 1 if some must wait."""
        loaded = settings()
        from ops.cli.mail_erase import run  # noqa: PLC0415

        raise typer.Exit(run(loaded, tenant, email, updates=updates, account=account, dry_run=dry_run, yes=yes))

    @app.command()
    def parse(
        files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Mails; - reads one path a line.")],
        jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    ) -> None:
        """Show what is understood of mails. Exit code 1 if a file could not be read. Needs no server."""
        from ops.cli.mail_parse import run  # noqa: PLC0415

        raise typer.Exit(run(files, jsonl=jsonl))

    @app.command()
    def explain(
        file: Annotated[str, typer.Argument(metavar="FILE", help="A mail.")],
        database: Annotated[
            bool, typer.Option("--database", help="Insist on the settings: who may post is asked of the real world.")
        ] = False,
        recipient: Annotated[str, typer.Option(help="The envelope recipient; default: as in a fetched mail.")] = "",
    ) -> None:
        """Show why a mail is understood as it is, and rule by rule whether it posts: by the database, if one is set."""
        from ops.cli.explain.mail import run  # noqa: PLC0415
        from schemas.settings import SettingsError, load  # noqa: PLC0415

        try:
            loaded = load()
        except SettingsError:
            if database:
                raise
            loaded = None
        try:
            raise typer.Exit(run(file, loaded, recipient))
        except (OSError, ValueError) as error:
            tell(f"{file}: {getattr(error, 'strerror', None) or error}")

    return app
