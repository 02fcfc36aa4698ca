"""Checkpoints: a training run in one file, from which it goes on exactly.

Two lines of JSON. The first names the format, its version and the SHA-256 of
the second; the second holds the run, each number written so that it reads
back to the last bit. Nothing in the file is ever executed, and nothing in it
belongs to one engine.
"""

import hashlib
import json
import os
import stat
import tempfile
from pathlib import Path

from microgpt.body import from_json, parse, to_json, upgraded
from microgpt.state import Checkpoint

FORMAT = "microgpt checkpoint"
VERSION = 2


class CheckpointError(ValueError):
    """A file that is not a whole checkpoint of a version known here."""


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write `checkpoint`; an older file at `path` stays whole until it is done.

    Raises OSError if the file cannot be written, CheckpointError if the model
    holds NaN or infinity.
    """
    try:
        text = json.dumps(
            to_json(checkpoint), ensure_ascii=False, allow_nan=False
        )
    except ValueError as error:
        raise CheckpointError(
            f"{path} is not written: the model holds NaN or infinity"
        ) from error
    # As json.loads reads: the name of a data file may be no UTF-8.
    body = text.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(body).hexdigest()
    head = {"format": FORMAT, "version": VERSION, "sha256": digest}
    write_atomically(path, json.dumps(head).encode() + b"\n" + body + b"\n")


def load(path: Path) -> Checkpoint:
    """Return the checkpoint at `path`, of this version or of an older one.

    Raises CheckpointError, which says what is wrong with it, or OSError.
    """
    try:
        return _read(path.read_bytes())
    except ValueError as error:
        raise CheckpointError(
            f"{path} is not a usable checkpoint: {error}"
        ) from error


def _read(content: bytes) -> Checkpoint:
    head, _, body = content.partition(b"\n")
    body = body.removesuffix(b"\n")
    found = parse(head)
    if found.get("format") != FORMAT:
        raise ValueError("it does not begin with the name of the format")
    version = found.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        newer = f"version {version!r}; this is {VERSION}"
        raise ValueError(f"it is of another format version ({newer})")
    if hashlib.sha256(body).hexdigest() != found.get("sha256"):
        raise ValueError(
            "its checksum does not fit: it is truncated or damaged"
        )
    parsed = parse(body)
    return from_json(upgraded(parsed) if version == 1 else parsed)


def is_one(path: Path) -> bool:
    """Return whether the file at `path` begins as a checkpoint does."""
    with path.open("rb") as file:
        return file.read(40).startswith(f'{{"format": "{FORMAT}"'.encode())


def check_writable(out: Path) -> None:
    """Refuse a place where nothing can be saved, before anything starts.

    Raises ValueError, which says why not.
    """
    try:
        folder = out.resolve().parent  # of what a link leads to
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{out} is a link that leads to itself") from error
    if out.is_dir():
        raise ValueError(f"{out} is a folder; --out names a file")
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    if out.exists() and not out.is_file():
        raise ValueError(f"{out} is not an ordinary file")
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ValueError(
            f"{out} cannot be saved: {folder}: {error.strerror}"
        ) from error


def check_not_lost(out: Path) -> None:
    """Refuse to save over a file that is no checkpoint, such as a text."""
    if out.exists() and not is_one(out):
        raise ValueError(f"{out} exists and is not a checkpoint: name another")


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at `path` in one step: whole old, or whole new.

    A link is followed, and an existing file keeps its permissions.
    """
    path = path.resolve()
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(aside, _mode(path))
        os.replace(aside, path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """Return the permissions of the file at `path`, or of a new one."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    os.umask(mask := os.umask(0))
    return 0o666 & ~mask
