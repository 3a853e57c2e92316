"""Kill -9 at random points of a recorded run, resume it, and compare with an undisturbed run.

    python -m tests.bench.kills [TASK] [--points 50] [--seed 1]

Runs are killed as whole processes when their record has grown to a random size; a resumed run may be killed again. The
same result is the same program, pictures, losses, reviews and reason.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MOST_DELAY_S = 0.2
COMMAND = [sys.executable, "-m", "viga_agent"]


def main() -> int:
    options = _parser().parse_args()
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole"
        _finish([*COMMAND, "run", str(options.task), "--out", str(whole), *options.more])
        size = (whole / "events.jsonl").stat().st_size
        expected = outcome(whole)
        same, kills, resumed = 0, 0, 0
        for point in range(options.points):
            folder = Path(scratch) / f"run{point}"
            command = [*COMMAND, "run", str(options.task), "--out", str(folder), *options.more]
            grown = round(size * (point + dice.random()) / options.points)
            while _killed(command, folder / "events.jsonl", grown, dice.random() * MOST_DELAY_S):
                kills += 1
                command = [*COMMAND, "resume", str(folder)]
                grown = round(size * dice.random() * 2)  # half of them go on to the end
            got = outcome(folder)
            same += got == expected
            resumed += "run_resumed" in (folder / "events.jsonl").read_text(encoding="utf-8")
            if got != expected:
                print(f"point {point}: {_difference(expected, got)}")
    print(f"{same} of {options.points} runs end as the undisturbed one; {kills} kills, {resumed} resumed")
    return 0 if same == options.points else 1


def outcome(folder: Path) -> dict[str, Any]:
    """What must be the same."""
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    kept = {name: result[name] for name in ("status", "reason", "start", "final", "review", "loss_ratio", "rounds")}
    files = [folder / name for name in ("program.py", "start.png", "result.png")]
    return {**kept, **{file.name: file.read_bytes() if file.is_file() else b"" for file in files}}


def _killed(command: list[str], record: Path, size: int, delay_s: float) -> bool:
    """Run a command until its record has that size, and a moment longer; False if it ended before."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None:
        if record.is_file() and record.stat().st_size >= size:
            time.sleep(delay_s)
            child.send_signal(signal.SIGKILL)
            child.wait()
            return True
        time.sleep(0.002)
    return False


def _finish(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _difference(expected: dict[str, Any], got: dict[str, Any]) -> str:
    wrong = [name for name in expected if expected[name] != got[name]]
    return "; ".join(f"{name}: {str(expected[name])[:80]} / {str(got[name])[:80]}" for name in wrong)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", type=Path, nargs="?", default=Path("examples/harbour_slides"))
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("more", nargs=argparse.REMAINDER, help="more of the command line, after --")
    return parser


if __name__ == "__main__":
    sys.exit(main())
