# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
"""Replies in unusual places and forms, each written by hand. A row: name, text or HTML, the own words.

The author of all is Anna Smith. Longer than other files, as it is a table.
"""

from schemas.own_mail import REPLY_MARKER
from tests.mails.plain_replies import TextAnswer

Q = "> The hearing is on 12 May.\n> Please confirm.\n"
ON = "On Fri, May 3, 2024 at 10:00 AM Desk <desk@in.example> wrote:"
NOTICE = f"""{REPLY_MARKER}

Dora Desk posted an update on case 2024-17, Smith v. Council:

The hearing is on 12 May.
Please confirm.

File: order.pdf
The case: https://cases.example/cases/17
TextAnswer this mail to post an update on the case.
"""
QUOTED_NOTICE = "".join(f"> {line}".rstrip() + "\n" for line in NOTICE.splitlines())
HTML_NOTICE = (
    f'<p style="color: #767676; font-size: small">{REPLY_MARKER}</p><p><b>Dora Desk</b> posted an update on case '
    "<b>2024-17</b>, Smith v. Council:</p>"
    '<div style="white-space: pre-wrap; border-left: 3px solid #1b6ac9; padding-left: 12px">The hearing is on 12 May.</div>'
    '<p><a href="https://cases.example/cases/17">Open the case</a></p>'
    '<p style="color: #767676; font-size: small">TextAnswer this mail to post an update on the case.</p>'
)


def kept(name: str, text: str) -> TextAnswer:
    """Returns an answer whose whole text must stay."""
    return TextAnswer(name, text, text.strip("\n"))


OURS = (
    TextAnswer("ours, gmail", f"I confirm.\n\n{ON}\n\n{QUOTED_NOTICE}", "I confirm."),
    TextAnswer(
        "ours, gmail, address broken off",
        f"I confirm.\n\nOn Fri, May 3, 2024 at 10:00 AM Dora Desk of the Legal Department <\nr-17-abcdefabcdef@in.example> wrote:\n\n{QUOTED_NOTICE}",
        "I confirm.",
    ),
    TextAnswer(
        "ours, iphone",
        f"I confirm.\n\nSent from my iPhone\n\n> On 3 May 2024, at 10:00, Desk <desk@in.example> wrote:\n> \n> \ufeff{QUOTED_NOTICE[2:]}",
        "I confirm.",
    ),
    TextAnswer(
        "ours, outlook",
        f"I confirm.\n\nFrom: Desk <desk@in.example>\nSent: Friday, May 3, 2024 10:00 AM\nTo: Anna Smith <anna@x.example>\nSubject: Case 2024-17\n\n{NOTICE}",
        "I confirm.",
    ),
    TextAnswer("ours, nothing known above the marker", f"I confirm.\n\n{NOTICE}", "I confirm."),
    TextAnswer(
        "ours, in a language that nobody taught us",
        f"Sawa.\n\nMnamo Ijumaa, 3 Mei 2024 saa 10:00 Desk <desk@in.example> aliandika:\n\n{QUOTED_NOTICE}",
        "Sawa.",
    ),
    TextAnswer("ours, answered below", f"{ON}\n\n{QUOTED_NOTICE}\nI confirm, below.", "I confirm, below."),
    TextAnswer(
        "ours, answered twice",
        f"First.\n\n{ON}\n\n> Second.\n>\n> On 2 May 2024, at 10:00, Anna Smith <a@x.example> wrote:\n>\n> > {REPLY_MARKER}\n> > The hearing\n",
        "First.",
    ),
    TextAnswer("ours, only the quote and a telephone", f"\n\nSent from my iPhone\n\n{ON}\n\n{QUOTED_NOTICE}", ""),
)

