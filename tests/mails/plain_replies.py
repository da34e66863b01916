# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
"""Replies in plain text as mail programs write them. A row: name, text, the person's own words.

Add a language or wording to ATTRIBUTIONS, BLOCKS and PHONES, with the language's code in the name. Longer than other files, as it is a table.
"""

from typing import NamedTuple

from schemas.own_mail import REPLY_MARKER


class TextAnswer(NamedTuple):
    """A reply as text or HTML, and the person's own words, which must be found in it."""

    name: str
    text: str
    own: str


Q = "> The hearing is on 12 May.\n> Please confirm.\n"
OWN = "Thank you, I confirm.\n\nBest\nAnna"


def above(name: str, attribution: str, own: str = OWN) -> TextAnswer:
    """Returns an answer above an attribution and a quote."""
    return TextAnswer(name, f"{own}\n\n{attribution}\n{Q}", own)


def outlook(name: str, block: str, own: str = OWN) -> TextAnswer:
    """Returns an answer above a header block, below which the quoted text has no quote signs."""
    return TextAnswer(name, f"{own}\n\n{block}\n\nThe hearing is on 12 May.\nPlease confirm.\n", own)


def phone(name: str, line: str) -> TextAnswer:
    """Returns an answer above a line such as "Sent from my iPhone"."""
    return TextAnswer(name, f"Yes, fine.\n\n{line}\n", "Yes, fine.")


