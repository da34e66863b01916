"""Turns the hostile bytes of one mail into a record: author, the person's own words, files, whether it is automatic.

Only `stage` (the pipeline's stage) and `sandboxed` (reading in a sandboxed process) know the product; all else is pure:
no broker, database or network.

    mime/       bytes to parts: limits, header fields, the author, charsets, file names
    text/       a text to the person's own words; mail_programs.py and languages.toml are the tables to extend
    automatic/  out-of-office notes, bounces, list mail; signs.py is the table to extend

From outside, use `read.read_mail` (a mail to a record), `read.read_in_steps` (with all that the steps found),
`mime.parts.open_parts` (the decoded files of a mail), `text.reply.extract` and `extract_html` (a text to its reply).
"""
