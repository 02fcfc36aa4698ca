"""A GPT small enough to read: data, tokens, autograd, model, training.

The algorithm is that of Andrej Karpathy's microgpt. Read the modules in the
order of `READING_ORDER`; each says what it adds, and none edits an earlier one.

One-letter names, the same everywhere:

    B  batch size            T  time: positions in a document
    C  channels: n_embd      H  heads: n_head
    D  head size: C // H     V  vocabulary size
    q, k, v                  query, key, value vectors
    x                        the stream: what flows from layer to layer
    m, v (in Adam)           running means of a gradient and of its square
"""

from microgpt.config import Config
from microgpt.data import load_docs, load_names, load_text
from microgpt.tokenizer import Tokenizer

PART_I = (  # the GPT on single numbers: the standard library only
    "microgpt.data",
    "microgpt.tokenizer",
    "microgpt.scalar.value",
    "microgpt.config",
    "microgpt.scalar.parameters",
    "microgpt.scalar.layers",
    "microgpt.scalar.attention",
    "microgpt.scalar.transformer",
    "microgpt.scalar.adam",
    "microgpt.scalar.training",
    "microgpt.scalar.sampling",
)
READING_ORDER = (
    *PART_I,
    "microgpt.tensor.node",
    "microgpt.tensor.tensor",
    "microgpt.tensor.gradcheck",
    "microgpt.tensor.parameters",
    "microgpt.tensor.layers",
    "microgpt.tensor.attention",
    "microgpt.tensor.transformer",
    "microgpt.bytepair",
    "microgpt.tensor.adam",
    "microgpt.tensor.training",
    "microgpt.tensor.sampling",
)

__all__ = [
    "PART_I",
    "READING_ORDER",
    "Config",
    "Tokenizer",
    "load_docs",
    "load_names",
    "load_text",
]
