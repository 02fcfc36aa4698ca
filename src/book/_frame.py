"""A frame of two axes: where a number lies, its ticks, its labels."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from book._spread import spread
from book._svg import element, gutter, number, percent, text

BELOW = 6  # pixels under the x axis that labels may take, above its numbers
LINE = 15  # pixels from one line of a label to the next
TOP = 30
FOOT = 44
PHONE, PAGE = 150, 420  # pixels that the ticks of the x axis may take


@dataclass(frozen=True)
class Frame:
    """The limits of a chart in the reader's units, and its height in pixels."""

    left: float
    right: float
    low: float
    high: float
    log: bool = False
    height: int = 260

    def across(self, x: float) -> float:
        """Return how far to the right x lies, as a share of the width."""
        return (x - self.left) / (self.right - self.left)

    def down(self, y: float) -> float:
        """Return the pixels from the top of the drawing to y."""
        low, high, y = (
            self._rise(self.low),
            self._rise(self.high),
            self._rise(y),
        )
        return self.bottom - (y - low) / (high - low) * (self.bottom - TOP)

    def _rise(self, y: float) -> float:
        return math.log10(y) if self.log else y

    @property
    def bottom(self) -> int:
        """Return the pixels from the top of the drawing to the x axis."""
        return self.height - FOOT


@dataclass(frozen=True)
class Label:
    """Words beside the right edge, wanted at one height, and their class."""

    words: tuple[str, ...]
    y: float
    mark: str

    @property
    def tall(self) -> int:
        """Return the pixels that the label takes from top to bottom."""
        return LINE * len(self.words)


def around(
    xs: Sequence[float],
    ys: Sequence[float],
    log: bool = False,
    height: int = 260,
) -> Frame:
    """Return the frame that holds all the points, with a little air above."""
    left, right = _apart(min(xs), max(xs))
    low, high = min(ys), max(ys)
    if log:
        air = 2.0 if low == high else (high / low) ** 0.03
        return Frame(left, right, low / air, high * air, True, height)
    low, high = _apart(low, high)
    air = (high - low) * 0.03
    return Frame(left, right, low - air, high + air, False, height)


def _apart(low: float, high: float) -> tuple[float, float]:
    if low < high:
        return low, high
    room = abs(low) / 2 or 1.0
    return low - room, high + room


def ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` round numbers from low to high, evenly spaced."""
    power = math.floor(math.log10((high - low) / most))
    for step in (
        base * 10.0 ** (power + up) for up in (0, 1, 2) for base in (1, 2, 5)
    ):
        first, last = (
            math.ceil(low / step - 1e-9),
            math.floor(high / step + 1e-9),
        )
        if last - first < most:
            return [float(f"{i * step:.12g}") for i in range(first, last + 1)]
    return [low, high]


def log_ticks(low: float, high: float) -> list[float]:
    """Return the powers of ten from low to high, with 2 and 5 where few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = -(-len(powers) // 7)
    for bases in ((1,), (1, 3), (1, 2, 5)):
        found = [base * 10.0**p for p in powers[::every] for base in bases]
        found = [float(f"{y:.12g}") for y in found if low <= y <= high]
        if len(found) >= 3:
            return found
    return found or [low, high]


def tick_names(values: Sequence[float]) -> list[str]:
    """Return the numbers with as many decimals as the finest of them needs."""
    written = [f"{value:.12g}" for value in values]
    if any("e" in name for name in written):
        return [number(value) for value in values]
    places = max((len(name.partition(".")[2]) for name in written), default=0)
    return [f"{value + 0.0:,.{places}f}".replace("-", "−") for value in values]


def y_ticks(frame: Frame) -> list[float]:
    """Return the heights that get a grid line."""
    return (
        log_ticks(frame.low, frame.high)
        if frame.log
        else ticks(frame.low, frame.high, 6)
    )


def y_names(frame: Frame) -> list[str]:
    """Return the labels of the grid lines."""
    values = y_ticks(frame)
    return [number(v) for v in values] if frame.log else tick_names(values)


def x_ticks(frame: Frame) -> list[tuple[float, str, bool]]:
    """Return ticks as (number, label, whether a phone has room for it)."""
    for most in range(9, 1, -1):
        found = ticks(frame.left, frame.right, most)
        if _room(found) <= PAGE:
            break
    every = next(n for n in range(1, 9) if n == 8 or _room(found[::n]) <= PHONE)
    names = tick_names(found)
    return [(found[i], names[i], i % every == 0) for i in range(len(found))]


def _room(values: Sequence[float]) -> int:
    return sum(8 * len(name) + 12 for name in tick_names(values))


def y_axis(frame: Frame, name: str) -> str:
    """Return pale grid lines with their numbers, and the name on top."""
    drawn = [text(name, class_="axis", x=0, y=14)] if name else []
    for value, words in zip(y_ticks(frame), y_names(frame), strict=True):
        y = frame.down(value)
        drawn.append(
            element("line", class_="grid", x1=0, x2="100%", y1=y, y2=y)
        )
        drawn.append(
            text(words, class_="tick", x=-8, y=y + 4.5, text_anchor="end")
        )
    return "".join(drawn)


def x_axis(frame: Frame, name: str) -> str:
    """Return the line at the foot with ticks, numbers and its name."""
    foot = frame.bottom
    drawn = [element("line", class_="rule", x1=0, x2="100%", y1=foot, y2=foot)]
    for value, words, everywhere in x_ticks(frame):
        x = percent(frame.across(value))
        mark = "" if everywhere else " in-wide"
        line = {"x1": x, "x2": x, "y1": foot, "y2": foot + 4}
        drawn.append(element("line", class_=f"rule{mark}", **line))
        place = {"x": x, "y": foot + 18, "text_anchor": "middle"}
        drawn.append(text(words, class_=f"tick{mark}", **place))
    if name:
        drawn.append(
            text(
                name,
                class_="axis",
                x="100%",
                y=frame.height - 6,
                text_anchor="end",
            )
        )
    return "".join(drawn)


def label_words(name: str, value: str = "") -> tuple[str, ...]:
    """Return a label on one line if it is short, else broken into several."""
    if len(name) + len(value) < 12 or not value:
        whole = f"{name} {value}".strip()
        return tuple(_wrapped(whole))
    return (*_wrapped(name), value)


def _wrapped(name: str, width: int = 13) -> list[str]:
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + len(word) < width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [name]


def label_gutter(labels: Iterable[Label]) -> int:
    """Return the room, in characters, that the labels take at the right."""
    return gutter(words for label in labels for words in label.words)


def right_labels(labels: Iterable[Label], frame: Frame) -> str:
    """Return the labels beside the right edge, each with a line to its mark."""
    ordered = sorted(labels, key=lambda label: label.y)
    middles = spread(
        [label.y for label in ordered],
        [label.tall for label in ordered],
        low=0,
        high=frame.bottom + BELOW,
    )
    drawn = []
    for label, middle in zip(ordered, middles, strict=True):
        leader = f"M1 {label.y:.1f}L9 {middle:.1f}"
        drawn.append(element("path", class_="leader", d=leader))
        first = middle - label.tall / 2 + LINE * 0.75
        for index, words in enumerate(label.words):
            mark = f"end {label.mark}"
            drawn.append(text(words, class_=mark, x=12, y=first + LINE * index))
    return element("svg", "".join(drawn), x="100%", overflow="visible")
