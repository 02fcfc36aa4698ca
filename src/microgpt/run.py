"""A training run: it starts, goes on, is measured, and is saved."""

import math
import random
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import NoReturn

import click
from tqdm import tqdm

from microgpt import checkpoint
from microgpt.config import Config
from microgpt.corpus import Corpus, load, sha256
from microgpt.engine import Engine, Maker
from microgpt.state import AnyTokenizer, Checkpoint, Run, check_size

SMOOTH = 50  # losses in the smoothed loss
# A minute is what a power cut may cost. Not a count of steps: one step takes
# a millisecond or a minute, and nobody thinks of it before.
SAVE_SECONDS = 60.0


def pause() -> float:
    """Return the seconds between two looks of a progress bar.

    On a terminal ten times a second, in a log every ten seconds.
    """
    return 0.1 if sys.stderr.isatty() else 10.0


@contextmanager
def interrupts_noted() -> Iterator[list[int]]:
    """Collect Ctrl-C in a list instead of stopping in the middle of a step."""
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda *_: noted.append(1))
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


class Training:
    """A run at work: where it stands, what it learns from, and with what.

    out: where it is saved.
    """

    def __init__(
        self,
        state: Checkpoint,
        engine: Engine,
        docs: Sequence[str],
        out: Path,
    ) -> None:
        self.state, self.engine, self.out = state, engine, out
        self.corpus = Corpus.of(
            docs, state.run, state.tokenizer, state.config.block_size
        )

    @classmethod
    def start(
        cls,
        docs: Sequence[str],
        run: Run,
        tokenizer: AnyTokenizer,
        sizes: dict[str, int],
        make: Maker,
        out: Path,
    ) -> "Training":
        """Return a run of no steps yet, its model drawn as the original's.

        Raises ValueError if the model would be too large.
        """
        rng = random.Random(run.seed)
        rng.shuffle(list(docs))  # the draws that the shuffle of the run takes
        config = Config(tokenizer.vocab_size, **sizes)
        check_size(config)
        engine = make(config, rng, run.precision)
        state = Checkpoint(run, config, tokenizer, engine.get(), rng)
        return cls(state, engine, docs, out)

    @classmethod
    def resume(cls, path: Path, make: Maker, out: Path) -> "Training":
        """Return the run at `path`, ready to go on with any engine.

        Raises ValueError if it is done, or if its data is no longer the same.
        """
        state = checkpoint.load(path)
        run, done = state.run, len(state.losses)
        docs = load(run.data, run.text)
        if sha256(docs) != run.data_sha256:
            raise ValueError(f"{run.data} has changed since the run began")
        if done >= run.num_steps:
            raise ValueError(f"{path} is done: it has all {done} steps")
        engine = make(state.config, random.Random(0), run.precision)
        engine.put(state.learned, done)
        return cls(state, engine, docs, out)

    def __str__(self) -> str:
        """Return how far it has come, in one line."""
        losses, validation = self.state.losses, self.state.validation
        done = len(losses)
        line = (
            f"step {done} of {self.state.run.num_steps}: loss {losses[-1]:.4f}"
        )
        if validation:
            step, loss = validation[-1]
            line += f", held out {loss:.4f}"
            line += f" at step {step}" if step < done else ""
        return line

    def tell_cropped(self) -> None:
        """Say how many documents do not fit, if there are any."""
        corpus = self.corpus
        if cropped := corpus.cropped:
            click.echo(
                f"{cropped:,} of {len(corpus.training):,} documents are"
                f" longer than block_size {corpus.block_size} and are cropped",
                err=True,
            )

    def go_on(self, interrupts: Sequence[int]) -> None:
        """Train to the end, or to the first of the interrupts, and save."""
        losses, validation = self.state.losses, self.state.validation
        bar: tqdm[NoReturn] = tqdm(
            total=self.state.run.num_steps,
            initial=len(losses),
            unit="step",
            mininterval=pause(),
        )
        next_save = monotonic() + SAVE_SECONDS
        with bar:
            for _ in self._steps():
                recent = losses[-SMOOTH:]
                smoothed = sum(recent) / len(recent)
                shown = f"loss {losses[-1]:.4f}, smoothed {smoothed:.4f}"
                if validation:
                    shown += f", held out {validation[-1][1]:.4f}"
                bar.set_postfix_str(shown, refresh=False)
                bar.update()
                if interrupts:
                    break
                if monotonic() >= next_save:
                    next_save = self._save_on_the_way()
        self.save()

    def _steps(self) -> Iterator[int]:
        """Yield at each step; say what it means when the numbers give out."""
        run, losses = self.state.run, self.state.losses
        batches = self.corpus.batches(self.state.rng, len(losses))
        try:
            self._measure()
            for loss in self.engine.train(batches, run, len(losses)):
                losses.append(_finite(loss))
                self._measure()
                yield len(losses)
        except (ArithmeticError, ValueError) as error:  # say, log of 0
            raise ValueError(
                f"training broke down after step {len(losses)} ({error}): the"
                " steps are too large; try a smaller --learning-rate"
            ) from error

    def _measure(self) -> None:
        """Note the mean loss on what is held out, if its turn has come."""
        run, done = self.state.run, len(self.state.losses)
        validation, held_out = self.state.validation, self.corpus.held_out
        due = done % run.validate_every == 0 or done == run.num_steps
        if held_out and due and done not in [step for step, _ in validation]:
            loss = self.engine.mean_loss(held_out)
            validation.append((done, _finite(loss)))

    def save(self) -> None:
        """Save the run; where that fails, elsewhere, and say so."""
        self.state.learned = self.engine.get()
        try:
            checkpoint.save(self.state, self.out)
        except OSError as error:
            raise ValueError(
                f"{self.out}: {error.strerror}; {self._save_elsewhere()}"
            ) from error

    def _save_elsewhere(self) -> str:
        """Save the run in a folder for temporary files; say what came of it."""
        try:
            spare = Path(tempfile.mkdtemp(prefix="microgpt-")) / self.out.name
            checkpoint.save(self.state, spare)
        except OSError as error:
            return f"nor is there room for temporary files: {error.strerror}"
        return f"the run is saved at {spare}"

    def _save_on_the_way(self) -> float:
        """Save what is there so far; return when to do so again.

        If it fails, the training goes on. A large model is saved less often,
        so that saving takes a twentieth of the time at most.
        """
        began = monotonic()
        self.state.learned = self.engine.get()
        try:
            checkpoint.save(self.state, self.out)
        except OSError as error:
            click.echo(f"\n{self.out}: {error.strerror}; going on", err=True)
        now = monotonic()
        return now + max(SAVE_SECONDS, 20 * (now - began))


def _finite(loss: float) -> float:
    if not math.isfinite(loss):
        raise ValueError(f"the loss is {loss}")
    return loss
