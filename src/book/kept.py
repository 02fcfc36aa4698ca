"""What was recorded once, beside the hash of the source that made it."""

import json
from importlib import resources
from pathlib import Path
from typing import Any


def read(name: str, sha256: str, what: str, command: str) -> dict[str, Any]:
    """Return the record in the file `name`, made by the source of that hash.

    Raises ValueError, which names the command that makes it anew, if the
    source has changed since.
    """
    record: dict[str, Any] = json.loads(path(name).read_text(encoding="utf-8"))
    if record["source_sha256"] != sha256:
        raise ValueError(
            f"the engine has changed since the {what} run was recorded:"
            f" run `python -m book {command}`"
        )
    return record


def path(name: str) -> Path:
    """Return where a record lies: in the package, or the checkout."""
    packaged = Path(str(resources.files("book"))) / name
    checkout = Path(__file__).parents[2] / "data" / name
    return packaged if packaged.is_file() else checkout
