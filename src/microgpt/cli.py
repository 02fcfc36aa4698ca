"""The command line: train, sample, info, plot."""

import hashlib
import math
import random
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click
from tqdm import tqdm

from microgpt import checkpoint
from microgpt.checkpoint import Checkpoint, Run
from microgpt.config import Config
from microgpt.data import load_docs, load_names
from microgpt.scalar import Adam, Model, Step, sample, train
from microgpt.tokenizer import Tokenizer

SMOOTH = 50  # losses in the smoothed loss


def example(*lines: str) -> str:
    """Return the end of a command's help: lines that can be copied."""
    return "\n  ".join(("\b\nExample:", *lines))


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("microgpt train --steps 200 --out names.json"),
)
@click.version_option(package_name="microgpt-course")
def cli() -> None:
    """Train a complete GPT in plain Python, and let it make up names."""


@cli.command(
    "train",
    epilog=example(
        "microgpt train --data karpathy --steps 1000 --out names.json",
        "microgpt train --resume names.json --out names.json",
    ),
)
@click.option(
    "--data",
    default="bundled",
    metavar="FILE",
    help="A UTF-8 text, one document a line; or the word bundled (the names"
    " of this course) or karpathy (those of the original).",
)
@click.option("--steps", type=int, default=1000, help="Training steps.")
@click.option("--seed", type=int, default=42, help="Fixes every random draw.")
@click.option("--n-layer", type=int, default=1, help="Blocks.")
@click.option("--n-embd", type=int, default=16, help="Width of the stream.")
@click.option("--n-head", type=int, default=4, help="Heads; divides n-embd.")
@click.option("--block-size", type=int, default=16, help="Positions.")
@click.option("--learning-rate", type=float, default=0.01, help="At step 1.")
@click.option("--resume", type=Path, metavar="CHECKPOINT", help="Go on.")
@click.option(
    "--out",
    type=Path,
    metavar="CHECKPOINT",
    help="Where to save: microgpt.json, or the file that is resumed.",
)
@click.pass_context
def train_command(
    context: click.Context,
    /,
    out: Path | None,
    resume: Path | None,
    **options: Any,
) -> None:
    """Train a model and save it; Ctrl-C saves what is learned so far.

    A resumed run keeps the settings it was started with.
    """
    out = out or resume or Path("microgpt.json")
    _check_writable(out)
    if resume:
        _refuse_settings_beside_resume(context)
        state = checkpoint.load(resume)
        docs = _documents(state.run.data, state.run)
    else:
        docs = _documents(options["data"])
        state = _start(docs, **options)
    _check_not_lost(out)
    run, done = state.run, len(state.losses)
    if done >= run.num_steps:
        raise ValueError(f"{resume} is done: it has all {done} steps")
    random.Random(run.seed).shuffle(docs)
    _tell_cropped(docs, state.model.config.block_size)
    with _interrupt_noted() as interrupts:
        _train(state, docs, interrupts)
        _save(state, out)
        done = len(state.losses)
        last = f"loss {state.losses[-1]:.4f}"
        click.echo(f"step {done} of {run.num_steps}: {last}\nsaved {out}")
    if done < run.num_steps:
        click.echo(f"go on with: microgpt train --resume {out}", err=True)
        context.exit(130)


def _start(
    docs: Sequence[str],
    data: str,
    steps: int,
    seed: int,
    learning_rate: float,
    **sizes: int,
) -> Checkpoint:
    """Return a run of no steps yet, its model drawn as the original draws."""
    if steps < 1:
        raise ValueError(f"--steps is at least 1; got {steps}")
    if not 0 < learning_rate < float("inf"):
        raise ValueError(f"--learning-rate is positive; got {learning_rate}")
    rng = random.Random(seed)
    rng.shuffle(list(docs))  # the draws that the shuffle of the run takes
    tokenizer = Tokenizer.from_docs(docs)
    model = Model(Config(tokenizer.vocab_size, **sizes), rng)
    run = Run(data, _sha256(docs), seed, steps, learning_rate)
    return Checkpoint(run, model, tokenizer, Adam(model.params), rng, [])