PLACES = (
    TextAnswer(
        "signature below the quote",
        f"I agree to the date.\n\n{ON}\n\n{Q}\n-- \nAnna Smith\nPartner\n",
        "I agree to the date.",
    ),
    TextAnswer(
        "top, signature, quote, disclaimer",
        f"I agree.\n\n-- \nAnna Smith\n+44 20 7946 0958\n\n{ON}\n\n{Q}\nThis e-mail and any attachments are confidential. If you are not the intended recipient, delete it.\n",
        "I agree.",
    ),
    TextAnswer(
        "disclaimer between the words and the quote",
        f"I agree.\n\nThis message is confidential and intended only for the addressee. If you have received this message in error, tell us.\n\n{ON}\n\n{Q}",
        "I agree.",
    ),
    TextAnswer(
        "two attributions, one in the other",
        f"Third.\n\n{ON}\n\n> Second.\n>\n> On Thu, May 2, 2024 at 9:00 AM Anna Smith <a@x.example> wrote:\n>\n>> First.\n",
        "Third.",
    ),
    TextAnswer(
        "two attributions without signs",
        "Third.\n\nOn Fri, May 3, 2024 at 10:00 AM Desk <desk@in.example> wrote:\nSecond.\n\nOn Thu, May 2, 2024 at 9:00 AM Anna Smith <a@x.example> wrote:\nFirst.\n",
        "Third.",
    ),
    TextAnswer(
        "gmail above outlook",
        "Third.\n\nOn Fri, May 3, 2024 at 10:00 AM Desk <desk@in.example> wrote:\n\n> Second.\n>\n> From: Anna Smith <a@x.example>\n> Sent: Thursday\n> To: Desk\n> Subject: Case\n>\n> First.\n",
        "Third.",
    ),
    TextAnswer(
        "outlook above gmail",
        "Third.\n\nFrom: Desk <desk@in.example>\nSent: Friday, May 3, 2024 10:00 AM\nTo: Anna\nSubject: Case\n\nSecond.\n\nOn Thu, May 2, 2024 at 9:00 AM Anna Smith <a@x.example> wrote:\n\n> First.\n",
        "Third.",
    ),
    TextAnswer(
        "german words, french attribution",
        "Einverstanden, danke.\n\nLe ven. 3 mai 2024 à 10:00, Bureau <desk@in.example> a écrit :\n\n> L'audience est le 12 mai.\n",
        "Einverstanden, danke.",
    ),
    TextAnswer(
        "english words under a Japanese attribution",
        "Fine with me.\n\n2024年5月3日(金) 10:00 Desk <desk@in.example>:\n\n> 審理は5月12日です。\n",
        "Fine with me.",
    ),
    TextAnswer(
        "arabic words above a Hebrew quote",
        "موافق.\n\n\u202bבתאריך יום ו׳, 3 במאי 2024 ב-10:00 מאת \u202aDesk\u202c\u200f <\u202adesk@in.example\u202c\u200f>:\u202c\n\n> הדיון ב-12 במאי.\n",
        "موافق.",
    ),
    TextAnswer(
        "an attribution without a colon, gmail on an old telephone",
        f'Yes.\nOn May 3, 2024 10:00 AM, "Desk" <desk@in.example> wrote\n\n{Q}',
        "Yes.",
    ),
    TextAnswer(
        "an attribution of mutt",
        f"* Desk <desk@in.example> [2024-05-03 10:00]:\n{Q}\nI confirm.\n",
        "I confirm.",
    ),
    TextAnswer("an attribution with only a name, interleaved", f"Desk wrote:\n{Q}\nI confirm.", "I confirm."),
    TextAnswer("no attribution, top", f"I confirm.\n\n{Q}", "I confirm."),
    TextAnswer(
        "signs with a space in front, and none behind",
        f"I confirm.\n\n{ON}\n >The hearing is on 12 May.\n >Please confirm.\n",
        "I confirm.",
    ),
    TextAnswer(
        "a quote with a wrapped line that lost its sign",
        "I confirm.\n\nOn Fri, May 3, 2024 at 10:00 AM Desk <desk@in.example> wrote:\n> The hearing is on 12 May and will be\nlong.\n> Please confirm.\n",
        "I confirm.\n\nOn Fri, May 3, 2024 at 10:00 AM Desk <desk@in.example> wrote:\n> The hearing is on 12 May and will be\nlong.",
    ),
    TextAnswer(
        "lines with a bar in front",
        "I confirm.\n\nOn Fri, May 3, 2024 at 10:00 AM Desk <desk@in.example> wrote:\n| The hearing is on 12 May.\n| Please confirm.\n",
        "I confirm.",
    ),
    TextAnswer(
        "a header block within a rule and dashes",
        "I confirm.\n\n________________________________________\nFrom: Desk [desk@in.example]\nSent: 03 May 2024 10:00\nTo: Smith, Anna\nSubject: RE: Case 17\n\nThe hearing is on 12 May.\n",
        "I confirm.",
    ),
    TextAnswer(
        "a header block in one line of stars, German",
        "Bestätigt.\n\n*Von:* Desk <desk@in.example>\n*Gesendet:* Freitag, 3. Mai 2024 10:00\n*An:* 'Anna Smith'\n*Cc:* bo@x.example\n*Betreff:* AW: Fall 17\n*Wichtigkeit:* Hoch\n\nDie Anhörung\n",
        "Bestätigt.",
    ),
    TextAnswer(
        "lotus notes",
        'I confirm.\n\n\n\nFrom:\t"Desk" <desk@in.example>\nTo:\tAnna Smith/Smith LLP@SMITH\nDate:\t03/05/2024 10:00\nSubject:\tCase 17\n\n\n\nThe hearing is on 12 May.\n',
        "I confirm.",
    ),
    TextAnswer(
        "groupwise",
        "I confirm.\n\n>>> Desk <desk@in.example> 5/3/2024 10:00 AM >>>\nThe hearing is on 12 May.\nPlease confirm.\n",
        "I confirm.",
    ),
    TextAnswer(
        "a telephone with two lines",
        "Yes.\n\nSent from Yahoo Mail on Android\n\n  On Fri, 3 May 2024 at 10:00, Desk<desk@in.example> wrote:   The hearing is on 12 May.  \n",
        "Yes.",
    ),
    TextAnswer(
        "samsung",
        "Yes.\n\nSent from my Galaxy\n\n-------- Original message --------\nFrom: Desk <desk@in.example>\nDate: 03/05/2024 10:00 (GMT+01:00)\nTo: Anna Smith <anna@x.example>\nSubject: Case 17\n\nThe hearing\n",
        "Yes.",
    ),
    TextAnswer(
        "samsung, header before the heading's blank line",
        "Ja.\n\nVon meinem Samsung Galaxy Smartphone gesendet.\n\n-------- Ursprüngliche Nachricht --------\n\nVon: Desk <desk@in.example>\n\nDatum: 03.05.24 10:00 (GMT+01:00)\n\nAn: Anna Smith <anna@x.example>\n\nBetreff: Fall 17\n\nDie Anhörung\n",
        "Ja.",
    ),
    TextAnswer(
        "a telephone right under the words",
        f"Yes, the date is fine.\nSent from my iPhone\n\n{ON}\n\n{Q}",
        "Yes, the date is fine.",
    ),
    TextAnswer("a telephone with an excuse", "Yes.\n\nSent from my mobile, please excuse typos.\n", "Yes."),
    TextAnswer(
        "name and telephone",
        "Yes.\n\nAnna\n\nSent from my iPad\n",
        "Yes.\n\nAnna",
    ),
    TextAnswer(
        "usenet, two authors",
        "In article <1@news.example>, Desk <desk@in.example> wrote:\n> Bo <bo@x.example> wrote:\n>> Is it you?\n> No.\n\nIt is me.\n-- \nAnna\n",
        "It is me.",
    ),
    TextAnswer(
        "numbered answers between numbered questions",
        f"{ON}\n> 1) Is it you?\n1) yes\n> 2) And Bob?\n2) no\n",
        "1) yes\n> 2) And Bob?\n2) no",
    ),
    TextAnswer(
        "answers behind the questions",
        f"Hello, see my answers below.\n\n{ON}\n\n> Is it you?\n\nYes.\n\n> And Bob?\n\nNo.\n\n> Regards\n> Desk\n",
        f"Hello, see my answers below.\n\n{ON}\n\n> Is it you?\n\nYes.\n\n> And Bob?\n\nNo.",
    ),
    TextAnswer(
        "forwarded and commented",
        "Here is what Bo says:\n\n---------- Forwarded message ---------\nFrom: Bo <bo@x.example>\nDate: Fri, May 3, 2024 at 9:00 AM\nSubject: Fence\nTo: Anna <anna@x.example>\n\nThe fence is mine.\n",
        "Here is what Bo says:\n\n---------- Forwarded message ---------\nFrom: Bo <bo@x.example>\nDate: Fri, May 3, 2024 at 9:00 AM\nSubject: Fence\nTo: Anna <anna@x.example>\n\nThe fence is mine.",
    ),
)

