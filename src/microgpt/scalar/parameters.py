"""Parameters: the numbers that training changes, in named matrices."""

import random

from microgpt.config import Config
from microgpt.scalar.value import Value

Vector = list[Value]
Matrix = list[Vector]


def matrix(
    n_out: int, n_in: int, rng: random.Random, std: float = 0.08
) -> Matrix:
    """Return (n_out, n_in) leaves drawn from a normal curve around 0."""
    return [
        [Value(rng.gauss(0, std)) for _ in range(n_in)] for _ in range(n_out)
    ]


def init_state_dict(config: Config, rng: random.Random) -> dict[str, Matrix]:
    """Return every matrix by name, fresh from `rng`, in the original's order.

    wte (V, C) and wpe (T, C): a row a token, a row a position. lm_head (V, C).
    Each layer: attn_wq, attn_wk, attn_wv, attn_wo (C, C), mlp_fc1 (4C, C) and
    mlp_fc2 (C, 4C).
    """
    return {
        name: matrix(n_out, n_in, rng)
        for name, (n_out, n_in) in config.shapes().items()
    }


class Model:
    """A configuration and its parameters: all that training changes.

    state_dict: matrices by name. layers: the same matrices, one dict a layer,
    under their short names. params: every Value of them in one flat list.
    """

    def __init__(self, config: Config, rng: random.Random) -> None:
        self.config = config
        self.state_dict = init_state_dict(config, rng)
        self.layers = [
            {
                name.removeprefix(f"layer{li}."): weight
                for name, weight in self.state_dict.items()
                if name.startswith(f"layer{li}.")
            }
            for li in range(config.n_layer)
        ]
        matrices = self.state_dict.values()
        self.params = [p for weight in matrices for row in weight for p in row]
