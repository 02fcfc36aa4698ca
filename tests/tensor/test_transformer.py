import copy
import gc
import pickle
import random

import numpy as np
import pytest

from microgpt import Config
from microgpt.scalar import Model, empty_cache, gpt
from microgpt.tensor import (
    MLP,
    Adam,
    Batch,
    Block,
    Cache,
    Dropout,
    Tensor,
    Transformer,
    batch_loss,
    gradcheck,
)

from .cases import alive, normal

EMMA = [26, 4, 12, 12, 0, 26]
AVA = [26, 0, 21, 0, 26]


def model_of(seed=0, dropout=0.0, dtype=np.float64, **sizes):
    config = Config(27, **({"n_embd": 8, "n_head": 2} | sizes))
    return Transformer(
        config, random.Random(seed), dtype=dtype, dropout=dropout
    )


def test_the_default_model_has_the_4192_parameters_of_part_one():
    ours = Transformer(Config(27), random.Random(5))
    theirs = Model(Config(27), random.Random(5))
    assert ours.params.data.tolist() == [p.data for p in theirs.params]
    assert len(ours.params) == 4192


def test_the_state_dict_has_the_names_and_numbers_of_part_one():
    config = Config(27, n_layer=2)
    ours = Transformer(config, random.Random(5)).state_dict
    theirs = Model(config, random.Random(5)).state_dict
    assert list(ours) == list(theirs)
    for name, weight in theirs.items():
        assert ours[name].tolist() == [[p.data for p in row] for row in weight]


def test_the_logits_are_those_of_part_one():
    config = Config(27, n_layer=2)
    model = Model(config, random.Random(5))
    cache = empty_cache(config)
    rows = [gpt(model, token, i, cache) for i, token in enumerate(EMMA)]
    ours = Transformer(config, random.Random(5))([EMMA]).data[0]
    expected = [[x.data for x in row] for row in rows]
    np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=1e-14)


def test_the_state_dict_is_a_window():
    model = model_of()
    model.state_dict["layer0.attn_wk"][0, 0] = 9.0
    assert model.blocks[0].attention.wqkv.data[8, 0] == 9.0
    assert 9.0 in model.params.data


def test_gradients_can_be_had_by_name_too():
    model = model_of()
    batch_loss(model, Batch.of([EMMA], 16)).backward()
    named = model.named(model.params.grad)
    assert (named["wte"] == model.wte.weight.grad).all()
    assert named["layer0.mlp_fc2"].any()
    assert not named["wte"][1].any()  # no b in emma


def test_numbers_that_are_not_the_model_s_have_no_names():
    with pytest.raises(ValueError, match="has 1328; got 951"):
        model_of().named(np.zeros(951))


def test_an_mlp_widens_cuts_off_below_0_and_narrows():
    mlp, x = MLP(3, random.Random(0)), normal(2, 4, 3)
    fc1, fc2 = (part.weight.data for part in (mlp.fc1, mlp.fc2))
    hidden = np.einsum("btc,hc->bth", x, fc1)
    hidden[hidden < 0] = 0
    expected = np.einsum("bth,ch->btc", hidden, fc2)
    np.testing.assert_allclose(mlp(Tensor(x)).data, expected, rtol=1e-12)
    assert (fc1.shape, fc2.shape) == ((12, 3), (3, 12))


def test_a_block_adds_to_the_stream_attention_and_then_the_mlp():
    block = Block(Config(27, n_embd=4), random.Random(0), Dropout(0.0))
    x = Tensor(normal(2, 3, 4))
    middle = x.data + block.attention(block.norm(x)).data
    expected = middle + block.mlp(block.norm(Tensor(middle))).data
    np.testing.assert_allclose(block(x).data, expected, rtol=1e-14)


def test_a_mlp_and_a_block_agree_with_central_differences():
    mlp = MLP(3, random.Random(0))
    gradcheck(lambda x, *_: mlp(x), Tensor(normal(2, 3), True), *mlp.tensors())
    block = Block(Config(27, n_embd=4, n_head=2), random.Random(0), Dropout(0))
    x = Tensor(normal(1, 3, 4), requires_grad=True)
    gradcheck(lambda x, *_: block(x), x, *block.tensors())


def test_every_parameter_agrees_with_its_central_difference():
    model = model_of(n_embd=4, n_layer=2, block_size=4)
    model.params.data *= 5
    batch = Batch.of([EMMA, AVA], 4)
    batch_loss(model, batch).backward()
    data, slopes = model.params.data, model.params.grad.copy()
    for i in range(0, len(model.params), 7):
        at, ends = data[i], []
        for data[i] in (at + 1e-6, at - 1e-6):
            ends.append(batch_loss(model, batch).item())
        data[i] = at
        measured = (ends[0] - ends[1]) / 2e-6
        assert slopes[i] == pytest.approx(measured, rel=1e-3, abs=1e-5)


