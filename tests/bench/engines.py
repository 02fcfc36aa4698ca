"""Measure the engine of the package beside the long form, in one run.

    python tests/bench/engines.py [--steps 300] [--repeat 3] [--json FILE]

Each engine works in a process of its own, since the garbage that one leaves
behind would slow the other down. They take turns, ten documents each, so that
a slow spell of the machine falls on both. Times are CPU times.
"""

import argparse
import json
import math
import platform
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

from long_form import LongForm

from microgpt import Config, Tokenizer, load_names
from microgpt.scalar import Model, Value, build_topo, document_loss, train

CHUNK = 10  # documents a turn
# The original's graph in a step: the mean over so many first documents. The
# first 50 names happen to be longer.
NODES = {50: 62_751, 1000: 61_158}


def best_source():
    """Return the original names' word where they can be had, once fetched."""
    try:
        load_names("karpathy")
    except OSError:
        return "bundled"
    return "karpathy"


def fresh(source):
    """Return documents shuffled with seed 42, their tokenizer and a model."""
    docs, rng = load_names(source), random.Random(42)
    rng.shuffle(docs)
    tokenizer = Tokenizer.from_docs(docs)
    return docs, tokenizer, Model(Config(tokenizer.vocab_size), rng)


def steps(engine, docs, tokenizer, model):
    """Yield each step's loss, trained by the engine named `engine`."""
    if engine == "package":
        for step in train(model, tokenizer, docs, 1000):
            yield step.loss
    else:
        documents = map(tokenizer.encode, docs)
        for loss, _ in LongForm(model).train(documents, 1000):
            yield loss


def work(engine, source):
    """Serve one line of JSON a request: losses and CPU seconds of a chunk.

    The names are there already: what fetches them would count as memory.
    """
    docs, tokenizer, model = fresh(source)
    losses = steps(engine, docs, tokenizer, model)
    for _ in sys.stdin:
        begin = time.process_time()
        chunk = [next(losses) for _ in range(CHUNK)]
        spent = time.process_time() - begin
        print(json.dumps([chunk, spent, peak_mib()]), flush=True)


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


def ask(process):
    process.stdin.write("\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def race(num_steps, source, bar):
    """Return the CPU seconds of both engines and the package's peak memory."""
    names = ("long form", "package")
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, "--work", name, "--source", source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    spent, peak = [0.0, 0.0], 0.0
    for _ in range(num_steps // CHUNK):
        (expected, slow, _), (losses, fast, peak) = map(ask, processes)
        assert losses == expected, "the engines disagree"
        spent = [spent[0] + slow, spent[1] + fast]
        bar.update(CHUNK)
    for process in processes:
        process.communicate()
    return *spent, peak


def mean_nodes():
    """Return the mean sizes of the long form's and the package's graphs.

    The long form's are by the number of first documents, as in NODES; the
    package's, all nodes and inner ones, are over the first 1,000. A graph's
    size depends on how many letters a document has, and how many different
    ones: one of each kind is counted.
    """
    source = best_source()
    docs, tokenizer, model = fresh(source)
    long, sizes, counts = LongForm(model), {}, []
    for doc in docs[:1000]:
        kind = len(doc), len(set(doc))
        if kind not in sizes:
            tokens = tokenizer.encode(doc)
            ours = build_topo(document_loss(model, tokens))
            inner = sum(1 for value in ours if value.inputs)
            sizes[kind] = long.loss(tokens).backward(), len(ours), inner
        counts.append(sizes[kind])
    longs, *ours = zip(*counts, strict=True)
    means = {n: round(statistics.fmean(longs[:n])) for n in NODES}
    return source, means, *map(statistics.fmean, ours)


def deep_chain(length=1_000_000):
    """Return the seconds that `backward` takes on a chain of that length."""
    end = start = Value(1.0)
    for _ in range(length):
        end = end + 1.0
    begin = time.process_time()
    end.backward()
    assert start.grad == 1.0
    return time.process_time() - begin


def report(num_steps, repeat):
    """Return all figures; the progress bar is not for the measured ones."""
    from tqdm import tqdm

    source, long_nodes, nodes, inner = mean_nodes()
    if source == "karpathy":
        assert long_nodes == NODES, long_nodes
    with tqdm(total=num_steps * repeat, unit="step", disable=None) as bar:
        races = [race(num_steps, source, bar) for _ in range(repeat)]
    ratios = sorted(slow / fast for slow, fast, _ in races)
    return {
        "python": platform.python_version(),
        "documents": source,
        "steps": num_steps,
        "ratios": [round(ratio, 2) for ratio in ratios],
        "ratio": round(statistics.median(ratios), 2),
        "long_form_ms_a_step": round(races[0][0] / num_steps * 1e3, 1),
        "package_ms_a_step": round(races[0][1] / num_steps * 1e3, 1),
        "package_peak_mib": round(max(peak for *_, peak in races), 1),
        "long_form_nodes": long_nodes[1000],
        "long_form_nodes_first_50": long_nodes[50],
        "package_nodes": round(nodes),
        "package_inner_nodes": round(inner),
        "backward_of_1e6_nodes_s": round(deep_chain(), 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", help="write the figures to this file too")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--source", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work(options.work, options.source)
    figures = report(options.steps, options.repeat)
    for name, figure in figures.items():
        print(f"{name:24} {figure}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
