# ruff: noqa: RUF001  # the data is in many alphabets
"""Own words on the line of an attribution or of casemail's marker stay, and nothing below them is posted instead."""

import pytest

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.reply import extract, extract_html

Q = "> May we come?\n> Please tell us.\n"

#: A row: the person's words, what joins them to the attribution, the attribution.
ONE_LINE = (
    ("The keys are with Bo.", " ", "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk <help@x.example> wrote:"),
    ("No!", " ", "On 5 Mar 2026, at 08:30, Help Desk <help@x.example> wrote:"),
    ("Why then?", "  ", "On 05/03/2026 08:30, Help Desk <help@x.example> wrote:"),
    ("I come at nine…", " ", "On Thursday, March 5, 2026 at 08:30:12 AM GMT+1, Help Desk <help@x.example> wrote:"),
    ("All right", " -- ", "On Thu, 5 Mar 2026 at 08:30, Help Desk <help@x.example> wrote:"),
    ("All right", " — ", "On Thu, 5 Mar 2026 at 08:30, Help Desk <help@x.example> wrote:"),
    ("All right", " – ", "On Thu, 5 Mar 2026 at 08:30, Help Desk <help@x.example> wrote:"),
    ("All right", "-----", "On Thu, 5 Mar 2026 at 08:30, help@x.example wrote:"),
    ("Ring me: +44 20 7946 0958.", " ", "On Thu, 5 Mar 2026 at 08:30, Help Desk <help@x.example> wrote:"),
    ("See https://x.example/a.", " ", "On Thu, 5 Mar 2026 at 08:30, Help Desk <help@x.example> wrote:"),
    ("I paid 120.50 on 3.2.2026.", " ", "On Thu, 5 Mar 2026 at 08:30, Help Desk <help@x.example> wrote:"),
    ("Fine", " ", "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk <help@x.example> wrote:"),
    ("Fine, thanks,", " ", "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk <help@x.example> wrote:"),
    ("👍", " ", "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk <help@x.example> wrote:"),
    ("...", " ", "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk <help@x.example> wrote:"),
    ("I will :-)", " ", "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk <help@x.example> wrote:"),
    ("Yes.", "", "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk <help@x.example> wrote:"),
    ("Yes.", " ", "On Thu, 2026-03-05 at 08:30 +0100, Help Desk wrote:"),
    ("Yes.", " ", "5 Mar 2026, 08:30 by help@x.example:"),
    ("Einverstanden.", " ", "Am Do., 5. März 2026 um 08:30 Uhr schrieb Amt <amt@x.example>:"),
    ("Geht klar!", " ", "Am 05.03.26 um 08:30 schrieb Amt Nord <amt@x.example>:"),
    ("Nein.", " ", "Amt Nord <amt@x.example> schrieb am Do., 5. März 2026, 08:30:"),
    ("D'accord.", " ", "Le jeu. 5 mars 2026 à 08:30, Accueil <a@x.example> a écrit :"),
    ("Sí, claro.", " ", "El jue, 5 mar 2026 a las 8:30, Oficina (<o@x.example>) escribió:"),
    ("Va bene.", " ", "Il giorno gio 5 mar 2026 alle ore 08:30 Ufficio <u@x.example> ha scritto:"),
    ("Tudo bem.", " ", "Em qui., 5 de mar. de 2026 às 08:30, Mesa <m@x.example> escreveu:"),
    ("Akkoord.", " ", "Op do 5 mrt 2026 om 08:30 schreef Balie <b@x.example>:"),
    ("Zgoda.", " ", "W dniu czw., 5.03.2026 o 08:30 Biuro <b@x.example> napisał(a):"),
    ("Да.", " ", "чт, 5 мар. 2026 г. в 08:30, Канцелярия <k@x.example>:"),
    ("Det går bra.", " ", "Den tors 5 mars 2026 kl 08:30 skrev Kontoret <k@x.example>:"),
    ("Det er fint.", " ", "tor. 5. mar. 2026 kl. 08:30 skrev Kontoret <k@x.example>:"),
    ("はい。", "", "2026年3月5日(木) 8:30 事務局 <j@x.example>:"),
    ("好的。", "", "办公室 <b@x.example> 于2026年3月5日周四 08:30写道："),
    ("Souhlasím.", " ", "čt 5. 3. 2026 v 8:30 odesílatel Kancelář <k@x.example> napsal:"),
    ("Tamam.", " ", "Ofis <o@x.example>, 5 Mar 2026 Per, 08:30 tarihinde şunu yazdı:"),
    ("Rendben.", " ", "Iroda <i@x.example> ezt írta (időpont: 2026. márc. 5., Cs, 8:30):"),
)


