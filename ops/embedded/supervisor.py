"""The guard beside an embedded server: ends the server when the process that started it dies.

Run as a script: `python -P supervisor.py PARENT_PID COMMAND...`. It prints the server's pid as a line on standard
output, hands standard error to the server as its log, and exits when the server and all its children are gone.

It is a separate process because it must outlive its parent and the parent's terminal. On Linux the kernel helps:
the server is killed if the guard is (PR_SET_PDEATHSIG), and orphans of the server become children of the guard
(PR_SET_CHILD_SUBREAPER); see prctl(2). Elsewhere PostgreSQL's children notice by themselves that their parent is gone.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
ON_LINUX = sys.platform == "linux"
LOOK_EVERY = 0.1  # seconds


def main(parent: int, command: list[str]) -> None:
    libc = ctypes.CDLL(None)
    if ON_LINUX:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def die_with_the_guard() -> None:
        if ON_LINUX:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    # a handler, not SIG_IGN, which the server would inherit and so ignore its stop signal
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        close_fds=False,  # the folder's lock stays with the server and its children
        preexec_fn=die_with_the_guard,  # noqa: PLW1509  # this process has one thread
    )
    print(server.pid, flush=True)
    while server.poll() is None and os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    end_all()


def end_all() -> None:
    """Kills every process below this process, until none is left."""
    import psutil  # noqa: PLC0415  # takes a tenth of a second, which the start of the server need not wait for

    while family := psutil.Process().children(recursive=True):
        for member in family:
            try:
                member.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(family, timeout=1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
