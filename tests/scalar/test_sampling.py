import math
import random

import pytest

from microgpt import Config, Tokenizer
from microgpt.scalar import Model, Value, next_probs, sample, train

LETTERS = Tokenizer("abcdefghijklmnopqrstuvwxyz")


@pytest.fixture(scope="module")
def emma_model():
    model = Model(Config(27, n_embd=8, n_head=2), random.Random(0))
    for _ in train(model, LETTERS, ["emma"], 60):
        pass
    return model


def test_a_model_that_knows_one_word_says_it(emma_model):
    drawn = [sample(emma_model, LETTERS, random.Random(i)) for i in range(5)]
    assert drawn == ["emma"] * 5


def test_a_sample_begins_with_its_prompt(emma_model):
    assert sample(emma_model, LETTERS, random.Random(0), prompt="em") == "emma"


def test_the_same_seed_gives_the_same_samples():
    model = Model(Config(27), random.Random(0))
    first, again = (
        [sample(model, LETTERS, rng) for _ in range(4)]
        for rng in (random.Random(5), random.Random(5))
    )
    assert first == again
    assert len(set(first)) > 1


def test_a_lower_temperature_favours_the_likeliest():
    logits = [Value(x) for x in (1.0, 2.0, 0.0)]
    cold, warm = (next_probs(logits, t)[1] for t in (0.5, 2.0))
    exps = [math.exp(x / 0.5) for x in (1.0, 2.0, 0.0)]
    assert cold == pytest.approx(exps[1] / sum(exps))
    assert cold > warm > 1 / 3


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature is positive"):
        next_probs([Value(0.0)], temperature)


def test_scores_that_are_not_numbers_are_refused():
    with pytest.raises(ValueError, match="NaN or infinity"):
        next_probs([Value(math.nan), Value(0.0)])


def test_a_sample_ends_at_block_size():
    model = Model(Config(27, block_size=4), random.Random(0))
    for p in model.state_dict["lm_head"][26]:
        p.data = 0.0
    drawn = [sample(model, LETTERS, random.Random(i)) for i in range(50)]
    assert max(map(len, drawn)) == 4


def test_a_prompt_without_room_is_refused():
    model = Model(Config(27, block_size=4), random.Random(0))
    assert len(sample(model, LETTERS, random.Random(0), prompt="emm")) <= 4
    with pytest.raises(ValueError, match="at most 3"):
        sample(model, LETTERS, random.Random(0), prompt="emma")


def test_an_unknown_character_in_a_prompt_is_named():
    model = Model(Config(27), random.Random(0))
    with pytest.raises(ValueError, match="'é' is not in the alphabet"):
        sample(model, LETTERS, random.Random(0), prompt="é")


def test_unless_said_otherwise_the_chances_are_the_shares():
    probs = next_probs([Value(math.log(x)) for x in (1.0, 2.0, 5.0)])
    assert probs == pytest.approx([0.125, 0.25, 0.625])


def test_what_is_given_is_never_drawn():
    model = Model(Config(27), random.Random(0))
    for seed in range(5):
        drawn = sample(model, LETTERS, random.Random(seed), prompt="qxz")
        assert drawn.startswith("qxz")


def test_a_sample_is_drawn_at_a_temperature_of_a_half():
    model = Model(Config(27, n_embd=8, n_head=2), random.Random(0))
    drawn = [
        [sample(model, LETTERS, random.Random(i), **at) for i in range(4)]
        for at in ({}, {"temperature": 0.5}, {"temperature": 1.0})
    ]
    assert drawn[0] == drawn[1] != drawn[2]