@pytest.mark.parametrize(("words", "join", "line"), ONE_LINE)
def test_words_in_front_of_an_attribution_on_its_line_stay(words: str, join: str, line: str) -> None:
    assert extract(f"{words}{join}{line}\n{Q}").text == words


@pytest.mark.parametrize(("words", "join", "line"), ONE_LINE)
def test_words_on_the_line_stay_together_with_the_lines_above_them(words: str, join: str, line: str) -> None:
    assert extract(f"Hello,\nI read it.\n{words}{join}{line}\n\n{Q}").text == f"Hello,\nI read it.\n{words}"


@pytest.mark.parametrize(("words", "join", "line"), ONE_LINE)
def test_in_html_words_in_front_of_an_attribution_on_its_line_stay(words: str, join: str, line: str) -> None:
    escaped = line.replace("<", "&lt;").replace(">", "&gt;")
    html = f'<div>{words}{join}{escaped}<blockquote type="cite">May we come?</blockquote></div>'
    assert extract_html(html).text == words
    html = f'<p>{words}&nbsp;<span>{join}{escaped}</span></p><blockquote type="cite">May we come?</blockquote>'
    assert extract_html(html).text == words


#: Words with numbers, full stops and signs that may hide where they end.
ENDINGS = (
    "Came today 4.4.2026.",
    "See www.x.example.",
    "Yes (all of it).",
    "“Fine.”",
    "It is at No. 5.",
    "Room 3.",
    "ok 👍",
)


@pytest.mark.parametrize("words", ENDINGS)
@pytest.mark.parametrize("line", sorted({line for _, _, line in ONE_LINE if "<" in line}))
def test_no_number_or_sign_hides_where_the_words_end(words: str, line: str) -> None:
    assert extract(f"{words} {line}\n{Q}").text == words
    assert extract(f"Hi,\n\n{words} {line}\n\n{Q}").text == f"Hi,\n\n{words}"


BROKEN = (
    "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk of the Harbour\n<help@x.example> wrote:",
    "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk of the Harbour <help@x.example>\nwrote:",
    "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk of the Harbour <help@x.example\n> wrote:",
    "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk of the Harbour <\nhelp@x.example> wrote:",
    "On Thu, Mar 5, 2026\nat 8:30 AM, Help Desk\n<help@x.example>\nwrote:",
)


@pytest.mark.parametrize("attribution", BROKEN)
def test_words_in_front_of_an_attribution_that_is_broken_over_lines_stay(attribution: str) -> None:
    assert extract(f"Yes, come. {attribution}\n\n{Q}").text == "Yes, come."
    assert extract(f"Yes.\nCome at nine - {attribution}\n{Q}").text in ("Yes.\nCome at nine", "Yes.\nCome at nine -")


BEFORE_MARKER = (
    "Yes",
    "Yes.",
    "Do it!",
    "I agree --",
    "Ja, bitte.",
    "Oui",
    "好的",
    "Да",
    "12 May, 10:00",
    "a > b",
    "OK:",
)


