import json
import os
from pathlib import Path

import pytest

from book import record

PUBLISHED = os.environ.get("MICROGPT_REFERENCE")


@pytest.fixture(scope="session")
def published():
    """The published numbers: a JSON file that the environment names."""
    if not PUBLISHED:
        pytest.skip("MICROGPT_REFERENCE names no file of published numbers")
    return json.loads(Path(PUBLISHED).read_text(encoding="utf-8"))


def test_the_recorded_run_was_made_by_this_very_source():
    assert record.reference_run()["source_sha256"] == record.source_sha256()


def test_a_changed_engine_makes_the_record_unreadable(monkeypatch):
    monkeypatch.setattr(record, "source_sha256", lambda: "another")
    with pytest.raises(ValueError, match="engine has changed"):
        record.reference_run()


def test_the_record_holds_the_published_losses_to_the_last_bit(published):
    losses = record.reference_run()["losses"]
    assert len(losses) == 1000
    for step, loss in published["loss"].items():
        assert repr(losses[int(step) - 1]) == loss


def test_the_record_holds_the_20_published_samples(published):
    run = record.reference_run()
    assert run["final_samples"] == published["samples_temperature_0.5"]
    first = published["first_documents_after_shuffle"]
    assert run["first_documents"] == first
    assert run["parameters"] == published["num_params"]
    assert run["data_sha256"] == published["dataset"]["sha256"]


def test_the_reference_run_runs_anew_to_the_last_bit(karpathy_names):
    again, recorded = record.make(), record.reference_run()
    again.pop("python"), recorded.pop("python")
    assert again == recorded
