"""Marks that casemail leaves in its own mails and looks for in what comes back."""

#: The line above which an answer is to be written; everything below it is quoted text.
REPLY_MARKER = "##- Please write your answer above this line -##"

#: Header field of every mail that casemail sends, with a fingerprint; `cases.outgoing.fingerprint` says what it proves.
OWN_MAIL_FIELD = "X-Casemail-Mail"
