"""markdown-exec, called for what it runs; what fails is raised, not logged."""

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, cast

from markdown_exec import ExecutionError, formatters, patch_loggers

FORMATTERS = cast(Mapping[str, Callable[..., str]], formatters)


class _Raiser(logging.LoggerAdapter[logging.Logger]):
    """A logger for markdown-exec that lets errors through to us."""

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, ExecutionError):
            raise error
        super().warning(msg, *args, **kwargs)


patch_loggers(lambda name: _Raiser(logging.getLogger(name), {}))


def execute(language: str, code: str, **options: str) -> str:
    """Return what markdown-exec says that the code printed.

    Raises markdown_exec.ExecutionError.
    """
    return str(FORMATTERS[language](code=code, md=None, html=True, **options))
