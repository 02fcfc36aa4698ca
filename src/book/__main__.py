"""From the command line: `python -m book approve`, `check` or `record`."""

import logging
import sys
from pathlib import Path

import click

from book import record
from book.approve import approve
from book.cache import Cache
from book.check import page_problems, pages
from book.run import RunError

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


@main.command("approve")
@PAGES
def approve_pages(chosen: tuple[Path, ...]) -> None:
    """Write each fence's output beside it, as approved."""
    cache = Cache()
    failed = False
    for path in chosen or pages():
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
    cache = Cache()
    count = 0
    for path in chosen or pages():
        for problem in page_problems(path, cache):
            click.echo(f"{path}:{problem.line}: {problem.message}")
            count += 1
    click.echo(f"{count} problems")
    sys.exit(min(count, 1))


@main.command("record")
def record_run() -> None:
    """Run the reference run anew, about a minute, and keep it."""
    click.echo(record.write())


if __name__ == "__main__":
    main()
