"""What a mailbox is opened with: its options, its secret unsealed, and tokens where it takes these."""

from collections.abc import Callable
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import text

from schemas.mailboxes import Login, MailboxOptions, MailboxSecret
from storage.resources import Resources
from storage.secret_box import SealError, SecretBox
from workers.fetch.mailbox.oauth import Token, get_token
from workers.fetch.mailbox.source import SourceRow
from workers.fetch.mailbox.transport import LoginRefusedError, Meter, Route, SourceError, plain_words

#: Of whoever sealed it anew at the same time, the first stays.
_SEAL_AGAIN = text("update sources set secret = :secret where id = :id and secret = :before")

_tokens: dict[UUID, tuple[bytes | None, Token]] = {}


class Credentials:
    """The name and the password, or tokens, of a source. Raises SourceError when they can't be opened."""

    def __init__(self, source: SourceRow, resources: Resources) -> None:
        self._source = source
        self._house = resources
        try:
            self.options = MailboxOptions.model_validate(source.options)
            self.secret = self._open(source.secret)
        except ValidationError as error:
            raise SourceError(f"its settings are not whole: {plain_words(error.errors()[0]['msg'])}") from None
        except SealError as error:
            raise SourceError(f"its password can't be opened: {error}") from error

    def route(self) -> Route:
        """The way to the server."""
        options = self.options
        port = options.port_of(self._source.kind)
        return Route(options.host, port, options.security, self._source.tenant_id is not None, self._house.settings)

    def log_in(
        self, with_password: Callable[[str, str], None], with_token: Callable[[str, str], None], meter: Meter
    ) -> None:
        """Logs in by one of these, each given the user name and what proves it; a token that is refused is got anew
        once. Raises LoginRefusedError, with no secret in its words."""
        name = self.options.username
        if self.options.login is Login.PASSWORD:
            with_password(name, self.secret.password)
            return
        known = _tokens.get(self._source.id)
        if known and known[0] == self._source.secret and known[1].fresh:
            try:
                with_token(name, known[1].access)
            except LoginRefusedError:
                _tokens.pop(self._source.id, None)
            else:
                return
        with_token(name, self._new_token(meter).access)

    def clean(self, words: str | bytes) -> str:
        """Words of the server without what is secret."""
        known = _tokens.get(self._source.id)
        secret = self.secret
        return plain_words(
            words, secret.password, secret.client_secret, secret.refresh_token, known[1].access if known else ""
        )

    def _new_token(self, meter: Meter) -> Token:
        source = self._source
        token = get_token(
            source.kind,
            self.options,
            self.secret,
            self._house.settings,
            tenants=source.tenant_id is not None,
            meter=meter,
        )
        sealed = source.secret
        if token.refresh_token != self.secret.refresh_token:
            rotated = self.secret.model_copy(update={"refresh_token": token.refresh_token})
            sealed = seal(self._house).seal(source.id, rotated.model_dump_json())
            with self._house.database.system() as connection:
                connection.execute(_SEAL_AGAIN, {"id": source.id, "secret": sealed, "before": source.secret})
            self.secret = rotated
        _tokens[source.id] = (sealed, token)
        return token

    def _open(self, sealed: bytes | None) -> MailboxSecret:
        if sealed is None:
            return MailboxSecret()
        return MailboxSecret.model_validate_json(seal(self._house).open(self._source.id, sealed))


def seal(resources: Resources) -> SecretBox:
    """What seals the secrets of sources."""
    return SecretBox([key.get_secret_value() for key in resources.settings.secrets.secret_keys])
