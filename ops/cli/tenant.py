"""`casemail tenant ...` and `casemail user ...`: the commands for customers and their people."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.tables import Role

if TYPE_CHECKING:
    from schemas.settings import Settings

_Slug = Annotated[str, typer.Argument(help="Short name, such as harbour-law.")]
_Tenant = Annotated[str, typer.Option("--tenant", help="Short name of the tenant.")]
_Email = Annotated[str, typer.Argument(help="The address that they log in with.")]


def commands(settings: Callable[[], "Settings"], tell: Callable[[str], None]) -> tuple[typer.Typer, typer.Typer]:
    """The commands for tenants and for users; `settings` reads them, `tell` ends with words for what can be mended."""

    @contextmanager
    def refusals() -> Iterator[None]:
        from ops.cli.tenant_work import RefusedError  # noqa: PLC0415

        try:
            yield
        except RefusedError as error:
            tell(str(error))

    tenant = typer.Typer(no_args_is_help=True, help="Customers: each has its people, cases, mail and settings.")

    @tenant.command()
    def add(
        slug: _Slug,
        name: Annotated[str, typer.Argument(help="Name in full.")],
        mail_domain: Annotated[str, typer.Option(help="Domain of its reply and case addresses, for mail alone.")],
        admin: Annotated[str, typer.Option(help="Address that the first admin logs in with.")],
        admin_name: Annotated[str, typer.Option(help="Their name.")] = "",
    ) -> None:
        """Make a tenant with its first admin, whose password is read from standard input."""
        from ops.cli import tenant_work  # noqa: PLC0415

        with refusals():
            tenant_work.add_tenant(settings(), slug, name, mail_domain, admin, admin_name)

    @tenant.command("list")
    def list_tenants() -> None:
        """List the tenants."""
        from ops.cli import tenant_work  # noqa: PLC0415

        tenant_work.show_tenants(settings())

    @tenant.command()
    def off(slug: _Slug) -> None:
        """Let nobody of the tenant log in; its mail is not posted."""
        from ops.cli import tenant_work  # noqa: PLC0415

        with refusals():
            tenant_work.switch_tenant(settings(), slug, active=False)

    @tenant.command()
    def on(slug: _Slug) -> None:
        """Undo `off`."""
        from ops.cli import tenant_work  # noqa: PLC0415

        with refusals():
            tenant_work.switch_tenant(settings(), slug, active=True)

    user = typer.Typer(no_args_is_help=True, help="The people of a tenant; admins archive them in the console.")

    @user.command("add")
    def add_user(
        email: _Email,
        tenant: _Tenant,
        name: Annotated[str, typer.Option(help="Their name.")] = "",
        role: Annotated[Role, typer.Option(help="What they are to the tenant.")] = Role.STAFF,
    ) -> None:
        """Make a user, whose password is read from standard input."""
        from ops.cli import tenant_work  # noqa: PLC0415

        with refusals():
            tenant_work.add_user(settings(), tenant, email, name, role)

    @user.command()
    def password(email: _Email, tenant: _Tenant) -> None:
        """Give a user another password, read from standard input; their sessions end."""
        from ops.cli import tenant_work  # noqa: PLC0415

        with refusals():
            tenant_work.set_password(settings(), tenant, email)

    return tenant, user
