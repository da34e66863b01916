"""`casemail doctor`: checks the whole installation, and says for each part whether it is well, and what to do.

`checks` is the table of checks, `findings` what they return and how they are run; the other modules are the checks by
subject.
"""
