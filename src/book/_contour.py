"""The line on which a field of numbers has one level."""

from collections.abc import Sequence

Place = tuple[float, float]  # column and row, in steps of the field's grid


def contour(
    field: Sequence[Sequence[float]], level: float
) -> list[tuple[Place, Place]]:
    """Return the straight pieces, cell by cell, where the field is `level`.

    A piece ends between two neighbours, in proportion to their numbers.
    Where a cell's corners leave open which of them belong together, the mean
    of the four decides.
    """
    return [
        piece
        for i in range(len(field) - 1)
        for j in range(len(field[0]) - 1)
        for piece in _pieces(field, i, j, level)
    ]


def _pieces(
    field: Sequence[Sequence[float]], i: int, j: int, level: float
) -> list[tuple[Place, Place]]:
    """Return the pieces in one cell: none, one or two."""
    corners = [(j, i), (j + 1, i), (j + 1, i + 1), (j, i + 1)]
    values = [field[row][column] for column, row in corners]
    found = []
    for side in range(4):
        (x, y), (x2, y2) = corners[side], corners[(side + 1) % 4]
        one, other = values[side], values[(side + 1) % 4]
        if (one < level) != (other < level):
            share = (level - one) / (other - one)
            found.append((x + (x2 - x) * share, y + (y2 - y) * share))
    if len(found) == 4 and (sum(values) / 4 < level) != (values[0] < level):
        found = [*found[1:], found[0]]  # the second corner joins the fourth
    return list(zip(found[::2], found[1::2]))
