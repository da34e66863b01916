"""Mails as people's mail programs and mail servers send them, each with the expected result of reading it.

    plain_replies.py, html_replies.py     replies as text alone: attributions, header blocks, signatures, by language
    wording_variants.py                   older and rarer wordings of the same
    unusual_replies.py                    replies in unusual places and forms, written by hand
    worldwide_programs.py, languages.toml whole mails: each program that speaks many languages, in each language
    regional_programs.py                  whole mails: programs of one country, and forwards
    mail_program_structures.py            mails with files and pictures, as each program nests and names them
    unusual_parts.py                      parts that are broken, empty, nameless, or not files at all
    automatic_mails.py, delivery_reports.py, crafted_authors.py   out-of-office notes, bounces, forged From fields

`generate.py` makes the corpus of whole mails; `python -m tests.mails.generate DIR` writes it to look at.
"""
