"""The attachments stage: which parts of a mail become files of the update; the others are left out with a reason.

    part_rules.py     a table of rules on what the mail says about a part
    picture_rules.py  a table of rules on decoded pictures: icons, logos, signatures
    selection.py      the parts that may become files, in the order in which they are taken
    stage.py          decodes, examines and stores them
    late_files.py     adds files that were left out to an update, later

From outside, use `select_all`, `select_heavy`, `select` and `preview_files` of `stage`, `add` and `add_scanned` of
`late_files`, and, to explain a choice, the tables and `selection`.
"""
