"""The signs that a mail answers an update: how much each counts, and the scores that a tenant may require.

`workers.validate.answer_score` finds the signs in a mail.
"""

from enum import StrEnum


class Sign(StrEnum):
    """A sign; the value is its name in the evidence of the inbound log."""

    REPLY_HEADER = "In-Reply-To"
    QUOTE = "quote"
    SUBJECT = "subject"


#: What each sign adds to the score of a mail.
WEIGHTS = {Sign.REPLY_HEADER: 2, Sign.QUOTE: 2, Sign.SUBJECT: 1}
#: The least scores that a tenant may require, and the meaning of each in words.
LEAST_SCORES = {
    0: "Every mail to the address of an update is an answer",
    1: "One sign is enough: an answer's subject, a quote of the update, or a reply header",
    2: "A quote or a reply header; the subject alone is not enough",
    3: "A quote or a reply header, and one more sign",
}
