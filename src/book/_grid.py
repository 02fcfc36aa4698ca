"""Heat maps, and strips of vectors."""

from collections.abc import Mapping, Sequence

from book._cell import Grid, Kind, Row, cells, scale
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
    plot,
    some,
    text,
)
from book._table import numbers_table, table_width

PHONE = 245  # pixels that the columns have on a phone
FEW = 40  # cells that are all told in the description


def heat_map(
    rows: Sequence[Row],
    *,
    row_names: Sequence[str],
    column_names: Sequence[str],
    title: str,
    kind: Kind,
    x: str = "",
    y: str = "",
    none: str = "masked",
) -> str:
    """Return a table of numbers as shades; None is a cell without, hatched.

    kind: "share" for numbers from 0 up; "signed" for both signs, the negative
    ones with a dash or their number, so that no cell speaks by colour alone.
    x and y: what the columns and the rows are; none: what None is called.
    Raises ValueError where names and rows differ in length, for a number that
    is not finite, or for a negative share.
    """
    checked = [
        [_checked(value, kind, f"row {name!r}") for value in row]
        for name, row in zip(row_names, rows)
    ]
    _same_length(rows, row_names, column_names)
    longest = max(map(len, column_names))
    turned = longest > 3 and not _fit(column_names)
    top = 14 + round(6.2 * longest) if turned else 22
    tall = 30 if len(column_names) <= 8 else 24 if len(rows) <= 16 else 17
    names = list(row_names), list(column_names)
    grid = Grid(checked, *names, kind, top, tall, none=none)
    reading = key(("", f"{y} ↓" if y else ""), ("", f"{x} →" if x else ""))
    corner = " \\ ".join(filter(None, (y, x))) or "row"
    numbers = numbers_table(*_numbers(grid, corner), title)
    return _figure(grid, title, _column_names(grid, turned), reading, numbers)


def strips(
    rows: Mapping[str, Sequence[float]], *, title: str, kind: Kind = "signed"
) -> str:
    """Return one named row of coloured cells for each vector.

    Raises ValueError for no rows, an empty vector, a number that is not
    finite, or a negative share.
    """
    some(rows, "rows")
    for name, row in rows.items():
        some(row, name)
    checked = [
        [_checked(value, kind, f"row {name!r}") for value in row]
        for name, row in rows.items()
    ]
    columns = [str(index) for index in range(max(map(len, checked)))]
    grid = Grid(checked, list(rows), columns, kind, 0, 24, 8)
    header, told = _numbers(grid, "vector")
    turned = zip(["index", *header[1:]], *told)
    across = [list(line) for line in turned]
    tables = [(header, told), (across[0], across[1:])]
    narrowest = min(tables, key=lambda table: table_width(*table))
    return _figure(grid, title, "", "", numbers_table(*narrowest, title))


def _figure(
    grid: Grid, title: str, column_names: str, reading: str, numbers: str
) -> str:
    body = column_names + _row_names(grid) + cells(grid)
    svg = drawing(body, title, _desc(grid), grid.drawing_kind, grid.height)
    placed = plot(svg, gutter(grid.row_names), 0)
    return figure_body(title, reading, placed, scale(grid), numbers)


def _checked(value: float | None, kind: Kind, where: str) -> float | None:
    if value is None:
        return None
    if kind == "share" and value < 0:
        raise ValueError(
            f"{where} has a share of {value}; a share is 0 or more"
        )
    return finite(value, f"a cell of {where}")


def _same_length(
    rows: Sequence[Row], row_names: Sequence[str], column_names: Sequence[str]
) -> None:
    some(rows, "rows")
    some(column_names, "column_names")
    if len(rows) != len(row_names):
        raise ValueError(f"{len(rows)} rows have {len(row_names)} row_names")
    for name, row in zip(row_names, rows):
        if len(row) != len(column_names):
            raise ValueError(
                f"row {name!r} has {len(row)} cells;"
                f" there are {len(column_names)} column_names"
            )


def _row_names(grid: Grid) -> str:
    drawn = []
    for index, name in enumerate(grid.row_names):
        y = grid.y(index) + grid.row_height / 2 + 4.5
        drawn.append(text(name, class_="name", x=-8, y=y, text_anchor="end"))
    return "".join(drawn)


def _fit(names: Sequence[str]) -> bool:
    """Return whether a phone has room for the names side by side."""
    longest = max(map(len, names))
    return longest == 1 or longest * 7.2 + 3 <= PHONE / len(names)


def _column_names(grid: Grid, turned: bool) -> str:
    drawn = []
    names = grid.column_names
    for index, name in enumerate(names):
        place: dict[str, object] = {"y": grid.top - 7}
        place["x"] = percent((index + 0.5) / grid.columns)
        if turned:
            words = text(name, class_="name", transform="rotate(-55)", y=3)
            drawn.append(element("svg", words, overflow="visible", **place))
            continue
        mark = "name" if index % 2 == 0 or _fit(names) else "name in-wide"
        drawn.append(text(name, class_=mark, text_anchor="middle", **place))
    return "".join(drawn)


def _desc(grid: Grid) -> str:
    if len(grid.values) <= FEW:
        return " ".join(
            f"{name}: {', '.join(_told(grid, value) for value in row)}."
            for name, row in zip(grid.row_names, grid.rows)
        )
    low, high = min(grid.values), max(grid.values)
    size = f"{len(grid.rows)} rows of {grid.columns} cells."
    return f"{size} Lowest {_place(grid, low)}, highest {_place(grid, high)}."


def _told(grid: Grid, value: float | None) -> str:
    return grid.none if value is None else number(value)


def _place(grid: Grid, value: float) -> str:
    i, row = next((i, row) for i, row in enumerate(grid.rows) if value in row)
    column = grid.column_names[row.index(value)]
    return f"{number(value)} at {grid.row_names[i]}, {column}"


def _numbers(grid: Grid, corner: str) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of the table of numbers."""
    written = dict(zip(grid.values, aligned(grid.values)))
    rows = []
    for name, row in zip(grid.row_names, grid.rows):
        told = [grid.none if value is None else written[value] for value in row]
        rows.append([name, *told, *[""] * (grid.columns - len(row))])
    return [corner, *grid.column_names], rows
