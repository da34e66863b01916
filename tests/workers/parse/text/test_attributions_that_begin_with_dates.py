"""Attributions that begin with their date: with the month, with a weekday, and with a time to the second."""

import pytest

from workers.parse.text.attribution_line import certainty
from workers.parse.text.reply import extract, extract_html

OWN = "Ich komme am Dienstag."
QUOTE = "> Passt Ihnen Dienstag?\n> Bitte sagen Sie es uns.\n"

#: The month in front of day and year, as Tuta and others write it in English and in the language of the person.
MONTH_FIRST = (
    "Nov 29, 2026, 12:54 by updates@cases.example:",
    "Dec 2, 2026, 08:05 by help.desk@office.example:",
    "November 29, 2026, 12:54 by updates@cases.example:",
    "May 3, 2026, 10:00 PM by a@b.example:",
    "mar 5, 2026, 8:30 por avisos@cases.example:",
    "gen 15, 2026, 09:12 da studio@cases.example:",
    "okt 30, 2026, 13:31 av kontor@cases.example:",
    "listopada 29, 2026, 12:54 przez biuro@cases.example:",
    "ноя 29, 2026, 12:54 от kontora@cases.example:",
    "Νοε 29, 2026, 12:54 από grafeio@cases.example:",
    "thg 11, 2026, 12:54 by hoso@cases.example:",
)


@pytest.mark.parametrize("line", MONTH_FIRST)
def test_a_quote_below_a_date_that_begins_with_its_month_is_cut_above_the_words(line: str) -> None:
    assert extract(f"{line}\n\n{QUOTE}\n{OWN}\n").text == OWN
    html = f"{line}<br><blockquote type='cite'><p>Passt Ihnen Dienstag?</p></blockquote><div>{OWN}</div>"
    assert extract_html(html).text == OWN


@pytest.mark.parametrize(
    "words", ["Room 2 B", "Ja 3", "Yes. 29", "Key 7 fits, 12", "Anna and Bo", "4", "Room 12,", "Ok"]
)
def test_words_in_front_of_such_a_date_stay(words: str) -> None:
    for date in ("Nov 29, 2026", "29 Nov 2026"):
        assert words in extract(f"{words} {date}, 12:54 by updates@cases.example:\n\n{QUOTE}").text


#: Lines of programs that name nobody, and with the name alone, with the seconds of the time.
TO_THE_SECOND = (
    "Tuesday, December 1, 2026, 2:08:33 PM, you wrote:",
    "Monday, November 23, 2026, 9:12:33 AM, you wrote:",
    "Dienstag, 1. Dezember 2026, 14:08:33, schrieben Sie:",
    "вторник, 1 декабря 2026, 14:08:33, Вы писали:",
    "On Tuesday, December 1, 2026, 14:08:33, you wrote:",
    "On Tuesday, 24 November 2026 09:49:33 Central European Standard Time Bo Clerk wrote:",
    "On Tuesday, 24 November 2026 09:49:33 Central European Standard Time Harbour\nLaw Office wrote:",
    "On Tue, Nov 24, 2026 at 09:49:33AM +0100, Bo Clerk wrote:",
    "On Wed, Nov 25, 2026 at 10:26:33AM +0100, Harbour\nLaw Office wrote:",
    "On 24.11.2026 09:49:33, Bo Clerk wrote:",
    "Am 24.11.2026 um 09:49:33 schrieb Bo Clerk:",
    "Le 24/11/2026 à 09:49:33, Bo Clerk a écrit :",
)


@pytest.mark.parametrize("line", TO_THE_SECOND)
def test_text_below_an_attribution_to_the_second_is_quoted_also_without_signs(line: str) -> None:
    for gap in ("\n", "\n\n") if "you" not in line else ("\n\n",):
        assert extract(f"{OWN}\n\n{line}{gap}Passt Ihnen Dienstag?\n\nBitte sagen Sie es uns.\n").text == OWN


@pytest.mark.parametrize(
    "line",
    [
        "On Tuesday at 2:08 PM you wrote:",
        "Tuesday, December 1, 2026, you wrote:",
        "Am 24.11.2026 um 09:49 schrieb Bo Clerk:",
        "On 3 May Bo Clerk wrote:",
        "My meter showed 10:20:30 on 3 May 2026, and my landlord wrote:",
        "The alarm rang on 3 May 2026 at 10:20:30 and he wrote:",
    ],
)
def test_words_below_a_persons_line_of_this_kind_stay(line: str) -> None:
    text = f"{OWN}\n\n{line}\nYou may come.\n\nWhat does it mean?\n"
    assert extract(text).text == text.strip()


@pytest.mark.parametrize("line", TO_THE_SECOND)
def test_an_answer_below_text_without_signs_stays_if_no_words_are_above(line: str) -> None:
    assert OWN in extract(f"{line}\n\nPasst Ihnen Dienstag?\n\n{OWN}\n").text


