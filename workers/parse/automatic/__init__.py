"""Recognises mail that no person wrote as an answer: out-of-office notes, bounces, read receipts, list mail, ...

`detect` is the table of rules; each yields signs, and `findings` says how signs decide: only a proof makes a kind that
can be dropped. Tables to extend: `signs` (header fields, senders, subjects) and `bounce_signs`. One module for each
kind: `bounces`, `complaints`, `calendar_mail`, `reactions`; `ses` reads the notifications of Amazon SES.
`delivery_reports` reads the failed addresses from a bounce.
"""
