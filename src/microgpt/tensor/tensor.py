"""Operations on arrays, each beside the rule that passes gradients back."""

import copy
from collections.abc import Sequence
from types import EllipsisType

import numpy as np
import numpy.typing as npt

from microgpt.tensor.node import Array, Node, Vjp, recording

Axis = int | tuple[int, ...] | None
Pick = int | slice | npt.NDArray[np.int64] | list[int] | EllipsisType | None
Index = Pick | tuple[Pick, ...]


class Tensor(Node):
    """An array of numbers that remembers how it was made.

    data: numbers, nested lists of them, or an array, which is copied.
    requires_grad: whether `backward` is to leave a gradient here; then the
    numbers are floats. Raises TypeError if they are not.
    """

    __slots__ = ()

    @classmethod
    def record(
        cls, op: str, data: npt.ArrayLike, inputs: Sequence[Node], vjp: Vjp
    ) -> "Tensor":
        """Return the result of an operation, which remembers its inputs.

        It remembers nothing inside `no_grad`, or if no input requires a grad.
        """
        node = cls.__new__(cls)
        node._data = np.asarray(data)
        node.grad, node.version = None, 0
        node.op, node.inputs, node.vjp = op, (), None
        node.requires_grad = False
        if recording():
            for x in inputs:
                if x.requires_grad:
                    node.requires_grad = True
                    node.inputs, node.vjp = tuple(inputs), vjp
                    node.versions = [x.version for x in inputs]
                    break
        return node

    def operand(self, other: "Tensor | npt.ArrayLike") -> "Tensor":
        """Return `other` as a Tensor; a plain number takes on our dtype."""
        if isinstance(other, Tensor):
            return other
        plain = isinstance(other, (int, float, np.integer, np.floating))
        if plain and self._data.dtype.kind == "f":
            return Tensor(np.asarray(other, self._data.dtype))
        return Tensor(other)

    def detach(self) -> "Tensor":
        """Return a copy of the numbers that remembers nothing."""
        return Tensor(self._data)

    def __add__(self, other: "Tensor | npt.ArrayLike") -> "Tensor":
        other = self.operand(other)
        data = self._data + other._data
        return Tensor.record("add", data, (self, other), lambda g: (g, g))

    def __mul__(self, other: "Tensor | npt.ArrayLike") -> "Tensor":
        other = self.operand(other)
        a, b = self._data, other._data
        return Tensor.record(
            "mul", a * b, (self, other), lambda g: (g * b, g * a)
        )

    def __neg__(self) -> "Tensor":
        return Tensor.record("neg", -self._data, (self,), lambda g: (-g,))

    def __sub__(self, other: "Tensor | npt.ArrayLike") -> "Tensor":
        other = self.operand(other)
        data = self._data - other._data
        return Tensor.record("sub", data, (self, other), lambda g: (g, -g))

    def __truediv__(self, other: "Tensor | npt.ArrayLike") -> "Tensor":
        other = self.operand(other)
        b = other._data
        y = self._data / b
        return Tensor.record(
            "div", y, (self, other), lambda g: (g / b, -g * y / b)
        )

    def __pow__(self, exponent: float) -> "Tensor":
        """Return self ** exponent, for an exponent that is a plain number."""
        if not isinstance(exponent, (int, float)):
            raise TypeError(
                f"the exponent is a plain number; got {type(exponent).__name__}"
            )
        x, n = self._data, exponent
        if not isinstance(n, int):
            n = float(n)  # one of NumPy's would make float64 of float32

        def vjp(g: Array) -> tuple[Array]:
            slope = n * x ** (n - 1) if n else np.zeros_like(x)  # x**0 is flat
            return (g * slope,)

        return Tensor.record("pow", x**n, (self,), vjp)

    def __radd__(self, other: npt.ArrayLike) -> "Tensor":
        return self + other

    def __rmul__(self, other: npt.ArrayLike) -> "Tensor":
        return self * other

    def __rsub__(self, other: npt.ArrayLike) -> "Tensor":
        return self.operand(other) - self

    def __rtruediv__(self, other: npt.ArrayLike) -> "Tensor":
        return self.operand(other) / self

    def __rmatmul__(self, other: npt.ArrayLike) -> "Tensor":
        return self.operand(other) @ self

    def __matmul__(self, other: "Tensor | npt.ArrayLike") -> "Tensor":
        """Return matrix products: (..., n, k) by (..., k, m) to (..., n, m).

        Leading axes broadcast. A vector is taken as one row on the left, as
        one column on the right. Raises ValueError if the shapes do not fit.
        """
        other = self.operand(other)
        a, b = self._data, other._data
        try:
            data = a @ b
        except ValueError as error:
            inner = a.shape[-1:], b.shape[-2:][:1]
            reason = "the leading axes do not fit"
            if inner[0] != inner[1]:
                reason = f"in the middle stand {inner[0]} and {inner[1]}"
            raise ValueError(
                f"cannot multiply {a.shape} by {b.shape}: {reason}"
            ) from error
        if a.ndim == 1 or b.ndim == 1:
            row = self if a.ndim > 1 else self.reshape(1, -1)
            column = other if b.ndim > 1 else other.reshape(-1, 1)
            return (row @ column).reshape(*data.shape)
        return Tensor.record(
            "matmul",
            data,
            (self, other),
            lambda g: (g @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ g),
        )

    def sum(self, axis: Axis = None, keepdims: bool = False) -> "Tensor":
        """Return the sum over `axis`, over all of them if none is named."""
        x = self._data
        data = x.sum(axis=axis, keepdims=keepdims)

        def vjp(g: Array) -> tuple[Array]:
            return (np.broadcast_to(_restore(g, x, axis), x.shape),)

        return Tensor.record("sum", data, (self,), vjp)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> "Tensor":
        """Return the mean over `axis`: the sum, divided by how many."""
        total = self.sum(axis, keepdims)
        return total / (self._data.size / max(1, total._data.size))

    def max(self, axis: Axis = None, keepdims: bool = False) -> "Tensor":
        """Return the maximum over `axis`; equal ones share the gradient."""
        x = self._data
        data = x.max(axis=axis, keepdims=keepdims)

        def vjp(g: Array) -> tuple[Array]:
            highest = x == _restore(data, x, axis)
            n = highest.sum(axis=axis, keepdims=True, dtype=x.dtype)
            return (_restore(g, x, axis) * highest / n,)

        return Tensor.record("max", data, (self,), vjp)

    def exp(self) -> "Tensor":
        """Return e ** self; its slope is the result itself."""
        y = np.exp(self._data)
        return Tensor.record("exp", y, (self,), lambda g: (g * y,))

    def log(self) -> "Tensor":
        """Return the natural logarithm; its slope at x is 1 / x."""
        x = self._data
        return Tensor.record("log", np.log(x), (self,), lambda g: (g / x,))

    def sqrt(self) -> "Tensor":
        """Return the square root; its slope is 1 / (2 * root)."""
        y = np.sqrt(self._data)
        return Tensor.record("sqrt", y, (self,), lambda g: (g / (2 * y),))

    def tanh(self) -> "Tensor":
        """Return the hyperbolic tangent y, in (-1, 1); its slope is 1 - y²."""
        y = np.tanh(self._data)
        return Tensor.record("tanh", y, (self,), lambda g: (g * (1 - y * y),))

    def relu(self) -> "Tensor":
        """Return self where positive, else 0; the slope is 1 or 0."""
        x = self._data
        return Tensor.record(
            "relu", np.maximum(x, 0), (self,), lambda g: (g * (x > 0),)
        )

    def softmax(self, axis: int = -1) -> "Tensor":
        """Return scores as shares: positive, and 1 together along `axis`."""
        # Subtract the maximum: the shares are the same, exp cannot overflow.
        y = np.exp(self._data - self._data.max(axis=axis, keepdims=True))
        y /= y.sum(axis=axis, keepdims=True)

        def vjp(g: Array) -> tuple[Array]:
            return (y * (g - (g * y).sum(axis=axis, keepdims=True)),)

        return Tensor.record("softmax", y, (self,), vjp)

    def log_softmax(self, axis: int = -1) -> "Tensor":
        """Return the logarithm of the shares, however small they are."""
        x = self._data - self._data.max(axis=axis, keepdims=True)
        y = x - np.log(np.exp(x).sum(axis=axis, keepdims=True))

        def vjp(g: Array) -> tuple[Array]:
            return (g - np.exp(y) * g.sum(axis=axis, keepdims=True),)

        return Tensor.record("log_softmax", y, (self,), vjp)

    def reshape(self, *shape: int) -> "Tensor":
        """Return the same numbers in another shape; -1 stands for the rest."""
        x = self._data
        return Tensor.record(
            "reshape",
            x.reshape(shape),
            (self,),
            lambda g: (g.reshape(x.shape),),
        )

    def transpose(self, *axes: int) -> "Tensor":
        """Return the same numbers with the axes in the order given.

        Without any, in the opposite order: rows become columns.
        """
        ndim = self._data.ndim
        order = axes or tuple(reversed(range(ndim)))
        back = [int(i) for i in np.argsort([axis % ndim for axis in order])]
        return Tensor.record(
            "transpose",
            self._data.transpose(order),
            (self,),
            lambda g: (g.transpose(back),),
        )

    def __getitem__(self, index: Index) -> "Tensor":
        """Return a part, cut and picked as NumPy does.

        What is picked several times gets the sum of its gradients.
        """
        x, part = self._data, self._data[index]
        cut = isinstance(index, (int, slice))
        kept = index if cut else copy.deepcopy(index)  # theirs may change

        def vjp(g: Array) -> tuple[Array]:
            whole = np.zeros(x.shape, x.dtype)
            if cut:
                whole[kept] = g
            else:  # whole[kept] += g would forget repeats
                np.add.at(whole, kept, g)  # type: ignore[arg-type]
            return (whole,)

        return Tensor.record("getitem", part, (self,), vjp)


