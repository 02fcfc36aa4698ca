"""What `make bench` measures, as far as it does not depend on the machine."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from microgpt import Config, Tokenizer, load_names
from microgpt.scalar import Model, train

sys.path.insert(0, str(Path(__file__).parent))
import engines
from long_form import LongForm


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


def test_a_step_of_the_original_has_as_many_nodes_as_known(karpathy_names):
    source, long, package, inner = engines.mean_nodes()
    assert (source, long) == ("karpathy", {50: 62_751, 1000: 61_158})
    assert long == engines.NODES
    assert inner < package < long[1000] / 7


def test_backward_takes_a_chain_of_a_million_nodes_in_10_s():
    assert engines.deep_chain() < 10


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads VmHWM, Linux only"
)
def test_training_at_the_default_size_stays_below_30_mib():
    process = subprocess.run(
        [
            sys.executable,
            engines.__file__,
            *("--work", "package", "--source", engines.best_source()),
        ],
        input="\n" * 3,
        capture_output=True,
        text=True,
        check=True,
    )
    peak = float(process.stdout.splitlines()[-1].rsplit(", ", 1)[1][:-1])
    assert peak < 30
