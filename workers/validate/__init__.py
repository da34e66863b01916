"""Validate: which tenant, which case, which update, and may this author post there?

`rules` is the decision as a table; `stage.validate` reads the facts and walks it.
"""
