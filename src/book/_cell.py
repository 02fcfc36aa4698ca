"""Grids of coloured cells: shades, marks for the sign, numbers, a scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Literal

from book._svg import aligned, element, gutter, number, percent, stretched, text

Kind = Literal["share", "signed"]
Row = Sequence[float | None]
STRONG = "n7"  # from here on a minus sign is as light as the paper
LEVELS = 9  # steps of shade from nothing to the strongest
PHONE, PAGE = 270, 560  # pixels that a grid with its names may take
SWATCH = 12


@dataclass(frozen=True)
class Grid:
    """Rows of cells: heights in pixels, columns that share the width.

    top: pixels above the first row; gap: pixels between rows; none: what a
    cell without number is called.
    """

    rows: list[list[float | None]]
    row_names: list[str]
    column_names: list[str]
    kind: Kind
    top: int
    row_height: int
    gap: int = 0
    none: str = "masked"

    @cached_property
    def columns(self) -> int:
        """Return the number of cells in the longest row."""
        return max(len(row) for row in self.rows)

    @cached_property
    def values(self) -> list[float]:
        """Return the numbers of all the cells that have one."""
        return [v for row in self.rows for v in row if v is not None]

    @cached_property
    def words(self) -> dict[float, str]:
        """Return each number as it is written in a cell."""
        digits = 2 if self.strongest < 1 else 3
        return dict(zip(self.values, aligned(self.values, digits)))

    @cached_property
    def strongest(self) -> float:
        """Return the number that gets the full colour."""
        return max((abs(value) for value in self.values), default=0.0) or 1.0

    @property
    def height(self) -> int:
        """Return the pixels from the top of the drawing to below the cells."""
        return self.y(len(self.rows)) - self.gap

    @property
    def masked(self) -> bool:
        """Return whether a cell has no number."""
        return any(value is None for row in self.rows for value in row)

    @cached_property
    def room(self) -> str:
        """Return where numbers fit: in-any page, in-wide ones only, or ""."""
        longest = max((len(words) for words in self.words.values()), default=0)
        needed = self.columns * (longest * 6.8 + 5)
        needed += gutter(self.row_names) * 7 + 10
        if self.row_height < 20 or needed > PAGE:
            return ""
        return "in-any" if needed <= PHONE else "in-wide"

    @property
    def drawing_kind(self) -> str:
        """Return the drawing's classes; shades under numbers are paler."""
        worded = {"": "", "in-any": " worded", "in-wide": " worded-wide"}
        return f"cell-drawing{worded[self.room]}"

    def y(self, row: int) -> int:
        """Return the pixels from the top of the drawing to a row."""
        return self.top + row * (self.row_height + self.gap)

    def shade(self, value: float | None) -> str:
        """Return the class of a cell: v0 to v9, p0 to p9, n1 to n9, masked."""
        if value is None:
            return "masked"
        level = round(abs(value) / self.strongest * LEVELS)
        if self.kind == "share":
            return f"v{level}"
        return f"n{level}" if value < 0 and level else f"p{level}"


def cells(grid: Grid) -> str:
    """Return the shades, the marks on them and, with room, their numbers."""
    shapes, hatches, words = [], [], []
    dashes: list[tuple[str, str]] = []
    for i, row in enumerate(grid.rows):
        for j, value in enumerate(row):
            shapes.append(_cell(grid, i, j, value))
            if value is None:
                hatches.append(hatching(j, grid.y(i), 1, grid.row_height))
                continue
            if grid.room:
                words.append(_word(grid, value, i, j))
            if grid.room != "in-any" and grid.shade(value).startswith("n"):
                dashes.append((grid.shade(value), _dash(grid, i, j)))
    body = element("g", "".join(shapes), class_="cells")
    dashed = "dash in-narrow" if grid.room else "dash"
    body += dash_paths(dashed, dashes) + mark_path("hatch", hatches)
    drawn = stretched(body, grid.columns, grid.height)
    if words:
        drawn += element("g", "".join(words), class_=f"values {grid.room}")
    return drawn


