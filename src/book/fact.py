"""Facts of a build for the templates: counted from the pages, never typed."""

import platform
from collections.abc import Iterable
from pathlib import Path

from book.lab import read_lab
from book.reader import read_page


def facts(
    paths: Iterable[Path], labs: Iterable[Path] = ()
) -> dict[str, str | int]:
    """Return the Python version and how much the pages run and show.

    fences: run by the build and tested. outputs: approved ones. figures,
    cards, replays: drawn, judged and recorded from a run. shown: pieces of
    package source.
    cells: of the labs, all run by the build.
    """
    pages = [read_page(path) for path in paths]
    runs = [fence for page in pages for fence in page.fences if fence.runs]
    return {
        "python": platform.python_version(),
        "fences": len(runs),
        "outputs": sum(fence.approved is not None for fence in runs),
        "figures": sum(fence.caption is not None for fence in runs),
        "cards": sum(fence.card is not None for fence in runs),
        "replays": sum(fence.stepper is not None for fence in runs),
        "shown": sum(len(page.shown) for page in pages),
        "cells": sum(len(read_lab(path).fences) for path in labs),
    }
