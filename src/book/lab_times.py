"""How long each stage of each lab takes, measured once and kept.

A page cannot measure it: two builds of one commit are the same. So the times
are kept as data beside the hash of the source that took them, and reading
them fails as soon as the source is another.

    python -m book time
"""

import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from book.source import module_path
from book.walk import LABS
from microgpt import READING_ORDER

PATH = LABS.parents[1] / "data" / "lab_times.json"
RUN = """
import runpy, sys
stage = runpy.run_path(sys.argv[1])["stage"]
stage.end()
print("\\n", __import__("json").dumps(stage.seconds), sep="")
"""


def lab_times() -> dict[str, Any]:
    """Return the record. labs: by a lab's file name, its stages' seconds.

    whole: by file name, the seconds from starting Python to its end.
    Raises ValueError if the engine or a lab has changed since.
    """
    if not PATH.is_file():
        raise FileNotFoundError(f"this needs a checkout of the course: {PATH}")
    times: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    if times["source_sha256"] != labs_sha256():
        raise ValueError(
            "the engine or a lab has changed since the labs were timed:"
            " run `python -m book time`"
        )
    return times


def labs_sha256() -> str:
    """Return one hash over the engines, the labs and what they watch with."""
    digest = hashlib.sha256()
    modules = [module_path(name) for name in (*READING_ORDER, "microgpt.watch")]
    for path in (*modules, *sorted(LABS.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def write() -> Path:
    """Time every lab, about a minute and a half; return where it is kept."""
    labs, whole = {}, {}
    for path in sorted(LABS.glob("*.py")):
        began = perf_counter()
        stages = _run(path)
        whole[path.name] = round(perf_counter() - began, 2)
        labs[path.name] = {x: float(f"{s:.2g}") for x, s in stages.items()}
    record = {
        "source_sha256": labs_sha256(),
        "python": platform.python_version(),
        "labs": labs,
        "whole": whole,
    }
    PATH.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return PATH


def _run(path: Path) -> dict[str, float]:
    """Return the seconds that each stage of a lab takes, in order."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path)],
        env={key: x for key, x in os.environ.items() if key != "STOP_AT"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ValueError(f"{path} fails:\n{done.stderr[-2000:]}")
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds
