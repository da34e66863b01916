"""A long soak: `python -m tests.chaos.soak --seed 7 --seconds 600`. Exit code 1 if anything is wrong at its end."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.soak.round import play

#: How many problems are shown.
_SHOWN = 20
#: Seconds for which latency is measured, without the hostile writer and with it.
_CALM = 60.0
#: How many times slower other people's mails may become through the hostile writer.
_SLOWER = 2.0


def main() -> int:
    """Plays one soak and returns the exit code; the folder with all logs stays if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soak")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=300)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="casemail-soak-"))
    soak = play(folder, seed=asked.seed, seconds=asked.seconds, calm=_CALM, say=lambda words: print(words, flush=True))
    print(f"p95 from custody to update: {soak.quiet_p95:.2f} s, with the hostile writer {soak.hostile_p95:.2f} s")
    wrong = soak.wrong
    if soak.hostile_p95 > _SLOWER * soak.quiet_p95:
        wrong = [*wrong, f"the hostile writer makes the mails of others over {_SLOWER:.0f} times slower"]
    if not wrong:
        print(
            f"{soak.mails} mails, {soak.hostile} hostile ones, {soak.acts} acts, {len(soak.faults)} faults: "
            "each mail has ended once, as it should"
        )
        shutil.rmtree(folder)
        return 0
    print("\n".join(wrong[:_SHOWN]))
    print(f"{len(wrong)} things are wrong; the logs are in {folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
