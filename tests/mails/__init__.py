"""Answers as people's mail programs send them: a corpus made from tables, and awkward ones written by hand."""
