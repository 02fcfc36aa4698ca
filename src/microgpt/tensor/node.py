"""An array that remembers how it was made, and backpropagation through it."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn, cast

import numpy as np
import numpy.typing as npt

from microgpt.scalar.value import Value, topological_order

Array = npt.NDArray[np.float64]  # or float32, all the way through
Vjp = Callable[[Array], Sequence[Array]]  # vector-Jacobian product


def unbroadcast(grad: Array, shape: tuple[int, ...]) -> Array:
    """Return `grad` summed to `shape`: one number was used in many places.

    Sums away the axes that broadcasting put in front, and those that it
    stretched from length 1.
    """
    if grad.size == math.prod(shape):  # nothing to sum, only axes of length 1
        return grad.reshape(shape)
    front = grad.ndim - len(shape)
    stretched = [
        front + axis
        for axis, n in enumerate(shape)
        if n == 1 and grad.shape[front + axis] != 1
    ]
    total: Array = np.add.reduce(grad, axis=(*range(front), *stretched))
    return total.reshape(shape)


_recording: ContextVar[bool] = ContextVar("recording", default=True)
recording = _recording.get


@contextmanager
def no_grad() -> Iterator[None]:
    """Leave no graph behind: what is computed inside remembers nothing."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)


class Node:
    """One array in a computation graph: what every Tensor remembers.

    data: the numbers. requires_grad: whether a gradient is to reach it.
    grad: how fast the end result rises with each number, in the shape of data;
    None until `backward`. inputs: the nodes it was made from; a leaf has none.
    op: the name of the operation. vjp: from the gradient of this node, those
    of its inputs.
    """

    __slots__ = (
        "_data",
        "grad",
        "inputs",
        "op",
        "requires_grad",
        "version",
        "versions",
        "vjp",
    )
    __array_ufunc__ = None  # array * node asks the node, not the array
    _data: Array
    grad: Array | None
    inputs: tuple["Node", ...]
    vjp: Vjp | None
    versions: list[int]

    def __init__(
        self, data: npt.ArrayLike, requires_grad: bool = False
    ) -> None:
        if isinstance(data, Node):
            raise TypeError("this is a Tensor already; x.detach() copies it")
        self._data = np.array(data)
        kind = self._data.dtype.kind
        if kind not in "fiub":
            raise TypeError(f"a Tensor holds numbers; got {data!r}")
        if requires_grad and kind != "f":
            raise TypeError(
                "a gradient asks for small changes, which whole numbers do not"
                f" make: write 2.0 for 2 (got {self._data.dtype})"
            )
        self.requires_grad = requires_grad
        self.grad = self.vjp = None
        self.op, self.inputs = "", ()
        self.version, self.versions = 0, []

    @property
    def data(self) -> Array:
        """The numbers. Assigning writes them into the array that is there.

        Only a leaf's: TypeError for a result, ValueError for another shape.
        """
        return self._data

    @data.setter
    def data(self, new: npt.ArrayLike) -> None:
        if self.op:
            raise TypeError(
                f"the result of {self.op} is not changed: its gradient would be"
                " that of other numbers; change a leaf, or x.detach()"
            )
        if np.shape(new) != self._data.shape:
            raise ValueError(
                f"data keeps its shape {self._data.shape}; got {np.shape(new)}"
            )
        if new is not self._data:  # else it is changed already, as by -=
            self._data[...] = new
        self.version += 1

    def adopt(self, data: Array, grad: Array) -> None:
        """Live from now on in these two arrays, of the shape there is."""
        self._data, self.grad = data, grad
        self.version += 1

    @property
    def shape(self) -> tuple[int, ...]:
        """How long each axis is."""
        return self._data.shape

    def __repr__(self) -> str:
        """Return the numbers, abridged, and where they come from."""
        data = getattr(self, "_data", None)
        if data is None:  # a debugger sees it half built
            return "Tensor(?)"
        text = np.array2string(
            data, precision=4, separator=", ", prefix="Tensor(", threshold=50
        )
        if data.size > 50:
            text += f", shape={data.shape}"
        if self.op:
            text += f", op={self.op}"
        elif self.requires_grad:
            text += ", requires_grad=True"
        return f"Tensor({text})"

    def receive(self, grad: Array) -> None:
        """Add a gradient that comes back along one of the ways out."""
        if grad.shape != self._data.shape:
            grad = unbroadcast(grad, self._data.shape)
        if self.grad is None:
            like = self._data.dtype
            self.grad = grad if self.inputs else np.array(grad, like)
        elif self.inputs:  # not in place: another node may hold that array
            self.grad = self.grad + grad
        else:
            self.grad += grad

    def backward(self, seed: npt.ArrayLike | None = None) -> None:
        """Add to the grad of every leaf below the slope of self along it.

        seed: the gradient to start with, in the shape of self; 1 for a single
        number. Leaves add up what they get, call after call, until zero_grad;
        nodes between start anew. Gradients remember nothing: there is no
        gradient of a gradient. Raises RuntimeError if there is nothing to pass
        back, no seed for several numbers, or an input to whose data something
        was assigned since it was used.
        """
        if not self.requires_grad:
            raise RuntimeError("nothing that this is made of requires a grad")
        if seed is None and self._data.size != 1:
            raise RuntimeError(
                f"backward() starts from one number, this has {self.shape}:"
                " take its sum(), or give a seed of that shape"
            )
        if seed is None:
            seed = np.ones(self.shape)
        grad = np.asarray(seed, self._data.dtype)
        if grad.shape != self.shape:
            raise ValueError(f"the seed has {grad.shape}, self {self.shape}")
        # Chapter 5's order asks a node for its inputs and for nothing else.
        order = cast("list[Node]", topological_order(cast("Value", self)))
        for node in order:
            if node.inputs:
                node.grad = None
        self.receive(grad)
        for node in reversed(order):
            node.pass_back()

    def pass_back(self) -> None:
        """Give each input its part of the gradient that has come together."""
        if self.vjp is None or self.grad is None:
            return
        parts = self.vjp(self.grad)
        for x, version, grad in zip(self.inputs, self.versions, parts):
            if x.version != version:
                raise RuntimeError(
                    f"an input of {self.op} has changed since it was used: the"
                    " gradient would be that of other numbers"
                )
            if x.requires_grad:
                x.receive(grad)

    def zero_grad(self) -> None:
        """Set the grad of a leaf back to 0, in the array that is there."""
        if self.inputs:
            self.grad = None
        elif self.grad is not None:
            self.grad[...] = 0

    def item(self) -> float:
        """Return the only number, as a plain float."""
        return float(self._data.item())

    def __reduce__(self) -> tuple[type, tuple[Array, bool]]:
        """Copy and pickle leaves; a graph stays where it was made."""
        if self.inputs:
            raise TypeError(
                f"only a leaf can be copied, this is the result of {self.op}:"
                " copy x.detach()"
            )
        return type(self), (self._data, self.requires_grad)

    def __array__(self, *_: object, **__: object) -> NoReturn:
        """Refuse: NumPy would make an array of it that remembers nothing."""
        raise TypeError("a Tensor is not an array: take its .data")

    def __bool__(self) -> NoReturn:
        """Refuse: it could mean one number, any of them, or all."""
        raise TypeError("a Tensor is neither true nor false: compare its .data")

    def _in_place(self, *_: object) -> NoReturn:
        raise TypeError(
            "a Tensor is not changed in place: write x = x + y, or x.data += y"
            " outside of the graph"
        )

    __iadd__ = __isub__ = __imul__ = __itruediv__ = _in_place
    __imatmul__ = __ipow__ = __setitem__ = _in_place
