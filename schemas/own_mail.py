"""Marks that casemail puts into the mails it sends, and recognizes in the answers."""

#: The line above which people are asked to write; everything below it is quoted text.
REPLY_MARKER = "##- Please write your answer above this line -##"

#: The header field of every mail that casemail sends, with its fingerprint; see `cases.outgoing.fingerprint`.
OWN_MAIL_FIELD = "X-Casemail-Mail"
