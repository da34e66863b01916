# ruff: noqa: RUF001  # the data is in many alphabets
"""Short sentences as people write them in answers, in many languages, with the charsets that mail in them came in.

Longer than other files, as it is a table.
"""

import re
from unicodedata import normalize

#: Language, codecs of Python, sentences.
SENTENCES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "German",
        ("cp1252", "iso8859_15", "cp850", "mac_roman"),
        (
            "Das Büro schließt heute früher, bitte schicken Sie die Unterlagen morgen.",
            "Können wir den Termin auf nächste Woche verschieben? Schöne Grüße",
            "Vielen Dank für Ihre Rückmeldung.",
        ),
    ),
    (
        "French",
        ("cp1252", "iso8859_15", "cp850", "mac_roman"),
        (
            "Merci, j'ai bien reçu les pièces demandées.",
            "Je préfère être appelé après 18 h, si possible.",
            "Le chèque a été envoyé à l'adresse indiquée, très cordialement.",
        ),
    ),
    (
        "Spanish",
        ("cp1252", "iso8859_15", "cp850", "mac_roman"),
        (
            "¿Podría enviarme otra vez el número de teléfono?",
            "Mañana no estaré en la oficina, llámeme el miércoles.",
            "Muchas gracias por su atención.",
        ),
    ),
    (
        "Portuguese",
        ("cp1252", "iso8859_15", "cp850"),
        (
            "Não recebi a confirmação da reunião de amanhã.",
            "Olá, já fiz o pagamento da última fatura. Até logo!",
            "A solução está ótima, muito obrigado pela atenção.",
        ),
    ),
    (
        "Italian",
        ("cp1252", "iso8859_15"),
        (
            "La riunione è spostata a lunedì, così c'è più tempo.",
            "Perché la città non risponde? È già passato un mese.",
            "Sì, sarò a casa giovedì.",
        ),
    ),
    (
        "Dutch",
        ("cp1252",),
        (
            "De cliënt heeft één vraag over de coördinatie.",
            "Graag ontvangen wij de financiële gegevens vóór vrijdag.",
        ),
    ),
    (
        "Swedish",
        ("cp1252", "iso8859_15", "cp850"),
        (
            "Hej, vi åker på semester nästa vecka och är tillbaka i början av månaden.",
            "Nyckeln ligger hos grannen. Hälsningar från Åsa",
            "Tack för svaret, det låter bra för mig också.",
        ),
    ),
    (
        "Danish",
        ("cp1252", "cp850"),
        (
            "Jeg kan desværre ikke møde op på onsdag.",
            "Tusind tak, nøglen ligger på kontoret. Prøv også døren bagved.",
        ),
    ),
    (
        "Norwegian",
        ("cp1252",),
        (
            "Vi ønsker å få tilsendt avtalen på nytt.",
            "Det går bra, jeg tar med meg nøkkelen når jeg kommer på lørdag.",
        ),
    ),
    (
        "Finnish",
        ("cp1252", "iso8859_15"),
        (
            "Hyvää päivää, lähetän puuttuvat asiakirjat vielä tänään.",
            "Näin se käy, kiitos! Terveisin Päivi",
        ),
    ),
    (
        "Icelandic",
        ("cp1252",),
        (
            "Góðan daginn, ég þarf að fresta fundinum til föstudags.",
            "Takk fyrir svarið, þetta er mjög gott.",
        ),
    ),
    (
        "Polish",
        ("cp1250", "iso8859_2", "cp852"),
        (
            "Dzień dobry, proszę o przesłanie umowy jeszcze raz.",
            "Zgadzam się, możemy się spotkać w środę o dziesiątej.",
            "Dziękuję za szybką odpowiedź, wszystko się zgadza.",
        ),
    ),
    (
        "Czech",
        ("cp1250", "iso8859_2", "cp852"),
        (
            "Dobrý den, přikládám všechny požadované dokumenty.",
            "Bohužel se nemohu zúčastnit, přijdu až příští týden.",
            "Děkuji za vaši odpověď, těším se na schůzku.",
        ),
    ),
    (
        "Slovak",
        ("cp1250", "iso8859_2"),
        (
            "Prosím pošlite mi ešte raz tú zmluvu, ďakujem.",
            "Môžeme sa stretnúť vo štvrtok, kľúč je u suseda.",
        ),
    ),
    (
        "Hungarian",
        ("cp1250", "iso8859_2", "cp852"),
        (
            "Köszönöm szépen, a szerződést megkaptam és aláírtam.",
            "Sajnos csütörtökön nem érek rá, jövő héten jó lenne.",
            "Kérem, küldjék el újra a számlát.",
        ),
    ),
    (
        "Romanian",
        ("cp1250", "iso8859_2"),
        (
            "Bună ziua, vă trimit documentele cerute şi aştept răspunsul dumneavoastră.",
            "Mulţumesc, dar nu pot să vin mâine după-amiază.",
        ),
    ),
    (
        "Croatian",
        ("cp1250", "iso8859_2"),
        (
            "Poštovani, šaljem vam tražene podatke, možete li potvrditi?",
            "Hvala, javit ću se čim stignem kući.",
        ),
    ),
    (
        "Slovenian",
        ("cp1250", "iso8859_2"),
        (
            "Spoštovani, pošiljam vam podpisano pogodbo, račun še čakam.",
            "Hvala za odgovor, sporočite mi, če želite še kaj.",
        ),
    ),
    (
        "Turkish",
        ("cp1254", "iso8859_9"),
        (
            "Merhaba, sözleşmeyi imzaladım ve bugün gönderiyorum.",
            "Toplantıya katılamayacağım, lütfen başka bir gün önerin.",
            "Teşekkür ederim, yarın görüşürüz.",
        ),
    ),
    (
        "Lithuanian",
        ("cp1257", "iso8859_13"),
        (
            "Laba diena, siunčiu prašomus dokumentus, ačiū už pagalbą.",
            "Deja, rytoj negalėsiu atvykti į susitikimą, gal kitą savaitę?",
        ),
    ),
    (
        "Latvian",
        ("cp1257", "iso8859_13"),
        (
            "Labdien, lūdzu, atsūtiet man līgumu vēlreiz.",
            "Paldies par atbildi, tiekamies nākamajā nedēļā.",
        ),
    ),
    (
        "Estonian",
        ("cp1257", "cp1252"),
        (
            "Tere, palun saatke mulle leping veel üks kord, sest ma ei leia seda.",
            "Aitäh vastuse eest, näeme järgmisel nädalal!",
        ),
    ),
    (
        "Russian",
        ("cp1251", "koi8_r", "iso8859_5", "cp866", "mac_cyrillic"),
        (
            "Здравствуйте, документы отправил сегодня утром.",
            "К сожалению, завтра не смогу прийти, перенесём на среду?",
            "Спасибо за быстрый ответ!",
        ),
    ),
    (
        "Ukrainian",
        ("cp1251", "koi8_u"),
        (
            "Добрий день, надсилаю підписаний договір, чекаю на вашу відповідь.",
            "Дякую, мені це підходить, зустрінемося в п'ятницю.",
        ),
    ),
    (
        "Bulgarian",
        ("cp1251",),
        (
            "Здравейте, изпращам ви подписания договор.",
            "Благодаря за отговора, ще се видим във вторник.",
        ),
    ),
    (
        "Serbian",
        ("cp1251", "iso8859_5"),
        (
            "Поштовани, шаљем вам тражена документа.",
            "Хвала на одговору, видимо се у понедељак.",
        ),
    ),
    (
        "Greek",
        ("cp1253", "iso8859_7", "cp737"),
        (
            "Καλημέρα, σας στέλνω τα έγγραφα που ζητήσατε.",
            "Δυστυχώς δεν μπορώ να έρθω αύριο, ίσως την Τετάρτη.",
            "Ευχαριστώ πολύ για την απάντηση.",
        ),
    ),
    (
        "Hebrew",
        ("cp1255", "iso8859_8"),
        (
            "שלום, שלחתי את המסמכים היום בבוקר.",
            "תודה רבה על התשובה, נתראה ביום שלישי.",
        ),
    ),
    (
        "Arabic",
        ("cp1256", "iso8859_6"),
        (
            "السلام عليكم، أرسلت المستندات المطلوبة اليوم.",
            "شكرا جزيلا على الرد، نلتقي يوم الثلاثاء.",
        ),
    ),
    (
        "Persian",
        ("cp1256",),
        (
            "سلام، مدارک را امروز فرستادم، لطفا تاييد کنيد.",
            "با تشکر از پاسخ شما، پنجشنبه مي آيم.",
        ),
    ),
    (
        "Thai",
        ("cp874", "tis_620"),
        (
            "สวัสดีครับ ผมส่งเอกสารให้แล้ววันนี้",
            "ขอบคุณมากค่ะ พรุ่งนี้ไม่สะดวก ขอเลื่อนเป็นวันพุธ",
        ),
    ),
    (
        "Vietnamese",
        ("cp1258",),
        (
            "Tôi đã gửi bản hợp đồng hôm nay.",
            "Cảm ơn anh, tôi không thể đến được ngày mai.",
        ),
    ),
    (
        "Japanese",
        ("cp932", "euc_jp", "iso2022_jp"),
        (
            "お世話になっております。書類は本日郵送しました。",
            "申し訳ありませんが、明日は都合が悪いので水曜日にお願いします。",
            "了解です。よろしくお願いします。",
        ),
    ),
    (
        "Simplified Chinese",
        ("gb18030", "gb2312"),
        (
            "您好，合同已经签好，今天下午寄出。",
            "抱歉，明天我没有时间，可以改到下周三吗？",
            "谢谢您的回复。",
        ),
    ),
    (
        "Traditional Chinese",
        ("big5", "cp950"),
        (
            "您好，合約已經簽好，今天下午寄出。",
            "抱歉，明天我沒有時間，可以改到下週三嗎？",
            "謝謝您的回覆。",
        ),
    ),
    (
        "Korean",
        ("cp949", "euc_kr", "iso2022_kr"),
        (
            "안녕하세요, 요청하신 서류를 오늘 보냈습니다.",
            "죄송하지만 내일은 시간이 없습니다. 수요일은 어떠세요?",
            "답변 감사합니다.",
        ),
    ),
)


def octets(text: str, codec: str) -> bytes:
    """Returns the octets of a text; windows-1258 writes the tone of a vowel behind it."""
    if codec == "cp1258":
        parts = normalize("NFD", text)
        parts = re.sub("([aeoAEO])([\u0323\u0309\u0301\u0300\u0303]?)\u0302", _with_circumflex, parts)
        text = re.sub("a\u0306|[ou]\u031b", lambda match: normalize("NFC", match[0]), parts)
    return text.encode(codec)


def _with_circumflex(match: re.Match[str]) -> str:
    return normalize("NFC", match[1] + "\u0302") + match[2]
