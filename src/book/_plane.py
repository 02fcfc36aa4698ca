"""Two classes of points on a plane, and where a model divides them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from book._contour import contour
from book._frame import Frame, x_axis, y_axis, y_names
from book._point import checked
from book._svg import (
    aligned,
    drawing,
    element,
    figure_body,
    finite,
    gutter,
    key,
    number,
    percent,
    plain,
    plot,
    stretched,
)
from book._table import numbers_table, thinned_rows

WIDE, TALL = 300, 340  # units across; pixels down
MARKS = ("circle", "cross")  # of the first and the second class
STEPS = 3  # of shade for either class
LEVEL = 0.5
Point = tuple[float, float]
Piece = tuple[Point, Point]
Field = list[list[float]]
Range = tuple[float, float]


def plane(
    field: Iterable[Iterable[float]],
    groups: Mapping[str, Iterable[tuple[float, float]]],
    *,
    title: str,
    x: str,
    y: str,
    x_range: Range,
    y_range: Range,
) -> str:
    """Return two classes of points over what a model says of the plane.

    field: probabilities of the second class, in [0, 1], on a regular grid:
    the first row is at the low end of y_range, the last at the high end, and
    so are its cells along x_range. groups: the name and the points (x, y) of
    the first class, then of the second.
    Raises ValueError for a field that is not a grid or leaves [0, 1], for
    other than two classes, or for a point outside of the ranges.
    """
    grid = _grid(field)
    frame = Frame(*_rising(x_range, x), *_rising(y_range, y), height=TALL)
    classes = {n: _inside(n, points, frame) for n, points in groups.items()}
    if len(classes) != 2:
        raise ValueError(f"a plane has 2 classes; got {len(classes)}")
    line = contour(grid, LEVEL)
    body = _shades(grid, frame) + _line(line, grid, frame)
    shapes = stretched(body + _marks(classes, frame), WIDE, TALL)
    whole = y_axis(frame, y) + x_axis(frame, x) + shapes
    desc = _desc(grid, classes, frame, x, y)
    svg = drawing(whole, title, desc, "plane", TALL)
    placed = plot(svg, gutter(y_names(frame)), 2)
    numbers = _numbers(classes, x, y, title)
    return figure_body(title, _key(list(classes), bool(line)), placed, numbers)


def _grid(field: Iterable[Iterable[float]]) -> Field:
    grid = [[finite(p, "a number of field") for p in row] for row in field]
    if len(grid) < 2 or len(grid[0]) < 2:
        raise ValueError("field needs at least 2 rows of 2 numbers")
    for index, row in enumerate(grid):
        if len(row) != len(grid[0]):
            found = f"row {index} of field has {len(row)} numbers"
            raise ValueError(f"{found}; row 0 has {len(grid[0])}")
        for p in row:
            if not 0 <= p <= 1:
                raise ValueError(f"field has {p}; a probability is in [0, 1]")
    return grid


def _rising(ends: Range, name: str) -> Range:
    low, high = (finite(end, f"an end of {name}") for end in ends)
    if low >= high:
        raise ValueError(f"{name} goes from {low} to {high}; it must rise")
    return low, high


def _inside(
    name: str, points: Iterable[tuple[float, float]], frame: Frame
) -> list[Point]:
    places = checked(name, [(x, y) for x, y in points])
    for x, y in places:
        if not (
            frame.left <= x <= frame.right and frame.low <= y <= frame.high
        ):
            where = f"a point of {name!r} is at ({x}, {y})"
            raise ValueError(f"{where}, outside of x_range and y_range")
    return places


def _shades(grid: Field, frame: Frame) -> str:
    """Return the field as one path for each shade, runs of cells joined."""
    paths: dict[str, list[str]] = {}
    last, top = len(grid[0]) - 1, len(grid) - 1
    # Whole pixels, so that rows meet without a seam.
    ys = [round(_down(frame, row / top)) for row in range(len(grid))]
    xs = [round(WIDE * column / last, 1) for column in range(last + 1)]
    for i, (below, above) in enumerate(zip(grid, grid[1:])):
        shades = [
            _shade((sum(below[j : j + 2]) + sum(above[j : j + 2])) / 4)
            for j in range(last)
        ]
        for shade, run in groupby(enumerate(shades), lambda pair: pair[1]):
            columns = [column for column, _ in run]
            left, right = xs[columns[0]], xs[columns[-1] + 1]
            box = f"M{left:g} {ys[i + 1]}H{right:g}V{ys[i]}H{left:g}z"
            paths.setdefault(shade, []).append(box)
    drawn = [
        element("path", class_=shade, d="".join(paths[shade]))
        for shade in sorted(paths)
    ]
    return element("g", "".join(drawn), class_="cells field")


def _shade(p: float) -> str:
    """Return n1 to n3 below a half, p1 to p3 above: surer is stronger."""
    step = min(STEPS, 1 + int(abs(p - LEVEL) / LEVEL * STEPS))
    return f"{'n' if p < LEVEL else 'p'}{step}"


def _line(pieces: list[Piece], grid: Field, frame: Frame) -> str:
    """Return the pieces of the line at the level as one path."""
    across, up = WIDE / (len(grid[0]) - 1), len(grid) - 1
    path = []
    for piece in pieces:
        ends = [
            f"{column * across:.1f} {_down(frame, row / up):.1f}"
            for column, row in piece
        ]
        path.append("M" + "L".join(ends))
    mark = {"class_": "boundary", "d": "".join(path)}
    return element("path", **mark) if path else ""


def _down(frame: Frame, share: float) -> float:
    """Return the pixels from the top to a share of the way up the axis."""
    return frame.down(frame.low + share * (frame.high - frame.low))


def _marks(classes: Mapping[str, list[Point]], frame: Frame) -> str:
    """Return the points of each class as one path, over a halo of paper."""
    halos, marks = [], []
    for mark, points in zip(MARKS, classes.values()):
        path = "".join(
            dict.fromkeys(
                _mark(mark, frame.across(x) * WIDE, frame.down(y))
                for x, y in points
            )
        )
        halos.append(element("path", class_=f"{mark} halo", d=path))
        marks.append(element("path", class_=mark, d=path))
    return "".join(halos + marks)


def _mark(mark: str, x: float, y: float) -> str:
    if mark == "circle":
        return f"M{plain(round(x, 1))} {plain(round(y, 1))}h.01"
    left, top = plain(round(x - 3, 1)), plain(round(y - 3, 1))
    return f"M{left} {top}l6 6m0-6l-6 6"


def _key(names: Sequence[str], divided: bool) -> str:
    first, second = names
    shade = f"shade: probability of {second}, from 0 to 1"
    entries = [("key-circle", first), ("key-cross", second)]
    if divided:
        entries.append(("key-boundary", "boundary: probability 0.5"))
    return key(*entries, ("key-signed", shade))


def _desc(
    grid: Field,
    classes: Mapping[str, list[Point]],
    frame: Frame,
    x: str,
    y: str,
) -> str:
    told = [f"{len(points)} {name}" for name, points in classes.items()]
    ends = [
        f"{name} from {number(low)} to {number(high)}"
        for name, low, high in (
            (x, frame.left, frame.right),
            (y, frame.low, frame.high),
        )
    ]
    second = list(classes)[1]
    flat = [p for row in grid for p in row]
    span = f"{number(min(flat), 2)} to {number(max(flat), 2)}"
    share = percent(round(sum(p >= LEVEL for p in flat) / len(flat), 2))
    return (
        f"Points: {' and '.join(told)}. {'; '.join(ends)}."
        f" The probability of {second} goes from {span}, and is at least"
        f" a half on {share} of the plane."
    )


def _numbers(
    classes: Mapping[str, list[Point]], x: str, y: str, title: str
) -> str:
    pairs = [(n, point) for n, points in classes.items() for point in points]
    xs = aligned([point[0] for _, point in pairs])
    ys = aligned([point[1] for _, point in pairs])
    rows = [(pair[0], a, b) for pair, a, b in zip(pairs, xs, ys)]
    return numbers_table(["class", x, y], thinned_rows(rows), title)
