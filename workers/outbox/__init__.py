"""Outbox: sends notices, forwards and letters by SMTP.

Each mail is sent at most once, but for the one that the server had accepted when a process died before it was noted.
`stage.send` carries out an order, `smtp.Sender` speaks to the mail server; `storage.outbox_queue` claims what is due.
"""
