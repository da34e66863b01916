"""Examines a file with all types allowed, for the tests of the findings in files."""

from cases.files.examine import Examined, examine
from cases.files.types import BY_ENDING
from schemas.files import SWITCHES, FilePolicy

#: A policy that accepts every type but nothing active; and a policy that accepts all that a tenant can switch on.
EVERYTHING = FilePolicy(types=frozenset(BY_ENDING))
LENIENT = EVERYTHING.model_copy(update=dict.fromkeys(SWITCHES, True))


def check(name: str, content: bytes, declared: str = "", policy: FilePolicy = EVERYTHING) -> Examined:
    """Returns what `examine` says about the file, without a scanner."""
    return examine(name, content, policy, None, declared)