def _train(
    state: Checkpoint, docs: Sequence[str], interrupts: Sequence[int]
) -> None:
    """Train to the end, or to the first of the interrupts."""
    run, losses = state.run, state.losses
    steps = train(
        state.model,
        state.tokenizer,
        docs,
        run.num_steps,
        optimizer=state.optimizer,
        learning_rate=run.learning_rate,
        start=len(losses),
    )
    # On a terminal ten times a second, in a log every ten seconds.
    pause = 0.1 if sys.stderr.isatty() else 10.0
    bar: tqdm[NoReturn] = tqdm(
        total=run.num_steps,
        initial=len(losses),
        unit="step",
        mininterval=pause,
    )
    with bar:
        for step in _until_it_breaks(steps):
            losses.append(step.loss)
            recent = losses[-SMOOTH:]
            smoothed = sum(recent) / len(recent)
            bar.set_postfix_str(
                f"loss {step.loss:.4f}, smoothed {smoothed:.4f}", refresh=False
            )
            bar.update()
            if interrupts:
                break


def _save(state: Checkpoint, out: Path) -> None:
    """Save to `out`; where that fails, elsewhere, and say so."""
    try:
        checkpoint.save(state, out)
    except OSError as error:
        spare = Path(tempfile.mkdtemp(prefix="microgpt-")) / out.name
        checkpoint.save(state, spare)
        raise ValueError(
            f"{out}: {error.strerror}; the run is saved at {spare}"
        ) from error


