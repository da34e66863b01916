"""The data that rooms exchange: records on Kafka, tables in PostgreSQL, settings. Imports no other room.

- `records`: what travels on Kafka, a record for each topic.
- `tables`: what is stored in PostgreSQL.
- `reasons`: every reason why a mail does not post, with its words for people.
- `files`: why a file is left out, and which files a tenant allows.
- `mailboxes`: how a mailbox is configured that mail is fetched from.
- `own_mail`: marks of casemail's own mails.
- `errors`: the root of casemail's exceptions.
- `settings`: all settings, read from environment variables.
"""
