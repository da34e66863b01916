"""What travels, what is stored, what is configured. Imports nothing of ours.

`records` travel on Kafka, `tables` lie in PostgreSQL, `reasons` name every way a mail can fail to post,
`settings` holds every knob.
"""
