"""Boxes joined by arrows: a layout in pixels, lying or standing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from book._layer import Layout
from book._svg import element, text

LINE = 15
CHARACTER = 7.4
LEAST = 40  # pixels of the narrowest box
Point = tuple[float, float]
Edge = tuple[int, int]
Area = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Box:
    """Lines of words, each with its class; least: the width it has at least."""

    lines: tuple[tuple[str, str], ...]
    least: float = LEAST

    @property
    def width(self) -> float:
        """Return the pixels that the longest line takes, with a margin."""
        longest = max(
            len(words) * CHARACTER * (1.12 if mark == "name" else 1)
            for words, mark in self.lines
        )
        return max(self.least, longest + 12)

    @property
    def height(self) -> int:
        """Return the pixels that the lines take, with a margin."""
        return len(self.lines) * LINE + 8


class Picture:
    """A layout whose layers lie side by side or, upright, one below another.

    Along runs with the arrows and across at a right angle to them. slopes:
    the words on an edge, from source to target.
    """

    def __init__(
        self,
        found: Layout,
        boxes: Sequence[Box],
        slopes: Mapping[Edge, str],
        upright: bool,
    ) -> None:
        self.found, self.boxes, self.slopes = found, boxes, slopes
        self.upright = upright
        longest = max(map(len, slopes.values()), default=0)
        self.gap = 22.0
        if longest:
            self.gap = 42 if upright else max(44, longest * CHARACTER + 20)
        self.slot = 12 + max(self._across(box) for box in boxes)
        self.thick = self._thickness()

    def _along(self, box: Box) -> float:
        return box.height if self.upright else box.width

    def _across(self, box: Box) -> float:
        return box.width if self.upright else box.height

    def _thickness(self) -> list[float]:
        thick = [0.0] * self.found.layers
        for node, box in enumerate(self.boxes):
            layer = self.found.layer[node]
            thick[layer] = max(thick[layer], self._along(box))
        return thick

    def _start(self, layer: int) -> float:
        return 1 + sum(self.thick[:layer]) + layer * self.gap

    @property
    def size(self) -> Point:
        """Return width and height."""
        along = self._start(len(self.thick) - 1) + self.thick[-1] + 1
        return self._point(along, self.found.breadth * self.slot - 10)

    def draw(self) -> str:
        """Return the edges, the boxes over them, the words on the edges."""
        edges = [self._edge(chain) for chain in self.found.chains]
        boxes = [self._box(node) for node in range(len(self.boxes))]
        return "".join(edges + boxes + self._slopes())

    def _point(self, along: float, across: float) -> Point:
        return (across, along) if self.upright else (along, across)

    def _middle(self, vertex: int) -> float:
        return (self.found.across[vertex] + 0.5) * self.slot - 5

    def _area(self, node: int) -> Area:
        box, layer = self.boxes[node], self.found.layer[node]
        middle = self._start(layer) + self.thick[layer] / 2
        x, y = self._point(middle, self._middle(node))
        return (
            x - box.width / 2,
            y - box.height / 2,
            x + box.width / 2,
            y + box.height / 2,
        )

    def _box(self, node: int) -> str:
        left, top, right, bottom = self._area(node)
        size = {"width": right - left, "height": bottom - top, "rx": 4}
        drawn = [element("rect", class_="node", x=left, y=top, **size)]
        for index, (words, mark) in enumerate(self.boxes[node].lines):
            x, y = (left + right) / 2, top + 15.5 + LINE * index
            drawn.append(
                text(words, class_=mark, x=x, y=y, text_anchor="middle")
            )
        return "".join(drawn)

    def _stops(self, chain: Sequence[int]) -> list[Point]:
        """Return an edge's points, two for every bend, as (along, across)."""
        stops = []
        for index, vertex in enumerate(chain):
            layer, across = self.found.layer[vertex], self._middle(vertex)
            half = middle = self.thick[layer] / 2
            if vertex < len(self.boxes):
                half = self._along(self.boxes[vertex]) / 2
            middle += self._start(layer)
            stops += [(middle - half, across)] if index else []
            stops += [(middle + half, across)] if index < len(chain) - 1 else []
        return stops

    def _edge(self, chain: Sequence[int]) -> str:
        stops = self._stops(chain)
        path = [f"M{self._pair(stops[0])}"]
        for index, ((start, a), (end, b)) in enumerate(pairwise(stops)):
            half = (start + end) / 2
            turn = [(half, a), (half, b), (end, b)]
            if index % 2 or a == b:
                path.append(f"L{self._pair((end, b))}")
            else:
                path.append("C" + " ".join(map(self._pair, turn)))
        tip, across = stops[-1]
        wings = [
            (tip - 6, across - 3.5),
            (tip, across),
            (tip - 6, across + 3.5),
        ]
        path.append("M" + "L".join(map(self._pair, wings)))
        return element("path", class_="edge", fill="none", d="".join(path))

    def _pair(self, point: Point) -> str:
        x, y = self._point(*point)
        return f"{x:.4g} {y:.4g}"

    def _slopes(self) -> list[str]:
        """Return the words on the edges, each where it hides the least."""
        taken = [self._area(node) for node in range(len(self.boxes))]
        drawn = []
        for chain in self.found.chains:
            words = self.slopes.get((chain[0], chain[-1]), "")
            if not words:
                continue
            spots = self._spots(chain)
            areas = [_around(spot, len(words)) for spot in spots]
            hidden = [
                sum(_shared(area, other) for other in taken) for area in areas
            ]
            best = hidden.index(min(hidden))
            taken.append(areas[best])
            x, y = spots[best]
            place = {"x": x, "y": y + 4.5, "text_anchor": "middle"}
            drawn.append(text(words, class_="local", **place))
        return drawn

    def _spots(self, chain: Sequence[int]) -> list[Point]:
        """Return points along an edge's last piece, the best first."""
        (start, a), (end, b) = self._stops(chain)[-2:]
        spots = []
        for t in (0.36, 0.5, 0.28, 0.6, 0.7):
            s = 1 - t
            along = (
                1.5 * t * s + t**3
            )  # a cubic whose middle points are halfway
            across = 3 * t * t * s + t**3
            spots.append(
                self._point(start + (end - start) * along, a + (b - a) * across)
            )
        return spots


def _around(spot: Point, characters: int) -> Area:
    half = characters * CHARACTER / 2 + 2
    return spot[0] - half, spot[1] - 7, spot[0] + half, spot[1] + 7


def _shared(one: Area, other: Area) -> float:
    """Return the area that two rectangles share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0) * max(height, 0)
