"""Recognises mail that no person wrote as an answer: out-of-office notes, bounces, read receipts, list mail, ...

`detect` is the table of rules; `signs` lists the known header fields, senders and subjects (add yours there);
`delivery_reports` reads the failed addresses from a bounce.
"""
