"""The GPT in plain Python: one `Value` a number, the standard library only."""

from microgpt.scalar.adam import Adam, GradientDescent, linear_decay
from microgpt.scalar.attention import attention, attention_head
from microgpt.scalar.layers import dot, linear, rmsnorm, softmax, total
from microgpt.scalar.parameters import Model, matrix
from microgpt.scalar.sampling import next_probs, sample
from microgpt.scalar.training import (
    Step,
    cross_entropy,
    document_loss,
    mean_loss,
    smooth,
    train,
    training_step,
)
from microgpt.scalar.transformer import block, empty_cache, gpt, mlp
from microgpt.scalar.value import Value, build_topo, topological_order

__all__ = [
    "Adam",
    "GradientDescent",
    "Model",
    "Step",
    "Value",
    "attention",
    "attention_head",
    "block",
    "build_topo",
    "cross_entropy",
    "document_loss",
    "dot",
    "empty_cache",
    "gpt",
    "linear",
    "linear_decay",
    "matrix",
    "mean_loss",
    "mlp",
    "next_probs",
    "rmsnorm",
    "sample",
    "smooth",
    "softmax",
    "topological_order",
    "total",
    "train",
    "training_step",
]
