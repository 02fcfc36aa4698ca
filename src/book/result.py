"""What a chain's run comes to: a result for each fence, or one failure."""

from dataclasses import dataclass


@dataclass
class Result:
    """What a fence printed, the figure it drew, the recording of its run."""

    prints: str = ""
    figure: str = ""
    recording: str = ""


class RunError(Exception):
    """A fence failed: on which line of the page, and how."""

    def __init__(self, page: str, line: int, message: str) -> None:
        super().__init__(f"{page}:{line}: {message}")
        self.line = line
        self.message = message


def whole(text: str) -> str:
    """Return a text that ends its last line, as every text fence does."""
    return text if text.endswith("\n") or not text else text + "\n"
