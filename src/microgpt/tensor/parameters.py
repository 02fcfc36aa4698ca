"""Parameters: every number that training changes, in one long array."""

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from microgpt.tensor.node import Array
from microgpt.tensor.tensor import Tensor


def matrix(
    n_out: int, n_in: int, rng: random.Random, std: float = 0.08
) -> Tensor:
    """Return (n_out, n_in) drawn from a normal curve, as Part I draws them."""
    drawn = [rng.gauss(0, std) for _ in range(n_out * n_in)]
    return Tensor(np.array(drawn).reshape(n_out, n_in), requires_grad=True)


class Parameters:
    """The numbers of many tensors in one array, their gradients in another.

    From here on each tensor's data and grad are windows on the two: what
    changes one changes the other. data, grad: (P,), P numbers in all; what is
    assigned to them is written into the array that is there. dtype: float64
    or float32; without it, that of the tensors.
    Raises ValueError for another dtype, or for a tensor that requires no grad
    or is listed twice.
    """

    def __init__(
        self, tensors: Sequence[Tensor], dtype: npt.DTypeLike | None = None
    ) -> None:
        self.tensors = list(tensors)
        if not all(x.requires_grad and not x.inputs for x in self.tensors):
            raise ValueError("a parameter is a leaf that requires a grad")
        if len(set(self.tensors)) < len(self.tensors):
            raise ValueError("a parameter is listed once")
        data = np.concatenate([x.data.ravel() for x in self.tensors])
        if np.dtype(dtype or data.dtype) not in (np.float64, np.float32):
            raise ValueError(
                f"parameters are float64 or float32; got {dtype or data.dtype}"
            )
        self._data = data.astype(dtype or data.dtype)
        self._grad = np.zeros_like(self._data)
        start = 0
        for x in self.tensors:
            part = slice(start, start := start + x.data.size)
            grad = self._grad[part].reshape(x.shape)
            x.adopt(self._data[part].reshape(x.shape), grad)

    def __len__(self) -> int:
        """How many numbers there are."""
        return self._data.size

    @property
    def data(self) -> Array:
        """All numbers (P,)."""
        return self._data

    @data.setter
    def data(self, new: npt.ArrayLike) -> None:
        self._data[:] = new
        self.changed()

    @property
    def grad(self) -> Array:
        """All gradients (P,)."""
        return self._grad

    @grad.setter
    def grad(self, new: npt.ArrayLike) -> None:
        self._grad[:] = new

    def changed(self) -> None:
        """Note that the numbers are others: no old graph may use them."""
        for x in self.tensors:
            x.version += 1

    def zero_grad(self) -> None:
        """Set every gradient back to 0."""
        self._grad.fill(0)

    def __reduce__(self) -> tuple[type, tuple[list[Tensor]]]:
        """Copy the tensors, and make the two arrays of the copies anew."""
        return Parameters, (self.tensors,)
