"""Attachments: at most five, known types, no inline pictures; what is left out is named with the reason.

`types` is the table of supported types, `choice` the rules, `stage.select` decodes, checks and stores.
"""
