import html
import math
import random
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from book._frame import ticks
from book._layer import layout
from book._point import thinned
from book._spread import spread
from book._svg import aligned, number
from book.figure import (
    Array,
    bars,
    curve,
    flow,
    graph,
    heat_map,
    plane,
    scatter,
    shapes,
    strips,
    table,
)
from microgpt.scalar import Value

STYLESHEET = Path(__file__).parents[2] / "docs/assets/figures.css"
AXES = {"title": "a < b & c", "x": "step", "y": "loss"}
NAN = float("nan")
PRODUCT = [
    ("x", (2, 16, 3), ("B", "T", "C")),
    "@",
    Array("W", (3, 2), kind="grad"),
    "+",
    Array("b", (2,), stretched=(4, 2)),
]
SLOPE = [[0.0, 0.4, 1.0], [0.0, 0.6, 1.0]]
TWO = {"low <": [(0.1, 0.5)], "high": [(0.9, 1.5), (0.8, 1)]}


def product() -> tuple[Value, dict[str, Value]]:
    a, b = Value(2.0), Value(3.0)
    c = a * b + a
    c.backward()
    return c, {"a": a, "b": b, "c": c}


def deep_sum(terms: int) -> Value:
    total = Value(0.0)
    for index in range(terms):
        total = total + Value(float(index))
    return total


def every_figure() -> dict[str, str]:
    root, names = product()
    walk = [(i, math.sin(i)) for i in range(2000)]
    shares = [[1.0, None], [0.25, 0.75]]
    ends = {"row_names": "ab", "column_names": "ab", "title": "shares <"}
    signed = [[(-1.0) ** (i + j) * i for j in range(20)] for i in range(3)]
    wide = {"row_names": "xyz", "column_names": [f"c{i}" for i in range(20)]}
    steps = {f"name {i}": float(i - 20) for i in range(40)}
    return {
        "curve": curve({"raw": walk, "b": walk[:5]}, lines={"ln": 1}, **AXES),
        "log": curve({"a": [(0, 0.1), (9, 1000)]}, log_y=True, **AXES),
        "scatter": scatter(walk[:30], line=(1, 0), lines={"l": (0, 1)}, **AXES),
        "bars": bars(
            {"a": 1, "b": -2.5}, highlight="a", compare={"b": 1}, **AXES
        ),
        "standing": bars(steps, highlight=["name 7"], **AXES),
        "shares": heat_map(shares, kind="share", x="x", y="y", **ends),
        "signed": heat_map(signed, kind="signed", title="signed", **wide),
        "graph": graph(root, names=names, title="a graph"),
        "deep": graph(deep_sum(8), title="a deep graph"),
        "table": table(["a", "b"], [["<x>", 1]], numbers=[1], caption="t"),
        "strips": strips({"q": [1, -2], "k": [0.5]}, title="strips"),
        "shapes": shapes(PRODUCT, title="a < b & c"),
        "plane": plane(SLOPE, TWO, x_range=(0, 1), y_range=(0, 2), **AXES),
        "flow": flow([("text", "emma"), ("tokens", "4 12")], title="a flow"),
        "long flow": flow([(str(i), "n" * 30) for i in range(9)], title="long"),
    }


FIGURES = every_figure()


def svgs(figure: str) -> list[ElementTree.Element]:
    found = re.findall(r'<svg class="drawing .*?</svg>(?=\n|</div>)', figure)
    return [ElementTree.fromstring(svg) for svg in found]


@pytest.fixture(params=FIGURES)
def figure(request: pytest.FixtureRequest) -> str:
    return FIGURES[request.param]


# What holds for every figure


def test_a_figure_is_well_formed_and_without_empty_lines(figure: str) -> None:
    assert ElementTree.fromstring(figure).get("class") == "figure-body"
    assert "\n\n" not in figure


def test_a_figure_has_no_inline_style_or_script(figure: str) -> None:
    assert not re.search(r"\bstyle\b|<script|\son\w+=|javascript:", figure)


def test_a_figure_paints_by_class_only(figure: str) -> None:
    assert set(re.findall(r'(?:fill|stroke)="(.*?)"', figure)) <= {"none"}


def test_every_class_of_a_figure_is_in_the_stylesheet(figure: str) -> None:
    used = " ".join(re.findall(r'class="(.*?)"', figure)).split()
    plain = {"curve", "bars", "plus", "in-any", "cell-drawing"}
    known = set(re.findall(r"\.([a-z][\w-]*)", STYLESHEET.read_text()))
    assert set(used) - known <= plain


