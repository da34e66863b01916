# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
"""Older and rarer wordings of mail programs, and own words in HTML that look like a quote.

A row: name, text, the person's own words. Longer than other files, as it is a table.
"""

from tests.mails.plain_replies import TextAnswer

Q = "> Please confirm.\n> The hearing is on 12 May.\n"
WHO = "Desk <desk@in.example>"

#: Attributions by Gmail on phones, older versions, and rarer programs.
_LINES = (
    f"On Fri, May 3, 2024, 10:00 AM {WHO} wrote:",
    f"Am Fr., 3. Mai 2024, 10:00 schrieb {WHO}:",
    f"Le ven. 3 mai 2024, 10:00, {WHO} a écrit :",
    f"El vie, 3 de may de 2024, 10:00, {WHO} escribió:",
    f"El vie., 3 de mayo de 2024 10:00 a. m., {WHO}\nescribió:",
    f"Il ven 3 mag 2024, 10:00 {WHO} ha scritto:",
    f"Em sex., 3 de mai. de 2024 10:00, {WHO} escreveu:",
    "Desk <desk@in.example> escreveu no dia sexta, 3/05/2024 à(s) 10:00:",
    f"Op vr 3 mei 2024 10:00 schreef {WHO}:",
    f"pt., 3 maj 2024, 10:00 użytkownik {WHO} napisał:",
    f"пт, 3 мая 2024 г., 10:00 {WHO}:",
    f"3 мая 2024 г., 10:00 пользователь {WHO} написал:",
    f"Den fre 3 maj 2024 10:00 {WHO} skrev:",
    f"Den fre. 3. maj 2024 10.00 {WHO} skrev:",
    f"fre. 3. mai 2024, 10:00 skrev {WHO}:",
    f"pe 3. toukok. 2024 klo 10.00 {WHO} kirjoitti:",
    f"pá 3. 5. 2024 10:00 odesílatel {WHO} napsal:",
    "Desk <desk@in.example>, 3 May 2024 Cum, 10:00 tarihinde şunu\nyazdı:",
    "Desk <desk@in.example> ezt írta (időpont: 2024. máj. 3., P 10:00):",
    f"vin., 3 mai 2024, 10:00 {WHO} a scris:",
    f"Στις Παρ, 3 Μαΐ 2024, 10:00 ο χρήστης {WHO} έγραψε:",
    f"2024年5月3日(金) 10:00 {WHO}:",
    f"{WHO} 于 2024年5月3日周五 上午10:00写道：",
    f"2024年5月3日(五) 上午10:00，{WHO} 寫道：",
    f"2024년 5월 3일 (금) 오전 10:00, {WHO}님이 작성:",
    f"Pada tanggal Jum, 3 Mei 2024 10.00, {WHO} menulis:",
    f"Vào 10:00, Th 6, 3 thg 5, 2024 {WHO} đã viết:",
    "On 03-05-2024 10:00, Desk wrote:",
    "On Friday 03 May 2024 10:00:00 Desk wrote:",
    "On 3 May 2024, at 10:00, Desk [mailto:desk@in.example] wrote:",
    "On 3 May 2024 at 10:00, desk@in.example wrote:",
    "On May 3, 2024 at 10:00:00 AM, Desk (desk@in.example) wrote:",
    "On 05/03/2024 10:00 AM CEST Desk <desk@in.example> wrote:",
    "Am 03.05.2024 10:00, schrieb Desk:",
    "Am Freitag, 3. Mai 2024, 10:00:00 CEST schrieb Desk:",
    "Am Fr., 3. Mai 2024 um 10:00 Uhr schrieb Kanzlei Müller und Partner mbB <\ndesk@in.example>:",
    "Am 3. Mai 2024 10:00:00 MESZ schrieb Desk <desk@in.example>:",
    "Le vendredi 03 mai 2024 à 10:00 +0200, Desk a écrit :",
    "Le 03/05/2024 à 10:00, Desk <desk@in.example> a\nécrit :",
    "El 3/5/2024 a las 10:00, Desk escribió:",
    "Dne 3.5.2024 v 10:00 Desk napsal(a):",
    "W dniu 03.05.2024 o 10:00, Desk pisze:",
    "W dniu pt., 3.05.2024 o 10:00 Desk <desk@in.example> napisał(a):",
    "03.05.2024 10:00, Desk пишет:",
    "Пятница, 3 мая 2024, 10:00 +03:00 от Desk <desk@in.example>:",
    "3 мая 2024, 10:00, Desk <desk@in.example> написал:",
    "3 maj 2024 kl. 10:00 skrev Desk <desk@in.example>:",
    "Den 3. maj 2024 kl. 10.00 skrev Desk <desk@in.example>:",
    "2024-05-03 10:00 skrev Desk:",
    "3. mai 2024 kl. 10:00 skrev Desk <desk@in.example>:",
    "Op 03-05-2024 om 10:00 schreef Desk:",
    "Il 03/05/24 10:00, Desk ha scritto:",
    "Il giorno venerdì 3 maggio 2024 10:00:00 CEST, Desk <desk@in.example> ha scritto:",
    "Em sexta-feira, 3 de maio de 2024 10:00:00 BRT, Desk <desk@in.example> escreveu:",
    "El viernes, 3 de mayo de 2024, 10:00:00 CEST, Desk <desk@in.example> escribió:",
    "Le vendredi 3 mai 2024 à 10:00:00 UTC+2, Desk <desk@in.example> a écrit :",
    "Am Freitag, 3. Mai 2024 um 10:00:00 MESZ hat Desk <desk@in.example> Folgendes geschrieben:",
    "2024/05/03 10:00、Desk <desk@in.example>のメール:",
    "On Fri, May 3, 2024 at 10:00 AM Desk via Casemail <r-17@in.example> wrote:",
    "Desk <desk@in.example> wrote (03 May 2024 10:00):",
    "* Desk wrote on 03.05.2024 10:00:",
    "Desk schrieb am 03.05.2024 um 10:00:",
    "Thus spake Desk <desk@in.example> [2024-05-03 10:00]:",
)
ATTRIBUTED = tuple(
    TextAnswer(" ".join(line.split())[:60], f"I confirm.\n\n{line}\n\n{Q}", "I confirm.") for line in _LINES
)
#: Attributions with a time, a date and an address in brackets, above a quote without `>`.
BARE = tuple(
    TextAnswer(answer.name, f"I confirm.\n\n{line}\n\nPlease confirm.\n", "I confirm.")
    for answer, line in zip(ATTRIBUTED, _LINES, strict=True)
    if "<desk@in.example>" in line
)

