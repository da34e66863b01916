"""Every column that can hold a person's words has its fate in an erasure."""

from sqlalchemy.types import ARRAY, BigInteger, Boolean, DateTime, Integer, LargeBinary, Uuid
from sqlmodel import SQLModel

from cases.erasure.columns import BY_OWNER, COLUMNS, Fate

#: Columns of these types can hold no words.
_WORDLESS = (BigInteger, Boolean, DateTime, Integer, LargeBinary, Uuid)


def test_every_column_that_can_hold_words_has_its_fate() -> None:
    words = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if not isinstance(column.type, _WORDLESS)
        and not (isinstance(column.type, ARRAY) and isinstance(column.type.item_type, Uuid))
    }
    new, gone = sorted(words - set(COLUMNS)), sorted(set(COLUMNS) - words)
    assert not new, (
        f"say in cases/erasure/columns.py what becomes of {new} when a person is erased, and see that it does"
    )
    assert not gone, f"take {gone} out of cases/erasure/columns.py"
    assert all(why for _, why in COLUMNS.values())
    assert {column for column in BY_OWNER if COLUMNS[column][0] is Fate.NAME} == BY_OWNER
