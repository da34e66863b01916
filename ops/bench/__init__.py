"""Benchmarks: a seeded load through a real casemail, with checks that no mail is lost or doubled.

`commands` is `casemail bench`; tests may use `generator`, `neighbours` and `slow_pdf`, too.
"""