def concatenate(
    tensors: "Sequence[Tensor | npt.ArrayLike]", axis: int = 0
) -> Tensor:
    """Return the tensors one after the other along `axis`.

    Each gets back the part of the gradient that its own place has.
    """
    parts = [x if isinstance(x, Tensor) else Tensor(x) for x in tensors]
    arrays = [x.data for x in parts]
    ends = np.cumsum([x.shape[axis] for x in arrays])[:-1]
    return Tensor.record(
        "concatenate",
        np.concatenate(arrays, axis=axis),
        parts,
        lambda g: np.split(g, ends, axis=axis),
    )


def where(
    condition: npt.ArrayLike,
    a: "Tensor | npt.ArrayLike",
    b: "Tensor | npt.ArrayLike",
) -> Tensor:
    """Return `a` where the condition holds, `b` elsewhere.

    Each gets the gradient of the places where it was taken, 0 elsewhere.
    """
    holds = np.array(condition, bool)  # a copy: the caller may change theirs
    if not isinstance(a, Tensor):
        a = b.operand(a) if isinstance(b, Tensor) else Tensor(a)
    b = a.operand(b)
    return Tensor.record(
        "where",
        np.where(holds, a.data, b.data),
        (a, b),
        lambda g: (g * holds, g * ~holds),
    )


def _restore(reduced: Array, x: Array, axis: Axis) -> Array:
    """Return what is left of `x` with the axes that went at length 1."""
    shape = np.ones(x.ndim, int)
    if axis is not None:
        kept = np.array(x.shape)
        kept[list(axis) if isinstance(axis, tuple) else axis] = 1
        shape = kept
    return np.asarray(reduced).reshape(shape)
