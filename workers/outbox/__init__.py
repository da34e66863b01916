"""Outbox: notices and forwards go out by SMTP, each at most once but between the server's 250 and our note of it.

`orders` claims what is due, `stage.send` works an order off, `smtp` speaks to the mail server.
"""
