"""The root of all exceptions of casemail but those of its broker, which stands alone (workers/broker/errors.py)."""


class CasemailError(Exception):
    """Something that casemail raises itself. `workers/errors.py` draws the tree of all that derives from it."""
