"""Computation graphs, and chains of steps."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Protocol

from book._layer import layout
from book._picture import Box, Edge, Picture
from book._svg import drawing, figure_body, finite, key, number, some

MOST_NODES = 40
DEEPEST_LYING = 5  # layers that still lie side by side on a wide page
PHONE, PAGE = 288, 640  # pixels that a page gives to a drawing
SHRUNK = 0.85  # the scale at which 13 pixels of text become 11


class Value(Protocol):
    """A node: its number, its gradient, and what it was computed from."""

    @property
    def data(self) -> float:
        """Return the number that flowed forward."""

    @property
    def grad(self) -> float:
        """Return the gradient that flowed back."""

    @property
    def inputs(self) -> "Sequence[Value]":
        """Return the nodes it was computed from; none for a leaf."""

    @property
    def local_grads(self) -> Sequence[float]:
        """Return the slope with respect to each input, as data."""


def graph(
    root: Value,
    *,
    title: str,
    names: Mapping[str, Value] | None = None,
    gradients: bool = True,
) -> str:
    """Return the graph that computed `root`: values forward, gradients back.

    Each edge carries its local gradient. A graph of at most 5 layers lies
    from left to right where there is room and stands from top to bottom on
    a phone; a deeper one always stands.
    Raises ValueError for more than 40 nodes or a number that is not finite.
    """
    nodes = topological(root)
    called = {id(node): name for name, node in (names or {}).items()}
    labels = [called.get(id(node), "") for node in nodes]
    _check(nodes, labels)
    lying, upright = _pictures(nodes, labels, gradients)
    desc = _desc(nodes, labels, gradients)
    deep = len(lying.thick) > DEEPEST_LYING
    parts = [
        _reading(picture, gradients)
        + _framed(picture, title, desc, "graph", room)
        for picture, room in _chosen(lying, upright, deep)
    ]
    return figure_body(title, _switched(parts))


def flow(steps: Sequence[tuple[str, str]], *, title: str) -> str:
    """Return a chain of boxes, each a label and a note: a shape or a number.

    The chain lies where the page is wide enough for it, else it stands.
    Raises ValueError for no steps.
    """
    some(steps, "steps")
    boxes = [
        Box(((label, "name"), *((line, "data") for line in _wrapped(note))))
        for label, note in steps
    ]
    widest = max(box.width for box in boxes)
    even = [Box(box.lines, widest) for box in boxes]
    chain = layout([[i - 1] if i else [] for i in range(len(steps))])
    lying, upright = (
        Picture(chain, boxes, {}, False),
        Picture(chain, even, {}, True),
    )
    desc = " ".join(f"{i}. {': '.join(s)}." for i, s in enumerate(steps, 1))
    parts = [
        _framed(picture, title, desc, "flow", limit)
        for picture, limit in _chosen(lying, upright, lying.size[0] > PAGE)
    ]
    return figure_body(title, _switched(parts))


def topological(root: Value) -> list[Value]:
    """Return every node once, each after its inputs; no recursion.

    Raises ValueError as soon as there are too many nodes to draw.
    """
    order: list[Value] = []
    seen: set[int] = set()
    stack: list[tuple[Value, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            if len(seen) > MOST_NODES:
                raise ValueError(f"graph has more than {MOST_NODES} nodes")
            stack.append((node, True))
            stack.extend((other, False) for other in reversed(node.inputs))
    return order


def _check(nodes: Sequence[Value], labels: Sequence[str]) -> None:
    for node, label in zip(nodes, labels):
        finite(node.data, f"data of {label or 'a node'}")
        finite(node.grad, f"grad of {label or 'a node'}")


def _pictures(
    nodes: Sequence[Value], labels: Sequence[str], gradients: bool
) -> list[Picture]:
    """Return the graph lying and upright."""
    spots = {id(node): index for index, node in enumerate(nodes)}
    found = layout([[spots[id(i)] for i in node.inputs] for node in nodes])
    slopes = _slopes(nodes, spots) if gradients else {}
    return [
        Picture(found, _boxes(nodes, labels, arrow), slopes, upright)
        for upright, arrow in (
            (False, "←" if gradients else ""),
            (True, "↑" if gradients else ""),
        )
    ]


def _chosen(
    lying: Picture, upright: Picture, deep: bool
) -> list[tuple[Picture, float]]:
    """Return the pictures to show, on wide pages first, with their room."""
    wide = upright if deep else lying
    if wide.size[0] > PAGE:
        wide = min(lying, upright, key=lambda picture: picture.size[0])
    narrow = wide
    if wide.size[0] > PHONE:
        narrow = min(lying, upright, key=lambda picture: picture.size[0])
    if wide is narrow:
        return [(wide, PHONE)]
    return [(wide, PAGE), (narrow, PHONE)]


def _switched(parts: Sequence[str]) -> str:
    """Return the one part, or two of which the page's width shows one."""
    if len(parts) == 1:
        return parts[0]
    wide, narrow = parts
    return (
        f'<div class="wide-only">{wide}</div>\n'
        f'<div class="narrow-only">{narrow}</div>'
    )


def _framed(
    picture: Picture, title: str, desc: str, kind: str, room: float
) -> str:
    """Return the drawing, in a frame that scrolls where it is too wide."""
    width, height = (round(side, 1) for side in picture.size)
    svg = drawing(picture.draw(), title, desc, f"{kind}-drawing", height, width)
    if width * SHRUNK <= room:
        return svg
    label = escape(f"Drawing: {title}")
    return (
        f'<div class="figure-scroll" tabindex="0" role="group"'
        f' aria-label="{label}">{svg}</div>'
    )


def _reading(picture: Picture, gradients: bool) -> str:
    entries = [("key-data", "value")]
    if gradients:
        arrow = "↑" if picture.upright else "←"
        entries.append(("key-grad", f"{arrow} gradient"))
        entries.append(("key-local", "× local gradient"))
    return key(*entries)


def _boxes(
    nodes: Sequence[Value], labels: Sequence[str], arrow: str
) -> list[Box]:
    boxes = []
    for node, label in zip(nodes, labels):
        lines = [(label, "name")] if label else []
        lines.append((_short(node.data), "data"))
        if arrow:
            lines.append((f"{arrow} {_short(node.grad)}", "grad"))
        boxes.append(Box(tuple(lines)))
    return boxes


def _short(value: float, places: int = 4) -> str:
    """Return a number of few characters: four decimals, or two digits."""
    if value and abs(value) < 0.001:
        return number(value, 2)
    return number(round(value, places), 6)


def _slopes(
    nodes: Sequence[Value], spots: Mapping[int, int]
) -> dict[Edge, str]:
    """Return the words on each edge; an input used twice has both slopes."""
    found: dict[Edge, list[str]] = {}
    for target, node in enumerate(nodes):
        for source, slope in zip(node.inputs, node.local_grads, strict=True):
            words = _short(finite(slope, "a local gradient"), 3)
            found.setdefault((spots[id(source)], target), []).append(words)
    return {
        edge: f"×{words[0]}" if len(words) == 1 else f"×({'+'.join(words)})"
        for edge, words in found.items()
    }


def _desc(
    nodes: Sequence[Value], labels: Sequence[str], gradients: bool
) -> str:
    told = []
    for node, label in zip(nodes, labels):
        words = f"{label} = " if label else ""
        words += number(node.data)
        words += f", gradient {number(node.grad)}" if gradients else ""
        told.append(f"{words}.")
    return " ".join(told)


def _wrapped(note: str, width: int = 34) -> list[str]:
    lines: list[str] = []
    for word in note.split():
        if lines and len(lines[-1]) + len(word) < width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
