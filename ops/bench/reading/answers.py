"""Draws answers from seeds: who writes what with which program, where in the mail, and what happens on its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ops.bench.reading.damage import DAMAGES
from ops.bench.reading.programs import PROGRAMS
from ops.bench.reading.programs.row import Program
from ops.bench.reading.updates import EACH, KINDS, Quoted, quoted
from ops.bench.reading.wordings import LANGUAGES, Facts, Language, attribution, fill, other

POSITIONS = ("above", "below", "between")
LENGTHS = ("a line", "some paragraphs", "long", "long thread")
#: What stands below the words: nothing, a closing and a name, a signature below "-- ", or the program's own line.
SIGNATURES = ("none", "closing", "signature", "mobile")
#: The dimensions of a run, each with its values.
DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "program": tuple(PROGRAMS),
    "language": tuple(LANGUAGES),
    "position": POSITIONS,
    "damage": tuple(DAMAGES),
    "length": LENGTHS,
    "quoted": KINDS,
}

_PARAGRAPHS = {"a line": (1, 1), "some paragraphs": (2, 4), "long": (8, 12), "long thread": (1, 3)}
_OLDER = (3, 6)


@dataclass(frozen=True)
class Older:
    """An older mail of a thread: its attribution and its paragraphs."""

    attribution: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """A drawn answer. `form` is "plain", "html" or "both". `seed` draws it again, with the same `only`.

    `own` are the paragraphs of the person's words. `cuts`: after how many paragraphs of the update each of them stands,
    for an answer between the lines. `rest`: whether the end of the quote is still there. `needs_update`: nothing in the
    mail says where the quote ends, so that only a reader that knows the update can find the words.
    """

    seed: str
    program: Program
    language: Language
    position: str
    damage: str
    length: str
    kind: str
    form: str
    quoted: Quoted
    own: tuple[str, ...]
    cuts: tuple[int, ...]
    rest: bool
    signature: str
    attribution: str
    html_attribution: str
    older: tuple[Older, ...]
    needs_update: bool

    def values(self) -> dict[str, str]:
        """Returns the value of each dimension."""
        return {
            "program": self.program.name, "language": self.language.code, "position": self.position,
            "damage": self.damage, "length": self.length, "quoted": self.kind,
        }  # fmt: skip


def draw(seed: str, only: Mapping[str, str] | None = None) -> Answer:
    """Returns the answer of a seed; `only` fixes values of dimensions."""
    random = Random(seed)  # noqa: S311  # a load, not a secret
    only = only or {}
    program, language = _program_and_language(random, only)
    form = _form(random, program, only.get("damage", ""))
    damage = only.get("damage") or random.choice(_possible(program, form))
    length = only.get("length") or random.choice(LENGTHS)
    kind = only.get("quoted") or random.choices(KINDS, (2, 1, 1))[0]
    position = only.get("position") or random.choices(POSITIONS, (3, 1, 1))[0]
    needs_update = position != "above" and not _marked(program, form, damage, position)
    if needs_update and (kind == "another mail" or length == "long thread"):  # casemail knows only its update
        position, needs_update = "above", False
    mail = quoted(language, kind, random.randrange(EACH))
    own = tuple(random.sample(language.own, min(random.randint(*_PARAGRAPHS[length]), len(language.own))))
    low, high = mail.between(rich=False)
    cuts = tuple(sorted(random.choices(range(1, high - low + 1), k=min(len(own), high - low))))
    attributions = _attributions(random, program, language, mail, translated=damage == "attribution translated")
    older = tuple(_thread(random, program, language, mail, own)) if length == "long thread" else ()
    signature = random.choice(SIGNATURES)
    if signature == "mobile" and not program.mobile:
        signature = "none"
    return Answer(
        seed, program, language, position, damage, length, kind, form, mail, own, cuts, bool(random.randrange(2)),
        signature, *attributions, older, needs_update,
    )  # fmt: skip


def _program_and_language(random: Random, only: Mapping[str, str]) -> tuple[Program, Language]:
    code = only.get("language") or ""
    rows = [row for row in PROGRAMS.values() if not code or not row.languages or code in row.languages]
    drawn = random.choice(rows)
    program = PROGRAMS[only["program"]] if "program" in only else drawn
    language = LANGUAGES[code or random.choice(program.languages or tuple(LANGUAGES))]
    return program, language


def _possible(program: Program, form: str) -> list[str]:
    """Returns the damages that can happen to a mail of this form."""
    signs = program.plain is not None and bool(program.plain.prefix.strip())
    return [
        name for name, damage in DAMAGES.items() if damage.form in ("", form) and (signs or name != "quote signs gone")
    ]


def _form(random: Random, program: Program, damage: str) -> str:
    """Returns in which form the program sends: most send both, and some people switched HTML off or on."""
    if program.html is None:
        return "plain"
    if program.plain is None:
        return "html"
    wanted = DAMAGES[damage].form if damage else ""
    return wanted or random.choices(("both", "plain", "html"), (2, 1, 2))[0]


def _marked(program: Program, form: str, damage: str, position: str) -> bool:
    """Returns whether the ends of the quotes can be seen in the form that a reader reads first."""
    if DAMAGES[damage].unmarks or damage == "lines broken":
        return False
    if form == "html":
        return program.html is not None and program.html.marked and (program.html.splits or position == "below")
    return program.plain is not None and bool(program.plain.prefix.strip())


def _facts(language: Language, mail: Quoted) -> Facts:
    name, local = language.person
    return Facts(mail.name, mail.address, name, f"{local}@people.example", mail.title, mail.sent)


def _attributions(
    random: Random, program: Program, language: Language, mail: Quoted, *, translated: bool
) -> tuple[str, str]:
    """Returns the attribution in the plain text and in the HTML."""
    styles = (program.attribution, program.html_attribution or program.attribution)
    if translated:
        language = random.choice((language, random.choice(list(LANGUAGES.values()))))
        phrase = random.choice(language.translated)
        if "\n" not in styles[0]:
            return (fill(phrase, language, _facts(language, mail)),) * 2
    facts = _facts(language, mail)
    return attribution(styles[0], language, facts), attribution(styles[1], language, facts)


def _thread(random: Random, program: Program, language: Language, answered: Quoted, own: Sequence[str]) -> list[Older]:
    """Returns the older mails of a long thread, the newest first: the person and the office in turn.

    They say nothing that the answered mail or the person's words say.
    """
    person, office = language.person, language.author
    said = {*own, *answered.plain, *(text for _, text in answered.rich)}
    spare = [text for text in language.own if text not in said] or other(language).own
    questions = [text for text in language.update if text not in said] or other(language).update
    older = []
    for index in range(random.randint(*_OLDER)):
        mail = quoted(language, "another mail", random.randrange(EACH))
        facts = _facts(language, mail)
        if index % 2 == 0:
            facts = Facts(person[0], facts.to_address, office[0], mail.address, mail.title, mail.sent)
        sentences = spare if index % 2 == 0 else questions
        words = random.sample(sentences, min(2, len(sentences)))
        older.append(Older(attribution(program.attribution, language, facts), tuple(words)))
    return older
