"""Axes of cells: abridged where they are long, hatched where they repeat."""

from dataclasses import dataclass

CELL = 12
MOST = 8  # cells of an axis that are all drawn
HEAD, TAIL, BREAK = 4, 3, 14  # cells and pixels of an abridged axis
Run = tuple[float, int]  # where cells begin, in pixels, and how many


@dataclass(frozen=True)
class Axis:
    """One axis that lies on the page; meets: whether its edge is thick."""

    size: int
    name: str = ""
    repeated: bool = False
    meets: bool = False

    @property
    def runs(self) -> list[Run]:
        """Return the runs of cells that are drawn: one, or two if abridged."""
        if self.size <= MOST:
            return [(0.0, self.size)]
        return [(0.0, HEAD), (float(HEAD * CELL + BREAK), TAIL)]

    @property
    def own(self) -> list[Run]:
        """Return the runs that the array stores."""
        return [(0.0, 1)] if self.repeated else self.runs

    @property
    def rest(self) -> list[Run]:
        """Return the runs that repeat what the array stores."""
        if not self.repeated:
            return []
        (_, count), *others = self.runs
        return [(float(CELL), count - 1), *others]

    @property
    def length(self) -> float:
        """Return the pixels from the first cell to the last."""
        start, count = self.runs[-1]
        return start + count * CELL

    @property
    def label(self) -> str:
        """Return its name, and its number where the cells do not say it."""
        told = self.size > MOST or self.meets
        return " = ".join(filter(None, (self.name, str(self.size) * told)))


def cells(blocks: list[tuple[Run, Run]], hatched: bool = False) -> str:
    """Return blocks of cells as one path: frames, lines, hatching."""
    path = []
    for (y, rows), (x, columns) in blocks:
        wide, tall = columns * CELL, rows * CELL
        path.append(f"M{x:g} {y:g}h{wide}v{tall}h-{wide}z")
        path += [f"M{x:g} {y + i * CELL:g}h{wide}" for i in range(1, rows)]
        path += [f"M{x + i * CELL:g} {y:g}v{tall}" for i in range(1, columns)]
        if hatched:
            path += [
                f"M{x + j * CELL:g} {y + i * CELL:g}l{CELL}-{CELL}"
                for i in range(1, rows + 1)
                for j in range(columns)
            ]
    return "".join(path)


def gaps(down: Axis, across: Axis) -> str:
    """Return three dots in each gap of an abridged axis."""
    path = []
    middle = HEAD * CELL + BREAK / 2
    steps = (-4, 0, 4)
    if across.size > MOST:
        for y, rows in down.runs:
            at = y + rows * CELL / 2
            path += [f"M{middle + step:g} {at:g}h.01" for step in steps]
    if down.size > MOST:
        for x, columns in across.runs:
            at = x + columns * CELL / 2
            path += [f"M{at:g} {middle + step:g}h.01" for step in steps]
    return "".join(path)
