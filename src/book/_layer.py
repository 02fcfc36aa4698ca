"""Where the nodes of a graph stand: in layers, with few crossings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

from book._spread import spread

SWEEPS = 12
STRAIGHT = 100.0  # how much the longest chain wants to be a line
BEND = 0.3  # room of a bend in a long edge, where a node takes 1


@dataclass
class Layout:
    """Vertices of a graph: its nodes first, then the bends of long edges.

    layer: 0 for the farthest from the root; across: place within the layer,
    in nodes; chains: for each edge its vertices from source to target.
    """

    count: int
    layer: list[int]
    chains: list[list[int]] = field(default_factory=list)
    across: list[float] = field(default_factory=list)

    @property
    def layers(self) -> int:
        """Return the number of layers."""
        return max(self.layer) + 1

    @property
    def breadth(self) -> float:
        """Return the room across, in nodes."""
        return max(self.across) + 1

    def size(self, vertex: int) -> float:
        """Return the room of a vertex within its layer."""
        return 1.0 if vertex < self.count else BEND


def layout(inputs: Sequence[Sequence[int]]) -> Layout:
    """Return the layout of nodes given by their inputs, the root last.

    A node stands just before the first node that uses it.
    """
    found = Layout(len(inputs), _layers(inputs))
    for target, sources in enumerate(inputs):
        for source in dict.fromkeys(sources):
            found.chains.append(_chain(found, source, target))
    before, after = _neighbours(found)
    rows = _rows(found)
    for sweep in range(SWEEPS):
        near, order = (before, rows) if sweep % 2 == 0 else (after, rows[::-1])
        _sort(order, rows, near)
    found.across = _places(found, rows, before, after)
    return found


def _layers(inputs: Sequence[Sequence[int]]) -> list[int]:
    """Return each node's layer: the longest way to the root, from behind."""
    back = [0] * len(inputs)
    for node in reversed(range(len(inputs))):
        for source in inputs[node]:
            back[source] = max(back[source], back[node] + 1)
    return [max(back) - steps for steps in back]


def _chain(found: Layout, source: int, target: int) -> list[int]:
    """Return an edge's vertices, after adding its bends to the layout."""
    chain = [source]
    for layer in range(found.layer[source] + 1, found.layer[target]):
        chain.append(len(found.layer))
        found.layer.append(layer)
    return [*chain, target]


def _neighbours(found: Layout) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in found.layer]
    after: list[list[int]] = [[] for _ in found.layer]
    for chain in found.chains:
        for left, right in pairwise(chain):
            before[right].append(left)
            after[left].append(right)
    return before, after


def _rows(found: Layout) -> list[list[int]]:
    """Return each layer's vertices, bends between the ends of their edge."""
    rank = [float(vertex) for vertex in range(len(found.layer))]
    for chain in found.chains:
        for bend in chain[1:-1]:
            rank[bend] = (chain[0] + chain[-1]) / 2
    rows: list[list[int]] = [[] for _ in range(found.layers)]
    for vertex in sorted(range(len(rank)), key=lambda vertex: rank[vertex]):
        rows[found.layer[vertex]].append(vertex)
    return rows


def _sort(
    order: Iterable[list[int]], rows: Sequence[list[int]], near: list[list[int]]
) -> None:
    """Sort each layer by the mean place of its neighbours on one side."""
    place = {vertex: i for row in rows for i, vertex in enumerate(row)}
    for row in order:
        wish = {v: fmean(place[n] for n in near[v] or [v]) for v in row}
        row.sort(key=lambda vertex: wish[vertex])
        place |= {vertex: i for i, vertex in enumerate(row)}


def _places(
    found: Layout,
    rows: Sequence[list[int]],
    before: list[list[int]],
    after: list[list[int]],
) -> list[float]:
    """Return the places across: each near its neighbours, the least at 0."""
    place = [0.0] * len(found.layer)
    for row in rows:
        for i, vertex in enumerate(row):
            place[vertex] = i - (len(row) - 1) / 2
    spine = _spine(found, before)
    for sweep in range(4 * SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wishes = [
                _wish(vertex, before[vertex] + after[vertex], place, spine)
                for vertex in row
            ]
            sizes = [found.size(vertex) for vertex in row]
            weights = [STRAIGHT if vertex in spine else 1.0 for vertex in row]
            for vertex, middle in zip(row, spread(wishes, sizes, weights)):
                place[vertex] = middle
    least = min(place[: found.count])
    return [at - least for at in place]


def _wish(
    vertex: int, near: list[int], place: list[float], spine: set[int]
) -> float:
    """Return where a vertex would stand if its neighbours alone decided."""
    if not near:
        return place[vertex]
    weights = [STRAIGHT if {vertex, other} <= spine else 1.0 for other in near]
    return fmean([place[other] for other in near], weights)


def _spine(found: Layout, before: list[list[int]]) -> set[int]:
    """Return the longest chain back from the root, as far as there is one."""
    ages = [0] * len(found.layer)
    for vertex in sorted(range(len(ages)), key=lambda v: found.layer[v]):
        ages[vertex] = max((ages[v] + 1 for v in before[vertex]), default=0)
    spine = [found.count - 1]
    while before[spine[-1]]:
        near = before[spine[-1]]
        oldest = max(ages[vertex] for vertex in near)
        eldest = [vertex for vertex in near if ages[vertex] == oldest]
        if len(eldest) > 1:
            break
        spine += eldest
    return set(spine)
