import hashlib
import re
import urllib.error
from itertools import pairwise
from pathlib import Path

import pytest

from microgpt import load_docs, load_names, load_text
from microgpt.data import cache_dir, parse_docs

ROOT = Path(__file__).parents[1]


def readme_rows():
    """The rows of data/README.md's table: tradition, count, first, last."""
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (\d+) \| (\w+) \| (\w+) \|$", text, re.M)
    return [(name, int(count), a, z) for name, count, a, z in rows]


def test_the_bundled_names_are_4000_distinct_words_of_2_to_15_letters():
    names = load_names()
    assert len(names) == len(set(names)) >= 4000
    assert all(re.fullmatch("[a-z]{2,15}", name) for name in names)


def test_every_letter_occurs_in_the_bundled_names():
    assert set("".join(load_names())) == set("abcdefghijklmnopqrstuvwxyz")


def test_the_readme_counts_each_tradition_and_names_its_first_and_last():
    names, at = load_names(), 0
    for _, count, first, last in readme_rows():
        assert (names[at], names[at + count - 1]) == (first, last)
        at += count
    assert at == len(names)
    assert len(readme_rows()) >= 40


def test_the_readme_states_how_many_names_and_traditions_there_are():
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    names, rows = len(load_names()), len(readme_rows())
    assert f"\n{names:,} real given names from {rows} traditions," in readme


def test_the_names_of_a_tradition_stand_in_alphabetical_order():
    names, at = load_names(), 0
    for _, count, _, _ in readme_rows():
        assert all(a < b for a, b in pairwise(names[at : at + count]))
        at += count


def test_the_readme_holds_the_checksum_of_the_names():
    raw = (ROOT / "data" / "names.txt").read_bytes()
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(raw).hexdigest() in readme


def test_the_readme_states_source_and_licence():
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert "CC0" in readme
    assert "CC BY 4.0" in readme
    assert "## Source" in readme


def test_the_readme_holds_size_and_checksum_of_the_course_text():
    raw = (ROOT / "data" / "course.txt").read_bytes()
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert f"{len(raw):,} bytes" in readme
    assert hashlib.sha256(raw).hexdigest() in readme


def test_the_course_text_is_paragraphs_of_a_line_each():
    paragraphs = load_text().removesuffix("\n").split("\n\n")
    assert len(paragraphs) > 500
    assert not any("\n" in p or p != p.strip() for p in paragraphs)
    assert all(len(p.split()) > 3 for p in paragraphs)


def test_the_course_text_holds_no_code_block_and_no_html():
    text = load_text()
    assert "```" not in text and "<!--" not in text
    assert not re.search(r"</|<(div|span|figure|details|p|a)\b", text)
    assert not re.search(r"^( *\||#|:::|\$\$)", text, re.M)


def test_the_course_text_is_what_the_file_holds():
    raw = (ROOT / "data" / "course.txt").read_bytes()
    assert load_text() == raw.decode("utf-8")


def test_a_running_text_keeps_its_lines_and_loses_marks_of_windows(tmp_path):
    file = tmp_path / "text.txt"
    file.write_bytes(b"\xef\xbb\xbf  one \r\n\r\ntwo\r\n")
    assert load_text(file) == "  one \n\ntwo\n"


def test_a_running_text_that_is_none_is_refused_by_name(tmp_path):
    file = tmp_path / "text.txt"
    file.write_bytes(b"caf\xe9")
    with pytest.raises(ValueError, match="text.txt .* not UTF-8 at byte 3$"):
        load_text(file)


def test_the_bundled_names_are_not_the_original_ones(karpathy_names):
    shared = set(load_names()) & set(karpathy_names)
    assert 0 < len(shared) < len(load_names()) / 2


def test_the_original_has_32033_documents(karpathy_names):
    assert len(karpathy_names) == 32033
    assert len(set(karpathy_names)) == 29494


