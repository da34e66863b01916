"""Case updates: posting, recipients, validation, and changes afterwards.

Public: `posting.post_update` is the only way an update is created, by form and mail alike; `posting_rules` are its
rules. `validation` approves or returns an update that waits, `late_files` adds files that were left out, `restore_text`
puts back what was cut from a mail, `posted_signatures` lets a DKIM signature post once.
"""
