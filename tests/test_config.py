import pytest

from microgpt import Config


def test_the_defaults_are_those_of_the_original():
    config = Config(27)
    assert (config.block_size, config.n_layer) == (16, 1)
    assert (config.n_embd, config.n_head, config.head_dim) == (16, 4, 4)


def test_heads_that_do_not_share_the_width_evenly_are_refused():
    with pytest.raises(ValueError, match="divisible by n_head; got 16 and 3"):
        Config(27, n_head=3)


@pytest.mark.parametrize("size", [0, -1, 1.0, True, "16"])
@pytest.mark.parametrize("name", ["block_size", "n_layer", "n_embd", "n_head"])
def test_a_size_that_is_not_a_positive_whole_number_is_refused(name, size):
    with pytest.raises(
        ValueError, match=f"{name} is a whole number, at least 1; got"
    ):
        Config(27, **{name: size})


def test_a_configuration_does_not_change():
    with pytest.raises(AttributeError):
        Config(27).n_layer = 2
