"""Every operation and layer, ours and in plain loops; and what tests share.

A case is written once, for whatever `lib` offers the names that differ
between libraries, so that test_torch.py can run it on PyTorch.
"""

import gc
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from microgpt import tensor
from microgpt.tensor import (
    LayerNorm,
    MultiHeadAttention,
    Node,
    Tensor,
    cross_entropy,
)


def leaf(numbers):
    return Tensor(numbers, requires_grad=True)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def alive():
    """How many nodes there are, those in reference cycles included."""
    return sum(isinstance(x, Node) for x in gc.get_objects())


def layernorm(x, gain, bias):
    layer = LayerNorm(x.shape[-1])
    layer.gain, layer.bias = gain, bias
    return layer(x)


def heads(x, wqkv, wo):
    """Two heads."""
    layer = MultiHeadAttention(x.shape[-1], 2, random.Random(0))
    layer.wqkv, layer.wo = wqkv, wo
    return layer(x)


OURS = SimpleNamespace(
    transpose=Tensor.transpose,
    maximum=Tensor.max,
    concatenate=tensor.concatenate,
    where=tensor.where,
    linear=tensor.linear,
    rmsnorm=tensor.rmsnorm,
    layernorm=layernorm,
    embedding=tensor.embedding,
    attention=tensor.attention,
    dot_product_attention=tensor.dot_product_attention,
    heads=heads,
    cross_entropy=cross_entropy,
)


@dataclass(frozen=True)
class Case:
    """One way to call one operation.

    compute: from a library and its tensors. plain: from arrays, number by
    number. shapes: of the operands. positive: whether they are.
    """

    compute: Callable
    plain: Callable
    shapes: tuple
    positive: bool = False

    def arrays(self, seed=0):
        """Return operands, the same for the same seed."""
        rng = np.random.default_rng(seed)
        drawn = [rng.normal(size=shape) for shape in self.shapes]
        return [abs(x) + 0.3 for x in drawn] if self.positive else drawn

    def ours(self, *arrays):
        """Return leaves made from the arrays, and the result."""
        leaves = [Tensor(x, requires_grad=True) for x in arrays]
        return leaves, self.compute(OURS, *leaves)


def central_differences(function, arrays, eps=1e-6):
    """Return the slopes of a function of arrays, one a number of each."""
    slopes = [np.zeros(x.shape) for x in arrays]
    for which, x in enumerate(arrays):
        for place in np.ndindex(x.shape):
            ends = []
            for step in (eps, -eps):
                moved = [other.copy() for other in arrays]
                moved[which][place] += step
                ends.append(function(*moved))
            slopes[which][place] = (ends[0] - ends[1]) / (2 * eps)
    return slopes


def check_gradient(case):
    """Check the rules of a case; the message has both numbers."""
    arrays = case.arrays()
    leaves, result = case.ours(*arrays)
    weights = np.random.default_rng(1).uniform(0.5, 1.5, result.shape)
    result.backward(weights)
    measured = central_differences(
        lambda *moved: float((case.ours(*moved)[1].data * weights).sum()),
        arrays,
    )
    for leaf, slopes in zip(leaves, measured, strict=True):
        assert leaf.grad.shape == leaf.shape
        np.testing.assert_allclose(leaf.grad, slopes, rtol=1e-3, atol=1e-5)


def check_forward(case):
    """Check the numbers of a case against those of plain loops."""
    arrays = case.arrays()
    result = case.ours(*arrays)[1].data
    expected = np.asarray(case.plain(*arrays))
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-14)


def check_repeat(case):
    """Check that a second backward doubles, and that no number is changed."""
    arrays = case.arrays()
    leaves, result = case.ours(*arrays)
    seed, value = np.ones(result.shape), result.data.copy()
    result.backward(seed)
    once = [leaf.grad.copy() for leaf in leaves]
    result.backward(seed)
    for leaf, numbers, grad in zip(leaves, arrays, once, strict=True):
        np.testing.assert_allclose(leaf.grad, 2 * grad, rtol=1e-14)
        assert (leaf.data == numbers).all()
    assert (result.data == value).all()
    assert (seed == 1).all()


