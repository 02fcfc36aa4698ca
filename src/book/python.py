"""Running a chain of python fences with markdown-exec, in this process."""

import importlib
import io
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from itertools import count
from textwrap import indent

from markdown_exec import ExecutionError

from book.cache import RECORDERS
from book.execute import execute
from book.fence import Chain, Fence
from book.result import Result, RunError, whole

# On a line above the code. markdown-exec gives fences a `print` of its own,
# which ignores `file` and `sep`, and a made-up `__name__`.
PREAMBLE = "del print; __name__ = '__main__'"
BLOCK = "page"
BLOCK_FILE = f"<code block: id {BLOCK}>"  # markdown-exec's name for the code
DRAWN_WITH = (
    r"book\.(figure|kept|lab_times|record|stop|text_run|walk|_[a-z]\w*)"
)
RECORDED_WITH = rf"book\.({'|'.join(RECORDERS)})"
FRESH = re.compile(rf"(microgpt|{DRAWN_WITH}|{RECORDED_WITH})(\.|$)")
_sessions = count()


def run_python(chain: Chain, page: str) -> list[Result]:
    """Return what each fence does, in one namespace that begins empty."""
    session = f"book-{next(_sessions)}"
    with _fresh_modules():
        try:
            return [_python(f, chain, session, page) for f in chain.fences]
        finally:
            _write("globals().clear()", session)


@contextmanager
def _fresh_modules() -> Iterator[None]:
    """Import the package and the drawings anew; put the old ones back after."""
    before = {name: sys.modules[name] for name in _loaded()}
    # Not all are modules: microgpt.scalar.attention is a function there.
    attributes = {name: _attribute(name) for name in before}
    _unload()
    importlib.invalidate_caches()
    try:
        yield
    finally:
        _unload()
        sys.modules.update(before)
        for name, attribute in attributes.items():
            package, _, stem = name.rpartition(".")
            if package in sys.modules:
                setattr(sys.modules[package], stem, attribute)


def _attribute(name: str) -> object:
    """Return what the package of a module has under the module's name."""
    package, _, stem = name.rpartition(".")
    return vars(sys.modules.get(package, sys)).get(stem, sys.modules[name])


def _unload() -> None:
    """Forget the modules, also as attributes of their packages."""
    for name in _loaded():
        package, _, stem = name.rpartition(".")
        if package in sys.modules:
            vars(sys.modules[package]).pop(stem, None)
        sys.modules.pop(name, None)


def _loaded() -> list[str]:
    return [name for name in sys.modules if FRESH.match(name)]


def _python(fence: Fence, chain: Chain, session: str, page: str) -> Result:
    """Run one fence, its lines numbered as on the page."""
    code = PREAMBLE + "\n" * fence.line + fence.code
    try:
        if fence.stepper is not None:
            return _recorded(fence, code, session, page)
        if fence.caption is None:
            return Result(_write(code, session))
        _write("globals().pop('figure', None)", session)
        prints = _write(code, session)
        return Result(prints, _figure(fence, session, page))
    except ExecutionError as error:
        raise _python_error(fence, chain, error, page) from error
    except SystemExit as error:
        message = f"this fence ends Python: {error!r}"
        raise RunError(page, fence.line, message) from error


def _recorded(fence: Fence, code: str, session: str, page: str) -> Result:
    """Run one fence while its steps are recorded."""
    # Here and not above: what a result's key covers is loaded anew each time.
    from book.plan import read_plan
    from book.recording import recording
    from book.region import Text
    from book.trace import Recorder

    text = Text("\n" * fence.line + fence.code, fence.line)
    try:
        recorder = Recorder(read_plan(fence.stepper or ""), BLOCK_FILE, text)
        with recorder:
            prints = _write(code, session)
        return Result(prints, recording=recording(recorder))
    except ValueError as error:
        raise RunError(page, fence.line, str(error)) from error


def _figure(fence: Fence, session: str, page: str) -> str:
    try:
        return _write("__import__('sys').stdout.write(figure)", session)
    except ExecutionError as error:
        message = (
            "a figure fence assigns `figure`, a string of HTML:"
            f" {error.__cause__}"
        )
        raise RunError(page, fence.line, message) from error


def _write(code: str, session: str) -> str:
    """Return all that a block of code writes to standard output."""
    written, unseen = io.BytesIO(), io.StringIO()
    stdout = io.TextIOWrapper(written, "utf-8", write_through=True)
    with redirect_stdout(stdout), redirect_stderr(unseen):
        execute("python", code, session=session, id=BLOCK)
    return whole(written.getvalue().decode("utf-8"))


def _python_error(
    fence: Fence, chain: Chain, failure: ExecutionError, page: str
) -> RunError:
    """Return the failure in the page's own terms: its name, lines and text."""
    error = failure.__cause__ or failure
    story = traceback.TracebackException.from_exception(error)
    texts = _lines(chain)
    line = _retell(story, page, texts) or fence.line
    said = indent("".join(story.format()), "  ")
    return RunError(
        page,
        line,
        f"{type(error).__name__}: {str(error).replace(BLOCK_FILE, page)}\n"
        f"  the line: {texts.get(line, '').strip()}\n"
        f"  the fence begins on line {fence.line}\n{said}",
    )


def _retell(
    story: traceback.TracebackException, page: str, texts: dict[int, str]
) -> int:
    """Name the page in a traceback; return the last of its lines in there."""
    frames: list[traceback.FrameSummary] = []
    line = 0
    for frame in story.stack:
        if frame.filename == BLOCK_FILE:
            line = frame.lineno or line
            text = texts.get(line, "")
            frame = traceback.FrameSummary(page, line, frame.name, line=text)
        elif not frames:
            continue  # markdown-exec's own
        frames.append(frame)
    story.stack = traceback.StackSummary.from_list(frames)
    if getattr(story, "filename", "") == BLOCK_FILE:  # a syntax error
        line = int(story.lineno or line)
        story.filename = page
    for other in (story.__cause__, story.__context__):
        if other:
            _retell(other, page, texts)
    return line


def _lines(chain: Chain) -> dict[int, str]:
    """Return the text of each line of a chain by its number on the page."""
    return {
        number: text
        for fence in chain.fences
        for number, text in enumerate(fence.code.split("\n"), fence.line + 1)
    }
