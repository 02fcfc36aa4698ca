"""Bars: one number for each name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from book._frame import Frame, around, y_axis, y_names
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
from book._table import numbers_table, thinned_rows

MOST_LYING = 30  # more bars than this stand upright, without their numbers
LONGEST = 14  # characters of a name that still stands beside its bar
ROW = 20
CHARACTER = 7.2


@dataclass(frozen=True)
class Bars:
    """Numbers by name, the marks to compare them with, the names to bring out.

    names: what the bars and the marks are; words: the numbers as written.
    """

    values: Mapping[str, float]
    other: Mapping[str, float]
    names: tuple[str, str]
    highlight: Collection[str]
    words: Mapping[str, str]

    @property
    def everything(self) -> list[float]:
        """Return all the numbers that the drawing must hold, 0 among them."""
        return [0.0, *self.values.values(), *self.other.values()]

    def mark(self, name: str) -> str:
        """Return the classes of a bar."""
        sign = "minus" if self.values[name] < 0 else "plus"
        if not self.highlight:
            return sign
        return f"{sign} {'chosen' if name in self.highlight else 'other'}"


def bars(
    values: Mapping[str, float],
    *,
    title: str,
    x: str,
    y: str,
    highlight: Collection[str] = (),
    compare: Mapping[str, float] | None = None,
    names: tuple[str, str] = ("", "compared"),
) -> str:
    """Return one bar for each name: lying, with its number, up to 30 of them.

    x: what the names are; y: what the numbers are; highlight: names to bring
    out; compare: a second number for a name, drawn as a thin mark; names: what
    the bars and the marks are.
    Raises ValueError for no values, a number that is not finite, or a name
    in highlight or compare that has no bar.
    """
    data = _checked(values, highlight, compare or {}, names)
    lies = len(data.values) <= MOST_LYING
    body, height = _lying(data) if lies else _standing(data, x, y)
    gutters = _lying_gutters(data) if lies else _standing_gutters(data)
    svg = drawing(body, title, _desc(data, y), "bars", height)
    return figure_body(
        title,
        _key(data, x, y) if lies else "",
        plot(svg, *gutters),
        _numbers(data, title, x, y),
    )


def _checked(
    values: Mapping[str, float],
    highlight: Collection[str],
    compare: Mapping[str, float],
    names: tuple[str, str],
) -> Bars:
    some(values, "values")
    drawn = {name: finite(value, name) for name, value in values.items()}
    other = {name: finite(value, name) for name, value in compare.items()}
    for name in [*highlight, *other]:
        if name not in drawn:
            raise ValueError(f"no bar is named {name!r}; there are {[*drawn]}")
    words = dict(zip(drawn, aligned(list(drawn.values()))))
    return Bars(drawn, other, names, highlight, words)


def _lying(data: Bars) -> tuple[str, float]:
    """Return the bars one under the other, and the height they take."""
    above = _names_above(data)
    step = ROW + 18 if above else ROW
    frame = _frame(data)
    parts = []
    for index, name in enumerate(data.values):
        top = index * step + (18 if above else 0)
        parts.append(_lying_bar(data, name, frame, top))
        parts.append(_name(data, name, top))
    zero, height = percent(frame.across(0)), step * len(data.values)
    rule = {"x1": zero, "x2": zero, "y1": 0, "y2": height}
    return "".join([*parts, element("line", class_="rule", **rule)]), height


def _frame(data: Bars) -> Frame:
    low, high = min(data.everything), max(data.everything)
    return Frame(low, high if high > low else low + 1, 0, 1)


def _names_above(data: Bars) -> bool:
    return max(map(len, data.values)) > LONGEST


def _lying_bar(data: Bars, name: str, frame: Frame, top: float) -> str:
    value = data.values[name]
    ends = sorted((frame.across(0), frame.across(value)))
    place = {"x": percent(ends[0]), "width": percent(ends[1] - ends[0])}
    size = {"y": top + 4, "height": ROW - 8}
    drawn = [element("rect", class_=f"bar {data.mark(name)}", **place, **size)]
    if name in data.other:
        at = percent(frame.across(data.other[name]))
        line = {"x1": at, "x2": at, "y1": top + 1, "y2": top + ROW - 1}
        drawn.append(element("line", class_="compare", **line))
    drawn.append(_lying_number(data, name, frame, top))
    return "".join(drawn)


def _lying_number(data: Bars, name: str, frame: Frame, top: float) -> str:
    """Return the number at the bar's end, or in a column beside two marks."""
    value = data.values[name]
    place: dict[str, object] = {"x": percent(frame.across(value)), "dx": 6}
    if data.other:
        place["x"] = "100%"
    elif value < 0:
        place |= {"dx": -6, "text_anchor": "end"}
    return text(data.words[name], class_="value", y=top + 14.5, **place)


