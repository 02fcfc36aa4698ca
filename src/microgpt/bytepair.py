"""Byte pairs: tokens longer than a letter, for any text at all."""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from pathlib import Path

from microgpt.tokenizer import Tokenizer

Pair = tuple[int, int]

# Letters, digits or signs, with a space before them, or the rest of the space.
RUN = re.compile(r" ?(?:[^\W\d_]+|\d+|(?:[^\w\s]|_)+)|\s+?(?= ?\S|\Z)")
LONGEST = 64  # characters in a word; no real one is cut


def merge(ids: Sequence[int], pair: Pair, new: int) -> list[int]:
    """Return `ids` with `new` in place of each `pair`, from the left."""
    merged: list[int] = []
    for i in ids:
        if merged and (merged[-1], i) == pair:
            merged[-1] = new
        else:
            merged.append(i)
    return merged


def to_bytes(text: str) -> bytes:
    """Return the UTF-8 bytes of any text, half a surrogate pair included."""
    return text.encode("utf-8", "surrogatepass")


def words(text: str) -> Iterator[str]:
    """Yield `text` cut into words, none lost: joined, they are the text.

    A word is a run of letters, of digits or of signs, with the space before
    it, or a run of white space. A run longer than `LONGEST` is several.
    """
    for run in RUN.finditer(text):
        for start in range(0, len(run[0]), LONGEST):
            yield run[0][start : start + LONGEST]


@dataclass(frozen=True)
class Merge:
    """One step of learning: two tokens that from now on are one.

    count: how often they stood side by side. piece: the new token's bytes.
    """

    pair: Pair
    id: int
    count: int
    piece: bytes


class PairCounts:
    """How often each two tokens stand side by side in the words of a text.

    times: how often each word occurs. words: their ids, at first bytes.
    places: which words hold, or once held, a pair. heap: pairs by count, with
    counts among them that are no longer true.
    """

    def __init__(self, times: Mapping[str, int]) -> None:
        self.times = list(times.values())
        self.words = [list(to_bytes(word)) for word in times]
        self.counts: Counter[Pair] = Counter()
        self.places: defaultdict[Pair, set[int]] = defaultdict(set)
        for place, ids in enumerate(self.words):
            for pair in zip(ids, ids[1:]):
                self.counts[pair] += self.times[place]
                self.places[pair].add(place)
        self.heap = [(-count, pair) for pair, count in self.counts.items()]
        heapify(self.heap)

    def commonest(self) -> Pair | None:
        """Return the pair with the highest count, or None if none repeats.

        Of several, the one with the smallest first id, then second id.
        """
        while self.heap:
            count, pair = self.heap[0]
            if -count == self.counts[pair]:
                return pair if -count > 1 else None
            heappop(self.heap)
        return None

    def merge(self, pair: Pair, new: int) -> None:
        """Make `pair` one token in every word; count anew what changed."""
        changed: set[Pair] = set()
        for place in self.places.pop(pair):
            old, times = self.words[place], self.times[place]
            ids = self.words[place] = merge(old, pair, new)
            for gone in zip(old, old[1:]):
                self.counts[gone] -= times
                changed.add(gone)
            for found in zip(ids, ids[1:]):
                self.counts[found] += times
                self.places[found].add(place)
                changed.add(found)
        for pair in changed:
            heappush(self.heap, (-self.counts[pair], pair))


def learn(docs: str | Iterable[str], vocab_size: int) -> Iterator[Merge]:
    """Yield merges, the commonest pair each time, until `vocab_size` tokens.

    docs: a text, or several. Fewer if no pair is left that occurs twice.
    Raises ValueError if `vocab_size` has no room for the bytes and BOS.
    """
    if vocab_size < 257:
        raise ValueError(f"256 bytes and BOS are 257 tokens; got {vocab_size}")
    docs = [docs] if isinstance(docs, str) else docs
    pairs = PairCounts(Counter(word for doc in docs for word in words(doc)))
    pieces = [bytes([byte]) for byte in range(256)]
    while len(pieces) + 1 < vocab_size and (pair := pairs.commonest()):
        count, new = pairs.counts[pair], len(pieces)
        pairs.merge(pair, new)
        pieces.append(pieces[pair[0]] + pieces[pair[1]])
        yield Merge(pair, new, count, pieces[new])


