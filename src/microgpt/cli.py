"""The command line: train, sample, info, plot."""

import random
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NoReturn

import click

from microgpt import checkpoint
from microgpt.config import Config
from microgpt.corpus import MEASURED, fit_tokenizer, load, sha256
from microgpt.engine import NAMES, Draw, Maker, maker
from microgpt.run import Training, interrupts_noted
from microgpt.state import LARGEST, Run, check_size
from microgpt.tokenizer import Tokenizer

ENGINE = click.option(
    "--engine",
    type=click.Choice(NAMES),
    default=NAMES[0],
    help="Plain Python (if not given), or NumPy: the same numbers, sooner.",
)
SIZES = [f.name for f in fields(Config)][1:]  # without vocab_size


def example(*lines: str) -> str:
    """Return the end of a command's help: lines that can be copied."""
    return "\n  ".join(("\b\nExample:", *lines))


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("microgpt train --steps 200 --out names.json"),
)
@click.version_option(package_name="microgpt-course")
def cli() -> None:
    """Train a complete GPT, and let it make up names or any other text."""


@cli.command(
    "train",
    epilog=example(
        "microgpt train --data karpathy --steps 1000 --out names.json",
        "microgpt train --resume names.json",
        "microgpt train --engine tensor --data book.txt --text --batch 32"
        " --block-size 64",
    ),
)
@ENGINE
@click.option(
    "--data",
    default="bundled",
    metavar="FILE",
    help="A UTF-8 text, one document a line; or the word bundled (the names"
    " of this course) or karpathy (those of the original).",
)
@click.option(
    "--text",
    is_flag=True,
    help="The file is one running text; bundled, the prose of this course.",
)
@click.option(
    "--tokenizer",
    type=click.Choice(["chars", "bytepair"]),
    default="chars",
    help="A token is a character, or up to a word.",
)
@click.option(
    "--vocab-size", type=int, help="Tokens, with bytepair: 512 if not given."
)
@click.option(
    "--steps", "num_steps", type=int, default=1000, help="Training steps."
)
@click.option(
    "--batch", "batch_size", type=int, default=1, help="Documents a step."
)
@click.option("--seed", type=int, default=42, help="Fixes every random draw.")
@click.option("--n-layer", type=int, default=1, help="Blocks.")
@click.option(
    "--n-embd",
    type=int,
    default=16,
    help=f"Width of the stream; a model has at most {LARGEST:,} parameters.",
)
@click.option("--n-head", type=int, default=4, help="Heads; divides n-embd.")
@click.option("--block-size", type=int, default=16, help="Positions.")
@click.option("--learning-rate", type=float, default=0.01, help="At step 1.")
@click.option(
    "--clip",
    type=float,
    metavar="NORM",
    default=0.0,
    help="Shorten longer gradients to this length; 0: never.",
)
@click.option(
    "--precision",
    type=int,
    default=64,
    help="Bits a number; 32 is quicker, with the tensor engine.",
)
@click.option(
    "--validate",
    type=float,
    metavar="SHARE",
    help="Held out: the last share of the documents (0 if not given) or of the"
    f" --text (0.1). The loss on at most {MEASURED} documents or blocks of it"
    " is shown, saved and drawn.",
)
@click.option(
    "--validate-every",
    type=int,
    metavar="N",
    help="Steps between two such measurements: a tenth if not given.",
)
@click.option("--resume", type=Path, metavar="CHECKPOINT", help="Go on.")
@click.option(
    "--out",
    type=Path,
    metavar="CHECKPOINT",
    help="Where to save, at the end, every minute and on Ctrl-C:"
    " microgpt.json, or the file that is resumed.",
)
@click.pass_context
def train_command(
    context: click.Context,
    /,
    engine: str,
    out: Path | None,
    resume: Path | None,
    **options: Any,
) -> None:
    """Train a model and save it; Ctrl-C saves what is learned so far.

    A resumed run keeps the settings it was started with; either engine can
    go on with what the other began.
    """
    out = out or resume or Path("microgpt.json")
    checkpoint.check_writable(out)
    make = maker(engine)
    if resume:
        _refuse_settings_beside_resume(context)
        training = Training.resume(resume, make, out)
    else:
        _refuse_without_tensor(context, engine, "precision")
        training = _start(make, out, **options)
    checkpoint.check_not_lost(out)
    training.tell_cropped()
    with interrupts_noted() as interrupts:
        training.go_on(interrupts)
        _say(f"{training}\nsaved {out}")
    if len(training.state.losses) < training.state.run.num_steps:
        chosen = "" if engine == "scalar" else f" --engine {engine}"
        again = f"microgpt train{chosen} --resume {out}"
        _say(f"go on with: {again}", err=True)
        context.exit(130)


