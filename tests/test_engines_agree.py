"""Part I and Part III: two engines, the same numbers."""

import random

import numpy as np
import pytest

from book import record
from microgpt import Config, Tokenizer, load_names
from microgpt import scalar as one
from microgpt import tensor as three
from microgpt.scalar import attention

SIZES = {
    "as in the original": {},
    "two layers": {"n_layer": 2, "n_embd": 8, "n_head": 2},
    "one head": {"block_size": 3, "n_embd": 6, "n_head": 1},
}
EMMA = [26, 4, 12, 12, 0, 26]
NAMES = [EMMA, [26, 0, 26], [26, *range(25), 26], [26, 21, 0, 21, 26]]


@pytest.fixture(params=SIZES.values(), ids=SIZES.keys())
def engines(request):
    """Both engines' models of one size, drawn by the same seed."""
    config = Config(27, **request.param)
    models = one.Model, three.Transformer
    return [model(config, random.Random(5)) for model in models]


def agree(found, expected):
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def numbers(rows):
    return [[value.data for value in row] for row in rows]


def scalar_stages(model, tokens):
    """Part I's stream, stage by stage, all positions of a document."""
    wte, wpe = model.state_dict["wte"], model.state_dict["wpe"]
    rows = [
        [t + p for t, p in zip(wte[token], wpe[pos_id])]
        for pos_id, token in enumerate(tokens)
    ]
    yield "embedding", rows
    rows = [one.rmsnorm(x) for x in rows]
    yield "norm", rows
    for weights in model.layers:
        normed = [one.rmsnorm(x) for x in rows]
        yield "norm before attention", normed
        past, n_head = ([], []), model.config.n_head
        added = [attention(x, weights, *past, n_head) for x in normed]
        yield "attention", added
        rows = [[a + b for a, b in zip(x, y)] for x, y in zip(rows, added)]
        normed = [one.rmsnorm(x) for x in rows]
        yield "norm before MLP", normed
        added = [one.mlp(x, weights) for x in normed]
        yield "MLP", added
        rows = [[a + b for a, b in zip(x, y)] for x, y in zip(rows, added)]
    yield "logits", [one.linear(x, model.state_dict["lm_head"]) for x in rows]


def tensor_stages(model, tokens):
    """Part III's stream at the same stages: (T, C) each."""
    x = model.wte([tokens]) + model.wpe(range(len(tokens)))
    yield "embedding", x
    x = model.norm(x)
    yield "norm", x
    for block in model.blocks:
        yield "norm before attention", block.norm(x)
        yield "attention", block.attention(block.norm(x))
        x = x + block.attention(block.norm(x))
        yield "norm before MLP", block.norm(x)
        yield "MLP", block.mlp(block.norm(x))
        x = x + block.mlp(block.norm(x))
    yield "logits", model.lm_head(x)


def test_every_layer_gives_the_same_numbers(engines):
    scalar, tensor = engines
    tokens = EMMA[: scalar.config.block_size]
    stages = [*tensor_stages(tensor, tokens)]
    assert len(stages) == 3 + 4 * scalar.config.n_layer
    for (name, x), (same, rows) in zip(stages, scalar_stages(scalar, tokens)):
        assert name == same
        agree(x.data[0], numbers(rows))
    agree(tensor([tokens]).data, stages[-1][1].data)


def test_every_matrix_gets_the_same_gradient(engines):
    scalar, tensor = engines
    loss = one.document_loss(scalar, EMMA)
    loss.backward()
    batch = three.Batch.of([EMMA], scalar.config.block_size)
    same = three.batch_loss(tensor, batch)
    same.backward()
    agree(same.item(), loss.data)
    for name, grad in tensor.named(tensor.params.grad).items():
        rows = scalar.state_dict[name]
        agree(grad, [[p.grad for p in row] for row in rows])


def test_a_batch_is_the_mean_of_its_documents(engines):
    scalar, tensor = engines
    losses = [one.document_loss(scalar, tokens) for tokens in NAMES]
    (one.total(losses) / len(losses)).backward()
    batch = three.Batch.of(NAMES, scalar.config.block_size)
    loss = three.batch_loss(tensor, batch)
    loss.backward()
    mean = sum(each.data for each in losses) / len(losses)
    agree(loss.item(), mean)
    agree(tensor.params.grad, [p.grad for p in scalar.params])
    agree(three.mean_loss(tensor, NAMES, 3), mean)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0, 3.0])
def test_the_next_token_has_the_same_chances(temperature):
    logits = [random.Random(1).gauss(0, 3) for _ in range(27)]
    values = [one.Value(logit) for logit in logits]
    agree(
        three.next_probs(np.array(logits), temperature),
        one.next_probs(values, temperature),
    )


def test_a_cache_gives_what_part_one_gives_position_by_position(engines):
    scalar, tensor = engines
    tokens = EMMA[: scalar.config.block_size]
    cache = one.empty_cache(scalar.config)
    caches = [three.Cache() for _ in tensor.blocks]
    whole = tensor([tokens]).data[0]
    for pos_id, token in enumerate(tokens):
        logits = one.gpt(scalar, token, pos_id, cache)
        with three.no_grad():
            same = tensor([[token]], caches).data[0]
        agree(same, numbers([logits]))
        agree(same[0], whole[pos_id])


def test_twenty_steps_on_the_bundled_names_agree():
    docs = load_names()
    tokenizer = Tokenizer.from_docs(docs)
    config = Config(tokenizer.vocab_size, n_embd=8)
    scalar = one.Model(config, random.Random(1))
    steps = [*one.train(scalar, tokenizer, docs, 20)]
    tensor = three.Transformer(config, random.Random(1))
    batches = three.document_batches([*map(tokenizer.encode, docs)], 16)
    same = [*three.train(tensor, batches, 20)]
    agree([step.loss for step in same], [step.loss for step in steps])
    agree(tensor.params.data, [p.data for p in scalar.params])


def test_the_reference_run_on_tensors_is_the_recorded_one(karpathy_names):
    recorded, docs = record.reference_run(), list(karpathy_names)
    rng = random.Random(42)
    rng.shuffle(docs)
    tokenizer = Tokenizer.from_docs(docs)
    model = three.Transformer(Config(tokenizer.vocab_size), rng)
    tokens = [tokenizer.encode(doc) for doc in docs[:1300]]
    agree(three.mean_loss(model, tokens[1000:]), recorded["held_out"]["0"])
    batches = three.document_batches(tokens[:1000], 16)
    losses = [step.loss for step in three.train(model, batches, 1000)]
    agree(losses, recorded["losses"])
    agree(three.mean_loss(model, tokens[1000:]), recorded["held_out"]["1000"])
    samples = [three.sample(model, tokenizer, rng) for _ in range(20)]
    assert samples == recorded["final_samples"]
