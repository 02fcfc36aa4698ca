"""Following a lab from stop to stop, as the page of the debugger shows it."""

import json
import subprocess
import sys

import pytest

from book import lab_times
from book.stop import STOPS, configurations, rows, short
from book.walk import HERE, LABS, Stop, follow

LAB = "01_autograd_playground.py"
HITS = """
import json, runpy, sys
names, hits, begun, steps = sys.argv[2:], {}, [], []

def trace(frame, event, arg):
    code = frame.f_code
    if code.co_qualname == "Stages.__call__":
        begun.append(frame.f_locals["name"])
        if begun[-1] == "every 20":
            sys.exit()
    elif begun and code.co_name in names:
        place = f"{code.co_filename}:{code.co_firstlineno}"
        hits.setdefault(code.co_name, []).append(place)
        if begun[-1] == "training" and code.co_name == "training_step":
            steps.append(code)
            if len(steps) == 3:
                sys.exit()

sys.settrace(trace)
try:
    runpy.run_path(sys.argv[1])
except SystemExit:
    pass
sys.settrace(None)
print("\\n" + json.dumps({name: sorted(set(x)) for name, x in hits.items()}))
"""


def test_a_stop_shows_what_the_function_sees():
    stops = [
        Stop("order", "visit", "", ("node", "topo")),
        Stop("order", HERE, "topo", ("[v.data for v in topo]",)),
    ]
    visit, lab = follow(LAB, stops)
    assert visit.function == "build_topo.<locals>.visit"
    assert visit.shown == ["Value(data=8, grad=0)", "[]"]
    assert lab.file == str(LABS / LAB)
    assert lab.shown == ["[2.0, 3.0, 6.0, 8.0]"]


def test_a_stop_waits_until_its_expression_holds_something():
    stop = Stop("backward", "backward", "value", ("local_grad",))
    assert follow(LAB, [stop])[0].shown == ["1.0"]


def test_a_stop_that_is_never_reached_is_an_error_that_names_it():
    stop = Stop("order", "gpt", "", ())
    with pytest.raises(ValueError, match="never comes to .*'gpt'"):
        follow(LAB, [stop])


def test_a_watch_expression_that_fails_is_an_error():
    stop = Stop("order", "visit", "", ("nowhere",))
    with pytest.raises(ValueError, match="NameError.*nowhere"):
        follow(LAB, [stop])


def test_the_helpers_are_at_hand_inside_the_engine():
    stop = Stop("loss", "cross_entropy", "probs", ("numbers(probs, 2)",))
    assert follow(LAB, [stop])[0].shown == ["[0.23, 0.63, 0.14]"]


def test_every_stage_with_a_stop_has_a_launch_configuration():
    for lab, stops in STOPS.items():
        assert {stop.stage for stop in stops} <= {*configurations(lab)}


@pytest.mark.parametrize("lab", STOPS)
def test_a_function_that_a_stop_names_is_the_only_one_hit(lab):
    """Function breakpoints know bare names: two places would both stop."""
    stops = [stop for stops in STOPS.values() for stop in stops]
    names = {stop.function for stop in stops} - {HERE}
    done = subprocess.run(
        [sys.executable, "-c", HITS, str(LABS / lab), *names],
        capture_output=True,
        text=True,
        check=True,
    )
    hits = json.loads(done.stdout.splitlines()[-1])
    expected = {stop.function for stop in STOPS[lab]} - {HERE}
    assert expected <= set(hits) <= names
    assert all(len(places) == 1 for places in hits.values()), hits


def test_a_row_says_how_to_get_there_and_what_to_see():
    found = [row for row in rows(LAB) if row[0] == "1.4"]
    expected = ["1.4", "the lab", "value is b", "a", "Value(data=2, grad=3)"]
    assert found == [expected]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[1.0, 2.0]", "[1.0, 2.0]"),
        ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, … 6 in all]"),
        ("Value(data=2, grad=0)", "Value(data=2, grad=0)"),
        ("'emma'", "'emma'"),
    ],
)
def test_a_long_list_is_shown_by_its_beginning(value, expected):
    assert short(value) == expected


def test_the_times_are_those_of_the_present_labs():
    times = lab_times.lab_times()
    assert list(times["labs"]) == sorted(STOPS)
    for lab, stages in times["labs"].items():
        assert list(stages) == list(configurations(lab))
        assert 0 < sum(stages.values()) < 1.1 * times["whole"][lab]


def test_times_of_other_labs_are_refused(monkeypatch, tmp_path):
    old = json.loads(lab_times.PATH.read_text("utf-8"))
    path = tmp_path / "lab_times.json"
    path.write_text(json.dumps(old | {"source_sha256": "0"}))
    monkeypatch.setattr(lab_times, "PATH", path)
    with pytest.raises(ValueError, match="python -m book time"):
        lab_times.lab_times()


def test_timing_keeps_each_stage_of_each_lab(monkeypatch, tmp_path):
    monkeypatch.setattr(lab_times, "PATH", tmp_path / "lab_times.json")
    monkeypatch.setattr(lab_times, "_run", lambda path: {"only": 0.123})
    lab_times.write()
    times = lab_times.lab_times()
    assert times["labs"][LAB] == {"only": 0.12}
