"""Sampling: let the trained model continue, one token at a time."""

import math
import random

from microgpt.scalar.layers import softmax
from microgpt.scalar.parameters import Model, Vector
from microgpt.scalar.transformer import empty_cache, gpt
from microgpt.tokenizer import Tokenizer


def next_probs(logits: Vector, temperature: float = 1.0) -> list[float]:
    """Return the chance of each token (V,), as plain numbers.

    A temperature below 1 favors the likely tokens, above 1 the unlikely.
    Raises ValueError if it is not positive, or if a logit is not a number.
    """
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature is positive; got {temperature}")
    if not all(math.isfinite(logit.data) for logit in logits):
        raise ValueError("the model's scores hold NaN or infinity")
    probs = softmax([logit / temperature for logit in logits])
    return [p.data for p in probs]


def sample(
    model: Model,
    tokenizer: Tokenizer,
    rng: random.Random,
    *,
    temperature: float = 0.5,
    prompt: str = "",
) -> str:
    """Return one new document, which begins with `prompt`.

    It ends where the model draws BOS, or when block_size tokens are drawn.
    Raises ValueError if the prompt has an unknown character or no room left.
    """
    *given, _ = tokenizer.encode(prompt)
    if len(given) > model.config.block_size:
        room = model.config.block_size - 1
        raise ValueError(f"a prompt has at most {room} tokens; got {prompt!r}")
    cache = empty_cache(model.config)  # a new document: nothing to look back on
    tokens = given[:1]
    for pos_id in range(model.config.block_size):
        logits = gpt(model, tokens[pos_id], pos_id, cache)
        if pos_id + 1 < len(given):
            tokens.append(given[pos_id + 1])
            continue
        probs = next_probs(logits, temperature)
        tokens += rng.choices(range(len(probs)), weights=probs)
        if tokens[-1] == tokenizer.BOS:
            break
    return tokenizer.decode(tokens)