def each(f, *arrays):
    """Return f of the numbers at every place, as broadcasting pairs them."""
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    result = np.empty(shape)
    for place in np.ndindex(shape):
        numbers = []
        for x in arrays:
            own = place[len(place) - x.ndim :]
            own = tuple(i if n > 1 else 0 for i, n in zip(own, x.shape))
            numbers.append(float(x[own]))
        result[place] = f(*numbers)
    return result


def along(f, x, axis=None, keepdims=False):
    """Return f of the list of numbers that run along `axis`, each in turn."""
    axis = range(x.ndim) if axis is None else np.atleast_1d(axis) % x.ndim
    rows = {}
    for place in np.ndindex(x.shape):
        key = tuple(0 if i in axis else at for i, at in enumerate(place))
        rows.setdefault(key, []).append(float(x[place]))
    whole = [1 if i in axis else n for i, n in enumerate(x.shape)]
    result = np.empty(whole)
    for key, numbers in rows.items():
        result[key] = f(numbers)
    kept = [n for i, n in enumerate(x.shape) if i not in axis]
    return result if keepdims else result.reshape(kept)


def by_row(f, x):
    """Return f of each row, a list of as many numbers."""
    rows = x.reshape(-1, x.shape[-1]).tolist()
    return np.array([f(row) for row in rows]).reshape(x.shape)


def product(a, b):
    """Return the matrix product, three loops deep."""
    return np.array(
        [
            [math.fsum(x * y for x, y in zip(row, column)) for column in b.T]
            for row in a
        ]
    )


def shares(row):
    """Return the shares of scores that are not too large."""
    whole = math.fsum(math.exp(score) for score in row)
    return [math.exp(score) / whole for score in row]


def scaled(row):
    """Return a row with a mean square of 1."""
    root = math.sqrt(math.fsum(x * x for x in row) / len(row) + 1e-5)
    return [x / root for x in row]


def standard(row):
    """Return a row with mean 0 and variance 1."""
    middle = math.fsum(row) / len(row)
    spread = math.fsum((x - middle) ** 2 for x in row) / len(row)
    return [(x - middle) / math.sqrt(spread + 1e-5) for x in row]


def one_head(q, k, v, mask=None):
    """Return what each query gathers from the keys that it may look at."""
    gathered = []
    for t, query in enumerate(q):
        seen = np.arange(len(k)) <= t if mask is None else mask[t]
        scores = product(query[None], k[seen].T)[0] / math.sqrt(len(query))
        gathered.append(product(np.array([shares(scores)]), v[seen])[0])
    return np.array(gathered)


def plain_attention(qkv, n_head):
    """Return (B, T, C), document by document and head by head."""
    documents = []
    for document in qkv:
        q, k, v = np.split(document, 3, axis=1)
        parts = [np.split(x, n_head, axis=1) for x in (q, k, v)]
        gathered = [one_head(*head) for head in zip(*parts)]
        documents.append(np.concatenate(gathered, axis=1))
    return np.array(documents)


def plain_heads(x, wqkv, wo):
    """Return attention between its two matrices."""
    qkv = np.array([product(row, wqkv.T) for row in x])
    return np.array([product(row, wo.T) for row in plain_attention(qkv, 2)])


def plain_cross_entropy(logits, targets, weights):
    """Return the weighted sum of the surprises."""
    rows = zip(logits, targets, weights)
    return math.fsum(-w * math.log(shares(row)[i]) for row, i, w in rows)


TICKS = np.array([[True, False, True], [False, False, True]])
IDS = np.array([[2, 0, 2], [2, 1, 0]])
MASK = np.array([[True, False, True], [True, True, False]])

