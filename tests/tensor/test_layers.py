import math
import random

import numpy as np
import pytest

from microgpt.tensor import (
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Linear,
    Parameters,
    RMSNorm,
    Tensor,
    embedding,
    linear,
    no_grad,
    rmsnorm,
)

from .cases import (
    LAYERS,
    check_forward,
    check_gradient,
    check_repeat,
    leaf,
    normal,
)


@pytest.mark.parametrize("name", LAYERS)
def test_each_gradient_agrees_with_central_differences(name):
    check_gradient(LAYERS[name])


@pytest.mark.parametrize("name", LAYERS)
def test_each_result_agrees_with_plain_loops(name):
    check_forward(LAYERS[name])


@pytest.mark.parametrize("name", LAYERS)
def test_a_second_backward_doubles_and_changes_nothing_else(name):
    check_repeat(LAYERS[name])


@pytest.mark.parametrize("name", LAYERS)
def test_float32_stays_float32_there_and_back(name):
    case = LAYERS[name]
    leaves, result = case.ours(*[np.float32(x) for x in case.arrays()])
    assert result.data.dtype == np.float32
    result.backward(np.ones(result.shape))
    assert {x.grad.dtype for x in leaves} == {np.dtype(np.float32)}


def test_all_that_a_layer_holds_is_to_be_learned():
    rng = random.Random(0)
    for layer in (Linear(2, 3, rng), LayerNorm(3), Embedding(4, 2, rng)):
        assert all(x.requires_grad for x in layer.tensors())
        assert len(Parameters(layer.tensors())) in (9, 6, 8)


def two_matrices():
    """A layer with a layer and a list of layers inside."""
    layer = Layer()
    layer.first = Linear(2, 3, random.Random(0))
    layer.more = [Linear(3, 2, random.Random(1), bias=False), Dropout(0.5)]
    layer.scale, layer.name = leaf(1.0), "no part"
    return layer


def test_a_layer_lists_the_tensors_inside_in_order():
    layer = two_matrices()
    expected = [layer.first.weight, layer.first.bias]
    expected += [layer.more[0].weight, layer.scale]
    assert layer.tensors() == expected


def test_train_reaches_every_layer_inside():
    layer = two_matrices()
    layer.train(False)
    assert not (layer.training or layer.more[1].training)
    layer.train()
    assert layer.training
    assert layer.more[1].training


@pytest.mark.parametrize("before", [True, False])
def test_evaluating_ends_with_what_was_before(before):
    layer = two_matrices()
    layer.train(before)
    with pytest.raises(KeyError), layer.evaluating():
        assert not layer.more[1].training
        assert not (layer.scale * 2).requires_grad
        raise KeyError
    assert layer.training == layer.more[1].training == before
    assert (layer.scale * 2).requires_grad


def test_linear_takes_one_weighted_sum_a_row_and_adds_the_bias():
    weight = Tensor([[1.0, 2.0], [0.0, -1.0], [0.5, 0.5]])
    x = Tensor([[3.0, 4.0]])
    assert linear(x, weight).data.tolist() == [[11.0, -4.0, 3.5]]
    shifted = linear(x, weight, Tensor([1.0, 2.0, 3.0]))
    assert shifted.data.tolist() == [[12.0, -2.0, 6.5]]


def test_a_linear_layer_starts_with_a_bias_of_0_or_none():
    layer = Linear(3, 2, random.Random(0))
    bare = Linear(3, 2, random.Random(0), bias=False)
    x = Tensor(normal(4, 3))
    assert layer.weight.shape == (2, 3)
    assert layer.bias.data.tolist() == [0.0, 0.0]
    assert (bare.bias, len(bare.tensors())) == (None, 1)
    assert layer(x).data.tolist() == bare(x).data.tolist()


@pytest.mark.parametrize("size", [2, 8])
def test_the_deviation_of_new_weights_can_be_chosen(size):
    for layer in (
        Linear(100, 100, random.Random(0), std=size),
        Embedding(100, 100, random.Random(0), std=size),
    ):
        assert layer.weight.data.std() == pytest.approx(size, rel=0.03)


def test_rmsnorm_makes_the_mean_square_of_each_row_1():
    y = RMSNorm()(Tensor(normal(5, 8) * 40)).data
    assert (y * y).mean(-1).tolist() == pytest.approx([1.0] * 5, rel=1e-4)


def test_rmsnorm_ignores_the_scale_of_a_row_and_keeps_0():
    x = normal(8)
    scaled = rmsnorm(Tensor(np.array([x, -3 * x, 0 * x])), eps=1e-12).data
    assert scaled[1].tolist() == pytest.approx((-scaled[0]).tolist())
    assert not scaled[2].any()


def test_rmsnorm_is_its_long_form():
    x = Tensor(normal(2, 3, 8))
    long = x * ((x * x).mean(-1, keepdims=True) + 1e-5) ** -0.5
    np.testing.assert_allclose(rmsnorm(x).data, long.data, rtol=1e-14)


def test_layernorm_gives_mean_0_and_variance_1():
    y = LayerNorm(8)(Tensor(normal(5, 8) * 40 + 7)).data
    assert y.mean(-1).tolist() == pytest.approx([0.0] * 5, abs=1e-14)
    assert y.var(-1).tolist() == pytest.approx([1.0] * 5, rel=1e-4)


