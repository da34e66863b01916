# ruff: noqa: E501  # an element stays on one line
"""What mail programs do not show is no text of the mail; and nothing that they show is lost."""

import pytest

from workers.parse.text.reply import extract_html

HIDDEN = (
    '<div style="display:none">x</div>',
    '<div style="DISPLAY : NONE !important">x</div>',
    '<span style="color:red;display: none;mso-hide:all">x</span>',
    '<p style="visibility:hidden">x</p>',
    '<div style="opacity:0">x</div>',
    '<div style="font-size:11px;opacity:0.0;color:#fff">x</div>',
    '<div style="max-height:0px;overflow:hidden">x</div>',
    '<div style="height:0;width:0;overflow:hidden;">x</div>',
    '<div style="max-height:0;max-width:0;opacity:0;overflow:hidden;font-size:1px;line-height:1px;color:#ffffff">x</div>',
    '<span style="font-size:0">x</span>',
    '<span style="font-size:0pt;line-height:0">x</span>',
    '<span style="color:#ffffff;font-size:1px">x<b>y</b></span>',
    "<div hidden>x</div>",
    "<!--[if mso]><p>x</p><![endif]-->",
    "<!-- x -->",
    "<style>x</style>",
    "<script>x</script>",
    "<title>x</title>",
    '<div style="display:none"><div style="display:block">x</div></div>',
    '<div role="button" aria-label="Show trimmed content">x</div>',
)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_is_not_shown_is_no_text(hidden: str) -> None:
    assert extract_html(f"<div>One.</div>{hidden}<div>Two.</div>").text == "One.\nTwo."


SHOWN = (
    '<span style="color:#ffffff">x</span>',
    '<div style="background:black;color:white">x</div>',
    '<span style="font-size:0.8em">x</span>',
    '<span style="font-size:2px">x</span>',
    '<span style="font-size:10px">x</span>',
    '<div style="font-size:0"><span style="font-size:14px">x</span></div>',
    '<td style="font-size:0px;padding:10px"><div style="font:13px Arial">x</div></td>',
    '<div style="font-size:0"><span class="text">x</span></div>',
    '<div style="font-size:0"><font size="2">x</font></div>',
    '<div style="opacity:0.5">x</div>',
    '<div style="opacity:.9">x</div>',
    '<div style="max-height:0.5em;overflow:hidden">x</div>',
    '<div style="max-height:none;overflow:hidden">x</div>',
    '<div style="height:0">x</div>',
    '<div style="line-height:0;overflow:hidden">x</div>',
    '<div style="min-height:0;overflow:hidden">x</div>',
    '<div style="display:inline-block">x</div>',
    '<div style="visibility:visible">x</div>',
    "<o:p>x</o:p>",
    "<u></u>x<u></u>",
    "<wbr>x",
    "<![if !mso]>x<![endif]>",
    "<!--[if !mso]><!-->x<!--<![endif]-->",
    '<div role="button">x</div>',
    "<button>x</button>",
    '<div aria-hidden="true">x</div>',
    "<details><summary>x</summary></details>",
    '<div class="hidden">x</div>',
    '<font color="#ffffff">x</font>',
    "<custom-element>x</custom-element>",
)


@pytest.mark.parametrize("shown", SHOWN)
def test_what_is_shown_stays(shown: str) -> None:
    assert extract_html(f"<div>One.</div><div>{shown}</div><div>Two.</div>").text == "One.\nx\nTwo."


def test_the_preheader_of_a_mail_that_stands_above_the_words_is_no_text() -> None:
    preheader = '<div style="display:none!important;max-height:0;mso-hide:all">Preview&zwnj;&nbsp;&zwnj;</div>'
    assert extract_html(f"<body>{preheader}<p>Yes.</p></body>").text == "Yes."


EMOJI = (
    ('<img data-emoji="👍" class="an1" alt="👍" src="https://fonts.gstatic.com/s/e/1.png">', "👍"),
    ('<img alt="😊" src="cid:1@x">', "😊"),
    ('<img alt="👍🏽" src="https://static.xx.example/1.png">', "👍🏽"),
    ('<img alt="👩‍💻" src="data:image/png;base64,AA">', "👩‍💻"),
    ('<img alt="🇩🇪">', "🇩🇪"),
    ('<img alt="✅">', "✅"),
)


@pytest.mark.parametrize(("image", "emoji"), EMOJI)
def test_an_emoji_that_is_sent_as_a_picture_is_the_emoji(image: str, emoji: str) -> None:
    assert extract_html(f"<div>{image}</div>").text == emoji
    assert extract_html(f"<div>Fine {image}</div>").text == f"Fine {emoji}"


@pytest.mark.parametrize("alt", ["", "logo", "image001.png", "A", "5", "Facebook icon", "✉ Mail us", "👍" * 20, "---"])
def test_the_description_of_another_picture_is_no_text(alt: str) -> None:
    assert extract_html(f'<div>Yes.</div><img alt="{alt}" src="https://x.example/a.png">').text == "Yes."


WHITE_SPACE = (
    ('<div style="white-space:pre-wrap">a\n  b\n\nc</div>', "a\n  b\n\nc"),
    ('<span style="white-space: pre-wrap;">a\nb</span>', "a\nb"),
    ('<div style="white-space:pre-line">a\nb</div>', "a\nb"),
    ('<div style="white-space:break-spaces">a\nb</div>', "a\nb"),
    ('<pre>a\nb<span style="white-space:normal">c\nd</span></pre>', "a\nbc d"),
    ('<div style="white-space:pre-wrap"><p style="margin:0">a</p>\n<p style="margin:0">b</p></div>', "a\nb"),
    ('<div style="white-space:nowrap">a\nb</div>', "a b"),
    ("<textarea>a\nb</textarea>", "a\nb"),
)


@pytest.mark.parametrize(("html", "text"), WHITE_SPACE)
def test_line_ends_are_kept_where_the_style_says_so(html: str, text: str) -> None:
    assert extract_html(html).text == text