OPERATIONS = {
    "add": Case(
        lambda lib, x, y: x + y,
        lambda x, y: each(lambda a, b: math.fsum([a, b]), x, y),
        ((2, 3), (2, 3)),
    ),
    "add, both stretched": Case(
        lambda lib, x, y: x + y,
        lambda x, y: each(lambda a, b: math.fsum([a, b]), x, y),
        ((3, 1), (1, 4)),
    ),
    "add a number": Case(
        lambda lib, x: 2.5 + (x + 1),
        lambda x: each(lambda a: a + 3.5, x),
        ((2, 3),),
    ),
    "multiply": Case(
        lambda lib, x, y: x * y,
        lambda x, y: each(lambda a, b: a * b, x, y),
        ((2, 3), (2, 3)),
    ),
    "multiply, in front and stretched": Case(
        lambda lib, x, y: x * y,
        lambda x, y: each(lambda a, b: a * b, x, y),
        ((4, 2, 3), (2, 1)),
    ),
    "multiply a number": Case(
        lambda lib, x: 3 * (x * 2),
        lambda x: each(lambda a: 6 * a, x),
        ((),),
    ),
    "negate": Case(
        lambda lib, x: -x, lambda x: each(lambda a: 0 - a, x), ((2, 3),)
    ),
    "subtract": Case(
        lambda lib, x, y: x - y,
        lambda x, y: each(lambda a, b: a + -b, x, y),
        ((2, 3), (3,)),
    ),
    "subtract from a number": Case(
        lambda lib, x: 1 - (x - 2),
        lambda x: each(lambda a: 3 - a, x),
        ((2, 3),),
    ),
    "divide": Case(
        lambda lib, x, y: x / y,
        lambda x, y: each(lambda a, b: a / b, x, y),
        ((2, 3), (2, 1)),
        positive=True,
    ),
    "divide a number": Case(
        lambda lib, x: 3 / (x / 2),
        lambda x: each(lambda a: 6 / a, x),
        ((2, 3),),
        positive=True,
    ),
    "power 3": Case(
        lambda lib, x: x**3, lambda x: each(lambda a: a * a * a, x), ((2, 3),)
    ),
    "power 0": Case(
        lambda lib, x: x**0, lambda x: each(lambda a: 1.0, x), ((2, 3),)
    ),
    "power -1": Case(
        lambda lib, x: x**-1,
        lambda x: each(lambda a: 1 / a, x),
        ((2, 3),),
        positive=True,
    ),
    "power 0.5": Case(
        lambda lib, x: x**0.5,
        lambda x: each(math.sqrt, x),
        ((2, 3),),
        positive=True,
    ),
    "matrix product": Case(lambda lib, x, y: x @ y, product, ((2, 3), (3, 4))),
    "matrix products, stretched": Case(
        lambda lib, x, y: x @ y,
        lambda x, y: np.array([[product(a[0], b) for b in y] for a in x]),
        ((2, 1, 2, 3), (4, 3, 2)),
    ),
    "vector by matrix": Case(
        lambda lib, x, y: x @ y,
        lambda x, y: product(x[None], y)[0],
        ((3,), (3, 4)),
    ),
    "vector by matrices": Case(
        lambda lib, x, y: x @ y,
        lambda x, y: np.array([product(x[None], b)[0] for b in y]),
        ((3,), (2, 3, 4)),
    ),
    "matrices by vector": Case(
        lambda lib, x, y: x @ y,
        lambda x, y: np.array([product(a, y[:, None])[:, 0] for a in x]),
        ((2, 4, 3), (3,)),
    ),
    "vector by vector": Case(
        lambda lib, x, y: x @ y,
        lambda x, y: math.fsum(a * b for a, b in zip(x, y)),
        ((3,), (3,)),
    ),
    "sum": Case(
        lambda lib, x: x.sum(), lambda x: along(math.fsum, x), ((2, 3),)
    ),
    "sum over axis 0": Case(
        lambda lib, x: x.sum(axis=0),
        lambda x: along(math.fsum, x, 0),
        ((2, 3),),
    ),
    "sum over two axes, kept": Case(
        lambda lib, x: x.sum(axis=(0, -1), keepdims=True),
        lambda x: along(math.fsum, x, (0, -1), True),
        ((2, 3, 4),),
    ),
    "mean": Case(
        lambda lib, x: x.mean(),
        lambda x: along(lambda row: math.fsum(row) / 6, x),
        ((2, 3),),
    ),
    "mean over axis 1, kept": Case(
        lambda lib, x: x.mean(axis=1, keepdims=True),
        lambda x: along(lambda row: math.fsum(row) / 3, x, 1, True),
        ((2, 3),),
    ),
    "maximum": Case(
        lambda lib, x: lib.maximum(x), lambda x: along(max, x), ((2, 3),)
    ),
    "maximum over axis 0": Case(
        lambda lib, x: lib.maximum(x, 0), lambda x: along(max, x, 0), ((4, 3),)
    ),
    "maximum over two axes, kept": Case(
        lambda lib, x: lib.maximum(x, (0, 2), True),
        lambda x: along(max, x, (0, 2), True),
        ((2, 3, 4),),
    ),
    "exp": Case(lambda lib, x: x.exp(), lambda x: each(math.exp, x), ((2, 3),)),
    "log": Case(
        lambda lib, x: x.log(), lambda x: each(math.log, x), ((2, 3),), True
    ),
    "sqrt": Case(
        lambda lib, x: x.sqrt(), lambda x: each(math.sqrt, x), ((2, 3),), True
    ),
    "tanh": Case(
        lambda lib, x: x.tanh(),
        lambda x: each(lambda a: 1 - 2 / (math.exp(2 * a) + 1), x),
        ((2, 3),),
    ),
    "relu": Case(
        lambda lib, x: x.relu(),
        lambda x: each(lambda a: a if a > 0 else 0.0, x),
        ((3, 4),),
    ),
    "softmax": Case(
        lambda lib, x: x.softmax(-1), lambda x: by_row(shares, x), ((2, 3),)
    ),
    "softmax down the columns": Case(
        lambda lib, x: x.softmax(0), lambda x: by_row(shares, x.T).T, ((4, 3),)
    ),
    "log_softmax": Case(
        lambda lib, x: x.log_softmax(-1),
        lambda x: each(math.log, by_row(shares, x)),
        ((2, 3),),
    ),
    "log_softmax down the columns": Case(
        lambda lib, x: x.log_softmax(0),
        lambda x: each(math.log, by_row(shares, x.T).T),
        ((4, 3),),
    ),
    "reshape": Case(
        lambda lib, x: x.reshape(3, -1) * 2,
        lambda x: [[2 * v for v in x.flat][i : i + 4] for i in (0, 4, 8)],
        ((2, 6),),
    ),
    "transpose": Case(
        lambda lib, x: lib.transpose(x) * 2,
        lambda x: [[2 * row[i] for row in x] for i in range(3)],
        ((2, 3),),
    ),
    "transpose, axes in order": Case(
        lambda lib, x: lib.transpose(x, 2, 0, 1),
        lambda x: [[[m[j][i] for j in (0, 1, 2)] for m in x] for i in range(4)],
        ((2, 3, 4),),
    ),
    "transpose, counted from the end": Case(
        lambda lib, x: lib.transpose(x, 0, -1, -2),
        lambda x: [[[row[i] for row in m] for i in range(4)] for m in x],
        ((2, 3, 4),),
    ),
    "slice": Case(
        lambda lib, x: x[1:, ::2],
        lambda x: [[row[0], row[2]] for row in x[1:]],
        ((3, 4),),
    ),
    "pick one row": Case(lambda lib, x: x[-1], lambda x: list(x)[1], ((2, 3),)),
    "pick rows again and again": Case(
        lambda lib, x: x[[2, 0, 2, 2]],
        lambda x: [list(x)[i] for i in (2, 0, 2, 2)],
        ((3, 2),),
    ),
    "pick places": Case(
        lambda lib, x: x[[0, 1, 0], [2, 1, 2]],
        lambda x: [x[0][2], x[1][1], x[0][2]],
        ((2, 3),),
    ),
    "pick by yes and no": Case(
        lambda lib, x: x[TICKS],
        lambda x: [x[0][0], x[0][2], x[1][2]],
        ((2, 3),),
    ),
    "a new axis": Case(
        lambda lib, x: x[..., None, 1],
        lambda x: [[row[1]] for row in x],
        ((2, 3),),
    ),
    "concatenate": Case(
        lambda lib, x, y: lib.concatenate([x, y, x]),
        lambda x, y: [*x, *y, *x],
        ((2, 3), (1, 3)),
    ),
    "concatenate along axis -1": Case(
        lambda lib, x, y: lib.concatenate([x, y], -1),
        lambda x, y: [[*a, *b] for a, b in zip(x, y)],
        ((2, 3), (2, 1)),
    ),
    "where": Case(
        lambda lib, x, y: lib.where(TICKS, x, y),
        lambda x, y: [
            [x[0][0], y[0][0], x[0][2]],
            [y[1][0], y[1][0], x[1][2]],
        ],
        ((2, 3), (2, 1)),
    ),
    "where, a number on either side": Case(
        lambda lib, x: lib.where(TICKS, x, 0.5) * lib.where(TICKS, 2.0, x),
        lambda x: [
            [2 * x[0][0], 0.5 * x[0][1], 2 * x[0][2]],
            [0.5 * x[1][0], 0.5 * x[1][1], 2 * x[1][2]],
        ],
        ((2, 3),),
    ),
    "reuse": Case(
        lambda lib, x, y: x * y + x * x - y,
        lambda x, y: each(lambda a, b: a * (a + b) - b, x, y),
        ((2, 3), (3,)),
    ),
}

