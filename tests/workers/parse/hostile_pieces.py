"""Pieces of which hostile mails are made: what the patterns of the reader look for, whole and broken off."""

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.languages import LANGUAGES

_SIGNS = (
    *("a", "A", " ", "\n", "\n\n", "\t", "\u00a0", "\u3000", "-", "--", "-- \n", "_", "=", "*", "~", "#", ">", "> "),
    *(">\n", "|", "| ", "<", "(", "[", "@", ":", "\uff1a", ",", ";", ".", "...", "!", "?", "/", "&", "%", "\\", '"'),
    *("'", "1", "\u2014", "\u2022", "\u200b", "\u202b", "\u0301", "\u00ad", "\ufeff", "\u00e4", "\u0416", "\u4e00"),
    *("\u0e01", "\U0001f44d", "\u1427", "\uff1e", "\x0b", "\x85", "\u2028", "\ufffd", "\u0130", "e\u0301"),
)  # fmt: skip
_MADE = (
    *("a@b.example", "<a@b.example>", "<a@b.example", "a@", "@a", "mailto:", "<mailto:a@b", "https://x.example/a"),
    *("<https://x.example/a>", "www.", "https://", "3 May 2024", "10:00", "3.5.2024", "12/", "2024-", "GMT+1", "+1:"),
    *("On ", "On 3 May 2024 at 10:00 ", "Anna Smith", "Anna Smith\n", "wrote:", "wrote:\n", "schrieb", "\nAm "),
    *("wrote ", "On 3 May 2024 at 10:00 Anna <a@b.example> wrote:\n", "> On 3 May 2024, Anna <a@b.example> wrote:\n"),
    *("a:\n", "From: a\n", "Sent: 3 May 2024 10:00\n", "To: a@b.example\n", "Subject: a\n", "From: Anna <a@b>\n"),
    *("Date: a\n", "a: b\n", "-----Original Message-----\n", "---------- Forwarded message ---------\n"),
    *("---- a ----\n", "_____\n", "Sent from my iPhone\n", "Sent from ", "iPhone", "Get Outlook for iOS"),
    *("excuse the brevity. ", "Regards,\n", "+44 20 7946 0958\n", "confidential "),
    *("If you have received this e-mail in error, ", "[EXTERNAL]\n", "CAUTION: ", "unsubscribe ", "mailing list\n"),
    *("HL> a\n", ":\n\nHL>", ">>> ", ">>>\n", "news:a...\n", "[cid:a]", "[cid:", "[image: a]", f"{REPLY_MARKER}\n"),
    *("##- Please write", "## please", "> a line\n", "> a\nb\n", "> https://x.example/a?b=\nc\n", "|a|", "&lt;"),
    *("&#0;", "&nbsp;", "&NewLine;", "&#10;", "=?utf-8?q?a?=", "421 4.4.1 a@b ", "Feedback-Type: a\n", "METHOD:"),
    *(">From a\n", "Received: a\n", "--- a copy of ", "{", '{"a":', "Message-ID: ", "a\r", "word " * 20 + "\n"),
    "a" * 70 + "\n",
)  # fmt: skip
_WORDINGS = tuple(
    {
        f"{words[0].replace('*', 'a')} "
        for row in LANGUAGES
        for words in (row.wrote, row.you_wrote, row.mobile, row.notices, row.banners, row.footers, row.apologies)
        if words and row.code in ("en", "de", "fr", "ja", "zh", "ar", "he", "th")
    }
)
TEXT_PIECES = (*_SIGNS, *_MADE, *sorted(_WORDINGS))

_TAGS = (
    *("a", "b", "blockquote", "blockquote type=cite", "br", "div", "div class=gmail_quote", "div class=gmail_attr"),
    *("div class=gmail_signature", "div id=divRplyFwdMsg", "div id=appendonsend", "div class=zmail_extra", "font"),
    *("div name=quote", "h1", "head", "hr", "li", "ol", "ul", "p", "p class=MsoNormal", "pre", "q", "script"),
    *("style", "span style=font-size:0", "span style=display:none", "table", "td", "tr", "th", "textarea", "title"),
    *("xmp", "svg", "div style='border-left:1px solid'"),
    *("div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt'", "div role=button title='...'"),
    *("a href=https://x.example/a", "img src=cid:a", "img alt=\U0001f44d", "form", "option", "select", "template"),
    *("plaintext", "noscript", "object", "iframe", "frameset", "math", "meta charset=a", "base", "blockquote cite=a"),
    *("div class=reply", "div class='nylas-quote'", "div class=oldcontent", "signature", "body", "html"),
    *("img src='data:image/png;base64,AAAA'", "img src=\"data:image/png;base64,", "p style='border-top:1pt solid"),
)  # fmt: skip
HTML_PIECES = (
    *(f"<{tag}>" for tag in _TAGS),
    *(f"<{tag}>a" for tag in _TAGS),
    *(f"</{tag.split()[0]}>" for tag in _TAGS),
    *(f"<{tag}>a</{tag.split()[0]}>" for tag in _TAGS),
    *("<", "</", "<!", "<!--", "-->", "<!-- a -->", "<![CDATA[", "]]>", "<?", "&", "&#", "&nbsp;", "&lt;", "a", " "),
    *("\n", "<p a=b", "<p ", " a=b", " a='", "<p style='", "border-left:1px;", "class=a ", "<a href='", "<img "),
    *("data:image", "\0", "On 3 May 2024 Anna &lt;a@b.example&gt; wrote:<br>", "a:<br>", "HL&gt; a<br>"),
    *("From: a<br>", f"{REPLY_MARKER}<br>"),
)  # fmt: skip

FIELD_PIECES = (
    *("a", " ", ",", ";", ":", "<", ">", "@", ".", "(", ")", "[", "]", '"', "\\", "=", "?", "=?", "?=", "\t", "\n "),
    *("'", "a@b.example", "a@b.example, ", "<a@b.example>", "<a@b.example>, ", "A <a@b.example>, ", '"a" ', "(a) "),
    *("g:;", "[a]", "=?utf-8?q?a?=", "=?utf-8?q?a?= ", "=?utf-8?b?4pyT?= ", "=?utf-8?q?", "=?shift_jis?b?gqA=?= "),
    *("=?x?q?=FF?= ", "Mon, 3 May 2024 ", "10:00:00 ", "+0200 ", "1", "-", "<a@b> ", "a;", "; a=b", "; a*1=b"),
    *("; a*=utf-8''%41", "/", "; name=a", "; filename*0=a", "; charset=a", "multipart/", "multipart ", "text/"),
    *("smtp;", "\u00e4", "\u4e00", "a.", "Re: ", "[a] ", "Fwd: ", "undeliver", "(a", '\\"', "\x0b", "\x0c", "\x85"),
    *("\u3002", "%41", "word ", "a@b@", "<>", "<a", "b>"),
)  # fmt: skip

OCTETS = (
    *("\u00e4", "\u00c0", "\u00ff", "\u0080", "\u0081", "\u00e3\u0081\u0082", "\u0082\u00a0", "\u00a4\u00a2"),
    *("\u00b0\u00a1", "\u00c3\u00a4", "\u00d0\u00be", "\u00e2\u0082", "\u008e", "\u008f", "\u00fe\u00ff"),
    *("\u00f0\u009f\u0091\u008d", "\u00e4 ", "a\u00e4", "\u00e4a\n", "\u00c0\u00e9\u00e8\u00e0 "),
    *("\u0081\u0030\u0081\u0030", "\u00a0", "\0a", "a\0"),
)  # fmt: skip
