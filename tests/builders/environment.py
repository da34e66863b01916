"""The least environment with which casemail starts."""

#: The required settings, by variable without its prefix.
GOOD = {
    "KAFKA_SERVERS": "127.0.0.1:9092",
    "DATABASE_URL": "postgresql://casemail:secret@127.0.0.1/casemail",
    "BLOB_URL": "/var/lib/casemail",
    "ADDRESS_KEYS": "a:mfrggzdfmztwq2lknnwg23tpoa",
    "SESSION_SECRET": "s" * 32,
}
