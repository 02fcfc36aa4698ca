"""Running chains: each starts afresh, in an empty folder of its own."""

import importlib.util
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from book.cache import watched
from book.fence import Chain
from book.python import run_python
from book.result import Result, RunError
from book.shell import run_shell

__all__ = ["Result", "RunError", "run"]

ENVIRONMENT = {
    "COLUMNS": "80",
    "LC_ALL": "C.UTF-8",
    "NO_COLOR": "1",
    "PYTHONIOENCODING": "utf-8",
    "TERM": "dumb",
}
LOCK = threading.Lock()  # a run borrows what all threads share


def run(chain: Chain, page: str = "page") -> list[Result]:
    """Return what each fence of a chain does, run in order from its start.

    Nothing carries over from other chains: the namespace, the working folder
    and the package's modules are fresh. Raises RunError.
    """
    with LOCK, tempfile.TemporaryDirectory() as folder, _environment(folder):
        _drop_doubtful_bytecode()
        return _runner(chain.info)(chain, page)


def _runner(info: str) -> Callable[[Chain, str], list[Result]]:
    """Return what runs chains of a kind."""
    if info == "lab":
        from book.kernel import run_lab  # Jupyter takes two seconds to load

        return run_lab
    return run_python if info == "python" else run_shell


@contextmanager
def _environment(folder: str) -> Iterator[None]:
    """Lend the run a working folder and this Python's commands."""
    before, here = dict(os.environ), Path.cwd()
    scripts = Path(sys.executable).parent
    os.environ.update(ENVIRONMENT)
    os.environ["PATH"] = f"{scripts}{os.pathsep}{before.get('PATH', '')}"
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


def _drop_doubtful_bytecode() -> None:
    """Remove bytecode so young that an edit in its second could hide."""
    for source in watched():
        bytecode = Path(importlib.util.cache_from_source(str(source)))
        try:
            if bytecode.stat().st_mtime < source.stat().st_mtime + 2:
                bytecode.unlink()
        except OSError:
            pass  # there is none, or another process was faster
