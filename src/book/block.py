"""The HTML of code: a fence and its output as one block, package source."""

import posixpath
from html import escape

# Pygments ships no types.
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]

from book.fence import Chain, Fence, Shown
from book.source import module_path, sources


def highlighted(code: str, language: str) -> str:
    """Return code as coloured HTML: no ids, no styles, no line anchors."""
    lexer = get_lexer_by_name(language, stripnl=False)
    marked = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return (
        f'<div class="language-{language} highlight">'
        f"<pre><code>{marked}</code></pre></div>"
    )


def highlighted_lines(code: str) -> list[str]:
    """Return each line of Python code as coloured HTML that stands alone."""
    lexer = get_lexer_by_name("python", stripnl=False)
    marked = str(highlight(code, lexer, HtmlFormatter(nowrap=True)))
    return marked.rstrip("\n").split("\n")


def prints(output: str) -> str:
    """Return what a fence printed as HTML; nothing where it printed nothing."""
    if not output:
        return ""
    return (
        '<div class="prints"><span class="prints-label">prints</span>'
        f"<pre><code>{escape(output, quote=False)}</code></pre></div>"
    )


def run_block(fence: Fence, chain: Chain, output: str = "") -> str:
    """Return a fence that ran, with what Copy yields where that is more."""
    text = chain.visible(fence)
    copy = f' data-copy="{escape(text)}"' if text != fence.code else ""
    copy = copy.replace("\n", "&#10;")
    code = highlighted(fence.code, fence.info)
    return f'<div class="run"{copy}>{code}{prints(output)}</div>'


def shown_block(
    shown: Shown, page_url: str, repo_url: str = "", repo_ref: str = "main"
) -> str:
    """Return package source under a tab that says where it lies.

    The tab links to the repository if its address is known, else to the API
    reference. Raises LookupError for a module or symbol that is not there.
    """
    code = sources(shown.module, shown.symbols, shown.head)
    package, *_ = shown.module.split(".")
    folder = module_path(package).parent.parent
    file = module_path(shown.module).relative_to(folder).as_posix()
    if repo_url:
        link = f"{repo_url.rstrip('/')}/blob/{repo_ref}/src/{file}"
    else:
        start = posixpath.dirname(page_url) or "."
        link = posixpath.relpath("reference.html", start)
        link += f"#{shown.module}.{shown.symbols[0]}"
    return (
        f'<div class="shown"><div class="shown-tab"><a href="{escape(link)}">'
        f"{file}</a> <span>{escape(', '.join(shown.symbols))}</span></div>"
        f"{highlighted(code, 'python')}</div>"
    )
