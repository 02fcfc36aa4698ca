"""One array on the page: its cells, its pages, the words at its edges."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod

from book._array import Array
from book._axis import Axis, cells, gaps
from book._svg import element, text

PAGE, PAGES = 5, 4  # pixels from page to page, and how many are drawn
NAME, TICK = 8.0, 6.6  # pixels that a character of a name or number takes


@dataclass(frozen=True)
class Sheet:
    """An array on the page; meets: its axes, from −1, that have thick edges."""

    array: Array
    meets: tuple[int, ...] = ()

    def meeting(self, axis: int) -> "Sheet":
        """Return the same sheet with one more thick edge."""
        return replace(self, meets=(*self.meets, axis))

    @cached_property
    def across(self) -> Axis:
        """Return the last axis, which runs to the right."""
        return self._axis(-1)

    @cached_property
    def down(self) -> Axis:
        """Return the axis before the last; a vector is one row."""
        return self._axis(-2)

    def _axis(self, index: int) -> Axis:
        array = self.array
        if len(array.drawn) < -index:
            return Axis(1)
        name = array.axes[index] if array.axes else ""
        repeated, meets = array.repeated[index], index in self.meets
        return Axis(array.drawn[index], name, repeated, meets)

    @cached_property
    def pages(self) -> int:
        """Return how many pages are drawn, one behind another."""
        return min(prod(self.array.drawn[:-2]), PAGES)

    @property
    def depth(self) -> int:
        """Return the pixels by which the last page is moved up and right."""
        return (self.pages - 1) * PAGE

    @property
    def below(self) -> bool:
        """Return whether a word stands below the cells."""
        return bool(self.across.label)

    @property
    def height(self) -> float:
        """Return the pixels that the first page's cells take."""
        return self.down.length

    @property
    def _lead(self) -> str:
        """Return the axes that count pages, with their numbers."""
        array = self.array
        names = array.axes or ("",) * len(array.drawn)
        pairs = zip(names, map(str, array.drawn[:-2]))
        return ", ".join(" = ".join(filter(None, pair)) for pair in pairs)

    @cached_property
    def _sides(self) -> tuple[float, float]:
        """Return the pixels from the cells' middle to both ends."""
        array, half = self.array, self.across.length / 2
        words = max(len(array.name) * NAME, len(array.written) * TICK) / 2
        left = right = 2.0
        if self.down.label:
            left = len(self.down.label) * TICK + 14
        if self._lead:
            right = self.depth + len(self._lead) * TICK + 6
        return max(words, half + left), max(words, half + right)

    @property
    def width(self) -> float:
        """Return the pixels that cells and words take."""
        return sum(self._sides)

    def draw(self, left: float, top: float) -> str:
        """Return the drawing with its first cell's top at `top`."""
        middle = left + self._sides[0]
        x = middle - self.across.length / 2
        mark = " back" if self.array.kind == "grad" else ""
        body = self._behind(mark) + self._front(mark) + self._edges()
        place = f"translate({x:g} {top:g})"
        drawn = element("g", body, transform=place)
        words = {"x": middle, "text_anchor": "middle"}
        y = top - self.depth - 7
        drawn += text(self.array.name, class_="name", y=y, **words)
        y = top + self.height + (31 if self.below else 15)
        return drawn + text(self.array.written, class_="value", y=y, **words)

    def _behind(self, mark: str) -> str:
        """Return the pages behind the first, the last of them first."""
        repeated = any(self.array.repeated[:-2])
        mark = f"sheet{mark}{' again' * repeated}"
        wide, tall = self.across.length, self.height
        drawn = ""
        for page in range(self.pages - 1, -1, -1):
            path = f"M{page * PAGE} {-page * PAGE}h{wide:g}v{tall:g}h-{wide:g}z"
            drawn += element("path", class_="ground", d=path)
            drawn += element("path", class_=mark, d=path) if page else ""
        return drawn if self.pages > 1 else ""

    def _front(self, mark: str) -> str:
        down, across = self.down, self.across
        own = list(product(down.own, across.own))
        rest = list(product(down.rest, across.runs))
        rest += list(product(down.own, across.rest))
        drawn = element("path", class_=f"sheet{mark}", d=cells(own))
        if rest:
            marks = f"sheet{mark} again"
            drawn += element("path", class_=marks, d=cells(rest, True))
        dots = gaps(down, across)
        return drawn + (element("path", class_="gap", d=dots) if dots else "")

    def _edges(self) -> str:
        """Return the thick edges, and the words at the edges."""
        down, across, drawn = self.down, self.across, ""
        if down.meets:
            path = f"M0 0v{down.length:g}"
            drawn += element("path", class_="meet", d=path)
        if across.meets:
            path = f"M0 {down.length:g}h{across.length:g}"
            drawn += element("path", class_="meet", d=path)
        if down.label:
            mark = "tick meets" if down.meets else "tick"
            place = {"x": -6, "y": down.length / 2 + 4, "text_anchor": "end"}
            drawn += text(down.label, class_=mark, **place)
        if across.label:
            mark = "tick meets" if across.meets else "tick"
            x, y = across.length / 2, down.length + 15
            place = {"x": x, "y": y, "text_anchor": "middle"}
            drawn += text(across.label, class_=mark, **place)
        if self._lead:
            x, y = across.length + self.depth + 5, 8 - self.depth
            drawn += text(self._lead, class_="tick", x=x, y=y)
        return drawn