#: A weekday and one word in front of the date; a weekday that is also a word of a person's sentence.
WEEKDAYS = (
    "onsdag den 25. november 2026 10.26 skrev Bo Clerk <bo@office.example>:",
    "torsdag den 3. december 2026 15.22 skrev Havnens Advokater <bo@office.example>:",
    "mandag den 23.11.2026 09.12 skrev Bo Clerk <bo@office.example>:",
    "tirsdag, den 24. november 2026 kl. 09.49 skrev Bo Clerk <bo@office.example>:",
    "fredag den 27 november 2026 11:40 skrev Bo Clerk <bo@office.example>:",
    "În mie., 25 nov. 2026 la 10:26, Bo Clerk <bo@office.example> a scris:",
    "În mie., 2 dec. 2026, 14:45, Bo Clerk <bo@office.example> a scris:",
    "Pe mie., 2 dec. 2026 la 14:45, Bo Clerk <bo@office.example> a scris:",
    "În lun., 23 nov. 2026 la 09:12, Bo Clerk <bo@office.example> a scris:",
    "Dne 2026-11-28 12:17, Přístavní kancelář napsal:",
    "Бо Клерк писал 2026-11-26 11:03:",
    "Мария Клерк писала 26.11.2026 11:03:",
)


@pytest.mark.parametrize("line", WEEKDAYS)
def test_an_attribution_with_its_weekday_is_cut_with_its_quote(line: str) -> None:
    assert certainty(line)
    assert extract(f"{OWN}\n\n{line}\n{QUOTE}").text == OWN


@pytest.mark.parametrize(
    "line",
    [
        "Tirsdag kom 3. maj og Bo Clerk <bo@office.example> skrev til mig:",
        "Mie mi-a scris pe 25 nov. 2026, 10:26, Bo Clerk <bo@office.example>, el a scris:",
        "Onsdag fik jeg den 25. november 2026 brevet, og Bo Clerk <bo@office.example> skrev:",
    ],
)
def test_a_sentence_with_a_weekday_stays(line: str) -> None:
    assert line in extract(f"{line}\n{QUOTE}\n{OWN}\n").text


#: Attributions in wordings that no table has: some words, date, time, name, address, some words.
SHAPED = (
    "La data de 27 noiembrie 2026, 11:40, Bo Clerk <bo@office.example> a scris:",
    "เมื่อวันที่ 30 พฤศจิกายน 2026 เวลา 13:31 Bo Clerk <bo@office.example> ได้เขียนว่า:",
    "ביום 25 נובמבר 2026 בשעה 10:26, Bo Clerk <bo@office.example> כתבה:",
    "Päivänä 2. joulukuuta 2026 klo 14:45 Bo Clerk <bo@office.example> kirjoitti:",
    "Päivänä 2. joulukuuta 2026 klo 14:45 Sataman asianajajat <bo@office.example> kirjoitti:",
    "På 30. november 2026 13:31 Bo Clerk <bo@office.example> skrev:",
    "Zblorp 5 kuuta 2026 klo 12:17 Bo Clerk <bo@office.example> zblorpi:",
    "Zblorp zum 5.3.2026, 12:17 Bo Clerk <bo@office.example> zblorpi ta:",
    "Noong 5 Mayo 2026, 12:17, Bo Clerk <bo@office.example> sumulat:",
    "Ar an 5 Bealtaine 2026, 12:17, Bo Clerk <bo@office.example> scríobh:",
    "Egunean 5 maiatzak 2026, 12:17, Bo Clerk <bo@office.example> idatzi zuen:",
    "Ngomhla 5 Meyi 2026, 12:17, Bo Clerk <bo@office.example> wabhala:",
    "Tarehe 5 Mei 2026, 12:17, Bo Clerk <bo@office.example> aliandika:",
)


@pytest.mark.parametrize("line", SHAPED)
def test_a_quote_below_an_attribution_of_the_usual_shape_is_cut(line: str) -> None:
    assert extract(f"{OWN}\n\n{line}\n{QUOTE}").text == OWN
    broken = line.replace(" <", "\n<")
    assert extract(f"{OWN}\n\n{broken}\n\n{QUOTE}").text == OWN
    answer = extract(f"{line}\n{QUOTE}\n{OWN}\n").text
    assert answer.endswith(OWN)
    assert "Dienstag?" not in answer


@pytest.mark.parametrize("line", SHAPED[:5])
def test_a_line_of_this_shape_stays_if_no_quote_is_below(line: str) -> None:
    text = f"{OWN}\n\n{line}\nPasst Ihnen Dienstag?"
    assert extract(text).text == text


@pytest.mark.parametrize(
    "line",
    [
        "I met on 3 May 2026, 10:00 Bo Clerk <bo@office.example> and he wrote:",
        "Ich traf am 3. Mai 2026, 10:00 Bo Clerk <bo@office.example> hier:",
        "We agreed 3 May 2026, 10:00! Bo Clerk <bo@office.example> wrote:",
        "Please ask until 3 May 2026, 10:00. The desk is Bo Clerk <bo@office.example>, and then:",
        "Rooms: 3 May 2026, 10:00, 11:00 and 12:00, Bo Clerk <bo@office.example> has keys:",
        "Meetings 3 May 2026, 10:00 <bo@office.example> and <ann@office.example>:",
        "Saturday my lamp broke 3 May 2026, 10:00 so Bo Clerk <bo@office.example> comes:",
    ],
)
def test_a_sentence_with_date_time_and_address_stays(line: str) -> None:
    assert line in extract(f"{line}\n{QUOTE}\n{OWN}\n").text
