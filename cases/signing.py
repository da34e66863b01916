"""Links that are mailed: what they carry, signed with the address keys, for as long as they work."""

from hashlib import sha256

from itsdangerous import URLSafeTimedSerializer

from cases.addresses import Keys


def signer(keys: Keys, purpose: str) -> URLSafeTimedSerializer:
    """Signs with the first of the keys, and reads what any of them has signed for this purpose, and no other."""
    # itsdangerous signs with the last key
    secrets = [secret for _, secret in reversed(keys)]
    return URLSafeTimedSerializer(secrets, salt=f"casemail.{purpose}", signer_kwargs={"digest_method": sha256})