WORDS = (
    TextAnswer("one word", f"Yes\n\n{ON}\n\n{Q}", "Yes"),
    TextAnswer("a letter", f"y\n{ON}\n{Q}", "y"),
    TextAnswer("an emoji", f"👍\n\n{ON}\n\n{Q}", "👍"),
    TextAnswer("a link", f"https://x.example/fence?a=1&b=2\n\n{ON}\n\n{Q}", "https://x.example/fence?a=1&b=2"),
    TextAnswer("a number", f"120\n\n{ON}\n\n{Q}", "120"),
    TextAnswer("a question mark", f"?\n\n{ON}\n\n{Q}", "?"),
    TextAnswer("only dots", f"...\n\n{ON}\n\n{Q}", "..."),
    kept("code with signs", "Try this:\n\nfor a in b:\n    if a > 1:\n        print(a)\n\nThe sign > is the prompt."),
    kept("a diff", "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b"),
    kept("a list of dates", "On 3 May: court\nOn 4 May: bank\nOn 5 May: home"),
    kept("minutes of a meeting", "Anna wrote:\nthe fence is hers.\nBob wrote:\nit is not."),
    kept(
        "a letter typed in",
        "He wrote on 3 May 2024:\n\nDear Ms Smith,\nthe fence is mine.\nYours, Bob\n\nWhat do I do?",
    ),
    kept("to, from, date of a parcel", "From: Leeds\nTo: York\nDate: 3 May 2024\nWeight: 2 kg"),
    kept("a thank-you between dashes", "Thank you\n--\nI will be there at 10."),
    kept("a rule and an after-thought", "I agree.\n\n_________________________\n\nP.S. What about the fence?"),
    kept("an address in a sentence", "Please write to my lawyer\nBob Jones <bob@jones.example>\nand wrote:"),
    kept("a mention of a telephone", "The file was sent from my iPhone yesterday, can you see it?"),
    kept("a phone number to ring", "My mobile is\n\n+44 7700 900123\n\nRing me."),
    kept("a time with a colon at the end of a line", "The times are:\n10:00\n11:00\nWhich one is free?"),
    kept("privileged", "These letters are privileged and confidential. Do not send them to the other side."),
    kept("own name in the text", "My statement:\n\nI, the undersigned\nAnna Smith\nborn 1 May 1970\nsay this is true."),
    TextAnswer(
        "her card with a closing",
        f"I agree.\n\nBest regards,\n\nAnna Smith\nPartner\nSmith LLP | 12 High Street | London\nT: +44 20 7946 0958\n\n{ON}\n\n{Q}",
        "I agree.\n\nBest regards,",
    ),
)

