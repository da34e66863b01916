"""The credentials of a mailbox: its options, its decrypted secret, and OAuth tokens where the server wants them."""

from collections.abc import Callable
from uuid import UUID

from pydantic import ValidationError

from schemas.mailboxes import Login, MailboxOptions, MailboxSecret
from storage.resources import Resources
from storage.secret_box import SealError, SecretBox
from storage.source_rows import SourceRow, replace_secret
from workers.fetch.mailbox.oauth import Token, get_token
from workers.fetch.mailbox.transport import LoginRefusedError, Meter, Route, SourceError, plain_words

#: Tokens by source, each with the sealed secret that it was obtained with.
_Tokens = dict[UUID, tuple[bytes | None, Token]]


def _token_cache(_: Resources) -> _Tokens:
    return {}


class Credentials:
    """The user name and the password, or tokens, of a source. Raises SourceError for invalid settings, or a secret that
    can't be decrypted."""

    def __init__(self, source: SourceRow, resources: Resources) -> None:
        self._source = source
        self._resources = resources
        self._tokens = resources.once(_token_cache)
        try:
            self.options = MailboxOptions.model_validate(source.options)
            self.secret = self._open(source.secret)
        except ValidationError as error:
            raise SourceError(f"its settings are not whole: {plain_words(error.errors()[0]['msg'])}") from None
        except SealError as error:
            raise SourceError(f"its password can't be opened: {error}") from error

    def route(self) -> Route:
        """Returns how to reach the server."""
        options, settings = self.options, self._resources.settings
        port = options.port_of(self._source.kind)
        return Route(options.host, port, options.security, self._source.tenant_id is not None, settings)

    def log_in(
        self, with_password: Callable[[str, str], None], with_token: Callable[[str, str], None], meter: Meter
    ) -> None:
        """Logs in with one of the two functions, which take the user name and the password or token.

        A cached token that is refused is replaced once. Raises LoginRefusedError, without secrets in its words.
        """
        name = self.options.username
        if self.options.login is Login.PASSWORD:
            with_password(name, self.secret.password)
            return
        known = self._tokens.get(self._source.id)
        if known and known[0] == self._source.secret and known[1].fresh:
            try:
                with_token(name, known[1].access)
            except LoginRefusedError:
                self._tokens.pop(self._source.id, None)
            else:
                return
        with_token(name, self._new_token(meter).access)

    def clean(self, words: str | bytes) -> str:
        """Returns the words of a server with all secrets replaced."""
        known = self._tokens.get(self._source.id)
        secret = self.secret
        return plain_words(
            words, secret.password, secret.client_secret, secret.refresh_token, known[1].access if known else ""
        )

    def _new_token(self, meter: Meter) -> Token:
        source, settings = self._source, self._resources.settings
        token = get_token(
            source.kind, self.options, self.secret, settings, tenants=source.tenant_id is not None, meter=meter
        )
        sealed = source.secret
        if token.refresh_token != self.secret.refresh_token:
            rotated = self.secret.model_copy(update={"refresh_token": token.refresh_token})
            sealed = SecretBox.from_settings(settings).seal(source.id, rotated.model_dump_json())
            with self._resources.database.system() as connection:
                replace_secret(connection, source.id, sealed, before=source.secret)
            self.secret = rotated
        self._tokens[source.id] = (sealed, token)
        return token

    def _open(self, sealed: bytes | None) -> MailboxSecret:
        if sealed is None:
            return MailboxSecret()
        box = SecretBox.from_settings(self._resources.settings)
        return MailboxSecret.model_validate_json(box.open(self._source.id, sealed))
