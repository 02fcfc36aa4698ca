"""Points of a chart: checked, thinned, drawn as dots."""

from collections.abc import Sequence
from itertools import groupby

from book._frame import Frame
from book._svg import element, finite, number, percent, some

Points = Sequence[tuple[float, float]]


def checked(name: str, points: Points) -> list[tuple[float, float]]:
    """Return the points from left to right, all of them finite."""
    some(points, name)
    where = f"a point of {name!r}"
    pairs = [(finite(x, where), finite(y, where)) for x, y in points]
    return sorted(pairs, key=lambda point: point[0])


def thinned(points: Points, columns: int) -> Points:
    """Return the lowest and highest point of each column, and both ends."""
    if len(points) <= 2 * columns:
        return points
    left, right = points[0][0], points[-1][0]
    width = (right - left) / columns or 1.0
    kept = [points[0]]
    for _, group in groupby(
        points, lambda point: int((point[0] - left) / width)
    ):
        column = list(group)
        heights = [height for _, height in column]
        ends = {heights.index(min(heights)), heights.index(max(heights))}
        kept += [column[index] for index in sorted(ends)]
    return [*kept, points[-1]]


def dots(points: Points, frame: Frame, mark: str, radius: float = 3) -> str:
    """Return a dot for each point; those that would coincide only once."""
    places = dict.fromkeys(
        (percent(round(frame.across(x), 3)), round(frame.down(y), 1))
        for x, y in points
    )
    drawn = [element("circle", cx=cx, cy=cy, r=radius) for cx, cy in places]
    return element("g", "".join(drawn), class_=mark)


def extent(name: str, values: Sequence[float]) -> str:
    """Return a sentence: from where to where the values go."""
    return f"{name} from {number(min(values))} to {number(max(values))}."
