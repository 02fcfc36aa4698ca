"""What `make bench` measures, as far as it does not depend on the machine."""

import random
import sys
from pathlib import Path

import numpy as np
import pytest

from microgpt import Config, Tokenizer, load_names
from microgpt.scalar import Model, Value, train
from microgpt.tensor import Tensor, Transformer, document_batches
from microgpt.tensor import train as train_tensors

sys.path.insert(0, str(Path(__file__).parent))
import by_hand
import engines
from long_form import LongForm

linux_only = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads VmHWM, Linux only"
)


def test_the_long_form_and_the_package_agree_to_the_last_bit():
    docs = load_names()
    tokenizer = Tokenizer.from_docs(docs)
    sizes = {"n_layer": 2, "n_embd": 8, "n_head": 2}
    model = Model(Config(27, **sizes), random.Random(0))
    long = LongForm(model)
    long_losses = long.train(map(tokenizer.encode, docs[:5]), 5)
    records = train(model, tokenizer, docs[:5], 5)
    for (loss, _), record in zip(long_losses, records, strict=True):
        assert loss == record.loss
    assert [p.data for p in long.params] == [p.data for p in model.params]


def both_losses(batch_size, num_steps, dtype=np.float64, **sizes):
    """Return the losses of the tensor engine, and of the one by hand."""
    docs = load_names()
    tokenizer = Tokenizer.from_docs(docs)
    tokens = [tokenizer.encode(doc) for doc in docs[:200]]
    model = Transformer(Config(27, **sizes), random.Random(0), dtype=dtype)
    hand = by_hand.ByHand(model.config, model.params.data, dtype)
    size = model.config.block_size
    batches = document_batches(tokens, size, batch_size)
    losses = [step.loss for step in train_tensors(model, batches, num_steps)]
    batches = by_hand.batches(tokens, size, batch_size, dtype)
    return losses, list(hand.train(batches, num_steps))


@pytest.mark.parametrize(
    ("batch_size", "num_steps", "sizes"),
    [
        (1, 300, {}),
        (32, 300, {}),
        (7, 30, {"n_layer": 3, "n_embd": 24, "n_head": 2, "block_size": 5}),
        (2, 30, {"n_layer": 1, "n_embd": 8, "n_head": 8, "block_size": 40}),
    ],
)
def test_by_hand_agrees_with_the_tensor_engine(batch_size, num_steps, sizes):
    losses, by_hand_losses = both_losses(batch_size, num_steps, **sizes)
    assert len(losses) == num_steps
    assert by_hand_losses == pytest.approx(losses, rel=0, abs=1e-12)


def test_by_hand_agrees_with_the_tensor_engine_in_float32():
    losses, by_hand_losses = both_losses(32, 10, np.float32)
    assert by_hand_losses == pytest.approx(losses, rel=0, abs=1e-5)


def test_a_race_of_engines_that_disagree_is_void():
    losses = {"tensor": [3.0] * 32, "by hand": [3.0] * 31 + [3.1]}
    with pytest.raises(ArithmeticError, match="tensor and by hand differ"):
        engines.compare(losses, 32)


def test_a_step_of_the_original_has_as_many_nodes_as_known(karpathy_names):
    source, long, package, inner = engines.mean_nodes()
    assert (source, long) == ("karpathy", {50: 62_751, 1000: 61_158})
    assert long == engines.NODES
    assert inner < package < long[1000] / 7


def test_backward_takes_a_chain_of_a_million_values_in_10_s():
    assert engines.deep_chain(Value(1.0), 1.0) < 10


def test_backward_takes_a_chain_of_a_million_tensors_in_10_s():
    assert engines.deep_chain(Tensor(1.0, True), Tensor(1.0)) < 10


@linux_only
@pytest.mark.parametrize(("engine", "most"), [("scalar", 30), ("tensor", 40)])
def test_training_at_the_default_size_stays_below(engine, most):
    assert engines.peak_mib(engine, engines.best_source()) < most


@pytest.fixture(scope="module")
def seconds():
    """CPU seconds a document of each engine, the better of two races."""
    names = "scalar", "tensor", "by hand", "tensor 32", "by hand 32"
    races = [engines.race(32, names) for _ in range(2)]
    return {name: min(race[name] for race in races) for name in names}


@pytest.mark.parametrize(
    ("slow", "fast", "least"),
    [
        ("scalar", "tensor", 25),
        ("tensor", "tensor 32", 2),
        ("by hand", "tensor", 1 / 2.5),
        ("by hand 32", "tensor 32", 1 / 2.5),
    ],
)
def test_one_takes_so_many_times_longer(slow, fast, least, seconds):
    assert seconds[slow] / seconds[fast] > least
