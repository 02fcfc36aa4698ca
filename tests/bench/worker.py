"""One engine at work in a process of its own, so many steps at a time.

    echo 30 | python tests/bench/worker.py '{"engine": "tensor"}'

Reads numbers of steps, one a line. Answers each with a line of JSON: the
losses, the CPU seconds and the most memory held so far, in MiB. A run that is
over begins anew; what makes its model is not timed.
"""

import json
import math
import os
import random
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

from microgpt import Config, Tokenizer, load_names

LIBRARIES = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")  # of linear algebra
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in LIBRARIES}


def fresh(source, **sizes):
    """Return documents in the order of seed 42, tokenizer, config and rng."""
    docs, rng = load_names(source), random.Random(42)
    rng.shuffle(docs)
    tokenizer = Tokenizer.from_docs(docs)
    return docs, tokenizer, Config(tokenizer.vocab_size, **sizes), rng


def filled(docs, size):
    """Return documents of `size` letters: the names one after the other."""
    letters = "".join(docs)
    starts = range(0, len(letters) - size, size)
    return [letters[start : start + size] for start in starts]


def scalar(docs, tokenizer, config, rng, num_steps):
    """Return the losses of a run of Part I's engine."""
    from microgpt.scalar import Model, train

    steps = train(Model(config, rng), tokenizer, docs, num_steps)
    return (step.loss for step in steps)


def long_form(docs, tokenizer, config, rng, num_steps):
    """Return those of the algorithm written out, node by node."""
    from long_form import LongForm

    from microgpt.scalar import Model

    documents = map(tokenizer.encode, docs)
    steps = LongForm(Model(config, rng)).train(documents, num_steps)
    return (loss for loss, _ in steps)


def tensor(docs, tokenizer, config, rng, num_steps, batch=1, dtype="float64"):
    """Return those of Part III's engine."""
    from microgpt.corpus import Encoded
    from microgpt.tensor import Transformer, document_batches, train

    model = Transformer(config, rng, dtype=dtype)
    tokens = Encoded(docs, tokenizer)  # as `microgpt train` has it
    batches = document_batches(tokens, config.block_size, batch)
    return (step.loss for step in train(model, batches, num_steps))


def by_hand(docs, tokenizer, config, rng, num_steps, batch=1, dtype="float64"):
    """Return those of NumPy without an engine."""
    from by_hand import ByHand, batches

    shapes = config.shapes().values()
    numbers = [rng.gauss(0, 0.08) for n, m in shapes for _ in range(n * m)]
    model = ByHand(config, numbers, dtype)
    tokens = [tokenizer.encode(doc) for doc in docs]
    chosen = batches(tokens, config.block_size, batch, dtype)
    return model.train(chosen, num_steps)


ENGINES = {f.__name__: f for f in (long_form, scalar, tensor, by_hand)}


def runs(engine, source="bundled", documents=None, fill=False, **options):
    """Yield how many steps are left in a run, and its losses, again and again.

    documents: how many, all if None. fill: make them so long that the model
    looks back as far as it can. options: of the engine, or as in Config.
    """
    own = {
        key: options.pop(key) for key in ("batch", "dtype") if key in options
    }
    docs, tokenizer, config, rng = fresh(source, **options)
    docs = filled(docs, config.block_size) if fill else docs
    docs = docs[:documents]
    num_steps, draws = len(docs) // own.get("batch", 1), rng.getstate()
    while True:
        rng.setstate(draws)
        yield (
            num_steps,
            ENGINES[engine](docs, tokenizer, config, rng, num_steps, **own),
        )


def peak_mib():
    """Return the most memory this process has held, in MiB.

    Linux counts what a forking parent held into ru_maxrss, not into VmHWM.
    Windows tells neither: there it is not a number.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        (line,) = (line for line in lines if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:
        return math.nan
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes, or KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


class Process:
    """A worker as seen from outside: what it has done, and at what cost.

    documents: on how many it has trained. spent: the CPU seconds of it. losses:
    those of the last turn.
    """

    def __init__(self, batch=1, **options):
        options |= {"batch": batch} if batch > 1 else {}
        self.batch, self.documents, self.spent = batch, 0, 0.0
        self.process = subprocess.Popen(
            [sys.executable, __file__, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | ONE_THREAD,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()

    def train(self, documents):
        """Train on the next documents; return the CPU seconds a document."""
        self.process.stdin.write(f"{documents // self.batch}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        self.losses, spent, self.peak_mib = answer
        self.documents += documents
        self.spent += spent
        return spent / documents


def main():
    """Serve the requests on standard input."""
    begin_anew = runs(**json.loads(sys.argv[1]))
    left = 0
    for line in sys.stdin:
        wanted, losses, spent = int(line), [], 0.0
        while wanted:
            if not left:
                left, run = next(begin_anew)
            turn = min(wanted, left)
            begin = time.process_time()
            losses += islice(run, turn)
            spent += time.process_time() - begin
            wanted, left = wanted - turn, left - turn
        print(json.dumps([losses, spent, peak_mib()]), flush=True)


if __name__ == "__main__":
    main()