def test_every_drawing_has_a_name_and_a_description(figure: str) -> None:
    for svg in svgs(figure):
        if svg.get("aria-hidden"):
            continue
        assert svg.get("role") == "img"
        assert re.fullmatch(r"[^.]+\. .+", str(svg.get("aria-label")))


def test_a_figure_can_stand_twice_on_a_page(figure: str) -> None:
    assert " id=" not in figure


def test_the_same_data_give_the_same_bytes() -> None:
    assert every_figure() == FIGURES


def test_text_is_escaped() -> None:
    for name in ("curve", "scatter", "bars", "shapes", "plane"):
        assert "a &lt; b &amp; c" in FIGURES[name]
    assert "&lt;x&gt;" in FIGURES["table"]


# Numbers


@pytest.mark.parametrize(
    "value, written",
    [
        (0, "0"),
        (-0.0, "0"),
        (-0.5, "−0.5"),
        (1000, "1,000"),
        (3.29584, "3.296"),
        (1.7e-8, "1.7e−8"),
        (0.99999, "1"),
        (12345.678, "12,346"),
        (2e12, "2e12"),
    ],
)
def test_a_number_is_written_for_readers(value: float, written: str) -> None:
    assert number(value) == written


def test_aligned_numbers_share_their_decimals() -> None:
    assert aligned([-0.42, 0.81, -1.5, 0.0]) == [
        "−0.42",
        "0.81",
        "−1.50",
        "0.00",
    ]
    assert aligned([432, 2048]) == ["432", "2,048"]
    assert aligned([1e-9]) == ["1e−9"]


def test_ticks_are_round() -> None:
    assert ticks(0, 1000, 6) == [0, 200, 400, 600, 800, 1000]
    assert ticks(-0.13, 0.21, 4) == [-0.1, 0, 0.1, 0.2]


# Curves


def test_a_curve_of_many_points_stays_small() -> None:
    rng = random.Random(1)
    names = ["raw", "a", "b", "c", "d", "e"]
    series = {n: [(i, rng.gauss(0, 1)) for i in range(9999)] for n in names}
    drawn = curve(series, lines={"zero": 0, "one": 1}, **AXES)
    assert len(drawn.split("<details")[0]) < 12_000


def test_thinning_keeps_the_peaks_and_the_ends() -> None:
    points = [(float(i), 0.0) for i in range(1000)]
    points[333], points[700] = (333.0, 9.0), (700.0, -9.0)
    kept = thinned(points, 20)
    assert {points[0], points[333], points[700], points[-1]} <= set(kept)
    assert len(kept) <= 2 * 20 + 4


def test_a_curve_names_its_lines_and_says_where_they_end() -> None:
    drawn = curve(
        {"loss": [(0, 3.5), (9, 2.25)]}, lines={"ln 27": 3.2958}, **AXES
    )
    assert ">loss 2.25</text>" in drawn
    assert ">ln 27 3.296</text>" in drawn
    assert "first 3.5 at step 0, last 2.25 at step 9" in drawn


def test_the_raw_series_is_drawn_first_and_takes_no_number() -> None:
    points = [(0, 1.0), (1, 2.0)]
    drawn = curve({"mean": points, "raw": points}, **AXES)
    assert re.findall(r'class="line (\w+)"', drawn) == ["raw", "s1"]


def test_the_numbers_of_a_curve_are_forty_rows_with_both_ends() -> None:
    drawn = curve({"a": [(i, i / 7) for i in range(999)]}, **AXES)
    rows = re.findall(r'<th scope="row">(.*?)</th>', drawn)
    assert (len(rows), rows[0], rows[-1]) == (40, "0", "998")


def test_labels_move_apart_and_stay_inside() -> None:
    assert spread([10, 10], [15, 15]) == [2.5, 17.5]
    assert spread([0, 99], [10, 10], low=0, high=100) == [5, 95]
    assert spread([98, 99, 100], [10, 10, 10], low=0, high=100) == [75, 85, 95]


