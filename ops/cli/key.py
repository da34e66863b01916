"""`casemail key`."""

import secrets
from base64 import b32encode
from typing import Annotated

import typer

from storage.secret_box import new_key

app = typer.Typer()


@app.command("key")
def key(
    secret: Annotated[bool, typer.Option("--secret", help="One for CASEMAIL_SECRET_KEYS instead.")] = False,
) -> None:
    """Prints a key as the setting takes it."""
    print(new_key() if secret else "a:" + b32encode(secrets.token_bytes(20)).decode().rstrip("=").lower())
