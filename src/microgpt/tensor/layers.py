"""Layers: operations that carry the parameters they work with."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from microgpt.tensor.node import Array, no_grad
from microgpt.tensor.parameters import matrix
from microgpt.tensor.tensor import Tensor

Ids = npt.NDArray[np.int64]


class Layer:
    """What holds parameters, or other layers that do.

    training: whether what is for training only, Dropout, is switched on.
    """

    training = True

    def tensors(self) -> list[Tensor]:
        """Return the parameters, in the order in which they were made."""
        found = []
        for part in self.parts():
            found += [part] if isinstance(part, Tensor) else part.tensors()
        return found

    def parts(self) -> Iterator["Tensor | Layer"]:
        """Yield the parameters and the layers right inside this one."""
        for value in vars(self).values():
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, (Tensor, Layer)):
                    yield part

    def layers(self) -> Iterator["Layer"]:
        """Yield this layer and all inside, however deep."""
        yield self
        for part in self.parts():
            if isinstance(part, Layer):
                yield from part.layers()

    def train(self, training: bool = True) -> None:
        """Switch to training, here and inside; `train(False)` to evaluating."""
        for layer in self.layers():
            layer.training = training

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Evaluate for a while: Dropout off, and no graph left behind."""
        before = [(layer, layer.training) for layer in self.layers()]
        self.train(False)
        try:
            with no_grad():
                yield
        finally:
            for layer, training in before:
                layer.training = training


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return one weighted sum of `x` a row of `weight`, plus `bias`.

    x: (..., n_in). weight: (n_out, n_in). bias: (n_out,). Returns
    (..., n_out). The same as x @ weight.transpose() + bias, as one node.
    """
    a, w = x.data, weight.data
    rows = a.reshape(-1, a.shape[-1])  # (N, n_in), whatever came before
    y = rows.dot(w.T).reshape(*a.shape[:-1], len(w))

    def vjp(g: Array) -> tuple[Array, ...]:
        flat = g.reshape(-1, len(w))
        # The last is for the bias, if there is one; its rows are summed there.
        return flat.dot(w).reshape(a.shape), flat.T.dot(rows), g

    if bias is None:
        return Tensor.record("linear", y, (x, weight), vjp)
    y += bias.data
    return Tensor.record("linear", y, (x, weight, bias), vjp)


class Linear(Layer):
    """y = x W + b, with W a row an output, as Part I has it.

    weight: (n_out, n_in), drawn with `std`. bias: (n_out,), 0 at first, or
    None. What goes in is (..., n_in), what comes out (..., n_out).
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        rng: random.Random,
        *,
        bias: bool = True,
        std: float = 0.08,
    ) -> None:
        self.weight = matrix(n_out, n_in, rng, std)
        self.bias = Tensor(np.zeros(n_out), True) if bias else None

    def __call__(self, x: Tensor) -> Tensor:
        """Return (..., n_out) for (..., n_in)."""
        return linear(x, self.weight, self.bias)


def rmsnorm(x: Tensor, eps: float = 1e-5) -> Tensor:
    """Return `x` (..., C) scaled so that each row's mean square is 1.

    The same as x * ((x * x).mean(-1, keepdims=True) + eps) ** -0.5, as one
    node.
    """
    rows = x.data
    n = float(rows.shape[-1])
    scale = np.vecdot(rows, rows)[..., None]  # (..., 1), as all that follows
    scale += n * eps
    scale = n**0.5 / np.sqrt(scale)
    y = rows * scale

    def vjp(g: Array) -> tuple[Array]:
        along = np.vecdot(g, y)[..., None]
        along /= n
        back = g - y * along
        back *= scale
        return (back,)

    return Tensor.record("rmsnorm", y, (x,), vjp)


class RMSNorm(Layer):
    """`rmsnorm` as a layer; without parameters, as in Part I."""

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = eps

    def __call__(self, x: Tensor) -> Tensor:
        """Return `x` (..., C), each row with a mean square of 1."""
        return rmsnorm(x, self.eps)


class LayerNorm(Layer):
    """Rows with mean 0 and variance 1, then stretched and shifted.

    gain: (C,), 1 at first. bias: (C,), 0 at first. GPT-2's norm. Source: Ba,
    Kiros & Hinton, arXiv 1607.06450.
    """

    def __init__(self, n_embd: int, eps: float = 1e-5) -> None:
        self.gain = Tensor(np.ones(n_embd), requires_grad=True)
        self.bias = Tensor(np.zeros(n_embd), requires_grad=True)
        self.eps = eps

    def __call__(self, x: Tensor) -> Tensor:
        """Return `x` (..., C), each row moved and scaled."""
        centered = x - x.mean(-1, keepdims=True)
        variance = (centered * centered).mean(-1, keepdims=True)
        return centered / (variance + self.eps).sqrt() * self.gain + self.bias


def embedding(weight: Tensor, ids: npt.ArrayLike) -> Tensor:
    """Return the row of `weight` (V, C) for each id: (..., C).

    A row that is taken several times gets the sum of its gradients.
    Raises IndexError for an id that is not in [0, V).
    """
    ids, rows = np.array(ids), weight.data
    # NumPy itself refuses ids that are too large, or no whole numbers.
    if np.minimum.reduce(ids, None, initial=0) < 0:
        raise IndexError(f"ids are in [0, {len(rows)}); got {ids.min()}")

    def vjp(g: Array) -> tuple[Array]:
        whole = np.zeros(rows.shape, rows.dtype)
        np.add.at(whole, ids, g)  # whole[ids] += g forgets repeats
        return (whole,)

    return Tensor.record("embedding", rows.take(ids, axis=0), (weight,), vjp)


class Embedding(Layer):
    """A table of rows, one a token or one a position.

    weight: (n, C), drawn with `std`.
    """

    def __init__(
        self, n: int, n_embd: int, rng: random.Random, *, std: float = 0.08
    ) -> None:
        self.weight = matrix(n, n_embd, rng, std)

    def __call__(self, ids: npt.ArrayLike) -> Tensor:
        """Return the row of each id: (...) gives (..., C)."""
        return embedding(self.weight, ids)


class Dropout(Layer):
    """Each number is 0 with chance `p` while training; the rest make up for it.

    The rest are divided by 1 - p, so that sums stay what they are on average.
    Does nothing when evaluating. seed: fixes the draws. Source: Srivastava et
    al., JMLR 15 (2014). Raises ValueError if p is not in [0, 1).
    """

    def __init__(self, p: float, seed: int = 0) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"p is at least 0 and below 1; got {p}")
        self.p, self.seed = p, seed
        self.rng: np.random.Generator | None = None  # 2.6 MiB, if ever used

    def __call__(self, x: Tensor) -> Tensor:
        """Return `x` with a share p of it dropped, or `x` itself."""
        if not self.training or self.p == 0:
            return x
        if self.rng is None:
            self.rng = np.random.default_rng(self.seed)
        kept = self.rng.random(x.shape) >= self.p
        return x * (kept / (1 - self.p)).astype(x.data.dtype)
