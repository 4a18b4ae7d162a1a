"""What an author asks before scenarios go live: how they look, who came by where, and what would come of them."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from ikusei._lead import Lead, LeadLike
from ikusei._nurturing import Change, Effect, Nurturing
from ikusei._records import Diagnostic, Record, each, values
from ikusei._tables import Analysis, Table


class Diagram(str):
    """A drawn scenario: its text, which a notebook shows as a picture where it is SVG."""

    __slots__ = ("_format",)

    _format: Literal["svg", "mermaid", "graphviz"]

    @classmethod
    def _of(cls, text: str, format: Literal["svg", "mermaid", "graphviz"]) -> Diagram:
        diagram = cls(text)
        diagram._format = format
        return diagram

    def _repr_svg_(self) -> str | None:
        return str(self) if self._format == "svg" else None

    def _repr_html_(self) -> str:
        return str(self) if self._format == "svg" else f"<pre>{html.escape(self)}</pre>"


class StepCount(Record):
    """How many leads came by a step: ``entered`` is ``waiting`` and ``left`` together; ``ways`` says how many took which
    way where it divides."""

    __slots__ = ()

    entered: int
    waiting: int
    left: int
    ended: int
    ways: dict[str, int]

    _empty = {"ways": dict}


class StepCounts(Record):
    """How many leads came by each step of a scenario: of each lead its present passage, or its last."""

    __slots__ = ()

    version: int
    passages: dict[str, int]
    other_versions: int
    steps: dict[str, StepCount]

    _parts = {"steps": values(StepCount)}


class SimulatedStep(Record):
    """One call of a simulation: what came in, and what `Engine.process` gives for it."""

    __slots__ = ()

    at: datetime
    input: Any
    because: str | None
    changes: list[Change]
    effects: list[Effect]
    warnings: list[Diagnostic]

    _parts = {
        "at": datetime.fromisoformat,
        "changes": each(Change),
        "effects": each(Effect),
        "warnings": each(Diagnostic),
    }
    _empty = {"changes": list, "effects": list, "warnings": list}


class LeadSimulation(Record):
    """The time of one lead, call by call."""

    __slots__ = ()

    log: list[SimulatedStep]
    lead: Lead
    next_wakeup: datetime | None

    _parts = {"log": each(SimulatedStep), "lead": Lead, "next_wakeup": datetime.fromisoformat}


class Simulated:
    """What came of many leads. Its figures, tables and chart are those of its analysis."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @property
    def analysis(self) -> Analysis:
        """All tables, figures and notes."""
        return Analysis(self._data["analysis"])

    @property
    def counts(self) -> dict[str, StepCounts]:
        """By scenario, how many leads came by each step: what `Engine.diagram` takes."""
        return {name: StepCounts(counts) for name, counts in self._data["counts"].items()}

    @property
    def figures(self) -> dict[str, Any]:
        """Single numbers by name."""
        return self.analysis.figures

    @property
    def tables(self) -> dict[str, Table]:
        """The tables by name: ``periods``, ``passages``, ``work``, ``workers``, ``scenarios``, ``steps`` and so on."""
        return self.analysis.tables

    def chart(self, language: Literal["en", "ja"] = "ja") -> Any:
        """A picture of what is to be done in each period."""
        return self.analysis.chart(language)

    def to_dict(self) -> dict[str, Any]:
        """The whole of it as plain data."""
        return self._data

    def __repr__(self) -> str:
        return f"<Simulated {self.figures}>"

    def _repr_html_(self) -> str:
        return self.analysis._repr_html_()


