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
from microgpt.data import load_docs, load_names
from microgpt.tokenizer import Tokenizer

READING_ORDER = (
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

__all__ = ["READING_ORDER", "Config", "Tokenizer", "load_docs", "load_names"]