BLOCKS = tuple(
    TextAnswer(name, f"I confirm.\n\n{block}\n\nPlease confirm.\n", "I confirm.")
    for name, block in (
        (
            "many recipients over lines",
            "From: Desk <desk@in.example>\nSent: Friday, May 3, 2024 10:00 AM\nTo: Anna Smith <anna@x.example>; Bo Jones <bo@x.example>; Cy Young\n<cy@x.example>; Di <di@x.example>\nCc: Ed <ed@x.example>\nSubject: RE: Case 17",
        ),
        (
            "a blank line between",
            "De : Desk <desk@in.example>\n\nEnvoyé : vendredi 3 mai 2024 10:00\n\nÀ : Anna\n\nObjet : Dossier 17",
        ),
        (
            "quoted and unquoted",
            "From: Desk\nSent: Friday, May 3, 2024 10:00 AM\nTo: Anna\nSubject: Case\n\n> Please confirm.",
        ),
        (
            "reply to",
            "From: Desk <desk@in.example>\nReply-To: Case <r-17@in.example>\nDate: Friday, 3 May 2024 at 10:00\nTo: Anna\nSubject: Case 17",
        ),
        (
            "german, on behalf of",
            "Von: Desk <desk@in.example> Im Auftrag von Bo\nGesendet: Freitag, 3. Mai 2024 10:00\nAn: Anna\nCc: Bo\nBetreff: AW: Fall",
        ),
        (
            "exchange, English under a rule of equals signs",
            "=====================\nFrom: Desk\nSent: Friday\nTo: Anna\nSubject: Case",
        ),
        ("full-width colons", "差出人：Desk <desk@in.example>\n送信日時：2024年5月3日 10:00\n宛先：Anna\n件名：案件"),
        (
            "spanish with date",
            "De: Desk <desk@in.example>\nFecha: viernes, 3 de mayo de 2024, 10:00\nPara: Anna\nAsunto: Caso",
        ),
        (
            "italian telephone",
            "-------- Messaggio originale --------\nDa: Desk <desk@in.example>\nData: 03/05/24 10:00 (GMT+01:00)\nA: Anna\nOggetto: Pratica",
        ),
        (
            "polish",
            "-------- Oryginalna wiadomość --------\nOd: Desk <desk@in.example>\nData: 03.05.2024 10:00 (GMT+01:00)\nDo: Anna\nTemat: Sprawa",
        ),
        (
            "stars around label and colon",
            "*From: *Desk <desk@in.example>\n*Date: *Friday, 3 May 2024\n*To: *Anna\n*Subject: *Case",
        ),
        ("a heading alone", "-----Original Message-----"),
        (
            "a heading with a sender",
            '----- Original Message ----- \nFrom: "Desk" <desk@in.example>\nTo: <anna@x.example>\nSent: Friday, May 03, 2024 10:00 AM\nSubject: Case',
        ),
        ("indented", "  From: Desk <desk@in.example>\n  Sent: Friday\n  To: Anna\n  Subject: Case"),
        ("tabs", "From:\tDesk <desk@in.example>\nSent:\tFriday\nTo:\tAnna\nSubject:\tCase"),
        ("bold in markdown", "**From:** Desk <desk@in.example>\n**Sent:** Friday\n**To:** Anna\n**Subject:** Case"),
    )
)

