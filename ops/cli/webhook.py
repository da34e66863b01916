"""`casemail webhook add`: makes a door for a provider that pushes mail."""

import sys
from getpass import getpass

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from schemas.settings import Settings
from storage.database import open_database
from storage.secret_box import SealError, SecretBox
from workers.fetch.push import endpoints
from workers.fetch.push.endpoints import Provider

_TENANT = text("select id from tenants where slug = :slug")


def run(settings: Settings, name: str, shape: str, tenant: str, topic: str) -> None:
    """Makes the webhook and prints what its provider needs. Raises `ValueError` with what is to be mended."""
    if shape not in set(Provider):
        raise ValueError(f"{shape} is no shape of webhook; there are {', '.join(Provider)}")
    secret = ""
    if shape == Provider.MAILGUN:
        secret = getpass("Mailgun's HTTP webhook signing key: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    seal = SecretBox.from_settings(settings)
    with open_database(settings).system() as connection:
        tenant_id = connection.execute(_TENANT, {"slug": tenant}).scalar() if tenant else None
        if tenant and tenant_id is None:
            raise ValueError(f"there is no tenant {tenant}")
        try:
            path, made = endpoints.add(
                connection, seal, name, Provider(shape), tenant_id=tenant_id, secret=secret, topic=topic
            )
        except SealError as error:
            raise ValueError(str(error)) from None
        except IntegrityError:
            raise ValueError(f"there is a source {name} already") from None
    print(f"URL:    {settings.webhooks.url.rstrip('/')}/in/{path}" + ("/mime" if shape == Provider.MAILGUN else ""))
    if shape == Provider.GENERIC:
        print(f"secret: {made}")
        print("Keep it: it is shown only now.")
