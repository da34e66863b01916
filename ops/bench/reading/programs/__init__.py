"""How mail programs write an answer: the tables, by kind of program. A mail program is a row.

The HTML of a row was written from what the program sends: its ids, classes and styles, shortened where they say nothing
about quotes or signatures.
"""

from ops.bench.reading.programs import asian, desktop, phones, webmail

PROGRAMS = {row.name: row for row in (*webmail.ROWS, *desktop.ROWS, *phones.ROWS, *asian.ROWS)}
