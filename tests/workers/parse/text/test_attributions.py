# ruff: noqa: RUF001  # the data is in many alphabets
"""Attributions in every form that mail programs write are cut with their quote."""

import pytest

from workers.parse.text.reply import extract

OWN = "Thank you.\n\nI will be there."
Q = "> May we come?\n>\n> Please tell us.\n"
BARE = "May we come?\nPlease tell us.\n"

#: Broken by the mail program at about 76 columns, or by a list server.
BROKEN = (
    "tor. 5. mar. 2026 kl. 08:30 skrev Kontoret for bolig <help@x.example\n>:",
    "On Thu, 5 Mar 2026 at 08:30, Help Desk of the Northern Harbour <help@x.example\n> wrote:",
    "Le jeu. 5 mars 2026 à 08:30, Accueil des locataires <help@x.example\n> a écrit :",
    "El jue, 5 mar 2026 a las 8:30, Oficina del puerto (<help@x.example\n>) escribió:",
    "Il giorno gio 5 mar 2026 alle ore 08:30 Ufficio del porto <help@x.example\n> ha scritto:",
    "Op do 5 mrt 2026 om 08:30 schreef Balie van de haven <help@x.example\n>:",
    "Den tors 5 mars 2026 kl 08:30 skrev Kontoret vid hamnen <help@x.example\n>:",
    "pt., 6 mar 2026 o 08:30 Biuro Portu <help@x.example\n> napisał(a):",
    "чт, 5 мар. 2026 г. в 08:30, Канцелярия порта <help@x.example\n>:",
    "чт, 5 бер. 2026 р. о 08:30 Канцелярія порту <help@x.example\n> пише:",
    "Am Do., 5. März 2026 um 08:30 Uhr schrieb Amt am Hafen <\nhelp@x.example>:",
    "Am Do., 5. März 2026 um 08:30 Uhr schrieb Amt am Hafen\n<help@x.example>:",
    "On Thu, Mar 5, 2026 at 8:30 AM Help Desk of the Northern Harbour <help.desk@\nx.example> wrote:",
    "On Thu, Mar 5, Help Desk\n<help@x.example>\nwrote:",
    "On Thu, Mar 5, Help Desk of the Northern Harbour\n<help@x.example> wrote:",
    "On March 5, Help Desk\n<help@x.example>\nwrote:",
    "On Thursday, 5 March,\nHelp Desk\n<help@x.example>\nwrote:",
    "Am Do., 5. März, schrieb\nAmt am Hafen\n<help@x.example>:",
    "Le jeu. 5 mars, Accueil\n<help@x.example>\na écrit :",
    "El jue, 5 mar, Oficina\n<help@x.example>\nescribió:",
    "On 2026-03-05 08:30,\nHelp Desk wrote:",
    "On Thu, Mar 5, 2026 at 8:30 AM Help Desk\n\n<\nmailto:Help Desk <help@x.example>\n> wrote:",
    "On Thu, Mar 5, 2026 at 8:30 AM Help Desk\n\n<\nmailto:help@x.example\n> wrote:",
    "On Thu, Mar 5, 2026 at 8:30 AM Help Desk <help@x.example <mailto:help@x.example>> wrote:",
    "On Thu, Mar 5, 2026 at 8:30 AM Help Desk [mailto:help@x.example]\nwrote:",
)
#: Without a colon, or without a word for "wrote".
NO_COLON = (
    "2026/3/5 Help Desk <help@x.example>",
    "2026-03-05 8:30 GMT+01:00 Help Desk <help@x.example>",
    "2026-03-05 Help Desk <help@x.example>",
    "05.03.2026 08:30 Help Desk <help@x.example>",
    "5 March 2026 08:30 Help Desk <help@x.example>",
    "Thu, 5 Mar 2026 08:30:00 +0100 Help Desk <help@x.example>",
    "Thursday, March 5, 2026, Help Desk <help@x.example>",
    "2026年3月5日 8:30 事務局 <help@x.example>",
    "Mon, Mar 2, 2026 Help Desk <help@x.example>",
    "5 mars 2026 08:30 Accueil <help@x.example>",
    "2026-03-05 8:30 GMT+01:00 Help Desk of the Northern Harbour\n<help@x.example>",
    "On Thu, 5 Mar 2026 08:30:00 +0100 Help Desk <help@x.example> wrote",
    "Am 05.03.2026 um 08:30 schrieb Amt <help@x.example>",
    "Le 05/03/2026 à 08:30, Accueil <help@x.example> a écrit",
)
#: Between or behind dashes.
DASHED = (
    "---- Help Desk wrote ----",
    "---- Help Desk <help@x.example> wrote ----",
    "---- On Thu, 05 Mar 2026 08:30:33 +0100 help@x.example wrote ----",
    "---- On Thu, 05 Mar 2026 08:30:33 +0100 Help Desk<help@x.example> wrote ----",
    "---- On Thu, 05 Mar 2026 08:30:33 +0100 Help Desk&lt;help@x.example&gt; wrote ----",
    "---- On Thu, 05 Mar 2026 08:30:33 +0100 Help Desk <help@x.example> wrote ---",
    "------On 03/05/2026 08:30 AM, Help Desk wrote-----",
    "-------- On 5 Mar 2026, Help Desk wrote --------",
    "---- Am Do, 05 Mär 2026 08:30:33 +0100 Amt <help@x.example> schrieb ----",
    "---- Le jeu., 05 mars 2026 08:30:33 +0100 help@x.example a écrit ----",
    "---- El jue, 05 mar 2026 08:30:33 +0100 Oficina <help@x.example> escribió ----",
    "---- Em qui, 05 mar 2026 08:30:33 -0300 help@x.example escreveu ----",
    "--- On Thu, 3/5/26, help@x.example <help@x.example> wrote:",
    "--- On Thu, 3/5/26, Help Desk <help@x.example> wrote:",
    "==== On Thu, 5 Mar 2026 08:30, Help Desk wrote ====",
    "*** On Thu, 5 Mar 2026 08:30, Help Desk <help@x.example> wrote ***",
)
#: With weekday or time, from the first word to the last, although without an address.
NO_ADDRESS = (
    "On Thu, 2026-03-05 at 08:30 +0100, Help Desk wrote:",
    "On 05/03/2026 08:30, Help Desk wrote:",
    "On 3/5/26 8:30 AM, Help Desk wrote:",
    "On Thursday, March 5, 2026, Help Desk wrote:",
    "On Thu, Mar 05, 2026 at 08:30:12AM +0100, Help Desk wrote:",
    "Le 05/03/2026 08:30, Accueil des locataires a écrit :",
    "Le jeudi 5 mars 2026 à 08:30 +0100, Accueil a écrit :",
    "Am 05.03.2026 um 08:30 schrieb Amt am Hafen:",
    "Am Donnerstag, 5. März 2026, 08:30:12 CET schrieb Amt:",
    "El 5/3/26 a las 8:30, Oficina escribió:",
    "Il 05/03/26 08:30, Ufficio ha scritto:",
    "Em 05/03/2026 08:30, Mesa escreveu:",
    "Op 05-03-2026 om 08:30 schreef Balie:",
    "W dniu 5.03.2026 o 08:30, Biuro pisze:",
    "W dniu 2026-03-05 08:30, help@x.example pisze:",
    "05.03.2026 08:30, Канцелярия пишет:",
    "Den 2026-03-05 kl. 08:30, skrev Kontoret:",
    "Dne 05. 03. 26 v 8:30 Kancelář napsal(a):",
    "On 2026-03-05 08:30, help@x.example wrote:",
    "Help Desk <help@x.example> wrote:",
    "Help Desk <help@x.example> writes:",
    "Amt am Hafen <help@x.example> schrieb:",
    "Accueil <help@x.example> a écrit :",
    "On Thu, 5 Mar 2026 08:30:43 +0100 Help Desk <help@x.example> wrote",
)
#: In languages that no table knows: an address, a date and a time.
UNKNOWN = (
    "Alhamis, 5 Maris 2026 da 08:30 Help Desk <help@x.example> ya rubuta:",
    "Asteazkena, 2026(e)ko martxoaren 5a 08:30 Help Desk <help@x.example> idatzi zuen:",
    "Ar Déardaoin, 5 Márta 2026 ag 08:30 Help Desk <help@x.example> scríobh:",
    "5 марта 2026, 08:30 Help Desk <help@x.example> яҙған:",
    "Ti Ambo, 5 Mar 2026 08:30 Help Desk <help@x.example> nanoratra:",
    "Help Desk <help@x.example> 2026-03-05 08:30 yozdi:",
    "2026-03-05 08:30 Help Desk <help@x.example> shkroi:",
    "Am Dei., 5. Mäe 2026 um 08:30 huet Help Desk <help@x.example> geschriwwen:",
    "D'Iau, 5 Maw 2026 am 08:30 Help Desk <help@x.example> a ysgrifennodd:",
    "5 მარ. 2026, 08:30 Help Desk <help@x.example> წერდა:",
    "Ngày 05-03-2026 08:30, Help Desk <help@x.example> ghi:",
)


