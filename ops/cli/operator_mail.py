"""`casemail operator-mail ...`: the commands for the mail of no tenant."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from schemas.settings import Settings


def commands(settings: Callable[[], "Settings"], tell: Callable[[str], None]) -> typer.Typer:
    """The commands; `settings` reads them, `tell` ends with words for what the caller can mend."""
    app = typer.Typer(no_args_is_help=True, help="The mail of no tenant, held for whoever runs casemail.")

    @app.command("list")
    def operator_list(most: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100) -> None:
        """Show what is held."""
        from ops.cli.operator_mail_work import show_list  # noqa: PLC0415

        raise typer.Exit(show_list(settings(), most))

    @app.command("show")
    def operator_show(
        mail: Annotated[UUID, typer.Argument(help="Its id, as listed.")],
        raw: Annotated[bool, typer.Option("--raw", help="Its original instead, byte for byte.")] = False,
    ) -> None:
        """Show all that is known of a mail."""
        from ops.cli.operator_mail_work import show  # noqa: PLC0415

        raise typer.Exit(show(settings(), mail, raw=raw))

    @app.command("deliver")
    def operator_deliver(mails: Annotated[list[UUID], typer.Argument(metavar="MAIL...")]) -> None:
        """Give mails to the tenant that has their address by now. Exit code 1 if some have none."""
        from ops.cli.operator_mail_work import deliver  # noqa: PLC0415

        raise typer.Exit(deliver(settings(), mails))

    @app.command("discard")
    def operator_discard(
        mails: Annotated[list[UUID] | None, typer.Argument(metavar="[MAIL...]")] = None,
        days: Annotated[int | None, typer.Option(min=1, help="All that have been held for so many days.")] = None,
    ) -> None:
        """Discard mails; their originals are deleted as those of all ended mail are."""
        from ops.cli.operator_mail_work import discard  # noqa: PLC0415

        if bool(mails) is (days is not None):
            tell("name the mails to discard, or --days")
        raise typer.Exit(discard(settings(), mails or [], days))

    return app
