"""The body of a checkpoint: a run as JSON, and back with each part checked."""

import json
import math
import random
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields
from typing import Any, NoReturn, cast

from microgpt.bytepair import tokenizer_from_json, tokenizer_to_json
from microgpt.config import Config
from microgpt.state import Checkpoint, Learned, Run

Json = dict[str, object]
KEYS = {"config", "tokenizer", "run", "losses", "validation"}
KEYS |= {"rng", "state_dict", "adam"}
OLD_KEYS = KEYS - {"tokenizer", "validation"} | {"alphabet"}  # of version 1
# Run fields that version 1 did not have, with what its runs were.
NEW_IN_2 = {f.name: f.default for f in fields(Run) if f.default is not MISSING}


def to_json(checkpoint: Checkpoint) -> Json:
    """Return all that a checkpoint holds, as JSON can hold it."""
    version, state, gauss_next = checkpoint.rng.getstate()
    learned = checkpoint.learned
    return {
        "config": asdict(checkpoint.config),
        "tokenizer": tokenizer_to_json(checkpoint.tokenizer),
        "run": asdict(checkpoint.run),
        "losses": checkpoint.losses,
        "validation": checkpoint.validation,
        "rng": [version, list(state), gauss_next],
        "state_dict": matrices(learned.params, checkpoint.config),
        "adam": {
            "m": learned.m.tolist(),
            "v": learned.v.tolist(),
            "updates": len(checkpoint.losses),
        },
    }


def matrices(
    params: Sequence[float], config: Config
) -> dict[str, list[list[float]]]:
    """Return the flat `params` (P,) as matrices by name, lists of rows."""
    numbers = iter(params)

    def row(n_in: int) -> list[float]:
        return [next(numbers) for _ in range(n_in)]

    return {
        name: [row(n_in) for _ in range(n_out)]
        for name, (n_out, n_in) in config.shapes().items()
    }


def parse(text: bytes) -> Json:
    """Return the JSON object in `text`; no key twice, no NaN.

    Raises ValueError, which says what is wrong.
    """
    try:
        parsed = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_constant
        )
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("it is not the JSON that it should be") from error
    if not isinstance(parsed, dict):
        raise ValueError("it is not a JSON object")
    return parsed


def _unique(pairs: list[tuple[str, object]]) -> Json:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands in it twice")
    return dict(pairs)


def _constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}")


def upgraded(body: Json) -> Json:
    """Return a body of version 1 as one of version 2."""
    _expect_keys(body, OLD_KEYS, "")
    old, run = dict(body), _object(body["run"], "run")
    chars = {"kind": "characters", "chars": old.pop("alphabet")}
    new = {"tokenizer": chars, "validation": [], "run": NEW_IN_2 | run}
    return old | new


def from_json(body: Json) -> Checkpoint:
    """Return the checkpoint of a parsed body, each part of it checked.

    Raises ValueError, which says what is wrong.
    """
    _expect_keys(body, KEYS, "")
    sizes = _object(body["config"], "config")
    _expect_keys(sizes, {f.name for f in fields(Config)}, "config.")
    config = Config(**cast("dict[str, Any]", sizes))
    tokenizer = tokenizer_from_json(body["tokenizer"])
    if config.vocab_size != tokenizer.vocab_size:
        raise ValueError(
            f"vocab_size {config.vocab_size} does not fit its tokenizer's"
            f" {tokenizer.vocab_size}"
        )
    params = _flat_params(body["state_dict"], config)
    losses = _numbers(body["losses"], None, "losses")
    learned = _learned(params, body["adam"], len(losses))
    validation = _validation(body["validation"], len(losses))
    rng, run = _rng(body["rng"]), _run(body["run"])
    return Checkpoint(run, config, tokenizer, learned, rng, losses, validation)


def _flat_params(found: object, config: Config) -> "array[float]":
    """Return every parameter in order, from matrices of the right shapes."""
    state_dict = _object(found, "state_dict")
    if len(state_dict) != 3 + 6 * config.n_layer:
        raise ValueError(f"it has {len(state_dict)} matrices for {config}")
    shapes = config.shapes()
    _expect_keys(state_dict, set(shapes), "state_dict.")
    params = array("d")
    for name, (n_out, n_in) in shapes.items():
        rows = state_dict[name]
        if not isinstance(rows, list) or len(rows) != n_out:
            raise ValueError(f"{name} does not have {n_out} rows")
        for row in rows:
            params.extend(_numbers(row, n_in, f"a row of {name}"))
    return params


def _numbers(found: object, length: int | None, what: str) -> list[float]:
    if not isinstance(found, list):
        raise ValueError(f"{what} is not a list")
    if length is not None and len(found) != length:
        raise ValueError(f"{what} has {len(found)} numbers; expected {length}")
    if not all(type(x) is float and math.isfinite(x) for x in found):
        raise ValueError(f"{what} holds something that is not a finite number")
    return found


def _learned(params: "array[float]", found: object, steps: int) -> Learned:
    adam = _object(found, "adam")
    _expect_keys(adam, {"m", "v", "updates"}, "adam.")
    m = _numbers(adam["m"], len(params), "adam.m")
    v = _numbers(adam["v"], len(params), "adam.v")
    if min(v) < 0:  # means of squares
        raise ValueError("adam.v holds a negative number")
    if adam["updates"] != steps:
        raise ValueError(
            f"adam.updates is {adam['updates']!r} after {steps} steps"
        )
    return Learned(params, array("d", m), array("d", v))


def _validation(found: object, steps: int) -> list[tuple[int, float]]:
    """Return the measurements, in the order of the steps."""
    if not isinstance(found, list) or not all(
        isinstance(pair, list) and [type(x) for x in pair] == [int, float]
        for pair in found
    ):
        raise ValueError("validation is not a list of a step and a loss each")
    _numbers([loss for _, loss in found], None, "validation")
    taken = [step for step, _ in found]
    if not all(a < b for a, b in zip([-1, *taken], [*taken, steps + 1])):
        raise ValueError(f"validation is not in order, or past step {steps}")
    return [(step, loss) for step, loss in found]


def _rng(found: object) -> random.Random:
    rng = random.Random(0)
    try:
        version, state, gauss_next = cast("list[Any]", found)
        rng.setstate((version, tuple(state), gauss_next))
        if gauss_next is not None:
            math.isfinite(gauss_next)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            "rng is not the state of a random number generator"
        ) from error
    return rng


def _run(found: object) -> Run:
    run = _object(found, "run")
    kinds = {f.name: cast("type", f.type) for f in fields(Run)}
    _expect_keys(run, set(kinds), "run.")
    for name, kind in kinds.items():
        if type(run[name]) is not kind:
            raise ValueError(
                f"run.{name} is {run[name]!r}, not {kind.__name__}"
            )
    return Run(**cast("dict[str, Any]", run))


def _object(found: object, what: str) -> Json:
    if not isinstance(found, dict):
        raise ValueError(f"{what} is not an object")
    return found


def _expect_keys(
    found: Mapping[str, object], expected: set[str], where: str
) -> None:
    for key in sorted(found.keys() ^ expected):
        problem = "has no" if key in expected else "has an unexpected"
        raise ValueError(f"it {problem} {where}{key}")