@pytest.mark.parametrize("line", [*BROKEN, *NO_COLON, *DASHED, *NO_ADDRESS, *UNKNOWN])
def test_an_attribution_over_a_quote_is_cut_whole(line: str) -> None:
    assert extract(f"{OWN}\n\n{line}\n\n{Q}").text == OWN
    assert extract(f"{OWN}\n\n{line}\n{Q}").text == OWN


@pytest.mark.parametrize("line", [*NO_COLON, *NO_ADDRESS])
def test_an_attribution_right_below_the_words_is_cut(line: str) -> None:
    assert extract(f"Thank you.\n{line}\n\n{Q}").text == "Thank you."


@pytest.mark.parametrize("line", [line for line in NO_COLON if "\n" not in line])
def test_an_attribution_over_lines_with_bars_is_cut(line: str) -> None:
    assert extract(f"{OWN}\n\n{line}\n\n{Q.replace('>', '|')}").text == OWN


@pytest.mark.parametrize("line", [*DASHED[1:], *NO_ADDRESS, *BROKEN])
def test_an_attribution_in_a_paragraph_of_its_own_begins_a_quote_without_signs(line: str) -> None:
    if "2026" in line or "3/5" in line or "-" not in line[:2]:
        assert extract(f"{OWN}\n\n{line}\n\n{BARE}").text == OWN
        assert extract(f"{OWN}\n\n{line}\n\n   {BARE}\n\nHelp Desk").text == OWN


