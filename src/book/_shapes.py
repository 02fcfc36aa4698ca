"""Arrays as grids of cells, with operators between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from book._array import Array, Shape
from book._sheet import Sheet
from book._svg import element, figure_body, key, some, text

Part = str | Array | tuple[str, Shape] | tuple[str, Shape, tuple[str, ...]]
OPERATOR = 9  # pixels that a character of an operator takes
SPOKEN = {
    "@": "times",
    "*": "times, cell by cell,",
    "×": "times, cell by cell,",
    "+": "plus",
    "-": "minus",
    "−": "minus",
    "/": "divided by",
    "=": "gives",
    "→": "becomes",
}


def shapes(parts: Sequence[Part], *, title: str) -> str:
    """Return arrays drawn by their shapes, a cell for each number.

    parts: arrays as (name, shape), (name, shape, names of the axes) or Array,
    and operators as strings, each before the array that it belongs to.
    The two axes that an "@" sums over get thick edges. An axis of more than
    eight is drawn abridged, with its number.
    Raises ValueError for no parts, an operator that lacks its array, axes
    that cannot meet, or an array that cannot be stretched as told.
    """
    some(parts, "parts")
    terms = _meeting(_terms(parts))
    low = any(term.sheet.below for term in terms)
    deep = max(term.sheet.depth for term in terms)
    items = "\n".join(_item(term, deep, low) for term in terms)
    label = escape(f"{title}. {_told(terms)}")
    row = f'<div class="shapes" role="img" aria-label="{label}">{items}</div>'
    return figure_body(title, key(*_key(terms)), row)


@dataclass(frozen=True)
class _Term:
    """An array and the operator before it, if there is one."""

    operator: str
    sheet: Sheet

    @property
    def array(self) -> Array:
        return self.sheet.array


def _terms(parts: Sequence[Part]) -> list[_Term]:
    terms: list[_Term] = []
    operator = ""
    for part in parts:
        if not isinstance(part, str):
            array = part if isinstance(part, Array) else Array(*part)
            terms.append(_Term(operator, Sheet(array)))
            operator = ""
        elif operator:
            raise ValueError(f"no array stands between {operator!r}, {part!r}")
        else:
            operator = part
    if operator:
        raise ValueError(f"no array follows the last operator, {operator!r}")
    return terms


def _meeting(terms: list[_Term]) -> list[_Term]:
    """Return the terms, told which of their axes an "@" sums over."""
    for index, right in enumerate(terms):
        if right.operator != "@":
            continue
        if not index:
            raise ValueError("no array stands before '@'")
        left = terms[index - 1]
        one, other = left.array.drawn, right.array.drawn
        words = f"cannot multiply {left.array.name} {one}"
        words += f" by {right.array.name} {other}"
        if not one or not other:
            raise ValueError(f"{words}: a single number has no axis")
        meet = max(-2, -len(other))
        if one[-1] != other[meet]:
            raise ValueError(f"{words}: {one[-1]} != {other[meet]}")
        for a, b in zip(one[-3::-1], other[-3::-1]):
            if a != b and 1 not in (a, b):
                raise ValueError(f"{words}: leading axes of {a} and {b}")
        terms[index - 1] = replace(left, sheet=left.sheet.meeting(-1))
        terms[index] = replace(right, sheet=right.sheet.meeting(meet))
    return terms


def _item(term: _Term, deep: int, low: bool) -> str:
    """Return one term's drawing; all have their cells at the same height."""
    sheet, wide = term.sheet, 0
    top, foot = 20 + deep, 36 if low else 20
    body = ""
    if term.operator:
        wide = OPERATOR * len(term.operator) + 12
        place = {"x": wide / 2, "y": top + sheet.height / 2 + 5.5}
        mark = {"class_": "operator", "text_anchor": "middle"}
        body = text(term.operator, **mark, **place)
    body += sheet.draw(wide, top)
    width, height = round(wide + sheet.width), top + sheet.height + foot
    size = {"width": width, "height": height}
    box = {"viewBox": f"0 0 {width} {height:g}", "aria_hidden": "true"}
    return element("svg", body, class_="drawing shape", **box, **size)


def _key(terms: Sequence[_Term]) -> list[tuple[str, str]]:
    entries = []
    if any(term.sheet.meets for term in terms):
        entries.append(("key-meet", "thick edges meet: the same number"))
    if any(term.array.stretched is not None for term in terms):
        entries.append(("key-again", "hatched: repeated, not stored"))
    kinds = {"data": "values", "grad": "gradients"}
    if all(term.array.kind == "data" for term in terms):
        return entries
    for kind, words in kinds.items():
        names = [term.array.name for term in terms if term.array.kind == kind]
        if names:
            words = f"{words}: {', '.join(dict.fromkeys(names))}"
            entries.append((f"key-{kind}", words))
    return entries


def _told(terms: Sequence[_Term]) -> str:
    """Return the sentence that a screen reader gets."""
    told = []
    for index, term in enumerate(terms):
        operator = SPOKEN.get(term.operator, term.operator)
        told.append(operator or ("and" if index else ""))
        told.append(term.array.told)
    return " ".join(filter(None, told)) + "."
