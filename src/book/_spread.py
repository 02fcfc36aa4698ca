"""Things in a row, moved apart just enough that none lies over another."""

from collections.abc import Sequence


def spread(
    wishes: Sequence[float],
    sizes: Sequence[float],
    weights: Sequence[float] = (),
    low: float = float("-inf"),
    high: float = float("inf"),
) -> list[float]:
    """Return the middle of each thing: in order, as near its wish as can be.

    wishes: wanted middles, ascending; sizes: room that each thing takes;
    weights: how much each insists, alike if left out; low, high: the ends.
    Things that touch form a block, which stands at the mean of their wishes.
    """
    blocks: list[_Block] = []
    for wish, size, weight in zip(wishes, sizes, weights or [1.0] * len(sizes)):
        blocks.append(_Block([size], weight, weight * (wish - size / 2)))
        while len(blocks) > 1 and _touch(blocks[-2], blocks[-1], low, high):
            last = blocks.pop()
            blocks[-1] = blocks[-1].joined(last)
    return [middle for block in blocks for middle in block.middles(low, high)]


class _Block:
    """Things side by side: their weight, and the weighted starts they want."""

    def __init__(self, sizes: list[float], weight: float, wish: float) -> None:
        self.sizes, self.weight, self.wish = sizes, weight, wish

    def joined(self, other: "_Block") -> "_Block":
        wish = self.wish + other.wish - other.weight * sum(self.sizes)
        weight = self.weight + other.weight
        return _Block(self.sizes + other.sizes, weight, wish)

    def start(self, low: float, high: float) -> float:
        wish = self.wish / self.weight
        return max(min(wish, high - sum(self.sizes)), low)

    def middles(self, low: float, high: float) -> list[float]:
        start, found = self.start(low, high), []
        for size in self.sizes:
            found.append(start + size / 2)
            start += size
        return found


def _touch(above: _Block, below: _Block, low: float, high: float) -> bool:
    end = above.start(low, high) + sum(above.sizes)
    return end > below.start(low, high) + 1e-9