def _start(
    make: Maker,
    out: Path,
    *,
    tokenizer: str,
    vocab_size: int | None,
    **options: Any,
) -> Training:
    """Return a run of no steps yet, with the settings of the command line."""
    sizes = {name: options.pop(name) for name in SIZES}
    check_size(Config(1, **sizes))  # refuse at once what makes no sense
    if options["validate"] is None:
        options["validate"] = 0.1 if options["text"] else 0.0
    if options["validate_every"] is None:
        options["validate_every"] = max(1, options["num_steps"] // 10)
    elif not options["validate"]:
        raise ValueError("--validate-every goes with --validate")
    docs = load(options["data"], options["text"])
    run = Run(data_sha256=sha256(docs), **options)
    fitted = fit_tokenizer(docs, run, tokenizer, vocab_size)
    return Training.start(docs, run, fitted, sizes, make, out)


@cli.command(
    "sample", epilog=example("microgpt sample names.json --count 5 --prompt an")
)
@click.argument("path", type=Path, metavar="CHECKPOINT")
@ENGINE
@click.option("--temperature", type=float, default=0.5, help="0.5: careful.")
@click.option("--top-k", type=int, help="Draw from the k likeliest tokens.")
@click.option(
    "--top-p", type=float, help="From the likeliest that together reach p."
)
@click.option(
    "--length",
    type=int,
    help="The most tokens, the prompt's included; block_size if not given.",
)
@click.option("--count", type=int, help="How many: 20, of a --text 1.")
@click.option("--prompt", default="", help="How each begins.")
@click.option(
    "--seed",
    type=int,
    help="Fixes the draws; without it they go on from the training's, as in"
    " the original.",
)
@click.pass_context
def sample_command(
    context: click.Context,
    /,
    path: Path,
    engine: str,
    count: int | None,
    seed: int | None,
    prompt: str,
    **limits: Any,
) -> None:
    """Print documents that a trained model makes up, one a line.

    --top-k, --top-p and --length need the tensor engine.
    """
    _refuse_without_tensor(context, engine, "top_k", "top_p", "length")
    make = maker(engine)
    # As the data is: byte pairs tell apart two ways to type one letter.
    draw = Draw(prompt=unicodedata.normalize("NFC", prompt), **limits)
    if count is not None and count < 1:
        raise ValueError(f"--count is at least 1; got {count}")
    state = checkpoint.load(path)
    # Always in 64 bits: the file has them, and no temperature is too small.
    model = make(state.config, random.Random(0), 64)
    model.put(state.learned, len(state.losses))
    rng = state.rng if seed is None else random.Random(seed)
    for _ in range(count or (1 if state.run.text else 20)):
        _say(model.sample(state.tokenizer, rng, draw))


@cli.command("info", epilog=example("microgpt info names.json"))
@click.argument("path", type=Path, metavar="CHECKPOINT")
def info_command(path: Path) -> None:
    """Print a checkpoint's configuration, run and parameters."""
    state = checkpoint.load(path)
    facts = asdict(state.config) | asdict(state.run)
    if isinstance(state.tokenizer, Tokenizer):
        facts |= {"alphabet": repr("".join(state.tokenizer.chars))}
    else:
        facts |= {"byte_pairs": len(state.tokenizer.merges)}
    facts |= {"steps_done": len(state.losses)}
    if state.losses:
        facts["last_loss"] = f"{state.losses[-1]:.4f}"
    for name, fact in facts.items():
        _say(f"{name:14} {fact}")
    if state.validation:
        click.echo(f"\n{'step':>9} {'held out':>9}")
    for step, loss in state.validation:
        click.echo(f"{step:>9,} {loss:>9.4f}")
    click.echo(f"\n{'matrix':18} {'shape':>9} {'parameters':>11}")
    for name, (n_out, n_in) in state.config.shapes().items():
        shape = f"{n_out} x {n_in}"
        click.echo(f"{name:18} {shape:>9} {n_out * n_in:>11,}")
    click.echo(f"{'total':28} {len(state.learned.params):>11,}")


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
    """Draw a checkpoint's loss curve: raw, smoothed, and held out."""
    if out.suffix.lower() not in (".svg", ".png"):
        raise ValueError(f"--out ends in .svg or .png; got {out}")
    checkpoint.check_writable(out)
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
    draw_losses(state.losses, state.config.vocab_size, out, state.validation)
    _say(f"saved {out}")


def _say(text: str, err: bool = False) -> None:
    """Print `text`, with ? for what no stream can take.

    That is half a surrogate pair: bytes that a model draws may be one, and
    Python stands one for each byte of a file name that is no UTF-8.
    """
    click.echo(text.encode("utf-8", "replace").decode(), err=err)


def _refuse_settings_beside_resume(context: click.Context) -> None:
    for name in context.params:
        if name not in ("engine", "out", "resume"):
            _refuse_if_given(context, name, "does not go with --resume")


def _refuse_without_tensor(
    context: click.Context, engine: str, *names: str
) -> None:
    for name in names:
        if engine != "tensor":
            _refuse_if_given(context, name, "needs --engine tensor")


def _refuse_if_given(context: click.Context, name: str, why: str) -> None:
    source = context.get_parameter_source(name)
    if source is click.core.ParameterSource.COMMANDLINE:
        options = {each.name: each.opts[0] for each in context.command.params}
        raise ValueError(f"{options[name]} {why}")


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
    except MemoryError:
        _fail("out of memory: try a smaller --batch, --block-size or model")
    except ValueError as error:
        _fail(str(error))
    sys.exit(result if isinstance(result, int) else 0)


def _fail(message: str) -> NoReturn:
    """Print `message` as one line and stop."""
    click.echo(f"microgpt: {' '.join(message.split())}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
