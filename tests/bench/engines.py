"""Measure the engines of the package beside two yardsticks, in one run.

    python tests/bench/engines.py [--documents 160] [--repeat 3] [--json FILE]

The yardsticks are the algorithm written out in full, a node for every + and
every *, and the same model on NumPy with a backward pass written by hand. Each
works in a process of its own, since the garbage that one leaves behind would
slow the others down. They take turns, so that a slow spell of the machine falls
on all, and they all train on the same documents. Times are CPU times.
"""

import argparse
import contextlib
import json
import platform
import statistics
import time

import numpy as np
from long_form import LongForm
from worker import Process, fresh

from microgpt import load_names
from microgpt.scalar import Model, Value, build_topo, document_loss
from microgpt.tensor import Tensor

# The original's graph in a step: the mean over so many first documents. The
# first 50 names happen to be longer.
NODES = {50: 62_751, 1000: 61_158}
CHUNK = 8  # documents a turn of an engine that goes number by number
F32 = {"dtype": "float32"}
# Who races, how often it goes through all documents in a turn (the first two
# do it in all turns together), and its options. Turns cost about the same.
RACERS = {
    "long form": (0, {"engine": "long_form"}),
    "scalar": (0, {"engine": "scalar"}),
    "tensor": (2, {"engine": "tensor"}),
    "by hand": (3, {"engine": "by_hand"}),
    "tensor 32": (12, {"engine": "tensor", "batch": 32}),
    "by hand 32": (16, {"engine": "by_hand", "batch": 32}),
    "tensor 32 f32": (16, {"engine": "tensor", "batch": 32, **F32}),
    "by hand 32 f32": (24, {"engine": "by_hand", "batch": 32, **F32}),
}
# How many times longer the first takes for a document than the second, and
# what is aimed at.
RATIOS = {
    ("long form", "scalar"): "",
    ("scalar", "tensor"): "at least 45",
    ("tensor", "tensor 32"): "at least 4",
    ("tensor", "tensor 32 f32"): "at least 6",
    ("tensor", "by hand"): "at most 1.5",
    ("tensor 32", "by hand 32"): "at most 1.5",
    ("tensor 32 f32", "by hand 32 f32"): "",
}
# What grows alone from the default size on; the first is the default.
GROWTH = [
    *[("n_embd", n) for n in (16, 32, 64, 128)],
    *[("n_layer", n) for n in (1, 2, 4)],
    *[("block_size", n) for n in (16, 32, 64)],
]
GROWTH_TURNS, TURN = 3, 0.2  # turns, and CPU seconds of one


def best_source():
    """Return the original names' word where they can be had, once fetched."""
    try:
        load_names("karpathy")
    except OSError:
        return "bundled"
    return "karpathy"