def _dash(grid: Grid, i: int, j: int) -> str:
    long = min(0.4, 0.011 * grid.columns)  # in columns: about 6 pixels
    y = grid.y(i) + grid.row_height / 2
    return f"M{j + 0.5 - long / 2:.4g} {y:g}h{long:.4g}"


def dash_paths(mark: str, dashes: Sequence[tuple[str, str]]) -> str:
    """Return the minus signs, given with their shades, in two strengths."""
    weak = [line for shade, line in dashes if shade < STRONG]
    strong = [line for shade, line in dashes if shade >= STRONG]
    return mark_path(mark, weak) + mark_path(f"{mark} strong", strong)


def mark_path(mark: str, lines: Sequence[str]) -> str:
    """Return one path of many strokes, or nothing."""
    return element("path", class_=mark, d="".join(lines)) if lines else ""


def hatching(x: float, y: float, width: float, height: float) -> str:
    """Return three strokes that rise across a cell."""
    half, up = width / 2, height / 2
    return (
        f"M{x:g} {y + up:g}l{half:g} {-up:g}"
        f"M{x:g} {y + height:g}l{width:g} {-height:g}"
        f"M{x + half:g} {y + height:g}l{half:g} {-up:g}"
    )


def scale(grid: Grid) -> str:
    """Return the legend: all shades in order, and the numbers they mean."""
    first = -LEVELS if grid.kind == "signed" else 0
    levels = [i / LEVELS * grid.strongest for i in range(first, LEVELS + 1)]
    shapes: list[str] = []
    dashes: list[tuple[str, str]] = []
    for i, level in enumerate(levels):
        square = f"M{i * SWATCH + 1} 1h{SWATCH}v12h-{SWATCH}z"
        shapes.append(element("path", class_=grid.shade(level), d=square))
        if level < 0:
            dashes.append((grid.shade(level), f"M{i * SWATCH + 4.5} 7h5"))
    end = len(levels) * SWATCH + 2
    body = dash_paths("dash", dashes) + _scale_numbers(grid, end)
    if grid.masked:
        x = end + 22
        shapes.append(element("path", class_="masked", d=f"M{x} 1h24v12h-24z"))
        body += mark_path("hatch", [hatching(x, 1, 24, 12)])
        body += text(grid.none, class_="tick", x=x + 32, y=11)
        end = x + 36 + 7 * len(grid.none)
    shades = element("g", "".join(shapes), class_="cells")
    return _scale_drawing(grid, shades + body, end)


def _scale_drawing(grid: Grid, body: str, width: int) -> str:
    attributes = {
        "class_": f"drawing scale {grid.drawing_kind}",
        "aria_hidden": "true",
        "width": width,
        "height": 30,
        "viewBox": f"0 0 {width} 30",
    }
    return element("svg", body, **attributes)


def _scale_numbers(grid: Grid, end: int) -> str:
    strongest = number(grid.strongest, 3)
    ends = [("start", 1.0, "0"), ("end", end - 1.0, strongest)]
    if grid.kind == "signed":
        ends[0] = ("start", 1.0, f"−{strongest}")
        ends.append(("middle", end / 2, "0"))
    return "".join(
        text(words, class_="tick", x=x, y=27, text_anchor=anchor)
        for anchor, x, words in ends
    )


def _cell(grid: Grid, i: int, j: int, value: float | None) -> str:
    told = grid.none if value is None else number(value)
    name = f"{grid.row_names[i]}, {grid.column_names[j]}: {told}"
    outline = f"M{j} {grid.y(i)}h1v{grid.row_height}h-1z"
    title = element("title", escape(name, quote=False))
    return element("path", title, class_=grid.shade(value), d=outline)


def _word(grid: Grid, value: float, i: int, j: int) -> str:
    x = percent((j + 0.5) / grid.columns)
    y = grid.y(i) + grid.row_height / 2 + 4.5
    return text(grid.words[value], x=x, y=y, text_anchor="middle")
