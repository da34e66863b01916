"""The outbox stage: sends notices, forwards and letters by SMTP.

Each mail is sent only once, with one exception: if a process dies after the server has accepted a mail and before this
is noted, that mail is sent again. `stage.send` carries out an order, `smtp.Sender` is the SMTP client, and
`storage.outbox_queue` claims the mails that are due.
"""
