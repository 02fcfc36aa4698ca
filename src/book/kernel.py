"""Running a lab with mkdocs-jupyter: its cells in one kernel, in order."""

import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

from bs4 import BeautifulSoup, Tag

# mkdocs-jupyter ships no types.
from mkdocs_jupyter.convert import nb2html  # type: ignore[import-untyped]
from nbclient.exceptions import CellExecutionError

from book.cache import package_folder
from book.fence import Chain, Fence
from book.result import Result, RunError, whole

COLOUR = re.compile(r"\x1b\[[\d;]*m")
FRAME = re.compile(r"Cell In\[(?P<cell>\d+)\], line (?P<line>\d+)")
RULE = re.compile(r"^-{18}$", re.MULTILINE)  # below a cell that failed
KERNEL = "lab"
KEPT = ("PYTHONPATH", "PYTHONIOENCODING", "PYTHONHOME")
# It would name a file that is there for a moment only.
logging.getLogger("mkdocs.mkdocs-jupyter").setLevel(logging.WARNING)


def run_lab(lab: Chain, page: str) -> list[Result]:
    """Return what each cell of a lab prints. Raises RunError."""
    with tempfile.TemporaryDirectory() as folder:
        _settle(Path(folder))
        script = Path(folder, "lab.py")
        cells = [f"# %%\n{fence.code}\n" for fence in lab.fences]
        script.write_text("".join(cells), "utf-8")
        try:
            html = nb2html(
                str(script),
                execute=True,
                allow_errors=False,
                kernel_name=KERNEL,
            )
        except CellExecutionError as error:
            raise _cell_error(lab, error, page) from error
        except RuntimeError as error:  # the kernel did not start, or ended
            raise RunError(page, lab.line, str(error)) from error
    return list(_results(html, lab, page))


def _settle(folder: Path) -> None:
    """Give the kernel this Python, this package, and no one's settings.

    The caller puts the environment back as it was.
    """
    os.environ.pop("STOP_AT", None)  # a build stops nowhere
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        if name not in KEPT:  # such as what would skip every assert
            del os.environ[name]
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_PATH", "JUPYTER_RUNTIME_DIR"):
        os.environ[name] = str(folder)
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    if package := package_folder("microgpt"):
        path = [str(package.parent), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    command = [sys.executable, "-m", "ipykernel_launcher"]
    spec = {"argv": [*command, "-f", "{connection_file}"], "language": "python"}
    _write(folder / "kernels" / KERNEL / "kernel.json", spec)
    # Files as sockets, where there are such: no port is opened, none is taken.
    sockets = {"transport": "ipc", "ip": str(folder / "socket")}
    settings = {} if os.name == "nt" else {"KernelManager": sockets}
    _write(folder / "jupyter_nbconvert_config.json", settings)


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")


def _results(html: str, lab: Chain, page: str) -> Iterator[Result]:
    """Yield what each cell printed, out of the HTML of the notebook."""
    soup = BeautifulSoup(html, "html.parser")
    cells = soup.select('.jp-CodeCell[id^="cell-id="]')
    if len(cells) != len(lab.fences):
        message = f"{len(cells)} cells came back, not {len(lab.fences)}"
        raise RunError(page, lab.line, message)
    for cell, fence in zip(cells, lab.fences):
        outputs = cell.select(".jp-OutputArea-output")
        texts = [_printed(output, fence, page) for output in outputs]
        yield Result(whole("".join(texts)))


def _printed(output: Tag, fence: Fence, page: str) -> str:
    """Return what a cell printed; refuse what a terminal would not show."""
    kind = str(output.get("data-mime-type"))
    text = output.pre.get_text() if output.pre else ""
    result = output.select_one(".jp-OutputArea-executeResult") or (
        "jp-OutputArea-executeResult" in output.get_attribute_list("class")
    )
    if kind != "text/plain" or result:
        message = f"a lab's cell prints; this one also gave {kind}: {text!r}"
        raise RunError(page, fence.line + 1, message)
    return text


def _cell_error(lab: Chain, error: CellExecutionError, page: str) -> RunError:
    """Return the failure in the lab's own terms: its name, lines and text."""
    story = RULE.split(COLOUR.sub("", error.traceback))[-1].strip()
    fence, line = lab.fences[0], lab.line
    for frame in FRAME.finditer(story):
        fence = lab.fences[int(frame["cell"]) - 1]
        line = fence.line + int(frame["line"])
    text = fence.code.split("\n")[line - fence.line - 1].strip()
    return RunError(
        page,
        line,
        f"{error.ename}: {error.evalue}\n"
        f"  the line: {text}\n"
        f"  the cell begins on line {fence.line}\n{indent(story, '  ')}",
    )
