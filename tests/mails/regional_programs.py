# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
"""Whole mails from programs of one country or with an unusual style, and forwards, as each program sends them.

Longer than other files, as it is a table.
"""

from tests.mails.answer import Answer, Wire

_Q = "> The hearing is on 12 May.\n> Can you come?\n"
_OWN = "Yes, I can.\n\nI bring the papers."
_DIVS = "<div>Yes, I can.</div><div><br></div><div>I bring the papers.</div>"
_ASKED = "<div>The hearing is on 12 May.</div><div>Can you come?</div>"
_8BIT = Wire("utf-8", "8bit")
_BASE64 = Wire("utf-8", "base64")
_KOI8 = Wire("koi8-r", "8bit")
_RU = "Да, смогу.\n\nДокументы принесу."
_RU_DIVS = "<div>Да, смогу.</div><div>&nbsp;</div><div>Документы принесу.</div>"

_REPLIES = (
    Answer(
        "yandex",
        "ru",
        "top",
        _RU,
        "",
        f'{_RU_DIVS}<div>&nbsp;</div><div>03.05.2024, 10:00, "Канцелярия" &lt;desk@in.example&gt;:</div><blockquote><p>Заседание 12 мая.</p></blockquote>',
        _8BIT,
        "X-Mailer: Yamail [ http://yandex.ru ] 5.0",
    ),
    Answer(
        "yandex on a telephone",
        "ru",
        "top",
        _RU,
        "",
        f'{_RU_DIVS}<br><div>-- <br>Отправлено из мобильного приложения Яндекс Почты</div><br>03.05.2024, 10:00, Канцелярия &lt;desk@in.example&gt;:<br><blockquote class="iw-quote">Заседание 12 мая.</blockquote>',
        _BASE64,
    ),
    Answer(
        "mail.ru",
        "ru",
        "top",
        _RU,
        f"{_RU}\n\n>Пятница, 3 мая 2024, 10:00 +03:00 от Канцелярия <desk@in.example>:\n>\n>Заседание 12 мая.\n",
        f'<HTML><BODY>{_RU_DIVS}<div>&nbsp;</div><blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">Пятница, 3 мая 2024, 10:00 +03:00 от Канцелярия &lt;desk@in.example&gt;:<br><div id=""><p>Заседание 12 мая.</p></div></blockquote></BODY></HTML>',
        _BASE64,
        "X-Mailer: Mail.Ru Mailer 1.0",
    ),
    Answer(
        "the bat",
        "ru",
        "top",
        _RU,
        f"{_RU}\n\nВы писали 3 мая 2024 г., 10:00:00:\n\nК> Заседание 12 мая.\nК> Вы придёте?\n\n-- \nС уважением,\n Анна\n",
        "",
        _KOI8,
        "X-Mailer: The Bat! (v10)",
    ),
    Answer(
        "web.de",
        "de",
        "top",
        "Ja, ich komme.\n\nDie Unterlagen bringe ich mit.",
        'Ja, ich komme.\n\nDie Unterlagen bringe ich mit.\n\nGesendet: Freitag, 03. Mai 2024 um 10:00 Uhr\nVon: "Kanzlei" <desk@in.example>\nAn: anna@x.example\nBetreff: Fall 17\nDie Anhörung ist am 12. Mai.\n',
        '<html><head></head><body><div style="font-family: Verdana;font-size: 12.0px;"><div>Ja, ich komme.</div><div>&nbsp;</div><div>Die Unterlagen bringe ich mit.</div><div>&nbsp;<div>&nbsp;<div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;"><b>Gesendet:</b>&nbsp;Freitag, 03. Mai 2024 um 10:00 Uhr<br/><b>Von:</b>&nbsp;Kanzlei &lt;desk@in.example&gt;<br/><b>Betreff:</b>&nbsp;Fall 17</div><div name="quoted-content">Die Anhörung ist am 12. Mai.</div></div></div></div></div></body></html>',
    ),
    Answer(
        "gmx on a telephone",
        "de",
        "top",
        "Ja, ich komme.",
        "Ja, ich komme.\n\n-- \nDiese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.\n\nAm 03.05.24, 10:00 schrieb Kanzlei <desk@in.example>:\n\n> Die Anhörung ist am 12. Mai.\n",
        '<html><head></head><body>Ja, ich komme.<br>-- <br>Diese Nachricht wurde von meinem Android Mobiltelefon mit <b>GMX Mail</b> gesendet.<br><br><div class="gmail_quote">Am 03.05.24, 10:00 schrieb Kanzlei &lt;desk@in.example&gt;:<blockquote class="gmail_quote">Die Anhörung</blockquote></div></body></html>',
    ),
    Answer(
        "t-online",
        "de",
        "top",
        "Ja, ich komme.",
        'Ja, ich komme.\n\n-----Original-Nachricht-----\nBetreff: Fall 17\nDatum: 2024-05-03T10:00:00+0200\nVon: "Kanzlei" <desk@in.example>\nAn: "anna@x.example" <anna@x.example>\n\nDie Anhörung ist am 12. Mai.\n',
        wire=Wire("iso-8859-1", "8bit"),
    ),
    Answer(
        "orange",
        "fr",
        "top",
        "Oui, je viendrai.",
        'Oui, je viendrai.\n\n> Message du 03/05/24 10:00\n> De : "Greffe" <desk@in.example>\n> A : anna@x.example\n> Copie à :\n> Objet : Dossier 17\n>\n> L\'audience est le 12 mai.\n',
    ),
    Answer(
        "qq",
        "zh",
        "top",
        "好的，我会来。",
        '好的，我会来。\n\n\n------------------ 原始邮件 ------------------\n发件人: "办公室" <desk@in.example>;\n发送时间: 2024年5月3日(星期五) 上午10:00\n收件人: "安娜"<anna@x.example>;\n主题: 案件17\n\n听证会在5月12日。\n',
        '<div>好的，我会来。</div><div><br></div><div><div style="font-size: 12px;font-family: Arial Narrow;padding:2px 0 2px 0;">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="font-size: 12px;background:#efefef;padding:8px;"><div><b>发件人:</b>&nbsp;"办公室"&lt;desk@in.example&gt;;</div><div><b>发送时间:</b>&nbsp;2024年5月3日(星期五) 上午10:00</div><div><b>收件人:</b>&nbsp;"安娜"&lt;anna@x.example&gt;;</div><div><b>主题:</b>&nbsp;案件17</div></div><div><br></div><div>听证会在5月12日。</div></div>',
        Wire("gb18030", "base64"),
        "X-Mailer: QQMail 2.x",
    ),
    Answer(
        "163",
        "zh",
        "top",
        "好的，我会来。",
        '好的，我会来。\n\n\n\n\n\n\n\n在 2024-05-03 10:00:00，"办公室" <desk@in.example> 写道：\n\n听证会在5月12日。\n',
        '<div style="line-height:1.7;color:#000000;font-size:14px;font-family:Arial"><div>好的，我会来。</div><br><div style="position:relative;zoom:1"></div><br><pre>\n在 2024-05-03 10:00:00，"办公室" &lt;desk@in.example&gt; 写道：</pre><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid">听证会</blockquote></div>',
        Wire("gb18030", "base64"),
        "X-Mailer: Coremail Webmail Server",
    ),
    Answer(
        "foxmail",
        "zh",
        "top",
        "好的，我会来。",
        "好的，我会来。\n\n\n\n发件人： 办公室\n发送时间： 2024-05-03 10:00\n收件人： anna\n主题： 案件17\n听证会在5月12日。\n",
        wire=Wire("gb18030", "base64"),
        program="X-Mailer: Foxmail 7.2.25",
    ),
    Answer(
        "naver",
        "ko",
        "top",
        "네, 갈 수 있습니다.",
        '네, 갈 수 있습니다.\n\n-----Original Message-----\nFrom: "사무실" <desk@in.example>\nTo: <anna@x.example>;\nCc:\nSent: 2024-05-03 (금) 10:00:00 (GMT+09:00)\nSubject: 사건 17\n\n심리는 5월 12일입니다.\n',
        wire=_BASE64,
    ),
    Answer(
        "yahoo",
        "en",
        "top",
        _OWN,
        f"{_OWN}\n\n    On Friday, May 3, 2024 at 10:00:00 AM GMT+2, Desk <desk@in.example> wrote:  \n \n The hearing is on 12 May.\nCan you come?\n",
        f'<div class="ydp1yahoo-style-wrap" style="font-family:Helvetica"><div dir="ltr" data-setdir="false">Yes, I can.</div><div><br></div><div>I bring the papers.</div></div><div id="ydp2yahoo_quoted_17" class="ydp2yahoo_quoted"><div><div>On Friday, May 3, 2024 at 10:00:00 AM GMT+2, Desk &lt;desk@in.example&gt; wrote:</div><div><br></div><div>{_ASKED}</div></div></div>',
        _8BIT,
        "X-Mailer: WebService/1.1.22256 YMailNorrin",
    ),
    Answer(
        "aol on a telephone",
        "en",
        "top",
        "Yes, I can.",
        "Yes, I can.\n\nSent from AOL on Android \n \n  On Fri, 3 May 2024 at 10:00, Desk<desk@in.example> wrote:   The hearing is on 12 May.  \n",
    ),
    Answer(
        "proton",
        "en",
        "top",
        _OWN,
        f"{_OWN}\n\nSent with [Proton Mail](https://proton.example/) secure email.\n\nOn Friday, May 3rd, 2024 at 10:00 AM, Desk <desk@in.example> wrote:\n\n{_Q}",
        f'<div style="font-family: Arial, sans-serif; font-size: 14px;">Yes, I can.</div><div style="font-family: Arial"><br></div><div style="font-family: Arial">I bring the papers.</div><div class="protonmail_signature_block" style="font-family: Arial"><div class="protonmail_signature_block-proton">Sent with <a href="https://proton.example/">Proton Mail</a> secure email.</div></div><div class="protonmail_quote">On Friday, May 3rd, 2024 at 10:00 AM, Desk &lt;desk@in.example&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">{_ASKED}</blockquote><br></div>',
    ),
    Answer(
        "tuta",
        "en",
        "top",
        _OWN,
        f"{_OWN}\n\n-- \n Sent with Tuta; enjoy secure & ad-free emails.\n\n3 May 2024, 10:00 by desk@in.example:\n\n{_Q}",
        f'{_DIVS}<div><br></div><div class="tutanota_signature">-- <br>Sent with Tuta.</div><div><br></div><div>3 May 2024, 10:00 by desk@in.example:<br></div><blockquote class="tutanota_quote" style="border-left: 1px solid #93A3B8; padding-left: 10px; margin-left: 5px;">{_ASKED}</blockquote>',
    ),
    Answer(
        "zoho",
        "en",
        "top",
        _OWN,
        f"{_OWN}\n\n\n\n---- On Fri, 03 May 2024 10:00:00 +0200 Desk <desk@in.example> wrote ---\n\n\n{_Q}",
        f'<div style="font-family: Verdana, Arial; font-size: 10pt;">{_DIVS}<div><br></div><div class="zmail_extra_hr"><br></div><div class="zmail_extra" data-zbluepencil-ignore="true"><div id="Zm-_Id_-Sgn1">---- On Fri, 03 May 2024 10:00:00 +0200 <b>Desk &lt;desk@in.example&gt;</b> wrote ---<br></div><div><br></div><blockquote id="blockquote_zmail">{_ASKED}</blockquote></div></div>',
        _BASE64,
        "X-Mailer: Zoho Mail",
    ),
    Answer(
        "fastmail",
        "en",
        "top",
        _OWN,
        f"{_OWN}\n\nOn Fri, 3 May 2024, at 10:00 AM, Desk wrote:\n{_Q}",
        f'<!DOCTYPE html><html><body>{_DIVS}<div><br></div><div>On Fri, 3 May 2024, at 10:00 AM, Desk wrote:<br></div><blockquote type="cite" id="qt">{_ASKED}</blockquote></body></html>',
    ),
    Answer(
        "roundcube",
        "en",
        "bottom",
        "Yes, I can.",
        f"On 2024-05-03 10:00, Desk wrote:\n{_Q}\nYes, I can.\n",
        f'<html><body><p id="reply-intro">On 2024-05-03 10:00, Desk wrote:</p><blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0">{_ASKED}</blockquote><p>Yes, I can.</p></body></html>',
        _8BIT,
        "User-Agent: Roundcube Webmail/1.6",
    ),
    Answer(
        "spark",
        "en",
        "top",
        _OWN,
        f"{_OWN}\n\nOn 3 May 2024 at 10:00 +0200, Desk <desk@in.example>, wrote:\n{_Q}",
        f'<html><body><div name="messageBodySection">{_DIVS}</div><div name="messageSignatureSection"><br /><div class="matchFont">Sent with <a href="https://spark.example">Spark</a></div></div><div name="messageReplySection">On 3 May 2024 at 10:00 +0200, Desk &lt;desk@in.example&gt;, wrote:<br /><blockquote type="cite" style="border-left-color: grey; border-left-width: thin; border-left-style: solid; margin: 5px 5px;padding-left: 10px;">{_ASKED}</blockquote></div></body></html>',
        Wire("utf-8", "quoted-printable"),
        "X-Readdle-Message-ID: 1",
    ),
    Answer(
        "airmail",
        "en",
        "top",
        _OWN,
        f"{_OWN}\n\nOn 3 May 2024 at 10:00:00, Desk (desk@in.example) wrote:\n\n{_Q}",
        f'<html><body>{_DIVS}<br><div class="bloop_sign" id="bloop_sign_1"></div><br><p class="airmail_on">On 3 May 2024 at 10:00:00, Desk (<a href="mailto:desk@in.example">desk@in.example</a>) wrote:</p><blockquote type="cite" class="clean_bq"><span>{_ASKED}</span></blockquote></body></html>',
    ),
    Answer(
        "k-9",
        "en",
        "top",
        "Yes, I can.",
        f"Yes, I can.\n\nOn 3 May 2024 10:00:00 CEST, Desk <desk@in.example> wrote:\n{_Q}\n-- \nSent from my Android device with K-9 Mail. Please excuse my brevity.\n",
        f'<html><head></head><body><div dir="auto">Yes, I can.</div><br><br><div class="gmail_quote"><div dir="auto">On 3 May 2024 10:00:00 CEST, Desk &lt;desk@in.example&gt; wrote:</div><blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204); padding-left: 1ex;">{_ASKED}</blockquote></div><div style="white-space: pre-wrap"><div class="k9mail-signature">-- <br>Sent from my Android device with K-9 Mail. Please excuse my brevity.</div></div></body></html>',
        _8BIT,
    ),
    Answer(
        "windows mail",
        "de",
        "top",
        "Ja, ich komme.",
        "Ja, ich komme.\n\nGesendet von Mail<https://go.microsoft.com/fwlink/?LinkId=550986> für Windows\n\nVon: Kanzlei<mailto:desk@in.example>\nGesendet: Freitag, 3. Mai 2024 10:00\nAn: Anna<mailto:anna@x.example>\nBetreff: Fall 17\n\nDie Anhörung\n",
        '<html><body lang="DE"><div class="WordSection1"><p class="MsoNormal">Ja, ich komme.</p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Gesendet von <a href="https://go.microsoft.com/fwlink/?LinkId=550986">Mail</a> für Windows</p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div style="mso-element:para-border-div;border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal" style="border:none;padding:0cm"><b>Von: </b><a href="mailto:desk@in.example">Kanzlei</a><br><b>Gesendet: </b>Freitag, 3. Mai 2024 10:00<br><b>An: </b>Anna<br><b>Betreff: </b>Fall 17</p></div><p class="MsoNormal">Die Anhörung</p></div></body></html>',
        Wire("iso-8859-1", "quoted-printable"),
    ),
    Answer(
        "outlook for mac",
        "en",
        "top",
        _OWN,
        f"{_OWN}\n\nFrom: Desk <desk@in.example>\nDate: Friday, 3 May 2024 at 10:00\nTo: Anna Smith <anna@x.example>\nSubject: Case 17\nThe hearing is on 12 May.\n",
        f'<html><body style="word-wrap: break-word;">{_DIVS}<div><br></div><span id="OLK_SRC_BODY_SECTION"><div style="font-family:Calibri; border-top: #b5c4df 1pt solid;"><span style="font-weight:bold">From: </span> Desk &lt;desk@in.example&gt;<br><span style="font-weight:bold">Date: </span> Friday, 3 May 2024<br><span style="font-weight:bold">Subject: </span> Case 17<br></div>{_ASKED}</span></body></html>',
    ),
    Answer(
        "new outlook for mac",
        "en",
        "top",
        _OWN,
        "",
        f'<html><body><div class="WordSection1">{_DIVS}<div><br></div><div id="mail-editor-reference-message-container"><div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From: </b>Desk &lt;desk@in.example&gt;<br><b>Date: </b>Friday, 3 May 2024<br><b>Subject: </b>Case 17</p></div>{_ASKED}</div></div></div></body></html>',
    ),
    Answer(
        "lotus notes",
        "en",
        "top",
        _OWN,
        f'{_OWN}\n\n\n\nFrom:\t"Desk" <desk@in.example>\nTo:\tAnna Smith/Smith LLP@SMITH\nDate:\t03/05/2024 10:00\nSubject:\tCase 17\n\n\n\nThe hearing is on 12 May.\n',
        wire=Wire("us-ascii", "7bit"),
        program="X-Mailer: HCL Notes Release 12.0",
    ),
    Answer(
        "groupwise",
        "en",
        "top",
        _OWN,
        f"{_OWN}\n\n>>> Desk <desk@in.example> 5/3/2024 10:00 AM >>>\nThe hearing is on 12 May.\nCan you come?\n",
        wire=Wire("us-ascii", "7bit"),
        program="X-Mailer: Novell GroupWise Internet Agent 18",
    ),
    Answer(
        "mutt",
        "en",
        "between",
        "Yes.\n\n> Can you come?\n\nI can.",
        "On Fri, May 03, 2024 at 10:00:00AM +0200, Desk wrote:\n> Is it you?\n\nYes.\n\n> Can you come?\n\nI can.\n\n-- \nAnna\n",
        wire=Wire("us-ascii", "7bit"),
        program="User-Agent: Mutt/2.2.12",
    ),
    Answer(
        "gnus",
        "en",
        "bottom",
        "I can.",
        f"Desk <desk@in.example> writes:\n\n{_Q}\nI can.\n\n-- \nAnna\n",
        wire=Wire("us-ascii", "7bit"),
        program="User-Agent: Gnus/5.13",
    ),
    Answer(
        "slrn",
        "en",
        "bottom",
        "I can.",
        f"On 2024-05-03, Desk <desk@in.example> wrote:\n{_Q}\nI can.\n\n-- \nAnna\n",
        wire=Wire("us-ascii", "7bit"),
    ),
    Answer(
        "outlook express",
        "en",
        "top",
        _OWN,
        f'{_OWN}\n\n\n"Desk" <desk@in.example> wrote in message\nnews:17@in.example...\n{_Q}',
        wire=Wire("us-ascii", "7bit"),
        program="X-Newsreader: Microsoft Outlook Express 6.00",
    ),
    Answer(
        "a list",
        "en",
        "top",
        "I can.",
        f"I can.\n\nOn Fri, May 3, 2024 at 10:00 AM Desk <desk@in.example> wrote:\n\n{_Q}\n{'_' * 47}\nteam mailing list -- team@lists.example\nTo unsubscribe send an email to team-leave@lists.example\n",
    ),
    Answer(
        "a firm",
        "en",
        "top",
        "I can.",
        "I can.\n\nAnna Smith\nPartner | Smith LLP\nT +44 20 7946 0958\n\nThis email and any attachments are confidential. If you are not the intended recipient, please notify the sender.\n\nFrom: Desk <desk@in.example>\nSent: Friday, May 3, 2024 10:00 AM\nTo: Anna Smith\nSubject: Case 17\n\nThe hearing is on 12 May.\n",
    ),
    Answer(
        "an antivirus",
        "de",
        "top",
        "Ja, ich komme.",
        "Ja, ich komme.\n\n-- \nDiese E-Mail wurde von Avast-Antivirussoftware auf Viren geprüft.\nwww.avast.example\n\nAm 03.05.24 um 10:00 schrieb Kanzlei:\n> Die Anhörung\n",
    ),
)

