"""`casemail source ...`: the commands for sources of mail that are fetched."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from schemas.settings import Settings

_Tenant = Annotated[str, typer.Option(help="Slug of the tenant that it belongs to; default: whoever runs casemail.")]
_Name = Annotated[str, typer.Argument(help="Name of the source.")]


def commands(settings: Callable[[], "Settings"], tell: Callable[[str], None]) -> typer.Typer:
    """The commands; `settings` reads them, `tell` ends with words for what the caller can mend."""
    app = typer.Typer(no_args_is_help=True, help="Mailboxes and folders that mail is fetched from.")

    @app.command("list")
    def list_sources() -> None:
        """List the sources with their state."""
        from ops.cli import source_work  # noqa: PLC0415

        source_work.show(settings())

    @app.command()
    def add(
        name: _Name,
        host: Annotated[str, typer.Option(help="Mail server; for a Maildir: nothing.")] = "",
        user: Annotated[str, typer.Option(help="User name there.")] = "",
        kind: Annotated[str, typer.Option(help="imap, pop3 or maildir.")] = "imap",
        port: Annotated[int, typer.Option(help="Port; 0: the usual one.")] = 0,
        security: Annotated[str, typer.Option(help="tls, starttls or none.")] = "tls",
        login: Annotated[str, typer.Option(help="password, microsoft, google or oauth2.")] = "password",
        client_id: Annotated[str, typer.Option(help="For OAuth 2.0.")] = "",
        directory: Annotated[str, typer.Option(help="For microsoft: the tenant of Entra ID.")] = "",
        token_url: Annotated[str, typer.Option(help="For oauth2: where tokens come from.")] = "",
        folder: Annotated[str, typer.Option(help="Folder to read; for a Maildir: its path.")] = "INBOX",
        after: Annotated[str, typer.Option(help="Once in custody: move, flag, delete or leave.")] = "",
        move_to: Annotated[str, typer.Option(help="Folder to move mails to.")] = "casemail",
        period: Annotated[int, typer.Option(min=10, help="Seconds from fetch to fetch.")] = 300,
        fields: Annotated[str, typer.Option(help="Header fields with the recipient, in order.")] = "",
        canary_address: Annotated[str, typer.Option(help="The mailbox's own address, for canary mails.")] = "",
        canary_minutes: Annotated[int, typer.Option(min=0, help="From one to the next; 0: none.")] = 0,
        authserv_id: Annotated[
            str,
            typer.Option(
                help="Name under which its server writes Authentication-Results; default: by the host, where that is a "
                "known provider; none: its word does not count."
            ),
        ] = "",
        authserv_fields: Annotated[int, typer.Option(min=1, max=10, help="Most such fields in one mail.")] = 1,
        old_mails: Annotated[str, typer.Option(help="ask, all, now, or from a date: 2026-11-01.")] = "ask",
        tenant: _Tenant = "",
    ) -> None:
        """Add a source. What is secret is read from standard input: a password; for OAuth 2.0 the client secret, and
        in a second line the refresh token."""
        from ops.cli import source_work  # noqa: PLC0415

        options: dict[str, object] = {
            "host": host,
            "username": user,
            "port": port,
            "security": security,
            "login": login,
            "client_id": client_id,
            "directory": directory,
            "token_url": token_url,
            "folder": folder,
            "move_to": move_to,
            "canary_address": canary_address,
            "canary_seconds": canary_minutes * 60,
            "after": after or ("move" if kind == "imap" else "delete"),
            "authserv_id": authserv_id,
            "authserv_fields": authserv_fields,
        }
        try:
            if kind == "maildir":
                edge = {name: options[name] for name in ("authserv_id", "authserv_fields")}
                source_work.add_maildir(settings(), name, Path(folder), period=period, fields=fields, options=edge)
            else:
                source_work.add(settings(), name, kind, options, period, fields, old_mails, tenant)
        except ValueError as error:
            tell(source_work.words(error))

    @app.command()
    def test(name: _Name, tenant: _Tenant = "") -> None:
        """Test the connection step by step and print a report without secrets; a new source is fetched from when it
        went well. Exit code 1 if a step failed."""
        from ops.cli import source_work  # noqa: PLC0415

        raise typer.Exit(source_work.test(settings(), name, tenant))

    def act(deed: str, name: str, tenant: str, since: str = "") -> None:
        from ops.cli import source_work  # noqa: PLC0415

        try:
            raise typer.Exit(source_work.act(settings(), deed, name, tenant, since))
        except ValueError as error:
            tell(str(error))

    @app.command()
    def pause(name: _Name, tenant: _Tenant = "") -> None:
        """Fetch it no more until it is resumed."""
        act("pause", name, tenant)

    @app.command()
    def resume(name: _Name, tenant: _Tenant = "") -> None:
        """Fetch it again, also after log-ins that were refused; or a new one without a test."""
        act("resume", name, tenant)

    @app.command()
    def fetch(name: _Name, tenant: _Tenant = "") -> None:
        """Have it fetched now."""
        act("fetch", name, tenant)

    @app.command()
    def remove(
        name: _Name,
        tenant: _Tenant = "",
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        """Delete it with its password or token. Mails, and the batches that they came in, stay."""
        from ops.cli import source_work  # noqa: PLC0415

        raise typer.Exit(source_work.remove(settings(), name, tenant, sure=lambda words: yes or typer.confirm(words)))

    @app.command("old-mails")
    def old_mails(
        name: _Name,
        which: Annotated[str, typer.Argument(help="all, now, or a date: 2026-11-01.")],
        tenant: _Tenant = "",
    ) -> None:
        """Decide what is done with the mails that were there before it was a source."""
        act("take_all" if which == "all" else "take_since", name, tenant, which)

    @app.command()
    def reseal() -> None:
        """Seal all secrets with the first key of CASEMAIL_SECRET_KEYS, after which the others can go."""
        from ops.cli import source_work  # noqa: PLC0415

        raise typer.Exit(source_work.reseal(settings()))

    return app
