"""Documents: where the text comes from that the model learns to continue."""

import hashlib
import os
import unicodedata
from importlib import resources
from pathlib import Path

KARPATHY_URL = (
    "https://raw.githubusercontent.com/karpathy/makemore/988aa59/names.txt"
)
KARPATHY_SHA256 = (
    "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d"
)


def parse_docs(raw: bytes, origin: str) -> list[str]:
    """Return the documents in `raw`: one a line, stripped, none empty.

    Text is UTF-8, with or without a byte order mark, and comes out in Unicode
    form NFC, so that a letter typed in two ways is one letter. Only a newline
    ends a line. `origin` names the source in messages.
    Raises ValueError if the bytes are not such a text or hold no document.
    """
    try:
        nul = raw.find(b"\0")
        text = raw[: nul if nul >= 0 else len(raw)].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        nul = error.start
    if nul >= 0:
        raise ValueError(f"{origin} is not UTF-8 text: not UTF-8 at byte {nul}")
    lines = unicodedata.normalize("NFC", text).split("\n")
    docs = [line.strip() for line in lines if line.strip()]
    if not docs:
        raise ValueError(f"{origin} has no usable line: one document a line")
    return docs


def load_docs(path: str | Path) -> list[str]:
    """Return the documents of any UTF-8 text file, one a line.

    Raises FileNotFoundError and the like, or ValueError as `parse_docs` does.
    """
    return parse_docs(Path(path).read_bytes(), str(path))


def load_names(source: str = "bundled") -> list[str]:
    """Return given names, the documents of this course, unshuffled.

    "bundled" are this project's own, from many cultures; "karpathy" are the
    32,033 of the original microgpt, fetched once and then kept in `cache_dir`.
    Raises ValueError for another source, OSError if fetching fails.
    """
    if source == "bundled":
        raw = _bundled("names.txt").read_bytes()
        return parse_docs(raw, "the bundled names")
    if source == "karpathy":
        return parse_docs(_karpathy(), KARPATHY_URL)
    raise ValueError(f'source is "bundled" or "karpathy"; got {source!r}')


def cache_dir() -> Path:
    """Return the folder of fetched files: MICROGPT_CACHE, if that is set."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("MICROGPT_CACHE") or Path(base) / "microgpt")


def load_text(source: str | Path = "bundled") -> str:
    """Return a running text, whole, its lines ended by a newline, in NFC.

    source: a UTF-8 file; or "bundled", the prose of this course's chapters.
    Raises FileNotFoundError and the like, or ValueError as `parse_docs` does.
    """
    path = _bundled("course.txt") if source == "bundled" else Path(source)
    raw = path.read_bytes()
    parse_docs(raw, str(path))  # for its checks: it strips lines, this does not
    text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    return unicodedata.normalize("NFC", text)


def _bundled(name: str) -> Path:
    """Return where a file lies: in the installed package, or the checkout."""
    packaged = Path(str(resources.files("microgpt"))) / name
    checkout = Path(__file__).parents[2] / "data" / name
    return packaged if packaged.is_file() else checkout


def _karpathy() -> bytes:
    """Return the original file, from the cache or the net, its hash checked."""
    cached = cache_dir() / "names.txt"
    if cached.is_file() and _is_karpathy(raw := cached.read_bytes()):
        return raw
    import urllib.request  # costs 5 MiB that nobody else needs

    with urllib.request.urlopen(KARPATHY_URL, timeout=30) as reply:
        raw = bytes(reply.read())
    if not _is_karpathy(raw):
        raise ValueError(f"{KARPATHY_URL} has changed: its SHA-256 is another")
    cached.parent.mkdir(parents=True, exist_ok=True)
    aside = cached.with_suffix(f".{os.getpid()}")
    aside.write_bytes(raw)
    aside.replace(cached)
    return raw


def _is_karpathy(raw: bytes) -> bool:
    return hashlib.sha256(raw).hexdigest() == KARPATHY_SHA256
