"""Finds the person's own words in a reply, and what mail programs put around them.

The way of a text: `lines` (plain text) or `html` makes lines with marks; `line_labels` decides what each line is, with
the help of `attributions` ("On ... wrote:"), `outlook_header_block` (From, Sent, To, Subject), `headings` ("Original
Message"), `signatures`, `mobile_lines` ("Sent from my ...") and `notices`; `reply` cuts.

From outside, use `extract`, `extract_html` and `extract_lines` of `reply`.

To extend: a language or wording goes into languages.toml, a mail program's HTML into mail_programs.py.
"""
