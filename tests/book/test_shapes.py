import re

import pytest

from book._axis import Axis
from book.figure import Array, shapes


def draw(*parts: object) -> str:
    return shapes(list(parts), title="t")


def label(figure: str) -> str:
    return re.search(r'role="img" aria-label="(.*?)"', figure).group(1)


def drawn(figure: str, mark: str) -> list[str]:
    return re.findall(rf'class="{mark}" d="(.*?)"', figure)


def words(figure: str) -> list[str]:
    return re.findall(r">([^<>\n]+)</text>", figure)


def test_a_product_is_told_in_one_sentence() -> None:
    parts = ("x", (4, 3)), "@", ("W", (3, 2)), "=", ("y", (4, 2))
    assert label(draw(*parts)) == (
        "t. x of shape 4 by 3 times W of shape 3 by 2 gives y of shape 4 by 2."
    )


def test_names_gradients_and_stretching_are_told() -> None:
    g = Array("g", (3,), ("C",), kind="grad")
    b = Array("b", (), stretched=(2,))
    assert label(draw(g, "becomes", b)) == (
        "t. gradient g of shape 3 (C) becomes b, one number stretched to 2."
    )


def test_every_array_is_a_drawing_that_a_screen_reader_skips() -> None:
    figure = draw(("x", (4, 3)), "@", ("W", (3, 2)))
    assert figure.count("<svg") == figure.count('aria-hidden="true"') == 2


def test_an_array_is_drawn_a_cell_for_each_number() -> None:
    assert drawn(draw(("x", (2, 3))), "sheet") == [
        "M0 0h36v24h-36zM0 12h36M12 0v24M24 0v24"
    ]


def test_a_vector_is_a_row_and_a_single_number_a_cell() -> None:
    figure = draw(("b", (2,)), "+", ("a", ()))
    assert drawn(figure, "sheet") == [
        "M0 0h24v12h-24zM12 0v12",
        "M0 0h12v12h-12z",
    ]
    assert {"(2,)", "()"} <= set(words(figure))


def test_axes_that_meet_have_thick_edges_and_their_number() -> None:
    figure = draw(("x", (4, 3)), "@", ("W", (3, 2)))
    assert drawn(figure, "meet") == ["M0 48h36", "M0 0v36"]
    assert re.findall(r'class="tick meets".*?>(\d)<', figure) == ["3", "3"]
    assert "thick edges meet" in figure


def test_a_vector_meets_a_matrix_with_its_only_axis() -> None:
    figure = draw(("W", (2, 3)), "@", ("x", (3,)))
    assert drawn(figure, "meet") == ["M0 24h36", "M0 12h36"]


def test_what_only_adds_has_no_thick_edges() -> None:
    assert "meet" not in draw(("x", (4, 3)), "+", ("b", (3,)))


def test_an_axis_of_nine_is_abridged_and_one_of_eight_is_not() -> None:
    assert Axis(8).runs == [(0, 8)]
    assert Axis(9).runs == [(0, 4), (62, 3)]
    figure = draw(("x", (8, 9)))
    assert words(figure) == ["9", "x", "(8, 9)"]
    assert len(drawn(figure, "gap")) == 1


def test_names_of_axes_stand_at_the_edges() -> None:
    figure = draw(("x", (2, 16, 3), ("B", "T", "C")))
    assert words(figure)[:3] == ["T = 16", "C", "B = 2"]


def test_pages_lie_behind_each_other_and_four_are_enough() -> None:
    three, many = draw(("x", (3, 2, 2))), draw(("x", (2, 32, 2, 2)))
    assert len(drawn(three, "sheet")) == 3
    assert len(drawn(many, "sheet")) == 4
    assert "2, 32" in words(many)


def test_repeated_cells_are_hatched() -> None:
    figure = draw(Array("a", (2, 1), stretched=(2, 2)))
    assert drawn(figure, "sheet") == ["M0 0h12v24h-12zM0 12h12"]
    assert drawn(figure, "sheet again") == [
        "M12 0h12v24h-12zM12 12h12M12 12l12-12M12 24l12-12"
    ]
    assert "(2, 1) → (2, 2)" in words(figure)
    assert "repeated, not stored" in figure


def test_a_vector_is_stretched_downwards_and_a_number_to_all_sides() -> None:
    assert Array("b", (4,), stretched=(3, 4)).repeated == (True, False)
    assert Array("c", (), stretched=(3, 4)).repeated == (True, True)


def test_gradients_are_named_in_the_key_beside_values() -> None:
    figure = draw(("x", (2,)), "*", Array("g", (2,), kind="grad"))
    assert 'class="key-data">values: x<' in figure
    assert 'class="key-grad">gradients: g<' in figure
    assert "key" not in draw(("x", (2,)))


@pytest.mark.parametrize(
    "parts, message",
    [
        ([], "parts is empty"),
        ([("x", (4, 3)), "@", ("W", (4, 2))], "3 != 4"),
        ([("x", (2,)), "@", ("a", ())], "a single number has no axis"),
        ([("x", (2, 3, 4)), "@", ("W", (5, 4, 3))], "leading axes of 2 and 5"),
        (["@", ("W", (3, 2))], "no array stands before '@'"),
        ([("x", (2,)), "="], "no array follows the last operator, '='"),
        ([("x", (2,)), "+", "=", ("y", (2,))], "no array stands between '\\+'"),
        ([("x", (2, 0))], r"x \(2, 0\) has an axis without cells"),
        ([("x", (2, 3), ("T",))], "has 1 names for 2 axes"),
    ],
)
def test_shapes_refuse(parts: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(*parts)


@pytest.mark.parametrize("stretched", [(2, 4), (3,), ()])
def test_an_array_is_stretched_only_where_it_is_one(stretched: tuple) -> None:
    with pytest.raises(ValueError, match=r"a \(3, 1\) cannot be stretched"):
        Array("a", (3, 1), stretched=stretched)