ATTRIBUTIONS = (
    above("en gmail", "On Fri, May 3, 2024 at 10:00 AM Case Desk <desk@in.example> wrote:\n"),
    above("en gmail broken", "On Fri, May 3, 2024 at 10:00 AM Case Desk of the Firm\n<desk@in.example> wrote:\n"),
    above(
        "en three lines", "On Friday, 3 May 2024 at 10:00:12 CEST,\nCase Desk of the Firm\n<desk@in.example> wrote:\n"
    ),
    above("en apple", "On 3 May 2024, at 10:00, Case Desk <desk@in.example> wrote:\n"),
    above("en apple narrow space", "On May 3, 2024, at 10:00\u202fAM, Case Desk <desk@in.example> wrote:\n"),
    above("en thunderbird", "On 5/3/24 10:00, Case Desk wrote:"),
    above("en usenet", "Case Desk <desk@in.example> writes:\n"),
    above("en no blank line before", "On Fri, May 3, 2024 at 10:00 AM Desk <d@in.example> wrote:\n", "Fine with me."),
    above("de gmail", "Am Fr., 3. Mai 2024 um 10:00 Uhr schrieb Fall Büro <desk@in.example>:\n", "Danke, bestätigt."),
    above("de apple", "Am 03.05.2024 um 10:00 schrieb Fall Büro <desk@in.example>:\n", "Danke, bestätigt."),
    above("de thunderbird", "Am 03.05.24 um 10:00 schrieb Fall Büro:", "Danke, bestätigt."),
    above("de name first", "Fall Büro <desk@in.example> schrieb am Fr., 3. Mai 2024, 10:00:\n", "Passt."),
    above("fr gmail", "Le ven. 3 mai 2024 à 10:00, Bureau <desk@in.example> a écrit :\n", "Merci, c'est noté."),
    above("fr no-break space", "Le 3 mai 2024 à 10:00, Bureau <desk@in.example> a écrit\u00a0:\n", "Merci."),
    above("es gmail", "El vie, 3 may 2024 a las 10:00, Oficina (<desk@in.example>) escribió:\n", "Gracias, confirmo."),
    above("it gmail", "Il giorno ven 3 mag 2024 alle ore 10:00 Ufficio <desk@in.example> ha scritto:\n", "Va bene."),
    above("it apple", "Il giorno 3 mag 2024, alle ore 10:00, Ufficio <desk@in.example> ha scritto:\n", "Va bene."),
    above("pt-br gmail", "Em sex., 3 de mai. de 2024 às 10:00, Mesa <desk@in.example> escreveu:\n", "Obrigado."),
    above("pt gmail", "Mesa <desk@in.example> escreveu (sexta, 3/05/2024 à(s) 10:00):\n", "Obrigado."),
    above("nl gmail", "Op vr 3 mei 2024 om 10:00 schreef Balie <desk@in.example>:\n", "Akkoord."),
    above("nl apple", "Op 3 mei 2024, om 10:00 heeft Balie <desk@in.example> het volgende geschreven:\n", "Akkoord."),
    above("pl gmail", "pt., 3 maj 2024 o 10:00 Biuro <desk@in.example> napisał(a):\n", "Dziękuję, potwierdzam."),
    above("pl thunderbird", "W dniu 3.05.2024 o 10:00, Biuro pisze:", "Dziękuję, potwierdzam."),
    above("ru gmail", "пт, 3 мая 2024 г. в 10:00, Канцелярия <desk@in.example>:\n", "Спасибо, подтверждаю."),
    above("ru thunderbird", "03.05.2024 10:00, Канцелярия пишет:", "Спасибо, подтверждаю."),
    above("ru apple", "3 мая 2024 г., в 10:00, Канцелярия <desk@in.example> написал(а):\n", "Спасибо."),
    above("uk gmail", "пт, 3 трав. 2024 р. о 10:00 Канцелярія <desk@in.example> пише:\n", "Дякую."),
    above("sv gmail", "Den fre 3 maj 2024 kl 10:00 skrev Kontoret <desk@in.example>:\n", "Tack, det går bra."),
    above("da gmail", "Den fre. 3. maj 2024 kl. 10.00 skrev Kontoret <desk@in.example>:\n", "Tak, det er fint."),
    above("nb gmail", "fre. 3. mai 2024 kl. 10:00 skrev Kontoret <desk@in.example>:\n", "Takk, det er greit."),
    above("nb apple", "3. mai 2024 kl. 10:00 skrev Kontoret <desk@in.example>:\n", "Takk."),
    above("fi gmail", "pe 3. toukok. 2024 klo 10.00 Toimisto (desk@in.example) kirjoitti:\n", "Kiitos, sopii."),
    above("cs gmail", "pá 3. 5. 2024 v 10:00 odesílatel Kancelář <desk@in.example> napsal:\n", "Děkuji, potvrzuji."),
    above("cs thunderbird", "Dne 03. 05. 24 v 10:00 Kancelář napsal(a):", "Děkuji."),
    above("tr gmail", "Ofis <desk@in.example>, 3 May 2024 Cum, 10:00 tarihinde şunu yazdı:\n", "Teşekkürler."),
    above("hu gmail", "Iroda <desk@in.example> ezt írta (időpont: 2024. máj. 3., P, 10:00):\n", "Köszönöm."),
    above("ro gmail", "În vin., 3 mai 2024 la 10:00, Birou <desk@in.example> a scris:\n", "Mulțumesc."),
    above(
        "el gmail", "Στις Παρ 3 Μαΐ 2024 στις 10:00 π.μ., ο χρήστης Γραφείο <desk@in.example> έγραψε:\n", "Ευχαριστώ."
    ),
    above("ja gmail", "2024年5月3日(金) 10:00 事務局 <desk@in.example>:\n", "承知しました。"),
    above("ja apple", "2024/05/03 10:00、事務局 <desk@in.example>のメール:\n", "承知しました。"),
    above("zh-cn gmail", "办公室 <desk@in.example> 于2024年5月3日周五 10:00写道：\n", "好的，谢谢。"),
    above("zh-tw gmail", "辦公室 <desk@in.example> 於 2024年5月3日 週五 上午10:00寫道：\n", "好的，謝謝。"),
    above("zh apple", "在 2024年5月3日，10:00，办公室 <desk@in.example> 写道：\n", "好的。"),
    above("ko gmail", "2024년 5월 3일 (금) 오전 10:00, 사무실 <desk@in.example>님이 작성:\n", "감사합니다."),
    above("ko apple", "2024. 5. 3. 오전 10:00, 사무실 <desk@in.example> 작성:\n", "감사합니다."),
    above(
        "pl apple", "Wiadomość napisana przez Biuro <desk@in.example> w dniu 3 maj 2024, o godz. 10:00:\n", "Dziękuję."
    ),
    above("tr apple", "Ofis <desk@in.example> şunları yazdı (3 May 2024 10:00):\n", "Teşekkürler."),
    above("bg gmail", "На пт, 3.05.2024 г. в 10:00 Бюро <desk@in.example> написа:\n", "Благодаря."),
    above("hr gmail", "pet, 3. svi 2024. u 10:00 Ured <desk@in.example> napisao je:\n", "Hvala."),
    above("sr gmail", "пет, 3. мај 2024. у 10:00 Канцеларија <desk@in.example> је написао/ла:\n", "Хвала."),
    above("sk gmail", "pi 3. 5. 2024 o 10:00 Kancelária <desk@in.example> napísal(a):\n", "Ďakujem."),
    above("sl gmail", "V V pet., 3. maj 2024 ob 10:00 je oseba Pisarna <desk@in.example> napisala:\n", "Hvala."),
    above("et gmail", "Kontor <desk@in.example> kirjutas kuupäeval R, 3. mai 2024 kell 10:00:\n", "Aitäh."),
    above(
        "lv gmail",
        "piektd., 2024. g. 3. maijs, plkst. 10:00 — lietotājs Birojs (<d@in.example>) rakstīja:\n",
        "Paldies.",
    ),
    above("lt gmail", "2024-05-03, pn, 10:00 Biuras <desk@in.example> rašė:\n", "Ačiū."),
    above("ca gmail", "Missatge de Oficina <desk@in.example> del dia dv., 3 de maig 2024 a les 10:00:\n", "Gràcies."),
    above("is gmail", "Þann fös., 3. maí 2024 kl. 10:00 skrifaði Skrifstofa <desk@in.example>:\n", "Takk fyrir."),
    above(
        "ar gmail",
        "في الجمعة، 3 مايو 2024 في 10:00 ص تمت كتابة ما يلي بواسطة \u202aDesk\u202c\u200f <\u202ad@in.example\u202c\u200f>:\n",
        "شكرا.",
    ),
    above(
        "he gmail",
        "\u202bבתאריך יום ו׳, 3 במאי 2024 ב-10:00 מאת \u202aDesk\u202c\u200f <\u202ad@in.example\u202c\u200f>:\u202c\n",
        "תודה.",
    ),
    above("fa gmail", "در تاریخ جمعه ۳ مهٔ ۲۰۲۴،\u200f ۱۰:۰۰ Desk <desk@in.example> نوشت:\n", "سپاس."),
    above("th gmail", "เมื่อวันที่ ศ. 3 พ.ค. 2024 เวลา 10:00 Desk <desk@in.example> เขียนว่า:\n", "ขอบคุณ"),
    above("vi gmail", "Vào Th 6, 3 thg 5, 2024 vào lúc 10:00 Văn phòng <desk@in.example> đã viết:\n", "Cảm ơn."),
    above("id gmail", "Pada tanggal Jum, 3 Mei 2024 pukul 10.00 Kantor <desk@in.example> menulis:\n", "Terima kasih."),
    above("hi gmail", "शुक्र, 3 मई 2024 को 10:00 am बजे को Desk <desk@in.example> ने लिखा:\n", "धन्यवाद।"),
    above("usenet article", "In article <abc@news.example>, Desk <desk@in.example> writes:"),
    above("outlook express", "Desk <desk@in.example> wrote in message\nnews:abc.123@news.example..."),
    above("quoting", "Quoting Case Desk <desk@in.example>:\n"),
    above("netease", 'At 2024-05-03 10:00:00, "Case Desk" <desk@in.example> wrote:\n'),
    above("zoho", "---- On Fri, 03 May 2024 10:00:00 +0200 Case Desk <desk@in.example> wrote ---\n"),
    TextAnswer("usenet, name only", f"Case Desk wrote:\n{Q}\nI confirm.\n", "I confirm."),
    TextAnswer("usenet, name only, nothing below", f"Case Desk wrote:\n{Q}", f"Case Desk wrote:\n{Q}".strip()),
    above("old gmail, no language", "2024-05-03 10:00 GMT+02:00 Case Desk <desk@in.example>:\n"),
    TextAnswer(
        "yahoo, quote without signs",
        "Yes.\n\n    On Friday, May 3, 2024 at 10:00:00 AM GMT+2, Desk <d@in.example> wrote:\n\n Hello,\nplease confirm.\n",
        "Yes.",
    ),
    TextAnswer(
        "proton",
        f"Fine.\n\nSent with Proton Mail secure email.\n\nOn Friday, May 3rd, 2024 at 10:00, Desk <d@in.example> wrote:\n\n{Q}",
        "Fine.",
    ),
)

