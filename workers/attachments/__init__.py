"""The attachments stage: makes files of the update from parts of a mail; leaves out other parts, with a reason.

    part_rules.py     a table of rules on what the mail says about a part
    picture_rules.py  a table of rules on decoded pictures: icons, logos, signatures
    selection.py      chooses the parts that may become files, and their order
    stage.py          decodes, examines and stores them
    from_original.py  later adds files that were left out to an update, from the stored original

From outside, use `select_all`, `select_heavy`, `select` and `preview_files` of `stage`, `add` and `add_scanned` of
`from_original`, and, to explain a choice, the tables and `selection`.
"""
