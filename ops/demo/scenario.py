"""The mails of the demo in a table: writer, recipient, way in, and expected result.

Most of this long module is the table.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from ops.demo.world import HOMES, LAW, QUOTED
from schemas.own_mail import REPLY_MARKER
from schemas.reasons import REASONS, Disposition, Reason
from schemas.tables import MailState, SourceKind

_ENDS = {
    Disposition.FORWARD: MailState.FORWARDED,
    Disposition.HOLD: MailState.HELD,
    Disposition.DROP: MailState.DROPPED,
}


class To(Enum):
    """The recipient address of a mail, and where its writer found it."""

    REPLY_TO = auto()  # the Reply-To of the mail that it answers
    RETURN_PATH = auto()  # the envelope sender of that mail, to which mail servers answer
    OTHER_DOMAIN = auto()  # the Reply-To, but in the mail domain of the tenant in `place`
    CASE_ADDRESS = auto()  # the address of the case in `place`, as its page shows it
    NOBODY = auto()  # an address of no tenant


class Found(StrEnum):
    """The Authentication-Results of the mail server in front of casemail (RFC 8601)."""

    GENUINE = "dmarc=pass header.from={domain}; spf=pass smtp.mailfrom={domain}"
    NOTHING = "dmarc=none header.from={domain}; dkim=none; spf=none smtp.mailfrom={domain}"
    DISOWNED = "dmarc=fail (p=reject) header.from={domain}; spf=fail smtp.mailfrom={domain}"


@dataclass(frozen=True)
class Answer:
    """A mail and its expected result.

    `template` is its file in `mails/`; `writer` and `answers` (the recipient of the notice it answers) are keys of
    people. With `again` the mail of that name is sent again, byte for byte. For a mail that posts: `says` must be in
    the text, `hides` must not; `files` are the update's, `left_out` the files it names as left out; with `unverified`
    the update says that the sender is not verified.
    """

    name: str
    template: str
    writer: str
    answers: str
    to: To = To.REPLY_TO
    place: str = ""
    again: str = ""
    null_sender: bool = False
    by: SourceKind = SourceKind.LMTP
    found: Found = Found.GENUINE
    reason: Reason | None = None
    says: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unverified: bool = False

    @property
    def state(self) -> MailState:
        """The end state for the reason, in a tenant that has a catch-all."""
        return _ENDS[REASONS[self.reason].disposition] if self.reason else MailState.POSTED


_LAW = (QUOTED[LAW], REPLY_MARKER, "wrote:", "Open the case")
_HOMES = (QUOTED[HOMES], REPLY_MARKER, "wrote:", "Open the case")
_MAILDIR = SourceKind.MAILDIR

ANSWERS = (
    Answer(
        "Gmail, above the quote",
        "gmail_top",
        "rosa",
        "rosa",
        says=("Thursday at ten suits me well.", "by post \N{EN DASH} it should"),
        hides=_LAW,
    ),
    Answer(
        "Outlook, logo in the signature",
        "outlook_desktop",
        "dev",
        "dev",
        says=("Friday at two is better for me",),
        hides=(*_LAW, "Sent:", "Subject:"),
        left_out=("image001.png",),
    ),
    Answer(
        "Outlook on the web",
        "outlook_web",
        "joe",
        "joe",
        by=_MAILDIR,
        says=("Tuesday is fine", "The caf\N{LATIN SMALL LETTER E WITH ACUTE} downstairs"),
        hides=(*_HOMES, "Sent:", "Subject:"),
    ),
    Answer(
        "Apple Mail",
        "apple_mail",
        "sue",
        "sue",
        says=("Would Wednesday after five do?",),
        hides=_HOMES,
    ),
    Answer(
        "Thunderbird, below the quote",
        "thunderbird_bottom",
        "karl",
        "karl",
        by=_MAILDIR,
        says=("The boundary stone is missing", "has the seller been told?", "Karl"),
        hides=_LAW,
    ),
    Answer(
        "Thunderbird, between the quoted lines",
        "thunderbird_interleaved",
        "sue",
        "sue",
        says=("ring twice because the bell is weak.", "They are on my phone"),
        hides=_HOMES,
    ),
    Answer(
        "iPhone",
        "iphone",
        "rosa",
        "rosa",
        says=("can we park in your yard? \N{AUTOMOBILE}",),
        hides=(*_LAW, "Sent from my iPhone"),
    ),
    Answer(
        "Android phone",
        "android",
        "joe",
        "joe",
        by=_MAILDIR,
        says=("could they look at that too?",),
        hides=(*_HOMES, "Sent from my Galaxy", "Original message"),
    ),
    Answer(
        "Yahoo, HTML only",
        "yahoo_html_only",
        "sue",
        "sue",
        by=_MAILDIR,
        says=("Wednesday it is. The spare key is with the caretaker.",),
        hides=_HOMES,
    ),
    Answer(
        "Outlook in German",
        "outlook_german",
        "karl",
        "karl",
        says=("mir w\N{LATIN SMALL LETTER A WITH DIAERESIS}re Freitag um zwei Uhr lieber.",),
        hides=(*_LAW, "Gesendet:", "Betreff:"),
    ),
    Answer(
        "Apple Mail in Japanese",
        "apple_japanese",
        "aiko",
        "aiko",
        says=("\u6728\u66dc\u65e5\u306e\u5341\u6642\u3067",),
        hides=(*_LAW, "\u306e\u30e1\u30fc\u30eb"),
    ),
    Answer(
        "Seven files",
        "seven_files",
        "ali",
        "ali",
        says=("Here are the photos of the wall",),
        hides=_HOMES,
        files=("wall-left.jpg", "wall-right.jpg", "ceiling.png", "readings.csv", "letter march.pdf"),
        left_out=("letter april.pdf", "window.jpg"),
    ),
    Answer(
        "A program among the files",
        "an_exe",
        "joe",
        "joe",
        says=("The damp meter came with this program",),
        hides=_HOMES,
        files=("curve.png",),
        left_out=("damp-meter-setup.exe",),
    ),
    Answer(
        "To the case address, by a member",
        "new_mail",
        "rosa",
        "",
        to=To.CASE_ADDRESS,
        place="H-2041",
        says=("The roofer has sent his report",),
        files=("roof report.pdf",),
    ),
    Answer(
        "To the case address, by a client of another case",
        "new_mail",
        "lena",
        "",
        to=To.CASE_ADDRESS,
        place="H-2041",
        reason=Reason.NOT_ALLOWED,
    ),
    Answer(
        "To the case address, by a stranger",
        "new_mail",
        "stranger",
        "",
        to=To.CASE_ADDRESS,
        place="L-310",
        by=_MAILDIR,
        reason=Reason.AUTHOR_UNKNOWN,
    ),
    Answer(
        "Nothing proves the sender",
        "plain",
        "dev",
        "dev",
        found=Found.NOTHING,
        says=("Please tell me what was said about this.",),
        hides=_LAW,
        unverified=True,
    ),
    Answer(
        "Forged: the case manager, whose domain disowns it",
        "new_mail",
        "tom",
        "",
        to=To.CASE_ADDRESS,
        place="H-2041",
        found=Found.DISOWNED,
        reason=Reason.SENDER_DISOWNED,
    ),
    Answer("Out of office", "vacation", "dev", "dev", to=To.RETURN_PATH, null_sender=True, reason=Reason.AUTO_REPLY),
    Answer("Mailbox is full", "bounce", "daemon", "ali", to=To.RETURN_PATH, null_sender=True, reason=Reason.BOUNCE),
    Answer("A stranger has the mail", "plain", "stranger", "rosa", reason=Reason.AUTHOR_UNKNOWN),
    Answer("A colleague was forwarded the mail", "plain", "wen", "rosa", reason=Reason.NOT_A_RECIPIENT),
    Answer("The client's name, another address", "plain", "forger", "rosa", reason=Reason.AUTHOR_UNKNOWN),
    Answer("Two From fields", "two_from", "rosa", "rosa", reason=Reason.AUTHOR_UNCLEAR),
    Answer(
        "The reply address at another tenant's domain",
        "plain",
        "rosa",
        "rosa",
        to=To.OTHER_DOMAIN,
        place=HOMES,
        reason=Reason.UNKNOWN_ADDRESS,
    ),
    Answer("A user of another tenant answers", "plain", "joe", "karl", by=_MAILDIR, reason=Reason.AUTHOR_UNKNOWN),
    Answer(
        "The first mail once more",
        "",
        "rosa",
        "rosa",
        again="Gmail, above the quote",
        by=_MAILDIR,
        reason=Reason.DUPLICATE,
    ),
    Answer("Late, replies are switched off", "plain", "max", "max", reason=Reason.REPLIES_OFF),
    Answer(
        "To nobody that we know", "plain", "stranger", "rosa", to=To.NOBODY, by=_MAILDIR, reason=Reason.UNKNOWN_TENANT
    ),
)
