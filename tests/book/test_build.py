"""A strict build of a site fails on each planted defect, and only on those."""

import pytest

OUTPUT = "<!--pytest-codeblocks:expected-output-->\n```text\n1\n```\n"
GOOD = f"# T\n\n```python\nprint(1)\n```\n\n{OUTPUT}"


def test_a_sound_page_builds(built, html):
    assert built(GOOD) == ""
    assert '<div class="prints">' in html()


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (GOOD.replace("(1)", "(2)"), "3: output differs from the approved"),
        (GOOD.replace("(1)", "(1 / 0)"), "4: ZeroDivisionError"),
        (GOOD.replace(OUTPUT, ""), "3: this fence prints and has no"),
        (GOOD.replace("thon\n", "thon x=1\n"), "3: both runners would skip"),
        ("::: microgpt.data:lode", "1: microgpt.data has no symbol lode"),
        ("```sh\nfalse\n```", "1: exit code 1"),
        ("<!--\n```python\nassert 0\n```\n-->", "3: AssertionError"),
        (f"---\ntitle: T\n---\n{GOOD}x".replace("(1)", "(0)"), "6: output"),
    ],
)
def test_a_strict_build_fails(built, text, warning):
    assert f"index.md:{warning}" in built(text)


def test_a_page_in_a_folder_links_to_the_reference_above(project, built, html):
    (project.root / "docs" / "a").mkdir()
    project.page("::: microgpt.data:load_docs", "a/b.md")
    assert built("# T") == ""
    link = "../../reference.html#microgpt.data.load_docs"
    assert f'href="{link}"' in html("a/b/index.html")


def test_a_link_in_a_caption_is_resolved(project, built, html):
    project.page("# O", "other.md")
    figure = "```python\nfigure = '<svg/>'\n```\n"
    assert built(f"<!--book:figure A [l](other.md)-->\n{figure}") == ""
    assert '<a href="other/">l</a></p>' in html()


def test_an_edit_of_the_package_shows_in_the_next_build(package, built, html):
    text = "```python\nfrom microgpt.engine import ANSWER\nprint(ANSWER)\n```"
    built(text)
    assert "<code>42\n</code>" in html()
    package.write_text("ANSWER = 43\n")
    built(text)
    assert "<code>43\n</code>" in html()


def test_a_long_run_is_said_with_its_time(built, caplog, monkeypatch):
    caplog.set_level("INFO")
    monkeypatch.setattr("book.recall.SLOW", 0.0)
    built(GOOD)
    assert "index.md:3 ran for 0.0 s" in caplog.text
