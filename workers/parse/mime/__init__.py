"""Reads the bytes of a mail into parts: its header, its tree of MIME parts, and their decoded content, within limits.

    prescan.py    measures the raw bytes before any parser sees them
    tree.py       builds the tree of parts; uuencoded.py finds files within texts
    structure.py  opens what holds parts: broken multiparts (multiparts.py), opaque S/MIME (smime.py), TNEF (tnef.py)
    texts.py      decides which parts are the words; enriched.py and clearsigned.py make them plain
    header.py     reads the header fields; author.py finds the author
    parts.py      lists the parts without children, with their names, and decodes them (transfer.py)
    charsets.py, flowed.py, filenames.py   make text, paragraphs and safe file names
    charset_*.py, iso2022.py, multibyte.py, unlike_ascii.py, nearby_charset.py   tell which charset a text is in
    encoded_words.py                       decodes the text of header fields

From outside, use `structure.open_parts`, `charsets` and `filenames`.
"""
