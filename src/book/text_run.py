"""The text run, recorded: the tensor engine learns the course's own prose.

It takes minutes, so a page cannot run it. It is kept as data beside the hash
of the source that made it, and reading it fails as soon as the source is
another. A test makes its first steps anew.

    python -m book record-text
"""

import gzip
import hashlib
import json
import math
import platform
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from book import kept
from book.source import module_path
from microgpt import READING_ORDER, Config, load_text
from microgpt.bytepair import BytePairTokenizer
from microgpt.tensor import (
    Adam,
    Step,
    Transformer,
    mean_loss,
    sample,
    text_batches,
    train,
    warmup_cosine,
    windows,
)

NAME = "text_run.json"
SEED, STEPS, BATCH, HELD_OUT = 42, 2000, 32, 0.1
VOCAB, BLOCK, LAYERS, WIDTH, HEADS = 512, 64, 2, 64, 4
RATE, CLIP, DROPOUT = 0.003, 1.0, 0.1
SNAPSHOTS = (0, 100, 500, 2000)  # steps after which the model writes
EVERY = 100  # steps between two looks at what is held out
PROMPT, LENGTH, TEMPERATURE = "The model", 120, 0.7


def source_sha256() -> str:
    """Return one hash over both engines' modules, in reading order."""
    digest = hashlib.sha256()
    for name in READING_ORDER:
        digest.update(module_path(name).read_bytes())
    return digest.hexdigest()


def text_run() -> dict[str, Any]:
    """Return the recorded run.

    losses: of each step, in nats a token. held_out: mean loss over the last
    tenth of the text, by steps done; without_dropout: the same of the same
    run without dropout. samples: what it writes, by steps done. bytes,
    characters, tokens: of the whole text. held_out_bytes, held_out_tokens: of
    its last tenth. zip_bytes: of the whole text, packed by gzip.
    Raises ValueError if the engine has changed since the run.
    """
    return kept.read(NAME, source_sha256(), "text", "record-text")


def split() -> tuple[BytePairTokenizer, list[int], list[int]]:
    """Return the tokenizer, and the text's ids: to learn from, and held out.

    The merges are learned from the first part alone.
    """
    text = load_text()
    cut = round(len(text) * (1 - HELD_OUT))
    tokenizer = BytePairTokenizer.train(text[:cut], VOCAB)
    _, *seen, _ = tokenizer.encode(text[:cut])
    _, *unseen, _ = tokenizer.encode(text[cut:])
    return tokenizer, seen, unseen


def start(
    tokenizer: BytePairTokenizer, seen: Sequence[int], dropout: float = DROPOUT
) -> tuple[Transformer, Iterator[Step]]:
    """Return an untrained model, and the steps that will train it."""
    config = Config(tokenizer.vocab_size, BLOCK, LAYERS, WIDTH, HEADS)
    rng = random.Random(SEED)
    model = Transformer(config, rng, dtype=np.float32, dropout=dropout)
    steps = train(
        model,
        text_batches(seen, tokenizer.BOS, BLOCK, BATCH, rng),
        STEPS,
        optimizer=Adam(model.params, beta1=0.9),
        learning_rate=RATE,
        schedule=warmup_cosine,
        max_norm=CLIP,
    )
    return model, steps


def make() -> dict[str, Any]:
    """Run it, twice: with dropout and without. A few minutes."""
    source = source_sha256()  # now: an edit during the run is not what ran
    tokenizer, seen, unseen = split()
    held_out = windows(unseen, tokenizer.BOS, BLOCK)
    runs: dict[float, dict[str, Any]] = {}
    for dropout in (DROPOUT, 0.0):
        model, steps = start(tokenizer, seen, dropout)
        losses, held, samples = [], {0: mean_loss(model, held_out)}, {}
        samples[0] = _written(model, tokenizer)
        for step in tqdm(steps, total=STEPS, unit="step"):
            losses.append(round(step.loss, 4))
            if step.number % EVERY == 0:
                held[step.number] = mean_loss(model, held_out)
            if step.number in SNAPSHOTS:
                samples[step.number] = _written(model, tokenizer)
        runs[dropout] = {"losses": losses, "held": held, "samples": samples}
    kept, without = runs[DROPOUT], runs[0.0]
    text = load_text()
    return {
        "source_sha256": source,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "parameters": len(model.params),
        "bytes": len(text.encode()),
        "characters": len(text),
        "tokens": len(seen) + len(unseen),
        "held_out_tokens": len(unseen),
        "held_out_bytes": len(tokenizer.decode(unseen).encode()),
        "zip_bytes": len(gzip.compress(text.encode(), 9, mtime=0)),
        "losses": kept["losses"],
        "held_out": _rounded(kept["held"]),
        "samples": {str(step): text for step, text in kept["samples"].items()},
        "losses_without_dropout": without["losses"],
        "without_dropout": _rounded(without["held"]),
        "equal_chances": round(math.log(tokenizer.vocab_size), 4),
    }


def write() -> Path:
    """Run it and keep it; return where."""
    text = json.dumps(make(), indent=1, ensure_ascii=False)
    path = kept.path(NAME)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _written(model: Transformer, tokenizer: BytePairTokenizer) -> str:
    """Return a sample, drawn aside so that the run is as without it."""
    return sample(
        model,
        tokenizer,
        random.Random(SEED),
        temperature=TEMPERATURE,
        prompt=PROMPT,
        max_tokens=LENGTH,
    )


def _rounded(losses: dict[int, float]) -> dict[str, float]:
    return {str(step): round(loss, 4) for step, loss in losses.items()}
