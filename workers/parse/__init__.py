"""From the bytes of one mail to what it says: hostile bytes in, the person's own words out.

Pure modules: no broker, no database, no network. From outside, use `understand.understand` (one mail to one record),
`parts.open_parts` (the decoded files of a mail) and `reply.extract` / `reply.extract_html` (one text to its answer).
"""
