"""Mailboxes as sources: IMAP, POP3 and Maildir behind one interface, `source.OpenSource`.

From outside: `open.open_source`, the errors of `transport`, and `connection_check.check`, which tests a source step by
step. Only `transport` connects to servers: it decides which addresses are allowed, and limits what a server may send.
"""