BLOCKS = (
    outlook(
        "en outlook",
        "From: Desk <d@in.example>\nSent: Friday, May 3, 2024 10:00 AM\nTo: Anna <a@x.example>\nSubject: Case 1",
    ),
    outlook("en outlook rule", f"{'_' * 32}\nFrom: Desk <d@in.example>\nSent: Friday\nTo: Anna\nSubject: Case 1"),
    outlook("en old outlook", "-----Original Message-----\nFrom: Desk\nSent: Friday, May 3\nTo: Anna\nSubject: Case 1"),
    outlook("en bold", "*From:* Desk <d@in.example>\n*Sent:* Friday\n*To:* Anna\n*Cc:* Bo\n*Subject:* Case 1"),
    outlook("en spark", "-------- Original Message --------\nSubject: Case 1\nDate: 2024-05-03\nFrom: Desk\nTo: Anna"),
    outlook(
        "de", "Von: Büro <d@in.example>\nGesendet: Freitag, 3. Mai 2024 10:00\nAn: Anna\nBetreff: Fall 1", "Danke."
    ),
    outlook(
        "de dashes", "-----Ursprüngliche Nachricht-----\nVon: Büro\nGesendet: Freitag\nAn: Anna\nBetreff: Fall 1", "Ja."
    ),
    outlook("fr", "De : Bureau <d@in.example>\nEnvoyé : vendredi 3 mai 2024\nÀ : Anna\nObjet : Dossier 1", "Merci."),
    outlook("es", "De: Oficina\nEnviado el: viernes, 3 de mayo de 2024 10:00\nPara: Ana\nAsunto: Caso 1", "Gracias."),
    outlook("it", "Da: Ufficio\nInviato: venerdì 3 maggio 2024 10:00\nA: Anna\nOggetto: Pratica 1", "Grazie."),
    outlook("pt", "De: Mesa\nEnviado: sexta-feira, 3 de maio de 2024 10:00\nPara: Ana\nAssunto: Caso 1", "Obrigada."),
    outlook("nl", "Van: Balie\nVerzonden: vrijdag 3 mei 2024 10:00\nAan: Anna\nOnderwerp: Zaak 1", "Dank."),
    outlook("pl", "Od: Biuro\nWysłano: piątek, 3 maja 2024 10:00\nDo: Anna\nTemat: Sprawa 1", "Dziękuję."),
    outlook("ru", "От: Канцелярия\nОтправлено: 3 мая 2024 10:00\nКому: Анна\nТема: Дело 1", "Спасибо."),
    outlook("uk", "Від: Канцелярія\nНадіслано: 3 травня 2024 10:00\nКому: Анна\nТема: Справа 1", "Дякую."),
    outlook("sv", "Från: Kontoret\nSkickat: den 3 maj 2024 10:00\nTill: Anna\nÄmne: Ärende 1", "Tack."),
    outlook("da", "Fra: Kontoret\nSendt: 3. maj 2024 10:00\nTil: Anna\nEmne: Sag 1", "Tak."),
    outlook("nb", "Fra: Kontoret\nDato: 3. mai 2024 10:00\nTil: Anna\nEmne: Sak 1", "Takk."),
    outlook(
        "fi",
        "Lähettäjä: Toimisto\nLähetetty: 3. toukokuuta 2024 klo 10.00\nVastaanottaja: Anna\nAihe: Asia 1",
        "Kiitos.",
    ),
    outlook("cs", "Od: Kancelář\nOdesláno: pátek 3. května 2024 10:00\nKomu: Anna\nPředmět: Věc 1", "Děkuji."),
    outlook("tr", "Kimden: Ofis\nGönderildi: 3 Mayıs 2024 10:00\nKime: Anna\nKonu: Dosya 1", "Teşekkürler."),
    outlook("hu", "Feladó: Iroda\nElküldve: 2024. május 3. 10:00\nCímzett: Anna\nTárgy: Ügy 1", "Köszönöm."),
    outlook("ro", "De la: Birou\nTrimis: vineri, 3 mai 2024 10:00\nCătre: Ana\nSubiect: Cazul 1", "Mulțumesc."),
    outlook("el", "Από: Γραφείο\nΣτάλθηκε: 3 Μαΐου 2024 10:00\nΠρος: Άννα\nΘέμα: Υπόθεση 1", "Ευχαριστώ."),
    outlook("ja", "差出人: 事務局\n送信日時: 2024年5月3日 10:00\n宛先: 安奈\n件名: 案件 1", "承知しました。"),
    outlook("zh", "发件人: 办公室\n发送时间: 2024年5月3日 10:00\n收件人: 安娜\n主题: 案件 1", "好的。"),
    outlook(
        "zh qq",
        "------------------ 原始邮件 ------------------\n发件人： 办公室\n发送时间： 2024年\n收件人： 安娜",
        "好的。",
    ),
    outlook("bg", "От: Бюро\nИзпратено: петък, 3 май 2024 10:00\nДо: Анна\nОтносно: Дело 1", "Благодаря."),
    outlook("hr", "Šalje: Ured\nPoslano: petak, 3. svibnja 2024. 10:00\nPrima: Ana\nPredmet: Predmet 1", "Hvala."),
    outlook("sr", "Од: Канцеларија\nПослато: петак, 3. мај 2024. 10:00\nЗа: Ана\nНаслов: Предмет 1", "Хвала."),
    outlook("sk", "Od: Kancelária\nOdoslané: piatok 3. mája 2024 10:00\nKomu: Anna\nPredmet: Vec 1", "Ďakujem."),
    outlook("sl", "Od: Pisarna\nPoslano: petek, 03. maj 2024 10:00\nZa: Ana\nZadeva: Zadeva 1", "Hvala."),
    outlook("et", "Saatja: Kontor\nSaadetud: reede, 3. mai 2024 10:00\nAdressaat: Anna\nTeema: Asi 1", "Aitäh."),
    outlook("lv", "No: Birojs\nNosūtīts: piektdiena, 2024. gada 3. maijs 10:00\nKam: Anna\nTēma: Lieta 1", "Paldies."),
    outlook("lt", "Nuo: Biuras\nIšsiųsta: 2024 m. gegužės 3 d. 10:00\nKam: Ona\nTema: Byla 1", "Ačiū."),
    outlook("ca", "De: Oficina\nEnviat: divendres, 3 de maig de 2024 10:00\nPer a: Anna\nTema: Cas 1", "Gràcies."),
    outlook("is", "Frá: Skrifstofa\nSent: föstudagur, 3. maí 2024 10:00\nTil: Anna\nEfni: Mál 1", "Takk."),
    outlook("ar", "من: المكتب\nتم الإرسال: الجمعة 3 مايو 2024 10:00\nإلى: آنا\nالموضوع: قضية 1", "شكرا."),
    outlook("he", "\u200fמאת: המשרד\nנשלח: יום שישי 03 מאי 2024 10:00\nאל: אנה\nנושא: תיק 1", "תודה."),
    outlook("fa", "از: دفتر\nارسال\u200cشده: جمعه ۳ مه ۲۰۲۴ ۱۰:۰۰\nبه: آنا\nموضوع: پرونده ۱", "سپاس."),
    outlook("th", "จาก: สำนักงาน\nส่ง: 3 พฤษภาคม 2567 10:00\nถึง: แอนนา\nเรื่อง: คดี 1", "ขอบคุณ"),
    outlook("vi", "Từ: Văn phòng\nĐã gửi: Thứ Sáu, 3 tháng 5, 2024 10:00\nĐến: An\nChủ đề: Vụ 1", "Cảm ơn."),
    outlook(
        "vi, accents apart",
        "Tu\u031b\u0300: V\nĐa\u0303 gu\u031b\u0309i: 2024 10:00\nĐe\u0302\u0301n: A\nChu\u0309 đe\u0302\u0300: 1",
        "Ừ.",
    ),
    outlook("id", "Dari: Kantor\nTerkirim: Jumat, 3 Mei 2024 10.00\nKepada: Anna\nPerihal: Perkara 1", "Terima kasih."),
    outlook("hi", "प्रेषक: कार्यालय\nभेजा गया: 3 मई 2024 10:00\nप्रति: अन्ना\nविषय: मामला 1", "धन्यवाद।"),
    outlook(
        "ko",
        "보낸 사람: 사무실\n보낸 날짜: 2024년 5월 3일 금요일 오전 10:00\n받는 사람: 안나\n제목: 사건 1",
        "감사합니다.",
    ),
)

