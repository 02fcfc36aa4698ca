"""From the command line: `python -m book` its commands, see --help."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from book import lab_times, prose, record, text_run
from book.approve import approve
from book.cache import Cache
from book.check import page_problems, pages
from book.pack import pack
from book.run import RunError
from book.warm import warm

PAGES = click.argument(
    "chosen",
    nargs=-1,
    metavar="[PAGES]...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)


@click.group()
def main() -> None:
    """Run the fences of pages; without PAGES, of all of them."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")


def _warmed(chosen: Sequence[Path], cache: Cache) -> Sequence[Path]:
    """Return the chosen pages, or all, after running what must run."""
    paths = chosen or pages()
    warm([(path, str(path)) for path in paths], cache)
    return paths


@main.command("approve")
@PAGES
def approve_pages(chosen: tuple[Path, ...]) -> None:
    """Write each fence's output beside it, as approved."""
    cache, failed = Cache(), False
    for path in _warmed(chosen, cache):
        try:
            for line in approve(path, cache):
                click.echo(line)
        except RunError as error:
            failed = True
            click.echo(str(error), err=True)
    sys.exit(failed)


@main.command("check")
@PAGES
def check_pages(chosen: tuple[Path, ...]) -> None:
    """Say what is wrong with pages; exit 1 if anything is."""
    cache, count = Cache(), 0
    for path in _warmed(chosen, cache):
        for problem in page_problems(path, cache):
            click.echo(f"{path}:{problem.line}: {problem.message}")
            count += 1
    click.echo(f"{count} problems")
    sys.exit(min(count, 1))


@main.command("record")
def record_run() -> None:
    """Run the reference run anew, about a minute, and keep it."""
    click.echo(record.write())


@main.command("record-text")
def record_text() -> None:
    """Run the text run anew, a few minutes, and keep it."""
    click.echo(text_run.write())


@main.command("prose")
def keep_prose() -> None:
    """Take the prose out of the chapters of Part I anew, and keep it."""
    click.echo(prose.write())


@main.command("time")
def time_labs() -> None:
    """Time every stage of the labs anew, a minute or two, and keep it."""
    click.echo(lab_times.write())


@main.command("zip")
@click.argument("site", type=click.Path(exists=True, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def zip_site(site: Path, target: Path) -> None:
    """Pack the built SITE into TARGET, to be read from a folder."""
    click.echo(f"{target}: {pack(site, target)} files")


if __name__ == "__main__":
    main()
