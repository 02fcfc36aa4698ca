"""MkDocs hooks: facts for the templates, the single file, a strict policy.

What a Markdown extension can do is not here: these need the whole site.
"""

import logging
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from book.cache import Cache
from book.fact import facts
from book.lab import labs
from book.policy import secure
from book.single import single_file
from book.stepper import recordings
from book.warm import warm

UNUSED = ("assets/javascripts/", "assets/stylesheets/", "assets/images/")
LOG = logging.getLogger("mkdocs.plugins.book")
serving = False  # then MkDocs adds an inline script, which reloads the page


def on_startup(command: str, dirty: bool) -> None:
    """Take note of `mkdocs serve`."""
    global serving
    serving = command == "serve"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Date the build by its commit, count what it verifies, name addresses."""
    root = Path(config.config_file_path).parent
    epoch = commit_time(root)
    if epoch:
        os.environ["SOURCE_DATE_EPOCH"] = epoch
    options = config.mdx_configs.setdefault("book.extension", {})
    built = commit(root)
    options.setdefault("repo_url", config.repo_url or "")
    options.setdefault("repo_ref", built or "main")
    date = datetime.fromtimestamp(int(epoch), UTC).date() if epoch else ""
    docs = Path(config.docs_dir)
    config.extra["build"] = {
        **facts(sorted(docs.rglob("*.md")), labs(docs)),
        "date": str(date),
        "commit": built,
    }
    return config


def on_pre_build(config: MkDocsConfig) -> None:
    """Run what must run on all cores, before the pages ask for it."""
    options = config.mdx_configs["book.extension"]
    docs = Path(config.docs_dir)
    scripts = [(path, path.relative_to(docs).as_posix()) for path in labs(docs)]
    warm([*_pages(config), *scripts], Cache(enabled=options.get("cache", True)))


def _pages(config: MkDocsConfig) -> list[tuple[Path, str]]:
    """Return each page of the course and its name within the docs."""
    docs = Path(config.docs_dir)
    found = sorted(docs.rglob("*.md"))
    return [(path, path.relative_to(docs).as_posix()) for path in found]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the downloadable file; leave out what only the theme's pages use."""
    for file in list(files):
        if file.src_uri.startswith(UNUSED):
            files.remove(file)
    name = "microgpt_single.py"
    files.append(File.generated(config, name, content=single_file()))
    options = config.mdx_configs["book.extension"]
    cache = Cache(enabled=options.get("cache", True))
    for name, text in recordings(_pages(config), cache):
        if files.get_file_from_path(name):
            LOG.warning("two steppers have one name: %s", name)
        else:
            files.append(File.generated(config, name, content=text))
    return files


def on_post_build(config: MkDocsConfig) -> None:
    """Give every page its policy; invent no address; tidy the cache."""
    site = Path(config.site_dir)
    for path in [] if serving else sorted(site.rglob("*.html")):
        html, said = secure(path.read_text("utf-8"))
        path.write_text(html, "utf-8", newline="")
        for line in said:
            LOG.info("%s: %s", path.relative_to(site), line)
    if not config.site_url:
        for name in ("sitemap.xml", "sitemap.xml.gz"):
            (site / name).unlink(missing_ok=True)
    Cache().prune()


def commit_time(root: Path) -> str:
    """Return the time of the commit in seconds, or "" where none is known."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.strip("0"):
        return given
    return _last_commit(root, "%ct")


def commit(root: Path) -> str:
    """Return the hash of the commit, or "" where none is known."""
    return _last_commit(root, "%H")


def _last_commit(root: Path, form: str) -> str:
    command = ["git", "-C", str(root), "log", "-1", f"--format={form}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip()
