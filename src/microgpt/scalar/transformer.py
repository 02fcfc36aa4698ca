"""The transformer: one token in, a score for every token that may follow."""

from collections.abc import Mapping

from microgpt.config import Config
from microgpt.scalar.attention import attention
from microgpt.scalar.layers import linear, rmsnorm
from microgpt.scalar.parameters import Matrix, Model, Vector

Cache = list[tuple[list[Vector], list[Vector]]]


def empty_cache(config: Config) -> Cache:
    """Return (keys, values) for each layer, with no position in them yet."""
    return [([], []) for _ in range(config.n_layer)]


def mlp(x: Vector, weights: Mapping[str, Matrix]) -> Vector:
    """Return `x` after widening to 4C, relu, and narrowing to (C,) again."""
    hidden = [h.relu() for h in linear(x, weights["mlp_fc1"])]
    return linear(hidden, weights["mlp_fc2"])


def block(
    x: Vector,
    weights: Mapping[str, Matrix],
    keys: list[Vector],
    values: list[Vector],
    n_head: int,
) -> Vector:
    """Return `x` (C,) plus what attention adds, plus what the MLP adds."""
    x_attn = attention(rmsnorm(x), weights, keys, values, n_head)
    x = [a + b for a, b in zip(x_attn, x)]
    x_mlp = mlp(rmsnorm(x), weights)
    return [a + b for a, b in zip(x_mlp, x)]


def gpt(model: Model, token_id: int, pos_id: int, cache: Cache) -> Vector:
    """Return the logits (V,): a score for each token that may come next.

    token_id: in [0, V). pos_id: in [0, T), the number of earlier positions.
    cache: what those positions left; this one is appended to it.
    Raises IndexError if token_id or pos_id is out of range.
    """
    if token_id < 0 or pos_id < 0:  # Python would count from the end
        raise IndexError(f"token_id {token_id} or pos_id {pos_id} is below 0")
    tok_emb = model.state_dict["wte"][token_id]  # (C,) what
    pos_emb = model.state_dict["wpe"][pos_id]  # (C,) where
    x = [t + p for t, p in zip(tok_emb, pos_emb)]
    x = rmsnorm(x)
    for weights, (keys, values) in zip(model.layers, cache):
        x = block(x, weights, keys, values, model.config.n_head)
    return linear(x, model.state_dict["lm_head"])
