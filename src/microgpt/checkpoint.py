"""Checkpoints: a training run in one file, from which it goes on exactly.

Two lines of JSON. The first names the format, its version and the SHA-256 of
the second; the second holds the run, each number written so that it reads
back to the last bit. Nothing in the file is ever executed.
"""

import hashlib
import json
import math
import os
import random
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NoReturn, cast

from microgpt.config import Config
from microgpt.scalar.adam import Adam
from microgpt.scalar.parameters import Model
from microgpt.tokenizer import Tokenizer

FORMAT = "microgpt checkpoint"
VERSION = 1
BODY = {"config", "alphabet", "run", "losses", "rng", "state_dict", "adam"}


class CheckpointError(ValueError):
    """A file that is not a whole checkpoint of a version known here."""


@dataclass(frozen=True)
class Run:
    """What a training run was started with, so that it can go on.

    data: where the documents came from; data_sha256: of those documents.
    """

    data: str
    data_sha256: str
    seed: int
    num_steps: int
    learning_rate: float


@dataclass
class Checkpoint:
    """A run, as far as it has come: one loss a step done."""

    run: Run
    model: Model
    tokenizer: Tokenizer
    optimizer: Adam
    rng: random.Random
    losses: list[float]


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write `checkpoint`; an older file at `path` stays whole until it is done.

    Raises OSError if the file cannot be written, CheckpointError if the model
    holds NaN or infinity.
    """
    try:
        body = json.dumps(
            _body(checkpoint), ensure_ascii=False, allow_nan=False
        )
    except ValueError as error:
        raise CheckpointError(
            f"{path} is not written: the model holds NaN or infinity"
        ) from error
    digest = hashlib.sha256(body.encode()).hexdigest()
    head = {"format": FORMAT, "version": VERSION, "sha256": digest}
    write_atomically(path, f"{json.dumps(head)}\n{body}\n".encode())


def load(path: Path) -> Checkpoint:
    """Return the checkpoint at `path`.

    Raises CheckpointError, which says what is wrong with it, or OSError.
    """

    def refuse(reason: str) -> NoReturn:
        raise CheckpointError(f"{path} is not a usable checkpoint: {reason}")

    head, _, body = path.read_bytes().partition(b"\n")
    body = body.removesuffix(b"\n")
    found = _parse(head, refuse)
    if found.get("format") != FORMAT:
        refuse("it does not begin with the name of the format")
    if found.get("version") != VERSION:
        newer = f"version {found.get('version')!r}; this is {VERSION}"
        refuse(f"it is of another format version ({newer})")
    if hashlib.sha256(body).hexdigest() != found.get("sha256"):
        refuse("its checksum does not fit: it is truncated or damaged")
    return _restore(_parse(body, refuse), refuse)


def is_one(path: Path) -> bool:
    """Return whether the file at `path` begins as a checkpoint does."""
    with path.open("rb") as file:
        return file.read(40).startswith(f'{{"format": "{FORMAT}"'.encode())


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


def _body(checkpoint: Checkpoint) -> dict[str, object]:
    version, state, gauss_next = checkpoint.rng.getstate()
    adam = checkpoint.optimizer
    return {
        "config": asdict(checkpoint.model.config),
        "alphabet": checkpoint.tokenizer.chars,
        "run": asdict(checkpoint.run),
        "losses": checkpoint.losses,
        "rng": [version, list(state), gauss_next],
        "state_dict": {
            name: [[p.data for p in row] for row in weight]
            for name, weight in checkpoint.model.state_dict.items()
        },
        "adam": {"m": adam.m, "v": adam.v, "updates": adam.updates},
    }


Refuse = Callable[[str], NoReturn]
Json = dict[str, object]


def _parse(text: bytes, refuse: Refuse) -> Json:
    """Return the JSON object in `text`; no key twice, no NaN."""

    def unique(pairs: list[tuple[str, object]]) -> Json:
        if len(dict(pairs)) < len(pairs):
            refuse("a key stands in it twice")
        return dict(pairs)

    def constant(name: str) -> NoReturn:
        refuse(f"it holds {name}")

    try:
        parsed = json.loads(
            text, object_pairs_hook=unique, parse_constant=constant
        )
    except CheckpointError:
        raise
    except (ValueError, RecursionError):
        refuse("it is not the JSON that it should be")
    if not isinstance(parsed, dict):
        refuse("it is not a JSON object")
    return parsed


def _restore(body: Json, refuse: Refuse) -> Checkpoint:
    """Return the checkpoint of a parsed body, each part of it checked."""
    _expect_keys(body, BODY, "", refuse)
    config = _config(body["config"], refuse)
    alphabet, state_dict = body["alphabet"], body["state_dict"]
    if not isinstance(alphabet, list) or not all(
        isinstance(ch, str) and len(ch) == 1 for ch in alphabet
    ):
        refuse("alphabet is not a list of characters")
    if len(set(alphabet)) < len(alphabet):
        refuse("a character stands in its alphabet twice")
    if config.vocab_size != len(alphabet) + 1:
        refuse(f"vocab_size {config.vocab_size} does not fit its alphabet")
    params = _flat_params(state_dict, config, refuse)
    model = Model(config, random.Random(0))
    for p, number in zip(model.params, params, strict=True):
        p.data = number
    losses = _numbers(body["losses"], None, "losses", refuse)
    optimizer = _adam(body["adam"], model, len(losses), refuse)
    run = _run(body["run"], refuse)
    rng = _rng(body["rng"], refuse)
    return Checkpoint(run, model, Tokenizer(alphabet), optimizer, rng, losses)


def _shapes(config: Config) -> dict[str, tuple[int, int]]:
    """Return each matrix's shape, without making it: a file may lie."""
    width = config.n_embd
    shapes = {
        "wte": (config.vocab_size, width),
        "wpe": (config.block_size, width),
        "lm_head": (config.vocab_size, width),
    }
    for li in range(config.n_layer):
        for name in ("attn_wq", "attn_wk", "attn_wv", "attn_wo"):
            shapes[f"layer{li}.{name}"] = (width, width)
        shapes[f"layer{li}.mlp_fc1"] = (4 * width, width)
        shapes[f"layer{li}.mlp_fc2"] = (width, 4 * width)
    return shapes


