import random
from collections import Counter
from statistics import fmean, stdev

import pytest

from microgpt import Config
from microgpt.scalar import Model, matrix


def test_the_default_model_has_4192_parameters():
    assert len(Model(Config(27), random.Random(0)).params) == 4192


def test_each_further_layer_adds_3072_parameters():
    sizes = [
        len(Model(Config(27, n_layer=n), random.Random(0)).params)
        for n in (1, 2, 3)
    ]
    assert sizes == [4192, 7264, 10336]


def test_the_matrices_have_the_shapes_of_the_original():
    model = Model(Config(27, n_layer=2), random.Random(0))
    shapes = {k: (len(w), len(w[0])) for k, w in model.state_dict.items()}
    assert shapes["wte"] == shapes["lm_head"] == (27, 16)
    assert shapes["layer1.mlp_fc1"] == (64, 16)
    assert shapes["layer1.mlp_fc2"] == (16, 64)
    assert Counter(shapes.values())[(16, 16)] == 1 + 8


def test_layers_hold_the_very_values_of_the_state_dict():
    model = Model(Config(27, n_layer=2), random.Random(0))
    weight = model.state_dict["layer1.attn_wk"]
    assert model.layers[1]["attn_wk"] is weight
    assert sum(len(layer) for layer in model.layers) == 12


def test_a_seed_fixes_every_parameter():
    first, again, other = (
        [p.data for p in Model(Config(27), random.Random(seed)).params]
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_parameters_are_drawn_around_0_with_deviation_0_08():
    data = [p.data for row in matrix(200, 50, random.Random(0)) for p in row]
    assert fmean(data) == pytest.approx(0, abs=0.003)
    assert stdev(data) == pytest.approx(0.08, rel=0.03)


def test_every_parameter_is_a_leaf_and_none_stands_twice():
    params = Model(Config(27), random.Random(0)).params
    assert len(set(map(id, params))) == 4192
    assert not any(p.inputs for p in params)
