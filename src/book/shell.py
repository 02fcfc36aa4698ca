"""Running a chain of shell fences with markdown-exec, as one script."""

import shlex
import tempfile
from pathlib import Path
from textwrap import indent

from markdown_exec import ExecutionError

from book.execute import execute
from book.fence import Chain
from book.result import Result, RunError, whole


def run_shell(chain: Chain, page: str) -> list[Result]:
    """Run a chain as one script that stops at its first failing command."""
    with tempfile.NamedTemporaryFile(prefix="stderr-") as errors:
        opening = f"set -e; exec 2>{shlex.quote(errors.name)} </dev/null"
        between = "\nprintf '\\000'\n"
        codes = [fence.code for fence in chain.fences]
        code = f"{opening}\n{between.join(codes)}"
        try:
            written = execute(chain.info, code)
        except ExecutionError as error:
            said = Path(errors.name).read_text("utf-8", "replace")
            raise _shell_error(chain, error, said, page) from error
    return [Result(whole(part)) for part in str(written).split("\0")]


def _shell_error(
    chain: Chain, error: ExecutionError, said: str, page: str
) -> RunError:
    """Return the failure with the exit code and the standard error."""
    printed = "\n".join(str(error).split("\n")[1:-1])
    fence = chain.fences[printed.count("\0")]
    return RunError(
        page,
        fence.line,
        f"exit code {error.returncode}\n"
        f"{indent(fence.code, '  ')}"
        f"standard error:\n{indent(said.rstrip(), '  ')}\n"
        f"standard output:\n{indent(printed.rstrip(), '  ')}",
    )