LAYERS = {
    "linear": Case(
        lambda lib, x, w, b: lib.linear(x, w, b),
        lambda x, w, b: np.array([product(m, w.T) for m in x]) + b,
        ((2, 3, 4), (5, 4), (5,)),
    ),
    "linear without a bias": Case(
        lambda lib, x, w: lib.linear(x, w),
        lambda x, w: product(x, w.T),
        ((3, 4), (2, 4)),
    ),
    "linear of a vector": Case(
        lambda lib, x, w: lib.linear(x, w),
        lambda x, w: product(x[None], w.T)[0],
        ((4,), (2, 4)),
    ),
    "rmsnorm": Case(
        lambda lib, x: lib.rmsnorm(x),
        lambda x: by_row(scaled, x),
        ((2, 3, 4),),
    ),
    "layernorm": Case(
        lambda lib, x, gain, bias: lib.layernorm(x, gain, bias),
        lambda x, gain, bias: by_row(standard, x) * gain + bias,
        ((2, 3, 4), (4,), (4,)),
    ),
    "embedding": Case(
        lambda lib, w: lib.embedding(w, IDS),
        lambda w: [[list(w)[i] for i in row] for row in IDS],
        ((4, 3),),
    ),
    "attention, 1 head": Case(
        lambda lib, qkv: lib.attention(qkv, 1),
        lambda qkv: plain_attention(qkv, 1),
        ((2, 4, 6),),
    ),
    "attention, 3 heads": Case(
        lambda lib, qkv: lib.attention(qkv, 3),
        lambda qkv: plain_attention(qkv, 3),
        ((2, 3, 18),),
    ),
    "dot_product_attention": Case(
        lambda lib, q, k, v: lib.dot_product_attention(q, k, v, MASK),
        lambda q, k, v: np.array(
            [one_head(*head, MASK) for head in zip(q, k, v)]
        ),
        ((2, 2, 4), (2, 3, 4), (2, 3, 5)),
    ),
    "heads": Case(
        lambda lib, x, wqkv, wo: lib.heads(x, wqkv, wo),
        plain_heads,
        ((2, 3, 4), (12, 4), (4, 4)),
    ),
    "cross_entropy": Case(
        lambda lib, logits: lib.cross_entropy(logits, IDS),
        lambda logits: plain_cross_entropy(
            logits.reshape(6, 4), IDS.ravel(), [1 / 6] * 6
        ),
        ((2, 3, 4),),
    ),
    "cross_entropy, weighted": Case(
        lambda lib, logits: lib.cross_entropy(
            logits, [2, 0, 1], np.array([0.5, 0.0, 0.25])
        ),
        lambda logits: plain_cross_entropy(logits, [2, 0, 1], [0.5, 0, 0.25]),
        ((3, 3),),
    ),
}