def test_layernorm_ignores_shift_and_scale():
    x, layer = normal(8) * 10, LayerNorm(8, eps=1e-12)
    moved = layer(Tensor(3 * x + 100)).data
    assert moved.tolist() == pytest.approx(layer(Tensor(x)).data.tolist())


def test_layernorm_stretches_and_shifts_by_what_it_has_learned():
    layer = LayerNorm(2)
    layer.gain.data, layer.bias.data = [2.0, 3.0], [10.0, 20.0]
    y = layer(Tensor([-1000.0, 1000.0])).data
    assert y.tolist() == pytest.approx([8.0, 23.0])
    assert layer.tensors() == [layer.gain, layer.bias]


def test_embedding_takes_a_row_an_id_in_any_shape():
    layer = Embedding(5, 3, random.Random(0))
    rows = layer.weight.data
    assert (layer([[4, 0]]).data == [[rows[4], rows[0]]]).all()
    assert layer(2).data.tolist() == rows[2].tolist()
    assert layer(np.zeros((2, 0), int)).shape == (2, 0, 3)


def test_a_row_taken_again_gets_the_sum_of_its_gradients():
    weight = leaf(np.ones((4, 1)))
    (embedding(weight, [2, 0, 2]) * [[1.0], [10.0], [100.0]]).sum().backward()
    assert weight.grad.tolist() == [[10.0], [0.0], [101.0], [0.0]]


def test_an_id_that_is_none_is_refused():
    weight = leaf(np.ones((4, 1)))
    with pytest.raises(IndexError, match=r"ids are in \[0, 4\); got -2"):
        embedding(weight, [[0, -1], [-2, 3]])
    with pytest.raises(IndexError):
        embedding(weight, [0, 4])
    with pytest.raises(TypeError):
        embedding(weight, [0.0, 1.0])


def test_dropout_drops_a_share_and_makes_up_for_it():
    y = Dropout(0.25)(Tensor(np.ones((200, 200)))).data
    assert set(np.unique(y)) == {0.0, 1 / 0.75}
    assert (y == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert y.mean() == pytest.approx(1.0, abs=0.01)


def test_dropout_gives_the_gradient_to_what_it_kept():
    x = leaf(np.ones(100))
    y = Dropout(0.5)(x)
    y.sum().backward()
    assert (x.grad == y.data).all()


def test_dropout_draws_anew_at_each_call_and_the_same_by_seed():
    ones = Tensor(np.ones(100))
    first, again = (Dropout(0.5, seed=3) for _ in range(2))
    draws = [first(ones).data.tolist() for _ in range(2)]
    assert draws[0] != draws[1]
    assert [again(ones).data.tolist() for _ in range(2)] == draws
    assert Dropout(0.5, seed=4)(ones).data.tolist() != draws[0]


def test_dropout_does_nothing_when_evaluating_or_at_0():
    x, layer = leaf([1.0, 2.0]), Dropout(0.9)
    with layer.evaluating():
        assert layer(x) is x
    assert Dropout(0.0)(x) is x


def test_dropout_keeps_float32():
    assert Dropout(0.5)(Tensor(np.ones(3, np.float32))).data.dtype == np.float32


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, math.nan])
def test_a_share_that_cannot_be_dropped_is_refused(p):
    with pytest.raises(ValueError, match="at least 0 and below 1; got"):
        Dropout(p)


def test_layers_leave_no_graph_in_no_grad():
    with no_grad():
        y = LayerNorm(3)(Linear(2, 3, random.Random(0))(Tensor([1.0, 2.0])))
    assert (y.inputs, y.requires_grad) == ((), False)


def test_after_evaluating_each_layer_is_as_it_was():
    class Two(Layer):
        def __init__(self):
            self.frozen, self.free = Dropout(0.5), Dropout(0.5)

    two = Two()
    two.frozen.train(False)
    with two.evaluating():
        assert not any(layer.training for layer in two.layers())
    assert [layer.training for layer in two.layers()] == [True, False, True]


def test_ids_changed_after_they_were_looked_up_change_no_gradient():
    ids, x = np.array([0, 1]), Tensor([[1.0], [2.0]], True)
    y = (embedding(x, ids) * np.array([[1.0], [10.0]])).sum()
    ids[:] = 0
    y.backward()
    assert x.grad.tolist() == [[1.0], [10.0]]


def test_linear_is_one_node_with_a_bias_too():
    x, weight, bias = leaf([[1.0, 2.0]]), leaf([[3.0, 4.0]]), leaf([5.0])
    result = linear(x, weight, bias)
    assert (result.op, result.inputs) == ("linear", (x, weight, bias))


def test_a_linear_layer_adds_the_bias_that_it_has_learned():
    layer = Linear(2, 2, random.Random(0))
    layer.weight.data, layer.bias.data = np.eye(2), [10.0, 20.0]
    assert layer(Tensor([1.0, 2.0])).data.tolist() == [11.0, 22.0]


def test_the_eps_of_a_norm_is_what_it_adds_to_the_mean_square():
    x = Tensor([1.0, -1.0])  # mean 0, mean square 1
    for layer in (RMSNorm(eps=3.0), LayerNorm(2, eps=3.0)):
        assert layer(x).data.tolist() == pytest.approx([0.5, -0.5])


def test_dropout_draws_by_seed_0_unless_another_is_given():
    ones = Tensor(np.ones(100))
    draws = [
        layer(ones).data.tolist() for layer in (Dropout(0.5), Dropout(0.5, 0))
    ]
    assert draws[0] == draws[1]
