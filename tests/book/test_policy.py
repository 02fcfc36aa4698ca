"""The content security policy: each page's own scripts, and nothing else."""

import base64
import hashlib

from book.policy import secure

PAGE = '<head>\n<meta charset="utf-8">\n<title>T</title></head>'


def test_the_policy_stands_right_after_the_charset():
    html, said = secure(PAGE)
    start = '<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security'
    assert html.startswith(start) and html.endswith("<title>T</title></head>")
    assert said == []


def test_nothing_unsafe_is_allowed():
    html, _ = secure(PAGE + "<script>x()</script>")
    assert "unsafe-inline" not in html
    assert "'unsafe-eval'" not in html
    assert "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' " in html


def test_each_inline_script_is_named_by_its_hash():
    code = '\n let é = "<p>";\n'
    html, _ = secure(PAGE + f"<script defer>{code}</script>")
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    assert html.count("'sha256-") == 1 and f"'sha256-{digest}'" in html


def test_scripts_from_files_and_data_need_no_hash():
    script = '<script src="a.js"></script>'
    data = '<script type="application/json">{}</script>'
    html, _ = secure(PAGE + script + data)
    assert "sha256" not in html


def test_style_attributes_are_taken_out_and_said():
    html, said = secure(PAGE + '<td class="a" style="color: red" id="b">')
    assert html.endswith('<td class="a" id="b">')
    assert said == ['removed style="color: red": <td class="a"']


def test_a_page_without_a_charset_is_said():
    assert secure("<p>") == ("<p>", ["no charset: no policy was written"])
