"""Links that are mailed: what they carry, signed for as long as they work.

Each purpose has keys of its own, derived from the session secrets (HKDF, RFC 5869): who has the key of one has none of
another, and the keys of the reply addresses open nothing here.
"""

from collections.abc import Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import URLSafeTimedSerializer
from pydantic import SecretStr

#: `Settings.secrets.session_secret`: the first signs, any of them reads.
Secrets = Sequence[SecretStr]
#: Octets of a derived key (HMAC-SHA256).
_KEY = 32


def derive(secrets: Secrets, purpose: str) -> list[bytes]:
    """A key for this purpose alone from each of the secrets, in their order."""
    return [
        HKDF(SHA256(), _KEY, salt=None, info=f"casemail {purpose}".encode()).derive(secret.get_secret_value().encode())
        for secret in secrets
    ]


def signer(secrets: Secrets, purpose: str) -> URLSafeTimedSerializer:
    """Signs with the first of the secrets, and reads what any of them has signed for this purpose, and no other."""
    # itsdangerous signs with the last key
    keys = derive(secrets, f"link: {purpose}")[::-1]
    return URLSafeTimedSerializer(keys, salt=f"casemail.{purpose}", signer_kwargs={"digest_method": sha256})
