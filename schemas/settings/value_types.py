"""Types of settings whose text must be parsed; the error messages are for the operator who sets them."""

from base64 import b32decode, urlsafe_b64decode
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

#: Shortest secret of an address key, in bytes (HMAC-SHA256; NIST SP 800-107 asks for at least half the hash).
MIN_KEY_BYTES = 16
#: Shortest secret that signs log-ins, in characters.
MIN_SESSION_SECRET = 32
#: Length of a key that seals secrets, in bytes (Fernet's).
SECRET_KEY_BYTES = 32


def _psycopg(url: object) -> object:
    """Turns a `postgresql://` URL into one for psycopg 3."""
    if not isinstance(url, str) or not url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        raise ValueError("is not a PostgreSQL URL; write postgresql://user:password@host:port/database")
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def _address_keys(text: object) -> object:
    """Parses `a:BASE32,b:BASE32` into pairs of key id and secret; the first key makes new addresses."""
    if not isinstance(text, str):
        return text
    keys = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, secret = item.partition(":")
        if len(key_id) != 1 or not ("a" <= key_id <= "z"):
            raise ValueError("each key is written as one letter, a colon and the secret in base32, like a:MFRGGZDF...")
        try:
            raw = b32decode(secret.upper() + "=" * (-len(secret) % 8))
        except ValueError as error:
            raise ValueError(f"the secret of key {key_id} is not base32") from error
        if len(raw) < MIN_KEY_BYTES:
            raise ValueError(f"the secret of key {key_id} is shorter than {MIN_KEY_BYTES} bytes")
        keys.append((key_id, raw))
    if len({key_id for key_id, _ in keys}) != len(keys) or not keys:
        raise ValueError("at least one key is needed, and each key letter may be used only once")
    return tuple(keys)


def _secret_keys(text: object) -> object:
    """Parses `KEY,KEY` into keys for `storage.secret_box`: 32 bytes in URL-safe base64; the first key seals."""
    if not isinstance(text, str):
        return text
    keys = tuple(filter(None, (part.strip() for part in text.split(","))))
    for key in keys:
        try:
            raw = urlsafe_b64decode(key)
        except ValueError:
            raw = b""
        if len(raw) != SECRET_KEY_BYTES:
            raise ValueError(
                f"each key is {SECRET_KEY_BYTES} bytes in URL-safe base64; `casemail key --secret` makes one"
            )
    return tuple(SecretStr(key) for key in keys)


def _session_secrets(text: object) -> object:
    """Parses `SECRET,SECRET`; the first secret signs."""
    if not isinstance(text, str):
        return text
    secrets = tuple(filter(None, (part.strip() for part in text.split(","))))
    if not secrets or min(len(secret) for secret in secrets) < MIN_SESSION_SECRET:
        raise ValueError(
            f"needs {MIN_SESSION_SECRET} characters or more in each secret; secrets are separated by commas"
        )
    return tuple(SecretStr(secret) for secret in secrets)


def _file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"names {path}, where there is no file")
    return path


def _address(text: str) -> str:
    """Accepts `host:port`, the path of a Unix socket, or an empty text."""
    host, _, port = text.rpartition(":")
    if text and not text.startswith("/") and not (host and port.isdecimal() and 0 < int(port) < 1 << 16):
        raise ValueError(f"is {text!r}, which is neither host:port nor the path of a socket, beginning with /")
    return text


def _networks(text: object) -> object:
    """Parses addresses and networks, separated by commas."""
    if not isinstance(text, str):
        return text
    found = tuple(filter(None, (part.strip() for part in text.split(","))))
    for network in found:
        try:
            ip_network(network)
        except ValueError:
            raise ValueError(f"names {network!r}; write addresses, or networks such as 10.0.0.0/8") from None
    return found


Networks = Annotated[tuple[str, ...], BeforeValidator(_networks)]
Address = Annotated[str, AfterValidator(_address)]
SecretKeys = Annotated[tuple[SecretStr, ...], BeforeValidator(_secret_keys)]
SessionSecrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_session_secrets)]
DatabaseUrl = Annotated[str, BeforeValidator(_psycopg)]
AddressKeys = Annotated[tuple[tuple[str, bytes], ...], BeforeValidator(_address_keys)]
Port = Annotated[int, Field(ge=1, le=65535)]
#: A port, or 0 for none.
OwnPort = Annotated[int, Field(ge=0, le=65535)]
File = Annotated[Path, AfterValidator(_file)]
