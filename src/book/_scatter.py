"""Scatters: dots, and straight lines behind them."""

from collections.abc import Mapping

from book._frame import (
    Frame,
    Label,
    around,
    label_gutter,
    label_words,
    right_labels,
    x_axis,
    y_axis,
    y_names,
)
from book._point import Points, checked, dots, extent
from book._svg import (
    drawing,
    element,
    figure_body,
    finite,
    gutter,
    number,
    percent,
    plot,
)

MOST_LINES = 5
Line = tuple[float, float]  # slope, intercept


def scatter(
    points: Points,
    *,
    title: str,
    x: str,
    y: str,
    line: Line | None = None,
    lines: Mapping[str, Line] | None = None,
) -> str:
    """Return dots, with straight lines given as (slope, intercept).

    line: one line, labelled by its equation; lines: name to line.
    Raises ValueError for no points, more than five lines, or a number that
    is not finite.
    """
    straight = _straight(line, lines or {})
    places = checked("points", points)
    frame = _frame(places, straight)
    body = y_axis(frame, y) + x_axis(frame, x)
    labels = []
    for index, (name, pair) in enumerate(straight.items(), 1):
        ends = _clipped(*pair, frame)
        body += _segment(ends, f"s{index}")
        labels.append(Label(label_words(name), ends[3], f"s{index}"))
    body += dots(places, frame, "dots", 4.5) + right_labels(labels, frame)
    desc = _desc(places, straight, x, y)
    svg = drawing(body, title, desc, "scatter", frame.height)
    placed = plot(svg, gutter(y_names(frame)), label_gutter(labels))
    return figure_body(title, placed)


def _straight(line: Line | None, lines: Mapping[str, Line]) -> dict[str, Line]:
    straight = dict(lines)
    if line:
        straight[_equation(*line)] = line
    if len(straight) > MOST_LINES:
        raise ValueError(f"at most {MOST_LINES} lines fit; got {len(straight)}")
    for name, (slope, intercept) in straight.items():
        finite(slope, f"the slope of {name!r}")
        finite(intercept, f"the intercept of {name!r}")
    return straight


def _frame(points: Points, straight: Mapping[str, Line]) -> Frame:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    middle = (min(xs) + max(xs)) / 2
    return around(xs, ys + [a * middle + b for a, b in straight.values()])


def _clipped(
    slope: float, intercept: float, frame: Frame
) -> tuple[float, float, float, float]:
    """Return both ends of a line in the frame, as x share and y pixels."""
    ends = [frame.left, frame.right]
    if slope:
        low, high = sorted(
            (level - intercept) / slope for level in (frame.low, frame.high)
        )
        ends = [max(low, frame.left), min(high, frame.right)]
    first, last = ((at, frame.down(slope * at + intercept)) for at in ends)
    return frame.across(first[0]), first[1], frame.across(last[0]), last[1]


def _segment(ends: tuple[float, float, float, float], mark: str) -> str:
    place = {"x1": percent(ends[0]), "x2": percent(ends[2])}
    mark = f"line {mark}"
    return element("line", class_=mark, **place, y1=ends[1], y2=ends[3])


def _equation(slope: float, intercept: float) -> str:
    sign = "−" if intercept < 0 else "+"
    return f"{number(slope, 3)}x {sign} {number(abs(intercept), 3)}"


def _desc(points: Points, straight: Mapping[str, Line], x: str, y: str) -> str:
    told = [f"{len(points)} points."]
    told += [
        extent(x, [x for x, _ in points]),
        extent(y, [y for _, y in points]),
    ]
    for name, (slope, intercept) in straight.items():
        ends = f"slope {number(slope)}, intercept {number(intercept)}"
        told.append(f"{name}: {ends}.")
    return " ".join(told)
