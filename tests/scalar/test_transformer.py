import random

import pytest

from microgpt import Config
from microgpt.scalar import Model, build_topo, document_loss, empty_cache, gpt

EMMA = [26, 4, 12, 12, 0, 26]


def model_of(**sizes):
    return Model(Config(27, **sizes), random.Random(0))


def logits_of(model, tokens):
    cache = empty_cache(model.config)
    return [
        [x.data for x in gpt(model, token, pos, cache)]
        for pos, token in enumerate(tokens)
    ]


def test_a_later_token_changes_no_earlier_logits():
    model = model_of(n_layer=2)
    first = logits_of(model, [26, 4, 12, 12])
    second = logits_of(model, [26, 4, 12, 7])
    assert first[:3] == second[:3]
    assert first[3] != second[3]


def test_there_is_one_logit_a_token_of_the_vocabulary():
    assert [len(row) for row in logits_of(model_of(), EMMA)] == [27] * 6


def test_the_same_token_elsewhere_gives_other_logits():
    first, second = logits_of(model_of(), [12, 12])
    assert first != second


@pytest.mark.parametrize("place", [(-1, 0), (27, 0), (0, -1), (0, 16)])
def test_a_token_or_position_out_of_range_is_an_index_error(place):
    model = model_of()
    with pytest.raises(IndexError):
        gpt(model, *place, empty_cache(model.config))


def test_each_layer_has_its_own_cache():
    model = model_of(n_layer=3)
    cache = empty_cache(model.config)
    gpt(model, 26, 0, cache)
    assert [len(keys) for keys, _ in cache] == [1, 1, 1]


@pytest.mark.parametrize(
    "sizes",
    [
        {"n_layer": 2},
        {"n_embd": 8, "n_head": 2},
        {"n_embd": 6, "n_head": 3, "block_size": 5},
        {"n_embd": 1, "n_head": 1, "block_size": 1},
    ],
)
def test_any_size_has_a_loss_and_a_gradient(sizes):
    model = model_of(**sizes)
    document_loss(model, EMMA).backward()
    assert any(p.grad for p in model.params)


def test_a_model_deeper_than_the_stack_trains():
    model = model_of(n_layer=120, n_embd=1, n_head=1)
    loss = document_loss(model, EMMA)
    with pytest.raises(RecursionError):
        build_topo(loss)
    loss.backward()
    assert model.params[4].grad != 0.0


def test_every_parameter_of_emma_agrees_with_its_central_difference():
    model = model_of(n_embd=4, n_head=2, block_size=5)
    for p in model.params:
        p.data *= 5
    document_loss(model, EMMA).backward()
    for p in model.params[::7]:
        at = p.data
        ends = []
        for p.data in (at + 1e-6, at - 1e-6):
            ends.append(document_loss(model, EMMA).data)
        p.data = at
        measured = (ends[0] - ends[1]) / 2e-6
        assert p.grad == pytest.approx(measured, rel=1e-3, abs=1e-7)
