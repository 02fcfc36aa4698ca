"""Curves: lines in a frame, each named where it ends."""

from collections.abc import Iterable, Iterator, Mapping

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
from book._point import Points, checked, dots, thinned
from book._svg import (
    drawing,
    element,
    figure_body,
    finite,
    gutter,
    number,
    plot,
    some,
    stretched,
)
from book._table import numbers_table, thinned_rows

MOST_SERIES = 5
RAW = "raw"
FEW = 12  # points that are drawn as dots too
WIDTH = 1000  # units across a stretched drawing
RAW_COLUMNS = 180  # columns in which a raw line keeps its lowest and highest
COLUMNS = 280  # the same, shared among the other lines


def curve(
    series: Mapping[str, Points],
    *,
    title: str,
    x: str,
    y: str,
    lines: Mapping[str, float] | None = None,
    log_y: bool = False,
) -> str:
    """Return a line chart in which every line is named where it ends.

    series: name to (x, y) points; "raw" is drawn thin and pale, behind.
    lines: name to height of a level drawn for reference.
    Raises ValueError for no points, more than five series besides "raw", a
    number that is not finite, or one that is not positive if log_y.
    """
    marks = _marks(series)
    traces = {name: checked(name, points) for name, points in series.items()}
    levels = {name: finite(at, name) for name, at in (lines or {}).items()}
    frame = _frame(traces, levels, log_y)
    labels = list(_labels(traces, levels, marks, frame))
    body = y_axis(frame, y) + x_axis(frame, x) + _levels(levels, frame)
    body += _traces(traces, marks, frame) + right_labels(labels, frame)
    desc = " ".join(_told(traces, levels, x))
    svg = drawing(body, title, desc, "curve", frame.height)
    placed = plot(svg, gutter(y_names(frame)), label_gutter(labels))
    return figure_body(title, placed, _numbers(traces, title, x))


def _marks(series: Iterable[str]) -> dict[str, str]:
    """Return the class of each series: s1 to s5 in order, or raw."""
    main = [name for name in series if name != RAW]
    some([*series], "series")
    if len(main) > MOST_SERIES:
        raise ValueError(f"at most {MOST_SERIES} series fit; got {len(main)}")
    return {RAW: RAW} | {name: f"s{i}" for i, name in enumerate(main, 1)}


def _frame(
    traces: Mapping[str, Points], levels: Mapping[str, float], log_y: bool
) -> Frame:
    points = [point for trace in traces.values() for point in trace]
    heights = [y for _, y in points] + list(levels.values())
    if log_y and min(heights) <= 0:
        raise ValueError(f"log_y needs numbers above 0; got {min(heights)}")
    return around([x for x, _ in points], heights, log_y)


def _traces(
    traces: Mapping[str, Points], marks: Mapping[str, str], frame: Frame
) -> str:
    shared = COLUMNS // max(len(traces), 3)
    shapes, marked = [], []
    for name in sorted(traces, key=lambda name: name != RAW):
        kept = thinned(traces[name], RAW_COLUMNS if name == RAW else shared)
        path = " ".join(
            f"{WIDTH * frame.across(x):.0f},{frame.down(y):.1f}"
            for x, y in kept
        )
        mark = {"class_": f"line {marks[name]}", "fill": "none"}
        shapes.append(element("polyline", **mark, points=path))
        if len(kept) <= FEW:
            marked.append(dots(kept, frame, f"dots {marks[name]}"))
    return stretched("".join(shapes), WIDTH, frame.height) + "".join(marked)


def _levels(levels: Mapping[str, float], frame: Frame) -> str:
    heights = [frame.down(level) for level in levels.values()]
    place = {"class_": "level", "x1": 0, "x2": "100%"}
    return "".join(element("line", **place, y1=y, y2=y) for y in heights)


def _labels(
    traces: Mapping[str, Points],
    levels: Mapping[str, float],
    marks: Mapping[str, str],
    frame: Frame,
) -> Iterator[Label]:
    """Yield a label for each line: its name and where it ends."""
    for name, trace in traces.items():
        last = trace[-1][1]
        words = label_words(name, "" if name == RAW else _value(last))
        yield Label(words, frame.down(last), marks[name])
    for name, level in levels.items():
        words = label_words(name, _value(level))
        yield Label(words, frame.down(level), "level")


def _value(height: float) -> str:
    return number(height, 4 if abs(height) >= 1 else 3)


def _told(
    traces: Mapping[str, Points], levels: Mapping[str, float], x: str
) -> Iterator[str]:
    """Yield what the drawing shows, a sentence for each line."""
    for name, trace in traces.items():
        low = min(trace, key=lambda point: point[1])
        high = max(trace, key=lambda point: point[1])
        ends = {"first": trace[0], "last": trace[-1]}
        ends |= {"lowest": low, "highest": high}
        told = [
            f"{end} {number(height)} at {x} {number(place)}"
            for end, (place, height) in ends.items()
        ]
        yield f"{name}: {', '.join(told)}."
    for name, level in levels.items():
        yield f"Level {name}: {number(level)}."


def _numbers(traces: Mapping[str, Points], title: str, x: str) -> str:
    """Return the points in a table; places that all series share, if any."""
    values = [dict(trace) for trace in traces.values()]
    shared = set(values[0]).intersection(*values[1:])
    places = sorted(shared if len(shared) > 1 else set().union(*values))
    rows = []
    for at in thinned_rows(places):
        told = [number(v[at]) if at in v else "" for v in values]
        rows.append([number(at), *told])
    return numbers_table([x, *traces], rows, title)