@pytest.mark.parametrize("words", BEFORE_MARKER)
@pytest.mark.parametrize(
    "after", ["", " or log in.", "\n\nMay we go on?", "\nDora Desk posted:\n\nMay we?\n\nFile: a.pdf"]
)
def test_words_in_front_of_our_marker_stay_and_our_own_words_are_not_posted(words: str, after: str) -> None:
    assert extract(f"{words} {REPLY_MARKER}{after}").text in (words, words.rstrip("- "))
    assert extract(f"Hello.\n{words} {REPLY_MARKER}{after}").text in (
        f"Hello.\n{words}",
        f"Hello.\n{words}".rstrip("- "),
    )


@pytest.mark.parametrize(
    "line",
    [
        "On 05/03/26, Help Desk <help@x.example> wrote:",
        "On Thu, 5 Mar 2026 at 08:30 Help Desk wrote:",
        "Am 05.03.26 um 08:30 schrieb Amt <amt@x.example>:",
        "Le 05/03/2026 08:30, Accueil a écrit :",
        "Help Desk <help@x.example> wrote:",
        "From: Help Desk <help@x.example> Sent: Thursday, March 5, 2026 8:30 AM To: Ann Subject: Your case",
        "Von: Amt Gesendet: Donnerstag, 5. März 2026 08:30 An: Ann Betreff: Ihr Fall",
    ],
)
def test_words_an_attribution_and_our_marker_may_all_be_on_one_line(line: str) -> None:
    assert extract(f"Yes, do it. {line} {REPLY_MARKER} or log in to answer.").text == "Yes, do it."
    assert extract(f"Yes, do it. {line} {REPLY_MARKER}\n\nMay we?").text == "Yes, do it."
    assert extract(f"Yes, do it.\n{line} {REPLY_MARKER} May we?").text == "Yes, do it."


#: Sentences of the person that end like an attribution, with what they quote: all of it stays.
TELLING = (
    "I met him on 2026-03-02 and my brother wrote:\n> I am sorry.",
    "We called on 3/2/2026 at 10:00 AM and they wrote:\n> Come back later.",
    "Look what Bo Landlord <bo@y.example> wrote on 2 Mar 2026:\n> I will sell.",
    "Please read what he wrote on 2 March 2026 at 10:00:\n> I will sell.",
    "Dear Sir, on 2 Mar 2026 at 10:00 AM my tenant Bo <bo@y.example> wrote:\n> I will move out.\nWhat now?",
    "On 2 Mar 2026 at 10:00 my tenant Bo <bo@y.example> wrote:\n> I will move out.",
    "On 2 March 2026 I asked Bo <bo@y.example>, and he wrote:\n> Never.",
    "On 2 March 2026 at 10:00 the clerk wrote:\n> There is no file.",
    "As you know, Bo Landlord wrote on 2 March 2026:\n> I will sell.",
    "They sent this, as Bo Landlord <bo@y.example> wrote on 2 Mar 2026:\n> I will sell.\nMay he?",
    "I have it in writing; on 2 Mar 2026 Bo Landlord <bo@y.example> wrote:\n> I will sell.",
    "As Bo Landlord <bo@y.example> wrote:\n> I will sell.",
    "Bo Landlord, the owner, wrote on 2 March 2026:\n> I will sell.\n\nMay he?",
    "This is from Bo Landlord <bo@y.example>, 2 March 2026, 10:00:\n> I will sell.",
    "Then Bo Landlord <bo@y.example> wrote:\n> I will sell.",
    "Am 2.3.2026 war ich bei ihm, und am 3.3.2026 schrieb er mir:\n> Das zahle ich nicht.",
    "Am 2. März 2026 um 10:00 schrieb mir mein Vermieter:\n> Das zahle ich nicht.",
    "Ich habe am 2.3.2026 bezahlt, und mein Vermieter schrieb:\n> Danke.",
    "Le 2 mars 2026 à 10:00 mon voisin m'a écrit :\n> Je pars.",
    "J'ai payé le 02/03/2026 et il a écrit :\n> Merci.",
    "Pagué el 2/3/2026 y mi casero escribió:\n> Gracias.",
    "El 2 de marzo de 2026 a las 6:40 llamé y Bo escribió:\n> Gracias.",
    "Podle smlouvy z 2. 3. 2026 firma Klíč <k@y.example> napsala:\n> Ne.",
    "Kollegen Hill <hill@y.example> skrev til meg 2.3.2026:\n> Nei.",
    "Ho pagato il 2/3/2026 e il mio padrone di casa ha scritto:\n> Grazie.",
    "Ik heb op 2-3-2026 betaald en mijn huisbaas schreef:\n> Dank.",
    "Zapłaciłam 2.03.2026 i mój sąsiad napisał:\n> Dziękuję.",
    "Я заплатил 02.03.2026, и мой сосед написал:\n> Спасибо.",
    "Jag betalade 2026-03-02 och min hyresvärd skrev:\n> Tack.",
    "Please ask Bo <bo@y.example>, who on 2 Mar 2026 at 10:00 said:\n> I know it all.",
)


