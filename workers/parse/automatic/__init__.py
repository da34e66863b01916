"""Recognises mail that no person wrote as an answer: out-of-office notes, bounces, read receipts, list mail, ...

`detect` is the table of rules; `signs` lists the header fields, senders and subjects it knows (add yours there);
`delivery_reports` reads from a bounce whom it is about.
"""
