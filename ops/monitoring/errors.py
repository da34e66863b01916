"""The exceptions of this package."""

from schemas.errors import CasemailError


class PortError(CasemailError):
    """The port of a role is taken, or may not be used. The text names the setting."""
