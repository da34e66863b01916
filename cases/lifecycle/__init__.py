"""The life of a case: it is created, edited, closed, reopened and archived.

Other packages use `create` and `change`; `numbers` gives new cases their numbers.
"""