PHONES = (
    phone("en", "Sent from my iPhone"),
    phone("en samsung", "Sent from my Galaxy"),
    phone("en outlook", "Get Outlook for iOS<https://aka.ms/o0ukef>"),
    phone("en windows", "Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows"),
    phone("de", "Von meinem iPhone gesendet"),
    phone("fr", "Envoyé de mon iPhone"),
    phone("es", "Enviado desde mi iPhone"),
    phone("it", "Inviato da iPhone"),
    phone("pt", "Enviado do meu iPhone"),
    phone("nl", "Verstuurd vanaf mijn iPhone"),
    phone("pl", "Wysłane z iPhone'a"),
    phone("ru", "Отправлено с iPhone"),
    phone("uk", "Надіслано з iPhone"),
    phone("sv", "Skickat från min iPhone"),
    phone("da and nb", "Sendt fra min iPhone"),
    phone("fi", "Lähetetty iPhonesta"),
    phone("cs", "Odesláno z iPhonu"),
    phone("tr", "iPhone'umdan gönderildi"),
    phone("hu", "iPhone-ról küldve"),
    phone("ro", "Trimis de pe iPhone-ul meu"),
    phone("el", "Στάλθηκε από το iPhone μου"),
    phone("ja", "iPhoneから送信"),
    phone("zh-cn", "发自我的iPhone"),
    phone("zh-tw", "從我的 iPhone 傳送"),
    phone("bg", "Изпратено от моя iPhone"),
    phone("hr", "Poslano s mog iPhonea"),
    phone("sr", "Послато са мог iPhone-а"),
    phone("sk", "Odoslané z môjho iPhonu"),
    phone("sl", "Poslano iz mojega iPhona"),
    phone("et", "Saadetud minu iPhone'ist"),
    phone("lv", "Nosūtīts no mana iPhone"),
    phone("lt", "Išsiųsta iš mano „iPhone“"),
    phone("ca", "Enviat des del meu iPhone"),
    phone("is", "Sent úr iPhone-símanum mínum"),
    phone("ar", "أُرسلت من الـ iPhone الخاص بي"),
    phone("he", "נשלח מה-iPhone שלי"),
    phone("fa", "از iPhone من فرستاده شد"),
    phone("th", "ส่งจาก iPhone ของฉัน"),
    phone("vi", "Đã gửi từ iPhone của tôi"),
    phone("id", "Dikirim dari iPhone saya"),
    phone("hi", "मेरे iPhone से भेजा गया"),
    phone("ko", "나의 iPhone에서 보냄"),
)

