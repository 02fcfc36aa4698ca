import gzip
import math
import random
import re

import pytest

from book._contour import contour
from book.figure import plane

AXES = {"title": "t", "x": "across", "y": "up"}
SQUARE = {"x_range": (0, 1), "y_range": (0, 1)}
TWO = {"a": [(0.25, 0.25)], "b": [(0.75, 0.75)]}
RISE = [[0.0, 0.5, 1.0]] * 3


def draw(field: object = RISE, groups: object = TWO, **more: object) -> str:
    return plane(field, groups, **AXES, **SQUARE | more)


def path(figure: str, mark: str) -> str:
    return re.search(rf'<path class="{mark}" d="(.*?)"', figure).group(1)


def test_a_line_crosses_a_cell_in_proportion_to_its_corners() -> None:
    assert contour([[0, 1], [0, 1]], 0.25) == [((0.25, 0), (0.25, 1))]
    assert contour([[0, 0], [1, 1]], 0.75) == [((1, 0.75), (0, 0.75))]


def test_a_line_around_a_peak_is_closed() -> None:
    peak = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    ends = [place for piece in contour(peak, 0.5) for place in piece]
    assert len(ends) == 8 and len(set(ends)) == 4


def test_the_mean_decides_which_corners_of_a_saddle_join() -> None:
    saddle = [[1, 0], [0, 1]]  # its mean is 0.5
    assert contour(saddle, 0.75) == [
        ((1, 0.75), (0.75, 1)),
        ((0, 0.25), (0.25, 0)),
    ]
    assert contour(saddle, 0.25) == [
        ((0.75, 0), (1, 0.25)),
        ((0.25, 1), (0, 0.75)),
    ]


def test_a_field_on_one_side_has_no_line() -> None:
    assert contour([[0.5, 0.6], [0.7, 0.5]], 0.5) == []
    figure = draw([[0.9, 0.9], [0.9, 0.9]])
    assert "boundary" not in figure


def test_the_first_row_of_a_field_is_at_the_bottom() -> None:
    figure = draw([[0, 0], [0.4, 0.4], [1, 1]])
    assert path(figure, "n2").startswith("M0 163H300V296")
    assert path(figure, "p2").startswith("M0 30H300V163")


def test_the_surer_the_stronger_the_shade() -> None:
    row = [0, 0, 0.3, 0.3, 0.45, 0.45, 0.55, 0.55, 0.7, 0.7, 1, 1]
    figure = draw([row, row])
    shades = {"n1", "n2", "n3", "p1", "p2", "p3"}
    assert set(re.findall(r'class="([np]\d)"', figure)) == shades


def test_equal_neighbours_in_a_row_are_one_shape() -> None:
    figure = draw([[1] * 40] * 3)
    assert path(figure, "p3").count("z") == 2


def test_two_classes_have_two_marks_and_both_are_named() -> None:
    figure = draw()
    assert path(figure, "circle") == "M75 229.5h.01"
    assert path(figure, "cross") == "M222 93.5l6 6m0-6l-6 6"
    assert 'class="key-circle">a<' in figure
    assert 'class="key-cross">b<' in figure
    assert "probability of b, from 0 to 1" in figure


def test_a_plane_is_told_in_words() -> None:
    assert re.search(r'aria-label="(.*?)"', draw()).group(1) == (
        "t. Points: 1 a and 1 b. across from 0 to 1; up from 0 to 1. The"
        " probability of b goes from 0 to 1, and is at least a half on 67% of"
        " the plane."
    )


def test_the_points_stand_in_a_table_of_forty_rows() -> None:
    many = {"a": [(i / 99, 0.5) for i in range(100)], "b": [(0, 1)]}
    rows = re.findall(r'<th scope="row">(.)</th><td', draw(groups=many))
    assert len(rows) == 40 and rows[-1] == "b"


def test_a_plane_of_forty_by_forty_and_200_points_stays_small() -> None:
    rng = random.Random(1)
    wave = [
        [1 / (1 + math.exp(9 * math.sin(j / 6) - i + 20)) for j in range(40)]
        for i in range(40)
    ]
    points = [(rng.random(), rng.random()) for _ in range(200)]
    figure = draw(wave, {"a": points[:100], "b": points[100:]})
    assert len(gzip.compress(figure.encode())) < 6 * 1024


@pytest.mark.parametrize(
    "field, message",
    [
        ([[0.5, 0.5]], "field needs at least 2 rows of 2 numbers"),
        ([[0.5, 0.5], [1]], "row 1 of field has 1 numbers; row 0 has 2"),
        ([[0, 1], [0, 1.5]], r"field has 1.5; a probability is in \[0, 1\]"),
        ([[0, 1], [0, math.nan]], "a number of field is nan"),
    ],
)
def test_a_plane_refuses_a_field(field: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(field)


@pytest.mark.parametrize(
    "groups, message",
    [
        ({"a": [(0, 0)]}, "a plane has 2 classes; got 1"),
        ({"a": [(0, 0)], "b": []}, "b is empty"),
        ({"a": [(0, 0)], "b": [(0, 2)]}, r"'b' is at \(0.0, 2.0\), outside"),
    ],
)
def test_a_plane_refuses_points(groups: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(groups=groups)


def test_a_plane_refuses_a_range_that_falls() -> None:
    with pytest.raises(
        ValueError, match="across goes from 1.0 to 0.0; it must"
    ):
        draw(x_range=(1, 0))
