import pytest

from microgpt.config import Config
from microgpt.state import check_size, count_parameters

SIZES = [Config(27), Config(512, 64, 6, 384, 6), Config(2, 1, 3, 4, 4)]


@pytest.mark.parametrize("config", SIZES)
def test_parameters_are_counted_as_the_matrices_have_them(config):
    numbers = sum(n_out * n_in for n_out, n_in in config.shapes().values())
    assert count_parameters(config) == numbers


def test_a_model_of_nanogpt_for_characters_is_not_too_large():
    check_size(Config(65, 256, 6, 384, 6))


def test_a_billion_layers_are_refused_without_counting_to_them():
    with pytest.raises(ValueError, match="would have 3,072,000,001,120: lower"):
        check_size(Config(27, n_layer=10**9))
