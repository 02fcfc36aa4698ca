"""What a training run knows: its settings, and all that it has come to.

No engine is in it. Each engine takes the numbers from here and gives them
back, so that a run may change from one to the other.
"""

import math
import random
from array import array
from dataclasses import dataclass, field

from microgpt.bytepair import BytePairTokenizer
from microgpt.config import Config
from microgpt.tokenizer import Tokenizer

AnyTokenizer = Tokenizer | BytePairTokenizer
LARGEST = 20_000_000  # parameters; a file of so many has a gigabyte


def count_parameters(config: Config) -> int:
    """Return how many numbers a model learns, without making any.

    `Config.shapes` would have an entry for each matrix of 10**9 layers.
    """
    V, T, C = config.vocab_size, config.block_size, config.n_embd
    return (2 * V + T) * C + 12 * config.n_layer * C**2


def check_size(config: Config) -> None:
    """Refuse a model too large for a run, before memory is spent.

    Raises ValueError for more than `LARGEST` parameters.
    """
    found = count_parameters(config)
    if found > LARGEST:
        raise ValueError(
            f"a model has at most {LARGEST:,} parameters, this would have"
            f" {found:,}: lower --n-embd, --n-layer or --block-size"
        )


@dataclass(frozen=True)
class Run:
    """What a training run was started with, so that it can go on.

    data: where the text came from; data_sha256: of that text. text: whether
    it is one running text, and not a document a line. batch_size: documents,
    or windows of the text, a step. clip: the most that a gradient is long, 0
    for any length. validate: the share that is held out, and
    measured every `validate_every` steps. precision: bits a number, where the
    engine has the choice.
    Raises ValueError, in the words of the command line, for what no run has.
    """

    data: str
    data_sha256: str
    seed: int
    num_steps: int
    learning_rate: float
    text: bool = False
    batch_size: int = 1
    clip: float = 0.0
    validate: float = 0.0
    validate_every: int = 1
    precision: int = 64

    def __post_init__(self) -> None:
        counts = {
            "--steps": (self.num_steps, 10**9),
            "--batch": (self.batch_size, 10_000),  # all are in memory at once
            "--validate-every": (self.validate_every, 10**9),
        }
        for option, (count, most) in counts.items():
            if count < 1:
                raise ValueError(f"{option} is at least 1; got {count}")
            if count > most:
                raise ValueError(f"{option} is at most {most:,}; got {count:,}")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(
                f"--learning-rate is positive; got {self.learning_rate}"
            )
        if not 0 <= self.clip < math.inf:
            raise ValueError(f"--clip is a length, or 0; got {self.clip}")
        if not 0 <= self.validate < 1:
            raise ValueError(
                f"--validate is a share, at least 0 and below 1; got"
                f" {self.validate}"
            )
        if self.precision not in (64, 32):
            raise ValueError(f"--precision is 64 or 32; got {self.precision}")


@dataclass
class Learned:
    """Every number that training changes, in the original's order.

    params: (P,). m, v: (P,), Adam's two means. Each is a float64, whatever
    the engine computes with.
    """

    params: "array[float]"
    m: "array[float]"
    v: "array[float]"


@dataclass
class Checkpoint:
    """A run, as far as it has come.

    losses: one a step done. validation: (steps done, mean loss on what was
    held out), each time that it was measured.
    """

    run: Run
    config: Config
    tokenizer: AnyTokenizer
    learned: Learned
    rng: random.Random
    losses: list[float] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)