FLOWED = (
    TextAnswer(
        "outlook for mac",
        "I confirm.\n\nFrom: Desk <desk@in.example>\nDate: Friday, 3 May 2024 at 10:00\nTo: Anna Smith <anna@x.example>\nSubject: Case 17\nThe hearing is on 12 May.\n",
        "I confirm.",
    ),
    TextAnswer(
        "outlook in italian",
        "Confermo.\n\nAnna\n\nDa: Desk <desk@in.example>\nInviato: venerdì 3 maggio 2024 10:00\nA: Anna Smith <anna@x.example>\nCc: Bo\nOggetto: R: Pratica 17\nPriorità: Alta\n\nL'udienza\n",
        "Confermo.\n\nAnna",
    ),
    TextAnswer(
        "windows mail, Spanish",
        "Confirmo.\n\nEnviado desde Correo<https://go.microsoft.com/fwlink/?LinkId=550986> para Windows\n\nDe: Desk<mailto:desk@in.example>\nEnviado: viernes, 3 de mayo de 2024 10:00\nPara: Anna<mailto:anna@x.example>\nAsunto: Caso 17\n\nLa vista\n",
        "Confirmo.",
    ),
    TextAnswer(
        "windows mail, German",
        "Bestätigt.\n\nGesendet von Mail<https://go.microsoft.com/fwlink/?LinkId=550986> für Windows\n\nVon: Desk<mailto:desk@in.example>\nGesendet: Freitag, 3. Mai 2024 10:00\nAn: Anna<mailto:anna@x.example>\nBetreff: Fall 17\n\nDie Anhörung\n",
        "Bestätigt.",
    ),
    TextAnswer(
        "outlook on a telephone, French",
        "Je confirme.\n\nTélécharger Outlook pour iOS<https://aka.ms/o0ukef>\n________________________________\nDe : Desk <desk@in.example>\nEnvoyé : Friday, May 3, 2024 10:00:00 AM\nÀ : Anna <anna@x.example>\nObjet : Dossier 17\n\nL'audience\n",
        "Je confirme.",
    ),
)

