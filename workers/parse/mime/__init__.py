"""Reads the bytes of a mail into parts: its header, its tree of MIME parts, and their decoded content, within limits.

    prescan.py    measures the raw bytes before any parser sees them
    tree.py       builds the tree of parts; uuencoded.py finds files within texts
    header.py     the header fields; author.py the one author of the mail
    parts.py      the parts without children, their names and their bytes
    charsets.py, flowed.py, filenames.py   bytes to text, paragraphs, safe file names

From outside, use `parts.open_parts`, `charsets` and `filenames`.
"""
