"""The numbers of cases: made from the tenant's pattern, such as `H-{number:04}` or `{year}-{number}`."""

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

#: The longest number of a case, and the longest pattern, in characters.
LONGEST = 40
_FIELD = re.compile(r"\{(number(?::0[1-9])?|year)\}")
#: What may stand beside the fields: a number is a part of subjects and email addresses.
_PLAIN = re.compile(r"[\w./# -]*", re.UNICODE)
#: What a typed number may consist of.
_NUMBER = re.compile(r"[\w./#-](?:[\w./# -]*[\w./#-])?", re.UNICODE)

# locked until the end of the transaction: two people who create cases at once get different numbers
_NEXT = text("""
update tenants set next_case_number = next_case_number + 1 where id = :tenant_id
returning old.next_case_number as number, case_pattern as pattern
""")


def pattern_problem(pattern: str) -> str:
    """Returns what is wrong with a pattern, in words; empty if nothing is."""
    if not 0 < len(pattern) <= LONGEST:
        return f"A pattern has 1 to {LONGEST} characters."
    if not any(field.startswith("number") for field in _FIELD.findall(pattern)):
        return "A pattern needs {number}, which counts up; for example H-{number} or {year}-{number:04}."
    if not _PLAIN.fullmatch(_FIELD.sub("", pattern)):
        return "Besides {number}, {number:04} and {year}, use letters, digits, spaces and - . / # _ only."
    return ""


def number_problem(number: str) -> str:
    """Returns what is wrong with a typed number of a case, in words; empty if nothing is."""
    if len(number) <= LONGEST and _NUMBER.fullmatch(number):
        return ""
    return f"A number has up to {LONGEST} letters, digits, spaces and - . / # _."


def next_number(connection: Connection, tenant_id: UUID, at: datetime) -> str:
    """Returns the next number of the tenant, at the time `at`. A number that a person has used is not left out."""
    row = connection.execute(_NEXT, {"tenant_id": tenant_id}).one()
    return str(row.pattern).format(number=row.number, year=at.year)
