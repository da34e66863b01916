"""Finds the person's own words in a reply, and what mail programs put around them.

First `lines` (for plain text) or `html` splits a text into lines, marked where its structure shows quotes or
signatures. `one_line` splits a line on which a quote begins behind own words. Then `line_labels` decides what each line
is, with the help of `attributions` ("On ... wrote:"), `outlook_header_block` (From, Sent, To, Subject), `headings`
("Original Message"), `signatures`, `mobile_lines` ("Sent from my ...") and `notices`. Last, `reply` cuts away what is
not own words.

`known_quotes` comes later, when it is known which updates the author was sent: it finds their words in the reply, with
`squashed`, `known_notice`, `gaps`, `alignment`, `known_lines` and `known_headers`.

From outside, use `extract`, `extract_html` and `extract_lines` of `reply`.

To extend: a language or wording goes into languages.toml, a mail program's HTML into mail_programs.py.
"""