def _until_it_breaks(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield the steps; say what it means when the numbers give out."""
    number = 0
    try:
        for step in steps:
            if not math.isfinite(step.loss):
                raise ValueError(f"the loss is {step.loss}")
            number = step.number
            yield step
    except (ArithmeticError, ValueError) as error:  # say, log of a share of 0
        raise ValueError(
            f"training broke down after step {number} ({error}): the steps are"
            " too large; try a smaller --learning-rate"
        ) from error


@contextmanager
def _interrupt_noted() -> Iterator[list[int]]:
    """Collect Ctrl-C in a list instead of stopping in the middle of a step."""
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda *_: noted.append(1))
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


@cli.command(
    "sample", epilog=example("microgpt sample names.json --count 5 --prompt an")
)
@click.argument("path", type=Path, metavar="CHECKPOINT")
@click.option("--temperature", type=float, default=0.5, help="0.5: careful.")
@click.option("--count", type=int, default=20, help="How many.")
@click.option("--prompt", default="", help="How each begins.")
@click.option(
    "--seed",
    type=int,
    help="Fixes the draws; without it they go on from the training's, as in"
    " the original.",
)
def sample_command(
    path: Path, temperature: float, count: int, prompt: str, seed: int | None
) -> None:
    """Print documents that a trained model makes up, one a line."""
    if count < 1:
        raise ValueError(f"--count is at least 1; got {count}")
    if 0 < temperature < 1e-300:  # the division would overflow
        raise ValueError(f"--temperature {temperature} is too small")
    state = checkpoint.load(path)
    rng = state.rng if seed is None else random.Random(seed)
    for _ in range(count):
        click.echo(
            sample(
                state.model,
                state.tokenizer,
                rng,
                temperature=temperature,
                prompt=prompt,
            )
        )


@cli.command("info", epilog=example("microgpt info names.json"))
@click.argument("path", type=Path, metavar="CHECKPOINT")
def info_command(path: Path) -> None:
    """Print a checkpoint's configuration, run and parameters."""
    state = checkpoint.load(path)
    alphabet = repr("".join(state.tokenizer.chars))
    facts = asdict(state.model.config) | asdict(state.run)
    facts |= {"alphabet": alphabet, "steps_done": len(state.losses)}
    if state.losses:
        facts["last_loss"] = f"{state.losses[-1]:.4f}"
    for name, fact in facts.items():
        click.echo(f"{name:14} {fact}")
    click.echo(f"\n{'matrix':18} {'shape':>9} {'parameters':>11}")
    for name, weight in state.model.state_dict.items():
        shape = f"{len(weight)} x {len(weight[0])}"
        size = len(weight) * len(weight[0])
        click.echo(f"{name:18} {shape:>9} {size:>11,}")
    click.echo(f"{'total':28} {len(state.model.params):>11,}")


@cli.command("plot", epilog=example("microgpt plot names.json --out loss.svg"))
@click.argument("path", type=Path, metavar="CHECKPOINT")
@click.option(
    "--out",
    type=Path,
    default="loss.svg",
    metavar="FILE",
    help="Ends in .svg or .png.",
)
def plot_command(path: Path, out: Path) -> None:
    """Draw a checkpoint's loss curve, raw and smoothed."""
    if out.suffix.lower() not in (".svg", ".png"):
        raise ValueError(f"--out ends in .svg or .png; got {out}")
    _check_writable(out)
    if out.exists() and checkpoint.is_one(out):
        raise ValueError(f"{out} is a checkpoint: name another file")
    state = checkpoint.load(path)
    if not state.losses:
        raise ValueError(f"{path} has no losses yet: nothing to draw")
    try:
        from microgpt.plot import draw_losses
    except ImportError as error:
        raise ValueError(
            "plot needs matplotlib: pip install 'microgpt-course[plot]'"
        ) from error
    draw_losses(state.losses, len(state.tokenizer.chars) + 1, out)
    click.echo(f"saved {out}")


def _documents(data: str, resumed: Run | None = None) -> list[str]:
    """Return the documents that `--data` names, those of `resumed` if any."""
    known = data in ("bundled", "karpathy")
    docs = load_names(data) if known else load_docs(data)
    if resumed and _sha256(docs) != resumed.data_sha256:
        raise ValueError(f"{data} has changed since the run began on it")
    return docs


def _sha256(docs: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(docs).encode()).hexdigest()


def _tell_cropped(docs: Sequence[str], block_size: int) -> None:
    cropped = sum(len(doc) + 1 > block_size for doc in docs)
    if cropped:
        click.echo(
            f"{cropped:,} of {len(docs):,} documents are longer than"
            f" block_size {block_size} and are cropped",
            err=True,
        )


def _check_writable(out: Path) -> None:
    """Refuse a place where nothing can be saved, before anything starts."""
    folder = out.absolute().parent
    if out.is_dir():
        raise ValueError(f"{out} is a folder; --out names a file")
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    if out.exists() and not out.is_file():
        raise ValueError(f"{out} is not an ordinary file")
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ValueError(
            f"{out} cannot be saved: {folder}: {error.strerror}"
        ) from error


def _check_not_lost(out: Path) -> None:
    """Refuse to save over a file that is no checkpoint, such as a text."""
    if out.exists() and not checkpoint.is_one(out):
        raise ValueError(f"{out} exists and is not a checkpoint: name another")


def _refuse_settings_beside_resume(context: click.Context) -> None:
    for name in context.params:
        source = context.get_parameter_source(name)
        given = source is click.core.ParameterSource.COMMANDLINE
        if given and name not in ("out", "resume"):
            option = "--" + name.replace("_", "-")
            raise ValueError(f"{option} does not go with --resume")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; bad input gets one line and exit status 2."""
    try:
        result = cli.main(arguments, "microgpt", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except OSError as error:
        _fail(f"{error.filename or 'error'}: {error.strerror or error}")
    except ValueError as error:
        _fail(str(error))
    sys.exit(result if isinstance(result, int) else 0)


def _fail(message: str) -> NoReturn:
    """Print `message` as one line and stop."""
    click.echo(f"microgpt: {' '.join(message.split())}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
