# ruff: noqa: E501, RUF001  # a line of a mail stays on one line, in any script
"""Quotes and signatures in HTML as many mail programs write them: what stays is the person's own words."""

import pytest

from workers.parse.text.reply import extract_html

UPDATE = "<div>The hearing is on 12 May.</div><p>Please confirm.</p>"

#: The program, its HTML, and the own words.
QUOTES = (
    ("gmail, interface language without a row", '<div dir="ltr">Ndiyo.</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">Mnamo Ijumaa, 3 Mei 2024 saa 10:00, Desk &lt;<a href="mailto:d@in.example">d@in.example</a>&gt; aliandika:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">%s</blockquote></div>', "Ndiyo."),
    ("gmail of 2013", 'Ja, gern.<div class="gmail_extra"><br><br><div class="gmail_quote">Am 3. Mai 2024 10:00 schrieb Desk <span dir="ltr">&lt;<a href="mailto:d@in.example">d@in.example</a>&gt;</span>:<br><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">%s</blockquote></div><br></div>', "Ja, gern."),
    ("gmail, answers between", '<div class="gmail_quote"><div class="gmail_attr">El vie, 3 may 2024 a las 10:00, Desk (&lt;d@in.example&gt;) escribió:</div><blockquote class="gmail_quote">¿Viene?</blockquote><div>Sí.</div><blockquote class="gmail_quote">¿Y Ana?</blockquote><div>No.</div></div>', "Sí.\n\n> ¿Y Ana?\n\nNo."),
    ("new outlook", '<div class="elementToProof">Agreed.</div><div id="appendonsend"></div><hr style="display: inline-block; width: 98%;"><div dir="ltr" id="divRplyFwdMsg"><span style="font-family: Calibri"><b>From:</b>&nbsp;Desk &lt;d@in.example&gt;<br><b>Sent:</b>&nbsp;Friday<br><b>To:</b>&nbsp;Anna<br><b>Subject:</b>&nbsp;Case 1</span></div>%s', "Agreed."),
    ("outlook for iOS", '<div dir="ltr">D\'accord.</div><div id="ms-outlook-mobile-body-separator-line"><br></div><div id="ms-outlook-mobile-signature">Anna</div><div id="mail-editor-reference-message-container" class="ms-outlook-mobile-reference-message skipProofing"><hr><div><b>De :</b> Desk &lt;d@in.example&gt;<br><b>Envoyé :</b> vendredi<br><b>Objet :</b> Case 1</div>%s</div>', "D'accord."),
    ("outlook, style rewritten by a browser", '<p class="MsoNormal">Sim.</p><div style="border-right: none; border-bottom: none; border-left: none; border-image: initial; border-top: 1pt solid rgb(225, 225, 225); padding: 3pt 0cm 0cm;"><p class="MsoNormal"><b>De:</b> Desk &lt;d@in.example&gt;<br><b>Enviada:</b> sexta-feira<br><b>Assunto:</b> Case 1</p></div>%s', "Sim."),
    ("outlook, style rewritten by firefox", '<p class="MsoNormal">Sim.</p><div style="border-width: 1pt medium medium; border-style: solid none none; border-color: rgb(181, 196, 223) currentcolor currentcolor; padding: 3pt 0cm 0cm;"><p class="MsoNormal"><b>Fon:</b> Desk &lt;d@in.example&gt;<br><b>Dag:</b> 3<br><b>Ding:</b> Case 1</p></div>%s', "Sim."),
    ("windows mail", '<div>Top.</div><div><br></div><div style="padding-top: 5px; border-top-color: rgb(229, 229, 229); border-top-width: 1px; border-top-style: solid;"><div><font face="Segoe UI"><b>Von:</b>&nbsp;<a href="mailto:d@in.example">Desk</a><br><b>Gesendet:</b>&nbsp;Freitag, 3. Mai 2024 10:00<br><b>An:</b>&nbsp;Anna<br><b>Betreff:</b> Case 1</font></div></div><div>%s</div>', "Top."),
    ("apple mail", '<body style="overflow-wrap: break-word; line-break: after-white-space;">Certo.<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>Il giorno 3 mag 2024, alle ore 10:00, Desk &lt;d@in.example&gt; ha scritto:</div><br class="Apple-interchange-newline"><div>%s</div></blockquote></div><br></body>', "Certo."),
    ("iphone", '<body dir="auto">Sure<br><br><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">On May 3, 2024, at 10:00, Desk &lt;d@in.example&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">﻿%s</div></blockquote></body>', "Sure"),
    ("thunderbird", '<p>Rendben.</p><div class="moz-cite-prefix">2024. 05. 03. 10:00 keltezéssel, Desk írta:<br></div><blockquote type="cite" cite="mid:1@in.example">%s</blockquote>', "Rendben."),
    ("yahoo", '<div class="ydp1yahoo-style-wrap"><div dir="ltr">Ok.</div></div><div id="ydp2yahoo_quoted_1" class="ydp2yahoo_quoted"><div><div>On Friday, May 3, 2024 at 10:00:00 AM GMT+2, Desk &lt;d@in.example&gt; wrote:</div><div>%s</div></div></div>', "Ok."),
    ("yahoo on android", 'Fine with me<br><br><p style="font-size: 12px;"><a href="https://mail.onelink.me/1">Yahoo Mail: Search, Organize, Conquer</a></p><blockquote style="margin: 0 0 20px 0;"><div style="font-family:Roboto, sans-serif; color:#6D00F6;"><div>On Fri, May 3, 2024 at 10:00, Desk</div><div>&lt;d@in.example&gt; wrote:</div></div><div style="padding: 10px 0 0 20px; margin: 10px 0 0 0; border-left: 1px solid #6D00F6;">%s</div></blockquote>', None),
    ("proton", '<div style="font-family: Arial">Takk.</div><div class="protonmail_signature_block"><div class="protonmail_signature_block-user">Anna</div></div><div class="protonmail_quote">fredag 3. mai 2024 kl. 10:00 AM, skrev Desk &lt;d@in.example&gt;:<br><blockquote class="protonmail_quote" type="cite">%s</blockquote></div>', "Takk."),
    ("zoho", '<div>Works.<br></div><div class="zmail_extra_hr" style="border-top: 1px solid rgb(204, 204, 204)"><br></div><div class="zmail_extra" data-zbluepencil-ignore="true"><div id="Zm-_Id_-Sgn1">---- On Fri, 03 May 2024 10:00:00 +0200 <b>d@in.example</b> wrote ---</div><br><blockquote id="blockquote_zmail" style="margin: 0px;">%s</blockquote></div>', "Works."),
    ("zoho, a bare blockquote under a bare address", '<div>Works.</div><div><br></div><div>---- On Fri, 03 May 2024 10:00:00 +0200 d@in.example wrote ----</div><div><br></div><blockquote style="border-left: 1px solid #0000FF; padding-left: 6px; margin:0 0 0 5px">%s</blockquote>', "Works."),
    ("fastmail", '<div style="font-family:Arial;">Klar.</div><div id="sig123456"><div class="signature">Anna</div></div><div>Am Fr, 3. Mai 2024, um 10:00, schrieb Desk:</div><blockquote type="cite" id="qt" style="">%s</blockquote>', "Klar."),
    ("superhuman", '<div><div>Works for me.</div><br><div class="gmail_signature">Anna</div><br><div class="gmail_quote">On Fri, May 03, 2024 at 10:00 AM, Desk &lt;<a href="mailto:d@in.example">d@in.example</a>&gt; wrote:<br><blockquote class="gmail_quote sh-quoted">%s</blockquote></div></div>', "Works for me."),
    ("missive", '<div>Parfait.</div><div class="missive_signature"><div>Anna</div></div><br><blockquote class="missive_quote"><div>Le 3 mai 2024 à 10:00:00, Desk (d@in.example) a écrit :</div><div>%s</div></blockquote>', "Parfait."),
    ("front", '<div>Done.</div><br><div class="front-signature">Anna</div><br><div>On May 3, 2024 at 10:00 AM GMT+2 <a href="mailto:d@in.example">d@in.example</a> wrote:<br></div><blockquote type="cite" class="front-blockquote">%s</blockquote>', "Done."),
    ("spark", '<div name="messageBodySection"><div dir="auto">Yep.</div></div><div name="messageSignatureSection"><br>Anna</div><div name="messageReplySection">On 3 May 2024 at 10:00 +0200, Desk &lt;d@in.example&gt;, wrote:<br><blockquote type="cite" class="spark_quote" style="margin: 5px; border-left: thin solid #1abc9c;">%s</blockquote></div>', "Yep."),
    ("mailbird", '<div>Goed.</div><div class="mb_sig">Anna</div><blockquote class="history_container" type="cite" style="border-left-style:solid;border-width:1px"><p style="margin:0">Op 3-5-2024 10:00:00, Desk &lt;d@in.example&gt; schreef:</p><div>%s</div></blockquote>', "Goed."),
    ("em client", '<div>Souhlas.</div><div><br></div><div>------ Původní zpráva ------</div><div>Od: "Desk" &lt;d@in.example&gt;</div><div>Komu: anna@x.example</div><div>Datum: 03.05.2024 10:00:00</div><div>Předmět: Case 1</div><div id="x1"><blockquote cite="1@in.example" type="cite" class="cite2">%s</blockquote></div>', "Souhlas."),
    ("samsung", '<div dir="auto">Ok dziękuję</div><div dir="auto"><br></div><div id="composer_signature" dir="auto">Wysłano z mojego Galaxy</div><div><br></div><div style="font-size:100%;color:#000000" dir="auto"><!-- originalMessage --><div>-------- Oryginalna wiadomość --------</div><div>Od: Desk &lt;d@in.example&gt; </div><div>Data: 03.05.2024  10:00  (GMT+01:00) </div><div>Do: anna@x.example </div><div>Temat: Case 1 </div><div><br></div></div>%s', "Ok dziękuję"),
    ("edison", '<div id="edo-message"><div>Ok</div></div><div id="edo-signature">Anna</div><div id="edo-original"><div><blockquote style="margin:1ex 0 0 0;border-left:1px #ccc solid;padding-left:0.5ex"><div>On Friday, May 03, 2024 at 10:00 AM, Desk &lt;<a href="mailto:d@in.example">d@in.example</a>&gt; wrote:</div>%s</blockquote></div></div>', "Ok"),
    ("gmx", '<div style="font-family: Verdana">Alles klar.<div> <div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;"><b>Gesendet:</b>&nbsp;Freitag, 03. Mai 2024 um 10:00 Uhr<br><b>Von:</b>&nbsp;Desk &lt;d@in.example&gt;<br><b>An:</b>&nbsp;anna@x.example<br><b>Betreff:</b>&nbsp;Case 1</div><div name="quoted-content">%s</div></div></div></div>', "Alles klar."),
    ("mail.ru", '<div>Хорошо.</div><div data-signature-widget="container"><div data-signature-widget="content"><div>--<br>Анна</div></div></div><blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">Пятница, 3 мая 2024, 10:00 +03:00 от Desk &lt;d@in.example&gt;:<br>&nbsp;<div>%s</div></blockquote>', "Хорошо."),
    ("yandex, with a quoted signature", '<div>Да.</div><div>&nbsp;</div><div>&nbsp;</div><div>03.05.2024, 10:00, "Desk" &lt;d@in.example&gt;:</div><blockquote><p>%s</p></blockquote><div>&nbsp;</div>', "Да."),
    ("qq", '<div>好的。</div><div><br></div><div style="font-size: 12px;font-family: Arial Narrow;padding:2px 0 2px 0;">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="font-size: 12px;background:#efefef;padding:8px;"><div><b>发件人:</b>&nbsp;"Desk"&lt;d@in.example&gt;;</div><div><b>发送时间:</b>&nbsp;2024年5月3日</div><div><b>主题:</b>&nbsp;Case 1</div></div>%s', "好的。"),
    ("qq on a telephone", '<div>好的</div><div class="xm_mail_oringinal_describe" style="font-size: 12px"><div style="color: #959595">---原始邮件---</div><div><b>发件人:</b> "Desk"&lt;d@in.example&gt;</div></div><div id="original-content">%s</div>', "好的"),
    ("netease", '<div style="line-height:1.7">可以。</div><div style="position:relative;zoom:1"></div><div id="divNeteaseMailCard"></div><p>At 2024-05-03 10:00:00, "Desk" &lt;d@in.example&gt; wrote:</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid">%s</blockquote>', "可以。"),
    ("netease mailmaster", '<div>可以</div><div class="ntes-mailmaster-quote"><div class="J-reply" style="background-color:#f2f2f2;">---- 回复的原邮件 ----<table><tr><td>发件人</td><td>Desk</td></tr></table></div><div>%s</div></div>', "可以"),
    ("naver", '<p>네, 좋습니다.</p><p><br></p><p>-----Original Message-----<br><b>From:</b> "Desk" &lt;d@in.example&gt;<br><b>To:</b> anna@x.example<br><b>Cc:</b><br><b>Sent:</b> 2024-05-03 (금) 10:00:00 (UTC+09:00)<br><b>Subject:</b> Case 1</p>%s', "네, 좋습니다."),
    ("aliyun", '<div class="__aliyun_email_body_block">收到</div><div class="__aliyun_signature_wrap">安娜</div><blockquote style="margin-right: 0px;"><div class="__aliyun_previous_block">------------------------------------------------------------------</div><div>发件人：Desk &lt;d@in.example&gt;</div><div>发送时间：2024年5月3日</div><div>收件人：anna@x.example</div><div>主　题：Case 1</div>%s</blockquote>', "收到"),
    ("foxmail", '<div>好</div><div><hr id="FMSigSeperator" style="width: 210px; height: 1px;" color="#b5c4df" size="1" align="left"></div><div><span id="_FoxFROMNAME">安娜</span></div><blockquote style="margin-top: 0px;"><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div><b>发件人：</b> Desk &lt;d@in.example&gt;</div><div><b>主题：</b> Case 1</div></div>%s</blockquote>', None),
    ("zimbra", '<div>Bien reçu.</div><div data-marker="__SIG_POST__">Anna</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>De: </b>"Desk" &lt;d@in.example&gt;<br><b>À: </b>"Anna"<br><b>Envoyé: </b>Vendredi 3 Mai 2024 10:00:00<br><b>Objet: </b>Case 1<br></div><div data-marker="__QUOTED_TEXT__">%s</div>', "Bien reçu."),
    ("open-xchange", '<p>Passt.</p><div class="io-ox-signature"><p>Anna</p></div><blockquote type="cite"><div>Desk &lt;d@in.example&gt; hat am 03.05.2024 10:00 CEST geschrieben:</div><div><br></div><div>%s</div></blockquote>', "Passt."),
    ("roundcube", '<p>Dobrze.</p><div id="signature">-- <br>Anna</div><p id="reply-intro">W dniu 2024-05-03 10:00, Desk napisał(a):</p><blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0"><div id="replybody1">%s</div></blockquote>', "Dobrze."),
    ("mailspring", '<div>Yes please</div><signature id="local-1"><div>Anna</div></signature><div class="gmail_quote nylas-quote"><br>On May 3 2024, at 10:00 am, Desk &lt;d@in.example&gt; wrote:<br><blockquote>%s</blockquote></div>', "Yes please"),
    ("nine", '<div>Alright</div><signature-x id="signature_x"><div>Anna</div></signature-x><div id="quoted_header" style="clear:both;"><hr style="border:none;height:1px"><div><b>From:</b> Desk &lt;d@in.example&gt;<br><b>Sent:</b> Friday<br><b>Subject:</b> Case 1<br></div></div><br>%s', "Alright"),
    ("newton", '<div>Thx</div><div class="cm_signature">Anna</div><br><div class="cm_quote" style="color: #787878">On Fri, May 3, 2024 at 10:00am, Desk &lt;<a href="mailto:d@in.example">d@in.example</a>&gt; wrote:</div><br><div id="oldcontent"><blockquote style="">%s</blockquote></div>', "Thx"),
    ("canary", '<div id="CanaryBody">Good</div><div id="CanarySig">Anna</div><blockquote id="CanaryBlockquote"><div>On Friday, May 03, 2024 at 10:00 AM, Desk &lt;<a href="mailto:d@in.example">d@in.example</a>&gt; wrote:</div><div>%s</div></blockquote>', "Good"),
    ("fairemail", '<p>Prima.</p><div class="fairemail_signature">Anna</div><div class="fairemail_quote"><p>Op 3 mei 2024 10:00:00 CEST schreef Desk &lt;d@in.example&gt;:</p><blockquote dir="ltr" style="margin:0;border-left:3px solid #ccc; padding-left:3px">%s</blockquote></div>', "Prima."),
    ("seznam", '<div>Ano.</div><aside>---------- Původní e-mail ----------<br>Od: Desk &lt;d@in.example&gt;<br>Komu: anna@x.example<br>Datum: 3. 5. 2024 10:00:00<br>Předmět: Case 1</aside><blockquote data-email="d@in.example">%s</blockquote>', "Ano."),
    ("freshdesk", '<div>Bedankt</div><div class="freshdesk_quote"><blockquote class="freshdesk_quote">On Fri, 3 May at 10:00 AM , Desk &lt;d@in.example&gt; wrote:<br>%s</blockquote></div>', "Bedankt"),
    ("an unknown program that says quote in its class", '<div>Tamam.</div><div class="acme-mail-quote"><div>3 Mayıs 2024 10:00 Desk &lt;d@in.example&gt;:</div><div>%s</div></div>', "Tamam."),
    ("hey", '<div>Sounds good</div><br><div>On May 3, 2024, Desk &lt;d@in.example&gt; wrote:</div><blockquote><div>%s</div></blockquote>', "Sounds good"),
    ("polymail", '<div>Agreed</div><div class="polymail-quote"><div>On May 3, 2024, 10:00 AM +0200, Desk &lt;d@in.example&gt;, wrote:</div><blockquote>%s</blockquote></div>', "Agreed"),
    ("verse", '<div class="domino-section">Einverstanden.</div><div class="history-container"><div class="history-quote-div"><div>"Desk" ---03.05.2024 10:00:00---</div><div>Von: "Desk" &lt;d@in.example&gt;</div><div>An: anna@x.example</div><div>Datum: 03.05.2024 10:00</div><div>Betreff: Case 1</div>%s</div></div>', "Einverstanden."),
    ("a bar around the attribution in an unknown language", '<div>Awọn.</div><blockquote style="border-left: 2px solid blue">Desk d@in.example, 2024/05/03 10:00:<br>%s</blockquote>', "Awọn."),
)  # fmt: skip


