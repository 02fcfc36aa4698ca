"""The notebook of a lab, to be downloaded: its cells, without their outputs.

Who opens it wants to run it, and what stands below a cell is then their own:
an empty cell says that it has not run yet. The page shows what came out here.
"""

import posixpath
import re
from textwrap import indent
from urllib.parse import urljoin

import jupytext  # type: ignore[import-untyped]  # it ships no types

from book.lab import Lab

LINK = re.compile(
    r"\[(?P<text>[^]]*)\]"
    r"\((?P<page>[^)\s#:]+)\.(?:md|py)(?P<anchor>#[^)\s]*)?\)"
)
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(
    lab: Lab, repo_url: str = "", commit: str = "", site_url: str = ""
) -> str:
    """Return the text of a lab's .ipynb file.

    It opens with how to install the package: from the repository, at the
    commit that was built, or from a checkout where no repository is known.
    """
    opening = indent(_install(repo_url, commit), "# ", lambda line: True)
    script = f"# %% [markdown]\n{opening}\n\n{lab.script}"
    book = jupytext.reads(script, "py:percent")
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"
        if cell.cell_type == "markdown":
            cell.source = _linked(cell.source, lab.name, site_url)
    book.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return str(jupytext.writes(book, "ipynb"))


def _install(repo_url: str, commit: str) -> str:
    """Return how to get the package that the cells import."""
    if repo_url:
        need, source = "This needs git.", f"git+{repo_url.rstrip('/')}"
        source += f"@{commit}" if commit else ""
    else:
        need, source = "FOLDER is that of the course's source.", "FOLDER"
    return (
        "The cells below import the package of the course. Before the first"
        f" run, put this line into a new cell, and run it. {need}\n\n"
        f"    %pip install {source}"
    )


def _linked(text: str, name: str, site_url: str) -> str:
    """Return Markdown whose links lead to the site, or are their words."""

    def link(match: re.Match[str]) -> str:
        if not site_url:
            return match["text"]
        here = posixpath.dirname(name)
        path = posixpath.normpath(posixpath.join(here, match["page"]))
        address = urljoin(site_url, f"{path}.html") + (match["anchor"] or "")
        return f"[{match['text']}]({address})"

    return LINK.sub(link, text)
