"""The GPT on NumPy arrays: one `Tensor` an array, every position at once."""

from microgpt.tensor.adam import (
    SGD,
    Adam,
    clip_gradients,
    constant,
    linear_decay,
    warmup_cosine,
)
from microgpt.tensor.attention import (
    Cache,
    MultiHeadAttention,
    attention,
    causal_mask,
    dot_product_attention,
)
from microgpt.tensor.gradcheck import (
    GradientError,
    gradcheck,
    numerical_gradient,
)
from microgpt.tensor.layers import (
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Linear,
    RMSNorm,
    embedding,
    linear,
    rmsnorm,
)
from microgpt.tensor.node import Node, no_grad, unbroadcast
from microgpt.tensor.parameters import Parameters, matrix
from microgpt.tensor.sampling import (
    generate,
    keep_likeliest,
    next_probs,
    sample,
)
from microgpt.tensor.tensor import Tensor, concatenate, where
from microgpt.tensor.training import (
    Batch,
    Step,
    batch_loss,
    cross_entropy,
    document_batches,
    mean_loss,
    text_batches,
    train,
    windows,
)
from microgpt.tensor.transformer import MLP, Block, Transformer

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "Batch",
    "Block",
    "Cache",
    "Dropout",
    "Embedding",
    "GradientError",
    "Layer",
    "LayerNorm",
    "Linear",
    "MultiHeadAttention",
    "Node",
    "Parameters",
    "RMSNorm",
    "Step",
    "Tensor",
    "Transformer",
    "attention",
    "batch_loss",
    "causal_mask",
    "clip_gradients",
    "concatenate",
    "constant",
    "cross_entropy",
    "document_batches",
    "dot_product_attention",
    "embedding",
    "generate",
    "gradcheck",
    "keep_likeliest",
    "linear",
    "linear_decay",
    "matrix",
    "mean_loss",
    "next_probs",
    "no_grad",
    "numerical_gradient",
    "rmsnorm",
    "sample",
    "text_batches",
    "train",
    "unbroadcast",
    "warmup_cosine",
    "where",
    "windows",
]
