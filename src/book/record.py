"""The reference run, recorded: 1,000 steps on the names of the original.

A page cannot run it: the original names are not part of this project. So the
run is kept as data beside the hash of the source that made it, and reading it
fails as soon as the source is another. A test runs it anew wherever the names
can be had.

    python -m book record
"""

import hashlib
import json
import math
import platform
import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from tqdm import tqdm

from book import kept
from book.source import module_path
from microgpt import PART_I, Config, Tokenizer, load_names
from microgpt.data import KARPATHY_SHA256
from microgpt.scalar import GradientDescent, Model, mean_loss, sample, train

NAME = "reference_run.json"
SEED, STEPS, HELD_OUT = 42, 1000, 300
SNAPSHOTS = (0, 100, 300, 1000)  # steps after which the model speaks


def source_sha256() -> str:
    """Return one hash over the scalar engine's modules, in reading order."""
    digest = hashlib.sha256()
    for name in PART_I:
        digest.update(module_path(name).read_bytes())
    return digest.hexdigest()


def reference_run() -> dict[str, Any]:
    """Return the recorded run.

    losses: of each of the 1,000 steps, in nats a token. held_out: mean loss
    over 300 names it never trains on, by steps done. samples: what it says at
    temperature 0.5, by steps done. final_samples: the original's 20.
    descent: held-out loss after the same run by plain descent, by rate.
    baselines: held-out loss of guessing by counts of letters and of pairs.
    in_dataset, in_training: which of those 20 are in the whole data set, and
    which among the 1,000 names that it was trained on.
    Raises ValueError if the engine has changed since the run.
    """
    return kept.read(NAME, source_sha256(), "reference", "record")


def make() -> dict[str, Any]:
    """Run it: one to two minutes. Needs the original names, or the net."""
    docs = load_names("karpathy")
    rng = random.Random(SEED)
    rng.shuffle(docs)
    tokenizer = Tokenizer.from_docs(docs)
    model = Model(Config(tokenizer.vocab_size), rng)
    unseen = docs[STEPS : STEPS + HELD_OUT]
    losses: list[float] = []
    held_out = {0: mean_loss(model, tokenizer, unseen)}
    samples = {0: _eight_samples(model, tokenizer)}
    steps = train(model, tokenizer, docs, STEPS)
    for step in tqdm(steps, total=STEPS, unit="step"):
        losses.append(step.loss)
        if step.number % 100 == 0:
            held_out[step.number] = mean_loss(model, tokenizer, unseen)
        if step.number in SNAPSHOTS:
            samples[step.number] = _eight_samples(model, tokenizer)
    final = [sample(model, tokenizer, rng) for _ in range(20)]
    return {
        "source_sha256": source_sha256(),
        "data_sha256": KARPATHY_SHA256,
        "python": platform.python_version(),
        "seed": SEED,
        "documents": len(docs),
        "longest": max(map(len, docs)),
        "parameters": len(model.params),
        "held_out_names": HELD_OUT,
        "first_documents": docs[:5],
        "losses": losses,
        "held_out": {str(step): loss for step, loss in held_out.items()},
        "samples": {str(step): names for step, names in samples.items()},
        "final_samples": final,
        "in_dataset": [name for name in final if name in docs],
        "in_training": [name for name in final if name in docs[:STEPS]],
        "descent": {
            str(rate): _plain_descent(docs, tokenizer, rate)
            for rate in (0.01, 0.3)
        },
        "baselines": _baselines(docs[:STEPS], unseen),
    }


def _plain_descent(docs: list[str], tokenizer: Tokenizer, rate: float) -> float:
    """Return the held-out loss after the same run by plain descent."""
    rng = random.Random(SEED)
    rng.shuffle(load_names("karpathy"))  # the draws that come before the model
    model = Model(Config(tokenizer.vocab_size), rng)
    rule = GradientDescent(model.params)
    steps = train(
        model, tokenizer, docs, STEPS, optimizer=rule, learning_rate=rate
    )
    for _ in tqdm(steps, total=STEPS, unit="step"):
        pass
    return mean_loss(model, tokenizer, docs[STEPS : STEPS + HELD_OUT])


def _baselines(seen: list[str], unseen: list[str]) -> dict[str, float]:
    """Return what counting alone reaches, in nats a token, as held_out does.

    Counted on the names that the model trains on, one added to each count.
    unigram: how often a token occurs. bigram: how often it follows another.
    """
    edged = [f".{name}." for name in seen]
    singles = Counter(b for name in edged for b in name[1:])
    pairs = Counter(pair for name in edged for pair in pairwise(name))
    firsts = Counter(a for name in edged for a in name[:-1])
    size, whole = 27, singles.total()

    def mean(chance: Callable[[str, str], float]) -> float:
        names = [
            math.fsum(
                -math.log(chance(*pair)) for pair in pairwise(f".{name}.")
            )
            / (len(name) + 1)
            for name in unseen
        ]
        return math.fsum(names) / len(names)

    return {
        "unigram": mean(lambda _, b: (singles[b] + 1) / (whole + size)),
        "bigram": mean(lambda a, b: (pairs[a, b] + 1) / (firsts[a] + size)),
    }


def write() -> Path:
    """Run it and keep it; return where."""
    text = json.dumps(make(), indent=1)
    path = kept.path(NAME)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _eight_samples(model: Model, tokenizer: Tokenizer) -> list[str]:
    """Return eight samples, drawn aside so that the run is as without them."""
    rng = random.Random(SEED)
    return [sample(model, tokenizer, rng) for _ in range(8)]
