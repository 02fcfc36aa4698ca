"""Results of chains, from the cache where they are there, else from a run."""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict

from book.cache import Cache
from book.fence import Chain
from book.run import Result, run

LOG = logging.getLogger("mkdocs.plugins.book")
SLOW = 2.0  # seconds


def recall(chain: Chain, page: str, cache: Cache) -> Sequence[Result]:
    """Return what each fence of a chain does. Raises run.RunError."""
    key = cache.key(chain)
    kept = cache.load(key)
    if kept is not None:
        return [Result(**entry) for entry in kept]
    start = time.perf_counter()
    results = run(chain, page)
    seconds = time.perf_counter() - start
    if seconds > SLOW:
        LOG.info("%s:%d ran for %.1f s", page, chain.line, seconds)
    if cache.key(chain) == key:  # nothing was edited meanwhile
        cache.save(key, [asdict(result) for result in results])
    return results
