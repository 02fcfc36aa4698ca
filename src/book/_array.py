"""An array as a figure needs it: name, shape, axes, and what is repeated."""

from dataclasses import dataclass
from typing import Literal

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Array:
    """An array to draw: its name, its shape, the names of its axes.

    kind: "data" for values, "grad" for gradients. stretched: the shape that
    broadcasting gives it; the cells that it repeats are hatched.
    Raises ValueError for an axis without a number of cells, for names that
    are not one for each axis, or for a shape that does not stretch as told.
    """

    name: str
    shape: Shape
    axes: tuple[str, ...] = ()
    kind: Literal["data", "grad"] = "data"
    stretched: Shape | None = None

    def __post_init__(self) -> None:
        what = f"{self.name} {self.shape}"
        if any(size < 1 for size in self.drawn + self.shape):
            raise ValueError(f"{what} has an axis without cells")
        if self.axes and len(self.axes) != len(self.drawn):
            found = f"{len(self.axes)} names for {len(self.drawn)} axes"
            raise ValueError(f"{what} has {found}")
        fits = len(self.drawn) >= len(self.shape) and all(
            size in (1, whole) for size, whole in zip(self._own, self.drawn)
        )
        if not fits:
            raise ValueError(f"{what} cannot be stretched to {self.drawn}")

    @property
    def drawn(self) -> Shape:
        """Return the shape with what is repeated."""
        return self.shape if self.stretched is None else self.stretched

    @property
    def _own(self) -> Shape:
        return (1,) * (len(self.drawn) - len(self.shape)) + self.shape

    @property
    def repeated(self) -> tuple[bool, ...]:
        """Return for each drawn axis whether its cells are repeated."""
        return tuple(a < b for a, b in zip(self._own, self.drawn))

    @property
    def written(self) -> str:
        """Return the shape as Python writes it, and what it stretches to."""
        if self.stretched is None:
            return str(self.shape)
        return f"{self.shape} → {self.stretched}"

    @property
    def told(self) -> str:
        """Return the array in words."""
        told = f"gradient {self.name}" if self.kind == "grad" else self.name
        told += f" of shape {_by(self.shape)}" if self.shape else ", one number"
        if self.stretched is not None:
            told += f" stretched to {_by(self.stretched)}"
        return told + (f" ({', '.join(self.axes)})" if self.axes else "")


def _by(shape: Shape) -> str:
    return " by ".join(map(str, shape)) if shape else "one number"
