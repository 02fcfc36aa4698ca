"""What PyTorch gives at the edges, as a table: edges.json.

Run `python tests/tensor/make_edges.py` where PyTorch is installed, which the
project itself never needs. test_edges.py holds our engine to the table, and
test_torch.py holds the table to PyTorch.

Each entry: code, in which x and y are tensors; x, y, their numbers; seed, the
gradient to start with, where it is not all ones; torch, what PyTorch gives:
the value and the gradients of x and y, or the error that it raises. Where we
differ on purpose: ours, what we give, and why. torch_code: where PyTorch
writes the same thing in another way.
"""

import json
import math
from pathlib import Path

TABLE = Path(__file__).with_name("edges.json")
INF, NAN = float("inf"), float("nan")

FACTOR = "a slope of 0 is a factor here, and 0 times infinity is NaN"
NO_LARGEST = "nothing has no largest number: NumPy raises, and so do we"
NUMPY = "it is NumPy that raises"
VALUE_ERROR = {"ours": {"raises": "ValueError"}, "why": NUMPY}

CASES = [
    # powers
    {"code": "x ** 2", "x": [0.0, -0.0, -3.0, INF, NAN]},
    {"code": "x ** 1", "x": [0.0, -2.0, INF]},
    {"code": "x ** 0", "x": [0.0, -2.0, INF, NAN]},
    {"code": "x ** -1", "x": [0.0, -0.0, INF]},
    {"code": "x ** 0.5", "x": [0.0, 4.0, -1.0]},
    {"code": "x ** 3", "x": [0.0, -2.0]},
    {"code": "x.sqrt()", "x": [0.0, 4.0, -1.0, INF]},
    # functions of one number
    {"code": "x.log()", "x": [0.0, -0.0, -1.0, INF, NAN]},
    {"code": "x.exp()", "x": [710.0, -1000.0, INF, -INF, NAN]},
    {"code": "x.tanh()", "x": [1e300, -1000.0, 20.0, 0.0, -0.0, INF]},
    {"code": "x.relu()", "x": [0.0, 1.0, -1.0, INF, -INF]},
    {"code": "x.relu()", "x": [-0.0]},
    {
        "code": "x.relu()",
        "x": [NAN],
        "ours": {"value": [NAN], "x": [0.0]},
        "why": "NaN is not above 0, so it gets no gradient",
    },
    {
        "code": "x.relu().sqrt()",
        "x": [-1.0],
        "ours": {"value": [0.0], "x": [NAN]},
        "why": FACTOR,
    },
    {"code": "(x * 0.0).sqrt()", "x": [1.0]},
    # the largest
    {"code": "x.max()", "x": [3.0, 1.0, 3.0, 3.0]},
    {"code": "x.max()", "x": [2.0]},
    {"code": "x.max()", "x": [-INF, -INF]},
    {
        "code": "x.max()",
        "x": [1.0, NAN],
        "ours": {"value": NAN, "x": [NAN, NAN]},
        "why": "NaN equals nothing: the same as over an axis, here and there",
    },
    {
        "code": "x.max()",
        "x": [],
        "ours": {"raises": "ValueError"},
        "why": NO_LARGEST,
    },
    {
        "code": "x.max(1)",
        "torch_code": "x.amax(1)",
        "x": [[], []],
        "ours": {"raises": "ValueError"},
        "why": NO_LARGEST,
    },
    {
        "code": "x.max(1)",
        "torch_code": "x.amax(1)",
        "x": [[2.0, 2.0], [0.0, -0.0]],
    },
    {
        "code": "x.max(0)",
        "torch_code": "x.amax(0)",
        "x": [[1.0, NAN], [INF, 0]],
    },
    # shares
    {"code": "x.softmax(-1)", "x": [1000.0, 0.0], "seed": [1.0, 0.0]},
    {"code": "x.softmax(-1)", "x": [-1000.0, -1000.0], "seed": [1.0, 0.0]},
    {"code": "x.softmax(-1)", "x": [-INF, 0.0, 0.0], "seed": [1.0, 2.0, 4.0]},
    {"code": "x.softmax(-1)", "x": [-INF, -INF], "seed": [1.0, 0.0]},
    {"code": "x.softmax(-1)", "x": [INF, 0.0], "seed": [1.0, 0.0]},
    {"code": "x.softmax(-1)", "x": [NAN, 0.0], "seed": [1.0, 0.0]},
    {
        "code": "x.softmax(-1)",
        "x": [[], []],
        "ours": {"raises": "ValueError"},
        "why": NO_LARGEST,
    },
    {"code": "x.log_softmax(-1)", "x": [1000.0, 0.0], "seed": [0.0, 1.0]},
    {"code": "x.log_softmax(-1)", "x": [-INF, 0.0, 0.0], "seed": [0, 1.0, 0]},
    {"code": "x.log_softmax(-1)", "x": [-INF, 0.0], "seed": [1.0, 0.0]},
    {"code": "x.log_softmax(-1)", "x": [-INF, -INF], "seed": [1.0, 0.0]},
    {"code": "x.log_softmax(-1)", "x": [INF, 0.0], "seed": [1.0, 0.0]},
    # nothing at all
    {"code": "x.sum()", "x": []},
    {"code": "x.sum(1)", "x": [[], []]},
    {"code": "x.mean()", "x": []},
    {"code": "x.mean(1)", "x": [[], []]},
    {"code": "x.mean(0)", "x": [[], []]},
    {"code": "x.exp()", "x": []},
    {"code": "concatenate([x, y])", "x": [], "y": [1.0]},
    {"code": "x.reshape(2, 0) @ y.reshape(0, 3)", "x": [], "y": []},
    {"code": "x[1:1]", "x": [1.0, 2.0]},
    {"code": "x + y", "x": [[], []], "y": [[1.0], [2.0]]},
    # division
    {"code": "x / y", "x": [1.0, -1.0, 0.0, INF], "y": [0.0, 0.0, 0.0, INF]},
    {"code": "x / y", "x": [1.0, 1.0], "y": [-0.0, INF]},
    {"code": "x / y", "x": [1e-200, 1e200], "y": [1e-200, 1e200]},
    {"code": "x / x", "x": [2.0, 0.0, INF]},
    {"code": "1 / x", "x": [0.0, -0.0, INF]},
    # shapes
    {"code": "x + y", "x": [[1.0], [2.0], [3.0]], "y": [[1.0, 2.0, 3.0, 4.0]]},
    {"code": "x * y", "x": [[1.0], [2.0], [3.0]], "y": [[1.0, 2.0, 3.0, 4.0]]},
    {"code": "x * y", "x": [0.0, INF], "y": [INF, -INF]},
    {"code": "x - y", "x": [[1.0, 2.0], [3.0, 4.0]], "y": 5.0},
    {"code": "x + y", "x": [1.0, 2.0], "y": [1.0, 2.0, 3.0], **VALUE_ERROR},
    {"code": "x @ y", "x": [0.0, 1.0], "y": [INF, 1.0]},
    {
        "code": "x @ y",
        "x": [[1.0, 2.0]],
        "y": [[1.0, 2.0]],
        "ours": {"raises": "ValueError"},
        "why": "a shape that does not fit is a ValueError, with both shapes",
    },
    {"code": "x @ y", "x": 1.0, "y": [1.0], **VALUE_ERROR},
    {"code": "x.reshape(4, -1)", "x": [1.0, 2.0], **VALUE_ERROR},
    {
        "code": "x.sum(2)",
        "x": [1.0, 2.0],
        "ours": {"raises": "AxisError"},
        "why": NUMPY,
    },
    # parts
    {"code": "embedding(x, [0, 0, 2])", "x": [[1.0], [2.0], [3.0]]},
    {"code": "embedding(x, [-1])", "x": [[1.0], [2.0]]},
    {"code": "embedding(x, [2])", "x": [[1.0], [2.0]]},
    {"code": "x[[0, 0, 2]]", "x": [1.0, 2.0, 3.0]},
    {"code": "x[[-1, 1]]", "x": [1.0, 2.0]},
    {"code": "x[-1]", "x": [1.0, 2.0]},
    {"code": "x[2]", "x": [1.0, 2.0]},
    {"code": "x[[0, 2]]", "x": [1.0, 2.0]},
    # choices
    {"code": "where([True, False], x, y)", "x": [INF, NAN], "y": [NAN, INF]},
    {
        "code": "where([False], x, 0.0).sqrt()",
        "x": [1.0],
        "ours": {"value": [0.0], "x": [NAN]},
        "why": FACTOR,
    },
    # surprise
    {"code": "cross_entropy(x, [1])", "x": [[1000.0, 0.0]]},
    {"code": "cross_entropy(x, [0])", "x": [[1000.0, 0.0]]},
    {"code": "cross_entropy(x, [1])", "x": [[0.0, -INF]]},
    {"code": "cross_entropy(x, [0])", "x": [[0.0, -INF]]},
    {"code": "cross_entropy(x, [-1])", "x": [[0.0, 1.0]]},
    {"code": "cross_entropy(x, [2])", "x": [[0.0, 1.0]]},
    {
        "code": "cross_entropy(x, [-100])",
        "x": [[0.0, 1.0]],
        "ours": {"raises": "IndexError"},
        "why": "-100 leaves a place out in PyTorch; a weight of 0 does so here",
    },
    # norms
    {"code": "rmsnorm(x)", "x": [0.0, 0.0], "seed": [1.0, 0.0]},
    {"code": "rmsnorm(x)", "x": [1e-10, 0.0], "seed": [1.0, 0.0]},
    {"code": "rmsnorm(x)", "x": [INF, 0.0], "seed": [1.0, 0.0]},
]