def test_another_source_is_refused_by_name():
    with pytest.raises(ValueError, match='"bundled" or "karpathy"; got'):
        load_names("shakespeare")


def test_the_cache_lies_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("MICROGPT_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("MICROGPT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "microgpt"


def fetching(monkeypatch, tmp_path, raw):
    """Let the fetch of the original answer with `raw`; count the fetches."""
    fetched = []

    class Reply:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def read(self):
            return raw

    def urlopen(url, timeout):
        fetched.append(url)
        return Reply()

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    monkeypatch.setenv("MICROGPT_CACHE", str(tmp_path / "new" / "cache"))
    return fetched


def test_a_fetched_file_that_has_changed_is_refused(monkeypatch, tmp_path):
    fetching(monkeypatch, tmp_path, b"anna\n")
    with pytest.raises(ValueError, match="has changed"):
        load_names("karpathy")
    assert not (tmp_path / "new").exists()


def test_the_original_is_fetched_once(monkeypatch, tmp_path, karpathy_raw):
    fetched = fetching(monkeypatch, tmp_path, karpathy_raw)
    assert load_names("karpathy") == load_names("karpathy")
    assert len(fetched) == 1
    assert "karpathy/makemore/988aa59/names.txt" in fetched[0]


def test_a_damaged_cache_is_fetched_again(monkeypatch, tmp_path, karpathy_raw):
    fetched = fetching(monkeypatch, tmp_path, karpathy_raw)
    load_names("karpathy")
    (cache_dir() / "names.txt").write_bytes(b"damaged")
    assert len(load_names("karpathy")) == 32033
    assert len(fetched) == 2


def test_without_net_and_cache_the_original_is_an_os_error(
    monkeypatch, tmp_path
):
    def urlopen(url, timeout):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    monkeypatch.setenv("MICROGPT_CACHE", str(tmp_path))
    with pytest.raises(OSError, match="no route"):
        load_names("karpathy")


def test_lines_are_stripped_and_empty_ones_dropped():
    assert parse_docs(b" anna \n\n  \nben\n", "x") == ["anna", "ben"]


def test_a_byte_order_mark_and_carriage_returns_are_as_if_absent():
    assert parse_docs(b"\xef\xbb\xbfanna\r\nben\r\n", "x") == ["anna", "ben"]


@pytest.mark.parametrize("inner", ["\u2028", "\x0b", "\x85", "\x0c", "\x1c"])
def test_only_a_newline_ends_a_line(inner):
    doc = f"a{inner}b"
    assert parse_docs(f"{doc}\nc".encode(), "x") == [doc, "c"]


def test_hangul_typed_in_jamo_is_the_same_two_letters():
    jamo = "\u1112\u1161\u11ab\u1100\u1173\u11af"
    assert parse_docs(jamo.encode(), "x") == ["\ud55c\uae00"]


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        (b"anna\n\xff\xfe", 5),
        ("anna".encode("utf-16"), 0),
        (b"an\0na\n", 2),
        (b"\x89PNG\r\n\x1a\n\0", 0),
        (b"caf\xe9", 3),
        ("a\nb".encode("utf-16-le"), 1),
    ],
)
def test_what_is_not_utf_8_is_refused_with_the_byte(raw, at):
    with pytest.raises(ValueError, match=f"x is .* not UTF-8 at byte {at}$"):
        parse_docs(raw, "x")


@pytest.mark.parametrize("raw", [b"", b"\n \n\t\r\n", b"\xef\xbb\xbf"])
def test_a_text_without_a_usable_line_is_refused(raw):
    with pytest.raises(ValueError, match="x has no usable line"):
        parse_docs(raw, "x")


def test_a_text_file_of_hangul_loads(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("\uc0ac\ub791\n\ud3c9\ud654\n", encoding="utf-8")
    assert load_docs(file) == ["\uc0ac\ub791", "\ud3c9\ud654"]
