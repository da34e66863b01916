"""Erases a person from a tenant's data on request.

Public modules: `erase` (`erase`, `preview`), `erased` (the result in numbers and words), `identity` (the person's
account and addresses), and `columns`, which must list every text column of the database.
"""
