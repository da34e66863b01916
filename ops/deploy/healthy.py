"""Whether the casemail of this container is alive: exit code 0 or 1. For HEALTHCHECK, with Python's library alone.

The role is the command of process 1. Its port comes from the settings, or is the default.
"""

import os
import sys
from pathlib import Path
from urllib.request import urlopen

#: The setting of the port of each role that serves /livez, and its default.
PORTS = {
    "worker": ("CASEMAIL_METRICS_WORKER_PORT", 8028),
    "heavy": ("CASEMAIL_METRICS_HEAVY_PORT", 8029),
    "courier": ("CASEMAIL_METRICS_COURIER_PORT", 8030),
    "dispatch": ("CASEMAIL_METRICS_PORT", 8026),
    "lmtp": ("CASEMAIL_METRICS_LMTP_PORT", 8031),
    "webhook": ("CASEMAIL_METRICS_WEBHOOK_PORT", 8032),
    "console": ("CASEMAIL_METRICS_CONSOLE_PORT", 8033),
    "api": ("CASEMAIL_METRICS_API_PORT", 8035),
}
SECONDS = 5


def main(command_line: Path = Path("/proc/1/cmdline")) -> int:
    """Asks /livez of the role that `command_line` runs; returns 0 if it is alive, or no role that serves one."""
    words = command_line.read_bytes().decode().split("\0")
    role = next((word for word in words if word in PORTS), None)
    if role is None:
        return 0
    setting, default = PORTS[role]
    try:
        with urlopen(f"http://127.0.0.1:{os.environ.get(setting, default)}/livez", timeout=SECONDS) as answer:
            return 0 if answer.status == 200 else 1  # noqa: PLR2004  # "OK"
    except OSError as error:
        print(f"{role}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