PHONES = tuple(
    TextAnswer(line[:40], f"I confirm.\n\n{line}\n", "I confirm.")
    for line in (
        "Sent from my Samsung Galaxy smartphone.",
        "Sent from my Samsung Galaxy S24, an AT&T 5G smartphone",
        "Sent via the Samsung Galaxy S20 5G, an AT&T 5G smartphone",
        "Sent from Yahoo Mail for iPhone",
        "Sent from Outlook for Android<https://aka.ms/AAb9ysg>",
        "Sent from my iPad",
        "Sent from my Verizon, Samsung Galaxy smartphone",
        "Sent from Samsung tablet.",
        "Sent from my BlackBerry 10 smartphone on the EE network.",
        "Sent from Gmail Mobile",
        "Sent from my Huawei Mobile",
        "Get Outlook for Android",
        "Outlook für iOS beziehen<https://aka.ms/o0ukef>",
        "Holen Sie sich Outlook für Android<https://aka.ms/AAb9ysg>",
        "Gesendet mit der GMX Mail App",
        "Gesendet mit der WEB.DE Mail App",
        "Gesendet mit der Telekom Mail App",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Von meinem Huawei-Mobiltelefon gesendet",
        "Von meinem Samsung Gerät gesendet.",
        "Gesendet von Outlook für Android",
        "Envoyé depuis mon appareil mobile Samsung.",
        "Envoyé depuis l'application Mail Orange",
        "Envoyé de mon iPad",
        "Téléchargez Outlook pour Android<https://aka.ms/AAb9ysg>",
        "Enviado desde Outlook para Android",
        "Enviado desde Yahoo Mail para Android",
        "Enviado desde mi Huawei",
        "Inviato da smartphone Samsung Galaxy.",
        "Inviato da Outlook per Android",
        "Inviato da Libero Mail per Android",
        "Enviado a partir do meu smartphone Samsung Galaxy.",
        "Enviado do Yahoo Mail no Android",
        "Verstuurd vanaf mijn iPad",
        "Verzonden via Outlook voor Android",
        "Wysłano z programu Outlook dla systemu Android",
        "Wysłane z telefonu Samsung Galaxy",
        "Отправлено из мобильной Почты Mail.ru",
        "Отправлено из мобильного приложения Яндекс Почты",
        "Отправлено с устройства Samsung",
        "Skickat från Outlook för Android",
        "Sendt fra Outlook til Android",
        "Sendt fra min iPad",
        "Lähetetty Outlook for Androidista",
        "Odesláno z aplikace Outlook pro Android",
        "Android için Outlook'tan gönderildi",
        "Samsung cihazımdan gönderildi",
        "Az Androidra készült Outlookból küldve",
        "Trimis din Outlook pentru Android",
        "Outlook for Android を入手",
        "Androidから送信",
        "发自我的华为手机",
        "从 Windows 版邮件发送",
        "나의 Galaxy에서 보냄",
        "Android용 Outlook에서 보냄",
    )
)

