"""Our operations and layers beside those of PyTorch, where it is installed.

The project does not need it, so these tests are skipped without it. What it
gives at the edges is in edges.json in any case.
"""

import json
import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from microgpt import Config
from microgpt.tensor import (
    SGD,
    Adam,
    Batch,
    Parameters,
    Tensor,
    Transformer,
    batch_loss,
    clip_gradients,
)

from .cases import LAYERS, OPERATIONS
from .make_edges import TABLE, table

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: nothing to compare with"
)
functional = torch.nn.functional
torch.set_num_threads(1)  # small arrays: threads would only wait


def torch_where(holds, a, b):
    return torch.where(torch.tensor(holds), a, b)


def torch_attention(qkv, n_head):
    """Return (B, T, C), as our node does."""
    B, T, width = qkv.shape
    q, k, v = qkv.reshape(B, T, 3, n_head, -1).permute(2, 0, 3, 1, 4)
    mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    return mixed.transpose(1, 2).reshape(B, T, width // 3)


def torch_heads(x, wqkv, wo):
    return torch_attention(x @ wqkv.T, 2) @ wo.T


def torch_cross_entropy(logits, targets, weights=None):
    rows = logits.reshape(-1, logits.shape[-1])
    ids = torch.tensor(np.asarray(targets)).reshape(-1)
    if weights is None:
        return functional.cross_entropy(rows, ids)
    surprises = functional.cross_entropy(rows, ids, reduction="none")
    return surprises @ torch.tensor(weights).reshape(-1).to(surprises.dtype)


TORCH = SimpleNamespace(
    transpose=lambda x, *axes: x.permute(*(axes or range(x.ndim - 1, -1, -1))),
    maximum=lambda x, axis=(), keepdims=False: x.amax(axis, keepdims),
    concatenate=torch.cat,
    where=torch_where,
    linear=functional.linear,
    rmsnorm=lambda x: functional.rms_norm(x, x.shape[-1:], eps=1e-5),
    layernorm=lambda x, gain, bias: functional.layer_norm(
        x, x.shape[-1:], gain, bias, eps=1e-5
    ),
    embedding=lambda w, ids: functional.embedding(torch.tensor(ids), w),
    attention=torch_attention,
    dot_product_attention=lambda q, k, v, mask: (
        functional.scaled_dot_product_attention(q, k, v, torch.tensor(mask))
    ),
    heads=torch_heads,
    cross_entropy=torch_cross_entropy,
)
CASES = OPERATIONS | LAYERS
PRECISION = {
    np.float64: {"rtol": 1e-11, "atol": 1e-13},
    np.float32: {"rtol": 1e-4, "atol": 1e-5},
}


def compare(case, arrays, seed, close):
    """Check a result and its gradients against those of PyTorch."""
    leaves, result = case.ours(*arrays)
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    expected = case.compute(TORCH, *theirs)
    numbers = expected.detach().numpy()
    np.testing.assert_allclose(result.data, numbers, **close)
    weights = np.random.default_rng(seed).uniform(0.5, 1.5, result.shape)
    result.backward(weights)
    expected.backward(torch.tensor(weights, dtype=expected.dtype))
    for ours, other in zip(leaves, theirs, strict=True):
        np.testing.assert_allclose(ours.grad, other.grad.numpy(), **close)


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("name", CASES)
def test_each_result_and_gradient_is_that_of_pytorch(name, dtype):
    case = CASES[name]
    for seed in range(3):
        arrays = [np.asarray(x, dtype) for x in case.arrays(seed)]
        compare(case, arrays, seed, PRECISION[dtype])


def drawn_shapes(rng):
    """Shapes of the operands of each layer, and of some operations."""
    B, T, D, H, V = rng.integers(1, 6, 5)
    C = D * H
    return {
        "linear": ((B, T, C), (V, C), (V,)),
        "rmsnorm": ((B, T, C),),
        "layernorm": ((B, T, C), (C,), (C,)),
        "attention, 1 head": ((B, T, 3 * C),),
        "attention, 3 heads": ((B, T, 9 * D),),
        "heads": ((B, T, 2 * D), (6 * D, 2 * D), (2 * D, 2 * D)),
        "add": ((B, 1, C), (T, C)),
        "multiply": ((T, C), (B, T, 1)),
        "divide": ((B, T, C), (B, 1, C)),
        "matrix product": ((H, B, T, C), (C, V)),
        "maximum over axis 0": ((T, B, C),),
        "sum over two axes, kept": ((B, T, C),),
        "softmax": ((B, H, T, V),),
        "log_softmax down the columns": ((T, V),),
    }


@pytest.mark.parametrize("seed", range(20))
def test_any_shapes_give_what_they_give_in_pytorch(seed):
    for name, shapes in drawn_shapes(np.random.default_rng(seed)).items():
        case = replace(CASES[name], shapes=shapes)
        compare(case, case.arrays(seed), seed, PRECISION[np.float64])


def test_the_table_of_edges_is_what_pytorch_gives():
    assert json.loads(TABLE.read_text(encoding="utf-8")) == table()


def torch_logits(weights, ids, n_head, n_layer):
    """The model of Part I, written in PyTorch."""
    ids = torch.tensor(ids)
    x = weights["wte"][ids] + weights["wpe"][: ids.shape[1]]
    x = TORCH.rmsnorm(x)
    for i in range(n_layer):
        w = {k: weights[f"layer{i}.{k}"] for k in LAYER_NAMES}
        h = TORCH.rmsnorm(x)
        qkv = torch.cat([h @ w[k].T for k in LAYER_NAMES[:3]], dim=-1)
        x = x + torch_attention(qkv, n_head) @ w["attn_wo"].T
        hidden = (TORCH.rmsnorm(x) @ w["mlp_fc1"].T).relu()
        x = x + hidden @ w["mlp_fc2"].T
    return x @ weights["lm_head"].T


LAYER_NAMES = [f"attn_w{letter}" for letter in "qkvo"] + ["mlp_fc1", "mlp_fc2"]


def small_model():
    config = Config(11, block_size=6, n_layer=2, n_embd=8, n_head=2)
    return Transformer(config, random.Random(0))


def torch_weights(model):
    return {
        name: torch.tensor(weight, requires_grad=True)
        for name, weight in model.state_dict.items()
    }


def torch_loss(weights, batch):
    logits = torch_logits(weights, batch.ids, n_head=2, n_layer=2)
    return torch_cross_entropy(logits, batch.targets, batch.weights)


BATCH = Batch.of([[10, 1, 2, 3, 10], [10, 4, 10], [10, *range(9), 10]], 6)


def test_the_transformer_is_that_of_pytorch():
    model = small_model()
    weights = torch_weights(model)
    loss, expected = batch_loss(model, BATCH), torch_loss(weights, BATCH)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-13)
    loss.backward()
    expected.backward()
    for name, grad in model.named(model.params.grad).items():
        np.testing.assert_allclose(
            grad, weights[name].grad.numpy(), rtol=1e-9, atol=1e-14
        )


