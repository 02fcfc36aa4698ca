import json

import numpy as np
import pytest

from microgpt.tensor import (
    Tensor,
    concatenate,
    cross_entropy,
    embedding,
    rmsnorm,
    where,
)

from .make_edges import CASES, TABLE, outcome, to_json

ENTRIES = json.loads(TABLE.read_text(encoding="utf-8"))
NAMES = {
    "concatenate": concatenate,
    "cross_entropy": cross_entropy,
    "embedding": embedding,
    "rmsnorm": rmsnorm,
    "where": where,
}


def floats(numbers):
    """Return an array of nested lists, in which infinity may be a word."""
    return np.array(numbers, dtype=object).astype(float)


def we_give(entry):
    with np.errstate(all="ignore"):  # NumPy warns where a number is none
        return outcome(
            entry,
            entry["code"],
            lambda numbers: Tensor(floats(numbers), requires_grad=True),
            lambda x: x.data if isinstance(x, Tensor) else x,
            NAMES,
        )


def same(found, expected):
    """Whether two outcomes are equal: NaN is NaN, and -0.0 is 0.0."""
    if found.keys() != expected.keys():
        return False
    if "raises" in found:
        return found == expected
    pairs = [(found[key], floats(expected[key])) for key in found]
    return all(
        a.shape == b.shape
        and np.allclose(a, b, rtol=1e-13, atol=0, equal_nan=True)
        for a, b in pairs
    )


@pytest.mark.parametrize(
    "entry", ENTRIES, ids=[f"{e['code']} at {e['x']}" for e in ENTRIES]
)
def test_each_edge_is_as_in_pytorch_or_as_the_table_explains(entry):
    found = we_give(entry)
    expected = entry.get("ours", entry["torch"])
    assert same(found, expected), f"found {found}, expected {expected}"
    if "ours" in entry:
        assert entry["why"]
        assert not same(found, entry["torch"])


def test_the_table_holds_the_cases_of_its_script():
    written = [{k: e[k] for k in e if k != "torch"} for e in ENTRIES]
    assert written == to_json(CASES)
