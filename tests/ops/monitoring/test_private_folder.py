"""The private folder of a role goes with its process, or, if that was killed, with the next one."""

import subprocess
import sys
from pathlib import Path

PROCESS = """
import sys
from pathlib import Path
from ops.monitoring import private_folder
print(private_folder.make(Path(sys.argv[1])), flush=True)
input()
"""


def started(where: Path) -> tuple[subprocess.Popen[str], Path]:
    """Starts a process that makes its folder in `where`; it ends when it reads a line. Returns also the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(where)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_each_process_has_its_own_and_removes_it_at_its_end(tmp_path: Path) -> None:
    (first, one), (second, two) = started(tmp_path), started(tmp_path)
    with first, second:
        assert one != two
        assert (one.is_dir(), two.is_dir()) == (True, True)
        first.communicate("\n")
        assert (one.is_dir(), two.is_dir()) == (False, True)
        second.communicate("\n")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_when_the_next_starts(tmp_path: Path) -> None:
    process, left = started(tmp_path)
    with process:
        process.kill()
    assert left.is_dir()
    following, folder = started(tmp_path)
    with following:
        assert list(tmp_path.iterdir()) == [folder]
        following.communicate("\n")


def test_a_fork_does_not_remove_it(tmp_path: Path) -> None:
    fork = "import os; pid = os.fork()\nif pid: os.wait(); print(len(os.listdir(sys.argv[1])))"
    code = PROCESS.replace("input()", fork)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1"
    assert list(tmp_path.iterdir()) == []