def race(documents, racers=tuple(RACERS), source="bundled", tick=int):
    """Return the CPU seconds a document of each of the racers, by name.

    documents: how many, a multiple of 32. tick: is called after each turn.
    Raises ArithmeticError if two of float64 disagree about the losses.
    """
    losses = {name: [] for name in racers}
    with contextlib.ExitStack() as stack:
        processes = {
            name: stack.enter_context(
                Process(**RACERS[name][1], source=source, documents=documents)
            )
            for name in racers
        }
        for _ in range(documents // CHUNK):
            for name, process in processes.items():
                times = RACERS[name][0]
                process.train(times * documents or CHUNK)
                losses[name] += process.losses
            tick()
        compare(losses, documents)
        return {n: p.spent / p.documents for n, p in processes.items()}


def compare(losses, documents):
    """Raise ArithmeticError if engines disagree about the losses of a run."""
    for batch in (1, 32):
        runs = {
            name: each[: documents // batch]
            for name, each in losses.items()
            if RACERS[name][1].get("batch", 1) == batch and "f32" not in name
        }
        first, *others = runs
        for name in others:
            gap = max(abs(a - b) for a, b in zip(runs[first], runs[name]))
            bound = 0 if {first, name} == {"long form", "scalar"} else 1e-12
            if gap > bound:
                raise ArithmeticError(f"{first} and {name} differ by {gap}")


def growth(sizes=GROWTH, tick=int):
    """Return CPU seconds a step by size, of the scalar and the tensor engine.

    Every document fills the context. The quickest of a few turns counts.
    """
    table = {}
    for name, number in sizes:
        options = {name: number, "fill": True, "documents": 256}
        with (
            Process(engine="scalar", **options) as scalar,
            Process(engine="tensor", **options) as tensor,
        ):
            pair = scalar, tensor
            counts = [max(1, int(TURN / p.train(1))) for p in pair]
            turns = [
                [p.train(n) for p, n in zip(pair, counts)]
                for _ in range(GROWTH_TURNS)
            ]
        table[f"{name} {number}"] = [min(each) for each in zip(*turns)]
        tick()
    return table


def peak_mib(engine, source):
    """Return the most memory a process holds that trains on all documents."""
    with Process(engine=engine, source=source) as process:
        process.train(30)
        return process.peak_mib


def mean_nodes():
    """Return the mean sizes of the long form's and the scalar engine's graphs.

    The long form's are by the number of first documents, as in NODES; the
    package's, all nodes and inner ones, are over the first 1,000. A graph's
    size depends on how many letters a document has, and how many different
    ones: one of each kind is counted.
    """
    source = best_source()
    docs, tokenizer, config, rng = fresh(source)
    model = Model(config, rng)
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


def deep_chain(start, one, length=1_000_000):
    """Return the seconds that `backward` takes on a chain of that length.

    one: what is added to `start` again and again.
    """
    end = start
    for _ in range(length):
        end = end + one
    begin = time.process_time()
    end.backward()
    assert start.grad == 1.0
    return time.process_time() - begin


def facts(source):
    """Return what the figures hang on, apart from the machine."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "source": source,
    }


def graphs():
    """Return the original's word, if it is there, and the sizes of graphs."""
    source, long_nodes, nodes, inner = mean_nodes()
    if source == "karpathy":
        assert long_nodes == NODES, long_nodes
    chain = deep_chain(Tensor(1.0, True), Tensor(1.0))
    return source, {
        "long_form_nodes": long_nodes[1000],
        "long_form_nodes_first_50": long_nodes[50],
        "scalar_nodes": round(nodes),
        "scalar_inner_nodes": round(inner),
        "backward_of_1e6_values_s": round(deep_chain(Value(1.0), 1.0), 2),
        "backward_of_1e6_tensors_s": round(chain, 2),
    }


def report(documents, repeat):
    """Return all figures; the progress bar is not for the measured ones."""
    from tqdm import tqdm

    source, sizes = graphs()
    turns = repeat * (documents // CHUNK) + len(GROWTH)
    with tqdm(total=turns, unit="turn", disable=None) as bar:
        races = [
            race(documents, source=source, tick=bar.update)
            for _ in range(repeat)
        ]
        grown = growth(tick=bar.update)
    return {
        **facts(source),
        **sizes,
        "documents": documents,
        "repeats": repeat,
        "scalar_peak_mib": round(peak_mib("scalar", source), 1),
        "tensor_peak_mib": round(peak_mib("tensor", source), 1),
        "us_a_document": {
            name: round(statistics.median(r[name] for r in races) * 1e6, 1)
            for name in RACERS
        },
        "ratios": {
            f"{slow} / {fast}": [round(r[slow] / r[fast], 2) for r in races]
            for slow, fast in RATIOS
        },
        "growth_us_a_step": {
            size: [round(seconds * 1e6) for seconds in both]
            for size, both in grown.items()
        },
    }


def show(figures):
    """Print the figures, the tables last."""
    for name, figure in figures.items():
        if not isinstance(figure, dict):
            print(f"{name:26} {figure}")
    print(f"\n{'CPU time':22} {'us a document':>14}")
    for name, figure in figures["us_a_document"].items():
        print(f"{name:22} {figure:14,.1f}")
    print(f"\n{'ratio':32} median  {'of':24} goal")
    for each, goal in zip(figures["ratios"].items(), RATIOS.values()):
        name, ratios = each
        median = statistics.median(ratios)
        print(f"{name:32} {median:6.2f}  {ratios!s:24} {goal}".rstrip())
    columns = [f"{name:>11} {'':>9}" for name in ("scalar", "tensor")]
    print(f"\n{'a step':14}", *columns, " ratio")
    first = next(iter(figures["growth_us_a_step"].values()))
    for size, both in figures["growth_us_a_step"].items():
        columns = [f"{t:11,} us {t / t0:6.1f}" for t, t0 in zip(both, first)]
        print(f"{size:14}", *columns, f"{both[0] / both[1]:6.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=160)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", help="write the figures to this file too")
    options = parser.parse_args()
    if options.documents < 32 or options.documents % 32:
        parser.error(f"--documents: a multiple of 32; got {options.documents}")
    figures = report(options.documents, options.repeat)
    show(figures)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
