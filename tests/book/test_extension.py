"""The Markdown extension: what the HTML of a page is."""

import re
from html import unescape
from types import SimpleNamespace
from xml.etree import ElementTree

PRINTS = """\
```python
a = 1
```

<!--pytest-codeblocks:cont-->

```python
print("<b>", a)
```

<!--pytest-codeblocks:expected-output-->

```text
<b> 1
```
"""
FIGURE = """\
<!--book:figure A *small*
picture-->
<!--pytest-codeblocks:cont-->

```python
figure = "<svg></svg>"
```
"""


def test_source_and_output_are_one_block(project):
    blocks = project.render(PRINTS).split('<div class="run"')[1:]
    assert '<div class="prints">' not in blocks[0]
    assert (
        '<div class="prints"><span class="prints-label">prints</span>'
        "<pre><code>&lt;b&gt; 1\n</code></pre></div></div>" in blocks[1]
    )


def test_copy_of_a_continued_fence_holds_its_chain(project):
    first, second = project.render(PRINTS).split('<div class="run"')[1:]
    assert first.startswith(">")
    (copy,) = re.findall(r'^ data-copy="([^"]*)">', second)
    assert unescape(copy) == 'a = 1\n\nprint("<b>", a)\n'


def test_a_figure_shows_its_drawing_caption_and_code(project):
    html = project.render(PRINTS + "\n" + FIGURE)
    (figure,) = re.findall(r"<figure.*</figure>", html, re.DOTALL)
    assert figure.startswith('<figure class="drawn"><svg></svg>\n<figcaption>')
    assert "<p>A <em>small</em>\npicture</p>" in figure
    assert '<details class="figure-code">\n<summary>Code of this' in figure
    assert '<div class="run" data-copy="a = 1' in figure


def test_a_hidden_fence_runs_and_leaves_nothing(project, runs):
    html = project.render("one\n\n<!--\n```python\nassert 1\n```\n-->\n\ntwo")
    assert html == "<p>one</p>\n<p>two</p>"
    assert len(runs) == 1


def test_markers_leave_nothing(project):
    html = project.render(PRINTS + FIGURE)
    assert "<!--" not in html and "pytest" not in html


def test_a_fence_that_prints_nothing_has_no_output_block(project):
    assert "prints" not in project.render("```python\nx = 1\n```")


def test_an_indented_fence_stays_in_its_admonition(project):
    html = project.render(
        "!!! note\n    Words.\n\n    ```sh\n    true\n    ```\n\nAfter.\n"
    )
    root = ElementTree.fromstring(f"<x>{html}</x>")
    assert root[0].find("div[@class='run']") is not None
    assert root[1].text == "After."


def test_a_fence_in_a_list_stays_in_its_item(project):
    html = project.render(
        "1. One.\n\n    ```sh\n    true\n    ```\n\n2. Two.\n"
    )
    root = ElementTree.fromstring(html)
    assert [item.tag for item in root] == ["li", "li"]
    assert root[0].find("div[@class='run']") is not None


def test_package_source_is_shown_by_symbol_with_a_link(project):
    html = project.render("::: microgpt.scalar.value:Value.__neg__")
    assert 'href="reference.html#microgpt.scalar.value.Value.__neg__"' in html
    assert "microgpt/scalar/value.py</a> <span>Value.__neg__</span>" in html
    assert '<span class="fm">__neg__</span>' in html


def test_package_source_links_to_the_repository_where_there_is_one(project):
    html = project.render(
        "::: microgpt.config:Config", repo_url="https://example.org/r/"
    )
    link = "https://example.org/r/blob/main/src/microgpt/config.py"
    assert f'href="{link}"' in html


def test_package_source_links_to_the_commit_that_is_named(project):
    html = project.render(
        "::: microgpt.config:Config",
        repo_url="https://example.org/r",
        repo_ref="1dfe614",
    )
    assert "/r/blob/1dfe614/src/microgpt/config.py" in html


def test_a_renamed_symbol_is_a_warning_that_names_the_line(project, caplog):
    project.render("\n::: microgpt.scalar.value:Valu.log")
    assert "page:2: microgpt.scalar.value has no symbol Valu.log" in caplog.text


def test_shown_code_is_coloured_and_never_run(project, runs):
    html = project.render(
        "<!--book:shown it never ends-->\n```py\nwhile True:\n    x()\n```"
    )
    assert '<span class="k">while</span>' in html
    assert 'class="run"' not in html and runs == []


def test_a_skipped_fence_is_shown_and_not_run(project, runs):
    html = project.render(
        '<!--pytest.mark.skip(reason="slow")-->\n```sh\nsleep 99\n```'
    )
    assert "sleep" in html and 'class="run"' not in html and runs == []


def test_a_command_names_the_repository_if_that_is_known(project, monkeypatch):
    monkeypatch.delenv("REPO_URL", raising=False)
    skip = '<!--pytest.mark.skip(reason="it fetches")-->'
    text = f"{skip}\n```sh\ngit clone $REPO_URL here\n```"
    known = project.render(text, repo_url="https://example.org/course")
    assert ">https://example.org/course<" in known
    assert "REPO_URL" in project.render(text)


def test_a_block_has_no_ids_styles_or_line_anchors(project):
    html = project.render(PRINTS + FIGURE + "\n::: microgpt.config:Config\n")
    assert not re.search(r'<[^>]* (id|style|onclick|name)="', html)


def test_table_cells_are_aligned_by_class(project):
    html = project.render("| a |\n|--:|\n| 1 |\n")
    assert '<td class="align-right">1</td>' in html
    assert "style" not in html


def test_without_running_the_code_is_the_same(project, runs):
    html = project.render(PRINTS, run=False)
    assert (
        project.render(PRINTS).split("<div class=")[:3]
        == (html.split("<div class=")[:3])
    )
    assert len(runs) == 1


def test_a_docstring_is_no_page_and_runs_nothing(project, runs):
    from markdown import Markdown
    from markdown.treeprocessors import Treeprocessor

    md = Markdown(extensions=["book.extension"])
    md.treeprocessors.register(Treeprocessor(md), "mkdocstrings_headings", 12)
    md.convert("```python\nx = 1\n```")
    assert runs == []


def test_zensical_tells_the_page_through_its_context(project, caplog):
    from markdown import Markdown
    from markdown.preprocessors import Preprocessor

    text = "::: microgpt.data:lode\n\n::: microgpt.data:load_docs"
    path = project.page(f"---\ntitle: T\n---\n{text}")
    md = Markdown(extensions=["book.extension"])
    context = Preprocessor(md)
    context.run = lambda lines: lines
    context.page = SimpleNamespace(path=path.name, url="a/b.html")
    context.config = {"docs_dir": "docs"}
    md.preprocessors.register(context, "rendering_context", 99)
    assert 'href="../reference.html#microgpt.data.load' in md.convert(text)
    assert "index.md:4: microgpt.data has no symbol lode" in caplog.text