def _flat_params(
    state_dict: object, config: Config, refuse: Refuse
) -> list[float]:
    """Return every parameter in order, from matrices of the right shapes."""
    if not isinstance(state_dict, dict):
        refuse("state_dict is not an object")
    if len(state_dict) != 3 + 6 * config.n_layer:
        refuse(f"it has {len(state_dict)} matrices for {config}")
    shapes = _shapes(config)
    _expect_keys(state_dict, set(shapes), "state_dict.", refuse)
    params: list[float] = []
    for name, (n_out, n_in) in shapes.items():
        rows = state_dict[name]
        if not isinstance(rows, list) or len(rows) != n_out:
            refuse(f"{name} does not have {n_out} rows")
        for row in rows:
            params += _numbers(row, n_in, f"a row of {name}", refuse)
    return params


def _numbers(
    found: object, length: int | None, what: str, refuse: Refuse
) -> list[float]:
    if not isinstance(found, list):
        refuse(f"{what} is not a list")
    if length is not None and len(found) != length:
        refuse(f"{what} has {len(found)} numbers; expected {length}")
    if not all(type(x) is float and math.isfinite(x) for x in found):
        refuse(f"{what} holds something that is not a finite number")
    return found


def _adam(found: object, model: Model, steps: int, refuse: Refuse) -> Adam:
    if not isinstance(found, dict):
        refuse("adam is not an object")
    _expect_keys(found, {"m", "v", "updates"}, "adam.", refuse)
    optimizer = Adam(model.params)
    size = len(model.params)
    optimizer.m = _numbers(found["m"], size, "adam.m", refuse)
    optimizer.v = _numbers(found["v"], size, "adam.v", refuse)
    if min(optimizer.v) < 0:  # means of squares
        refuse("adam.v holds a negative number")
    if found["updates"] != steps:
        refuse(f"adam.updates is {found['updates']!r} after {steps} steps")
    optimizer.updates = steps
    return optimizer


def _rng(found: object, refuse: Refuse) -> random.Random:
    rng = random.Random(0)
    try:
        version, state, gauss_next = cast("list[Any]", found)
        rng.setstate((version, tuple(state), gauss_next))
        math.isfinite(gauss_next or 0.0)
    except (TypeError, ValueError, OverflowError):
        refuse("rng is not the state of a random number generator")
    return rng


def _config(found: object, refuse: Refuse) -> Config:
    if not isinstance(found, dict):
        refuse("config is not an object")
    _expect_keys(found, {f.name for f in fields(Config)}, "config.", refuse)
    try:
        return Config(**found)
    except ValueError as error:
        refuse(str(error))


def _run(found: object, refuse: Refuse) -> Run:
    if not isinstance(found, dict):
        refuse("run is not an object")
    kinds = {"data": str, "data_sha256": str, "seed": int, "num_steps": int}
    kinds["learning_rate"] = float
    _expect_keys(found, set(kinds), "run.", refuse)
    for name, kind in kinds.items():
        if type(found[name]) is not kind:
            refuse(f"run.{name} is {found[name]!r}, not {kind.__name__}")
    run = Run(**found)
    if run.num_steps < 1 or not 0 < run.learning_rate < math.inf:
        refuse(f"no run has {run.num_steps} steps at {run.learning_rate}")
    return run


def _expect_keys(
    found: Mapping[str, object], expected: set[str], where: str, refuse: Refuse
) -> None:
    for key in sorted(found.keys() ^ expected):
        problem = "has no" if key in expected else "has an unexpected"
        refuse(f"it {problem} {where}{key}")
