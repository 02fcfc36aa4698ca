"""The corpus of a run: what it learns from, and what is held out, as tokens."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import overload

from tqdm import tqdm

from microgpt.bytepair import BytePairTokenizer, learn
from microgpt.data import load_docs, load_names, load_text
from microgpt.state import AnyTokenizer, Run
from microgpt.tokenizer import Tokenizer

Tokens = Sequence[int]
MEASURED = 100  # documents, or windows, of what is held out


def load(data: str, text: bool) -> list[str]:
    """Return the documents that `--data` names; a running text is one.

    Raises ValueError or OSError, which names the file and the reason.
    """
    if text and data == "karpathy":
        raise ValueError("--text goes with --data FILE; karpathy is names")
    if text:
        return [load_text(data)]
    known = data in ("bundled", "karpathy")
    return load_names(data) if known else load_docs(data)


def sha256(docs: Sequence[str]) -> str:
    """Return the fingerprint of the documents, in the order of the file."""
    return hashlib.sha256("\n".join(docs).encode()).hexdigest()


def split(docs: Sequence[str], run: Run) -> tuple[list[str], list[str]]:
    """Return what is learned from and what is held out, the last share.

    Documents are shuffled first, by the seed of the run. Raises ValueError if
    too little is there for a share to be held out.
    """
    docs = list(docs)
    random.Random(run.seed).shuffle(docs)
    whole = docs[0] if run.text else docs
    cut = len(whole) - int(run.validate * len(whole))
    if run.validate and not 0 < cut < len(whole):
        what = "characters" if run.text else "documents"
        raise ValueError(
            f"{run.data} has {len(whole):,} {what}: too few to hold out a"
            f" share of {run.validate}, see --validate"
        )
    if run.text:
        text = docs[0]
        return [text[:cut]], [text[cut:]] if cut < len(text) else []
    return docs[:cut], docs[cut:]


def fit_tokenizer(
    docs: Sequence[str], run: Run, kind: str, vocab_size: int | None
) -> AnyTokenizer:
    """Return a tokenizer of all characters ("chars"), or "bytepair".

    Byte pairs are those of what is learned from, without what is held out.
    Raises ValueError for a size that the kind cannot have.
    """
    if kind == "chars":
        if vocab_size is not None:
            raise ValueError("--vocab-size goes with --tokenizer bytepair")
        return Tokenizer.from_docs(docs)
    vocab_size = 512 if vocab_size is None else vocab_size
    if vocab_size < 257:
        raise ValueError(
            "--vocab-size is at least 257, for 256 bytes and the edge; got"
            f" {vocab_size}"
        )
    learning = tqdm(
        learn(split(docs, run)[0], vocab_size),
        "byte pairs",
        vocab_size - 257,
        leave=False,
        delay=1,  # seconds; most texts are done by then
        unit="pair",
    )
    return BytePairTokenizer(merge.pair for merge in learning)


class Encoded(Sequence[Tokens]):
    """Documents as tokens, each encoded when it is asked for.

    Kept as lists of tokens they would take five times the memory.
    """

    def __init__(self, docs: Sequence[str], tokenizer: AnyTokenizer) -> None:
        self.docs, self.tokenizer = docs, tokenizer

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self.docs)

    @overload
    def __getitem__(self, place: int) -> Tokens: ...
    @overload
    def __getitem__(self, place: slice) -> "Encoded": ...

    def __getitem__(self, place: int | slice) -> "Tokens | Encoded":
        """Return the tokens of one document, or some of the documents."""
        if isinstance(place, slice):
            return Encoded(self.docs[place], self.tokenizer)
        return self.tokenizer.encode(self.docs[place])


@dataclass(frozen=True)
class Corpus:
    """Documents as tokens, each between two BOS; of a text, one without.

    training: what is learned from. held_out: what is measured, at most
    `MEASURED` documents of it, evenly spread. block_size: guesses of one
    window of a text.
    """

    training: Sequence[Tokens]
    held_out: Sequence[Tokens]
    run: Run
    BOS: int
    block_size: int

    @classmethod
    def of(
        cls,
        docs: Sequence[str],
        run: Run,
        tokenizer: AnyTokenizer,
        block_size: int,
    ) -> "Corpus":
        """Return `docs`, split as the run has it, in tokens."""
        training: Sequence[Tokens]
        held_out: Sequence[Tokens]
        training, held_out = (
            Encoded(part, tokenizer) for part in split(docs, run)
        )
        if run.text:
            training = [tokens[1:-1] for tokens in training]
            held_out = [
                [tokenizer.BOS, *tokens[start : start + block_size]]
                for tokens in held_out
                for start in range(1, len(tokens) - 1, block_size)
            ]
        count, n = len(held_out), min(MEASURED, len(held_out))
        held_out = [held_out[i * count // n] for i in range(n)]
        return cls(training, held_out, run, tokenizer.BOS, block_size)

    @property
    def cropped(self) -> int:
        """How many documents are longer than the model looks back."""
        if self.run.text:  # windows are cut to fit
            return 0
        return sum(len(ids) - 1 > self.block_size for ids in self.training)

    def batches(
        self, rng: random.Random, start: int = 0
    ) -> Iterator[list[Tokens]]:
        """Yield the documents of each step, without end.

        Documents come in turn, and over again; start: steps already done.
        Of a text it is windows: BOS and `block_size` tokens from places that
        `rng` draws. Both as the tensor engine's batches have it.
        """
        size = self.run.batch_size
        for step in count(start):
            if self.run.text:
                yield self._windows(rng)
                continue
            places = range(step * size, (step + 1) * size)
            yield [self.training[i % len(self.training)] for i in places]

    def _windows(self, rng: random.Random) -> list[Tokens]:
        tokens, size = self.training[0], self.block_size
        places = range(max(1, len(tokens) - size + 1))
        starts = rng.choices(places, k=self.run.batch_size)
        return [[self.BOS, *tokens[s : s + size]] for s in starts]
