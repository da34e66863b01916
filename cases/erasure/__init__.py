"""Erasing a person from a tenant's data on request.

Public: `erase` (`erase`, `preview`), `erased` (the result in numbers and words), `identity` (who the person is), and
`columns`, which must have a line for every text column of the database.
"""