@pytest.mark.parametrize("clip", [None, 0.5])
def test_ten_steps_of_adam_are_those_of_pytorch(clip):
    model = small_model()
    weights, adam = torch_weights(model), Adam(model.params)
    theirs = torch.optim.Adam(weights.values(), 0.01, betas=(0.85, 0.99))
    for _ in range(10):
        theirs.zero_grad()
        ours, other = batch_loss(model, BATCH), torch_loss(weights, BATCH)
        assert ours.item() == pytest.approx(other.item(), rel=1e-4)
        for loss in (ours, other):
            loss.backward()
        if clip:  # PyTorch adds 1e-6 to the length, hence rel=1e-4
            clip_gradients(model.params, clip)
            torch.nn.utils.clip_grad_norm_(weights.values(), clip)
        adam.update(0.01)
        theirs.step()


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_descent_with_momentum_is_that_of_pytorch(momentum):
    params = Parameters([Tensor([1.0, -2.0, 3.0], requires_grad=True)])
    x = torch.tensor(params.data.copy(), requires_grad=True)
    ours = SGD(params, momentum)
    theirs = torch.optim.SGD([x], 0.1, momentum=momentum)
    for _ in range(10):
        theirs.zero_grad()
        (params.tensors[0].tanh() ** 2).sum().backward()
        (x.tanh() ** 2).sum().backward()
        ours.update(0.1)
        theirs.step()
        np.testing.assert_allclose(params.data, x.detach().numpy(), rtol=1e-12)
