"""Sampling: a cache instead of a mask, and limits to what may be drawn."""

import math
import random
from collections.abc import Iterator

import numpy as np

from microgpt.bytepair import BytePairTokenizer
from microgpt.tensor.attention import Cache
from microgpt.tensor.node import Array
from microgpt.tensor.training import Tokens
from microgpt.tensor.transformer import Transformer
from microgpt.tokenizer import Tokenizer


def next_probs(
    logits: Array,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Array:
    """Return the chance of each token (V,), 1 together.

    temperature: below 1 favors the likely tokens, above 1 the unlikely.
    top_k: only the k likeliest. top_p: only the likeliest that together reach
    p. Raises ValueError if one of them makes no sense, or a logit is not a
    number.
    """
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature is positive; got {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is at least 1; got {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is above 0 and at most 1; got {top_p}")
    if not np.isfinite(logits).all():
        raise ValueError("the model's scores hold NaN or infinity")
    with np.errstate(all="ignore"):  # what is far below the highest gets 0
        probs: Array = np.exp((logits - logits.max()) / temperature)
    if not np.isfinite(probs).all():  # 0 / 0: it is 0 in this float
        raise ValueError(f"temperature {temperature} is too small")
    probs /= probs.sum()
    if top_k is not None:
        probs = keep_likeliest(probs, top_k)
    if top_p is not None:
        reached = np.cumsum(np.sort(probs)[::-1])
        probs = keep_likeliest(probs, int((reached < top_p).sum()) + 1)
    return probs


def keep_likeliest(probs: Array, n: int) -> Array:
    """Return the shares with all but the n largest at 0, and 1 together.

    Of equal ones the first are kept.
    """
    kept = np.argsort(-probs, kind="stable")[:n]
    shares = np.zeros_like(probs)
    shares[kept] = probs[kept] / probs[kept].sum()
    return shares


def generate(
    model: Transformer,
    tokens: Tokens,
    rng: random.Random,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Iterator[int]:
    """Yield token after token that follow `tokens`, without end.

    tokens: BOS and what is given, at most block_size of them. Only the new
    token goes through the model; the cache knows the rest. When it is full,
    it is made anew from BOS and the last half.
    """
    tokens, size = list(tokens), model.config.block_size
    caches = [Cache() for _ in model.blocks]
    new = tokens
    while True:
        if len(caches[0]) + len(new) > size:
            caches = [Cache() for _ in model.blocks]
            new = [tokens[0], *tokens[len(tokens) - size // 2 :]]
        with model.evaluating():
            logits = model([new], caches).data[0, -1]
        probs = next_probs(logits, temperature, top_k, top_p)
        new = rng.choices(range(len(probs)), weights=probs.tolist())
        tokens += new
        yield new[0]


def sample(
    model: Transformer,
    tokenizer: Tokenizer | BytePairTokenizer,
    rng: random.Random,
    *,
    temperature: float = 0.5,
    prompt: str = "",
    top_k: int | None = None,
    top_p: float | None = None,
    max_tokens: int | None = None,
) -> str:
    """Return one new document, which begins with `prompt`.

    It ends where the model draws BOS, or at `max_tokens`, block_size if not
    given. Raises ValueError if the prompt has an unknown character or no room
    left.
    """
    *tokens, _ = tokenizer.encode(prompt)
    size = model.config.block_size
    if len(tokens) > size:
        room = size - 1
        raise ValueError(f"a prompt has at most {room} tokens; got {prompt!r}")
    limit = size if max_tokens is None else max_tokens
    following = generate(
        model,
        tokens,
        rng,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
    )
    while len(tokens) <= limit:
        tokens.append(next(following))
        if tokens[-1] == tokenizer.BOS:
            break
    return tokenizer.decode(tokens)
