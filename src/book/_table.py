"""Tables: the figure that is text, and the numbers behind each drawing."""

from collections.abc import Collection, Sequence
from html import escape
from typing import TypeVar

from book._svg import figure_body, some

MOST_ROWS = 40
T = TypeVar("T")
PHONE = 280  # pixels that a table has on a phone
SHORT = 10  # rows that a folded table shows without scrolling


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    caption: str = "",
    numbers: Collection[int] = (),
) -> str:
    """Return a table; each row is named by its first cell.

    caption: the claim that stands above it. numbers: the columns, from 0,
    that are set flush right, digit under digit.
    Cells are shown as `str` gives them: the caller rounds.
    Raises ValueError if a row is not as long as the header.
    """
    some(header, "the header")
    for index, row in enumerate(rows):
        if len(row) != len(header):
            found = f"row {index} has {len(row)} cells"
            raise ValueError(f"{found}; the header has {len(header)}")
    inner = _framed(header, rows, caption or header[0], numbers)
    return figure_body(caption, inner)


def numbers_table(
    header: Sequence[str], rows: Sequence[Sequence[object]], title: str
) -> str:
    """Return a folded table with the numbers that a drawing shows."""
    label = f"Numbers: {title}"
    inner = _framed(header, rows, label, range(1, len(header)))
    summary = "<summary>Numbers</summary>"
    return f'<details class="figure-data">{summary}{inner}</details>'


def thinned_rows(rows: Sequence[T]) -> Sequence[T]:
    """Return at most 40 of the rows, evenly spread, the ends among them."""
    if len(rows) <= MOST_ROWS:
        return rows
    step = (len(rows) - 1) / (MOST_ROWS - 1)
    return [rows[round(index * step)] for index in range(MOST_ROWS)]


def _framed(
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    label: str,
    numbers: Collection[int],
) -> str:
    """Return the table in a frame that scrolls where it must."""
    top = [
        _cell("th", "col", words, i in numbers)
        for i, words in enumerate(header)
    ]
    head = f"<thead><tr>{''.join(top)}</tr></thead>"
    lines = "".join(f"<tr>{_row(row, numbers)}</tr>" for row in rows)
    name = f' aria-label="{escape(label)}"'
    inner = f"{head}<tbody>{lines}</tbody>"
    inner = f'<table class="figure-table"{name}>{inner}</table>'
    reach = ""
    if _may_scroll(header, rows):
        reach = f' tabindex="0" role="group"{name}'
    return f'<div class="figure-scroll"{reach}>{inner}</div>'


def _may_scroll(
    header: Sequence[str], rows: Sequence[Sequence[object]]
) -> bool:
    """Return whether the keyboard must reach the table to scroll it."""
    return len(rows) > SHORT or table_width(header, rows) > PHONE


def table_width(header: Sequence[str], rows: Sequence[Sequence[object]]) -> int:
    """Return about how many pixels a table takes, broken between words."""
    width = 0
    for column in zip(header, *rows):
        words = [word for cell in column for word in str(cell).split()]
        width += 9 * max(map(len, words), default=0) + 18
    return width


def _row(row: Sequence[object], numbers: Collection[int]) -> str:
    first, *others = row
    cells = [_cell("th", "row", first, 0 in numbers)]
    cells += [
        _cell("td", "", cell, index in numbers)
        for index, cell in enumerate(others, 1)
    ]
    return "".join(cells)


def _cell(name: str, scope: str, words: object, numeric: bool) -> str:
    marks = f' scope="{scope}"' if scope else ""
    marks += ' class="num"' if numeric else ""
    told = escape(str(words)) or ("–" if scope else "")  # no heading is empty
    return f"<{name}{marks}>{told}</{name}>"