@pytest.mark.parametrize("text", TELLING)
def test_a_sentence_that_ends_like_an_attribution_stays_with_its_quote(text: str) -> None:
    reply = extract(text)
    assert (reply.text, reply.cut) == (text, ())


@pytest.mark.parametrize("text", TELLING)
def test_such_a_sentence_stays_below_other_words_and_above_the_true_quote(text: str) -> None:
    assert extract(f"Hello,\n\nI have a question.\n\n{text}").text == f"Hello,\n\nI have a question.\n\n{text}"
    assert extract(f"Hello,\n{text}").text == f"Hello,\n{text}"
    true = "On Thu, Mar 5, 2026 at 8:30 AM Help Desk <help@x.example> wrote:"
    assert extract(f"{text}\n\nWhat do you say?\n\n{true}\n{Q}").text == f"{text}\n\nWhat do you say?"


@pytest.mark.parametrize(
    "line",
    [
        "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk <help@x.example> wrote:",
        "Prof. Dr. Ada Long <ada@x.example> wrote on 5 Mar 2026:",
        "On Thu, Mar 5, 2026 at 8:30 AM, St. John Ltd. <help@x.example> wrote:",
        "On Thu, Mar 5, 2026 at 8:30 AM, J. R. Smith <help@x.example> wrote:",
        "On Thu, Mar 5, 2026 at 8:30 AM, Help Desk - North <help@x.example> wrote:",
        "On Thu, Mar 5, 2026 at 8:30 a.m. Help Desk <help@x.example> wrote:",
    ],
)
def test_an_attribution_that_begins_its_line_stays_one(line: str) -> None:
    assert extract(f"{line}\n{Q}\nOn Tuesday.").text == "On Tuesday."
    assert extract(f"On Tuesday.\n\n{line}\n{Q}").text == "On Tuesday."


@pytest.mark.parametrize(
    "marker",
    [
        REPLY_MARKER.replace("write your", "write\nyour"),
        REPLY_MARKER.replace("above this", "above\nthis"),
        REPLY_MARKER.upper(),
        REPLY_MARKER.replace(" ", "\u00a0"),
    ],
)
def test_words_in_front_of_our_marker_stay_when_a_program_changed_or_broke_it(marker: str) -> None:
    assert extract(f"I read the papers, and yes: do it. {marker}\nMay we?").text == "I read the papers, and yes: do it."


def test_words_between_quotes_are_left_on_the_line_they_were_written_on() -> None:
    line = "I said so. On Thu, Mar 5, 2026 at 8:30 AM, Help Desk <help@x.example> wrote:"
    assert extract(f"{line}\n> a\n\nThat is wrong.").text == f"{line}\n> a\n\nThat is wrong."


@pytest.mark.parametrize("line", ["Yes, on 5 May - ", "Yes. 5 May -  ", "At 9 — ", "Room 5 -- ", "On 5 May 2026. - "])
def test_words_that_end_with_a_dash_above_a_quote_stay(line: str) -> None:
    assert extract(f"{line}\n{Q}").text == line.rstrip()
