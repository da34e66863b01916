"""Attachments: at most five, known types, no inline pictures; what is left out is named with the reason.

`choice` has the rules on what the mail says of a part, `stage.select` decodes, checks by content and stores.
"""
