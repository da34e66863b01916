"""What casemail puts into the mails it sends, and recognizes in the answers."""

from typing import NamedTuple

#: The line above which people are asked to write; everything below it is quoted text.
REPLY_MARKER = "##- Please write your answer above this line -##"

#: The line below the text of an update, in both forms of its notice.
ANSWER_THIS_MAIL = "Answer this mail to post an update on the case."

#: The header field of every mail that casemail sends, with its fingerprint; see `cases.outgoing.fingerprint`.
OWN_MAIL_FIELD = "X-Casemail-Mail"


class SentUpdate(NamedTuple):
    """An update as a person was sent it: its text, and the words of the notice above and below the text.

    `signs`: what mail programs write about the notice above a quote: its From address, From name and subject.
    """

    above: str
    text: str
    below: str
    signs: tuple[str, ...] = ()
