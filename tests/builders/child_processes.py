"""The environment of child processes that tests start and kill."""

import os
from base64 import b32encode

from schemas.settings import PREFIX, Settings
from tests.builders.command import NO_METRICS


def environment_of(settings: Settings) -> dict[str, str]:
    """Returns the environment of this process with the settings as variables."""
    values = {
        "KAFKA_SERVERS": settings.kafka.servers,
        "DATABASE_URL": settings.database.url,
        "BLOB_URL": settings.blobs.url,
        "ADDRESS_KEYS": ",".join(
            f"{key}:{b32encode(secret).decode()}" for key, secret in settings.secrets.address_keys
        ),
        "SESSION_SECRET": ",".join(secret.get_secret_value() for secret in settings.secrets.session_secret),
        "SMTP_PORT": str(settings.smtp.port),
    }
    return os.environ | {PREFIX + name: value for name, value in (values | NO_METRICS).items()}
