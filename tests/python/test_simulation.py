"""Drawings and simulations as a notebook sees them."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

import ikusei

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def playbook() -> ikusei.Playbook:
    return ikusei.Playbook.load(ROOT / "examples/nurturing/playbook.yaml")


def test_a_notebook_shows_the_drawing(playbook: ikusei.Playbook) -> None:
    engine = playbook.compile()
    drawing = engine.diagram("product-b", language="ja")
    root = ElementTree.fromstring(drawing)
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    named = root.get("aria-labelledby", "").split()
    assert [root.find(f"*[@id='{name}']") is not None for name in named] == [True, True]
    assert "製品B セミナー" in "".join(root.itertext())
    assert drawing._repr_svg_() == drawing == drawing._repr_html_()
    text = engine.diagram("product-b", "mermaid")
    assert text._repr_svg_() is None
    assert text._repr_html_().startswith("<pre>flowchart TD") and "--&gt;" in text._repr_html_()


def test_nothing_that_an_author_writes_breaks_the_drawing() -> None:
    nasty = "\"'</text><script>&amp;]]>\x01"
    steps = [{"notify": {"to": nasty, "text": "\ud7ff\ufffd" + nasty}}]
    playbook = ikusei.Playbook.parse(
        {"ikusei": 1, "name": "demo", "scenarios": {"s": {"label": nasty, "enrol": ["manual"], "steps": steps}}}
    )
    root = ElementTree.fromstring(playbook.compile().diagram("s"))
    assert root.find(f".//{SVG}script") is None
    assert sum("<script>" in text for text in root.itertext()) >= 2


def test_simulations_are_tables(playbook: ikusei.Playbook) -> None:
    engine = playbook.compile()
    lead = {"id": "lead-1", "fields": {"phone": "+81312345678"}}
    at = "2026-05-01T10:00:00+09:00"
    enrol = {"lead": "lead-1", "at": at, "input": {"enrol": {"scenario": "product-a"}}}
    found = engine.simulate([lead], at, "2026-06-01T00:00:00Z", history=[enrol], per="month")
    assert found.tables["periods"].rows[0]["period"] == "2026-05"
    assert all(table.chart() is not None for table in found.tables.values())
    assert "nobody answers" in found.analysis.notes[0]
    assert found.counts["product-a"].steps["answer"].left == 1
    alone = engine.simulate_lead(lead, at, "2026-06-01T00:00:00Z", history=[enrol])
    counts = engine.step_counts([alone.lead])
    assert counts == found.counts
    assert "1 in" in engine.diagram("product-a", "mermaid", counts=counts)
    with pytest.raises(ikusei.CallError) as refused:
        engine.simulate([lead], at, at, model={"responses": [{"template": "seminar-c", "failed": 2}]})
    assert [problem.path for problem in refused.value.diagnostics] == ["/model/responses/0/template", "/model/responses/0/failed"]
