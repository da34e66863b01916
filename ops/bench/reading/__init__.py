"""`casemail bench reading`: how well the reading of mail finds a person's own words, measured with written answers.

    languages/    what people and mail programs write in each language, one TOML file for each
    programs/     how each mail program writes an answer
    updates.py    the mail that is answered: an update mail as casemail composes it, or another mail
    answers.py    draws an answer from a seed: person, program, position of the words, damage on the way
    damage.py     what mail servers and other programs do to an answer
    mail.py       writes an answer as a mail
    compare.py    reads a mail and compares the result with the words that the person wrote
    left_out.py   takes rows out of the reader's tables
    report.py     the figures by dimension, as tables

The wordings are independent of the reader's table `workers/parse/text/languages.toml`, which they measure.
"""
