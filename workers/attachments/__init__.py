"""Attachments: at most five, known types, no pictures of quotes and signatures; what is left out is named with reason.

`rules` has the table on what the mail says of a part, `looks` that on what a picture looks like, `choice` the order;
`stage` decodes, checks by content and stores.
"""
