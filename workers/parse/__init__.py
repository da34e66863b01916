"""Reads the untrusted bytes of a mail into a record: author, the person's own words, files, whether it is automatic.

`stage` is the pipeline's stage; `sandboxed` reads mails in sandboxed processes. All other modules are pure: they use no
broker, database or network.

    mime/       bytes to parts: limits, header fields, the author, charsets, file names
    text/       text to the person's own words; mail_programs.py and languages.toml are the tables to extend
    automatic/  out-of-office notes, bounces, list mail; signs.py is the table to extend

From outside, use `read.read_mail` (a mail to a record), `read.read_in_steps` (also the results of each step),
`mime.structure.open_parts` (the decoded files of a mail), `text.reply.extract` and `extract_html` (a text to its
reply).
"""