class BytePairTokenizer:
    """The table between texts and tokens of one or more bytes.

    merges: pairs of ids, in the order learned. Ids 0 to 255 are the bytes,
    256 + i is the i-th merge, BOS the last. pieces: each id's bytes, none for
    BOS. ids: the id of each merge.
    Raises ValueError for a merge of what is not made yet, of a pair twice, or
    into more bytes than a word has.
    """

    def __init__(self, merges: Iterable[Pair]) -> None:
        self.merges = list(merges)
        self.pieces = [bytes([byte]) for byte in range(256)]
        self.ids: dict[Pair, int] = {}
        for new, pair in enumerate(self.merges, start=256):
            a, b = pair
            if not (0 <= a < new and 0 <= b < new):
                raise ValueError(
                    f"merge {new} joins ids below {new}; got {pair}"
                )
            if pair in self.ids:
                raise ValueError(f"{pair} is merged twice")
            if len(self.pieces[a] + self.pieces[b]) > 4 * LONGEST:
                raise ValueError(f"merge {new} has over {4 * LONGEST} bytes")
            self.ids[pair] = new
            self.pieces.append(self.pieces[a] + self.pieces[b])
        self.pieces.append(b"")
        self.BOS = 256 + len(self.merges)
        self.vocab_size = self.BOS + 1

    @classmethod
    def train(
        cls, docs: str | Iterable[str], vocab_size: int
    ) -> "BytePairTokenizer":
        """Return the tokenizer of the merges that `learn` yields."""
        return cls(step.pair for step in learn(docs, vocab_size))

    def encode(self, doc: str) -> list[int]:
        """Return the ids of `doc` between two BOS, whatever is in it."""
        known: dict[str, list[int]] = {}
        ids = [self.BOS]
        for word in words(doc):
            if word not in known:
                known[word] = self.encode_word(word)
            ids += known[word]
        return [*ids, self.BOS]

    def encode_word(self, word: str) -> list[int]:
        """Return the ids of one word: bytes, merged in the order learned."""
        ids = list(to_bytes(word))
        while len(ids) > 1:
            pairs = zip(ids, ids[1:])
            pair = min(pairs, key=lambda pair: self.ids.get(pair, math.inf))
            if pair not in self.ids:
                break
            ids = merge(ids, pair, self.ids[pair])
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`; BOS stands for nothing.

        Bytes that are no whole character become U+FFFD, the mark � for it.
        Raises IndexError if one of them is not a token id.
        """
        ids = list(ids)
        for i in ids:
            if not 0 <= i < self.vocab_size:
                raise IndexError(f"ids are in [0, {self.vocab_size}); got {i}")
        whole = b"".join(self.pieces[i] for i in ids)
        try:
            return whole.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return whole.decode("utf-8", "replace")


def tokenizer_to_json(
    tokenizer: Tokenizer | BytePairTokenizer,
) -> dict[str, object]:
    """Return what makes `tokenizer` anew, as JSON can hold it."""
    if isinstance(tokenizer, BytePairTokenizer):
        merges = [list(pair) for pair in tokenizer.merges]
        return {"kind": "byte pairs", "merges": merges}
    return {"kind": "characters", "chars": list(tokenizer.chars)}


def tokenizer_from_json(found: object) -> Tokenizer | BytePairTokenizer:
    """Return the tokenizer that `tokenizer_to_json` described.

    Raises ValueError, which says what is wrong, for anything else.
    """
    if not isinstance(found, dict):
        raise ValueError("a tokenizer is a JSON object")
    if found.keys() == {"kind", "chars"} and found["kind"] == "characters":
        return Tokenizer(_chars(found["chars"]))
    if found.keys() == {"kind", "merges"} and found["kind"] == "byte pairs":
        return BytePairTokenizer(_merges(found["merges"]))
    raise ValueError("a tokenizer has chars or merges, and their kind")


def _chars(found: object) -> list[str]:
    if not isinstance(found, list) or not all(
        isinstance(ch, str) and len(ch) == 1 for ch in found
    ):
        raise ValueError("chars is not a list of characters")
    return found


def _merges(found: object) -> list[Pair]:
    if not isinstance(found, list) or not all(
        isinstance(pair, list) and [type(i) for i in pair] == [int, int]
        for pair in found
    ):
        raise ValueError("merges is not a list of pairs of ids")
    return [(a, b) for a, b in found]


def save_tokenizer(
    tokenizer: Tokenizer | BytePairTokenizer, path: Path
) -> None:
    """Write `tokenizer` as JSON; an older file stays whole until it is done.

    Raises OSError if the file cannot be written.
    """
    from microgpt.checkpoint import write_atomically  # which imports us

    content = json.dumps(tokenizer_to_json(tokenizer))
    write_atomically(path, f"{content}\n".encode())


def load_tokenizer(path: Path) -> Tokenizer | BytePairTokenizer:
    """Return the tokenizer at `path`.

    Raises ValueError, which says what is wrong with it, or OSError.
    """
    try:
        return tokenizer_from_json(json.loads(path.read_bytes()))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a tokenizer: {error}") from error
