"""The row of a mail program."""

from dataclasses import dataclass

BLOCK = "$FROM: $name <$address>\n$SENT: $date\n$TO: $to <$mail>\n$SUBJECT: $title\n"


@dataclass(frozen=True)
class Html:
    """How a program writes an answer in HTML.

    `paragraph` and `signature` contain `TEXT`, `attribution` contains `ATTRIBUTION`. `open` and `close` stand around
    the quote with its attribution, `quote` around each quoted piece. `marked`: the end of the quote can be seen.
    `splits`: the words of a person who answers between the lines are outside of the marked quote, not within it.
    """

    paragraph: str = "<div>TEXT</div><div><br></div>"
    attribution: str = "<div>ATTRIBUTION</div>"
    open: str = ""
    close: str = ""
    quote: tuple[str, str] = ("<blockquote>", "</blockquote>")
    signature: str = "<div>TEXT</div>"
    marked: bool = True
    splits: bool = True

    @property
    def marks_signature(self) -> bool:
        """Whether the HTML says where the person's signature is."""
        return any(name in self.signature.lower() for name in ("sig", "sgn", "-- "))


@dataclass(frozen=True)
class Plain:
    """How a program writes an answer in plain text.

    Lines are broken at `width`; 0 leaves them whole. `gap` is what stands between attribution and quote. `from_html`:
    the program makes the text from the HTML, also of the quoted mail. `flowed`: format=flowed (RFC 3676).
    """

    prefix: str = "> "
    width: int = 0
    gap: str = "\n"
    from_html: bool = True
    flowed: bool = False


@dataclass(frozen=True)
class Program:
    """A mail program.

    `attribution` is the name of a wording in the languages, or a template; `html_attribution` is another in the HTML.
    `mobile` is the name of the wording of the line that the program adds below the words, or the line. `languages`: the
    languages that it is used in, all if empty. `marks`: the beginnings of its own ids and classes, for a reader that
    does not know it. `translates`: it writes the beginning of the subject in its language.
    """

    name: str
    fields: str
    attribution: str
    html: Html | None = None
    plain: Plain | None = None
    html_attribution: str = ""
    mobile: str = ""
    languages: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    encoding: str = "quoted-printable"
    legacy: bool = False
    translates: bool = False
