"""The data that the other packages share: Kafka records, PostgreSQL tables, settings. Imports no other package.

- `records`: the records on Kafka, one kind for each topic.
- `tables`: the tables in PostgreSQL.
- `reasons`: every reason why a mail does not post, with its text for people.
- `files`: why a file is left out, and which files a tenant allows.
- `mailboxes`: the configuration of a mailbox that mail is fetched from.
- `own_mail`: the marks in mails that casemail sends.
- `visible_text`: whether a text shows anything.
- `errors`: the base class of casemail's exceptions.
- `settings`: all settings, read from environment variables.
"""
