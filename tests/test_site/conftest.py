"""The built site, served under a sub-path, and a real browser to look at it."""

import fcntl
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
PREFIX = "/course/"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site: SITE_DIR if that is set, else built once for all workers."""
    if given := os.environ.get("SITE_DIR"):
        return Path(given)
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    target = shared / "site"
    with open(shared / "site.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "index.html").exists():
            build(target)
    return target


def build(target: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(
        [*command, "--site-dir", str(target)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
        said = f"the site does not build:\n{done.stderr[-3000:]}"
        pytest.fail(said, pytrace=False)


@pytest.fixture(scope="session")
def pages(site: Path) -> list[str]:
    """Every page's path in the site, but 404.html: it links from the root."""
    found = sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))
    return [path for path in found if path != "404.html"]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site under PREFIX, and nothing anywhere else."""

    def send_head(self):
        if not self.path.startswith(PREFIX):
            self.send_error(404)
            return None
        return super().send_head()

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(PREFIX.rstrip("/")))

    def end_headers(self) -> None:
        self.send_header(
            "Cache-Control", "no-store"
        )  # each page weighs in full
        super().end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    def handler(*args):
        return Handler(*args, directory=str(site))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ["chromium", "chromium-browser", "google-chrome"]
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        reason = f"no browser: none of {', '.join(names)} is installed"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(
        base_url=address,
        viewport={"width": 1280, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def with_mark(site: Path) -> Callable[[str], str]:
    """Finds the first page whose HTML contains a piece of a tag."""

    def find(mark: str) -> str:
        for path in sorted(site.rglob("*.html")):
            if mark in path.read_text(encoding="utf-8"):
                return str(path.relative_to(site))
        raise AssertionError(f"no page of the site has {mark!r}")

    return find
