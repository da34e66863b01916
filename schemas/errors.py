"""The base class of casemail's exceptions, except those of the broker, which are in workers/broker/errors.py."""


class CasemailError(Exception):
    """The base class of casemail's own exceptions. `workers/errors.py` shows the tree of its subclasses."""