def test_an_attribution_may_be_above_a_header_block() -> None:
    block = (
        "From: help@x.example <help@x.example>\nSubject: Your case\nTo: ann@y.example\nDate: Thursday, March 5, 2026"
    )
    for line in ("--- On Thu, 3/5/26, help@x.example <help@x.example> wrote:", *NO_ADDRESS[:3]):
        assert extract(f"{OWN}\n\n{line}\n\n{block}\n\n{BARE}").text == OWN


#: The person tells of a letter, or lists, logs or rhymes: all of it stays.
KEPT = (
    "On 2 May I wrote to the court and they wrote:\n\nYour claim came too late.\n\nWhat can I do now?",
    "On 2 March 2026 at 08:30 my landlord came to the door, and this is what he wrote:\n\nGo away.\n\nWhat now?",
    "On 2 March 2026 at 08:30 the caretaker wrote:\n\nThe lift is broken.\n\nWho pays?",
    "On 2 March 2026 Bo Landlord wrote:\n\nI will sell.\n\nMay he?",
    "Last week Bo Landlord wrote:\n\nI will sell.\n\nMay he?",
    "Am 2. März 2026 um 8:30 stand mein Vermieter vor der Tür und schrieb:\n\nRaus.\n\nWas nun?",
    "Am 2. März 2026 um 8:30 schrieb mir Herr Klein:\n\nRaus.\n\nWas nun?",
    "Le 2 mars 2026 à 8:30 le propriétaire a écrit :\n\nPartez.\n\nQue faire ?",
    "El 2 de marzo de 2026 a las 8:30 mi casero escribió:\n\nFuera.\n\n¿Y ahora?",
    "These people know it:\n\nAda <ada@y.example>\nBo <bo@y.example>\n\nPlease write to them.",
    "2026-03-02 Ada <ada@y.example>\n2026-03-03 Bo <bo@y.example>\n\nThey both called.",
    "The visits:\n\n2026-03-02 08:30 Ada\n2026-03-03 09:30 Bo\n\nNo more.",
    "08:30 Ada: hello\n08:31 Bo: I wrote:\n08:32 Ada: what?",
    "[2.3.2026, 08:30] Ada: hello\n[2.3.2026, 08:31] Bo: you wrote:\n[2.3.2026, 08:32] Ada: no",
    "2026-03-02 08:30:00 mail from=<a@y.example> sent\n2026-03-02 08:30:01 mail to=<b@y.example> done",
    "ERROR 2026-03-02 08:30 user a@y.example wrote:\nline 1\nline 2",
    "From the poem I wrote:\n\nOn Monday came the rain,\nOn Tuesday it was gone.",
    "---- my notes ----\n\nThe lift is broken.",
    "--- Bo wrote a letter ---\nI keep it.",
    "| a | b |\n| 1 | 2 |\n\n2026-03-02 Ada <ada@y.example>\n\nThat is the table.",
    "x = {\n  'from': 'a@y.example',\n  'wrote': 1,\n}",
    "My address is\n\nAnn Other <ann@y.example>\n\nwrite to me there.",
    "Signed on 2 March 2026 at 08:30 by Ann Other <ann@y.example>\n\nPlease file it.",
    "The meeting is on Thursday, 5 March 2026 at 08:30:\n\nroom 3\n\nCome in time.",
)


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_an_attribution_stays(text: str) -> None:
    assert extract(text).text == text
    assert extract(f"Dear desk,\n\nI have a question.\n\n{text}").text == f"Dear desk,\n\nI have a question.\n\n{text}"


@pytest.mark.parametrize("line", NO_ADDRESS)
def test_what_stands_below_is_kept_if_nothing_but_a_greeting_is_above(line: str) -> None:
    assert extract(f"{line}\n\n{BARE}").text == f"{line}\n\n{BARE}".strip()
    assert extract(f"Hello,\n\n{line}\n\n{BARE}").text == f"Hello,\n\n{line}\n\n{BARE}".strip()


def test_an_attribution_that_is_broken_behind_a_colon_in_brackets_is_cut_whole() -> None:
    broken = "Case Desk <desk@x.example> ezt írta (időpont:\n2026. nov. 23., H, 9:12):"
    assert extract(f"Igen, a péntek jó.\n\n{broken}\n\n> Kérjük.\n").text == "Igen, a péntek jó."