@pytest.mark.parametrize(
    "series, message",
    [
        ({}, "series is empty"),
        ({"a": []}, "a is empty"),
        ({"a": [(0, NAN)]}, "a point of 'a' is nan"),
        ({"a": [(0, math.inf)]}, "a point of 'a' is inf"),
        ({str(i): [(0, 1)] for i in range(6)}, "at most 5 series fit; got 6"),
    ],
)
def test_a_curve_refuses(series: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        curve(series, **AXES)


def test_a_logarithmic_axis_refuses_zero() -> None:
    with pytest.raises(ValueError, match="log_y needs numbers above 0; got 0"):
        curve({"a": [(0, 0), (1, 1)]}, log_y=True, **AXES)


def test_one_point_or_a_flat_line_can_be_drawn() -> None:
    assert "<circle" in curve({"a": [(5, 5)]}, **AXES)
    assert "<polyline" in curve({"a": [(0, 0), (1, 0)]}, **AXES)
    assert "<polyline" in curve({"a": [(0, 3), (1, 3)]}, log_y=True, **AXES)


def test_labels_at_the_edge_stand_above_the_numbers_of_the_axis() -> None:
    levels = {f"level {i}": i / 100 for i in range(4)}
    drawn = curve({"a": [(0, 9), (1, 0)]}, lines=levels, **AXES)
    ends = re.findall(r'class="end .*?y="(.*?)"', drawn)
    [tick] = re.findall(r'class="tick.*?" x="100%" y="(.*?)"', drawn)
    assert len(ends) == 5
    assert max(map(float, ends)) < float(tick) - 12


# Scatters and bars


def test_a_line_through_dots_ends_where_it_leaves_the_frame() -> None:
    drawn = scatter([(0, 0), (10, 1)], lines={"steep": (100, 0)}, **AXES)
    x1, x2 = re.search(
        r'class="line s1" x1="(.*?)%" x2="(.*?)%"', drawn
    ).groups()
    assert 0 <= float(x1) < float(x2) <= 100


def test_a_scatter_names_its_line_by_its_equation() -> None:
    assert ">2.02x − 0.5<" in scatter([(0, 0)], line=(2.02, -0.5), **AXES)


def test_a_bar_shows_its_number_and_its_sign() -> None:
    drawn = bars({"up": 1.0, "down": -2.5}, **AXES)
    assert ">1.0</text>" in drawn and ">−2.5</text>" in drawn
    assert re.findall(r'class="bar (\w+)"', drawn) == ["plus", "minus"]


def test_numbers_of_compared_bars_stand_in_a_column_of_their_own() -> None:
    drawn = bars({"a": 1, "b": -2}, compare={"a": 2}, **AXES)
    assert drawn.count('x="100%" dx="6"') == 2
    assert drawn.count('class="compare"') == 1


def test_bars_and_marks_are_named_in_key_and_table() -> None:
    two = {"names": ("counted", "expected")}
    drawn = bars({"a": 1}, compare={"a": 2}, **two, **AXES)
    key = re.search(r'class="figure-key">(.*?)</p>', drawn).group(1)
    assert re.findall(r">([^<>]+)</span>", key) == [
        "counted",
        "expected",
        "loss, for each step",
    ]
    head = re.findall(r'scope="col".*?>(.*?)</th>', drawn)
    assert head == ["step", "counted", "expected"]


def test_bars_without_names_are_compared() -> None:
    drawn = bars({"a": 1}, compare={"a": 2}, **AXES)
    assert ">compared</span>" in drawn and ">compared</th>" in drawn


def test_more_than_thirty_bars_stand_without_numbers() -> None:
    thirty = {str(i): i for i in range(30)}
    assert 'class="value"' in bars(thirty, **AXES)
    assert 'class="value"' not in bars(thirty | {"30": 30}, **AXES)


@pytest.mark.parametrize("extra", [{"highlight": ["z"]}, {"compare": {"z": 1}}])
def test_a_bar_that_is_not_there_is_refused(extra: dict) -> None:
    with pytest.raises(
        ValueError, match=r"no bar is named 'z'; there are \['a'\]"
    ):
        bars({"a": 1}, **extra, **AXES)


def test_bars_that_are_all_zero_can_be_drawn() -> None:
    assert bars({"a": 0, "b": 0}, **AXES).count("<rect") == 2


# Grids


def test_a_cell_says_its_number_on_hover_and_in_it() -> None:
    assert "<title>b, a: 0.25</title>" in FIGURES["shares"]
    assert ">0.25</text>" in FIGURES["shares"]


def test_a_masked_cell_is_hatched_and_called_masked() -> None:
    assert "<title>a, b: masked</title>" in FIGURES["shares"]
    assert 'class="hatch"' in FIGURES["shares"]
    assert '<td class="num">masked</td>' in FIGURES["shares"]


def test_a_cell_without_number_can_be_called_otherwise() -> None:
    ends = {"row_names": "a", "column_names": "ab", "title": "t"}
    drawn = heat_map([[1, None]], kind="share", none="exactly 0", **ends)
    assert "<title>a, b: exactly 0</title>" in drawn
    assert '<td class="num">exactly 0</td>' in drawn
    assert ">exactly 0</text>" in drawn and "masked<" not in drawn


def test_numbers_of_strips_stand_where_they_need_less_width() -> None:
    long = strips({"q": range(16), "k": range(16)}, title="t")
    many = strips({f"row{i}": [i] for i in range(9)}, title="t")
    head = r'scope="col".*?>(.*?)</th>'
    assert re.findall(head, long) == ["index", "q", "k"]
    assert re.findall(head, many) == ["vector", "0"]


def test_a_negative_cell_is_told_by_a_dash_or_its_number() -> None:
    assert 'class="dash"' in FIGURES["signed"]
    assert ">−2.0</text>" in FIGURES["strips"]


@pytest.mark.parametrize(
    "rows, message",
    [
        ([[1, 2]], "1 rows have 2 row_names"),
        ([[1, 2], [3]], "row 'b' has 1 cells; there are 2 column_names"),
        ([[1, 2], [3, -1]], "row 'b' has a share of -1"),
        ([[1, 2], [3, NAN]], "a cell of row 'b' is nan"),
        ([], "rows is empty"),
    ],
)
def test_a_heat_map_refuses(rows: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        heat_map(
            rows, row_names="ab", column_names="ab", title="t", kind="share"
        )


# Graphs, chains, tables


def test_a_graph_shows_values_gradients_and_local_gradients() -> None:
    words = re.findall(r">([^<>]+)</text>", FIGURES["graph"])
    assert {"a", "b", "c", "2", "6", "8", "← 4", "← 2", "×3", "×2"} <= set(
        words
    )


def test_a_value_used_twice_by_one_node_shows_both_slopes() -> None:
    a = Value(3.0)
    assert ">×(3+3)</text>" in graph(a * a, title="a square")


def test_a_graph_without_gradients_shows_values_only() -> None:
    drawn = graph(product()[0], title="values", gradients=False)
    assert not re.search(r"←|↑|×", drawn)


def test_a_shallow_graph_lies_on_wide_pages_and_a_deep_one_stands() -> None:
    wide, narrow = Value(1.0), Value(2.0)
    for _ in range(3):
        wide = wide * Value(0.12345)
    drawn = graph(wide + narrow, title="five layers")
    assert "wide-only" in drawn and "narrow-only" in drawn
    assert "wide-only" not in FIGURES["deep"]


def test_a_node_stands_in_the_layer_before_its_first_use() -> None:
    found = layout([[], [], [0, 1], [], [2, 3]])
    assert found.layer == [0, 0, 1, 1, 2]


def test_an_edge_over_several_layers_bends_around_the_nodes_between() -> None:
    found = layout([[], [], [0, 1], [2, 0]])
    assert found.chains == [[0, 2], [1, 2], [2, 3], [0, 4, 3]]
    assert abs(found.across[4] - found.across[2]) >= 0.6


def test_no_node_lies_over_another() -> None:
    rng = random.Random(2)
    for _ in range(30):
        inputs = [rng.sample(range(i), min(i, 2)) for i in range(20)]
        found = layout(inputs)
        for layer in range(found.layers):
            nodes = [i for i in range(20) if found.layer[i] == layer]
            across = sorted(found.across[node] for node in nodes)
            gaps = [right - left for left, right in zip(across, across[1:])]
            assert all(gap > 0.999 for gap in gaps)


def test_a_graph_too_large_to_read_is_refused_soon() -> None:
    with pytest.raises(ValueError, match="graph has more than 40 nodes"):
        graph(deep_sum(100_000), title="a sum")


def test_a_graph_refuses_what_is_not_finite() -> None:
    a = Value(math.inf)
    with pytest.raises(ValueError, match="data of a is inf"):
        graph(a, names={"a": a}, title="infinite")


def test_a_chain_tells_its_steps_in_order() -> None:
    assert "1. text: emma. 2. tokens: 4 12." in html.unescape(FIGURES["flow"])


def test_a_table_names_its_columns_and_rows() -> None:
    drawn = FIGURES["table"]
    assert '<th scope="col" class="num">b</th>' in drawn
    assert '<th scope="row">&lt;x&gt;</th><td class="num">1</td>' in drawn


def test_a_table_that_may_scroll_can_be_reached_by_keyboard() -> None:
    assert "tabindex" not in table(["a", "b"], [[1, 2]])
    assert 'tabindex="0"' in table(["a", "b"], [[1, "x" * 40]])
    assert 'tabindex="0"' in table(list("abcdefghijkl"), [range(12)])


def test_no_heading_of_a_table_is_empty() -> None:
    assert '<th scope="col">–</th>' in table(["", "b"], [["x", 1]])


def test_a_table_refuses_a_short_row() -> None:
    with pytest.raises(ValueError, match="row 0 has 1 cells; the header has 2"):
        table(["a", "b"], [["x"]])
