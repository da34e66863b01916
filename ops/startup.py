"""What the long-running processes do before they begin."""

from collections.abc import Sequence
from functools import partial

import structlog

from cases.sandbox import isolation
from ops import before_fork, interpreter, logs, rights
from ops.checks import start
from ops.checks.start import Listener
from schemas.settings import PREFIX, Settings, SettingsError

_log = structlog.get_logger(__name__)


def begin(settings: Settings, *, kafka: bool = False, forks: bool = False, listens: Sequence[Listener] = ()) -> None:
    """Checks the world, sets up the logs, and warns of faults of this Python and of too wide database rights.

    `kafka`: the process needs the topics. `forks`: it forks later, so the world is checked in another process.
    `listens`: the ports that it listens on. Raises SystemExit if this Python has
    a fault that casemail does not limit, and `StartError` if servers, keys or ports are not as they must be.
    """
    check = partial(start.check, settings, kafka=kafka, listens=listens)
    if forks:
        before_fork.run(check)
    else:
        check()
    logs.configure(settings.logs)
    interpreter.check(_log)
    rights.warn(settings)


def confine(settings: Settings) -> None:
    """Sets how many processes read hostile bytes, and warns of what the kernel lacks to confine them.

    Raises `SettingsError` if the kernel lacks something and the settings require the whole sandbox.
    """
    isolation.set_process_count(settings.sandbox.processes)
    lacking = isolation.missing_protections()
    if lacking and settings.sandbox.required:
        what = f"{PREFIX}SANDBOX_REQUIRED is set, and this kernel, or the container, lacks {' and '.join(lacking)}."
        raise SettingsError([f"{what} Let the container use it, run on a newer kernel, or unset it."])
    for part in lacking:
        _log.warning("mails and files are read without a part of the sandbox", lacking=part)
