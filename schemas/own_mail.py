"""Marks that casemail puts into its own mails, and recognizes in their answers."""

#: The line above which people are asked to write; everything below it is quoted text.
REPLY_MARKER = "##- Please write your answer above this line -##"

#: Header field with the fingerprint of every mail that casemail sends; see `cases.outgoing.fingerprint`.
OWN_MAIL_FIELD = "X-Casemail-Mail"