_HEAD = "From: Bo <bo@x.example>\nDate: Fri, May 3, 2024 at 9:00 AM\nSubject: Fence\nTo: Anna <anna@x.example>"
_HEAD_HTML = "From: Bo &lt;bo@x.example&gt;<br>Date: Fri, May 3, 2024 at 9:00 AM<br>Subject: Fence<br>To: Anna"

#: Forwarded text is content: all of the text stays.
_FORWARDS = (
    ("gmail", "en", f"See what Bo says.\n\n---------- Forwarded message ---------\n{_HEAD}\n\n\nThe fence is mine."),
    (
        "outlook",
        "de",
        "Siehe unten.\n\nVon: Bo <bo@x.example>\nGesendet: Freitag\nAn: Anna\nBetreff: Zaun\n\nDer Zaun ist meiner.",
    ),
    (
        "apple mail",
        "fr",
        "Pour information.\n\nDébut du message transféré :\n\n> De: Bo <bo@x.example>\n> Objet: Clôture\n>\n> La clôture est à moi.",
    ),
    (
        "thunderbird",
        "es",
        "Aquí está.\n\n-------- Mensaje reenviado --------\nAsunto: \tValla\nFecha: \tFri, 3 May 2024\nDe: \tBo <bo@x.example>\nPara: \tAnna\n\nLa valla es mía.",
    ),
    (
        "mail.ru",
        "ru",
        "Вот письмо.\n\n-------- Пересылаемое сообщение --------\nОт кого: Бо <bo@x.example>\nКому: Анна\nТема: Забор\n\nЗабор мой.",
    ),
    (
        "gmail",
        "ja",
        "ご覧ください。\n\n---------- Forwarded message ---------\nFrom: Bo <bo@x.example>\nDate: 2024年5月3日(金) 9:00\nSubject: 塀\nTo: Anna\n\n塀は私のものです。",
    ),
    (
        "qq",
        "zh",
        "请看。\n\n------------------ 转发的邮件 ------------------\n发件人: Bo <bo@x.example>\n主题: 篱笆\n\n篱笆是我的。",
    ),
    (
        "outlook, without a word",
        "en",
        "From: Bo <bo@x.example>\nSent: Friday\nTo: Anna\nSubject: Fence\n\nThe fence is mine.",
    ),
)

OTHERS = (
    *_REPLIES,
    *(
        Answer(client, language, "forward", text, text + "\n", wire=_BASE64, subject="Fwd: Fence")
        for client, language, text in _FORWARDS
    ),
    Answer(
        "gmail",
        "en",
        "forward",
        "See what Bo says.\n\n---------- Forwarded message ---------\nFrom: Bo <bo@x.example>\nDate: Fri, May 3, 2024 at 9:00 AM\nSubject: Fence\nTo: Anna\n\nThe fence is mine.",
        "",
        f'<div dir="ltr">See what Bo says.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>{_HEAD_HTML}<br></div><br><div>The fence is mine.</div></div>',
        subject="Fwd: Fence",
    ),
)