@pytest.mark.parametrize(("program", "html", "own"), QUOTES, ids=[row[0] for row in QUOTES])
def test_the_quote_of_a_program_is_cut(program: str, html: str, own: str | None) -> None:
    text = extract_html(html.replace("%s", UPDATE)).text
    assert "hearing" not in text
    assert "Please confirm" not in text
    assert own is None or text == own


#: What looks like a quote, and is what the person wrote or set off on purpose: it stays.
KEPT = (
    ("gmail's quote button", '<div dir="ltr">The contract says<div><br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">%s</blockquote></div>'),
    ("gmail's quote button, with a colon", '<div dir="ltr">They told me:<blockquote class="gmail_quote" style="border-left:1px solid">%s</blockquote></div>'),
    ("gmail's indentation", '<div dir="ltr">The clause<blockquote style="margin:0 0 0 40px;border:none;padding:0px">%s</blockquote></div>'),
    ("outlook's quote button", '<div>Der Vermieter schreibt</div><blockquote style="border-left: 3px solid rgb(200, 200, 200); padding-left: 1ex; margin-left: 0.8ex;">%s</blockquote>'),
    ("proton's quote button", '<div>Voici la lettre</div><blockquote style="border-left: 3px solid rgb(200, 200, 200); border-color: rgb(200, 200, 200); padding-left: 10px;">%s</blockquote>'),
    ("a cited text under a colon", "<p>my landlord told me this:</p><blockquote type=cite>%s</blockquote>"),
    ("a cited text under a full-width colon", "<p>房东说：</p><blockquote type=cite>%s</blockquote>"),
    ("a cited text under a colon and an empty line", "<p>Hier was er schrijft:</p><p><br></p><blockquote type=cite>%s</blockquote>"),
    ("a cited text under a colon in a list", "<ul><li>they say:</li></ul><blockquote type=cite>%s</blockquote>"),
    ("a bar under a colon", '<div>Il proprietario dice:</div><blockquote style="border-left:2px solid grey">%s</blockquote>'),
    ("a blockquote without any sign", "<p>Here is the clause</p><blockquote>%s</blockquote>"),
    ("a pull quote by its class, without an attribution", '<p>I saw this</p><div class="post-quote">%s</div>'),
    ("the mark of Outlook at the end, and words below it", '<div>First.</div><div id="appendonsend"></div><div>%s</div>'),
    ("an indented list with labels", "<p>The tenant:</p><blockquote>Name: Bo<br>Phone: 030 123456<br>%s</blockquote>"),
    ("an indented journey", "<p>My journey</p><blockquote>From: London<br>To: Paris<br>Date: 3 May<br>%s</blockquote>"),
    ("a barred list with labels", '<p>The tenant</p><blockquote style="border-left:2px solid grey">Name: Bo<br>Mail: b@x.example<br>%s</blockquote>'),
    ("an indented sentence with a date", "<p>So it was</p><blockquote>On 3 May 2024 I asked them:<br>%s</blockquote>"),
    ("a line above, without a header", '<p>Totals</p><div style="border:none;border-top:solid black 1.0pt;padding:3pt 0cm 0cm 0cm">%s</div>'),
)  # fmt: skip


@pytest.mark.parametrize(("name", "html"), KEPT, ids=[row[0] for row in KEPT])
def test_what_a_person_set_off_stays(name: str, html: str) -> None:
    text = extract_html(html.replace("%s", UPDATE)).text
    assert "The hearing is on 12 May." in text
    assert "Please confirm." in text


@pytest.mark.parametrize(("name", "html"), KEPT[:5], ids=[row[0] for row in KEPT[:5]])
def test_words_below_what_a_person_set_off_stay_in_order(name: str, html: str) -> None:
    text = extract_html(html.replace("%s", UPDATE) + "<div>Is that right?</div>").text
    assert text.index("hearing") < text.index("Is that right?")
