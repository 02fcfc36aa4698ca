"""The site as one zip, for reading from a folder without a server."""

import time
import zipfile
from pathlib import Path

from book.finish import commit_time


def pack(site: Path, target: Path) -> int:
    """Write every file of `site` into `target`; return how many.

    The same site gives the same bytes: files in order, dated by the commit.
    `target` may lie in `site`; it does not pack itself.
    """
    when = time.gmtime(int(commit_time(Path.cwd()) or 315532800))[:6]
    files = sorted(path for path in site.rglob("*") if path.is_file())
    files = [path for path in files if path != target]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            name = (Path(target.stem) / path.relative_to(site)).as_posix()
            entry = zipfile.ZipInfo(name, when)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return len(files)