def test_a_later_token_changes_no_earlier_logits_to_the_last_bit():
    model = model_of(n_layer=2)
    first = model([[26, 4, 12, 12], [26, 1, 1, 1]]).data
    second = model([[26, 4, 12, 7], [26, 1, 2, 3]]).data
    assert (first[0, :3] == second[0, :3]).all()
    assert (first[1, :2] == second[1, :2]).all()
    assert (first[0, 3] != second[0, 3]).any()


def test_a_later_position_gets_a_gradient_of_exactly_0():
    model = model_of(n_layer=2)
    model([[26, 4, 12, 7]])[:, :2].sum().backward()
    assert not model.wte.weight.grad[[12, 7]].any()
    assert not model.wpe.weight.grad[2:].any()
    assert model.wpe.weight.grad[:2].all()


def test_documents_side_by_side_do_not_mix():
    model = model_of()
    both = model([EMMA, EMMA[::-1]]).data
    for row, tokens in enumerate((EMMA, EMMA[::-1])):
        alone = model([tokens]).data[0]
        np.testing.assert_allclose(both[row], alone, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_caches_give_what_the_whole_gives(cut):
    model = model_of(n_layer=2)
    caches = [Cache(), Cache()]
    cuts = (EMMA[:cut], EMMA[cut:])
    with model.evaluating():
        parts = [model([part], caches).data for part in cuts]
    np.testing.assert_allclose(
        np.concatenate(parts, 1), model([EMMA]).data, rtol=1e-11, atol=1e-14
    )


@pytest.mark.parametrize("ids", [[[-1]], [[27]], [[0] * 17]])
def test_a_token_or_position_out_of_range_is_an_index_error(ids):
    with pytest.raises(IndexError):
        model_of()(ids)


def test_a_position_after_the_last_is_an_index_error_with_a_cache_too():
    model, caches = model_of(block_size=4), [Cache()]
    with model.evaluating(), pytest.raises(IndexError, match="got 5 pos"):
        model([[26, 1, 2]], caches)
        model([[3, 4]], caches)


@pytest.mark.parametrize(
    "sizes",
    [
        {"n_layer": 3},
        {"n_embd": 6, "n_head": 3, "block_size": 5},
        {"n_embd": 1, "n_head": 1, "block_size": 1},
    ],
)
def test_any_size_has_a_loss_and_a_gradient(sizes):
    model = model_of(**sizes)
    batch_loss(model, Batch.of([EMMA, AVA], model.config.block_size)).backward()
    assert model.params.grad.any()


def test_float32_stays_float32_from_weights_to_gradients():
    model = model_of(dtype=np.float32, dropout=0.5)
    logits = model([EMMA])
    assert logits.data.dtype == np.float32
    batch_loss(model, Batch.of([EMMA, AVA], 16)).backward()
    Adam(model.params).update(0.01)
    arrays = (model.params.data, model.params.grad, model.wpe.weight.grad)
    assert {x.dtype for x in arrays} == {np.dtype(np.float32)}


def test_float32_gives_about_the_loss_of_float64():
    batch = Batch.of([EMMA, AVA], 16)
    losses = [
        batch_loss(model_of(dtype=dtype), batch).item()
        for dtype in (np.float32, np.float64)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_dropout_changes_training_and_not_evaluating():
    model, bare = model_of(dropout=0.5), model_of()
    assert (model([EMMA]).data != model([EMMA]).data).any()
    with model.evaluating():
        assert (model([EMMA]).data == bare([EMMA]).data).all()


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_has_windows_of_its_own(copied):
    model = model_of(n_layer=2, dtype=np.float32)
    twin = copied(model)
    assert (twin([EMMA]).data == model([EMMA]).data).all()
    batch_loss(twin, Batch.of([EMMA], 16)).backward()
    assert twin.params.grad.any() and not model.params.grad.any()
    Adam(twin.params).update(0.1)
    assert (twin([EMMA]).data != model([EMMA]).data).any()
    assert (twin.wte.weight.data == twin.state_dict["wte"]).all()
    assert twin.params.data.dtype == np.float32


def test_the_graph_of_a_loss_is_freed_without_the_garbage_collector():
    model, batch = model_of(dropout=0.1), Batch.of([EMMA, AVA], 16)
    gc.disable()
    try:
        before = alive()
        loss = batch_loss(model, batch)
        loss.backward()
        assert alive() > before + 10
        del loss
        assert alive() == before
    finally:
        gc.enable()


def test_a_graph_from_before_an_update_is_used_no_more():
    model = model_of()
    loss = batch_loss(model, Batch.of([EMMA], 16))
    loss.backward()
    Adam(model.params).update(0.01)
    with pytest.raises(RuntimeError, match="changed since"):
        loss.backward()


@pytest.mark.parametrize("ids", [[0, 1], 0, np.zeros((1, 0), int)])
def test_ids_that_are_no_rows_are_refused(ids):
    model = Transformer(Config(5, 4, 1, 4, 2), random.Random(0))
    with pytest.raises(ValueError, match=r"ids are \(B, T\)"):
        model(ids)
