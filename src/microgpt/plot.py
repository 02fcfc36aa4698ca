"""The loss curve as a picture, for the command line."""

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from microgpt.scalar import smooth


def draw_losses(
    losses: Sequence[float],
    vocab_size: int,
    out: Path,
    validation: Sequence[tuple[int, float]] = (),
) -> None:
    """Write the raw and the smoothed losses to `out`, an .svg or .png.

    validation: steps done and the loss on what is held out, drawn as points.
    A dashed line marks log(vocab_size): the loss of equal chances.
    """
    steps = range(1, len(losses) + 1)
    # A fixed salt and no date: the same losses give the same file.
    with rc_context({"svg.hashsalt": "microgpt"}):
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        axes.plot(steps, losses, color="0.8", linewidth=0.8, label="raw")
        axes.plot(steps, smooth(losses), color="tab:blue", label="mean of 50")
        if validation:
            axes.plot(
                *zip(*validation), "o-", color="tab:orange", label="held out"
            )
        equal = math.log(vocab_size)
        label = f"equal chances: ln {vocab_size}"
        axes.axhline(equal, color="0.4", linestyle="--", label=label)
        axes.set(xlabel="step", ylabel="loss (nats a token)")
        axes.legend(frameon=False)
        metadata = {"Date": None} if out.suffix.lower() == ".svg" else None
        figure.savefig(out, metadata=metadata, dpi=150)
