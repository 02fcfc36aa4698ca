"""The cache of what fences printed: nothing stale can come out of it.

An entry's key is everything that its output depends on: the code of the whole
chain, the package's source and data, what runs it, what it draws or is recorded
with, Python and every installed package. Any changes, and the chain runs again.
"""

import hashlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from book.fence import Chain

FORMAT = "3"
KEPT_DAYS = 30
RECORDERS = (
    "block",
    "call",
    "display",
    "notes",
    "plan",
    "recording",
    "region",
    "trace",
)
IN_FENCES = (  # what fences import
    "figure.py",
    "kept.py",
    "lab_times.py",
    "record.py",
    "source.py",
    "stop.py",
    "text_run.py",
    "walk.py",
    "_[a-z]*.py",
)
# What the figures of the debugger's page follow and name.
KIT = ("docs/labs/*.py", ".vscode/launch.json", "data/lab_times.json")
APART = ("README.md", "lab_times.json")  # data that no other fence reads
RUNNERS = {
    "lab": ("kernel", "run"),
    "python": ("python", "execute", "run"),
    "sh": ("shell", "execute", "run"),
    "bash": ("shell", "execute", "run"),
}
KIT_USED = re.compile(r"\bbook\b.*\b(stop|walk|lab_times)\b", re.DOTALL)


def project_root() -> Path:
    """Return the folder that holds mkdocs.yml: this one or one above it."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "mkdocs.yml").is_file():
            return folder
    return here


def watched() -> Iterator[Path]:
    """Yield every file that a fence's output may depend on, in order."""
    yield from _engine()
    yield from _drawings()
    yield from _kit()
    yield from _modules(RECORDERS)


def _engine() -> Iterator[Path]:
    """Yield the package's source and the data."""
    if microgpt := package_folder("microgpt"):
        yield from sorted(microgpt.rglob("*.py"))
        yield from sorted(microgpt.glob("*.txt"))
    data = project_root() / "data"
    found = sorted(path for path in data.rglob("*") if path.is_file())
    yield from (path for path in found if path.name not in APART)


def _drawings() -> Iterator[Path]:
    if book := package_folder("book"):
        for pattern in IN_FENCES:
            yield from sorted(book.glob(pattern))


def _kit() -> Iterator[Path]:
    for pattern in KIT:
        yield from sorted(project_root().glob(pattern))


def _modules(names: Iterable[str]) -> Iterator[Path]:
    book = Path(__file__).parent
    yield from (book / f"{name}.py" for name in names)


def package_folder(name: str) -> Path | None:
    """Return where a package lies, without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def source_digests(chain: Chain) -> list[str]:
    """Return digests of the files that the output of a chain depends on."""
    recorded = any(fence.stepper for fence in chain.fences)
    parts = [
        _engine(),
        _drawings() if recorded or "book" in chain.code else (),
        _kit() if KIT_USED.search(chain.code) else (),
        _modules(RECORDERS) if recorded else (),
        _modules(RUNNERS[chain.info]),
    ]
    return [_digest(part) for part in parts]


def _digest(paths: Iterable[Path]) -> str:
    stats = []
    for path in paths:
        stat = path.stat()
        stats.append(
            (str(path), stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)
        )
    return _content_digest(tuple(stats))


@lru_cache(maxsize=32)
def _content_digest(stats: tuple[tuple[str, int, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, *_ in stats:
        content = Path(path).read_bytes()
        digest.update(f"{Path(path).name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _installed() -> list[str]:
    """Return the names and versions of all installed packages."""
    folders = [Path(entry) for entry in sys.path if entry.endswith("-packages")]
    found = {path.name for f in folders for path in f.glob("*.dist-info")}
    return sorted(found)


class Cache:
    """Results of chains, one file each; concurrent writers do no harm."""

    def __init__(
        self, folder: Path | None = None, enabled: bool = True
    ) -> None:
        self.folder = folder or project_root() / ".cache" / "book"
        off = os.environ.get("BOOK_CACHE", "").lower() in ("0", "off", "no")
        self.enabled = enabled and not off

    def key(self, chain: Chain) -> str:
        """Return the name under which a chain's result is kept."""
        codes = [
            (fence.code, fence.caption is None, fence.stepper)
            for fence in chain.fences
        ]
        python = [sys.implementation.name, sys.version]
        parts = [
            FORMAT,
            chain.info,
            codes,
            source_digests(chain),
            python,
            _installed(),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def load(self, key: str) -> list[dict[str, str]] | None:
        """Return the result under a key, or None."""
        if not self.enabled:
            return None
        path = self.folder / f"{key}.json"
        try:
            kept: list[dict[str, str]] = json.loads(path.read_text("utf-8"))
            os.utime(path)
        except (OSError, ValueError):
            return None
        return kept

    def save(self, key: str, result: list[dict[str, str]]) -> None:
        """Keep a result: written aside, then moved into place."""
        if self.enabled:
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_text(self.folder / f"{key}.json", json.dumps(result))

    def prune(self) -> None:
        """Drop what no build has asked for in a month."""
        oldest = time.time() - KEPT_DAYS * 86400
        for path in self.folder.glob("*.json"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it, old or new."""
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if path.exists():
            os.chmod(aside, path.stat().st_mode)
        else:
            os.chmod(aside, 0o644)
        os.replace(aside, path)
    except BaseException:
        os.unlink(aside)
        raise