_TELEPHONE_WORDS = (
    "Sent from heaven, this hearing date.",
    "I sent it from my iPhone.",
    "Gesendet habe ich es gestern.",
    "Get Outlook for the office, please, and pay for it.",
    "Sent from Yahoo, he says, and he should know it.",
    "Outlook voor de rechtbank is stuk.",
    "Envoyé le 3 mai par la poste.",
)
KEPT = (
    *(TextAnswer(line, f"I confirm.\n\n{line}", f"I confirm.\n\n{line}") for line in _TELEPHONE_WORDS),
    *(
        TextAnswer(text[:40], text, text)
        for text in (
            "To: all of you\nFrom: me\n\nThe meeting is on Friday.",
            "Subject: the fence\n\nI want it moved.",
            "Here is what I found:\n\nFrom: page 3\nTo: page 9\nSubject to: review",
            "Von: 10 Uhr\nBis: 12 Uhr\nOrt: Saal 3",
            "De: Madrid\nA: Sevilla\nFecha: 3 de mayo",
            "He said:\n\nI will not pay.\n\nOn 4 May 2024 at 10:00 he said:\n\nI will.",
            "On Friday, 3 May 2024 at 10:00 Bob Jones wrote:\n\nI will not pay.\n\nCan you believe it?",
            "On 3 May 2024 at 10:00 bob@x.example wrote:\n\nI will not pay.\n\nCan you believe it?",
            "Am 3. Mai 2024 um 10:00 Uhr schrieb er mir:\n\nIch zahle nicht.",
            "Le 3 mai 2024 à 10:00, il m'a écrit :\n\nJe ne paie pas.",
            "Thanks\n\n_____\nAnna",
            "Thanks -- Anna",
            "I agree.\n\nRegards,\nAnna",
            "Mit freundlichen Grüßen\nAnna Smith",
            "Original message:\nI never got it.",
            "My answers:\n1. yes\n2. no\n3. From: the first of May",
            "| a | b |\n|---|---|\n| 1 | 2 |",
            "SELECT a\nFROM: b\nSENT: c",
            "At 10:00 I saw:\n- Bo\n- Cy",
            "#!/bin/sh\n--\necho done and then go on with the rest of it.\n" + "echo more\n" * 25 + "end",
            "<3\n\n:-)",
            ">:(",
            "-> yes\n-> no",
            "This message is confidential.\nPlease do not tell Bob.",
            "Anna Smith\nanna@x.example is my new address, please use it from now on.",
        )
    ),
)

HTML_KEPT = tuple(
    TextAnswer(name, html, own)
    for name, html, own in (
        (
            "an indented clause",
            "<p>Clause:</p><blockquote><p>No dogs.</p></blockquote><p>Is it void?</p>",
            "Clause:\n\nNo dogs.\n\nIs it void?",
        ),
        (
            "indented words at the end",
            "<p>The clause is</p><blockquote>No dogs.</blockquote>",
            "The clause is\n\nNo dogs.",
        ),
        (
            "a table to fill in",
            "<table><tr><td>From:</td><td>Leeds</td></tr><tr><td>To:</td><td>York</td></tr></table>",
            "From:\tLeeds\nTo:\tYork",
        ),
        ("words in a class of one's own", '<div class="quoted-price">120</div>', "120"),
        ("a rule", "<p>One.</p><hr><p>Two.</p>", f"One.\n\n{'_' * 32}\n\nTwo."),
        ("a picture", '<p>See <img src="cid:a@x"></p>', "See [cid:a@x]"),
        ("code", "<pre>if a > b:\n    return\n</pre>", "if a > b:\n    return"),
        ("line breaks", "a<br>b<br><br>c", "a\nb\n\nc"),
        ("entities", "5 &lt; 6 &amp; 7 &gt; 6", "5 < 6 & 7 > 6"),
        ("a link shown", '<a href="https://x.example/a">https://x.example/a</a>', "https://x.example/a"),
        ("a link with text", '<a href="https://x.example/a">here</a>', "here (https://x.example/a)"),
    )
)

PLAIN = (*ATTRIBUTED, *BARE, *BLOCKS, *PHONES, *KEPT)
