"""Signs the data in links that are mailed, with the time, and reads the data back.

Each purpose has its own keys, derived from the session secrets (HKDF, RFC 5869): the key for one purpose does not work
for another, and the keys of reply addresses work for no link.
"""

from collections.abc import Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import URLSafeTimedSerializer
from pydantic import SecretStr

#: `Settings.secrets.session_secret`: the first secret signs, and all of them verify.
Secrets = Sequence[SecretStr]
#: Octets of a derived key (HMAC-SHA256).
_KEY = 32


def derive(secrets: Secrets, purpose: str) -> list[bytes]:
    """Returns a key for this purpose from each of the secrets, in their order."""
    return [
        HKDF(SHA256(), _KEY, salt=None, info=f"casemail {purpose}".encode()).derive(secret.get_secret_value().encode())
        for secret in secrets
    ]


def signer(secrets: Secrets, purpose: str) -> URLSafeTimedSerializer:
    """Returns a signer for this purpose: it signs with the first secret, and verifies with any of the secrets."""
    # itsdangerous signs with the last key
    keys = derive(secrets, f"link: {purpose}")[::-1]
    return URLSafeTimedSerializer(keys, salt=f"casemail.{purpose}", signer_kwargs={"digest_method": sha256})
