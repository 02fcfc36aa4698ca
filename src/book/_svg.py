"""The parts every figure is made of: elements, numbers, names and the frame.

Horizontal positions are shares of the drawing's width and everything else is
in pixels, so text keeps its size on a phone and on a wide page alike.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from html import escape

WIDEST_GUTTER = (
    22  # characters; the stylesheet has a class for each even number
)


def element(name: str, body: str = "", /, **attributes: object) -> str:
    """Return one element; `class_` gives class, `text_anchor` text-anchor."""
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{pairs}>{body}</{name}>" if body else f"<{name}{pairs}/>"


def text(words: str, /, **attributes: object) -> str:
    """Return a text element with the words escaped."""
    return element("text", escape(words), **attributes)


def plain(value: object) -> str:
    """Return an attribute's value; coordinates are kept to a hundredth."""
    return (
        f"{round(value, 2) + 0.0:g}" if isinstance(value, float) else str(value)
    )


def percent(share: float) -> str:
    """Return a share of the width as an SVG length: 0.5 gives 50%."""
    return f"{plain(100 * share)}%"


def number(value: float, digits: int = 4) -> str:
    """Return a number as a reader would write it: −0.5, 1,000, 3.296, 2e−8."""
    if abs(value) >= 10 ** (digits - 1):
        value = round(value)
    elif value % 1:
        value = float(f"{value:.{digits}g}")
    if value % 1 == 0 and abs(value) < 1e9:
        return _minus(f"{value + 0.0:,.0f}")
    mantissa, _, power = f"{value:.{digits}g}".partition("e")
    return _minus(f"{mantissa}e{int(power)}" if power else mantissa)


def aligned(values: Sequence[float], digits: int = 3) -> list[str]:
    """Return numbers with the same decimals: `digits` digits in the largest."""
    largest = max(map(abs, values), default=0.0)
    if largest < 1e-6 or any(abs(value) >= 1e9 for value in values):
        return [number(value, digits) for value in values]
    written = [f"{value:.9f}".rstrip("0").partition(".")[2] for value in values]
    needed = max(map(len, written))
    places = max(0, min(needed, digits - 1 - math.floor(math.log10(largest))))
    return [_minus(f"{round(v, places) + 0.0:,.{places}f}") for v in values]


def _minus(written: str) -> str:
    return written.replace("-", "−")


def finite(value: float, where: str) -> float:
    """Return the number, or raise a ValueError that says where it stood."""
    if not math.isfinite(value):
        raise ValueError(f"{where} is {value}; a figure needs finite numbers")
    return float(value)


def some(items: Collection[object], what: str) -> None:
    """Raise a ValueError where there is nothing to draw."""
    if not items:
        raise ValueError(f"{what} is empty; a figure needs at least one value")


def gutter(names: Iterable[str], least: int = 2) -> int:
    """Return the room, in characters, that the longest of the names takes."""
    longest = max((len(name) for name in names), default=0)
    return min(WIDEST_GUTTER, max(least, longest + longest % 2))


def drawing(
    body: str,
    title: str,
    desc: str,
    kind: str,
    height: float,
    natural_width: float | None = None,
) -> str:
    """Return the svg element: its claim and its numbers are its name.

    kind: its classes. It is as wide as the page allows and `height` pixels
    high, unless it has a natural width: then it scales as a whole.
    """
    box = f"0 0 {plain(natural_width)} {plain(height)}"
    attributes = {
        "class_": f"drawing {kind}",
        "role": "img",
        "aria_label": f"{title}. {desc}",
        "viewBox": box if natural_width else None,
        "width": natural_width or "100%",
        "height": height,
        "overflow": "visible",
    }
    return element("svg", body, **attributes)


def stretched(body: str, width: float, height: float) -> str:
    """Return shapes in their own units, stretched over the whole drawing."""
    return element(
        "svg",
        body,
        viewBox=f"0 0 {plain(width)} {plain(height)}",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
        overflow="visible",
    )


def plot(svg: str, left: int = 0, right: int = 0) -> str:
    """Return the drawing between two gutters, in characters, for its labels."""
    return f'<div class="figure-plot l{left} r{right}">{svg}</div>'


def key(*entries: tuple[str, str]) -> str:
    """Return the quiet line above a drawing that says how to read it.

    entries: (class of the mark or "", words).
    """
    spans = [
        f"<span{f' class={chr(34)}{mark}{chr(34)}' if mark else ''}>"
        f"{escape(words)}</span>"
        for mark, words in entries
        if words
    ]
    return f'<p class="figure-key">{" ".join(spans)}</p>' if spans else ""


def figure_body(title: str, *parts: str) -> str:
    """Return the whole figure: its claim as a line of text, then its parts."""
    claim = f'<p class="figure-title">{escape(title)}</p>' if title else ""
    whole = ['<div class="figure-body">', claim, *parts, "</div>"]
    return "\n".join(filter(None, whole))
