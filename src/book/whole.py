# ruff: noqa: T201 (it is a program of its own, which prints)
"""The end of `microgpt_single.py`: train on names, then make up new ones."""

import argparse
import random
import sys

from microgpt.config import Config
from microgpt.data import load_docs
from microgpt.scalar.parameters import Model
from microgpt.scalar.sampling import sample
from microgpt.scalar.training import train
from microgpt.tokenizer import Tokenizer

NAMES = ""  # in the assembled file, the bundled names


def main() -> None:
    """Train on the given file, or on the names above; print 20 samples."""
    parser = argparse.ArgumentParser(description="Train a GPT on names.")
    parser.add_argument("data", nargs="?", help="UTF-8 text, a document a line")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=42)
    given = parser.parse_args()
    if given.steps < 1:
        parser.error(f"--steps is at least 1; got {given.steps}")
    try:
        docs = load_docs(given.data) if given.data else NAMES.split()
    except (OSError, ValueError) as error:
        parser.error(str(error))
    rng = random.Random(given.seed)
    rng.shuffle(docs)
    tokenizer = Tokenizer.from_docs(docs)
    model = Model(Config(tokenizer.vocab_size), rng)
    for step in train(model, tokenizer, docs, given.steps):
        line = f"step {step.number:4} of {given.steps}: loss {step.loss:.4f}"
        print(f"\r{line}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"last loss {step.loss:.4f}")
    for _ in range(20):
        print(sample(model, tokenizer, rng))


if __name__ == "__main__":
    main()
