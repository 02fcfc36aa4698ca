import math
import random
from itertools import islice

import numpy as np
import pytest

from microgpt import Config, Tokenizer
from microgpt.tensor import (
    Transformer,
    document_batches,
    generate,
    keep_likeliest,
    next_probs,
    sample,
    train,
)

LETTERS = Tokenizer("abcdefghijklmnopqrstuvwxyz")
LOGITS = np.log([0.1, 0.4, 0.2, 0.3])


def model_of(**sizes):
    config = Config(27, **({"n_embd": 8, "n_head": 2} | sizes))
    return Transformer(config, random.Random(0))


@pytest.fixture(scope="module")
def emma_model():
    model = model_of()
    batches = document_batches([LETTERS.encode("emma")], 16)
    for _ in train(model, batches, 60):
        pass
    return model


def probs(**limits):
    return next_probs(LOGITS, **limits).tolist()


def test_a_temperature_of_1_gives_the_shares():
    assert probs() == pytest.approx([0.1, 0.4, 0.2, 0.3])


def test_a_temperature_is_a_power_of_the_shares():
    powers = np.array([0.1, 0.4, 0.2, 0.3]) ** 2
    assert probs(temperature=0.5) == pytest.approx(powers / powers.sum())
    assert max(probs(temperature=100.0)) == pytest.approx(0.25, abs=0.01)
    assert probs(temperature=0.001) == pytest.approx([0, 1, 0, 0])


def test_scores_of_any_size_do_not_overflow():
    assert next_probs(np.array([1e4, 0.0])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("top_k", "expected"),
    [
        (1, [0, 1, 0, 0]),
        (2, [0, 4 / 7, 0, 3 / 7]),
        (3, [0, 4 / 9, 2 / 9, 3 / 9]),
        (4, [0.1, 0.4, 0.2, 0.3]),
        (9, [0.1, 0.4, 0.2, 0.3]),
    ],
)
def test_top_k_keeps_the_k_likeliest(top_k, expected):
    assert probs(top_k=top_k) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("top_p", "expected"),
    [
        (0.01, [0, 1, 0, 0]),
        (0.39, [0, 1, 0, 0]),
        (0.41, [0, 4 / 7, 0, 3 / 7]),
        (0.69, [0, 4 / 7, 0, 3 / 7]),
        (0.71, [0, 4 / 9, 2 / 9, 3 / 9]),
        (0.95, [0.1, 0.4, 0.2, 0.3]),
        (1.0, [0.1, 0.4, 0.2, 0.3]),
    ],
)
def test_top_p_keeps_the_fewest_that_together_reach_p(top_p, expected):
    assert probs(top_p=top_p) == pytest.approx(expected)


def test_top_p_is_reached_by_what_is_equal_to_it():
    halves = np.log([0.5, 0.25, 0.25])  # numbers that floats hold exactly
    assert next_probs(halves, top_p=0.5).tolist() == [1.0, 0.0, 0.0]
    assert next_probs(halves, top_p=0.75).tolist() == [2 / 3, 1 / 3, 0.0]


def test_top_p_counts_in_what_top_k_has_left():
    # of 4/7 and 3/7, the first alone reaches 0.5, which it would not in all
    assert probs(top_k=2, top_p=0.5) == pytest.approx([0, 1, 0, 0])
    assert probs(top_p=0.5) == pytest.approx([0, 4 / 7, 0, 3 / 7])


def test_of_equal_shares_the_first_are_kept():
    kept = keep_likeliest(np.array([0.2, 0.3, 0.2, 0.2, 0.1]), 3)
    assert kept.tolist() == pytest.approx([2 / 7, 3 / 7, 2 / 7, 0, 0])


WRONG = [
    ({"temperature": t}, "temperature is positive; got")
    for t in (0.0, -1.0, math.nan, math.inf)
]
WRONG += [({"top_k": k}, "top_k is at least 1; got") for k in (0, -3)]
WRONG += [
    ({"top_p": p}, "top_p is above 0 and at most 1; got")
    for p in (0.0, -0.5, 1.01, math.nan)
]


@pytest.mark.parametrize(("limits", "message"), WRONG)
def test_a_limit_that_makes_no_sense_is_refused(limits, message):
    with pytest.raises(ValueError, match=message):
        probs(**limits)


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_scores_that_are_not_numbers_are_refused(score):
    with pytest.raises(ValueError, match="NaN or infinity"):
        next_probs(np.array([0.0, score]))


def test_a_model_that_knows_one_word_says_it(emma_model):
    drawn = [sample(emma_model, LETTERS, random.Random(i)) for i in range(5)]
    assert drawn == ["emma"] * 5


def test_a_sample_begins_with_its_prompt(emma_model):
    assert sample(emma_model, LETTERS, random.Random(0), prompt="em") == "emma"