class Simulating(Nurturing):
    """The part of `Engine` for what is asked before scenarios go live."""

    __slots__ = ()

    def diagram(
        self,
        scenario: str,
        format: Literal["svg", "mermaid", "graphviz"] = "svg",
        *,
        counts: Mapping[str, StepCounts | Mapping[str, Any]] | None = None,
        language: Literal["en", "ja"] = "en",
    ) -> Diagram:
        """A scenario as a picture: SVG that needs nothing else, or text for Mermaid or Graphviz.

        ``counts`` says how many leads came by each step: that of `step_counts` or of a simulation. Raises `CallError` for
        a scenario that the playbook does not have.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
        >>> engine.diagram("product-a", "mermaid").splitlines()[0]
        'flowchart TD'
        """
        given = dict(counts or {})
        text = self._call("diagram", scenario=scenario, format=format, language=language, counts=given)
        return Diagram._of(text, format)

    def step_counts(self, leads: Iterable[LeadLike]) -> dict[str, StepCounts]:
        """How many leads came by each step of each scenario, by what their records say. Raises `LeadError`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
        >>> lead = {"id": "lead-1", "fields": {"phone": "+81312345678"}}
        >>> lead = engine.process(lead, {"enrol": {"scenario": "product-a"}}, "2026-05-01T10:00:00+09:00").lead
        >>> counts = engine.step_counts([lead])["product-a"]
        >>> counts.steps["call"].left, counts.steps["answer"].waiting
        (1, 1)
        """
        found = self._call("step_counts", leads=list(leads))
        return {name: StepCounts(counts) for name, counts in found.items()}

    def simulate_lead(
        self,
        lead: LeadLike,
        start: datetime | str,
        end: datetime | str,
        *,
        history: Iterable[Mapping[str, Any]] = (),
        model: Mapping[str, Any] | None = None,
        suppression: Iterable[str] = (),
    ) -> LeadSimulation:
        """Lets one lead live from ``start`` to ``end``: the log is what calling `process` by hand would give.

        ``history`` is what happens by itself, mappings with ``at`` and ``input``; activities of the record that were
        recorded after ``start`` happen when they were recorded. ``model`` says how it answers: see `simulate`. Raises
        `CallError` for what does not fit the playbook, otherwise as `process`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
        >>> enrol = {"at": "2026-05-01T10:00:00+09:00", "input": {"enrol": {"scenario": "product-a"}}}
        >>> lead = {"id": "lead-1", "fields": {"phone": "+81312345678"}}
        >>> found = engine.simulate_lead(lead, "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z", history=[enrol])
        >>> [(step.at.day, list(effect.do)) for step in found.log for effect in step.effects]
        [(1, ['call']), (8, ['notify'])]
        """
        asked = _asked(start, end, history, model, suppression)
        return LeadSimulation(self._call("simulate_lead", lead=lead, simulation=asked))

    def simulate(
        self,
        leads: Iterable[LeadLike],
        start: datetime | str,
        end: datetime | str,
        *,
        history: Iterable[Mapping[str, Any]] = (),
        model: Mapping[str, Any] | None = None,
        per: Literal["day", "week", "month"] = "day",
        suppression: Iterable[str] = (),
    ) -> Simulated:
        """Lets many leads live from ``start`` to ``end``, and counts what comes of it, by period.

        ``model`` has a ``seed`` and ``responses``: for each effect the first that fits says by which chances it arrives and
        what the lead does then. The same seed gives the same answers. Entries of ``history`` name their ``lead``. Raises
        `CallError` with every problem of the model, otherwise as `process`; leads whose records do not fit the playbook
        are left out, and a note says so.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
        >>> leads = [{"id": f"lead-{i}", "fields": {"phone": "+81312345678"}} for i in range(100)]
        >>> start = "2026-05-01T10:00:00+09:00"
        >>> history = [{"lead": lead["id"], "at": start, "input": {"enrol": {"scenario": "product-a"}}} for lead in leads]
        >>> answers = {"queue": "inside-sales", "reactions": [{"activity": "call_answered", "chance": 0.5, "after": "1d"}]}
        >>> found = engine.simulate(leads, start, "2026-06-01T00:00:00Z", history=history, model={"responses": [answers]})
        >>> found.figures["calls"], 30 < found.figures["notifications"] < 70
        (100, True)
        """
        asked = {**_asked(start, end, history, model, suppression), "per": per}
        return Simulated(self._call("simulate", leads=list(leads), simulation=asked))


def _asked(
    start: datetime | str,
    end: datetime | str,
    history: Iterable[Mapping[str, Any]],
    model: Mapping[str, Any] | None,
    suppression: Iterable[str],
) -> dict[str, Any]:
    asked = {"from": start, "to": end, "history": list(history), "suppression": list(suppression)}
    return asked if model is None else {**asked, "model": model}
