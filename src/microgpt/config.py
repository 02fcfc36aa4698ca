"""The numbers that fix a model's size, the same for every engine."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Config:
    """How large the model is; the defaults are those of the original.

    vocab_size: tokens it can tell apart (V).
    block_size: positions it can look back on, the present one included (T).
    n_layer: blocks, one after the other. n_embd: width of the stream (C).
    n_head: attention heads (H), which share the width evenly.
    Raises ValueError for sizes that no model can have.
    """

    vocab_size: int
    block_size: int = 16
    n_layer: int = 1
    n_embd: int = 16
    n_head: int = 4

    def __post_init__(self) -> None:
        for field in fields(self):
            size = getattr(self, field.name)
            if type(size) is not int or size < 1:
                raise ValueError(
                    f"{field.name} is a whole number, at least 1; got {size!r}"
                )
        if self.n_embd % self.n_head:
            raise ValueError(
                f"n_embd must be divisible by n_head; got {self.n_embd} and"
                f" {self.n_head}"
            )

    @property
    def head_dim(self) -> int:
        """The width of one head (D)."""
        return self.n_embd // self.n_head

    def shapes(self) -> dict[str, tuple[int, int]]:
        """Return the shape of every matrix by name, in the original's order."""
        C = self.n_embd
        shapes = {
            "wte": (self.vocab_size, C),
            "wpe": (self.block_size, C),
            "lm_head": (self.vocab_size, C),
        }
        for li in range(self.n_layer):
            for name in ("attn_wq", "attn_wk", "attn_wv", "attn_wo"):
                shapes[f"layer{li}.{name}"] = (C, C)
            shapes[f"layer{li}.mlp_fc1"] = (4 * C, C)
            shapes[f"layer{li}.mlp_fc2"] = (C, 4 * C)
        return shapes
