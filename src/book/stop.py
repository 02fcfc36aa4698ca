"""Where to stop in the labs, what to watch there, and what it shows."""

import ast
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from book._table import table
from book.walk import HERE, Seen, Stop, follow

LAUNCH = Path(__file__).parents[2] / ".vscode" / "launch.json"
MOST = 5  # items of a list that a table shows


GRADS_OF_A = "[round(p.grad, 6) for p in params[:8]]"
LOGITS = "[round(v.data, 4) for v in logits]"
PROBS = "[round(p.data, 4) for p in probs]"
SHARES = "[round(w.data, 4) for w in attn_weights]"
STREAM = "[v.data for v in x]"

STOPS = {
    "01_autograd_playground.py": (
        Stop("graph", HERE, "c.inputs", ("c", "c.inputs", "c.local_grads")),
        Stop("order", "visit", "", ("node", "topo")),
        Stop("order", HERE, "topo", ("[v.data for v in topo]",)),
        Stop("backward", "backward", "value", ("node", "value", "local_grad")),
        Stop("backward", HERE, "a.grad", ("a", "b")),
        Stop("overwrite", HERE, "value is b", ("a",)),
        Stop(
            "no order",
            "push",
            "value in node.inputs",
            ("node", "value", "local_grad"),
        ),
        Stop("no order", HERE, "start.grad", ("middle", "start")),
        Stop("loss", "cross_entropy", "probs", (PROBS, "probs[target]")),
        Stop("loss", HERE, "logits[0].grad", ("grads(logits, 4)",)),
        Stop("depth", "visit", "", ("node.inputs",)),
    ),
    "02_microgpt_debug.py": (
        Stop("embedding", HERE, "x", ("numbers(tok_emb)", "numbers(x)")),
        Stop("position 0", "gpt", "x", (STREAM,)),
        Stop("position 0", "attention_head", "attn_weights", (SHARES,)),
        Stop("position 0", HERE, "probs", (LOGITS, PROBS, "probs[target]")),
        Stop("position 1", "attention_head", "attn_weights", (SHARES,)),
        Stop("position 1", HERE, "len(losses) > pos_id", ("probs[target]",)),
        Stop("position 2", "attention_head", "attn_weights", (SHARES,)),
        Stop("position 2", HERE, "len(losses) > pos_id", ("probs[target]",)),
        Stop(
            "position 3",
            "attention_head",
            "attn_weights",
            ("numbers(q)", "numbers(attn_logits)", SHARES),
        ),
        Stop("position 3", HERE, "len(losses) > pos_id", ("probs[target]",)),
        Stop("position 4", "attention_head", "attn_weights", (SHARES,)),
        Stop(
            "position 4",
            HERE,
            "len(losses) > pos_id",
            ("likely(probs, tokenizer)", "target", "probs[target]"),
        ),
        Stop("loss", HERE, "loss.grad", ("loss", GRADS_OF_A)),
        Stop("update", "update", "m", ("grad", "m", "learning_rate")),
        Stop("update", HERE, "moves", ("moves", GRADS_OF_A)),
        Stop(
            "after",
            HERE,
            "likely(probs)[0][1] > 0.5",
            ("likely(probs, tokenizer, 3)",),
        ),
    ),
    "03_overfitting_experiment.py": (
        Stop("karpathy", HERE, "text", ("number", "loss", "text")),
        Stop("karpathy", "sample", "probs", ("likely(probs, tokenizer, 3)",)),
        Stop("hello", "training_step", "loss", ("tokens", "loss")),
    ),
    "04_full_run.py": (
        Stop("untrained", "mean_loss", "", ("len(docs)", "docs[0]")),
        Stop("training", "training_step", "loss", ("loss", "learning_rate")),
    ),
    "05_linear_regression.py": (
        Stop(
            "layer", "linear", "y.any()", ("a.shape", "w.shape", "numbers(y)")
        ),
        Stop(
            "shelf", HERE, "first", ("numbers(params)", "numbers(layer.bias)")
        ),
        Stop(
            "slopes",
            HERE,
            "error.any()",
            ("grads(layer.weight)", "grads(loss)"),
        ),
        Stop(
            "descent",
            HERE,
            "number == 1",
            ("number", "numbers(value)", "numbers([price, fee])"),
        ),
        Stop(
            "formula", HERE, "formula", ("numbers(columns)", "numbers(formula)")
        ),
        Stop("too far", HERE, "len(losses) > 10", ("numbers(losses, 1)",)),
        Stop("no reset", HERE, "rises", ("numbers(losses, 1)", "rises")),
    ),
    "06_two_classes.py": (
        Stop("line", HERE, "losses", ("numbers(losses[::100])",)),
        Stop("forward", HERE, "hidden.op", ("hidden.op", "numbers(hidden[0])")),
        Stop(
            "loss", HERE, "shares.any()", ("numbers(shares)", "grads(scores)")
        ),
        Stop("training", "surprise", "", ("model.first.weight.shape",)),
        Stop(
            "training",
            HERE,
            "len(losses) > 400",
            ("numbers(losses[::100])",),
        ),
        Stop("switched off", HERE, "len(without) == 8", ("without",)),
        Stop("zeros", HERE, "losses[-1] > 0.69", ("numbers(losses[::100])",)),
    ),
}


def configurations(lab: str) -> dict[str, str]:
    """Return the names of a lab's launch configurations, by stage."""
    if not LAUNCH.is_file():
        raise FileNotFoundError(
            f"this needs a checkout of the course: {LAUNCH}"
        )
    found = json.loads(LAUNCH.read_text("utf-8"))["configurations"]
    return {
        each["env"]["STOP_AT"]: each["name"]
        for each in found
        if each["program"].endswith(f"/{lab}")
    }


def stops_table(lab: str, caption: str) -> str:
    """Return the figure of a lab's stops: how to get there, what to see."""
    header = ["start", "stop in", "step over until", "watch", "it shows"]
    return table(header, rows(lab), caption=caption)


def functions() -> list[list[str]]:
    """Return the functions that the stops are in: names and file, sorted."""
    found = {
        (stop.function, seen.function, Path(seen.file).name)
        for lab, stops in STOPS.items()
        for stop, seen in zip(stops, _seen(lab), strict=True)
        if stop.function != HERE
    }
    return [
        [bare, full.replace(".<locals>.", " › "), file]
        for bare, full, file in sorted(found)
    ]


@lru_cache
def _seen(lab: str) -> list[Seen]:
    """Follow a lab, once a chain: each starts with fresh modules."""
    return follow(lab, STOPS[lab])


def rows(lab: str) -> list[list[str]]:
    """Return the rows of a lab's table: one a watch expression."""
    return [*_rows(lab)]


def _rows(lab: str) -> Iterator[list[str]]:
    names = configurations(lab)
    stops = STOPS[lab]
    for stop, seen in zip(stops, _seen(lab), strict=True):
        number = names[stop.stage].split()[0]
        place = [number, stop.function or "the lab", stop.until or "at once"]
        for expression, value in zip(stop.watch, seen.shown, strict=True):
            yield [*place, expression, short(value)]


def short(value: str) -> str:
    """Return a value as a table shows it: the beginning of a long list."""
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
    if not isinstance(found, list) or len(found) <= MOST:
        return value
    return f"[{', '.join(map(repr, found[:3]))}, … {len(found)} in all]"
