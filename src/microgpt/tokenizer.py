"""Tokens: each character a whole number, and one number more for the edge."""

import unicodedata
from collections.abc import Iterable


class Tokenizer:
    """The two-way table between characters and token ids.

    chars: the alphabet, one character each; a character's id is its place.
    BOS: the id that stands before and after every document, the last one.
    Raises ValueError if a character stands in the alphabet twice.
    """

    def __init__(self, chars: Iterable[str]) -> None:
        self.chars = list(chars)
        self.ids = {ch: i for i, ch in enumerate(self.chars)}
        self.BOS = len(self.chars)
        self.vocab_size = len(self.chars) + 1
        if len(self.ids) < len(self.chars):
            raise ValueError("an alphabet holds each character once")

    @classmethod
    def from_docs(cls, docs: Iterable[str]) -> "Tokenizer":
        """Return the tokenizer of every character in `docs`, sorted."""
        return cls(sorted(set("".join(docs))))

    def encode(self, doc: str) -> list[int]:
        """Return the ids of `doc` between two BOS: len(doc) + 2 of them.

        Raises ValueError if a character is not in the alphabet.
        """
        doc = unicodedata.normalize("NFC", doc)
        for ch in doc:
            if ch not in self.ids:
                alphabet = "".join(self.chars)
                raise ValueError(f"{ch!r} is not in the alphabet {alphabet!r}")
        return [self.BOS, *(self.ids[ch] for ch in doc), self.BOS]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`; BOS stands for no character.

        Raises IndexError if one of them is not a token id.
        """
        ids = list(ids)
        for i in ids:
            if not 0 <= i < self.vocab_size:
                raise IndexError(f"ids are in [0, {self.vocab_size}); got {i}")
        return "".join(self.chars[i] for i in ids if i != self.BOS)
