"""The three small functions that the whole model is made of."""

from collections.abc import Sequence

from microgpt.scalar.parameters import Matrix, Vector
from microgpt.scalar.value import Value


def dot(a: Sequence[Value], b: Sequence[Value]) -> Value:
    """Return a[0] * b[0] + a[1] * b[1] + ..., as one node of the graph.

    The slope along each factor is the other one. Adds from left to right, as
    the long form does, so the result is the same to the last bit.
    Raises ValueError if the lengths differ.
    """
    if len(a) != len(b):
        raise ValueError(f"cannot multiply {len(a)} numbers by {len(b)}")
    result = 0.0
    for x, y in zip(a, b):
        result += x.data * y.data
    slopes = [value.data for value in (*b, *a)]
    return Value(result, (*a, *b), slopes)


def total(values: Sequence[Value]) -> Value:
    """Return values[0] + values[1] + ..., as one node of the graph."""
    result = 0.0
    for value in values:
        result += value.data
    return Value(result, values, (1.0,) * len(values))


def linear(x: Vector, weight: Matrix) -> Vector:
    """Return one weighted sum of `x` a row of `weight`.

    x: (n_in,). weight: (n_out, n_in). Returns (n_out,).
    """
    return [dot(row, x) for row in weight]


def softmax(logits: Sequence[Value]) -> Vector:
    """Return scores of any size as shares: positive, and 1 together."""
    # Subtract the maximum: the shares are the same, and exp cannot overflow.
    highest = max(logit.data for logit in logits)
    exps = [(logit - highest).exp() for logit in logits]
    whole = total(exps)
    return [e / whole for e in exps]


def rmsnorm(x: Vector) -> Vector:
    """Return `x` scaled so that its mean square is 1 (or 0, if `x` is 0)."""
    mean_square = dot(x, x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5  # 1e-5: never divide by 0
    return [xi * scale for xi in x]