def test_the_same_seed_gives_the_same_samples():
    model = model_of()
    first, again = (
        [sample(model, LETTERS, rng) for _ in range(4)]
        for rng in (random.Random(5), random.Random(5))
    )
    assert first == again
    assert len(set(first)) > 1


def draw_without_a_cache(model, tokens, rng, count):
    """Draw from the whole window anew at every token."""
    tokens = list(tokens)
    for _ in range(count):
        logits = model([tokens]).data[0, -1]
        shares = next_probs(logits).tolist()
        tokens += rng.choices(range(27), weights=shares)
    return tokens


@pytest.mark.parametrize("given", [[26], [26, 4, 12]])
def test_a_cache_draws_what_the_whole_window_draws(given):
    model = model_of(n_layer=2)
    count = 16 - len(given) + 1
    expected = draw_without_a_cache(model, given, random.Random(1), count)
    drawn = islice(generate(model, given, random.Random(1)), count)
    assert [*given, *drawn] == expected


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_generation_goes_on_from_bos_and_the_last_half_of_the_block(size):
    model, rng, tokens = model_of(block_size=size), random.Random(2), [26]
    model.params.data *= 20
    seen = tokens
    for token in islice(generate(model, [26], random.Random(2)), 17):
        shares = next_probs(model([seen]).data[0, -1]).tolist()
        assert rng.choices(range(27), weights=shares) == [token]
        tokens = [*tokens, token]
        half = tokens[len(tokens) - size // 2 :]
        seen = [*seen, token] if len(seen) < size else [26, *half]


def test_at_top_k_1_every_draw_is_the_same():
    model = model_of()
    drawn = [
        list(islice(generate(model, [26], random.Random(i), top_k=1), 8))
        for i in range(3)
    ]
    assert drawn[0] == drawn[1] == drawn[2]


def test_limits_reach_the_draws_of_a_sample():
    model = model_of()
    for limits in ({"top_k": 1}, {"top_p": 1e-9}, {"temperature": 1e-4}):
        drawn = {
            sample(model, LETTERS, random.Random(i), **limits) for i in range(5)
        }
        assert len(drawn) == 1


def test_a_sample_is_drawn_at_a_temperature_of_a_half():
    model = model_of()
    drawn = [
        [sample(model, LETTERS, random.Random(i), **at) for i in range(9)]
        for at in ({}, {"temperature": 0.5}, {"temperature": 1.0})
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_generation_leaves_training_as_it_was(emma_model):
    draws = generate(emma_model, [26], random.Random(0))
    next(draws)
    assert emma_model.training
    assert not emma_model.params.grad.any()


def without_an_end(**sizes):
    """A model that draws BOS once in 27 times at most."""
    model = model_of(**sizes)
    model.state_dict["lm_head"][26] = 0.0
    return model


def test_a_sample_ends_at_block_size():
    model = without_an_end(block_size=4)
    drawn = [sample(model, LETTERS, random.Random(i)) for i in range(50)]
    assert max(map(len, drawn)) == 4


@pytest.mark.parametrize("max_tokens", [0, 1, 9])
def test_a_sample_ends_at_max_tokens(max_tokens):
    model = without_an_end(block_size=4)
    drawn = [
        sample(model, LETTERS, random.Random(i), max_tokens=max_tokens)
        for i in range(30)
    ]
    assert max(map(len, drawn)) == max_tokens


def test_a_prompt_counts_among_the_tokens_of_a_sample():
    model = without_an_end(block_size=4)
    drawn = [
        sample(model, LETTERS, random.Random(i), prompt="em", max_tokens=3)
        for i in range(30)
    ]
    assert max(map(len, drawn)) == 3
    assert all(text.startswith("em") for text in drawn)


def test_a_prompt_without_room_is_refused():
    model = model_of(block_size=4)
    assert len(sample(model, LETTERS, random.Random(0), prompt="emm")) <= 4
    with pytest.raises(ValueError, match="at most 3 tokens; got 'emma'"):
        sample(model, LETTERS, random.Random(0), prompt="emma")


def test_an_unknown_character_in_a_prompt_is_named():
    with pytest.raises(ValueError, match="'é' is not in the alphabet"):
        sample(model_of(), LETTERS, random.Random(0), prompt="é")


def test_a_temperature_next_to_0_leaves_the_likeliest_or_is_refused():
    logits = np.array([0.0, 1.0, 3.0])
    assert next_probs(logits, 1e-307).tolist() == [0.0, 0.0, 1.0]
    with pytest.raises(ValueError, match="too small"):
        next_probs(logits.astype(np.float32), 1e-50)


def test_of_many_equal_shares_the_first_are_kept_too():
    likely_and_not = np.tile([0.015, 0.005], 50)
    kept = keep_likeliest(likely_and_not, 10)
    assert np.flatnonzero(kept).tolist() == list(range(0, 20, 2))
