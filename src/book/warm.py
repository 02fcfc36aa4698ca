"""Warming the cache: chains that must run do so on all cores, before a build.

A build without it gives the same pages, one chain after another.
"""

import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from book.cache import Cache
from book.fence import Chain
from book.lab import read_lab
from book.reader import read_page
from book.recall import LOG, SLOW, recall
from book.run import RunError

WORTH_IT = 4  # chains: starting other processes takes a second


def warm(paths: Iterable[tuple[Path, str]], cache: Cache) -> None:
    """Run every chain whose result is not kept, several at a time.

    paths: pages and labs, each with the name that messages call it. What fails
    is left to the build, which says so in its place.
    """
    if not cache.enabled:
        return
    missing = [
        (chain, name)
        for path, name in paths
        for chain in _chains(path, name)
        if cache.load(cache.key(chain)) is None
    ]
    if len(missing) < WORTH_IT:
        return
    LOG.info("%d chains of fences to run", len(missing))
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        # The longest runs are labs and in the last chapters: these go first.
        futures = [pool.submit(_run, *pair, cache) for pair in missing[::-1]]
        for future in as_completed(futures):
            place, seconds = future.result()
            if seconds > SLOW:
                LOG.info("%s ran for %.1f s", place, seconds)


def _chains(path: Path, name: str) -> Sequence[Chain]:
    if path.suffix == ".py":
        return [read_lab(path, name)]
    return read_page(path, name).chains


def _run(chain: Chain, name: str, cache: Cache) -> tuple[str, float]:
    """Run one chain in a process of its own; return where, and how long."""
    start = time.perf_counter()
    try:
        recall(chain, name, cache)
    except RunError:
        pass  # it will fail again where it can be told
    return f"{name}:{chain.line}", time.perf_counter() - start