PLAIN = (*OURS, *PLACES, *WORDS, *FLOWED)

HTML = (
    TextAnswer(
        "ours, gmail",
        '<div dir="ltr">I confirm.</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
        f'{ON[:-7].replace("<", "&lt;").replace(">", "&gt;")} wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">'
        f'<div style="font-family:sans-serif">{HTML_NOTICE}</div></blockquote></div>',
        "I confirm.",
    ),
    TextAnswer(
        "ours, outlook for windows",
        '<div class="WordSection1"><p class="MsoNormal">I confirm.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>From:</b> '
        "Desk &lt;desk@in.example&gt; <br><b>Sent:</b> Friday, May 3, 2024 10:00 AM<br><b>To:</b> Anna Smith<br><b>Subject:</b> "
        f"Case 17<o:p></o:p></p></div>{HTML_NOTICE}</div>",
        "I confirm.",
    ),
    TextAnswer(
        "ours, iphone",
        '<html><body dir="auto">I confirm.<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div>'
        '<div dir="ltr"><br><blockquote type="cite">On 3 May 2024, at 10:00, Desk &lt;desk@in.example&gt; wrote:<br><br></blockquote></div>'
        f'<blockquote type="cite"><div dir="ltr">\ufeff{HTML_NOTICE}</div></blockquote></body></html>',
        "I confirm.",
    ),
    TextAnswer(
        "ours, answered below in thunderbird",
        '<div class="moz-cite-prefix">On 03/05/2024 10:00, Desk wrote:<br></div><blockquote type="cite" cite="mid:1@in.example">'
        f"{HTML_NOTICE}</blockquote><p>I confirm, below.</p>",
        "I confirm, below.",
    ),
    TextAnswer(
        "ours, in a web mail without any marks",
        f"<div>I confirm.</div><div>&nbsp;</div><div>Mnamo 3 Mei 2024, Desk aliandika:</div><div>{HTML_NOTICE}</div>",
        "I confirm.\n\nMnamo 3 Mei 2024, Desk aliandika:",
    ),
    TextAnswer(
        "an answer inside of a quoted table",
        '<div class="gmail_attr">On 3 May 2024 Desk &lt;d@x.example&gt; wrote:</div><blockquote class="gmail_quote"><table>'
        "<tr><td>Is it you?</td></tr></table></blockquote><div>Yes.</div>"
        '<blockquote class="gmail_quote"><table><tr><td>And Bob?</td></tr></table></blockquote>',
        "Yes.",
    ),
    TextAnswer(
        "quotes in quotes",
        '<div>Third.</div><blockquote type="cite"><div>On 3 May 2024, at 10:00, Desk &lt;d@x.example&gt; wrote:</div><div>Second.</div>'
        '<blockquote type="cite"><div>On 2 May 2024, at 9:00, Anna &lt;a@x.example&gt; wrote:</div><div>First.</div></blockquote></blockquote>',
        "Third.",
    ),
    TextAnswer(
        "a quote that never ends",
        '<div>Yes.</div><blockquote type="cite"><div>On 3 May 2024, at 10:00, Desk &lt;d@x.example&gt; wrote:<div>Hello',
        "Yes.",
    ),
    TextAnswer(
        "spark",
        '<div name="messageBodySection"><div dir="auto">I confirm.</div></div><div name="messageSignatureSection"><br />'
        '<div class="matchFont">Anna</div></div><div name="messageReplySection">On 3 May 2024 at 10:00 +0100, Desk '
        '&lt;desk@in.example&gt;, wrote:<br /><blockquote type="cite" style="border-left-color: grey; border-left-width: thin; '
        'border-left-style: solid; margin: 5px 5px;padding-left: 10px;">The hearing</blockquote></div>',
        "I confirm.",
    ),
    TextAnswer(
        "airmail",
        '<html><body><div id="bloop_customfont">I confirm.</div> <div id="bloop_sign_1714" class="bloop_sign"><div>Anna</div></div> '
        '<br><p class="airmail_on">On 3 May 2024 at 10:00:00, Desk (<a href="mailto:desk@in.example">desk@in.example</a>) wrote:</p> '
        '<blockquote type="cite" class="clean_bq"><span><div>The hearing</div></span></blockquote></body></html>',
        "I confirm.",
    ),
    TextAnswer(
        "superhuman",
        '<html><head></head><body><div><div><div><div>I confirm.<br/></div></div></div><div><div style="display:none;border:0px;width:0px;height:0px;overflow:hidden;"><img src="https://r.superhuman.example/x.gif" width="1" height="0"/></div></div><br/>'
        '<div class="gmail_signature">Sent via Superhuman</div></div><br/><div><div class="gmail_quote">On Fri, May 03, 2024 at 10:00 AM, Desk <span dir="ltr">&lt;<a href="mailto:desk@in.example">desk@in.example</a>&gt;</span> wrote:<br/>'
        '<blockquote class="gmail_quote sh-color-black sh-color" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex;">The hearing</blockquote></div></div></body></html>',
        "I confirm.",
    ),
    TextAnswer(
        "front",
        '<div><div>I confirm.</div></div><div><br></div><div class="front-signature">Anna</div><div class="front-blockquote-wrapper">'
        'On May 3, 2024, 10:00 AM GMT+1 <a href="mailto:desk@in.example">desk@in.example</a> wrote:<blockquote type="cite" class="front-blockquote">The hearing</blockquote></div>',
        "I confirm.",
    ),
    TextAnswer(
        "zoho",
        '<div style="font-family: Verdana"><div>I confirm.<br></div><div class="zmail_extra_hr" style="border-top: 1px solid rgb(204, 204, 204)"><br></div>'
        '<div class="zmail_extra" data-zbluepencil-ignore="true"><div id="Zm-_Id_-Sgn1">---- On Fri, 03 May 2024 10:00:00 +0100 <b>Desk &lt;desk@in.example&gt;</b> wrote ---<br></div><div><br></div>'
        '<blockquote id="blockquote_zmail" style="margin: 0px;"><div>The hearing</div></blockquote></div></div>',
        "I confirm.",
    ),
    TextAnswer(
        "web.de",
        '<html><head></head><body><div style="font-family: Verdana;font-size: 12.0px;"><div>Bestätigt.</div><div>&nbsp;<div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;">'
        '<div style="margin:0 0 10px 0;"><b>Gesendet:</b>&nbsp;Freitag, 03. Mai 2024 um 10:00 Uhr<br/><b>Von:</b>&nbsp;Desk &lt;desk@in.example&gt;<br/><b>An:</b>&nbsp;anna@web.example<br/><b>Betreff:</b>&nbsp;Fall 17</div>'
        '<div name="quoted-content">Die Anhörung</div></div></div></div></body></html>',
        "Bestätigt.",
    ),
    TextAnswer(
        "mail.ru, with its line",
        '<HTML><BODY>Спасибо.<div>&nbsp;</div><div data-signature-widget="container"><div data-signature-widget="content"><div>--<br>Анна</div></div></div>'
        '<blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">Пятница, 3 мая 2024, 10:00 +03:00 от Desk &lt;<a href="/compose?To=desk@in.example">desk@in.example</a>&gt;:<br>&nbsp;<div id="">The hearing</div></blockquote></BODY></HTML>',
        "Спасибо.",
    ),
    TextAnswer(
        "qq",
        '<div>好的，谢谢。</div><div><br></div><div><!--emptysign--></div><div><div style="font-size: 12px;font-family: Arial Narrow;padding:2px 0 2px 0;">------------------&nbsp;原始邮件&nbsp;------------------</div>'
        '<div style="font-size: 12px;background:#efefef;padding:8px;"><div><b>发件人:</b> "Desk" &lt;desk@in.example&gt;;</div><div><b>发送时间:</b>&nbsp;2024年5月3日(星期五) 上午10:00</div><div><b>收件人:</b>&nbsp;"Anna"&lt;anna@qq.example&gt;;</div><div><b>主题:</b>&nbsp;案件17</div></div><div><br></div><div>听证会</div></div>',
        "好的，谢谢。",
    ),
    TextAnswer(
        "163",
        '<div style="line-height:1.7;color:#000000;font-size:14px;font-family:Arial"><div>好的。</div><br><br><div style="position:relative;zoom:1"></div><div id="divNeteaseMailCard"></div><p style="margin: 0;"><br></p>'
        '<p>At 2024-05-03 10:00:00, "Desk" &lt;desk@in.example&gt; wrote:</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid">听证会</blockquote></div>',
        "好的。",
    ),
    TextAnswer(
        "text mail made HTML by a gateway",
        "<p>I confirm.</p><p>On Fri, May 3, 2024 at 10:00 AM Desk &lt;desk@in.example&gt; wrote:</p><p>&gt; The hearing is on 12 May.<br>&gt; Please confirm.</p>",
        "I confirm.",
    ),
    TextAnswer(
        "fastmail",
        '<!DOCTYPE html><html><body><div>I confirm.<br></div><div><br></div><div id="sig123" class="signature"><div>Anna</div></div><div><br></div>'
        '<div>On Fri, 3 May 2024, at 10:00 AM, Desk wrote:<br></div><blockquote type="cite" id="qt" style=""><div>The hearing</div></blockquote></body></html>',
        "I confirm.",
    ),
    TextAnswer(
        "roundcube",
        '<html><body style="font-size: 10pt"><p>I confirm.</p><div id="signature">Anna</div><p id="reply-intro">On 2024-05-03 10:00, Desk wrote:</p>'
        '<blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0"><div id="replybody1">The hearing</div></blockquote></body></html>',
        "I confirm.",
    ),
    TextAnswer(
        "hey",
        '<div class="trix-content"><div>I confirm.</div></div><div class="quoted-content"><p>On May 3, 2024, Desk &lt;desk@in.example&gt; wrote:</p><blockquote>The hearing</blockquote></div>',
        "I confirm.",
    ),
    TextAnswer(
        "new outlook",
        '<div class="elementToProof" style="font-family: Aptos">I confirm.</div><div id="appendonsend"></div><div style="font-family: Aptos"><br></div>'
        '<hr style="display: inline-block; width: 98%;"><div id="divRplyFwdMsg" dir="ltr"><span style="font-family: Calibri"><b>Från:</b>&nbsp;Desk<br><b>Skickat:</b>&nbsp;den 3 maj 2024<br><b>Till:</b> Anna<br><b>Ämne:</b> Ärende</span></div><div>Förhandlingen</div>',
        "I confirm.",
    ),
)