STYLES = (
    TextAnswer("nothing around it", "Just this.\n", "Just this."),
    TextAnswer(
        "own words that look like an attribution",
        "On Monday I wrote to the court and they wrote:\nno.",
        "On Monday I wrote to the court and they wrote:\nno.",
    ),
    TextAnswer(
        "own words with a date, a time and a colon",
        "On 3 May 2024 at 10:00 I wrote to j@x.example and he wrote:\nno, never.",
        "On 3 May 2024 at 10:00 I wrote to j@x.example and he wrote:\nno, never.",
    ),
    TextAnswer(
        "own words that introduce a saying",
        "Listen.\n\nOn 3 May 2024 at 10:00 I wrote to j@x.example and he wrote:\nno, never.",
        "Listen.\n\nOn 3 May 2024 at 10:00 I wrote to j@x.example and he wrote:\nno, never.",
    ),
    TextAnswer("own words about a telephone", "It was\nsent from my iPhone", "It was\nsent from my iPhone"),
    TextAnswer(
        "own words, sent from an office",
        "See below.\n\nSent from my lawyer's office yesterday.",
        "See below.\n\nSent from my lawyer's office yesterday.",
    ),
    TextAnswer("a list with dashes", "- one\n- two\n-- three", "- one\n- two\n-- three"),
    TextAnswer(
        "labels that are no mail",
        "From: the start\nwe said no.\nTo: them it was new.",
        "From: the start\nwe said no.\nTo: them it was new.",
    ),
    TextAnswer(
        "bottom", f"On Fri, May 3, 2024 at 10:00 AM Desk <d@in.example> wrote:\n\n{Q}\nI confirm.", "I confirm."
    ),
    TextAnswer("bottom, no attribution", f"{Q}\nI confirm.", "I confirm."),
    TextAnswer(
        "bottom, with a signature",
        f"On 5/3/24 10:00, Desk wrote:\n{Q}\nI confirm.\n\n-- \nAnna\nPartner",
        "I confirm.",
    ),
    TextAnswer(
        "interleaved",
        "On 5/3/24 10:00, Desk wrote:\n> Is it you?\n\nYes.\n\n> And Bob?\n\nNo.\n\n> Regards",
        "Yes.\n\n> And Bob?\n\nNo.",
    ),
    TextAnswer(
        "interleaved after a greeting",
        "Hello,\n\nOn 5/3/24 10:00, Desk wrote:\n> Is it you?\nYes.\n> And Bob?\nNo.\n",
        "Hello,\n\nOn 5/3/24 10:00, Desk wrote:\n> Is it you?\nYes.\n> And Bob?\nNo.",
    ),
    TextAnswer(
        "a quote that the person put there", "The contract says:\n> No dogs.\n", "The contract says:\n> No dogs."
    ),
    TextAnswer("a signature", "Agreed.\n\n-- \nAnna Smith\nPartner\n+44 20 1234", "Agreed."),
    TextAnswer("a signature without its space", "Agreed.\n\n--\nAnna Smith\nPartner", "Agreed."),
    TextAnswer("a signature above the quote", f"Agreed.\n\n-- \nAnna\n\nOn 5/3/24 10:00, Desk wrote:\n{Q}", "Agreed."),
    TextAnswer("dashes above a long text", "One.\n--\n" + "more\n" * 30, "One.\n--\n" + "more\n" * 29 + "more"),
    TextAnswer("nothing but a signature", "-- \nAnna Smith", "--\nAnna Smith"),
    TextAnswer(
        "a telephone above the quote",
        f"Yes.\n\nSent from my iPhone\n\nOn 3 May 2024, at 10:00, Desk <d@in.example> wrote:\n\n{Q}",
        "Yes.",
    ),
    TextAnswer(
        "outlook on a telephone",
        f"Yes.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n{'_' * 32}\nFrom: Desk <d@x>\nSent: Friday\nTo: A\nSubject: C\n\nHello",
        "Yes.",
    ),
    TextAnswer("our marker", f"Yes.\n\n{REPLY_MARKER}\nThe hearing is on 12 May.", "Yes."),
    TextAnswer(
        "our marker, quoted", f"Yes.\n\nOn 5/3/24 10:00, Desk wrote:\n> {REPLY_MARKER}\n> The hearing\n", "Yes."
    ),
    TextAnswer(
        "our marker under an attribution",
        f"Yes.\n\nDesk wrote on 3.5.2024:\n\n{REPLY_MARKER}\nThe hearing",
        "Yes.",
    ),
    TextAnswer(
        "our marker under an attribution that is not known",
        f"Yes.\n\nDesk hat gesagt am 3.5.2024:\n\n{REPLY_MARKER}\nThe hearing",
        "Yes.\n\nDesk hat gesagt am 3.5.2024:",
    ),
    TextAnswer(
        "our marker under a known attribution",
        f"Yes.\n\nOn 3 May 2024, Desk wrote:\n\n{REPLY_MARKER}\nThe hearing",
        "Yes.",
    ),
    TextAnswer("bottom, under our marker", f"On 5/3/24 10:00, Desk wrote:\n> {REPLY_MARKER}\n> Hello\n\nYes.", "Yes."),
    TextAnswer("bottom, under our marker twice", f"{REPLY_MARKER}\n{REPLY_MARKER}\nYes.", "Yes."),
    TextAnswer(
        "nothing under the marker but our mail", f"\n\nOn 5/3/24 10:00, D wrote:\n\n{REPLY_MARKER}\nThe hearing", ""
    ),
    TextAnswer("only a quote", f"On 5/3/24 10:00, Desk wrote:\n{Q}", ""),
    TextAnswer(
        "only a quote and a telephone",
        f"Sent from my iPhone\n\n> On 3 May 2024, at 10:00, D <d@x> wrote:\n{Q}",
        "",
    ),
    TextAnswer(
        "a telephone that quotes its attribution",
        f"Yes.\n\nSent from my iPhone\n\n> On 3 May 2024, at 10:00, D <d@x> wrote:\n> \n{Q}",
        "Yes.",
    ),
    TextAnswer("only lines with signs", "> a\n> b", "> a\n> b"),
    TextAnswer(
        "an answer, the quote, and a notice of the gateway",
        f"Yes.\n\nOn 5/3/24 10:00, Desk wrote:\n{Q}\nThis email is confidential and may be privileged.",
        "Yes.",
    ),
    TextAnswer(
        "an answer, the quote, and the footer of a list",
        f"Yes.\n\nOn 5/3/24 10:00, Desk wrote:\n{Q}\n{'_' * 47}\nteam mailing list\nteam@x.example",
        "Yes.",
    ),
    TextAnswer(
        "a word of a notice in an answer below",
        f"Hello.\n\nOn 5/3/24 10:00, Desk wrote:\n{Q}\nThese papers are confidential and privileged.",
        f"Hello.\n\nOn 5/3/24 10:00, Desk wrote:\n{Q}\nThese papers are confidential and privileged.",
    ),
    TextAnswer(
        "a notice of the firm under one's own words",
        "Yes.\n\nAnna\n\nThis e-mail and any files with it are confidential. If you have received this in error,\nplease notify the sender.",
        "Yes.\n\nAnna",
    ),
    TextAnswer(
        "a notice of the firm and a plea for trees above a header block",
        "Ja.\n\nDiese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, löschen Sie sie."
        "\n\nDenken Sie an die Umwelt, bevor Sie drucken.\n\nVon: B\nGesendet: Freitag 10:00\nAn: A\nBetreff: F\n\nHallo",
        "Ja.",
    ),
    TextAnswer(
        "the footer of a list under one's own words",
        f"Agreed.\n\n{'_' * 47}\nteam mailing list\nhttps://lists.x.example/mailman/listinfo/team",
        "Agreed.",
    ),
    TextAnswer(
        "the footer of a group",
        "Agreed.\n\n-- \nYou received this message because you are subscribed to the group.\nTo unsubscribe, write to x@y.example.",
        "Agreed.",
    ),
    TextAnswer("white space only", " \n\u00a0\n\t\n", ""),
    TextAnswer("empty", "", ""),
    TextAnswer("windows line ends", "Yes.\r\n\r\nOn 5/3/24 10:00, Desk wrote:\r\n> a\r\n", "Yes."),
    TextAnswer("indented words", "    def f():\n        pass\n", "    def f():\n        pass"),
)

