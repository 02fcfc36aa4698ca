"""Running chains with markdown-exec: what fences print, or how they fail."""

import importlib.util
import io
import logging
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from textwrap import indent
from typing import Any, cast

from markdown_exec import ExecutionError, formatters, patch_loggers

from book.cache import watched
from book.fence import Chain, Fence

# On a line above the code. markdown-exec gives fences a `print` of its own,
# which ignores `file` and `sep`, and a made-up `__name__`.
PREAMBLE = "del print; __name__ = '__main__'"
ENVIRONMENT = {
    "COLUMNS": "80",
    "LC_ALL": "C.UTF-8",
    "NO_COLOR": "1",
    "PYTHONIOENCODING": "utf-8",
    "TERM": "dumb",
}
FORMATTERS = cast(Mapping[str, Callable[..., str]], formatters)
BLOCK = "page"
BLOCK_FILE = f"<code block: id {BLOCK}>"  # markdown-exec's name for the code
FRESH = re.compile(r"(microgpt|book\.(figure|record|_[a-z]\w*))(\.|$)")
_sessions = count()


@dataclass
class Result:
    """What a fence printed, and the figure that it drew."""

    prints: str = ""
    figure: str = ""


class RunError(Exception):
    """A fence failed: `line` of the page, and the whole story."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Raiser(logging.LoggerAdapter[logging.Logger]):
    """A logger for markdown-exec that lets errors through to us."""

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, ExecutionError):
            raise error
        super().warning(msg, *args, **kwargs)


patch_loggers(lambda name: _Raiser(logging.getLogger(name), {}))


def run(chain: Chain, page: str = "page") -> list[Result]:
    """Return what each fence of a chain does, run in order from its start.

    Nothing carries over from other chains: the namespace, the working folder
    and the package's modules are fresh. Raises RunError.
    """
    runner = _run_python if chain.info == "python" else _run_shell
    with tempfile.TemporaryDirectory() as folder, _environment(folder):
        return runner(chain, page)


@contextmanager
def _environment(folder: str) -> Iterator[None]:
    """Lend the run a working folder and this Python's commands."""
    before, here = dict(os.environ), Path.cwd()
    scripts = Path(sys.executable).parent
    os.environ.update(ENVIRONMENT)
    os.environ["PATH"] = f"{scripts}{os.pathsep}{before.get('PATH', '')}"
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _fresh_modules() -> Iterator[None]:
    """Import the package and the drawings anew; put the old ones back after."""
    _drop_doubtful_bytecode()
    before = {name: sys.modules[name] for name in _loaded()}
    for name in before:
        del sys.modules[name]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for name in _loaded():
            del sys.modules[name]
        sys.modules.update(before)


def _loaded() -> list[str]:
    return [name for name in sys.modules if FRESH.match(name)]


def _drop_doubtful_bytecode() -> None:
    """Remove bytecode so young that an edit in its second could hide."""
    for source in watched():
        bytecode = Path(importlib.util.cache_from_source(str(source)))
        try:
            if bytecode.stat().st_mtime < source.stat().st_mtime + 2:
                bytecode.unlink()
        except OSError:
            pass  # there is none, or another process was faster


def _run_python(chain: Chain, page: str) -> list[Result]:
    session = f"book-{next(_sessions)}"
    with _fresh_modules():
        try:
            return [_python(f, chain, session, page) for f in chain.fences]
        finally:
            _block("globals().clear()", session)


def _python(fence: Fence, chain: Chain, session: str, page: str) -> Result:
    """Run one fence, its lines numbered as on the page."""
    code = PREAMBLE + "\n" * fence.line + fence.code
    try:
        if fence.caption is None:
            return Result(_block(code, session))
        _block("globals().pop('figure', None)", session)
        prints = _block(code, session)
        return Result(prints, _figure(fence, session, page))
    except ExecutionError as error:
        raise _python_error(fence, chain, error, page) from error
    except SystemExit as error:
        message = f"{page}:{fence.line}: this fence ends Python: {error!r}"
        raise RunError(fence.line, message) from error


def _figure(fence: Fence, session: str, page: str) -> str:
    try:
        return _block("__import__('sys').stdout.write(figure)", session)
    except ExecutionError as error:
        message = (
            f"{page}:{fence.line}: a figure fence assigns `figure`, a string"
            f" of HTML: {error.__cause__}"
        )
        raise RunError(fence.line, message) from error


def _block(code: str, session: str) -> str:
    """Return all that a block of code writes to standard output."""
    written, unseen = io.BytesIO(), io.StringIO()
    stdout = io.TextIOWrapper(written, "utf-8", write_through=True)
    with redirect_stdout(stdout), redirect_stderr(unseen):
        FORMATTERS["python"](
            code=code, md=None, html=True, session=session, id=BLOCK
        )
    return _whole(written.getvalue().decode("utf-8"))


def _python_error(
    fence: Fence, chain: Chain, failure: ExecutionError, page: str
) -> RunError:
    """Return the failure in the page's own terms: its name, lines and text."""
    error = failure.__cause__ or failure
    story = traceback.TracebackException.from_exception(error)
    texts = _lines(chain)
    frames: list[traceback.FrameSummary] = []
    line = fence.line
    for frame in story.stack:
        if frame.filename == BLOCK_FILE:
            line = frame.lineno or line
            frame = traceback.FrameSummary(
                page, line, frame.name, line=texts.get(line, "")
            )
        elif not frames:
            continue  # markdown-exec's own
        frames.append(frame)
    if isinstance(error, SyntaxError) and story.filename == BLOCK_FILE:
        line = error.lineno or line
        story.filename = page
    story.stack = traceback.StackSummary.from_list(frames)
    said = "".join(story.format())
    source = texts.get(line, "").strip()
    return RunError(
        line,
        f"{page}:{line}: {type(error).__name__}: {error}\n"
        f"  the line: {source}\n"
        f"  the fence begins on line {fence.line}\n{indent(said, '  ')}",
    )


def _lines(chain: Chain) -> dict[int, str]:
    """Return the text of each line of a chain by its number on the page."""
    return {
        number: text
        for fence in chain.fences
        for number, text in enumerate(fence.code.split("\n"), fence.line + 1)
    }


def _run_shell(chain: Chain, page: str) -> list[Result]:
    """Run a chain as one script that stops at its first failing command."""
    with tempfile.NamedTemporaryFile(prefix="stderr-") as errors:
        opening = f"set -e; exec 2>{errors.name} </dev/null"
        between = "\nprintf '\\000'\n"
        codes = [fence.code for fence in chain.fences]
        code = f"{opening}\n{between.join(codes)}"
        try:
            written = FORMATTERS[chain.info](code=code, md=None, html=True)
        except ExecutionError as error:
            said = Path(errors.name).read_text("utf-8", "replace")
            raise _shell_error(chain, error, said, page) from error
    return [Result(_whole(part)) for part in str(written).split("\0")]


def _shell_error(
    chain: Chain, error: ExecutionError, said: str, page: str
) -> RunError:
    """Return the failure with the exit code and the standard error."""
    printed = "\n".join(str(error).split("\n")[1:-1])
    fence = chain.fences[printed.count("\0")]
    return RunError(
        fence.line,
        f"{page}:{fence.line}: exit code {error.returncode}\n"
        f"{indent(fence.code, '  ')}"
        f"standard error:\n{indent(said.rstrip(), '  ')}\n"
        f"standard output:\n{indent(printed.rstrip(), '  ')}",
    )


def _whole(text: str) -> str:
    """Return a text that ends its last line, as every text fence does."""
    return text if text.endswith("\n") or not text else text + "\n"