def _name(data: Bars, name: str, top: float) -> str:
    mark = f"name {data.mark(name)}"
    if _names_above(data):
        return text(name, class_=mark, x=5, y=top)
    x = -8 - CHARACTER * _room_left(data)
    return text(name, class_=mark, x=x, y=top + 14.5, text_anchor="end")


def _room_left(data: Bars) -> int:
    """Return the characters that the numbers left of the bars take."""
    if data.other:
        return 0
    negative = [data.words[name] for name, v in data.values.items() if v < 0]
    return gutter(negative, 0)


def _lying_gutters(data: Bars) -> tuple[int, int]:
    names = 0 if _names_above(data) else gutter(data.values)
    right = [
        data.words[name]
        for name, value in data.values.items()
        if value >= 0 or data.other
    ]
    return min(22, names + _room_left(data)), gutter(right)


def _standing(data: Bars, x: str, y: str) -> tuple[str, float]:
    """Return upright bars in a frame, and the height they take."""
    count = len(data.values)
    frame = around([0, count], data.everything)
    zero = frame.down(0)
    parts = [y_axis(frame, y)]
    for index, name in enumerate(data.values):
        parts.append(_standing_bar(data, name, frame, index / count))
    parts += _standing_names(data, frame)
    rule = {"x1": 0, "x2": "100%", "y1": zero, "y2": zero}
    parts.append(element("line", class_="rule", **rule))
    place = {"x": "100%", "y": frame.height - 6, "text_anchor": "end"}
    parts.append(text(x, class_="axis", **place) if x else "")
    return "".join(parts), frame.height


def _standing_bar(data: Bars, name: str, frame: Frame, left: float) -> str:
    width = 1 / len(data.values)
    top, foot = sorted((frame.down(0), frame.down(data.values[name])))
    place = {"x": percent(left + width / 10), "width": percent(width * 0.8)}
    size = {"y": top, "height": foot - top}
    bar = element("rect", class_=f"bar {data.mark(name)}", **place, **size)
    if name not in data.other:
        return bar
    y = frame.down(data.other[name])
    ends = {"x1": percent(left), "x2": percent(left + width), "y1": y, "y2": y}
    return bar + element("line", class_="compare", **ends)


def _standing_names(data: Bars, frame: Frame) -> list[str]:
    """Return as many names as there is room for; fewer on a phone."""
    count, longest = len(data.values), max(map(len, data.values))
    wide = max(1, -(-count * (longest + 1) // 60))
    narrow = wide * 2
    names = list(data.values)
    crowded = {
        names.index(name) + off
        for name in data.highlight
        for off in range(1 - wide, wide)
    }
    drawn = []
    for index, name in enumerate(data.values):
        chosen = name in data.highlight
        if (index % wide or index in crowded) and not chosen:
            continue
        mark = f"tick {data.mark(name)}"
        mark += " in-wide" if index % narrow and not chosen else ""
        x = percent((index + 0.5) / count)
        place = {"x": x, "y": frame.bottom + 18, "text_anchor": "middle"}
        drawn.append(text(name, class_=mark, **place))
    return drawn


def _standing_gutters(data: Bars) -> tuple[int, int]:
    return gutter(y_names(around([0, 1], data.everything))), 2


def _key(data: Bars, x: str, y: str) -> str:
    sign = "key-signed" if min(data.values.values()) < 0 else "key-forward"
    of = f"{y}, for each {x}" if x and y else y or x
    if not data.other:
        return key((sign, of))
    bar, mark = data.names
    if not bar:
        return key((sign, of), ("key-compare", mark))
    return key((sign, bar), ("key-compare", mark), ("", of))


def _desc(data: Bars, y: str) -> str:
    values = data.values
    if len(values) <= MOST_LYING:
        told = [f"{name} {number(value)}" for name, value in values.items()]
    else:
        low = min(values, key=lambda name: values[name])
        high = max(values, key=lambda name: values[name])
        told = [f"{len(values)} bars", f"lowest {low} {number(values[low])}"]
        told.append(f"highest {high} {number(values[high])}")
    beside = [f"{name} {number(value)}" for name, value in data.other.items()]
    bar, mark = data.names
    end = f" {mark}: {', '.join(beside[:MOST_LYING])}." if beside else ""
    first = f"{y}, {bar}" if beside and bar else y
    return f"{first}: {', '.join(told)}.{end}"


def _numbers(data: Bars, title: str, x: str, y: str) -> str:
    rows = []
    for name, value in data.values.items():
        rows.append([name, number(value)])
        if data.other:
            beside = data.other.get(name)
            rows[-1].append("" if beside is None else number(beside))
    bar, mark = data.names
    header = [x, bar or y, mark] if data.other else [x, y]
    return numbers_table(header, thinned_rows(rows), title)
