"""The archive: old rows leave the tables that grow, and are written to files.

- `rows`: which rows are old, and the statements that take them out.
- `files`: files of JSON Lines, compressed with gzip.
- `move`: moves old rows into files, so that it may be killed at any time.
- `catalogue`: the files that were written, and whether they are as they were.
"""