def outcome(entry, code, leaf, plain, names):
    """Return what an engine gives: the value and the gradients, or the error.

    leaf: makes a tensor that requires a grad. plain: gives lists of it.
    names: the engine's functions, as they are called in `code`.
    """
    given = {name: leaf(entry[name]) for name in "xy" if name in entry}
    try:
        result = eval(code, {**names, **given})
    except (ValueError, LookupError, RuntimeError, TypeError) as error:
        return {"raises": type(error).__name__}
    seeded = result * leaf(entry["seed"]) if "seed" in entry else result
    seeded.sum().backward()
    grads = {name: plain(x.grad) for name, x in given.items()}
    return {"value": plain(result), **grads}


def torch_gives(entry):
    """Return what PyTorch gives."""
    import torch
    from torch.nn import functional

    names = {
        "concatenate": torch.cat,
        "embedding": lambda x, ids: functional.embedding(torch.tensor(ids), x),
        "where": lambda holds, a, b: torch.where(torch.tensor(holds), a, b),
        "cross_entropy": lambda x, ids: functional.cross_entropy(
            x, torch.tensor(ids)
        ),
        "rmsnorm": lambda x: functional.rms_norm(x, x.shape[-1:], eps=1e-5),
    }
    return outcome(
        entry,
        entry.get("torch_code", entry["code"]),
        lambda data: torch.tensor(
            data, dtype=torch.float64, requires_grad=True
        ),
        lambda x: x.detach().tolist(),
        names,
    )


def to_json(data):
    """Return the same with NaN and the infinities as text, which JSON has."""
    if isinstance(data, dict):
        return {key: to_json(part) for key, part in data.items()}
    if isinstance(data, list):
        return [to_json(part) for part in data]
    if isinstance(data, float) and not math.isfinite(data):
        return str(data)
    return data


def table():
    """Return every entry with what PyTorch gives, as it stands in the file."""
    return [to_json({**entry, "torch": torch_gives(entry)}) for entry in CASES]


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(entry) for entry in table())
    TABLE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
