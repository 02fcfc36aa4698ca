"""Formulas: TeX becomes MathML, and a price stays a price."""

import pytest

MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML" display="'


def test_a_formula_in_a_line_is_inline_mathml(project):
    html = project.render("So $x_i$ and $y_j$.")
    assert html.count(f'{MATH}inline">') == 2
    assert "<em>" not in html and "$" not in html


def test_a_formula_may_run_over_a_line_end(project):
    assert f"{MATH}inline" in project.render("So $a +\nb$.")


def test_a_named_function_stands_apart_from_its_number(project):
    html = project.render(r"So $\ln 27$ and $\log(x)$.")
    assert '<mi>ln</mi><mspace width="0.17em" /><mn>27</mn>' in html
    assert html.count("mspace") == 1


def test_a_formula_of_its_own_is_a_block(project):
    html = project.render("One.\n\n$$\n\\frac{a}{b}\n$$\n\nTwo.")
    assert f'<p>One.</p>\n<div class="formula">{MATH}block">' in html
    assert "<mfrac>" in html


@pytest.mark.parametrize(
    "text", ["`$x$`", "costs $5 and $6", r"\$x\$", "a $ b $ c", "$x$5"]
)
def test_these_are_no_formulas(project, text):
    assert "<math" not in project.render(text)


def test_an_escaped_dollar_is_a_dollar(project):
    assert project.render(r"\$5 and $x$").startswith("<p>$5 and <math")


def test_code_keeps_its_dollars(project):
    html = project.render("```text\n$x$\n```\n\n```sh\necho $A $B\n```\n")
    assert "<math" not in html


@pytest.mark.parametrize("tex", [r"\foo x", r"x^", r"\begin{aligned}a&b"])
def test_bad_tex_is_a_warning(project, caplog, tex):
    project.render(f"So ${tex}$.")
    assert "formula" in caplog.text and caplog.records[0].levelname == "WARNING"


def test_mathml_has_no_styles(project):
    html = project.render(r"$\frac{\partial L}{\partial x}\,\sqrt{\hat v}$")
    assert "style=" not in html