FORWARDS = (
    (
        "gmail",
        "See below.\n\n---------- Forwarded message ---------\nFrom: Bo <b@x>\nDate: Fri\nSubject: S\nTo: A\n\nHello\n> old",
    ),
    ("thunderbird", "FYI\n\n-------- Forwarded Message --------\nSubject: S\nDate: Fri\nFrom: Bo\nTo: A\n\nHello"),
    ("apple", "FYI\n\nBegin forwarded message:\n\n> From: Bo <b@x>\n> Subject: S\n>\n> Hello"),
    (
        "de thunderbird",
        "Zur Kenntnis\n\n-------- Weitergeleitete Nachricht --------\nBetreff: S\nVon: Bo\nAn: A\n\nHallo",
    ),
    ("fr apple", "Pour info\n\nDébut du message transféré :\n\n> De: Bo\n> Objet: S\n>\n> Bonjour"),
    ("ru mail.ru", "К сведению\n\n-------- Пересылаемое сообщение --------\nОт кого: Бо\nКому: А\n\nПривет"),
    ("apple, all of it quoted", "FYI\n\n> Begin forwarded message:\n>\n> From: Bo\n>\n> Hello"),
    ("outlook, without a word of one's own", "From: Bo <b@x>\nSent: Friday\nTo: A\nSubject: S\n\nHello"),
)

PLAIN = (*ATTRIBUTIONS, *BLOCKS, *PHONES, *STYLES)
