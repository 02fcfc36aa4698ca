"""The zip of the site."""

import zipfile

from book.pack import pack


def small_site(folder):
    (folder / "course").mkdir(parents=True)
    (folder / "index.html").write_text("home")
    (folder / "course" / "a.html").write_text("a")
    return folder


def test_the_zip_holds_every_file_under_one_folder(tmp_path):
    site, target = small_site(tmp_path / "site"), tmp_path / "microgpt.zip"
    assert pack(site, target) == 2
    names = zipfile.ZipFile(target).namelist()
    assert names == ["microgpt/course/a.html", "microgpt/index.html"]


def test_the_same_site_gives_the_same_zip(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in "ab":
        pack(small_site(tmp_path / name), tmp_path / f"{name}.zip")
    pack(tmp_path / "a", tmp_path / "b" / "a.zip")
    again = (tmp_path / "b" / "a.zip").read_bytes()
    assert (tmp_path / "a.zip").read_bytes() == again
